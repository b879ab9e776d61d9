//! Whatever lies in the file of a journal: its whole lines are read, what follows is cut off, and what is appended then is
//! there the next time.

#![no_main]

use std::path::PathBuf;
use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;
use textmill::io::journal::Journal;

/// A file of this process.
static PATH: LazyLock<PathBuf> =
    LazyLock::new(|| std::env::temp_dir().join(format!("textmill-fuzz-journal-{}", std::process::id())));

fuzz_target!(|input: (Vec<&str>, u16, u8, &[u8])| {
    let (lines, at, flip, tail) = input;
    let lines: Vec<String> = lines.iter().map(|line| line.replace('\n', " ")).collect();
    let mut journal = Journal::create(&PATH).unwrap();
    for line in &lines {
        journal.append(line).unwrap();
    }
    drop(journal);
    let sound = std::fs::read(&*PATH).unwrap();
    let mut bytes = sound.clone();
    let at = usize::from(at);
    if let Some(byte) = bytes.get_mut(at) {
        *byte ^= flip;
    }
    bytes.extend_from_slice(tail);
    std::fs::write(&*PATH, &bytes).unwrap();
    let (mut journal, read) = Journal::open(&PATH).unwrap();
    let before_flip = sound.iter().take(at).filter(|&&byte| byte == b'\n').count();
    let sure = if flip == 0 || at >= sound.len() { lines.len() } else { before_flip };
    assert!(read.len() >= sure && read[..sure] == lines[..sure], "{read:?}");
    journal.append("the next").unwrap();
    let (_, then) = Journal::open(&PATH).unwrap();
    assert_eq!(then[..read.len()], read[..]);
    assert_eq!(then[read.len()..], ["the next".to_owned()]);
});

//! Trees of files with traps in them: links, pipes, names.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::process::Command;

use crate::case::{Case, OPTIONS, Row, check, compare, good, rejected, rows_of};
use crate::harness::{Folder, finished};
use crate::ways::without_privileges;

/// A case of one good record in a file with this name.
fn named(file: &OsStr, source: &str) -> Case {
    let case = Case::of_lines(source, "", &[good(7)]);
    Case { file: file.to_owned(), source: source.to_owned(), ..case }
}

/// Files whose names are no names.
pub fn all() -> Vec<Case> {
    let long = format!("{}.jsonl", "n".repeat(249));
    vec![
        named(OsStr::from_bytes(b"caf\xE9.jsonl"), "caf%E9.jsonl"),
        named(OsStr::from_bytes(b"two\nlines.jsonl"), "two%0Alines.jsonl"),
        named(OsStr::from_bytes(b"\x1B[31mred.jsonl"), "%1B[31mred.jsonl"),
        named(OsStr::from_bytes(b"quoted\"'.jsonl"), "quoted\"'.jsonl"),
        named(OsStr::from_bytes(b"100%41.jsonl"), "100%2541.jsonl"),
        named(OsStr::from_bytes(b"-o.jsonl"), "-o.jsonl"),
        named(OsStr::from_bytes(b"*.jsonl"), "*.jsonl"),
        named(OsStr::from_bytes(b".hidden.jsonl"), ".hidden.jsonl"),
        named(OsStr::from_bytes(b" .jsonl"), " .jsonl"),
        named(OsStr::new(&long), &long),
        named(OsStr::new("a/b/c/d/e/f/g/h/deep.jsonl"), "a/b/c/d/e/f/g/h/deep.jsonl"),
    ]
}

#[test]
fn names_that_are_no_names_are_told_apart_and_break_nothing() {
    check(&all(), &[]);
}

#[test]
fn names_cannot_write_to_the_terminal() {
    let folder = check(&[named(OsStr::from_bytes(b"\x1B[31m.jsonl"), "%1B[31m.jsonl")], &[]);
    // Neither can the names of fields, which a message shows.
    folder.put(OsStr::from_bytes(b"in/\x1B[31m.jsonl"), "not json\n{\"\x1B[31mbody\u{9B}31m\":1}\n");
    for command in [&["run", "in", "-o", "-"][..], &["explain", "in"], &["check", "in"]] {
        let run = folder.run(command).ended_with(0);
        let said = format!("{}{}", run.stderr, String::from_utf8_lossy(&run.stdout));
        assert!(!said.contains(['\u{1B}', '\u{9B}']), "{command:?}: {said:?}");
    }
}

#[test]
fn links_pipes_and_sockets_inside_a_folder_are_passed_over_and_told() {
    let folder = Folder::new();
    let case = Case::of_lines("the good file", "good.jsonl", &[good(1), good(2)]);
    folder.put("in/good.jsonl", &case.bytes);
    folder.put("elsewhere/secret.jsonl", "{\"text\":\"Not to be read.\"}\n");
    symlink("..", folder.at("in/loop")).unwrap();
    symlink("good.jsonl", folder.at("in/again.jsonl")).unwrap();
    symlink("nowhere", folder.at("in/dangling")).unwrap();
    symlink("../elsewhere", folder.at("in/out")).unwrap();
    assert!(Command::new("mkfifo").arg(folder.at("in/pipe.jsonl")).status().unwrap().success());
    folder.run(["run", "in"].iter().chain(&OPTIONS)).ended_with(0);
    let passed = |file: &str| {
        let row = rejected("not-a-file", 0, 0, &[]);
        Case { record_bytes: 0, ..Case::new(file, file, "", vec![row]) }
    };
    let mut cases = vec![case];
    cases.extend(["loop", "again.jsonl", "dangling", "out", "pipe.jsonl"].map(passed));
    compare(&cases, &folder);
}

#[test]
fn a_link_that_is_named_as_an_input_is_followed() {
    let folder = Folder::new();
    folder.put("real/good.jsonl", &good(1).bytes);
    symlink("real", folder.at("linked")).unwrap();
    symlink("real/good.jsonl", folder.at("one.jsonl")).unwrap();
    for input in ["linked", "one.jsonl"] {
        assert_eq!(folder.run(["run", input, "-o", "-"]).ended_with(0).records().len(), 1, "{input}");
    }
}

#[test]
fn a_pipe_that_is_named_as_an_input_is_read() {
    let folder = Folder::new();
    assert!(Command::new("mkfifo").arg(folder.at("pipe.jsonl")).status().unwrap().success());
    let path = folder.at("pipe.jsonl");
    let feeding = std::thread::spawn(move || std::fs::write(path, &good(1).bytes).unwrap());
    let run = folder.run(["run", "pipe.jsonl", "-o", "-"]).ended_with(0);
    feeding.join().unwrap();
    assert_eq!(run.records().len(), 1);
}

#[test]
fn what_may_not_be_read_is_rejected_and_the_rest_goes_on() {
    let folder = Folder::new();
    let case = Case::of_lines("the good file", "good.jsonl", &[good(1)]);
    folder.put("in/good.jsonl", &case.bytes);
    let locked = folder.put("in/locked.jsonl", &case.bytes);
    folder.put("in/closed/inner.jsonl", &case.bytes);
    let no_access = std::fs::Permissions::from_mode(0o000);
    std::fs::set_permissions(&locked, no_access.clone()).unwrap();
    std::fs::set_permissions(folder.at("in/closed"), no_access).unwrap();
    // The superuser may read everything, but for a run that gives the right to it away.
    let command = folder.command(["run", "in"].iter().chain(&OPTIONS));
    let command = without_privileges(&command);
    if command.is_none() {
        println!("skipped: the superuser may read everything");
    }
    if let Some(mut command) = command {
        finished(command.spawn().unwrap()).ended_with(0);
        let unreadable = |file: &str| {
            let row = rejected("unreadable", 0, 0, &[]);
            Case { record_bytes: 0, ..Case::new(file, file, "", vec![row]) }
        };
        compare(&[case, unreadable("locked.jsonl"), unreadable("closed")], &folder);
    }
    let access = std::fs::Permissions::from_mode(0o700);
    std::fs::set_permissions(folder.at("in/closed"), access).unwrap();
}

#[test]
fn a_folder_of_nothing_is_a_run_of_nothing() {
    let folder = check(&[], &[]);
    assert_eq!(rows_of(&folder).len(), 0);
    assert_eq!(folder.read("out/shard-00000.jsonl"), b"");
}

#[test]
fn a_file_without_an_ending_is_known_by_its_bytes() {
    let records = Case::of_lines("records", "records", &[good(1), good(2)]);
    let text = "{ This is a page that begins with a brace.";
    let row = Row::Emitted { offset: 0, text: text.to_owned() };
    check(&[records, Case::new("page", "page", text, vec![row])], &[]);
}

//! Text without language: lines of programs, and junk made up on the spot.

use super::chance::Chance;

/// A few lines of a program, without those that are mostly a comment.
pub fn program(file: &str, lines: usize, chance: &mut Chance) -> String {
    let all: Vec<&str> = file.lines().filter(|line| !is_comment(line)).collect();
    if all.is_empty() {
        return String::new();
    }
    let start = chance.below(all.len());
    all[start..all.len().min(start + lines)].join(" ")
}

fn is_comment(line: &str) -> bool {
    let line = line.trim_start();
    let symbols = line.bytes().filter(|byte| b"(){}[];=<>_:\"#/*&|".contains(byte)).count();
    line.is_empty()
        || line.starts_with("//")
        || line.starts_with('#')
            && !line.starts_with("#include")
            && !line.starts_with("#define")
            && !line.starts_with("#[")
        || line.starts_with('*')
        || line.starts_with("/*")
        || symbols * 40 < line.len()
        || symbols < 2 && line.split(' ').count() > 3
}

/// Base64, hexadecimal digits, tables, random letters.
pub fn junk(length: usize, chance: &mut Chance) -> String {
    let alphabet: &[u8] = match chance.below(5) {
        0 => b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz",
        1 => b"abcdef",
        2 => b"abcdefghijklmnopqrstuvwxyz",
        3 => b"ABCDEFGHIJKLMNOPQRSTUVWXYZ",
        _ => b"bcdfghjklmnpqrstvwxz",
    };
    let (mut out, word) = (String::new(), 2 + chance.below(30));
    while out.len() < length {
        for _ in 0..=chance.below(word) {
            out.push(char::from(alphabet[chance.below(alphabet.len())]));
        }
        out.push(if chance.below(8) == 0 { '|' } else { ' ' });
    }
    out
}

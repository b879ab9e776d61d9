//! Places that are mojibake only because other mojibake stands near: short words, and sequences with a lost byte.

use super::chain::{Chain, lossy_chain};
use super::code_pages::{CodePage, bytes_of, has_no_break_space};
use super::plausibility::{LATIN, kind};

/// How far the evidence of a chain reaches to both sides, in bytes: a few paragraphs.
const REACH_BYTES: usize = 1024;

/// The least gain with which a chain of Latin letters or signs is undone near others, in tenths of a point.
const SUPPORTED: i32 = 5;

/// Adds the chains that the sure ones, which are in order, support.
pub(super) fn add_supported(text: &str, chains: &mut Vec<Chain>) {
    let sure = chains.len();
    let mut i = 0;
    let mut floor = 0;
    while i < sure {
        let from = boundary(text, chains[i].start.saturating_sub(REACH_BYTES)).max(floor);
        let first = i;
        let mut to = boundary(text, chains[i].end + REACH_BYTES);
        while i < sure && chains[i].start.saturating_sub(REACH_BYTES) <= to {
            to = to.max(boundary(text, chains[i].end + REACH_BYTES));
            i += 1;
        }
        floor = to;
        let mut kinds: Vec<(CodePage, u8)> = chains[first..i].iter().map(|chain| (chain.page, chain.script)).collect();
        kinds.sort_unstable();
        kinds.dedup();
        let mut taken = first;
        let mut at = from;
        while at < to {
            while taken < i && chains[taken].end <= at {
                taken += 1;
            }
            if taken < i && chains[taken].start <= at {
                at = chains[taken].end;
                continue;
            }
            let limit = if taken < i { chains[taken].start } else { to };
            if text.as_bytes()[at] < 0x80 {
                at += 1;
                continue;
            }
            let touches = taken > first && chains[taken - 1].end == at;
            match supported_at(text, at, limit, &kinds, touches) {
                Some(chain) => {
                    at = chain.end;
                    chains.push(chain);
                }
                None => at += text[at..].chars().next().map_or(1, char::len_utf8),
            }
        }
    }
}

/// The chain at `at` that the encodings and scripts seen near support best.
fn supported_at(text: &str, at: usize, limit: usize, kinds: &[(CodePage, u8)], touches: bool) -> Option<Chain> {
    if let Some(chain) = lost_space(text, at, kinds) {
        return Some(chain);
    }
    let mut best: Option<Chain> = None;
    for group in kinds.chunk_by(|a, b| a.0 == b.0) {
        let Some(chain) = lossy_chain(text, at, limit, group[0].0) else { continue };
        let seen = group.iter().any(|&(_, script)| script == chain.script);
        let enough = if seen && chain.script > LATIN || touches { 0 } else { SUPPORTED };
        let known = seen || chain.script == 0 || chain.script == LATIN;
        if known && chain.gain >= enough && best.as_ref().is_none_or(|best| chain.gain > best.gain) {
            best = Some(chain);
        }
    }
    best
}

/// Whether `Ã` or `Â`, after a small letter or (for `Â`) a sign that ends a clause, stands before a space: sign enough.
pub(super) fn is_lost_space(text: &str, at: usize) -> bool {
    let rest = &text.as_bytes()[at..];
    let (is_a, is_no_break) = (rest.starts_with("Ã ".as_bytes()), rest.starts_with("Â ".as_bytes()));
    if !is_a && !is_no_break {
        return false;
    }
    let before = text[..at].chars().next_back();
    let after_small = before.is_some_and(|c| c.is_lowercase() && kind(c).script == LATIN);
    (is_a && after_small)
        || (is_no_break && (after_small || matches!(before, Some('.' | ',' | ';' | ':' | '!' | '?' | ')'))))
}

/// The chain of a lead of `à` or of a no-break space and the space that was the rest of it.
///
/// Where two spaces follow, one is the lost byte; where one does, it was both, for no word ends so: the space stays, but
/// for Portuguese `às` and `àquele`. Without encodings seen near, only what [`is_lost_space`] says.
pub(super) fn lost_space(text: &str, at: usize, kinds: &[(CodePage, u8)]) -> Option<Chain> {
    let lead = text[at..].chars().next()?;
    let end = at + lead.len_utf8();
    let rest = text[end..].strip_prefix(' ')?;
    let page = if is_lost_space(text, at) {
        0
    } else {
        let is_read_so = |&&(page, script): &&(CodePage, u8)| {
            has_no_break_space(page) && matches!(bytes_of(lead)[page], 0xC2 | 0xC3) && matches!(script, 0 | LATIN)
        };
        kinds.iter().find(is_read_so)?.0
    };
    let is_a = bytes_of(lead)[page] == 0xC3;
    let before = text[..at].trim_end().chars().next_back().map(kind);
    let after = rest.trim_start().chars().next().map(kind);
    let is_foreign =
        |kind: Option<super::plausibility::Kind>| kind.is_some_and(|kind| kind.is_letter() && kind.script != LATIN);
    if kind(lead).script != LATIN && (!is_a || is_foreign(before) || is_foreign(after)) {
        return None;
    }
    let portuguese = rest.starts_with("quel")
        || rest
            .strip_prefix('s')
            .is_some_and(|rest| !rest.starts_with(|c: char| c.is_alphanumeric() || c == '\'' || c == '’'));
    let (meant, end) = match is_a {
        true if rest.starts_with(' ') || portuguese => ("à", end + 1),
        true => ("à", end),
        false => ("\u{a0}", end + 1),
    };
    Some(Chain { start: at, end, meant: meant.to_owned(), page, script: if is_a { LATIN } else { 0 }, gain: SUPPORTED })
}

/// The last character boundary at or before `offset`, or the end of the text.
fn boundary(text: &str, offset: usize) -> usize {
    let mut offset = offset.min(text.len());
    while !text.is_char_boundary(offset) {
        offset -= 1;
    }
    offset
}

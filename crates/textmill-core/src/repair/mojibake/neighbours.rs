//! Places that are mojibake only because other mojibake stands near: short words, and sequences with a lost byte.

use super::chain::{Chain, lossy_chain};
use super::code_pages::{CODE_PAGES, CodePage, bytes_of, has_no_break_space, is_continuation, is_lead};
use super::evidence::{Anchor, Evidence};
use super::kinds::{LATIN, kind, rarity};

/// How far the evidence of a chain reaches to both sides, in bytes: a few paragraphs.
const REACH_BYTES: usize = 1024;

/// The least gain with which a sequence with a lost byte is undone near others, in tenths of a point.
const SUPPORTED: i32 = 5;

/// How far the next letter is looked for, in characters.
const LETTER_REACH: usize = 12;

/// Adds the chains that the anchors support, `taken` among them: places, in order, that are not looked at again.
pub(super) fn add_supported(
    text: &str,
    anchors: &[Anchor],
    taken: &[(usize, usize)],
    evidence: &Evidence,
    chains: &mut Vec<Chain>,
) {
    let mut i = 0;
    let mut next_taken = 0;
    let mut at = 0;
    while i < anchors.len() {
        at = boundary(text, anchors[i].start.saturating_sub(REACH_BYTES)).max(at);
        let first = i;
        let mut to = boundary(text, anchors[i].end + REACH_BYTES);
        while i < anchors.len() && anchors[i].start.saturating_sub(REACH_BYTES) <= to {
            to = to.max(boundary(text, anchors[i].end + REACH_BYTES));
            i += 1;
        }
        let support = Support::of(&anchors[first..i], evidence);
        let mut last_end = usize::MAX;
        while at < to {
            while next_taken < taken.len() && taken[next_taken].1 <= at {
                last_end = taken[next_taken].1;
                next_taken += 1;
            }
            let limit = taken.get(next_taken).map_or(to, |place| place.0.min(to));
            if at >= limit {
                at = taken.get(next_taken).map_or(to, |place| place.1);
                last_end = at;
                next_taken += 1;
                continue;
            }
            if text.as_bytes()[at] < 0x80 {
                at += 1;
                continue;
            }
            match supported_at(text, at, limit, &support, last_end == at) {
                Some(chain) => {
                    at = chain.end;
                    last_end = at;
                    chains.push(chain);
                }
                None => at += text[at..].chars().next().map_or(1, char::len_utf8),
            }
        }
    }
}

/// What a group of anchors says about the places around them.
struct Support<'a> {
    /// Encodings seen, each with the scripts it was undone to, one bit each up to 63.
    scripts: [u64; CODE_PAGES],
    evidence: &'a Evidence,
}

impl<'a> Support<'a> {
    fn of(anchors: &[Anchor], evidence: &'a Evidence) -> Support<'a> {
        let mut scripts = [0; CODE_PAGES];
        for anchor in anchors {
            for (page, seen) in scripts.iter_mut().enumerate() {
                if anchor.pages >> page & 1 != 0 {
                    *seen |= 1 << (anchor.script & 63);
                }
            }
        }
        Support { scripts, evidence }
    }

    /// Whether the encoding was undone to letters of this script, or to signs.
    fn has(&self, page: CodePage, script: u8) -> bool {
        self.scripts[page] >> (script & 63) & 1 != 0
    }

    fn pages(&self) -> impl Iterator<Item = CodePage> {
        (0..CODE_PAGES).filter(|&page| self.scripts[page] != 0)
    }
}

/// The chain at `at` that the encodings and scripts seen near support best; `touches` if mojibake ends here.
fn supported_at(text: &str, at: usize, limit: usize, support: &Support<'_>, touches: bool) -> Option<Chain> {
    let lead = text[at..].chars().next()?;
    if !may_begin_here(text, at, bytes_of(lead)) {
        return None;
    }
    if let Some(page) =
        support.pages().find(|&page| has_no_break_space(page) && (support.has(page, LATIN) || support.has(page, 0)))
        && let Some(chain) = lost_space(text, at, page)
    {
        return Some(chain);
    }
    let mut best: Option<(i32, Chain)> = None;
    for page in support.pages() {
        let Some(mut chain) = lossy_chain(text, at, limit, page) else { continue };
        take_off_seen_layers(&mut chain, support);
        let weight = chain.gain + support.evidence.preference(page);
        if is_supported(text, &chain, support, touches) && best.as_ref().is_none_or(|best| weight > best.0) {
            best = Some((weight, chain));
        }
    }
    best.map(|(_, chain)| chain)
}

/// Whether the character with these bytes leads in some encoding to what follows it, or to the trace of a lost byte.
fn may_begin_here(text: &str, at: usize, leads: &[u8; CODE_PAGES]) -> bool {
    let mut after = text[at..].chars();
    after.next();
    let Some(second) = after.next() else { return false };
    let is_trace = matches!(second, ' ' | '?' | '\u{fffd}');
    let continuations = bytes_of(second);
    (0..CODE_PAGES).any(|page| is_lead(leads[page]) && (is_trace || is_continuation(continuations[page])))
}

/// Takes off layers below, in the encodings seen, as long as the whole leads to a script seen.
fn take_off_seen_layers(chain: &mut Chain, support: &Support<'_>) {
    loop {
        let whole = chain.meant.len();
        let below = support.pages().find_map(|page| {
            lossy_chain(&chain.meant, 0, whole, page)
                .filter(|below| below.end == whole && below.gain >= 0 && support.has(page, below.script))
        });
        let Some(below) = below else { return };
        chain.meant = below.meant;
        chain.script = below.script;
        chain.pages |= below.pages;
    }
}

/// Whether the chain may be undone on the word of its neighbours.
fn is_supported(text: &str, chain: &Chain, support: &Support<'_>, touches: bool) -> bool {
    let source = &text[chain.start..chain.end];
    if chain.gain < 0 || !(touches || chain.script == 0 || support.has(chain.page, chain.script)) {
        return false;
    }
    if chain.meant.contains('\u{fffd}') || touches || chain.script > LATIN {
        return true;
    }
    // What stands there may be right: letters of its own script beside it speak for that.
    let lead = source.chars().next().map_or(0, |c| kind(c).script);
    if lead > LATIN && beside_script(text, chain, lead) {
        return false;
    }
    let is_lossy = source.contains([' ', '?']);
    // A capital alone before a small letter is no word, but the rest of one that began with a lost no-break space.
    let cut_off = source.ends_with(' ')
        && source.chars().count() == 2
        && text[chain.end..].starts_with(char::is_lowercase)
        && !text[..chain.start].ends_with(char::is_alphanumeric);
    if is_lossy { chain.gain >= SUPPORTED || cut_off } else { chain.meant.chars().all(|c| rarity(c) <= 5) }
}

/// Whether the nearest letter before or after the chain is a small one of this script; capitals may be mojibake as well.
fn beside_script(text: &str, chain: &Chain, script: u8) -> bool {
    let is_plain = |c: &char| matches!(c, 'а'..='я' | 'α'..='ω') && kind(*c).script == script;
    let is_letter = |c: &char| kind(*c).is_letter();
    text[..chain.start].chars().rev().take(LETTER_REACH).find(is_letter).is_some_and(|c| is_plain(&c))
        || text[chain.end..].chars().take(LETTER_REACH).find(is_letter).is_some_and(|c| is_plain(&c))
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

/// The chain of a lead of `à`, or of a no-break space, and the space that was the rest of it.
///
/// Where two spaces follow, one is the lost byte; where one does, it was both, for most words that end in `à` are whole: the
/// space stays, but for Portuguese `às` and `àquele`.
pub(super) fn lost_space(text: &str, at: usize, page: CodePage) -> Option<Chain> {
    let lead = text[at..].chars().next()?;
    let is_a = match bytes_of(lead)[page] {
        0xC2 => false,
        0xC3 => true,
        _ => return None,
    };
    let end = at + lead.len_utf8();
    let rest = text[end..].strip_prefix(' ')?;
    let (meant, end) = if !is_a {
        ("\u{a0}", end + 1)
    } else if rest.starts_with(' ') || begins_portuguese(rest) {
        ("à", end + 1)
    } else {
        ("à", end)
    };
    let script = if is_a { LATIN } else { 0 };
    let chain = Chain { start: at, end, meant: meant.to_owned(), page, pages: 1 << page, script, gain: SUPPORTED };
    let own = kind(lead).script;
    let is_right = own != LATIN && (!is_a || beside_script(text, &chain, own));
    (!is_right).then_some(chain)
}

/// Whether a word goes on after `à` as Portuguese does: `às`, `àquele`.
fn begins_portuguese(rest: &str) -> bool {
    rest.starts_with("quel")
        || rest
            .strip_prefix('s')
            .is_some_and(|rest| !rest.starts_with(|c: char| c.is_alphanumeric() || matches!(c, '\'' | '’')))
}

/// The last character boundary at or before `offset`, or the end of the text.
fn boundary(text: &str, offset: usize) -> usize {
    let mut offset = offset.min(text.len());
    while !text.is_char_boundary(offset) {
        offset -= 1;
    }
    offset
}

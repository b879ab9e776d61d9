//! Windows of a text around what is not ASCII, from all over it.
//!
//! A detector that read the first kilobytes would see the English licence and not the Greek chapter after it; one that
//! read all would be slower than everything else together.

use std::ops::Range;

use super::utf8::next_high;

/// Windows, and their length in bytes: 6 KiB in all.
const N_WINDOWS: usize = 16;
const WINDOW_BYTES: usize = 384;

/// Parts of a first, small sample.
const N_PARTS: usize = 4;

/// ASCII taken along before and after what is not ASCII, in bytes: a few words, by which the language is known.
const CONTEXT_BYTES: usize = 96;

/// How far back a window looks for the end of a word, in bytes.
const LOOK_BACK_BYTES: usize = 256;

/// Disjoint windows of `bytes`, in order, each around something that is not ASCII.
pub(super) fn windows(bytes: &[u8]) -> Vec<Range<usize>> {
    let mut windows: Vec<Range<usize>> = Vec::new();
    let stride = (bytes.len() / N_WINDOWS).max(WINDOW_BYTES);
    let mut from = 0;
    while from < bytes.len() {
        let stratum_end = (from + stride).min(bytes.len());
        let mut budget = WINDOW_BYTES;
        // In a stratum that is nearly all ASCII, several small windows; else one long one.
        while budget > 0 {
            let high = next_high(bytes, from);
            if high >= stratum_end {
                break;
            }
            let last_end = windows.last().map_or(0, |window| window.end);
            let wanted = high.saturating_sub(CONTEXT_BYTES).max(last_end);
            let line = memchr::memrchr(b'\n', &bytes[wanted..high]).map(|at| wanted + at + 1);
            let start = line.unwrap_or_else(|| character_start(bytes, wanted, last_end));
            let end = window_end(bytes, high, (start + budget).max(high + 1).min(bytes.len()));
            budget = budget.saturating_sub(end - start);
            match windows.last_mut() {
                Some(window) if window.end == start => window.end = end,
                _ => windows.push(start..end),
            }
            from = end;
        }
        from = stratum_end.max(from);
    }
    windows
}

/// At most `n_bytes` of the windows, the beginnings of some from all over them.
pub(super) fn some(windows: &[Range<usize>], n_bytes: usize) -> Vec<Range<usize>> {
    let total: usize = windows.iter().map(ExactSizeIterator::len).sum();
    if total <= n_bytes {
        return windows.to_vec();
    }
    let n_parts = windows.len().min(N_PARTS);
    let part = n_bytes / n_parts;
    (0..n_parts)
        .map(|at| &windows[at * windows.len() / n_parts])
        .map(|window| window.start..window.end.min(window.start + part))
        .collect()
}

/// A place at or before `wanted`, and not before `earliest`, where a character begins in any charset of bytes.
fn character_start(bytes: &[u8], wanted: usize, earliest: usize) -> usize {
    let from = wanted.saturating_sub(LOOK_BACK_BYTES).max(earliest);
    // Bytes below `0` are no second bytes anywhere.
    bytes[from..wanted].iter().rposition(|&byte| byte < b'0').map_or(wanted, |at| from + at + 1)
}

/// Where a window around the byte at `high` ends, `last` at the latest.
fn window_end(bytes: &[u8], high: usize, last: usize) -> usize {
    let end = run_end(&bytes[high..last]) + high;
    if last - end <= CONTEXT_BYTES { last } else { context_end(bytes, end) }
}

/// The end of the first byte and of all others that are not ASCII, up to a longer run of ASCII than belongs to a window.
fn run_end(bytes: &[u8]) -> usize {
    let mut end = 1;
    let mut at = 1;
    while let Some(eight) = bytes[at..].first_chunk::<8>() {
        let high = u64::from_le_bytes(*eight) & 0x8080_8080_8080_8080;
        let n_ascii = high.trailing_zeros() as usize / 8;
        if n_ascii > 0 && at + n_ascii > end + CONTEXT_BYTES {
            return end;
        }
        if high != 0 {
            end = at + 8 - high.leading_zeros() as usize / 8;
        }
        at += 8;
    }
    for (at, &byte) in (at..).zip(&bytes[at..]) {
        if byte >= 0x80 {
            end = at + 1;
        } else if at - end >= CONTEXT_BYTES {
            break;
        }
    }
    end
}

/// The end of the context after the byte before `from`, at the end of the line or soon after.
fn context_end(bytes: &[u8], from: usize) -> usize {
    let end = (from + CONTEXT_BYTES).min(bytes.len());
    memchr::memchr(b'\n', &bytes[from..end]).map_or(end, |at| from + at + 1)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn finds_the_only_letter_after_much_ascii() {
        let mut bytes = vec![b'a'; 400_000];
        bytes[399_000] = 0xE9;
        let windows = windows(&bytes);
        assert_eq!(windows.len(), 1);
        assert!(windows[0].contains(&399_000));
    }

    proptest! {
        #[test]
        fn a_run_ends_before_much_ascii(runs in prop::collection::vec((0..120_usize, 0..12_usize), 0..20)) {
            let mut bytes = vec![0xE9];
            for (ascii, high) in runs {
                bytes.resize(bytes.len() + ascii, b'a');
                bytes.resize(bytes.len() + high, 0xC3);
            }
            let mut end = 1;
            for (at, &byte) in bytes.iter().enumerate().skip(1) {
                if byte >= 0x80 {
                    end = at + 1;
                } else if at - end >= CONTEXT_BYTES {
                    break;
                }
            }
            prop_assert_eq!(run_end(&bytes), end);
        }

        #[test]
        fn windows_are_in_order_and_few(runs in prop::collection::vec((0..3000_usize, 0..300_usize), 0..60)) {
            let mut bytes = Vec::new();
            for (ascii, high) in runs {
                bytes.resize(bytes.len() + ascii, b'a');
                bytes.resize(bytes.len() + high, 0xC3);
            }
            let windows = windows(&bytes);
            prop_assert!(windows.windows(2).all(|pair| pair[0].end <= pair[1].start));
            prop_assert!(windows.iter().all(|window| !window.is_empty() && window.end <= bytes.len()));
            prop_assert!(windows.iter().map(ExactSizeIterator::len).sum::<usize>() <= 16 * (384 + 96 + 256 + 96));
            let few = some(&windows, 1024);
            prop_assert!(few.iter().all(|part| windows.iter().any(|window| window.start <= part.start && part.end <= window.end)));
            prop_assert!(few.iter().map(ExactSizeIterator::len).sum::<usize>() <= 1024);
            prop_assert_eq!(windows.is_empty(), bytes.iter().all(u8::is_ascii));
        }
    }
}

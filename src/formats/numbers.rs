//! Numbers as JSON has them, written straight into the bytes of a record: most records hold dozens.

/// Appends a whole number.
pub fn write_number(number: u64, out: &mut Vec<u8>) {
    let mut digits = [0; 20];
    let mut at = digits.len();
    let mut rest = number;
    loop {
        at -= 1;
        digits[at] = b'0' + (rest % 10) as u8;
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    out.extend_from_slice(&digits[at..]);
}

/// Appends a score or ratio with four decimals at most, enough to tell 0.9999 from 1; what lies outside of 0..=1 is
/// written the long way.
pub fn write_score(score: f32, out: &mut Vec<u8>) {
    let units = (f64::from(score) * 1e4).round();
    if !(0.0..=1e4).contains(&units) || units.is_sign_negative() {
        out.extend_from_slice((units / 1e4).to_string().as_bytes());
        return;
    }
    let units = units as u32;
    if units.is_multiple_of(10_000) {
        out.push(b'0' + (units / 10_000) as u8);
        return;
    }
    let digits = [units / 1000, units / 100 % 10, units / 10 % 10, units % 10].map(|digit| b'0' + digit as u8);
    let end = digits.iter().rposition(|&digit| digit != b'0').map_or(0, |last| last + 1);
    out.extend_from_slice(b"0.");
    out.extend_from_slice(&digits[..end]);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_written_as_the_standard_library_writes_them() {
        let powers = (0..20).map(|i| 10_u64.pow(i)).flat_map(|n| [n - 1, n, n + 1]);
        for number in powers.chain([u64::MAX, 42, 1234567]) {
            let mut out = Vec::new();
            write_number(number, &mut out);
            assert_eq!(String::from_utf8(out).unwrap(), number.to_string());
        }
    }

    #[test]
    fn scores_are_written_as_the_standard_library_writes_their_rounded_value() {
        let scores = (0..=40_000_u16).map(|i| f32::from(i) / 40_000.0);
        for score in scores.chain([-0.0, -0.00001, -0.5, 1.00001, 1.5, 1e9, f32::NAN, f32::INFINITY, f32::MIN_POSITIVE])
        {
            let mut out = Vec::new();
            write_score(score, &mut out);
            let rounded = (f64::from(score) * 1e4).round() / 1e4;
            assert_eq!(String::from_utf8(out).unwrap(), rounded.to_string(), "{score}");
        }
    }
}

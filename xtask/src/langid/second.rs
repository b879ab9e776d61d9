//! Learns the weights of the second look, the table and the heads standing still.

use textmill_core::langid::{LEAST_SHARE, Language, MOST_CANDIDATES, PLACES, place, second_features};

use super::chance::Chance;
use super::fit::Model;
use super::sample::{Sample, Source};

/// Largest magnitude of a weight.
pub const LIMIT: f32 = 2.0;

/// The likeliest languages and the logarithm of their shares, where there are several with a fair share.
pub fn candidates(shares: &[(Language, f32)]) -> Vec<(Language, f32)> {
    let fair = |entry: &&(Language, f32)| entry.0.is_known() && entry.1 >= LEAST_SHARE;
    let mut list: Vec<(Language, f32)> =
        shares.iter().filter(fair).map(|&(language, share)| (language, share.ln())).collect();
    list.sort_by(|a, b| b.1.total_cmp(&a.1));
    list.truncate(MOST_CANDIDATES);
    list
}

/// Shares of the candidates after the second look; they sum to 1.
pub fn look(second: &[f32], features: &[u64], candidates: &[(Language, f32)]) -> Vec<f32> {
    let root = (features.len().max(1) as f32).sqrt();
    let logit = |&(language, logit): &(Language, f32)| {
        logit + features.iter().map(|&feature| second[place(feature, language)]).sum::<f32>() / root
    };
    let logits: Vec<f32> = candidates.iter().map(logit).collect();
    let top = logits.iter().copied().fold(f32::MIN, f32::max);
    let sum: f32 = logits.iter().map(|logit| (logit - top).exp()).sum();
    logits.iter().map(|logit| (logit - top).exp() / sum).collect()
}

/// Descends over the samples that leave several candidates, the right one among them.
pub fn fit(model: &mut Model, source: &Source, samples: u64, chance: &mut Chance) {
    let mut second = vec![0.0_f32; PLACES];
    let mut steps = vec![1e-3_f32; PLACES];
    let mut features = Vec::new();
    let (mut loss, mut before, mut seen) = (0.0, 0.0, 0_u32);
    for number in 0..samples {
        let rate = 0.1 * (1.0 - number as f32 / samples as f32).max(0.02);
        let (text, language) = source.draw_text(chance);
        let sample = Sample::of(&text, language);
        let Some(shares) = model.shares(&sample) else { continue };
        let candidates = candidates(&shares);
        let Some(gold) = candidates.iter().position(|candidate| candidate.0 == language) else { continue };
        if candidates.len() < 2 {
            continue;
        }
        second_features(&text, &mut features);
        if features.is_empty() {
            continue;
        }
        let found = look(&second, &features, &candidates);
        let mass: f32 = candidates.iter().map(|candidate| candidate.1.exp()).sum();
        before -= f64::from(candidates[gold].1 - mass.ln());
        loss -= f64::from(found[gold].max(1e-9).ln());
        seen += 1;
        let root = (features.len() as f32).sqrt();
        for (at, candidate) in candidates.iter().enumerate() {
            let down = (f32::from(u8::from(at == gold)) - found[at]) / root;
            for &feature in &features {
                let place = place(feature, candidate.0);
                steps[place] += down * down;
                second[place] = (second[place] + rate * down / steps[place].sqrt()).clamp(-LIMIT, LIMIT);
            }
        }
        if (number + 1) % 200_000 < 8 && seen > 1000 {
            eprintln!(
                "second look, {number} samples: {seen} looked at, loss {:.4}, before {:.4}",
                loss / f64::from(seen),
                before / f64::from(seen)
            );
            (loss, before, seen) = (0.0, 0.0, 0);
        }
    }
    for weight in &mut second {
        *weight = (*weight * 127.0 / LIMIT).round() * LIMIT / 127.0;
    }
    model.second = second;
}

//! The long form: the same kills and faults, on other corpora at other moments, until the time is up.
//!
//! `cargo xtask torture --minutes N` runs it and nothing else; a plain `cargo test` does not.

use std::time::{Duration, Instant};

use crate::corpus::Numbers;
use crate::injected::survives_every_fault;
use crate::kills::{Count, Undisturbed};
use crate::scenario::ALL;

#[test]
#[ignore = "takes as long as it is told to; run by `cargo xtask torture`"]
fn torture() {
    let number = |name: &str, default: u64| std::env::var(name).map_or(default, |text| text.parse().unwrap());
    let (minutes, seed) = (number("TEXTMILL_TORTURE_MINUTES", 1), number("TEXTMILL_TORTURE_SEED", 1));
    let end = Instant::now() + Duration::from_secs(60 * minutes);
    let mut numbers = Numbers::new(seed);
    let mut count = Count::default();
    let (mut n_faults, mut round) = (0, 0);
    while Instant::now() < end {
        let scenario = ALL[round % ALL.len()];
        let undisturbed = Undisturbed::new(scenario, seed * 1_000 + round as u64, 200 + numbers.below(1200));
        for _ in 0..4 {
            undisturbed.survives_a_round(5, &mut numbers, &mut count);
        }
        if round % 10 == 9 {
            n_faults += survives_every_fault(seed * 1_000 + round as u64);
        }
        round += 1;
        let n: usize = count.kills.values().sum();
        println!("{}: {n} kills, {n_faults} faults so far", scenario.name);
    }
    let n_kills: usize = count.kills.values().sum();
    println!("kills survived: {n_kills} {:?}", count.kills);
    println!("runs taken up again: {}", count.resumed);
    println!("outputs compared byte by byte: {}", count.rounds);
    println!("faults injected: {n_faults}");
    println!("records accounted for: {}", count.records);
    assert!(n_kills > 0);
}

//! Stochastic gradient descent over samples drawn one by one.

use textmill_core::langid::{DIM, Language, ROWS, Script, scale};

use super::chance::Chance;
use super::corpus::Corpus;
use super::sample::{Sample, Source};

/// The model while it is learnt.
pub struct Model {
    /// `ROWS` embeddings of `DIM` numbers.
    pub table: Vec<[f32; DIM]>,
    /// One head per script that has languages to tell apart.
    pub heads: Vec<Head>,
    /// Whether the table is read as rounded.
    pub rounds: bool,
}

/// The classes of one script.
pub struct Head {
    /// The script.
    pub script: Script,
    /// The language of each class; `und` and `zxx` have several.
    pub classes: Vec<Language>,
    /// Weights of each class.
    pub weights: Vec<[f32; DIM]>,
    /// Bias of each class.
    pub bias: Vec<f32>,
}

/// Largest magnitude of a number in the table, so that signed bytes hold it with even steps.
pub const LIMIT: f32 = 1.4;

/// Learns the model from so many samples.
pub fn fit(corpora: &[Corpus], samples: u64) -> Model {
    let source = Source::new(corpora);
    let mut chance = Chance(0x7465_7874_6D69_6C6C);
    let mut model = Model { table: Vec::with_capacity(ROWS), heads: heads(&source, &mut chance), rounds: false };
    for _ in 0..ROWS {
        model.table.push(std::array::from_fn(|_| (chance.unit() as f32 - 0.5) / 8.0));
    }
    let mut steps = Steps {
        rows: vec![1e-6; ROWS],
        heads: model.heads.iter().map(|head| vec![1e-3; head.classes.len()]).collect(),
    };
    let (mut loss, mut seen, mut right) = (0.0, 0_u32, 0_u32);
    let all = samples + samples / 10;
    each_sample(&source, all, |number, sample| {
        // The second half learns what the rounded table says, the last tenth the heads alone.
        model.rounds = number >= samples / 2;
        let rate = if number < samples { (1.0 - number as f32 / samples as f32).max(0.02) } else { 0.05 };
        if let Some((sample_loss, hit)) = model.step(sample, &mut steps, rate, number < samples) {
            loss += f64::from(sample_loss);
            seen += 1;
            right += u32::from(hit);
        }
        if number + 1 == samples {
            model.quantise();
        }
        if (number + 1) % 200_000 == 0 {
            let share = |sum: f64| sum / f64::from(seen);
            eprintln!("{:>9} samples: loss {:.4}, right {:.4}", number + 1, share(loss), share(right.into()));
            (loss, seen, right) = (0.0, 0, 0);
        }
    });
    model
}

/// Draws so many samples on several threads, and hands them on in an order that does not depend on who is first.
fn each_sample(source: &Source, samples: u64, mut each: impl FnMut(u64, &Sample)) {
    /// Threads that draw; each has a seed of its own, and their batches are taken in turn.
    const THREADS: u64 = 3;
    /// Samples to a batch.
    const BATCH: u64 = 500;
    std::thread::scope(|scope| {
        let lanes: Vec<_> = (0..THREADS)
            .map(|thread| {
                let (sender, receiver) = std::sync::mpsc::sync_channel(4);
                scope.spawn(move || {
                    let mut chance = Chance(thread);
                    loop {
                        let batch: Vec<Sample> = (0..BATCH).map(|_| source.draw(&mut chance)).collect();
                        // No one takes it once all samples are there.
                        if sender.send(batch).is_err() {
                            break;
                        }
                    }
                });
                receiver
            })
            .collect();
        let mut number = 0;
        for lane in lanes.iter().cycle() {
            for sample in lane.recv().unwrap_or_default() {
                if number < samples {
                    each(number, &sample);
                }
                number += 1;
            }
            if number >= samples {
                break;
            }
        }
    });
}

/// Sums of squared gradients (`AdaGrad`), one per row of the table and per class.
///
/// Source: J. Duchi, E. Hazan, Y. Singer, "Adaptive subgradient methods for online learning", 2011.
struct Steps {
    rows: Vec<f32>,
    heads: Vec<Vec<f32>>,
}

/// Finds the languages of each script by drawing samples, and lays the heads out.
fn heads(source: &Source, chance: &mut Chance) -> Vec<Head> {
    let mut counts = vec![[0_u32; Script::COUNT]; Language::COUNT + 2];
    for _ in 0..100_000 {
        let sample = source.draw(chance);
        counts[sample.language.index()][sample.script as usize] += 1;
    }
    let mut heads = Vec::new();
    for &script in &Script::ALL[..Script::MODELLED] {
        let mut classes = Vec::new();
        for language in Language::all() {
            let row = &counts[language.index()];
            if row[script as usize] * 12 > row.iter().sum() && row[script as usize] > 8 {
                classes.push(language);
            }
        }
        if counts[Language::UND.index()][script as usize] > 20 {
            classes.extend([Language::UND; 4]);
            if script == Script::Latn {
                classes.extend([Language::UND; 12]);
                classes.extend([Language::ZXX; 4]);
            }
        }
        let codes: Vec<&str> = classes.iter().map(|language| language.code()).collect();
        eprintln!("{script:?}: {}", codes.join(" "));
        let weights = classes.iter().map(|_| std::array::from_fn(|_| (chance.unit() as f32 - 0.5) / 4.0)).collect();
        heads.push(Head { script, bias: vec![0.0; classes.len()], weights, classes });
    }
    heads
}

/// The nearest number that the file can hold.
#[inline(always)]
fn round(x: f32) -> f32 {
    const WHOLE: f32 = 12_582_912.0;
    ((x * (LEVELS / LIMIT) + WHOLE) - WHOLE) * (LIMIT / LEVELS)
}
/// Levels on each side of zero.
pub const LEVELS: f32 = 7.0;

impl Model {
    /// The mean embedding of rows.
    pub fn mean(&self, rows: &[u32]) -> [f32; DIM] {
        let mut mean = [0.0; DIM];
        if self.rounds {
            for &row in rows {
                for (sum, &x) in mean.iter_mut().zip(&self.table[row as usize]) {
                    *sum += round(x);
                }
            }
        } else {
            for &row in rows {
                for (sum, x) in mean.iter_mut().zip(&self.table[row as usize]) {
                    *sum += x;
                }
            }
        }
        let scale = scale(rows.len() as u32);
        mean.map(|sum| sum * scale)
    }

    /// The share of each language of the sample's script, classes of one language taken together.
    pub fn shares(&self, sample: &Sample) -> Option<Vec<(Language, f32)>> {
        let head = self.heads.iter().find(|head| head.script == sample.script)?;
        let mut list: Vec<(Language, f32)> = Vec::new();
        for (&language, share) in head.classes.iter().zip(head.shares(&self.mean(&sample.rows))) {
            match list.iter_mut().find(|entry| entry.0 == language) {
                Some(entry) => entry.1 += share,
                None => list.push((language, share)),
            }
        }
        Some(list)
    }

    /// One step of descent; the loss, and whether the class found was right.
    fn step(&mut self, sample: &Sample, steps: &mut Steps, rate: f32, moves_table: bool) -> Option<(f32, bool)> {
        let at = self.heads.iter().position(|head| head.script == sample.script)?;
        if sample.rows.is_empty() || !self.heads[at].classes.contains(&sample.language) {
            return None;
        }
        let mean = self.mean(&sample.rows);
        let head = &mut self.heads[at];
        let shares = head.shares(&mean);
        let of_gold = |class: usize| head.classes[class] == sample.language;
        let gold: f32 = (0..shares.len()).filter(|&class| of_gold(class)).map(|class| shares[class]).sum();
        let best = (0..shares.len()).max_by(|&a, &b| shares[a].total_cmp(&shares[b]))?;
        let hit = of_gold(best);
        let mut down = [0.0_f32; DIM];
        for class in 0..shares.len() {
            let wanted = if head.classes[class] == sample.language { shares[class] / gold.max(1e-12) } else { 0.0 };
            let error = wanted - shares[class];
            if error.abs() < 1e-5 {
                continue;
            }
            for dim in 0..DIM {
                down[dim] += error * head.weights[class][dim];
            }
            let size: f32 = mean.iter().map(|x| x * x).sum::<f32>() * error * error / DIM as f32;
            let sum = &mut steps.heads[at][class];
            *sum += size;
            let step = 0.15 * rate / sum.sqrt() * error;
            for dim in 0..DIM {
                head.weights[class][dim] += step * mean[dim];
            }
            head.bias[class] += step * 0.1;
        }
        let each = scale(sample.rows.len() as u32);
        let size = down.iter().map(|x| x * x).sum::<f32>() * each * each / DIM as f32;
        if size > 0.0 && moves_table {
            for &row in &sample.rows {
                let sum = &mut steps.rows[row as usize];
                *sum += size;
                let step = 0.1 * rate * each / sum.sqrt();
                for (x, d) in self.table[row as usize].iter_mut().zip(&down) {
                    *x = (*x + step * d).clamp(-LIMIT, LIMIT);
                }
            }
        }
        Some((-gold.max(1e-12).ln(), hit))
    }

    /// Rounds the table to what signed bytes hold.
    fn quantise(&mut self) {
        let mut largest: Vec<f32> =
            self.table.iter().map(|row| row.iter().fold(0.0_f32, |m, x| m.max(x.abs()))).collect();
        largest.sort_by(f32::total_cmp);
        eprintln!(
            "largest of a row: median {:.3}, 0.9 {:.3}, 0.99 {:.3}, all {:.3}",
            largest[ROWS / 2],
            largest[ROWS * 9 / 10],
            largest[ROWS * 99 / 100],
            largest[ROWS - 1]
        );
        for x in self.table.iter_mut().flatten() {
            *x = round(*x);
        }
    }
}

impl Head {
    /// Softmax over the classes.
    pub fn shares(&self, mean: &[f32; DIM]) -> Vec<f32> {
        let logit = |class: usize| self.bias[class] + dot(&self.weights[class], mean);
        let mut shares: Vec<f32> = (0..self.classes.len()).map(logit).collect();
        let top = shares.iter().copied().fold(f32::MIN, f32::max);
        let mut sum = 0.0;
        for share in &mut shares {
            *share = (*share - top).exp();
            sum += *share;
        }
        shares.iter_mut().for_each(|share| *share /= sum);
        shares
    }
}

/// The product of two vectors, summed in eight lanes: the same order on every machine, and fit for wide vectors.
fn dot(a: &[f32; DIM], b: &[f32; DIM]) -> f32 {
    let mut lanes = [0.0_f32; 8];
    for (a, b) in a.as_chunks::<8>().0.iter().zip(b.as_chunks::<8>().0) {
        for ((lane, a), b) in lanes.iter_mut().zip(a).zip(b) {
            *lane += a * b;
        }
    }
    let [a, b, c, d, e, f, g, h] = lanes;
    ((a + e) + (b + f)) + ((c + g) + (d + h))
}

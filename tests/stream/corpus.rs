//! A dirty corpus made from nothing, the same each time: several languages, files, formats and encodings, with breaks,
//! duplicates and bad lines. Every document's text as it must be decoded is known.

use std::collections::BTreeMap;

use crate::harness::{Folder, gzip, zstd};

/// Many windows, many shards and a checkpoint at the end of each window, so that a small corpus has many moments.
#[allow(dead_code, reason = "targets that kill runs use it")]
pub const SMALL_PIECES: [&str; 6] = [
    "--no-config",
    "--set=repair.window_bytes=100 KiB",
    "--set=run.memory_bytes=1 MiB",
    "--set=run.commit_seconds=0",
    "--set=emit.shard_bytes=150 kB",
    "--set=read.batch_bytes=16 KiB",
];

/// Sentences of which documents are made, a language a row.
pub const SENTENCES: [[&str; 6]; 4] = [
    [
        "The keeper of the lighthouse wrote every passing vessel into a heavy leather notebook.",
        "Visitors who arrive before sunrise find the market square empty except for the pigeons.",
        "Nobody could explain why the afternoon train always waited seven minutes at the junction.",
        "Her grandmother collected buttons, postcards and the programmes of forgotten concerts.",
        "The well-known baker of the neighbouring village refuses to sell anything after midday.",
        "Temperatures in the valley remain remarkably constant throughout the winter months.",
    ],
    [
        "Le gardien du phare notait chaque navire dans un lourd carnet de cuir brun.",
        "Les voyageurs qui arrivent avant l'aube trouvent la place du marché presque déserte.",
        "Personne ne savait expliquer pourquoi le train attendait toujours sept minutes ici.",
        "Sa grand-mère collectionnait les boutons, les cartes postales et les vieux programmes.",
        "Le boulanger du village voisin refuse de vendre quoi que ce soit après midi.",
        "Les températures de la vallée restent remarquablement stables pendant tout l'hiver.",
    ],
    [
        "Der Wärter des Leuchtturms schrieb jedes vorbeifahrende Schiff in ein schweres Heft.",
        "Besucher, die vor Sonnenaufgang kommen, finden den Marktplatz bis auf die Tauben leer.",
        "Niemand konnte erklären, warum der Nachmittagszug immer sieben Minuten wartete.",
        "Ihre Großmutter sammelte Knöpfe, Ansichtskarten und Programme vergessener Konzerte.",
        "Der bekannte Bäcker des Nachbardorfes verkauft nach dem Mittag grundsätzlich nichts.",
        "Die Temperaturen im Tal bleiben während der Wintermonate bemerkenswert gleichmäßig.",
    ],
    [
        "Смотритель маяка записывал каждое проходящее судно в тяжёлую кожаную тетрадь.",
        "Гости, которые приезжают до рассвета, находят рыночную площадь совсем пустой.",
        "Никто не мог объяснить, почему дневной поезд всегда ждал на станции семь минут.",
        "Её бабушка собирала пуговицы, открытки и программы давно забытых концертов.",
        "Известный пекарь из соседней деревни после полудня ничего не продаёт.",
        "Температура в долине остаётся удивительно ровной в течение всей зимы.",
    ],
];

/// Numbers without rhyme that are the same each time (the generator of Marsaglia, "Xorshift RNGs", 2003).
pub struct Numbers(u64);

impl Numbers {
    pub fn new(seed: u64) -> Numbers {
        Numbers(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    pub fn below(&mut self, n: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) as usize % n
    }

    fn one_in(&mut self, n: usize) -> bool {
        self.below(n) == 0
    }
}

/// A document of a few paragraphs, sound.
pub fn sound_text(numbers: &mut Numbers) -> String {
    let language = numbers.below(SENTENCES.len());
    let paragraphs: Vec<String> = (0..=numbers.below(4))
        .map(|_| {
            // Now and then a paragraph is in another language, or turns to it.
            let other = if numbers.one_in(8) { numbers.below(SENTENCES.len()) } else { language };
            let n = 2 + numbers.below(6);
            let sentence = |i: usize, numbers: &mut Numbers| {
                let row = SENTENCES[if i < n / 2 { language } else { other }];
                let text = row[numbers.below(6)];
                // A number in some sentences, so that documents differ.
                if numbers.one_in(3) { format!("{} {}", numbers.below(100_000), text) } else { text.to_owned() }
            };
            (0..n).map(|i| sentence(i, numbers)).collect::<Vec<_>>().join(" ")
        })
        .collect();
    paragraphs.join("\n\n")
}

/// The text as an extractor would have left it.
pub fn broken_text(text: &str, numbers: &mut Numbers) -> String {
    let width = 40 + numbers.below(50);
    let (wraps, end) = (!numbers.one_in(3), if numbers.one_in(5) { "\r\n" } else { "\n" });
    let mut out = String::new();
    let mut column = 0;
    for (i, part) in text.split(' ').enumerate() {
        let word = if part.chars().count() > 7 && numbers.one_in(60) {
            let at = part.char_indices().nth(3).unwrap().0;
            let (left, right) = part.split_at(at);
            let cut = ["-\n", "\n", "\n...[+++]", "\u{AD}", "\u{200B}"][numbers.below(5)];
            format!("{left}{cut}{right}")
        } else {
            part.replace("fi", if numbers.one_in(4) { "ﬁ" } else { "fi" })
        };
        if i > 0 {
            let wrapped = wraps && column + word.chars().count() > width;
            column = if wrapped { 0 } else { column + 1 };
            out.push_str(if wrapped {
                end
            } else if numbers.one_in(80) {
                "  "
            } else {
                " "
            });
        }
        column += word.chars().count();
        out.push_str(&word);
    }
    if numbers.one_in(10) { out.replace('é', "e\u{301}") } else { out }
}

/// The corpus on disk, and what its documents' texts are, by id.
pub struct Corpus {
    pub folder: Folder,
    pub texts: BTreeMap<String, String>,
    /// The lines of JSON, by id.
    pub lines: BTreeMap<String, String>,
    /// Lines that are no record.
    pub n_bad: usize,
}

/// About `kilobytes` of it in the folder `in`.
pub fn corpus(seed: u64, kilobytes: usize) -> Corpus {
    let mut numbers = Numbers::new(seed);
    let mut corpus = Corpus { folder: Folder::new(), texts: BTreeMap::new(), lines: BTreeMap::new(), n_bad: 0 };
    let mut seen: Vec<String> = Vec::new();
    for (share, name) in [(3, "a.jsonl"), (2, "b.jsonl.gz"), (2, "c/d.jsonl.zst"), (3, "c/e.jsonl")] {
        let mut lines = String::new();
        let mut n = 0;
        while lines.len() < kilobytes * 100 * share {
            if numbers.one_in(50) {
                lines.push_str(["{\"text\":", "{\"text\":null}", "no json"][numbers.below(3)]);
                lines.push('\n');
                corpus.n_bad += 1;
                continue;
            }
            let text = next_text(&mut seen, &mut numbers);
            let id = format!("{name}-{n}");
            let line = format!(
                "{{\"n\":{}.{:03}00e+2, \"id\":\"{id}\",\"text\":{},\"meta\":{{ \"tags\" : [{}, null] ,\"é\\u00e9\":\"\\/\"}} }}",
                numbers.below(9) + 1,
                numbers.below(1000),
                serde_json::Value::from(text.as_str()),
                numbers.below(1 << 40)
            );
            lines.push_str(&line);
            lines.push('\n');
            corpus.lines.insert(id.clone(), line);
            corpus.texts.insert(id, text);
            n += 1;
        }
        let stored = match name.rsplit('.').next() {
            Some("gz") => {
                let middle = lines.len() / 2;
                [gzip(&lines.as_bytes()[..middle]), gzip(&lines.as_bytes()[middle..])].concat()
            }
            Some("zst") => zstd(lines.as_bytes()),
            _ => lines.into_bytes(),
        };
        corpus.folder.put(format!("in/{name}"), stored);
    }
    for i in 0..kilobytes / 20 {
        let text = next_text(&mut seen, &mut numbers);
        let id = format!("in/pages/{}/{i}.txt", i % 7);
        corpus.folder.put(&id, &text);
        corpus.texts.insert(id, text);
    }
    corpus
}

/// A new text, or one that was there, or nearly so.
fn next_text(seen: &mut Vec<String>, numbers: &mut Numbers) -> String {
    if !seen.is_empty() && numbers.one_in(6) {
        let old = &seen[numbers.below(seen.len())];
        return match numbers.below(3) {
            0 => old.clone(),
            1 => format!("{old}\n"),
            _ => broken_text(&old.replacen("the", "this", 1), numbers),
        };
    }
    let sound = sound_text(numbers);
    let text = if numbers.one_in(4) { sound } else { broken_text(&sound, numbers) };
    seen.push(text.clone());
    text
}

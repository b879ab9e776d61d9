//! A table of shares: one row a class, one column a language, all languages together first.

use std::collections::BTreeMap;

/// Right and all, by class and language.
#[derive(Default)]
pub struct Table {
    cells: BTreeMap<(String, String), [u64; 2]>,
}

impl Table {
    /// Notes one case.
    pub fn note(&mut self, class: &str, language: &str, right: bool) {
        let cell = self.cells.entry((class.to_owned(), language.to_owned())).or_default();
        cell[0] += u64::from(right);
        cell[1] += 1;
    }

    /// Prints all rows.
    pub fn print(&self) {
        let mut languages: Vec<&str> = self.cells.keys().map(|key| key.1.as_str()).collect();
        languages.sort_unstable();
        languages.dedup();
        let mut classes: Vec<&str> = self.cells.keys().map(|key| key.0.as_str()).collect();
        classes.dedup();
        print!("{:12} pooled", "class");
        languages.iter().for_each(|language| print!(" {language:>5}"));
        println!();
        for class in classes {
            let of =
                |language: &str| self.cells.get(&(class.to_owned(), language.to_owned())).copied().unwrap_or([0, 0]);
            let pooled = languages
                .iter()
                .map(|language| of(language))
                .fold([0, 0], |sum, cell| [sum[0] + cell[0], sum[1] + cell[1]]);
            print!("{class:12} {:.4}", share(pooled));
            for language in &languages {
                let cell = of(language);
                if cell[1] == 0 { print!("   -  ") } else { print!(" {:.3}", share(cell)) }
            }
            println!(" {}", pooled[1]);
        }
    }
}

fn share([right, all]: [u64; 2]) -> f64 {
    right as f64 / (all as f64).max(1.0)
}

//! Documents that are linked, directly or by others between them.

/// Sets of linked documents, by their numbers: union-find with path halving.
///
/// Source: R. Tarjan, J. van Leeuwen, "Worst-case analysis of set union algorithms", 1984.
pub struct Links {
    /// Of each document, one of its set that is no later; of the first of each set, itself.
    parent: Vec<u32>,
}

impl Links {
    /// So many documents, none linked.
    pub fn new(count: u32) -> Links {
        Links { parent: (0..count).collect() }
    }

    /// The first document of the set that this one is in.
    pub fn root(&mut self, mut number: u32) -> u32 {
        while self.parent[number as usize] != number {
            let above = self.parent[self.parent[number as usize] as usize];
            self.parent[number as usize] = above;
            number = above;
        }
        number
    }

    /// Links two documents.
    pub fn join(&mut self, a: u32, b: u32) {
        let (a, b) = (self.root(a), self.root(b));
        self.parent[a.max(b) as usize] = a.min(b);
    }
}

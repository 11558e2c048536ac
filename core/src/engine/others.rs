//! Which entries other processes wrote, a bit for each: telemetry tells those of its own process.

/// Bits of a word.
const WORD: u64 = 64;

/// Entries of other processes, from the first one after opening.
#[derive(Debug)]
pub(super) struct Others {
    first: u64,
    words: Vec<u64>,
}

impl Others {
    /// None, of the entries from a number on.
    pub(super) fn after(first: u64) -> Self {
        Self { first, words: Vec::new() }
    }

    pub(super) fn add(&mut self, seq: u64) {
        let Some((word, bit)) = self.place(seq) else { return };
        if self.words.len() <= word {
            self.words.resize(word + 1, 0);
        }
        if let Some(word) = self.words.get_mut(word) {
            *word |= bit;
        }
    }

    pub(super) fn has(&self, seq: u64) -> bool {
        let word = |(word, bit): (usize, u64)| self.words.get(word).is_some_and(|word| word & bit != 0);
        self.place(seq).is_some_and(word)
    }

    fn place(&self, seq: u64) -> Option<(usize, u64)> {
        let offset = seq.checked_sub(self.first)?;
        Some((usize::try_from(offset / WORD).ok()?, 1 << (offset % WORD)))
    }
}

#[cfg(test)]
mod tests {
    use super::Others;

    #[test]
    fn each_entry_has_a_bit_of_its_own() {
        let mut others = Others::after(100);
        for seq in (100..1_000).filter(|seq| seq % 7 == 0) {
            others.add(seq);
        }
        others.add(3);
        assert!((0..2_000).all(|seq| others.has(seq) == ((100..1_000).contains(&seq) && seq % 7 == 0)));
    }
}

//! The shape of a real production workload: quantiles of the Azure LLM inference trace of 2023.
//!
//! Two services on 2023-11-16, 8,819 calls of a coding assistant and 19,366 of a chat: tokens in, tokens out and the
//! milliseconds between calls. Azure Public Dataset, CC-BY 4.0; Patel et al., "Splitwise", ISCA 2024.

use crate::random::Random;

/// Parts of 100,000 at which the tables below are read.
const AT: [u64; 12] =
    [0, 1_000, 5_000, 10_000, 25_000, 50_000, 75_000, 90_000, 95_000, 99_000, 99_900, 100_000];

/// What a service's calls look like.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Shape {
    pub(crate) tokens_in: [u64; 12],
    pub(crate) tokens_out: [u64; 12],
    pub(crate) gap_ms: [u64; 12],
}

/// The coding assistant: long prompts, short answers, bursts.
pub(crate) const CODE: Shape = Shape {
    tokens_in: [3, 17, 75, 147, 578, 1_469, 2_745, 5_194, 7_315, 7_436, 7_437, 7_437],
    tokens_out: [6, 6, 6, 7, 9, 13, 24, 55, 90, 252, 831, 1_899],
    gap_ms: [0, 0, 0, 0, 2, 64, 104, 273, 401, 2_205, 82_752, 217_169],
};

/// The chat: shorter prompts, longer answers, a steady stream.
pub(crate) const CHAT: Shape = Shape {
    tokens_in: [2, 29, 181, 207, 396, 1_020, 1_189, 2_735, 4_083, 4_142, 6_212, 14_050],
    tokens_out: [7, 16, 41, 54, 85, 129, 395, 424, 451, 601, 954, 1_000],
    gap_ms: [0, 1, 6, 16, 48, 118, 247, 421, 565, 891, 1_431, 4_315],
};

/// Draws from a table of quantiles, evenly between two of them.
pub(crate) fn draw(table: &[u64; 12], random: &mut Random) -> u64 {
    let part = random.below(AT[11]);
    let upper = AT.partition_point(|at| *at <= part).clamp(1, AT.len() - 1);
    let pair =
        |of: &[u64; 12]| (of.get(upper - 1).copied().unwrap_or(0), of.get(upper).copied().unwrap_or(0));
    let ((from, to), (low, high)) = (pair(&AT), pair(table));
    low + (high - low) * (part - from) / (to - from)
}

#[cfg(test)]
mod tests {
    use super::{AT, CHAT, CODE, draw};
    use crate::random::Random;

    #[test]
    fn what_is_drawn_has_the_quantiles_of_the_trace() {
        let mut random = Random::new(1);
        for table in [CODE.tokens_in, CODE.tokens_out, CHAT.tokens_in, CHAT.tokens_out, CHAT.gap_ms] {
            let mut drawn: Vec<u64> = (0..200_000).map(|_| draw(&table, &mut random)).collect();
            drawn.sort_unstable();
            for (at, expected) in AT.iter().zip(table).skip(1).take(9) {
                let found = drawn[usize::try_from(at * 200_000 / AT[11]).unwrap() - 1];
                let slack = 2 + expected / 12;
                assert!(found.abs_diff(expected) <= slack, "at {at}: {found} and {expected}");
            }
        }
    }
}

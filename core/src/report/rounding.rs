//! Rounding top-down: the total is rounded, and its parts are rounded so that they add up to it.

use crate::money::Rounding;

/// The total in whole units, half to even, and each part in whole units so that they sum to it.
///
/// Each part is rounded down, and what is missing goes to the largest remainders, of equal ones to the first. So no
/// part is off by a whole unit, and one that is whole stays as it is.
pub(super) fn top_down(parts: &[i128], unit: i128) -> (i128, Vec<i128>) {
    let total = Rounding::HalfEven.divide(parts.iter().sum(), unit);
    let mut rounded: Vec<i128> = parts.iter().map(|part| part.div_euclid(unit)).collect();
    let missing = total - rounded.iter().sum::<i128>();
    let mut order: Vec<(i128, usize)> =
        parts.iter().enumerate().map(|(index, part)| (part.rem_euclid(unit), index)).collect();
    order.sort_by_key(|(remainder, index)| (std::cmp::Reverse(*remainder), *index));
    for (_, index) in order.into_iter().take(usize::try_from(missing).unwrap_or(0)) {
        if let Some(part) = rounded.get_mut(index) {
            *part += 1;
        }
    }
    (total, rounded)
}

/// Each part's share of their sum, in `whole` parts that sum to `whole`; all zero where there is nothing to share.
pub(super) fn shares(parts: &[i128], whole: i128) -> Vec<i128> {
    let total: i128 = parts.iter().sum();
    if total == 0 {
        return vec![0; parts.len()];
    }
    let scaled: Vec<i128> = parts.iter().map(|part| part.saturating_mul(whole * total.signum())).collect();
    top_down(&scaled, total.saturating_abs()).1
}

#[cfg(test)]
mod tests {
    use super::{shares, top_down};

    #[test]
    fn rounded_parts_sum_to_the_rounded_total_and_stay_within_a_unit() {
        let mut state = 11_u64;
        let mut next = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            i128::from(state >> 33)
        };
        for _ in 0..20_000 {
            let unit = 1 + next() % 1_000;
            let parts: Vec<i128> = (0..next() % 12).map(|_| next() % 9_000 - 2_000).collect();
            let (total, rounded) = top_down(&parts, unit);
            assert_eq!(rounded.iter().sum::<i128>(), total, "{parts:?} by {unit}");
            assert!((total * unit - parts.iter().sum::<i128>()).abs() * 2 <= unit, "{parts:?} by {unit}");
            for (part, rounded) in parts.iter().zip(&rounded) {
                assert!((part - rounded * unit).abs() < unit, "{parts:?} by {unit}");
            }
            let sum: i128 = parts.iter().sum();
            assert_eq!(
                shares(&parts, 1_000).iter().sum::<i128>(),
                if sum == 0 { 0 } else { 1_000 },
                "{parts:?}"
            );
        }
    }

    #[test]
    fn the_first_of_equal_remainders_gets_the_odd_unit() {
        assert_eq!(top_down(&[5, 5, 5], 10), (2, vec![1, 1, 0]));
        assert_eq!(top_down(&[-5, 15], 10), (1, vec![0, 1]));
        assert_eq!(top_down(&[], 10), (0, vec![]));
        assert_eq!(shares(&[1, 1, 1], 10_000), [3_334, 3_333, 3_333]);
        assert_eq!(shares(&[-1, -3], 10_000), [2_500, 7_500]);
        assert_eq!(shares(&[1, -1], 10_000), [0, 0]);
    }
}

//! Sharing an amount by weights of any size.
//!
//! The parts sum to the whole to the last unit, and none is off by a whole one. Of equal remainders the one with the
//! larger weight gets the odd unit, then the one that stands first, so whoever wants the same parts from any order sorts
//! by key before. Results are kept, never computed again: by largest remainders a larger whole may give a smaller part.

use std::cmp::Reverse;

/// Ratios are whole numbers of trillionths, which sum to one.
pub(super) const WHOLE_RATIO: i128 = 1_000_000_000_000;

/// Parts of `total` in the proportion of `weights`; nothing where there is no weight to go by.
pub(in crate::report) fn shared(total: i128, weights: &[u128]) -> Option<Vec<i128>> {
    let sum = weights.iter().try_fold(0_u128, |sum, weight| sum.checked_add(*weight))?;
    // The remainder is doubled on the way, so one bit has to be free.
    if sum == 0 || sum > u128::MAX / 2 {
        return None;
    }
    let size = total.unsigned_abs();
    let (whole, rest) = (size / sum, size % sum);
    let shares = weights.iter().map(|weight| {
        let (quotient, remainder) = divided_product(rest, *weight, sum);
        (whole * weight + quotient, remainder)
    });
    let (mut parts, remainders): (Vec<u128>, Vec<u128>) = shares.unzip();
    let left = size - parts.iter().sum::<u128>();
    let mut order: Vec<(Reverse<u128>, Reverse<u128>, usize)> = remainders
        .iter()
        .zip(weights)
        .enumerate()
        .map(|(index, (remainder, weight))| (Reverse(*remainder), Reverse(*weight), index))
        .collect();
    order.sort_unstable();
    for (_, _, index) in order.into_iter().take(usize::try_from(left).unwrap_or(usize::MAX)) {
        if let Some(part) = parts.get_mut(index) {
            *part += 1;
        }
    }
    let signed = |part: u128| {
        if total < 0 { 0_i128.wrapping_sub_unsigned(part) } else { 0_i128.wrapping_add_unsigned(part) }
    };
    Some(parts.into_iter().map(signed).collect())
}

/// `a * b / divisor` and what remains, where the product may need 256 bits; `a` is less than the divisor, and the
/// divisor has a bit to spare.
fn divided_product(a: u128, b: u128, divisor: u128) -> (u128, u128) {
    if let Some(product) = a.checked_mul(b) {
        return (product / divisor, product % divisor);
    }
    let (mut quotient, mut remainder) = (0_u128, 0_u128);
    for bit in (0..u128::BITS).rev() {
        quotient <<= 1;
        remainder <<= 1;
        if remainder >= divisor {
            (quotient, remainder) = (quotient + 1, remainder - divisor);
        }
        if b >> bit & 1 == 1 {
            remainder += a;
            if remainder >= divisor {
                (quotient, remainder) = (quotient + 1, remainder - divisor);
            }
        }
    }
    (quotient, remainder)
}

#[cfg(test)]
mod tests {
    use super::{divided_product, shared};

    fn numbers(seed: u64) -> impl FnMut() -> u128 {
        let mut state = seed;
        move || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            u128::from(state >> 11)
        }
    }

    #[test]
    fn parts_sum_to_the_whole_and_stay_within_a_unit_of_their_share() {
        let mut next = numbers(5);
        for _ in 0..20_000 {
            let weights: Vec<u128> = (0..=next() % 9).map(|_| next() % 1_000_000).collect();
            let total = i128::try_from(next() % 10_000_000_000).unwrap() - 5_000_000_000;
            let Some(parts) = shared(total, &weights) else {
                assert!(weights.iter().all(|weight| *weight == 0));
                continue;
            };
            assert_eq!(parts.iter().sum::<i128>(), total, "{total} by {weights:?}");
            let sum = i128::try_from(weights.iter().sum::<u128>()).unwrap();
            for (part, weight) in parts.iter().zip(&weights) {
                let exact = total * i128::try_from(*weight).unwrap();
                assert!((part * sum - exact).abs() < sum, "{total} by {weights:?}");
                assert!(*weight > 0 || *part == 0, "what has no weight gets nothing");
            }
        }
    }

    #[test]
    fn the_order_of_unequal_weights_changes_nothing() {
        let mut next = numbers(6);
        for _ in 0..5_000 {
            let mut weights: Vec<u128> = (0..=next() % 7).map(|_| next() % 50).collect();
            weights.sort_unstable();
            weights.dedup();
            let total = i128::try_from(next() % 1_000).unwrap();
            let Some(parts) = shared(total, &weights) else { continue };
            let mut there: Vec<_> = weights.iter().copied().zip(parts).collect();
            weights.reverse();
            let mut back: Vec<_> = weights.iter().copied().zip(shared(total, &weights).unwrap()).collect();
            there.sort_unstable();
            back.sort_unstable();
            assert_eq!(there, back);
        }
    }

    #[test]
    fn a_product_of_256_bits_divides_as_a_smaller_one_does() {
        let mut next = numbers(7);
        for _ in 0..2_000 {
            let divisor = 1 + next() % 1_000_000_007;
            let (a, b) = (next() % divisor, next());
            // Scaling both by the same keeps the quotient, and takes the way of long division.
            let scale = 1_u128 << 70;
            let (quotient, remainder) = divided_product(a, b, divisor);
            assert_eq!(divided_product(a * scale, b, divisor * scale), (quotient, remainder * scale));
        }
        let huge = u128::MAX / 2;
        assert_eq!(divided_product(huge - 1, huge, huge), (huge - 1, 0));
    }

    #[test]
    fn odd_units_go_to_the_largest_remainder_then_weight_then_the_first() {
        assert_eq!(shared(100, &[1, 1, 1]), Some(vec![34, 33, 33]));
        assert_eq!(shared(-100, &[1, 1, 1]), Some(vec![-34, -33, -33]));
        // Remainders of a half each: the larger weight gets it.
        assert_eq!(shared(2, &[1, 3]), Some(vec![0, 2]));
        assert_eq!(shared(4, &[6, 6, 2]), Some(vec![2, 2, 0]));
        assert_eq!(shared(5, &[0, 0]), None);
        assert_eq!(shared(5, &[]), None);
        assert_eq!(shared(5, &[u128::MAX, 1]), None);
    }
}

//! Largest-remainder apportionment: parts that sum to the whole.

/// Parts of `total` in the proportion of `weights`, which sum to it exactly.
pub(super) fn largest_remainder(total: i128, weights: &[u64]) -> Vec<i128> {
    let sum: u128 = weights.iter().map(|weight| u128::from(*weight)).sum();
    if sum == 0 {
        return if weights.is_empty() {
            Vec::new()
        } else {
            largest_remainder(total, &vec![1; weights.len()])
        };
    }
    let size = total.unsigned_abs();
    let (whole, rest) = (size / sum, size % sum);
    // `weight <= sum`, so neither product leaves 128 bits while the whole fits in 127 and the rest in 64 + 64.
    let shares = weights.iter().map(|weight| {
        let weight = u128::from(*weight);
        let scaled = rest * weight;
        (whole * weight + scaled / sum, scaled % sum)
    });
    let (mut parts, remainders): (Vec<u128>, Vec<u128>) = shares.unzip();
    let left = size - parts.iter().sum::<u128>();
    let mut order: Vec<usize> = (0..parts.len()).collect();
    order.sort_by_key(|index| (std::cmp::Reverse(remainders.get(*index).copied()), *index));
    for index in order.into_iter().take(usize::try_from(left).unwrap_or(usize::MAX)) {
        if let Some(part) = parts.get_mut(index) {
            *part += 1;
        }
    }
    parts
        .into_iter()
        .map(
            |part| {
                if total < 0 {
                    0_i128.wrapping_sub_unsigned(part)
                } else {
                    0_i128.wrapping_add_unsigned(part)
                }
            },
        )
        .collect()
}

#[cfg(test)]
mod tests {
    use super::largest_remainder;

    #[test]
    fn the_first_of_equal_remainders_gets_the_odd_unit() {
        assert_eq!(largest_remainder(100, &[1, 1, 1]), [34, 33, 33]);
        assert_eq!(largest_remainder(-100, &[1, 1, 1]), [-34, -33, -33]);
        assert_eq!(largest_remainder(7, &[0, 0]), [4, 3]);
        assert_eq!(largest_remainder(7, &[]), Vec::<i128>::new());
        assert_eq!(largest_remainder(0, &[3, 4]), [0, 0]);
    }

    #[test]
    fn parts_sum_to_the_whole_and_stay_within_one_unit_of_their_share() {
        let mut state = 7_u64;
        let mut next = || {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            state >> 33
        };
        for _ in 0..20_000 {
            let weights: Vec<u64> = (0..=next() % 9).map(|_| next() % 1_000_000).collect();
            let total = i128::from(next()) * i128::from(next()) - i128::from(next());
            let parts = largest_remainder(total, &weights);
            assert_eq!(parts.iter().sum::<i128>(), total, "{total} by {weights:?}");
            let sum: i128 = weights.iter().map(|weight| i128::from(*weight)).sum();
            for (part, weight) in parts.iter().zip(&weights).filter(|_| sum > 0) {
                assert!((part * sum - total * i128::from(*weight)).abs() < sum, "{total} by {weights:?}");
            }
        }
    }

    #[test]
    fn the_largest_amount_splits_without_overflow() {
        let parts = largest_remainder(i128::MAX, &[u64::MAX, u64::MAX, 1]);
        assert_eq!(parts.into_iter().sum::<i128>(), i128::MAX);
    }
}

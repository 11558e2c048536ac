//! Labels beside each other's marks: each as near to its mark as it can be without touching the next.

use super::letters::Length;

/// The places of labels that want to stand at these, in order, `apart` from each other and between two ends. Where there is
/// no room for all, the last ones are dropped.
pub(super) fn spread(wished: &[Length], apart: Length, (first, last): (Length, Length)) -> Vec<Length> {
    let room = usize::try_from((last - first) / apart + 1).unwrap_or(0);
    let mut places: Vec<Length> = wished.iter().take(room).copied().collect();
    let mut free = first;
    for place in &mut places {
        *place = (*place).max(free);
        free = *place + apart;
    }
    let mut bound = last;
    for place in places.iter_mut().rev() {
        *place = (*place).min(bound);
        bound = *place - apart;
    }
    places
}

#[cfg(test)]
mod tests {
    use super::spread;

    #[test]
    fn labels_keep_their_distance_and_their_bounds() {
        assert_eq!(spread(&[10, 12, 90], 10, (0, 100)), [10, 20, 90]);
        assert_eq!(spread(&[95, 97, 99], 10, (0, 100)), [80, 90, 100]);
        assert_eq!(spread(&[0, 0, 0, 0], 50, (0, 100)), [0, 50, 100]);
    }
}

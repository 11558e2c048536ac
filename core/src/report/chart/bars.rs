//! One bar for each category, its name to the left and its figure at its end.

use super::canvas::{Anchor, Area, Canvas, Fill, PX, SIZE, Stroke, Tint};
use super::letters::{Length, width};
use super::scale::Scale;
use super::{BAR_HEIGHT, BARS_MARGIN, MAX_BARS, figure};
use crate::report::document::Chart;

/// The widest name.
const NAMES: Length = 330 * PX;
/// The widest figure.
const FIGURES: Length = 160 * PX;
const GAP: Length = 10 * PX;

pub(super) fn draw(chart: &Chart, canvas: &mut Canvas) {
    let values: Vec<i128> = chart
        .series
        .first()
        .map(|series| series.values.iter().map(|value| value.unwrap_or(0)).take(MAX_BARS).collect())
        .unwrap_or_default();
    let figures: Vec<String> = values.iter().map(|value| figure::value(chart, *value)).collect();
    let widest =
        |texts: &mut dyn Iterator<Item = &String>| texts.map(|text| width(text, SIZE)).max().unwrap_or(0);
    let names = widest(&mut chart.categories.iter().take(MAX_BARS)).min(NAMES);
    let room = widest(&mut figures.iter()).min(FIGURES);
    // The figure stands beyond the end of its bar, on the side of its sign.
    let left = names + GAP + if values.iter().any(|value| *value < 0) { room + GAP } else { 0 };
    let right = canvas.width() - room - GAP;
    // Bars fill the width, whatever a round axis would be.
    let low = values.iter().copied().min().unwrap_or(0).min(0);
    let high = values.iter().copied().max().unwrap_or(0).max(0);
    let scale = Scale { low, high: if high == low { low + 1 } else { high }, step: 1 };
    let zero = scale.place(0, (left, right));
    for (index, ((name, value), text)) in chart.categories.iter().zip(&values).zip(&figures).enumerate() {
        let top = BARS_MARGIN * PX / 2 + i64::try_from(index).unwrap_or(0) * BAR_HEIGHT * PX;
        let base = top + BAR_HEIGHT * PX / 2 + 4 * PX;
        canvas.label((names, base), Anchor::End, Tint::Plain, name, names);
        let end = scale.place(*value, (left, right));
        let area = Area {
            left: zero.min(end),
            top: top + 4 * PX,
            right: zero.max(end).max(zero.min(end) + PX),
            bottom: top + (BAR_HEIGHT - 4) * PX,
        };
        canvas.bar(area, Fill::Series(0), &format!("{name}: {}", figure::with_unit(chart, *value)));
        let (at, anchor) =
            if *value < 0 { (end - 6 * PX, Anchor::End) } else { (area.right + 6 * PX, Anchor::Start) };
        canvas.label((at, base), anchor, Tint::Plain, text, room);
    }
    canvas.line(&[(zero, 0), (zero, canvas.height())], Stroke::Axis);
}

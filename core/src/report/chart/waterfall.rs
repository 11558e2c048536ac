//! From a first to a last amount by what was added and taken away.
//!
//! The first and the last value are amounts, those between them changes.

use super::canvas::{Anchor, Area, Canvas, Fill, PX, SIZE, Stroke, Tint};
use super::columns::Plot;
use super::figure;
use super::letters::{Length, width};
use super::scale::Scale;
use crate::report::document::Chart;

/// Amounts are dark; what is added and what is taken away differ in lightness, and in the sign of their figures.
const AMOUNT: usize = 0;
const ADDED: usize = 4;
const TAKEN: usize = 3;

/// Space for names of two lines under the plot.
const FOOT: Length = 38 * PX;

/// A column from one level to another.
struct Step {
    from: i128,
    to: i128,
    text: String,
    fill: usize,
}

pub(super) fn draw(chart: &Chart, canvas: &mut Canvas) {
    let steps = steps(chart);
    let levels = steps.iter().flat_map(|step| [step.from, step.to]);
    let plot = Plot::new(chart, canvas, Scale::new(levels), (8 * PX, FOOT));
    let count = chart.categories.len();
    let mut before: Option<(Length, Length)> = None;
    for (index, (step, name)) in steps.iter().zip(&chart.categories).enumerate() {
        let (left, right) = plot.band(index, count);
        let inset = ((right - left) / 6).max((right - left - 72 * PX) / 2);
        let (top, bottom) = (plot.y(step.from.max(step.to)), plot.y(step.from.min(step.to)));
        let area = Area { left: left + inset, top, right: right - inset, bottom: bottom.max(top + PX / 2) };
        canvas.bar(area, Fill::Series(step.fill), &format!("{name}: {} {}", step.text, chart.unit));
        if let Some((x, y)) = before {
            canvas.line(&[(x, y), (area.left, y)], Stroke::Grid);
        }
        before = Some((area.right, plot.y(step.to)));
        let at = (Length::midpoint(left, right), top - 4 * PX);
        canvas.label(at, Anchor::Middle, Tint::Plain, &step.text, right - left - 2 * PX);
    }
    named(chart, canvas, &plot);
}

/// The name of every step, in two lines where one is too short: none may be left out.
fn named(chart: &Chart, canvas: &mut Canvas, plot: &Plot) {
    let count = chart.categories.len();
    for (index, name) in chart.categories.iter().enumerate() {
        let (left, right) = plot.band(index, count);
        let (middle, room) = (Length::midpoint(left, right), right - left - 6 * PX);
        let lines = if width(name, SIZE) > room { halves(name) } else { (name.as_str(), "") };
        for (line, y) in [(lines.0, 16 * PX), (lines.1, 30 * PX)] {
            if !line.is_empty() {
                let at = (middle, plot.area.bottom + y);
                canvas.label(at, Anchor::Middle, Tint::Quiet, line, room);
            }
        }
    }
}

/// The text in two parts, cut at the blank that is nearest to its middle.
fn halves(text: &str) -> (&str, &str) {
    let middle = text.len() / 2;
    let blanks = text.match_indices(' ').map(|(place, _)| place);
    let nearest = blanks.min_by_key(|place| place.abs_diff(middle));
    nearest.and_then(|place| Some((text.get(..place)?, text.get(place + 1..)?))).unwrap_or((text, ""))
}

fn steps(chart: &Chart) -> Vec<Step> {
    let values: Vec<i128> = chart
        .series
        .first()
        .map(|series| series.values.iter().map(|value| value.unwrap_or(0)).collect())
        .unwrap_or_default();
    let count = chart.categories.len().min(values.len());
    let mut level = 0_i128;
    let step = |(index, value): (usize, &i128)| {
        if index == 0 || index + 1 == count {
            level = *value;
            return Step { from: 0, to: *value, text: figure::value(chart, *value), fill: AMOUNT };
        }
        let from = level;
        level = level.saturating_add(*value);
        let fill = if *value < 0 { TAKEN } else { ADDED };
        Step { from, to: level, text: figure::signed(chart, *value), fill }
    };
    values.iter().take(count).enumerate().map(step).collect()
}

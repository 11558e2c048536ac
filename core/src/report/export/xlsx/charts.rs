//! Charts as the spreadsheet's own, over a sheet with their values.

use super::super::output::written;
use super::row_of;
use super::sheet::cut;
use super::style::Style;
use crate::error::Result;
use crate::money::Money;
use crate::report::document::{Block, Chart, ChartKind, Document};
use crate::report::guard::guarded_line;
use rust_xlsxwriter::{self as xlsx, ChartType, Worksheet};

/// The names of the two sheets.
pub(super) const CHARTS: &str = "Charts";
pub(super) const VALUES: &str = "Chart values";
/// Rows of the sheet that a chart covers.
const CHART_ROWS: usize = 22;
/// A chart's size in pixels.
const SIZE: (u32, u32) = (900, 400);

/// Every chart that a spreadsheet draws. A waterfall isn't one: its values are in a table of the document.
pub(super) fn of(document: &Document) -> Vec<&Chart> {
    let blocks = document.sections.iter().flat_map(|section| &section.blocks);
    let charts = blocks.filter_map(|block| match block {
        Block::Chart(chart) => Some(chart),
        _ => None,
    });
    charts.filter(|chart| type_of(chart.kind).is_some() && !chart.categories.is_empty()).collect()
}

const fn type_of(kind: ChartKind) -> Option<ChartType> {
    match kind {
        ChartKind::StackedColumns => Some(ChartType::ColumnStacked),
        ChartKind::Bars => Some(ChartType::Bar),
        ChartKind::Lines => Some(ChartType::Line),
        ChartKind::Waterfall => None,
    }
}

/// Writes the values of the charts under each other, and the charts that show them.
pub(super) fn write(
    (sheet, values): (&mut Worksheet, &mut Worksheet),
    charts: &[&Chart],
    style: &Style,
) -> Result<()> {
    let mut next = 0;
    written(values.set_column_width(0, 24.0))?;
    for (place, chart) in charts.iter().enumerate() {
        let head = row_of(next)?;
        written(values.write_string_with_format(head, 0, cut(&chart.title), &style.head))?;
        for (row, category) in (next + 1..).zip(&chart.categories) {
            written(values.write_string(row_of(row)?, 0, cut(category)))?;
        }
        let last = row_of(next + chart.categories.len())?;
        let Some(kind) = type_of(chart.kind) else { continue };
        let mut drawn = xlsx::Chart::new(kind);
        // A name that begins like a formula would be taken for a range.
        drawn.title().set_name(&*guarded_line(&cut(&chart.title)));
        drawn.set_width(SIZE.0).set_height(SIZE.1).set_alt_text(cut(&chart.alt));
        drawn.y_axis().set_name(chart.unit.as_str());
        if chart.kind == ChartKind::Bars {
            drawn.x_axis().set_reverse();
        }
        for (column, (name, own)) in (1_u16..).zip(series(chart)) {
            written(values.write_string_with_format(head, column, cut(name), &style.head_right))?;
            for (row, value) in (next + 1..).zip(own) {
                let Some(value) = value else { continue };
                // The nearest double: a chart has no other.
                let double: f64 = Money::from_pico(value).to_string().parse().unwrap_or_default();
                written(values.write_number_with_format(
                    row_of(row)?,
                    column,
                    double,
                    &style.number("#,##0.00", false),
                ))?;
            }
            drawn
                .add_series()
                .set_name((VALUES, head, column))
                .set_categories((VALUES, head + 1, 0, last, 0))
                .set_values((VALUES, head + 1, column, last, column));
        }
        written(sheet.insert_chart(row_of(place * CHART_ROWS)?, 0, &drawn))?;
        next += chart.categories.len() + 2;
    }
    Ok(())
}

/// The series, and the level as one more, the same for each category.
fn series(chart: &Chart) -> Vec<(&str, Vec<Option<i128>>)> {
    let own = chart.series.iter().map(|series| (series.name.as_str(), series.values.clone()));
    let level =
        chart.level.as_ref().map(|(name, value)| (name.as_str(), vec![Some(*value); chart.categories.len()]));
    // Among stacked columns a level would be one more of them.
    own.chain(level.filter(|_| chart.kind == ChartKind::Lines)).collect()
}

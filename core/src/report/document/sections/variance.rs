//! Why the total changed against the period before.

use crate::money::Money;
use crate::report::document::numbers::{counted, grouped, grouped_decimal};
use crate::report::document::printer::Printer;
use crate::report::document::table::PrintedColumn;
use crate::report::document::{Block, Cell, Chart, ChartKind, Section, Series, Table};
use crate::report::period::{MINUTES, local};
use crate::report::statement::Statement;
use crate::report::variance::{Driver, EffectKind, Variance};
use crate::tags::UNALLOCATED;

/// Hundredths of a percent in a tenth.
const TENTH: u64 = 10;

pub(in crate::report) fn section(statement: &Statement, printer: &Printer<'_>) -> Option<Section> {
    let variance = statement.variance.as_ref()?;
    let mut blocks = steps(statement, variance, printer);
    if !variance.drivers.is_empty() {
        blocks.push(Block::Table(drivers(variance, printer)));
    }
    let until = variance.against.window.end();
    let intro = if statement.is_over {
        format!("Compared with {}.", variance.against.name)
    } else {
        let until = local(until, &statement.time_zone, MINUTES);
        format!("Compared with as much of {} as has passed of this period: until {until}.", before(statement))
    };
    Some(Section {
        id: "variance".to_owned(),
        title: "Why the cost changed".to_owned(),
        intro: Some(intro),
        blocks,
    })
}

/// The name of the period before.
fn before(statement: &Statement) -> &str {
    statement.trend.periods.first().map_or("", |own| own.period.name.as_str())
}

/// What an effect is called in print.
fn label(kind: EffectKind) -> &'static str {
    match kind {
        EffectKind::Volume => "More or fewer calls",
        EffectKind::Mix => "Other models",
        EffectKind::Prompts => "Longer or shorter prompts",
        EffectKind::Cache => "Cache",
        EffectKind::Answers => "Longer or shorter answers",
        EffectKind::OtherUsage => "Other usage",
        EffectKind::Price => "Prices and terms",
        EffectKind::New => "New",
        EffectKind::Gone => "Gone",
        EffectKind::Unmeasured => "Without usage",
    }
}

/// From what was before to what is now. Both are rounded with the steps between them, so that the table adds up.
fn steps(statement: &Statement, variance: &Variance, printer: &Printer<'_>) -> Vec<Block> {
    let effects = variance.effects.iter().map(|effect| effect.amount);
    let amounts: Vec<Money> = std::iter::once(variance.before).chain(effects).collect();
    let column = printer.column(&amounts);
    let labels = variance.effects.iter().map(|effect| label(effect.kind).to_owned());
    let part = if statement.is_over { "" } else { ", same part" };
    let names: Vec<String> = std::iter::once(format!("{}{part}", before(statement))).chain(labels).collect();
    let end: i128 = column.units.iter().sum();
    let units = column.units.iter().chain([&end]);
    let values = units.map(|units| Some(printer.charted(*units))).collect();
    let chart = Chart {
        id: "variance-chart".to_owned(),
        title: "From one period to the next".to_owned(),
        alt: "What the period before cost, what was added and taken away, and what this one costs."
            .to_owned(),
        kind: ChartKind::Waterfall,
        unit: printer.currency().to_string(),
        categories: names.iter().chain([&statement.period.name]).cloned().collect(),
        series: vec![Series { name: "Cost".to_owned(), values }],
        level: None,
    };
    let columns = vec![
        PrintedColumn::texts("Step", names).total(Cell::text(statement.period.name.clone())),
        PrintedColumn::amounts(format!("Cost ({})", printer.currency()), column),
    ];
    vec![Block::Chart(chart), Block::Table(Table::of_columns("variance", columns))]
}

/// The largest effects of single agents, each with a sentence.
fn drivers(variance: &Variance, printer: &Printer<'_>) -> Table {
    let rows = &variance.drivers;
    let has_rest = variance.rest != Money::ZERO;
    let rest = has_rest.then_some(variance.rest);
    let amounts: Vec<Money> = rows.iter().map(|own| own.amount).chain(rest).collect();
    let others = has_rest.then(|| "others".to_owned());
    let who = rows.iter().map(who).chain(others);
    let columns = vec![
        PrintedColumn::texts("Who", who).total(Cell::text("Change")),
        PrintedColumn::texts("Why", rows.iter().map(why)),
        PrintedColumn::amounts(format!("Change ({})", printer.currency()), printer.column(&amounts)),
    ];
    Table::of_columns("variance-drivers", columns).captioned("Largest effects")
}

fn who(driver: &Driver) -> String {
    let known: Vec<&str> = driver.values.iter().filter(|value| *value != UNALLOCATED).collect();
    if known.is_empty() { UNALLOCATED.to_owned() } else { known.join(" / ") }
}

/// A sentence without its subject: `38.0 % more calls (100 → 138)`.
fn why(driver: &Driver) -> String {
    let Driver { kind, amount, was, is, .. } = driver;
    let is_more = *amount > Money::ZERO;
    let either = |more: &str, less: &str| if is_more { more.to_owned() } else { less.to_owned() };
    let number = |number: u64| grouped(i128::from(number));
    let moved = format!("{} → {}", number(*was), number(*is));
    let percent = |share: u64| format!("{} %", grouped_decimal(i128::from(share / TENTH), 1));
    match kind {
        EffectKind::Volume => format!("{} calls ({moved})", percent_more(*was, *is)),
        EffectKind::Mix => either("calls moved to dearer models", "calls moved to cheaper models"),
        EffectKind::Prompts => format!("{} prompts ({moved} tokens)", either("longer", "shorter")),
        EffectKind::Cache => {
            format!("cache read {} ({} → {} of input)", either("less", "more"), percent(*was), percent(*is))
        }
        EffectKind::Answers => format!("{} answers ({moved} tokens)", either("longer", "shorter")),
        EffectKind::OtherUsage => either("more other usage a call", "less other usage a call"),
        EffectKind::Price => either("higher prices, or dearer terms", "lower prices, or cheaper terms"),
        EffectKind::New => format!("new, or new models ({})", counted(*is, "call")),
        EffectKind::Gone => format!("gone, or old models ({} before)", counted(*was, "call")),
        EffectKind::Unmeasured => "cost without usage".to_owned(),
    }
}

fn percent_more(was: u64, is: u64) -> String {
    let (was, is) = (i128::from(was), i128::from(is));
    let tenths = ((is - was).abs() * 1_000).checked_div(was).unwrap_or(0);
    format!("{} % {}", grouped_decimal(tenths, 1), if is >= was { "more" } else { "fewer" })
}

#[cfg(test)]
mod tests {
    use super::why;
    use crate::money::Money;
    use crate::report::Values;
    use crate::report::variance::{Driver, EffectKind};

    #[test]
    fn each_driver_is_a_sentence() {
        let told = |kind, amount: &str, (was, is)| {
            let amount: Money = amount.parse().unwrap();
            why(&Driver { values: Values::default(), kind, amount, was, is })
        };
        assert_eq!(told(EffectKind::Volume, "412.2", (100, 138)), "38.0 % more calls (100 → 138)");
        assert_eq!(told(EffectKind::Volume, "-3", (2_000, 500)), "75.0 % fewer calls (2,000 → 500)");
        assert_eq!(
            told(EffectKind::Cache, "-88.1", (4_120, 6_309)),
            "cache read more (41.2 % → 63.0 % of input)"
        );
        assert_eq!(told(EffectKind::Prompts, "1", (900, 1_800)), "longer prompts (900 → 1,800 tokens)");
        assert_eq!(told(EffectKind::Price, "-1", (0, 0)), "lower prices, or cheaper terms");
    }
}

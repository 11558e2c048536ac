//! Statements as PDF, warm: the page that the goal names, and the whole statement of the large ledger.

use crate::table::Table;
use bursar::{Block, Bursar, Call, Dimension, Document, ManualClock, Policy, Presentation, ReportRequest, Timestamp, Usage};
use std::{sync::Arc, time::Instant};

const LINES: usize = 40;
const CHARTS: usize = 2;
const ROUNDS: usize = 15;

/// The statement of a month of sixty agents, of thirteen months that have something to show.
fn document() -> Document {
    let price = r#"{ "provider": "bench", "model": "model", "input_mtok": "3", "output_mtok": "15" }"#;
    let policy = Policy::new().with_prices([serde_json::from_str(price).unwrap()]);
    let start: Timestamp = "2025-10-01T12:00:00Z".parse().unwrap();
    let clock = Arc::new(ManualClock::new(start));
    let bursar = Bursar::builder().policy(policy).clock(Arc::clone(&clock)).resource_attributes("").in_memory().unwrap();
    let model = bursar.model(None, "model").unwrap();
    for call in 0..13 * 30 * 12_u64 {
        clock.set(Timestamp::from_micros(start.micros() + i64::try_from(call).unwrap() * 7_200_000_000));
        let (agent, team) = (format!("agent-{}", call * 7 % 60), format!("team-{}", call * 7 % 6));
        let scope = bursar.scope(&[("team", team.as_str()), ("agent", agent.as_str())]).unwrap();
        let usage = Usage::new().with(Dimension::InputUncached, 20_000 + call % 997 * 40).with(Dimension::Output, 900 + call % 89 * 30);
        bursar.record(&scope, &Call::new(&model, 0), &usage).unwrap();
    }
    let request = ReportRequest::named("2026-10", "UTC").unwrap().by(["agent".parse().unwrap()]);
    bursar.report(&request).unwrap().document(&Presentation::new().max_rows(LINES))
}

/// The first sections, with no more charts than the goal names.
fn page(whole: &Document) -> Document {
    let mut page = whole.clone();
    let mut charts = 0;
    page.sections.retain_mut(|section| {
        section.blocks.retain(|block| match block {
            Block::Chart(_) => {
                charts += 1;
                charts <= CHARTS
            }
            _ => true,
        });
        charts <= CHARTS
    });
    page
}

pub(crate) fn rows(table: &mut Table) {
    let whole = document();
    let page = page(&whole);
    let (first, _) = timed(&page);
    let [warm, full] = [&page, &whole].map(|document| {
        let mut times: Vec<f64> = (0..ROUNDS).map(|round| timed(&another(document, round)).0).collect();
        times.sort_by(f64::total_cmp);
        times[ROUNDS / 2]
    });
    table.row(format!("statement as PDF, {LINES} lines, {CHARTS} charts, warm"), (warm, "ms"), Some(50.0), Some(("the first of a process", first)));
    table.row(format!("the whole statement as PDF, {} sections, warm", whole.sections.len()), (full, "ms"), None, None);
}

/// The same with another title, as from one statement to the next: what the typesetter remembers isn't the whole answer.
fn another(document: &Document, round: usize) -> Document {
    let mut other = document.clone();
    other.subtitle = format!("{} ({round})", other.subtitle);
    for section in &mut other.sections {
        section.title = format!("{} ({round})", section.title);
    }
    other
}

fn timed(document: &Document) -> (f64, usize) {
    let start = Instant::now();
    let bytes = document.to_pdf().unwrap().len();
    (start.elapsed().as_secs_f64() * 1e3, bytes)
}

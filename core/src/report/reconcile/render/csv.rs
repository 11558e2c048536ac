//! The parts of a reconciliation as CSV.

use crate::report::guard::guarded;
use crate::report::reconcile::reconciliation::{ReconciledLine, Reconciliation, VariancePart};
use crate::report::reconcile::words::day;

const HEADER: [&str; 21] = [
    "line",
    "day",
    "provider",
    "model",
    "kind",
    "dimension",
    "tier",
    "context",
    "geo",
    "credential",
    "level",
    "state",
    "ours_quantity",
    "theirs_quantity",
    "ours_amount",
    "theirs_amount",
    "part",
    "part_amount",
    "cause",
    "evidence",
    "sentence",
];

pub(super) fn render(reconciliation: &Reconciliation) -> String {
    let mut writer = csv::Writer::from_writer(Vec::new());
    let mut write = |fields: &[String]| {
        // Memory can't refuse a write, and every record has the header's length.
        let written = writer.write_record(fields);
        debug_assert!(written.is_ok());
    };
    write(&HEADER.map(str::to_owned));
    for line in &reconciliation.lines {
        let parts: Vec<Option<&VariancePart>> =
            if line.parts.is_empty() { vec![None] } else { line.parts.iter().map(Some).collect() };
        for (index, part) in parts.into_iter().enumerate() {
            write(&record(&reconciliation.provider, line, index == 0, part));
        }
    }
    let bytes = writer.into_inner().unwrap_or_default();
    String::from_utf8(bytes).unwrap_or_default()
}

fn record(
    provider: &str,
    line: &ReconciledLine,
    is_first: bool,
    part: Option<&VariancePart>,
) -> [String; 21] {
    let text = |name: &Option<String>| guarded(name.as_deref().unwrap_or_default()).into_owned();
    let count = |quantity: Option<i128>| {
        quantity.filter(|_| is_first).map_or_else(String::new, |quantity| quantity.to_string())
    };
    let once = |amount: String| if is_first { amount } else { String::new() };
    let key = &line.key;
    [
        line.number.to_string(),
        day(key),
        guarded(provider).into_owned(),
        text(&key.model),
        key.kind.as_str().to_owned(),
        key.dimension.map_or_else(String::new, |dimension| dimension.to_string()),
        text(&key.tier),
        text(&key.context),
        text(&key.geo),
        text(&key.credential),
        line.level.as_str().to_owned(),
        line.state.as_str().to_owned(),
        count(line.ours.quantity),
        count(line.theirs.quantity),
        once(line.ours.amount.to_string()),
        once(line.theirs.amount.to_string()),
        part.map_or_else(String::new, |part| part.kind.as_str().to_owned()),
        part.map_or_else(String::new, |part| part.amount.to_string()),
        part.and_then(|part| part.cause).map_or_else(String::new, |cause| cause.to_string()),
        part.and_then(|part| part.evidence).map_or_else(String::new, |own| own.as_str().to_owned()),
        part.map_or_else(String::new, |part| guarded(&part.sentence).into_owned()),
    ]
}

//! One row of the file: one charge line of one entry.

use super::column::{COLUMNS, Value};
use super::names::Names;
use crate::ledger::{Entry, EntryLine};
use crate::money::{Currency, Money, Rate};

/// The values of a row, in the order of the columns.
pub(super) type Row = [Value; COLUMNS.len()];

/// The rows of an entry that books something: a row for each of its lines, and one for what no usage explains.
pub(super) fn rows(entry: &Entry, lines: &[EntryLine], names: &mut Names<'_>) -> Vec<Row> {
    let measured: Money = lines.iter().map(|line| line.amount).sum();
    let rest = entry.amount - measured;
    let mut rows = Vec::with_capacity(lines.len() + 1);
    for line in lines {
        rows.push(row(entry, rows.len(), Some(line), line.amount, names));
    }
    if rest != Money::ZERO || lines.is_empty() {
        rows.push(row(entry, rows.len(), None, rest, names));
    }
    rows
}

fn row(entry: &Entry, number: usize, line: Option<&EntryLine>, amount: Money, names: &mut Names<'_>) -> Row {
    let [team, project, client, agent, environment, user, tags] = names.tags(entry.tag_set);
    let [provider, model] = names.model(entry.model);
    let optional = |value: Option<Value>| value.unwrap_or(Value::Null);
    [
        integer(entry.seq),
        integer(number as u64),
        names.word(entry.kind.as_str()),
        Value::Integer(entry.at.micros()),
        Value::Integer(entry.effective_at.micros()),
        integer(entry.hold.number()),
        provider,
        model,
        optional(entry.terms.map(|terms| names.symbol(terms))),
        optional(line.map(|line| names.word(line.dimension.as_str()))),
        optional(line.map(|line| integer(line.quantity))),
        optional(line.and_then(|line| unit_price(line.rate?))),
        Value::Decimal(amount.pico()),
        names.word(currency()),
        optional(entry.price_version.map(|version| names.symbol(version))),
        optional(entry.corrects.map(integer)),
        Value::Flag(entry.is_overrun),
        Value::Flag(entry.is_late),
        Value::Flag(entry.is_stated),
        optional(entry.note.as_deref().map(|note| Value::Text(note.as_bytes().to_vec().into()))),
        team,
        project,
        client,
        agent,
        environment,
        user,
        tags,
    ]
}

/// The bits of a number that is never negative; its column says so.
const fn integer(number: u64) -> Value {
    Value::Integer(number.cast_signed())
}

/// The price of one unit in femto, which every rate but that of an endless decimal is whole in.
fn unit_price(rate: Rate) -> Option<Value> {
    (rate.per() == 1).then(|| Value::Decimal(i128::from(rate.femto())))
}

fn currency() -> &'static str {
    static USD: Currency = Currency::USD;
    USD.code()
}

//! Cuts time where genai-prices' dated entries begin, and says what holds in each span.
//!
//! An entry of theirs has either a date or a time of day, never both; entries with a time of day hold on every date.

use super::{Priced, TERMS};
use crate::{
    literal::Literal,
    model::{Card, Model, Status, Table, When},
};
use std::collections::BTreeSet;

/// An entry of the list of prices or of the variants.
struct Entry<'l> {
    from: Option<String>,
    /// The window of the day, as the book writes it.
    window: Option<String>,
    prices: &'l Literal,
    when: Option<&'l Literal>,
}

/// The cards of a model, in the order of time.
pub(super) fn cards(
    model: &Model,
    prices: &Literal,
    variants: &[Literal],
    table: &mut Table,
) -> Result<Vec<Card>, String> {
    let standard: Vec<Entry<'_>> = match prices {
        Literal::List(list) => list.iter().map(entry).collect::<Result<_, _>>()?,
        one => vec![Entry { from: None, window: None, prices: one, when: None }],
    };
    let variants: Vec<Entry<'_>> = variants.iter().map(entry).collect::<Result<_, _>>()?;
    let dates: BTreeSet<Option<String>> =
        standard.iter().chain(&variants).map(|entry| entry.from.clone()).chain([None]).collect();
    let mut cards = Vec::<Card>::new();
    for from in dates {
        let card = Card { from: from.clone(), ..card(model, from.as_deref(), &standard, &variants, table)? };
        match cards.last_mut() {
            Some(last) if (Card { from: None, ..last.clone() }) == (Card { from: None, ..card.clone() }) => {}
            Some(last) => {
                last.until = from;
                cards.push(card);
            }
            None => cards.push(card),
        }
    }
    Ok(cards)
}

fn entry(literal: &Literal) -> Result<Entry<'_>, String> {
    let mut entry = Entry {
        from: None,
        window: None,
        prices: literal.get("prices").ok_or("an entry without prices")?,
        when: literal.get("when"),
    };
    let Some(constraint) = literal.get("constraint").filter(|constraint| !constraint.is_none()) else {
        return Ok(entry);
    };
    match constraint.call() {
        Some("StartDateConstraint") => entry.from = Some(date(constraint.get("start_date"))?),
        Some("TimeOfDateConstraint") => {
            let (start, end) = (clock(constraint.get("start_time"))?, clock(constraint.get("end_time"))?);
            let end = if end == "00:00" { "24:00".to_owned() } else { end };
            entry.window = Some(format!("{start}-{end}"));
        }
        other => return Err(format!("an unknown constraint `{}`", other.unwrap_or_default())),
    }
    Ok(entry)
}

fn date(literal: Option<&Literal>) -> Result<String, String> {
    let numbers: Vec<u32> = whole_numbers(literal);
    match numbers.as_slice() {
        [year, month, day] => Ok(format!("{year:04}-{month:02}-{day:02}")),
        _ => Err("a constraint without date".to_owned()),
    }
}

/// An hour and a minute in UTC.
fn clock(literal: Option<&Literal>) -> Result<String, String> {
    let zone = literal.and_then(|time| time.get("tzinfo"));
    let is_utc = zone.is_none_or(|zone| matches!(zone, Literal::Name(name) if name.ends_with("UTC")));
    match whole_numbers(literal).as_slice() {
        [hour, minute] if is_utc => Ok(format!("{hour:02}:{minute:02}")),
        _ => Err("a window of the day that is not in UTC and whole minutes".to_owned()),
    }
}

fn whole_numbers(literal: Option<&Literal>) -> Vec<u32> {
    let entries = literal.map(Literal::entries).unwrap_or_default();
    entries.iter().filter_map(|(_, value)| value.number()?.parse().ok()).collect()
}

/// What holds from an instant on: the last entry of the list that has begun, and the windows that come after it.
fn card(
    model: &Model,
    from: Option<&str>,
    standard: &[Entry<'_>],
    variants: &[Entry<'_>],
    table: &mut Table,
) -> Result<Card, String> {
    let has_begun = |entry: &&Entry<'_>| entry.from.as_deref() <= from;
    let mut base = None;
    let mut windows = Vec::new();
    for entry in standard.iter().filter(has_begun) {
        match &entry.window {
            None => {
                base = Some(entry);
                windows.clear();
            }
            Some(window) => windows.push((window, entry)),
        }
    }
    let base = base.or_else(|| standard.first()).ok_or_else(|| format!("{} has no prices", model.id))?;
    let priced = Priced::read(model, base.prices, table)?;
    let mut card = Card { rates: priced.rates.clone(), ..Card::default() };
    card.variants = priced.variants(&When::default());
    for (window, entry) in windows {
        let timed = Priced::read(model, entry.prices, table)?;
        if timed.rates.0.keys().ne(priced.rates.0.keys()) {
            return Err(format!("{}: a window of the day prices other kinds than the rest of it", model.id));
        }
        let when = When { time: vec![window.clone()], ..When::default() };
        card.variants.extend(timed.variants(&when));
    }
    let mut by_terms: Vec<(When, Priced)> = Vec::new();
    for entry in variants.iter().filter(has_begun) {
        let Some(when) = terms(model, entry, table) else { continue };
        let priced = Priced::read(model, entry.prices, table)?;
        match by_terms.iter_mut().find(|(known, _)| *known == when) {
            Some((_, known)) => known.add_missing(&priced),
            None => by_terms.push((when, priced)),
        }
    }
    for (when, variant) in &by_terms {
        card.variants.extend(variant.variants(when));
    }
    Ok(match status(model, &card) {
        Status::Priced => card,
        status => Card { status, ..Card::default() },
    })
}

fn terms(model: &Model, entry: &Entry<'_>, table: &mut Table) -> Option<When> {
    let mut when = When::default();
    for (name, value) in entry.when.map(Literal::entries).unwrap_or_default() {
        let value = value.text().unwrap_or_default();
        if name == "service_tier" && value == "default" {
            return None;
        }
        let Some((_, ours)) = TERMS.iter().find(|(theirs, _)| theirs == name) else {
            table.leave_out(model, name, "no term of the book; calls under it are refused");
            return None;
        };
        when.terms.insert((*ours).to_owned(), vec![value.to_owned()]);
    }
    Some(when)
}

/// A price of zero is no price, unless the provider says that the model is free.
fn status(model: &Model, card: &Card) -> Status {
    let has_price = card.variants.iter().any(|variant| !variant.rates.are_zero()) || !card.rates.are_zero();
    if has_price {
        Status::Priced
    } else if model.provider == "openrouter" && model.id.ends_with(":free") {
        Status::Free
    } else {
        Status::Unpriced("genai-prices lists it without a price".to_owned())
    }
}

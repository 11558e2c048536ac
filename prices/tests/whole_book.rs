//! Laws over every name of the bundled book, with the files read as the maker of the book reads them: each name leads
//! to its model, and no call that uses something with a price costs nothing.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test"
)]

mod support;

use bursar::{
    Dimension, Error, ErrorCode, ExactMoney, Matched, ModelHandle, Money, PriceBook, Terms, Timestamp, Usage,
};
use bursar_prices::{
    model::{Card, Model, Rates, Status, When},
    read,
};
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    time::Duration,
};
use support::root;

const NOW: &str = "2026-11-23T12:00:00Z";
/// A Monday at midnight; the hours of a week from here on are all hours that a price can depend on.
const HOURS_OF_A_WEEK: u64 = 7 * 24;
const AN_HOUR: Duration = Duration::from_hours(1);

/// Every model of the files of the book.
fn models() -> Vec<Model> {
    let data = root().join("core/src/pricing/data");
    let files = [data.clone(), data.join("market")];
    let entries = files.iter().flat_map(|folder| fs::read_dir(folder).expect("the data").flatten());
    let paths = entries.map(|entry| entry.path());
    let texts = paths.filter(|path| path.extension().is_some_and(|ending| ending == "toml"));
    let read = |path| read::models(&fs::read_to_string(path).expect("a file")).expect("a book");
    texts.flat_map(read).collect()
}

fn instant(text: &str) -> Timestamp {
    let text = if text.contains('T') { text.to_owned() } else { format!("{text}T00:00:00Z") };
    text.parse().expect("a time")
}

/// Within these bounds: the first and the last instant, and now where it lies between.
fn instants(from: Option<&str>, until: Option<&str>) -> Vec<Timestamp> {
    let (from, until) = (from.map(instant), until.map(instant));
    let last = until.map(|until| until.minus(Duration::from_micros(1)));
    let now = Some(instant(NOW))
        .filter(|now| from.is_none_or(|from| from <= *now) && until.is_none_or(|until| *now < until));
    [from, last, now].into_iter().flatten().collect()
}

#[test]
fn every_id_and_alias_leads_to_its_model() {
    let (book, mut faults, mut names) = (PriceBook::bundled().expect("the book"), Vec::new(), 0);
    for model in models() {
        let provider = Some(model.provider.as_str());
        let mut lead = |name: &str, at: Timestamp, matched: Matched| {
            names += 1;
            let found = book.find(provider, name);
            let is_it = found.as_ref().is_ok_and(|found| {
                found.matched() == matched && found.model(at).is_ok_and(|id| id == model.id)
            });
            if !is_it {
                faults.push(format!("{provider:?} {name} at {at}: {found:?}"));
            }
            found.ok().and_then(|found| found.booked_name(at).ok())
        };
        let booked = lead(&model.id, instant(NOW), Matched::Exact);
        let canonical = format!("{}/{}", model.provider, model.id);
        assert_eq!(booked.as_deref(), Some(canonical.as_str()));
        for alias in &model.aliases {
            for at in instants(alias.from.as_deref(), alias.until.as_deref()) {
                assert_eq!(lead(&alias.name, at, Matched::Alias), booked, "{provider:?} {}", alias.name);
            }
        }
    }
    eprintln!("{names} names lead to their models");
    assert!(names > 7_000 && faults.is_empty(), "{names} names, {} lost: {faults:#?}", faults.len());
}

#[test]
fn every_canonical_name_leads_to_itself_whoever_else_has_a_model_of_that_name() {
    let (book, mut faults) = (PriceBook::bundled().expect("the book"), Vec::new());
    for model in models() {
        // `openai/gpt-5` is OpenAI's, and OpenRouter's only beside or behind its name.
        let canonical = format!("{}/{}", model.provider, model.id);
        let found = book.find(None, &canonical).and_then(|found| found.booked_name(instant(NOW)));
        if found.as_ref().ok() != Some(&canonical) {
            faults.push(format!("{canonical} is taken for {found:?}"));
        }
    }
    assert!(faults.is_empty(), "{} lost: {faults:#?}", faults.len());
}

/// A call's circumstances.
#[derive(Clone, Debug)]
struct Circumstances {
    terms: BTreeMap<String, String>,
    at: Timestamp,
    /// The total of the input.
    input: u64,
}

impl Circumstances {
    fn terms(&self) -> Terms {
        self.terms.iter().fold(Terms::new(), |terms, (axis, name)| match axis.as_str() {
            "service_tier" => terms.service_tier(name),
            "processing" => terms.processing(name),
            "speed" => terms.speed(name),
            "region" => terms.region(name),
            "data_residency" => terms.data_residency(name),
            "resolution" => terms.resolution(name),
            "search" => terms.search(name),
            other => panic!("`{other}` is none of the terms"),
        })
    }

    /// Whether a variant without hours applies.
    fn fulfil(&self, when: &When) -> bool {
        let holds = |(key, edge): &(&str, u64)| match *key {
            "input_gt" => self.input > *edge,
            "input_ge" => self.input >= *edge,
            "input_lt" => self.input < *edge,
            _ => self.input <= *edge,
        };
        let named = |(axis, names): (&String, &Vec<String>)| {
            self.terms.get(axis).is_some_and(|name| names.iter().any(|one| one.to_lowercase() == *name))
        };
        when.time.is_empty() && when.input.iter().all(holds) && when.terms.iter().all(named)
    }
}

/// Every combination of what a card's prices depend on: each name of its terms alone and with each other one, the
/// totals of input around each edge, and each hour of a week where hours matter.
fn circumstances(card: &Card) -> Vec<Circumstances> {
    let conditions = || card.variants.iter().map(|variant| &variant.when);
    let mut terms = BTreeSet::from([BTreeMap::new()]);
    for when in conditions() {
        // What a variant asks for at once, and every name of it.
        let mut asked = vec![BTreeMap::new()];
        for (axis, names) in &when.terms {
            let with = |one: &BTreeMap<String, String>, name: &String| {
                let mut one = one.clone();
                one.insert(axis.clone(), name.to_lowercase());
                one
            };
            asked = asked.iter().flat_map(|one| names.iter().map(move |name| with(one, name))).collect();
        }
        let both = |one: &BTreeMap<String, String>| -> Vec<BTreeMap<String, String>> {
            let asked = asked.iter().filter(|other| other.keys().all(|axis| !one.contains_key(axis)));
            asked
                .map(|other| one.iter().chain(other).map(|(a, n)| (a.clone(), n.clone())).collect())
                .collect()
        };
        let together: Vec<_> = terms.iter().flat_map(both).collect();
        terms.extend(asked);
        terms.extend(together);
    }
    let edges = conditions().flat_map(|when| &when.input).flat_map(|(_, edge)| [edge - 1, *edge, edge + 1]);
    let inputs: BTreeSet<u64> = edges.chain([1]).collect();
    let mut times = instants(card.from.as_deref(), card.until.as_deref());
    if conditions().any(|when| !when.time.is_empty()) {
        let from = times[0];
        let hours = (0..HOURS_OF_A_WEEK).map(|hour| from.plus(AN_HOUR * u32::try_from(hour).unwrap()));
        let until = card.until.as_deref().map(instant);
        times.extend(hours.filter(|at| until.is_none_or(|until| *at < until)));
    }
    let mut all = Vec::new();
    for terms in terms {
        for input in &inputs {
            all.extend(times.iter().map(|at| Circumstances { terms: terms.clone(), at: *at, input: *input }));
        }
    }
    all
}

/// The kinds of usage that some rates price, and whether at zero, which is `free` in the file.
fn priced(rates: &Rates) -> impl Iterator<Item = (Dimension, bool)> + '_ {
    rates
        .0
        .iter()
        .map(|(key, amount)| (key.dimension().parse().expect("a kind of usage"), amount.price.is_zero()))
}

/// One unit of a kind, or as much of it as the input shall be; beside it, where the kind is no input, so much of
/// another that is.
fn usage(kind: Dimension, input: u64, card: &Card) -> Usage {
    if kind.is_input() {
        return Usage::new().with(kind, input);
    }
    let mut filler = priced(&card.rates).map(|(kind, _)| kind).filter(|kind| kind.is_input());
    let usage = filler.next().map_or(Usage::new(), |filler| Usage::new().with(filler, input));
    let usage = if kind == Dimension::Reasoning { usage.with(Dimension::Output, 1) } else { usage };
    usage.with(kind, 1)
}

/// What a call costs of one kind; nothing where its price isn't charged.
fn cost_of(
    handle: &ModelHandle,
    kind: Dimension,
    usage: &Usage,
    call: &Circumstances,
) -> Result<ExactMoney, Error> {
    let quote = handle.quote(usage, &call.terms(), call.at)?;
    let line = quote.lines().iter().find(|line| line.dimension() == kind);
    Ok(line.map_or(ExactMoney::ZERO, bursar::QuoteLine::amount))
}

/// How often something was found.
#[derive(Debug, Default)]
struct Counts {
    names: u64,
    calls: u64,
    free: u64,
    clashes: u64,
}

#[test]
fn no_call_that_uses_something_with_a_price_costs_nothing() {
    let (book, mut faults, mut counts) =
        (PriceBook::bundled().expect("the book"), Vec::new(), Counts::default());
    for model in models() {
        let names = model.aliases.iter().map(|alias| &alias.name).chain([&model.id]);
        for name in names {
            let Ok(handle) = book.find(Some(&model.provider), name) else {
                faults.push(format!("{} {name} isn't found", model.provider));
                continue;
            };
            counts.names += 1;
            for card in model.cards.iter().filter(|card| card.status == Status::Priced) {
                check_card(&handle, &model.id, card, &mut counts, &mut faults);
            }
        }
    }
    eprintln!("{counts:?}");
    let count = faults.len();
    faults.truncate(40);
    assert!(faults.is_empty(), "{count} faults:\n{}", faults.join("\n"));
    assert!(counts.names > 7_000 && counts.calls > 70_000, "{counts:?}");
}

fn check_card(handle: &ModelHandle, id: &str, card: &Card, counts: &mut Counts, faults: &mut Vec<String>) {
    for call in circumstances(card) {
        // Another model may have the name at that time.
        if handle.model(call.at).ok() != Some(id) {
            continue;
        }
        let is_stated = call.terms.len() < 2
            || card
                .variants
                .iter()
                .any(|variant| variant.when.terms.len() == call.terms.len() && call.fulfil(&variant.when));
        let applied = card.variants.iter().filter(|variant| call.fulfil(&variant.when));
        let rates: Vec<&Rates> = applied.map(|variant| &variant.rates).chain([&card.rates]).collect();
        let kinds: BTreeSet<Dimension> =
            rates.iter().flat_map(|rates| priced(rates)).map(|(kind, _)| kind).collect();
        for kind in kinds {
            let is_free = rates.iter().flat_map(|rates| priced(rates)).any(|one| one == (kind, true));
            let usage = usage(kind, call.input, card);
            counts.calls += 1;
            match cost_of(handle, kind, &usage, &call) {
                // Even one unit is booked, to the pico.
                Ok(cost) if cost.to_money() > Money::ZERO => {}
                Ok(_) if is_free => counts.free += 1,
                Ok(cost) => faults.push(format!("{kind} of {handle:?} costs {cost}: {usage:?} {call:?}")),
                // Terms of two variants at once, of which nobody says what both cost, are refused.
                Err(error) if error.code() == ErrorCode::TierUnknown && !is_stated => counts.clashes += 1,
                Err(error) => faults.push(format!("{kind}: {error}: {usage:?} {call:?}")),
            }
        }
    }
}

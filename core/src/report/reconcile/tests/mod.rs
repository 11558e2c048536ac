//! Every cause injected by itself and all together, a clean bill, and the laws that hold for any two sides.

mod clean;
mod drift;
mod laws;

use super::{
    BillSource, ChargeKind, DriftCause, LineState, ProviderLine, ReconcileRequest, Reconciliation,
    ReportedAmount, reconcile_store,
};
use crate::budget::HoldId;
use crate::ledger::{Batch, Entry, EntryKind, EntryLine, MemoryStore, Store};
use crate::money::{Currency, Money};
use crate::pricing::{Dimension, PriceBook, Terms, Usage};
use crate::tags::{Dictionary, TagSet};
use crate::time::{Timestamp, Window};

/// Prices in which every tier has its own figure.
const BOOK: &str = r#"
format = 1
date = "2026-11-01"

[[models]]
provider = "private"
model = "race"
input_mtok = "3"
cache_read_mtok = "0.3"
cache_write_5m_mtok = "3.75"
audio_input_mtok = "7"
output_mtok = "15"
web_search_k = "10"
variants = [
  { when = { input_gt = 200000 }, input_mtok = "6", cache_read_mtok = "0.6", output_mtok = "22.5" },
  { when = { processing = "batch" }, multiply_tokens = "1/2" },
  { when = { service_tier = "priority" }, multiply_tokens = "1.75" },
  { when = { data_residency = "us" }, multiply_tokens = "1.1" },
]

[[models]]
provider = "private"
model = "sprint"
input_mtok = "1"
output_mtok = "5"
"#;

/// A ledger, and a bill for it.
pub(super) struct World {
    store: MemoryStore,
    dictionary: Dictionary,
    book: PriceBook,
    next: u64,
    /// The terms of the next entry.
    terms: Option<String>,
    pub(super) bill: Vec<ProviderLine>,
}

fn day(number: i64) -> Timestamp {
    let first: Timestamp = "2026-11-01T00:00:00Z".parse().unwrap();
    Timestamp::from_micros(first.micros() + (number - 1) * super::line::DAY)
}

fn usd(text: &str) -> Money {
    text.parse().unwrap()
}

impl World {
    pub(super) fn new() -> Self {
        Self {
            store: MemoryStore::new(),
            dictionary: Dictionary::new(),
            book: PriceBook::parse(BOOK).unwrap(),
            next: 1,
            terms: None,
            bill: Vec::new(),
        }
    }

    fn price(&self, model: &str, usage: &[(Dimension, u64)], terms: &Terms, at: Timestamp) -> Vec<EntryLine> {
        let usage: Usage = usage.iter().copied().collect();
        let quote = self.book.quote(Some("private"), model, &usage, terms, at).unwrap();
        let booked = quote.booked_lines();
        let lines = quote.lines().iter().zip(booked);
        lines
            .map(|(line, amount)| EntryLine {
                dimension: line.dimension(),
                quantity: line.quantity(),
                amount,
                rate: Some(line.rate()),
            })
            .collect()
    }

    /// An entry with lines.
    fn entry(
        &mut self,
        kind: EntryKind,
        (at, team, model): (Timestamp, &str, &str),
        amount: Option<Money>,
        lines: &[EntryLine],
    ) -> u64 {
        let mut batch = Batch::default();
        let (texts, sets) = (self.dictionary.symbols().len(), self.dictionary.tag_sets().len());
        let tags = TagSet::from_pairs([("team", team)]).unwrap();
        let (tag_set, _) = self.dictionary.tag_set_id(&tags).unwrap();
        let model = self.dictionary.symbol(&format!("private/{model}")).unwrap();
        let terms = self.terms.take().map(|terms| self.dictionary.symbol(&terms).unwrap());
        let seq = self.next;
        self.next += 1;
        let mut entry = Entry::new(kind, at, HoldId::from_number(seq), tag_set, model);
        entry.seq = seq;
        entry.terms = terms;
        entry.amount = amount.unwrap_or_else(|| lines.iter().map(|line| line.amount).sum());
        let symbols = self.dictionary.symbols().skip(texts);
        batch.symbols.extend(symbols.map(|(symbol, text)| (symbol.index(), text.to_owned())));
        let sets = self.dictionary.tag_sets().skip(sets);
        batch.tag_sets.extend(sets.map(|(id, tags)| (id.index(), tags.clone())));
        batch.push(entry, lines.iter().copied());
        self.store.append(&batch).unwrap();
        seq
    }

    /// A call that the ledger has, at the book's standard prices.
    fn call(&mut self, (number, team, model): (i64, &str, &str), usage: &[(Dimension, u64)]) -> u64 {
        let lines = self.price(model, usage, &Terms::new(), day(number));
        let at = Timestamp::from_micros(day(number).micros() + 3_600_000_000);
        self.entry(EntryKind::Settle, (at, team, model), None, &lines)
    }

    /// A call that the ledger priced by terms.
    fn call_under(
        &mut self,
        (number, team, model): (i64, &str, &str),
        usage: &[(Dimension, u64)],
        terms: &Terms,
    ) {
        let lines = self.price(model, usage, terms, day(number));
        self.terms =
            Some(terms.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join(","));
        let at = Timestamp::from_micros(day(number).micros() + 3_600_000_000);
        self.entry(EntryKind::Settle, (at, team, model), None, &lines);
    }

    /// A line of the bill with its amount.
    fn charge(
        &mut self,
        (number, model): (i64, &str),
        (dimension, quantity): (Dimension, u64),
        amount: Money,
    ) -> &mut ProviderLine {
        let mut line = ProviderLine::new("private", BillSource::CostApi, (day(number), day(number + 1)));
        line.model_raw = Some(model.to_owned());
        line.dimension = Some(dimension);
        line.quantity = Some(i128::from(quantity));
        line.amount = Some(ReportedAmount::parse(&amount.to_fixed(12), Currency::USD).unwrap());
        line.row = self.bill.len() as u64 + 1;
        self.bill.push(line);
        self.bill.last_mut().unwrap()
    }

    /// Lines of the bill at the book's prices under terms.
    fn bill(&mut self, key: (i64, &str), usage: &[(Dimension, u64)], terms: &Terms) {
        for one in usage {
            let cost = self.price(key.1, &[*one], terms, day(key.0)).iter().map(|line| line.amount).sum();
            self.charge(key, *one, cost);
        }
    }

    /// A call that both sides have.
    fn both(&mut self, (number, team, model): (i64, &str, &str), usage: &[(Dimension, u64)]) {
        self.call((number, team, model), usage);
        self.bill((number, model), usage, &Terms::new());
    }

    /// A charge that is no usage.
    fn other(&mut self, number: i64, kind: ChargeKind, amount: &str) {
        let mut line = ProviderLine::new("private", BillSource::CostApi, (day(number), day(number + 1)));
        line.kind = kind;
        line.amount = Some(ReportedAmount::parse(amount, Currency::USD).unwrap());
        line.description = Some(format!("a {}", kind.as_str()));
        self.bill.push(line);
    }

    fn request(&self) -> ReconcileRequest {
        let period = Window::named("2026-11", "UTC").unwrap();
        ReconcileRequest::new("private", period).lines(self.bill.clone())
    }

    fn reconcile(&mut self, request: &ReconcileRequest) -> Reconciliation {
        let now = "2026-12-02T00:00:00Z".parse().unwrap();
        let found = reconcile_store(&mut self.store, (&self.dictionary, &self.book), request, now).unwrap();
        adds_up(&found);
        found
    }

    /// Posts what is due, as the engine does.
    fn post(&mut self, found: &Reconciliation) {
        for true_up in found.true_ups() {
            let (at, model) =
                (true_up.key.day, true_up.key.model.clone().unwrap_or_else(|| "none".to_owned()));
            let seq = self.entry(EntryKind::Adjust, (at, &true_up.team, &model), Some(true_up.amount), &[]);
            let mut batch = Batch::default();
            let mut last = None;
            self.store
                .entries(seq, &mut |entry, _| {
                    last = Some(entry.clone());
                    std::ops::ControlFlow::Break(())
                })
                .unwrap();
            let mut entry = last.unwrap();
            // The note is what a reader goes by: an entry of zero stands in for the first.
            entry.seq = self.next;
            self.next += 1;
            entry.amount = -true_up.amount;
            batch.push(entry.clone(), std::iter::empty());
            entry.seq = self.next;
            self.next += 1;
            (entry.amount, entry.note) = (true_up.amount, Some(true_up.note("private").into()));
            batch.push(entry, std::iter::empty());
            self.store.append(&batch).unwrap();
        }
    }
}

/// The laws of every reconciliation: nothing is lost between lines, parts and the whole.
fn adds_up(found: &Reconciliation) {
    let mut difference = Money::ZERO;
    for line in &found.lines {
        difference += line.difference;
        assert_eq!(line.theirs.amount - line.ours.amount, line.difference);
        assert_eq!(line.quantity_part + line.rate_part + line.amount_part, line.difference, "{line:?}");
        let parts: Money = line.parts.iter().map(|part| part.amount).sum();
        assert_eq!(parts, line.difference, "{line:?}");
        assert_eq!(line.state == LineState::Matched, line.parts.is_empty());
        assert!(line.parts.iter().all(|part| part.sentence.contains(|letter: char| letter.is_ascii_digit())));
    }
    assert_eq!(difference, found.difference);
    assert_eq!(found.theirs - found.ours, found.difference);
    let due: Money = found.true_ups().iter().map(|true_up| true_up.amount).sum();
    assert_eq!(due + found.withheld_amount(), found.difference);
}

/// The causes of a reconciliation with their amounts.
fn causes(found: &Reconciliation) -> Vec<(Option<DriftCause>, String)> {
    found.causes.iter().map(|total| (total.cause, total.amount.to_string())).collect()
}

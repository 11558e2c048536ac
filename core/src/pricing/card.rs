//! A price card: what each dimension costs over one span of time, under each of its terms.
//!
//! A card compiles the rates of the standard terms into one table for each range of input, so that the usual call only
//! looks up. Other terms resolve on the call, by the same rule.

use super::{
    Dimension,
    condition::Condition,
    fraction::{Fraction, overflow},
    nearest,
    terms::{Axis, Terms},
    usage::Bits,
};
use crate::{
    error::{Error, ErrorCode, Result},
    money::Rate,
    time::Timestamp,
};
use arrayvec::ArrayVec;
use std::sync::Arc;

/// Variants that one card may have: sets of them are bits of one word.
pub(super) const MAX_VARIANTS: usize = 64;

/// A rate, and how the quantity that it charges for is rounded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Price {
    pub(super) rate: Rate,
    /// The least quantity that is charged.
    pub(super) min: u64,
    /// Quantities are charged in steps of this.
    pub(super) round_up_to: u64,
    /// The dimension whose rate this is: another one where a stand-in is used.
    pub(super) rated_as: Dimension,
}

impl Price {
    /// The quantity that is charged for what was used; nothing when it leaves the range.
    #[inline]
    pub(super) fn billed(&self, used: u64) -> Option<u64> {
        if self.round_up_to <= 1 {
            return Some(used.max(self.min));
        }
        used.max(self.min).checked_next_multiple_of(self.round_up_to)
    }
}

/// Rates as a card or a variant of it states them.
#[derive(Clone, Debug, Default)]
pub(super) struct Rates {
    stated: u64,
    prices: Vec<(Dimension, Price)>,
}

impl Rates {
    /// Adds a rate; false when the dimension already has one.
    pub(super) fn add(&mut self, dimension: Dimension, price: Price) -> bool {
        let is_new = self.stated & dimension.bit() == 0;
        self.stated |= dimension.bit();
        self.prices.push((dimension, price));
        is_new
    }

    pub(super) const fn stated(&self) -> u64 {
        self.stated
    }

    fn get(&self, dimension: Dimension) -> Option<Price> {
        if self.stated & dimension.bit() == 0 {
            return None;
        }
        self.prices.iter().find(|(stated, _)| *stated == dimension).map(|(_, price)| *price)
    }
}

/// What changes while a condition holds.
#[derive(Clone, Debug)]
pub(super) struct Variant {
    pub(super) when: Condition,
    pub(super) rates: Rates,
    /// On every rate.
    pub(super) multiply: Fraction,
    /// On the rates of tokens only.
    pub(super) multiply_tokens: Fraction,
}

/// Whether calls have a price.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Status {
    Priced,
    Free,
    Unpriced(String),
}

/// A card as it is read, before it is compiled.
#[derive(Clone, Debug)]
pub(super) struct CardDraft {
    pub(super) from: Timestamp,
    pub(super) until: Timestamp,
    pub(super) status: Status,
    pub(super) rates: Rates,
    pub(super) variants: Vec<Variant>,
    /// Dimensions that the card prices as others, in its own words.
    pub(super) same: Vec<(Dimension, Dimension)>,
    /// Whether the policy states it, so that the policy's discounts don't apply again.
    pub(super) from_policy: bool,
}

/// The price of each dimension, found by its number.
#[derive(Clone, Debug)]
pub(super) struct Table {
    /// Where the price stands; [`NO_PRICE`](Self::NO_PRICE) for none.
    slots: [u8; Dimension::COUNT],
    prices: Box<[Price]>,
    /// The dearest of each of [`Dearest`]'s classes.
    dearest: [Option<(Dimension, Price)>; 3],
}

/// Classes of tokens of which a bound takes the dearest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Dearest {
    /// Input that may be written to a cache.
    Input,
    /// Input that isn't written to a cache.
    InputUnwritten,
    /// Output and reasoning.
    Output,
}

impl Dearest {
    const ALL: [Self; 3] = [Self::Input, Self::InputUnwritten, Self::Output];

    const fn classes(self) -> &'static [Dimension] {
        match self {
            Self::Input => &[
                Dimension::InputUncached,
                Dimension::CacheRead,
                Dimension::CacheWrite5m,
                Dimension::CacheWrite1h,
                Dimension::CacheWrite12h,
            ],
            Self::InputUnwritten => &[Dimension::InputUncached, Dimension::CacheRead],
            Self::Output => &[Dimension::Output, Dimension::Reasoning],
        }
    }

    /// The first of the dearest; nothing when none has a price.
    fn of(self, price_of: impl Fn(Dimension) -> Result<Option<Price>>) -> Result<Option<(Dimension, Price)>> {
        let mut dearest: Option<(Dimension, Price)> = None;
        for class in self.classes() {
            let Some(price) = price_of(*class)? else { continue };
            if dearest.is_none_or(|(_, before)| before.rate < price.rate) {
                dearest = Some((*class, price));
            }
        }
        Ok(dearest)
    }
}

impl Table {
    const NO_PRICE: u8 = u8::MAX;

    #[inline]
    pub(super) fn get(&self, dimension: Dimension) -> Option<&Price> {
        self.prices.get(usize::from(*self.slots.get(dimension as usize)?))
    }

    fn build(price_of: impl Fn(Dimension) -> Result<Option<Price>>) -> Result<Self> {
        let (mut slots, mut prices) = ([Self::NO_PRICE; Dimension::COUNT], Vec::new());
        for (dimension, slot) in Dimension::ALL.iter().zip(&mut slots) {
            if let Some(price) = price_of(*dimension)? {
                *slot = u8::try_from(prices.len()).unwrap_or(Self::NO_PRICE);
                prices.push(price);
            }
        }
        let mut dearest = [None; 3];
        for (class, found) in Dearest::ALL.into_iter().zip(&mut dearest) {
            *found = class.of(&price_of)?;
        }
        Ok(Self { slots, prices: prices.into_boxed_slice(), dearest })
    }
}

/// The standard rates of one range of total input.
#[derive(Clone, Debug)]
struct Band {
    /// The last total that belongs to it.
    to: u64,
    table: Table,
}

/// A compiled card.
#[derive(Clone, Debug)]
pub(super) struct Card {
    /// The provider and the model, for messages.
    name: Arc<str>,
    pub(super) from: Timestamp,
    pub(super) until: Timestamp,
    pub(super) status: Status,
    rates: Rates,
    /// In stacking order.
    variants: Vec<Variant>,
    same: Vec<(Dimension, Dimension)>,
    discount: Fraction,
    /// Whether the standard terms depend on the time of day, so that no table can hold them.
    is_timed: bool,
    edges: Box<[u64]>,
    bands: Box<[Band]>,
}

impl Card {
    /// Compiles a draft for a span of time.
    pub(super) fn compile(
        draft: &CardDraft,
        name: &Arc<str>,
        (from, until): (Timestamp, Timestamp),
        discount: Fraction,
    ) -> Result<Self> {
        let mut variants = draft.variants.clone();
        variants.sort_by_key(|variant| variant.when.order());
        let edges = input_edges(&variants);
        let is_timed = variants.iter().any(|variant| variant.when.time.is_some() && variant.when.axes() == 0);
        let mut card = Self {
            name: Arc::clone(name),
            from,
            until,
            status: draft.status.clone(),
            rates: draft.rates.clone(),
            variants,
            same: draft.same.clone(),
            discount,
            is_timed,
            edges,
            bands: Box::default(),
        };
        card.bands = card.compile_bands()?;
        Ok(card)
    }

    fn compile_bands(&self) -> Result<Box<[Band]>> {
        let terms = Terms::new();
        let mut bands = Vec::<(u64, Band)>::new();
        for to in self.edges.iter().copied() {
            let applied = self.applied(&terms, to, Timestamp::MIN);
            match bands.last_mut() {
                // The edge belongs to other terms: the standard ones go on unchanged.
                Some((before, band)) if *before == applied => band.to = to,
                _ => {
                    let table = Table::build(|dimension| self.resolve(applied, dimension))?;
                    bands.push((applied, Band { to, table }));
                }
            }
        }
        Ok(bands.into_iter().map(|(_, band)| band).collect())
    }

    /// The last total of every range of input within which no variant begins or ends, in rising order.
    pub(super) fn edges(&self) -> &[u64] {
        &self.edges
    }

    /// The last total of input below this one at which the terms have other prices: the edge of the range that the
    /// total is in; nothing in the first range.
    #[inline]
    pub(super) fn edge_crossed(
        &self,
        terms: &Terms,
        total_input: impl FnOnce() -> u64,
        at: Timestamp,
    ) -> Option<u64> {
        if terms.is_standard() && !self.is_timed {
            let [_, _, ..] = &*self.bands else { return None };
            let total = total_input();
            return self.bands.iter().rev().map(|band| band.to).find(|to| *to < total);
        }
        let [_, _, ..] = &*self.edges else { return None };
        let total = total_input();
        let applied = self.applied(terms, total, at);
        let below = self.edges.iter().rev().copied().filter(|to| *to < total);
        below.into_iter().find(|to| self.applied(terms, *to, at) != applied)
    }

    /// Whether output has a price at all.
    pub(super) fn prices_output(&self) -> bool {
        let variants = self.variants.iter().map(|variant| variant.rates.stated());
        variants.fold(self.rates.stated(), |bits, stated| bits | stated) & Dimension::Output.bit() != 0
    }

    /// The rates that apply to a call; its total input is asked for only where they depend on it.
    #[inline]
    pub(super) fn prices(
        &self,
        terms: &Terms,
        total_input: impl FnOnce() -> u64,
        at: Timestamp,
    ) -> Result<Prices<'_>> {
        if !terms.is_standard() || self.is_timed {
            return self.special_prices(terms, total_input(), at);
        }
        let found = match &*self.bands {
            [only] => Some(only),
            bands => {
                let total = total_input();
                bands.iter().find(|band| total <= band.to)
            }
        };
        // The last band has no end, so there always is one.
        let table = &found.ok_or_else(|| overflow("the input"))?.table;
        Ok(Prices { card: self, source: Source::Table(table) })
    }

    #[inline(never)]
    fn special_prices(&self, terms: &Terms, total_input: u64, at: Timestamp) -> Result<Prices<'_>> {
        self.check_terms(terms)?;
        let applied = self.applied(terms, total_input, at);
        self.check_order(applied)?;
        Ok(Prices { card: self, source: Source::Variants(self, applied) })
    }

    /// The variants whose conditions hold, as bits.
    fn applied(&self, terms: &Terms, total_input: u64, at: Timestamp) -> u64 {
        let all = self.variants.iter().enumerate();
        all.filter(|(_, variant)| variant.when.holds(terms, total_input, at))
            .fold(0, |bits, (at, _)| bits | 1 << at)
    }

    /// Refuses a name that no variant of the card knows: a misspelt tier is never the standard one.
    fn check_terms(&self, terms: &Terms) -> Result<()> {
        for axis in Axis::ALL {
            let Some(name) = terms.get(axis) else { continue };
            let known = || self.variants.iter().flat_map(|variant| variant.when.of(axis)).map(String::as_str);
            if !known().any(|known| known == name) {
                return Err(unknown_term(&self.name, (axis, name), known()));
            }
        }
        Ok(())
    }

    /// Refuses two variants of equal standing that price the same dimension, unless one of both terms settles it.
    fn check_order(&self, applied: u64) -> Result<()> {
        let of_terms = self.with_bits(applied).filter(|variant| variant.when.axes() != 0);
        let chosen: ArrayVec<&Variant, MAX_VARIANTS> = of_terms.collect();
        for (index, first) in chosen.iter().enumerate() {
            for second in chosen.iter().skip(index + 1) {
                let (one, other) = (first.when.axes(), second.when.axes());
                let equal =
                    first.when.order().0 == second.when.order().0 && one.count_ones() == other.count_ones();
                if !equal || one == other {
                    continue;
                }
                let settled =
                    chosen.iter().filter(|variant| variant.when.axes() & (one | other) == one | other);
                let settled = settled.fold(0, |bits, variant| bits | variant.rates.stated());
                if first.rates.stated() & second.rates.stated() & !settled != 0 {
                    return Err(clashing_terms(&self.name, &first.when, &second.when));
                }
            }
        }
        Ok(())
    }

    fn with_bits(&self, applied: u64) -> impl DoubleEndedIterator<Item = &Variant> {
        self.variants
            .iter()
            .enumerate()
            .filter(move |(at, _)| applied & (1 << at) != 0)
            .map(|(_, variant)| variant)
    }

    /// The price of a dimension under some variants: its own, or that of its stand-in.
    fn resolve(&self, applied: u64, dimension: Dimension) -> Result<Option<Price>> {
        let price = match &self.status {
            Status::Unpriced(_) => return Ok(None),
            // Reasoning and requests are charged apart only where a card says so.
            Status::Free if matches!(dimension, Dimension::Reasoning | Dimension::Requests) => {
                return Ok(None);
            }
            Status::Free => {
                return Ok(Some(Price { rate: Rate::ZERO, min: 0, round_up_to: 1, rated_as: dimension }));
            }
            Status::Priced => self.stated(applied, dimension).or_else(|| self.stand_in(applied, dimension)),
        };
        let Some(price) = price else { return Ok(None) };
        let rate = self.factor(applied, dimension).and_then(|factor| factor.of(price.rate));
        let rate = rate.ok_or_else(|| overflow(&format!("the rate of {dimension} with its factors")))?;
        Ok(Some(Price { rate, ..price }))
    }

    fn stated(&self, applied: u64, dimension: Dimension) -> Option<Price> {
        self.with_bits(applied)
            .rev()
            .find_map(|variant| variant.rates.get(dimension))
            .or_else(|| self.rates.get(dimension))
    }

    /// The card's own words first; else the written rule of [`Dimension::stand_in`], but never the 5-minute rate or
    /// less for a longer lifetime: an hour costs more than 5 minutes wherever 5 minutes have a price.
    fn stand_in(&self, applied: u64, dimension: Dimension) -> Option<Price> {
        let in_own_words =
            |from: Dimension| self.same.iter().find(|(like, _)| *like == from).map(|(_, same)| *same);
        let mut at = dimension;
        // A stand-in may have a stand-in: cached audio as audio as text. More steps than kinds would be a circle.
        for _ in 0..Dimension::COUNT {
            let next = match in_own_words(at) {
                Some(same) => same,
                None if is_long_write(at) && self.stated(applied, Dimension::CacheWrite5m).is_some() => {
                    return None;
                }
                None => at.stand_in()?,
            };
            if let Some(price) = self.stated(applied, next) {
                return Some(price);
            }
            at = next;
        }
        None
    }

    fn factor(&self, applied: u64, dimension: Dimension) -> Option<Fraction> {
        self.with_bits(applied).try_fold(self.discount, |factor, variant| {
            let factor = factor.and(variant.multiply)?;
            if dimension.is_tokens() { factor.and(variant.multiply_tokens) } else { Some(factor) }
        })
    }

    /// The dimensions that have a price under the standard terms, for messages.
    pub(super) fn priced_dimensions(&self) -> Vec<&'static str> {
        let stated =
            self.variants.iter().fold(self.rates.stated(), |bits, variant| bits | variant.rates.stated());
        Bits(stated).map(Dimension::as_str).collect()
    }
}

/// Whether it is a cache written for longer than the provider's shortest lifetime.
const fn is_long_write(dimension: Dimension) -> bool {
    matches!(dimension, Dimension::CacheWrite1h | Dimension::CacheWrite12h)
}

fn input_edges(variants: &[Variant]) -> Box<[u64]> {
    let ranges = variants.iter().filter_map(|variant| variant.when.input);
    let mut edges: Vec<u64> =
        ranges.flat_map(|(from, to)| [from.checked_sub(1), Some(to)]).flatten().collect();
    edges.push(u64::MAX);
    edges.sort_unstable();
    edges.dedup();
    edges.into_boxed_slice()
}

/// The rates that apply to one call.
#[derive(Clone, Copy)]
pub(super) struct Prices<'c> {
    card: &'c Card,
    pub(super) source: Source<'c>,
}

/// Where the rates of a call are found.
#[derive(Clone, Copy)]
pub(super) enum Source<'c> {
    /// Compiled, for the standard terms.
    Table(&'c Table),
    /// To be resolved under these variants, given as bits.
    Variants(&'c Card, u64),
}

impl Source<'_> {
    #[inline]
    pub(super) fn get(&self, dimension: Dimension) -> Result<Option<Price>> {
        match self {
            Self::Table(table) => Ok(table.get(dimension).copied()),
            Self::Variants(card, applied) => card.resolve(*applied, dimension),
        }
    }
}

impl Prices<'_> {
    #[inline]
    pub(super) fn get(&self, dimension: Dimension) -> Result<Option<Price>> {
        self.source.get(dimension)
    }

    /// The dearest of some classes of tokens.
    #[inline]
    pub(super) fn dearest(&self, of: Dearest) -> Result<Option<(Dimension, Price)>> {
        match self.source {
            Source::Table(table) => Ok(table.dearest.get(of as usize).copied().flatten()),
            Source::Variants(..) => of.of(|dimension| self.get(dimension)),
        }
    }

    /// The error of a dimension that has no price.
    #[cold]
    pub(super) fn unpriced(&self, dimension: Dimension) -> Error {
        let lifetime = if is_long_write(dimension) && self.card.rates.get(Dimension::CacheWrite5m).is_some() {
            "; a longer lifetime is never charged at the 5-minute rate"
        } else {
            ""
        };
        let priced = nearest::quoted(&self.card.priced_dimensions());
        let model = nearest::shown(&self.card.name);
        let message = format!("`{model}` has no price for `{dimension}`, only for {priced}{lifetime}");
        Error::new(ErrorCode::DimensionUnpriced, message)
            .with_help(format!("add `{}` to the model's prices in the policy", dimension.price_key()))
            .with("dimension", dimension)
    }
}

#[cold]
fn unknown_term<'n>(
    model: &str,
    (axis, name): (Axis, &str),
    known: impl Iterator<Item = &'n str> + Clone,
) -> Error {
    let mut names: Vec<&str> = known.clone().collect();
    names.sort_unstable();
    names.dedup();
    let message = format!(
        "`{}` is no {} of `{}`: it has {}{}",
        nearest::shown(name),
        axis.as_str().replace('_', " "),
        nearest::shown(model),
        nearest::quoted(&names),
        nearest::describe(name, known),
    );
    Error::new(ErrorCode::TierUnknown, message).with("term", axis.as_str())
}

#[cold]
fn clashing_terms(model: &str, first: &Condition, second: &Condition) -> Error {
    let describe = |condition: &Condition| {
        let names = Axis::ALL.iter().flat_map(|axis| condition.of(*axis)).map(String::as_str);
        names.collect::<Vec<_>>().join(" + ")
    };
    let (first, second) = (describe(first), describe(second));
    let model = nearest::shown(model);
    let message = format!("`{model}` has prices for `{first}` and for `{second}`, but none for both at once");
    Error::new(ErrorCode::TierUnknown, message)
        .with_help("add a variant for both to the model's prices in the policy")
}

//! Two tables' words on one model: where they differ, and the winner's completed by the other's.

use super::{Disagreement, Rule};
use crate::{
    key::Key,
    model::{Amount, Card, Model, Origin, Rates, Status, Variant, When},
};

/// The prices on which the tables differ today.
pub(super) fn disagreements(
    provider: &str,
    (genai, litellm): (&Model, &Model),
    rule: Rule,
    date: &str,
) -> Vec<Disagreement> {
    let (Some(one), Some(other)) = (today(genai, date), today(litellm, date)) else { return Vec::new() };
    // Of hours of the day one table has the dear ones as the standard, the other one the cheap ones.
    let is_timed = |card: &Card| card.variants.iter().any(|variant| !variant.when.time.is_empty());
    if one.status != Status::Priced || other.status != Status::Priced || is_timed(one) || is_timed(other) {
        return Vec::new();
    }
    let common = one.rates.0.iter().filter_map(|(key, amount)| {
        let theirs = other.rates.0.get(key)?;
        (theirs.price != amount.price).then(|| Disagreement {
            provider: provider.to_owned(),
            model: genai.id.clone(),
            key: litellm.id.clone(),
            price_key: key.name(),
            genai: amount.price,
            litellm: theirs.price,
            rule,
        })
    });
    common.collect()
}

/// The card that holds on a day.
fn today<'m>(model: &'m Model, date: &str) -> Option<&'m Card> {
    model.cards.iter().find(|card| holds(card, date))
}

fn holds(card: &Card, date: &str) -> bool {
    card.from.as_deref().is_none_or(|from| from <= date)
        && card.until.as_deref().is_none_or(|until| date < until)
}

/// Whether every price that both have today is the same.
pub(super) fn have_equal_prices(one: &Model, other: &Model, date: &str) -> bool {
    let (Some(one), Some(other)) = (today(one, date), today(other, date)) else { return false };
    one.status == other.status && one.rates == other.rates && one.variants == other.variants
}

/// Whether every price under the standard terms that both have today is the same.
pub(super) fn have_equal_rates(one: &Model, other: &Model, date: &str) -> bool {
    let (Some(one), Some(other)) = (today(one, date), today(other, date)) else { return false };
    let is_same =
        |key: &Key, amount: &Amount| other.rates.0.get(key).is_none_or(|theirs| theirs.price == amount.price);
    one.status == other.status && one.rates.0.iter().all(|(key, amount)| is_same(key, amount))
}

/// The winner, with what only the other one has: limits and names always; prices where both agree on input and output
/// today, and then only of today's card.
pub(super) fn complete(winner: &Model, other: &Model, date: &str) -> Model {
    let mut model = winner.clone();
    model.context_window = model.context_window.or(other.context_window);
    model.max_output_tokens = model.max_output_tokens.or(other.max_output_tokens);
    if winner.id != other.id {
        model.aliases.push(crate::model::Alias::always(&other.id));
    }
    model.aliases.extend(other.aliases.iter().cloned());
    let current = model.cards.iter_mut().find(|card| holds(card, date));
    let (Some(card), Some(theirs)) = (current, today(other, date)) else { return model };
    if !agree(card, theirs) {
        return model;
    }
    model.origin = Origin::Both;
    // A fee of the request and one of the search are the same fee in two words.
    let has_fee = |rates: &Rates| rates.0.keys().any(|key| key.dimension() == "requests");
    let fee = has_fee(&card.rates);
    for (key, amount) in &theirs.rates.0 {
        let is_priced = card.rates.0.keys().any(|known| known.dimension() == key.dimension());
        let is_fee = fee && matches!(key.dimension(), "web_searches" | "requests");
        if !is_priced && !is_fee {
            card.rates.0.insert(*key, *amount);
            fill_variants(card, theirs, *key);
        }
    }
    for (one, like) in &theirs.same {
        let is_priced = card.rates.0.keys().any(|key| key.dimension() == one);
        if !is_priced {
            card.same.entry(one.clone()).or_insert_with(|| like.clone());
        }
    }
    let new: Vec<Variant> =
        theirs.variants.iter().filter(|variant| fits(card, theirs, variant)).cloned().collect();
    card.variants.extend(new);
    model
}

/// Gives a price that the other table has filled in its figures under the same conditions too, such as above an edge.
fn fill_variants(card: &mut Card, theirs: &Card, key: Key) {
    for variant in &mut card.variants {
        let same = theirs.variants.iter().find(|other| other.when == variant.when);
        if let Some(amount) = same.and_then(|other| other.rates.0.get(&key)) {
            variant.rates.0.insert(key, *amount);
        }
    }
}

/// Whether a variant of the other table goes with a card.
///
/// The edges of the input come from one table, and so does all that is said of one tier. A tier that the other table
/// has without edges, while the card has some, would be too cheap above them: it stays unknown, so that it is refused.
fn fits(card: &Card, theirs: &Card, variant: &Variant) -> bool {
    let when = &variant.when;
    let has_edges = |card: &Card| card.variants.iter().any(is_plain_edge);
    if !when.time.is_empty() {
        return false;
    }
    if when.terms.is_empty() {
        return !has_edges(card);
    }
    let known: Vec<&Variant> = card.variants.iter().filter(|known| is_same_tier(&known.when, when)).collect();
    if known.is_empty() {
        let is_factor = variant.rates.is_empty();
        return is_factor || !has_edges(card) || has_edges(theirs);
    }
    !when.input.is_empty() && !has_edges(card) && known.iter().all(|known| known.when.input.is_empty())
}

fn is_plain_edge(variant: &Variant) -> bool {
    variant.when.terms.is_empty() && !variant.when.input.is_empty()
}

/// Whether two conditions are of the same terms, and share a name of each.
fn is_same_tier(one: &When, other: &When) -> bool {
    one.terms.len() == other.terms.len()
        && one.terms.iter().all(|(key, names)| {
            other.terms.get(key).is_some_and(|others| names.iter().any(|name| others.contains(name)))
        })
}

/// Whether both state input and output alike, as far as both state them.
fn agree(one: &Card, other: &Card) -> bool {
    let equal = |key: &str| match (one.rate(key), other.rate(key)) {
        (Some(one), Some(other)) => one == other,
        (None, None) => true,
        _ => false,
    };
    let both_priced = one.status == Status::Priced && other.status == Status::Priced;
    let has_tokens = one.rate("input_mtok").is_some();
    both_priced && has_tokens && equal("input_mtok") && equal("output_mtok")
}

//! Makes one list of models of both tables, by the rule of `sellers.toml`.
//!
//! Checked models come first and stay as they are; overrides next; then of each pair the winner, completed by the
//! other one where both agree on input and output. A name stands for one model of a provider: a regional price is a
//! model of its own, and never the price of the plain name.

mod alias;
mod group;
mod pair;

pub use alias::AliasRule;

use crate::{
    decimal::Decimal,
    model::{Model, Status, Table},
    sellers::{Seller, Sellers},
};
use group::Groups;
use std::collections::BTreeMap;

/// What the merge starts from.
#[derive(Clone, Copy, Debug)]
pub struct Sources<'s> {
    /// The models that people have compared with their sources; they win.
    pub checked: &'s [Model],
    /// Models that people have put right; they win over both tables.
    pub overrides: &'s [Model],
    /// Names whose target people have put right.
    pub aliases: &'s [AliasRule],
    /// The day of the tables: what a moving name stands for today is known from then on.
    pub date: &'s str,
    /// genai-prices.
    pub genai: &'s Table,
    /// LiteLLM.
    pub litellm: &'s Table,
}

/// The merged book, without the checked models.
#[derive(Debug, Default)]
pub struct Merged {
    /// The models of each provider.
    pub sellers: BTreeMap<String, (Seller, Vec<Model>)>,
    /// Where the tables differ.
    pub disagreements: Vec<Disagreement>,
    /// How many models both tables have, by provider: pairs, and pairs whose every common price is equal.
    pub pairs: BTreeMap<String, (usize, usize)>,
}

/// The rule by which a difference was decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Rule {
    /// A checked file has the model.
    Checked,
    /// An override has the model.
    Override,
    /// genai-prices wins for the provider.
    Genai,
    /// LiteLLM wins for the provider.
    Litellm,
}

impl Rule {
    /// The word in the report.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Checked => "checked file",
            Self::Override => "override",
            Self::Genai => "genai-prices",
            Self::Litellm => "LiteLLM",
        }
    }
}

/// A price on which the tables differ today.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Disagreement {
    /// The provider of the book.
    pub provider: String,
    /// The model of genai-prices.
    pub model: String,
    /// The key of LiteLLM.
    pub key: String,
    /// The price key.
    pub price_key: &'static str,
    /// genai-prices' figure.
    pub genai: Decimal,
    /// LiteLLM's figure.
    pub litellm: Decimal,
    /// What decided.
    pub rule: Rule,
}

/// Merges the sources.
pub fn merge(sources: Sources<'_>, sellers: &Sellers) -> Merged {
    let mut merged = Merged::default();
    let mut groups = Groups::new(sources, sellers);
    for (id, group) in &mut groups.0 {
        let mut models: Vec<Model> = group.overrides.clone();
        let decided = |model: &Model| group.is_decided(model);
        for (genai, litellm) in &group.pairs {
            let rule = match decided(genai).or_else(|| decided(litellm)) {
                Some(rule) => rule,
                None if group.seller.litellm_wins && is_priced(litellm) || !is_priced(genai) => Rule::Litellm,
                None => Rule::Genai,
            };
            let found = pair::disagreements(id, (genai, litellm), rule, sources.date);
            let count = merged.pairs.entry(id.clone()).or_default();
            *count = (
                count.0 + 1,
                count.1 + usize::from(found.is_empty() && is_priced(genai) && is_priced(litellm)),
            );
            merged.disagreements.extend(found);
            match rule {
                Rule::Checked | Rule::Override => {}
                Rule::Genai => models.push(pair::complete(genai, litellm, sources.date)),
                Rule::Litellm => models.push(pair::complete(litellm, genai, sources.date)),
            }
        }
        let single = group.genai.iter().chain(&group.litellm).filter(|model| decided(model).is_none());
        models.extend(single.cloned());
        alias::apply(sources.aliases, id, &mut models);
        group.settle_names(&mut models);
        for model in models.iter_mut().filter(|model| group.seller.sells_for_others(&model.id)) {
            model.first_party = Some(false);
        }
        models.sort_by(|one, other| one.id.cmp(&other.id));
        merged.sellers.insert(id.clone(), (group.seller.clone(), models));
    }
    merged
}

fn is_priced(model: &Model) -> bool {
    model.cards.iter().any(|card| card.status == Status::Priced)
}

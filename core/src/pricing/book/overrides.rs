//! Prices and discounts of the policy, laid over a book.

use super::{
    PriceBook, Provider,
    content::{Content, Overlay, OwnEntry, Providers},
    fields::Fields,
    node::Node,
    read,
};
use crate::{
    error::{Error, ErrorCode, Result},
    pricing::{
        card::CardDraft,
        model::{Discount, MAX_CARDS, ModelDraft},
        nearest,
    },
    time::Timestamp,
};
use serde::{Deserialize, Deserializer, de};
use std::{
    collections::{BTreeMap, btree_map::Entry},
    sync::Arc,
};

/// A price or a discount of the policy.
///
/// A price names provider and model and takes the keys of a card: `{ provider = "private", model = "race-model",
/// input_mtok = "1", output_mtok = "1" }`, `free = true`, `variants`, `from`, `until`, `max_output_tokens`,
/// `context_window`. It takes the place of the book's whole card for its span of time. A discount names a provider,
/// perhaps a model, and `multiply = "0.8"`; it applies to what the book says, not to the policy's own prices, and one on
/// a model takes the place of one on its provider.
#[derive(Clone, Debug)]
pub struct PriceOverride {
    provider: String,
    model: Option<String>,
    effect: Effect,
    max_output_tokens: Option<u64>,
    context_window: Option<u64>,
    canonical: String,
}

#[derive(Clone, Debug)]
enum Effect {
    Card(Box<CardDraft>),
    Discount(Discount),
}

/// What every list of overrides is called in messages.
const LABEL: &str = "prices.overrides";

impl PriceOverride {
    fn read(node: &Node) -> Result<Self> {
        let mut fields = Fields::new(node, LABEL)?;
        let provider = read::name(&mut fields, "provider")?.to_owned();
        let model = match fields.take("model") {
            None => None,
            Some(_) => Some(read::name(&mut fields, "model")?.to_owned()),
        };
        let (max_output_tokens, context_window) =
            (fields.count("max_output_tokens")?, fields.count("context_window")?);
        let effect = match (read::factor(&mut fields, "multiply")?, &model) {
            (Some(factor), _) => Effect::Discount(Discount {
                from: fields.instant("from")?.unwrap_or(Timestamp::MIN),
                until: fields.instant("until")?.unwrap_or(Timestamp::MAX),
                factor,
                of_model: model.is_some(),
            }),
            (None, Some(_)) => Effect::Card(Box::new(read::card(&mut fields, true)?)),
            (None, None) => return Err(fields.fault("`model` is missing; only a discount goes without")),
        };
        fields.finish()?;
        let mut canonical = String::new();
        node.canonical(&mut canonical);
        Ok(Self { provider, model, effect, max_output_tokens, context_window, canonical })
    }
}

impl<'de> Deserialize<'de> for PriceOverride {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let node = Node::deserialize(deserializer)?;
        Self::read(&node).map_err(|error| de::Error::custom(format!("{error}; {}", error.help())))
    }
}

impl PriceBook {
    /// The same book with the policy's prices and discounts laid over it, as a new version.
    ///
    /// # Errors
    /// `model_unknown` for a discount on what the book doesn't carry; `price_book_invalid` where two overrides hold at
    /// once.
    pub fn with_overrides(&self, overrides: &[PriceOverride]) -> Result<Self> {
        if overrides.is_empty() {
            return Ok(self.clone());
        }
        let mut all = self.0.overlay.overrides.clone();
        all.extend_from_slice(overrides);
        self.laid_over(all, self.0.overlay.deployments.clone())
    }

    /// The same book with names that stand for models, such as deployments of Azure: `prod-chat` or `azure/prod-chat`
    /// for `openai/gpt-5`. The version stays: no price changes.
    ///
    /// # Errors
    /// `model_unknown` for a model that isn't in the book; `price_book_invalid` for one that is itself such a name.
    pub fn with_deployments<'n>(
        &self,
        deployments: impl IntoIterator<Item = (&'n str, &'n str)>,
    ) -> Result<Self> {
        let mut all = self.0.overlay.deployments.clone();
        for (name, model) in deployments {
            all.insert(canonical_name(&self.0.providers, name), model.to_owned());
        }
        let is_changed = all != self.0.overlay.deployments;
        if is_changed { self.laid_over(self.0.overlay.overrides.clone(), all) } else { Ok(self.clone()) }
    }

    /// The table of this book with everything that the policy says of it.
    fn laid_over(
        &self,
        overrides: Vec<PriceOverride>,
        deployments: BTreeMap<String, String>,
    ) -> Result<Self> {
        let table = Arc::clone(&self.0.table);
        let mut version = table.version;
        let mut laying = Laying {
            plain: Content::new(version, table, base_providers(self)?, Overlay::default()),
            providers: base_providers(self)?,
            overlay: Overlay::default(),
        };
        for one in &overrides {
            version = version.over(&one.canonical);
            laying.lay(one)?;
        }
        let Laying { plain, providers, mut overlay } = laying;
        overlay.overrides = overrides;
        overlay.deployments = deployments;
        let book = Self(Arc::new(Content::new(version, plain.table, providers, overlay)));
        book.check_overlay()?;
        Ok(book)
    }

    /// What the policy says is told to be wrong at once, not when a model is first asked for.
    fn check_overlay(&self) -> Result<()> {
        let content = &*self.0;
        for at in content.overlay.drafts.keys() {
            content.model(*at)?;
        }
        for (name, meant) in &content.overlay.deployments {
            let found = content.find(None, name)?;
            // What a call is booked under must lead to the same model again.
            for target in &found.entry.targets {
                let booked = format!("{}/{}", target.model.provider, target.model.id);
                let other = [booked.as_str(), &target.model.id]
                    .into_iter()
                    .find_map(|booked| content.overlay.deployments.get(booked));
                if other.is_some_and(|other| other != meant) {
                    let message =
                        format!("the deployment `{name}` stands for `{meant}`, which is one itself");
                    return Err(Error::new(ErrorCode::PriceBookInvalid, message)
                        .with_help("name the model that the deployment serves in the end"));
                }
            }
        }
        Ok(())
    }
}

/// The providers of the table, without those that a policy has added.
fn base_providers(book: &PriceBook) -> Result<Arc<Providers>> {
    if book.0.overlay.overrides.is_empty() {
        return Ok(Arc::clone(&book.0.providers));
    }
    Providers::new(book.0.table.providers()?).map(Arc::new)
}

/// `azure/prod-chat` with the provider's id for its alias; any other name as it is.
fn canonical_name(providers: &Providers, name: &str) -> String {
    let known = name.split_once('/').and_then(|(provider, rest)| {
        let id = providers.id(providers.place(provider)?)?;
        Some(format!("{id}/{rest}"))
    });
    known.unwrap_or_else(|| name.to_owned())
}

/// A policy being laid over a book.
struct Laying {
    /// The book without a policy.
    plain: Content,
    providers: Arc<Providers>,
    overlay: Overlay,
}

impl Laying {
    fn lay(&mut self, one: &PriceOverride) -> Result<()> {
        let provider = self.provider(&one.provider)?;
        match (&one.effect, &one.model) {
            (Effect::Card(card), Some(model)) => {
                let at = match self.model(provider, model) {
                    Some(at) => at,
                    None => self.add_model(provider, &one.provider, model)?,
                };
                self.draft(at)?.add_card(one, card)
            }
            (Effect::Discount(discount), Some(model)) => {
                let at = self.model(provider, model).ok_or_else(|| self.no_model(provider, model))?;
                self.draft(at)?.discounts.push(discount.clone());
                Ok(())
            }
            (Effect::Discount(discount), None) => self.add_discount(provider, one, discount),
            (Effect::Card(_), None) => Ok(()),
        }
    }

    /// The place of a provider; a name that the book doesn't know is one of its own.
    fn provider(&mut self, name: &str) -> Result<u32> {
        match self.providers.place(name) {
            Some(at) => Ok(at),
            None => Arc::make_mut(&mut self.providers).add(Provider::named(name)),
        }
    }

    fn model(&self, provider: u32, model: &str) -> Option<u32> {
        let own = self.overlay.entries.iter().find(|own| own.provider == provider && own.name == model);
        own.map(|own| own.model).or_else(|| self.plain.place_of(provider, model))
    }

    fn draft(&mut self, at: u32) -> Result<&mut ModelDraft> {
        match self.overlay.drafts.entry(at) {
            Entry::Occupied(found) => Ok(found.into_mut()),
            Entry::Vacant(vacant) => Ok(vacant.insert(self.plain.draft(at)?)),
        }
    }

    /// Adds a model that the book doesn't carry under this name; an alias of the book lends it what it tells of its
    /// model.
    fn add_model(&mut self, provider: u32, name: &str, model: &str) -> Result<u32> {
        let alias_of = match self.plain.pick(Some(provider), model)? {
            Some(entry) => self.plain.entry(entry)?.targets.last().map(|target| Arc::clone(&target.model)),
            None => None,
        };
        let own = u32::try_from(self.overlay.entries.len()).unwrap_or(u32::MAX);
        let at = self.plain.models().saturating_add(own);
        let id = self.providers.id(provider).map_or(name, |id| id);
        let draft = ModelDraft {
            provider: id.to_owned(),
            model: model.to_owned(),
            aliases: Vec::new(),
            first_party: None,
            context_window: alias_of.as_ref().and_then(|model| model.context_window),
            max_output_tokens: alias_of.as_ref().and_then(|model| model.max_output_tokens),
            source: Some("policy".to_owned()),
            verified: None,
            cards: Vec::new(),
            discounts: Vec::new(),
        };
        let is_first_party = self.providers.all.get(provider as usize).is_some_and(|found| found.first_party);
        self.overlay.drafts.insert(at, draft);
        let entry = self.plain.table.entries().saturating_add(own);
        let folded = model.to_lowercase();
        let names = if folded == model { vec![folded] } else { vec![folded, model.to_owned()] };
        for name in names {
            self.overlay.names.entry(name.into()).or_default().push(entry);
        }
        self.overlay.entries.push(OwnEntry { name: model.to_owned(), provider, is_first_party, model: at });
        Ok(at)
    }

    fn add_discount(&mut self, provider: u32, one: &PriceOverride, discount: &Discount) -> Result<()> {
        let in_book = (0..self.plain.models()).filter_map(|at| self.plain.model_name(at));
        let own = self.overlay.entries.iter().map(|own| own.provider);
        if !in_book.map(|(provider, _)| provider).chain(own).any(|carrier| carrier == provider) {
            return Err(self.no_provider(&one.provider));
        }
        let all = self.overlay.discounts.entry(provider).or_default();
        if let Some(other) =
            all.iter().find(|other| other.from < discount.until && discount.from < other.until)
        {
            let at = discount.from.max(other.from);
            let message = format!("the provider `{}` has two discounts at {at}", one.provider);
            return Err(Error::new(ErrorCode::PriceBookInvalid, message)
                .with_help("give one discount for the model, or one for the provider, at a time"));
        }
        all.push(discount.clone());
        Ok(())
    }

    #[cold]
    fn no_model(&self, provider: u32, model: &str) -> Error {
        let known = (0..self.plain.models()).filter_map(|at| self.plain.model_name(at));
        let known = known.filter(|(carrier, _)| *carrier == provider).map(|(_, id)| id);
        let near = nearest::describe(model, known);
        let id = self.providers.id(provider).map_or("", |id| id);
        unused(&format!("model `{id}/{}`", nearest::shown(model)), &near)
    }

    #[cold]
    fn no_provider(&self, provider: &str) -> Error {
        let known = self.plain.providers.names();
        unused(&format!("provider `{}`", nearest::shown(provider)), &nearest::describe(provider, known))
    }
}

fn unused(what: &str, near: &str) -> Error {
    let message = format!("a discount is given on the {what}, which is in no price book{near}");
    Error::new(ErrorCode::ModelUnknown, message)
}

impl ModelDraft {
    /// Adds a card of the policy, which wins over those of the book.
    fn add_card(&mut self, one: &PriceOverride, card: &CardDraft) -> Result<()> {
        let label = format!("{}/{}", self.provider, self.model);
        let overlaps =
            |other: &&CardDraft| other.from_policy && other.from < card.until && card.from < other.until;
        if let Some(other) = self.cards.iter().find(overlaps) {
            let message = format!("`{label}` has two overrides at {}", card.from.max(other.from));
            return Err(
                Error::new(ErrorCode::PriceBookInvalid, message).with_help("give one price at a time")
            );
        }
        if self.cards.len() >= MAX_CARDS {
            let message = format!("`{label}` has more than {MAX_CARDS} cards");
            return Err(Error::new(ErrorCode::PriceBookInvalid, message));
        }
        self.cards.push(card.clone());
        self.max_output_tokens = one.max_output_tokens.or(self.max_output_tokens);
        self.context_window = one.context_window.or(self.context_window);
        Ok(())
    }
}

//! Prices and discounts of the policy, laid over a book.

use super::{PriceBook, Provider, add_providers, assemble, fields::Fields, node::Node, provider_id, read};
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
use std::sync::Arc;

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
        let inner = &self.0;
        let (mut providers, mut drafts) = (inner.providers.clone(), inner.drafts.clone());
        let mut version = inner.version;
        for one in overrides {
            version = version.over(&one.canonical);
            let provider = canonical_provider(&providers, &one.provider);
            match (&one.effect, &one.model) {
                (Effect::Card(card), Some(model)) => add_card(&mut drafts, &provider, model, one, card)?,
                (Effect::Discount(discount), model) => {
                    add_discount(&mut drafts, &provider, model.as_deref(), discount)?;
                }
                (Effect::Card(_), None) => {}
            }
        }
        add_providers(&mut providers, &drafts);
        let mut models = Vec::with_capacity(drafts.len());
        for (at, draft) in drafts.iter().enumerate() {
            // Only what has changed is compiled again.
            let before = inner.drafts.get(at).filter(|before| Arc::ptr_eq(before, draft));
            models.push(match before.and_then(|_| inner.models.get(at)) {
                Some(model) => Arc::clone(model),
                None => Arc::new(draft.compile(provider_id(&providers, &draft.provider))?),
            });
        }
        assemble(version, providers, drafts, models)
    }
}

/// The provider's id for its id or an alias; a new name is its own id.
fn canonical_provider(providers: &[Provider], name: &str) -> String {
    let found = providers.iter().find(|provider| {
        provider.id.eq_ignore_ascii_case(name)
            || provider.aliases.iter().any(|alias| alias.eq_ignore_ascii_case(name))
    });
    found.map_or_else(|| name.to_owned(), |provider| provider.id.to_string())
}

fn add_card(
    drafts: &mut Vec<Arc<ModelDraft>>,
    provider: &str,
    model: &str,
    one: &PriceOverride,
    card: &CardDraft,
) -> Result<()> {
    let found = drafts.iter().position(|draft| draft.provider == provider && draft.model == model);
    let at = found.unwrap_or_else(|| {
        drafts.push(Arc::new(new_model(drafts, provider, model)));
        drafts.len() - 1
    });
    let Some(draft) = drafts.get_mut(at).map(Arc::make_mut) else { return Ok(()) };
    let label = format!("{provider}/{model}");
    let overlaps =
        |other: &&CardDraft| other.from_policy && other.from < card.until && card.from < other.until;
    if let Some(other) = draft.cards.iter().find(overlaps) {
        let message = format!("`{label}` has two overrides at {}", card.from.max(other.from));
        return Err(Error::new(ErrorCode::PriceBookInvalid, message).with_help("give one price at a time"));
    }
    if draft.cards.len() >= MAX_CARDS {
        let message = format!("`{label}` has more than {MAX_CARDS} cards");
        return Err(Error::new(ErrorCode::PriceBookInvalid, message));
    }
    draft.cards.push(card.clone());
    draft.max_output_tokens = one.max_output_tokens.or(draft.max_output_tokens);
    draft.context_window = one.context_window.or(draft.context_window);
    Ok(())
}

/// A model that the book doesn't carry under this name; an alias of the book lends it what it tells of its model.
fn new_model(drafts: &[Arc<ModelDraft>], provider: &str, model: &str) -> ModelDraft {
    let alias_of = drafts
        .iter()
        .find(|draft| draft.provider == provider && draft.aliases.iter().any(|alias| alias.name == model));
    ModelDraft {
        provider: provider.to_owned(),
        model: model.to_owned(),
        aliases: Vec::new(),
        first_party: alias_of.and_then(|draft| draft.first_party),
        context_window: alias_of.and_then(|draft| draft.context_window),
        max_output_tokens: alias_of.and_then(|draft| draft.max_output_tokens),
        source: Some("policy".to_owned()),
        verified: None,
        cards: Vec::new(),
        discounts: Vec::new(),
    }
}

fn add_discount(
    drafts: &mut [Arc<ModelDraft>],
    provider: &str,
    model: Option<&str>,
    discount: &Discount,
) -> Result<()> {
    let mut is_used = false;
    for draft in drafts.iter_mut() {
        let is_meant = draft.provider == provider && model.is_none_or(|model| draft.model == model);
        if is_meant {
            Arc::make_mut(draft).discounts.push(discount.clone());
            is_used = true;
        }
    }
    if is_used {
        return Ok(());
    }
    let (what, near) = if let Some(model) = model {
        let known =
            drafts.iter().filter(|draft| draft.provider == provider).map(|draft| draft.model.as_str());
        (format!("model `{provider}/{}`", nearest::shown(model)), nearest::describe(model, known))
    } else {
        let known = drafts.iter().map(|draft| draft.provider.as_str());
        (format!("provider `{}`", nearest::shown(provider)), nearest::describe(provider, known))
    };
    Err(Error::new(
        ErrorCode::ModelUnknown,
        format!("a discount is given on the {what}, which is in no price book{near}"),
    ))
}

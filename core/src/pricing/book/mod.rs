//! The price book: dated prices of models, with a version that tells any two contents apart.
//!
//! A book is a value: it never changes, clones are cheap, and overrides make a new one. The format is TOML:
//!
//! ```toml
//! format = 1
//! date = "2026-11-23"
//!
//! [[models]]
//! provider = "google"
//! model = "gemini-2.5-pro"
//! aliases = ["gemini-2.5-pro-latest", { name = "gemini-pro-latest", until = "2026-02-19T00:00:00Z" }]
//! context_window = 1048576
//! max_output_tokens = 65536
//! same = { image_input = "input_uncached" }   # images are charged as text
//! input_mtok = "1.25"                         # USD for a million tokens, in quotes
//! cache_read_mtok = "0.125"
//! output_mtok = "10"
//! variants = [
//!   { when = { input_gt = 200000 }, input_mtok = "2.5", cache_read_mtok = "0.25", output_mtok = "15" },
//!   { when = { processing = "batch" }, multiply_tokens = "1/2" },
//! ]
//! ```
//!
//! A model whose prices have changed lists `[[models.cards]]`, each with `from` and `until`. Of the variants that
//! apply, a later one in stacking order replaces an earlier one rate by rate: input size, then terms, then time of day;
//! every factor that applies multiplies the result. A threshold moves the whole request.

mod fields;
mod node;
mod overrides;
mod read;

pub use overrides::PriceOverride;

use super::{
    handle::ModelHandle,
    matching::Index,
    model::{Model, ModelDraft},
    terms::Terms,
    usage::Usage,
    version::PriceVersion,
    {Quote, bundled},
};
use crate::{
    error::{Error, ErrorCode, Result},
    time::Timestamp,
};
use fields::Fields;
use node::Node;
use std::{collections::HashSet, sync::Arc};

/// The newest format that this release reads.
const FORMAT: u64 = 1;

/// Models that one book may hold.
const MAX_MODELS: usize = 50_000;

/// A provider as the book describes it.
#[derive(Clone, Debug)]
pub(super) struct Provider {
    pub(super) id: Arc<str>,
    /// Other names, such as those of OpenTelemetry's `gen_ai.provider.name`.
    pub(super) aliases: Vec<String>,
    /// Whether it sells models of its own: where several carry one id and none is named, its price is taken.
    pub(super) first_party: bool,
}

/// Dated prices of (provider, model, dimension, tier).
///
/// # Examples
/// ```
/// use bursar::{Dimension, PriceBook, Terms, Usage};
/// let book = PriceBook::parse(r#"
///     format = 1
///     date = "2026-11-23"
///     [[models]]
///     provider = "private"
///     model = "race-model"
///     input_mtok = "3"
///     output_mtok = "15"
/// "#)?;
/// let usage = Usage::new().with(Dimension::InputUncached, 1_000).with(Dimension::Output, 1_000);
/// let quote = book.quote(None, "race-model", &usage, &Terms::new(), "2026-11-23T12:00:00Z".parse()?)?;
/// assert_eq!(quote.total().to_string(), "0.018");
/// # Ok::<(), bursar::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct PriceBook(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    version: PriceVersion,
    providers: Vec<Provider>,
    drafts: Vec<Arc<ModelDraft>>,
    models: Vec<Arc<Model>>,
    index: Index,
}

impl PriceBook {
    /// Reads a book from TOML.
    ///
    /// # Errors
    /// `price_book_invalid`, with the line and the model, for whatever is unknown or contradicts itself.
    pub fn parse(text: &str) -> Result<Self> {
        Self::parse_all(&[text])
    }

    /// Reads a book from a tree of values with the same keys, such as JSON.
    ///
    /// # Errors
    /// As [`parse`](Self::parse), without lines.
    pub fn deserialize<'de, D: serde::Deserializer<'de>>(source: D) -> Result<Self> {
        let node: Node = serde::Deserialize::deserialize(source)
            .map_err(|error| Error::new(ErrorCode::PriceBookInvalid, error.to_string()))?;
        let mut parts = Parts::default();
        parts.read(&node)?;
        parts.build()
    }

    /// The prices that come with this release, of the main models of Anthropic, OpenAI and Google; read once, when
    /// first asked for.
    ///
    /// # Errors
    /// `price_book_invalid`, which the tests of a release rule out.
    pub fn bundled() -> Result<Self> {
        bundled::book()
    }

    /// Reads several texts as one book.
    pub(super) fn parse_all(texts: &[&str]) -> Result<Self> {
        let mut parts = Parts::default();
        for text in texts {
            parts.read(&Node::parse(text)?)?;
        }
        parts.build()
    }

    /// What tells this content from any other: the book's date and a hash that every release computes alike.
    pub fn version(&self) -> PriceVersion {
        self.0.version
    }

    /// How many models it prices.
    pub fn len(&self) -> usize {
        self.0.models.len()
    }

    /// Whether it prices no model.
    pub fn is_empty(&self) -> bool {
        self.0.models.is_empty()
    }

    /// Provider and id of every model.
    pub fn models(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.models.iter().map(|model| (&*model.provider, model.id.as_str()))
    }

    /// Finds a model by its name: exactly, then by an alias, then without case, provider prefix and date.
    ///
    /// Without a provider, a name that several carry is that of the one first-party provider among them.
    ///
    /// # Errors
    /// `model_unknown` with the nearest names, or with the providers to choose from.
    pub fn find(&self, provider: Option<&str>, model: &str) -> Result<ModelHandle> {
        let (entry, matched) = self.0.index.find(provider, model)?;
        Ok(ModelHandle::new(Arc::clone(entry), matched))
    }

    /// Prices usage by the model's name; [`find`](Self::find) once and [`ModelHandle::quote`] is faster.
    ///
    /// # Errors
    /// Those of [`find`](Self::find) and [`ModelHandle::quote`].
    pub fn quote(
        &self,
        provider: Option<&str>,
        model: &str,
        usage: &Usage,
        terms: &Terms,
        at: Timestamp,
    ) -> Result<Quote> {
        let (entry, matched) = self.0.index.find(provider, model)?;
        entry.quote(matched, usage, terms, at)
    }
}

/// A book being put together.
#[derive(Default)]
struct Parts {
    date: jiff::civil::Date,
    providers: Vec<Provider>,
    drafts: Vec<Arc<ModelDraft>>,
    canonical: String,
}

impl Parts {
    fn read(&mut self, node: &Node) -> Result<()> {
        let mut fields = Fields::new(node, "price book")?;
        match fields.count("format")? {
            Some(FORMAT) => {}
            Some(other) => {
                return Err(fields.fault(&format!("`format` is {other}, and this release reads {FORMAT}")));
            }
            None => return Err(fields.fault("`format` is missing")),
        }
        let date = fields.needed_text("date")?;
        let date: jiff::civil::Date =
            date.parse().map_err(|_| fields.fault("`date` takes a day, such as `2026-11-23`"))?;
        self.date = self.date.max(date);
        for node in fields.list("providers")? {
            self.providers.push(read_provider(node)?);
        }
        for node in fields.list("models")? {
            self.drafts.push(Arc::new(read::model(node)?));
        }
        fields.finish()?;
        node.canonical(&mut self.canonical);
        Ok(())
    }

    fn build(mut self) -> Result<PriceBook> {
        if self.drafts.len() > MAX_MODELS {
            let message =
                format!("the book has {} models, and at most {MAX_MODELS} are allowed", self.drafts.len());
            return Err(Error::new(ErrorCode::PriceBookInvalid, message));
        }
        add_providers(&mut self.providers, &self.drafts);
        let version = PriceVersion::of(self.date, &self.canonical);
        let mut models = Vec::with_capacity(self.drafts.len());
        for draft in &self.drafts {
            models.push(Arc::new(draft.compile(provider_id(&self.providers, &draft.provider))?));
        }
        assemble(version, self.providers, self.drafts, models)
    }
}

fn assemble(
    version: PriceVersion,
    providers: Vec<Provider>,
    drafts: Vec<Arc<ModelDraft>>,
    models: Vec<Arc<Model>>,
) -> Result<PriceBook> {
    let index = Index::build(&providers, &drafts, &models, version)?;
    Ok(PriceBook(Arc::new(Inner { version, providers, drafts, models, index })))
}

fn read_provider(node: &Node) -> Result<Provider> {
    let mut fields = Fields::new(node, "providers")?;
    let provider = Provider {
        id: Arc::from(read::name(&mut fields, "id")?),
        aliases: fields.texts("aliases")?.into_iter().map(str::to_owned).collect(),
        first_party: fields.flag("first_party")?.unwrap_or(false),
    };
    fields.finish()?;
    Ok(provider)
}

/// Adds the providers that models name without the book describing them.
fn add_providers(providers: &mut Vec<Provider>, drafts: &[Arc<ModelDraft>]) {
    let mut known: HashSet<Arc<str>> = providers.iter().map(|provider| Arc::clone(&provider.id)).collect();
    for draft in drafts {
        if !known.contains(draft.provider.as_str()) {
            let id: Arc<str> = Arc::from(draft.provider.as_str());
            known.insert(Arc::clone(&id));
            providers.push(Provider { id, aliases: Vec::new(), first_party: false });
        }
    }
}

fn provider_id(providers: &[Provider], name: &str) -> Arc<str> {
    let found = providers.iter().find(|provider| &*provider.id == name);
    found.map_or_else(|| Arc::from(name), |provider| Arc::clone(&provider.id))
}

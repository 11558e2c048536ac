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
//! A provider that the book says more of has `[[providers]]` with `id`, `aliases`, `first_party = true` where it sells
//! models of its own, and `fallback`, the providers at whose prices a model is taken that it has none of its own for.
//!
//! A model whose prices have changed lists `[[models.cards]]`, each with `from` and `until`. Of the variants that
//! apply, a later one in stacking order replaces an earlier one rate by rate: input size, then terms, then time of day;
//! every factor that applies multiplies the result. A threshold moves the whole request.

mod compile;
mod content;
mod fields;
mod moves;
mod node;
mod overrides;
mod pool;
mod read;
mod record;
mod table;

pub(super) use content::Content;
pub use moves::PriceMoves;
pub use overrides::PriceOverride;

use super::{
    Quote, bundled, handle::ModelHandle, model::ModelDraft, terms::Terms, usage::Usage, version::PriceVersion,
};
use crate::{
    error::{Error, ErrorCode, Result},
    time::Timestamp,
};
use compile::Source;
use content::{Overlay, Providers};
use fields::Fields;
use node::Node;
use std::{collections::HashSet, sync::Arc};
use table::Table;

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
    /// Providers at whose prices a model of this one is taken that it has no price of its own for.
    pub(super) fallback: Vec<String>,
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
pub struct PriceBook(Arc<Content>);

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

    /// Reads several texts as one book: a file a provider, as people read and correct them.
    ///
    /// # Errors
    /// As [`parse`](Self::parse).
    pub fn parse_all(texts: &[&str]) -> Result<Self> {
        let mut parts = Parts::default();
        for text in texts {
            parts.read(&Node::parse(text)?)?;
        }
        parts.build()
    }

    /// The book as one table of bytes, which [`from_bytes`](Self::from_bytes) opens without reading it: what the
    /// policy lays over the book is not in it. The same content gives the same bytes.
    ///
    /// # Examples
    /// ```
    /// use bursar::PriceBook;
    /// let book = PriceBook::bundled()?;
    /// assert_eq!(PriceBook::from_bytes(&book.to_bytes())?.version(), book.version());
    /// # Ok::<(), bursar::Error>(())
    /// ```
    pub fn to_bytes(&self) -> Vec<u8> {
        self.0.table.bytes().to_vec()
    }

    /// Opens a table of bytes. A check beside its content tells damage; a model is read when it is first asked for.
    ///
    /// # Errors
    /// `price_book_invalid` for what is no table, is damaged, or has a layout that this release doesn't read.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self> {
        Self::over(Table::open_checked(bytes)?)
    }

    /// Reads a book as it is kept in a file: a table of bytes, TOML, or the same keys in JSON.
    ///
    /// # Errors
    /// `price_book_invalid`.
    pub fn read(bytes: &[u8]) -> Result<Self> {
        if bytes.starts_with(table::MAGIC) {
            return Self::from_bytes(bytes);
        }
        let text = std::str::from_utf8(bytes).map_err(|cause| {
            Error::new(ErrorCode::PriceBookInvalid, "the bytes are neither a price table nor text")
                .with_help("give what `PriceBook::to_bytes` wrote, or a book in TOML or JSON")
                .caused_by(cause)
        })?;
        if text.trim_start().starts_with('{') {
            return Self::deserialize(&mut serde_json::Deserializer::from_str(text));
        }
        Self::parse(text)
    }

    /// Opens the table that comes with the program; a test has compared its check.
    pub(super) fn from_static(bytes: &'static [u8]) -> Result<Self> {
        Self::over(Table::open_static(bytes)?)
    }

    fn over(table: Table) -> Result<Self> {
        let providers = Arc::new(Providers::new(table.providers()?)?);
        let content = Content::new(table.version, Arc::new(table), providers, Overlay::default());
        Ok(Self(Arc::new(content)))
    }

    /// What the matcher searches, for the tests that ask it a million times.
    #[cfg(test)]
    pub(super) fn content(&self) -> &Content {
        &self.0
    }

    /// Reads every model, so that none of them can turn out to be wrong later.
    ///
    /// # Errors
    /// `price_book_invalid`.
    pub fn check(&self) -> Result<()> {
        self.0.check()
    }

    /// What tells this content from any other: the book's date and a hash that every release computes alike.
    pub fn version(&self) -> PriceVersion {
        self.0.version
    }

    /// How many models it prices.
    pub fn len(&self) -> usize {
        self.0.models() as usize
    }

    /// Whether it prices no model.
    pub fn is_empty(&self) -> bool {
        self.0.models() == 0
    }

    /// Provider and id of every model.
    pub fn models(&self) -> impl Iterator<Item = (&str, &str)> {
        (0..self.0.models()).filter_map(|at| {
            let (provider, id) = self.0.model_name(at)?;
            Some((&**self.0.providers.id(provider)?, id))
        })
    }

    /// Finds a model by its name: exactly, then by an alias, then in another spelling, then at the prices of another
    /// provider where the book says so; [`ModelHandle::matched`] tells which.
    ///
    /// Without a provider, a name that several carry is that of the one first-party provider among them.
    ///
    /// # Errors
    /// `model_unknown` with the nearest names, or with the providers to choose from.
    pub fn find(&self, provider: Option<&str>, model: &str) -> Result<ModelHandle> {
        let found = self.0.find(provider, model)?;
        Ok(ModelHandle::new(Arc::clone(found.entry), found.matched, found.region))
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
        let found = self.0.find(provider, model)?;
        match found.region {
            None => found.entry.quote(found.matched, usage, terms, at),
            Some(region) => found.entry.quote_in(&region, usage, terms, at),
        }
    }
}

/// A book being put together.
#[derive(Default)]
struct Parts {
    date: jiff::civil::Date,
    providers: Vec<Provider>,
    models: Vec<Source>,
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
            self.models.push(Source { draft: read::model(node)?, node: node.clone() });
        }
        fields.finish()?;
        node.canonical(&mut self.canonical);
        Ok(())
    }

    fn build(mut self) -> Result<PriceBook> {
        if self.models.len() > MAX_MODELS {
            let message =
                format!("the book has {} models, and at most {MAX_MODELS} are allowed", self.models.len());
            return Err(Error::new(ErrorCode::PriceBookInvalid, message));
        }
        add_providers(&mut self.providers, self.models.iter().map(|model| &model.draft));
        check_fallbacks(&self.providers)?;
        let version = PriceVersion::of(self.date, &self.canonical);
        let bytes = compile::table(version, &self.providers, &self.models)?;
        let book = PriceBook::over(Table::open_written(bytes)?)?;
        book.check()?;
        Ok(book)
    }
}

/// A fallback is a provider of the book.
fn check_fallbacks(providers: &[Provider]) -> Result<()> {
    let known = Providers::new(providers.to_vec())?;
    for provider in providers {
        for name in &provider.fallback {
            if known.place(name).is_none() {
                let near = super::nearest::describe(name, known.names());
                let message = format!("`{}` falls back to `{name}`, which is no provider{near}", provider.id);
                return Err(Error::new(ErrorCode::PriceBookInvalid, message));
            }
        }
    }
    Ok(())
}

fn read_provider(node: &Node) -> Result<Provider> {
    let mut fields = Fields::new(node, "providers")?;
    let provider = Provider {
        id: Arc::from(read::name(&mut fields, "id")?),
        aliases: fields.texts("aliases")?.into_iter().map(str::to_owned).collect(),
        first_party: fields.flag("first_party")?.unwrap_or(false),
        fallback: fields.texts("fallback")?.into_iter().map(str::to_owned).collect(),
    };
    fields.finish()?;
    Ok(provider)
}

/// Adds the providers that models name without the book describing them.
fn add_providers<'d>(providers: &mut Vec<Provider>, drafts: impl Iterator<Item = &'d ModelDraft>) {
    let mut known: HashSet<Arc<str>> = providers.iter().map(|provider| Arc::clone(&provider.id)).collect();
    for draft in drafts {
        if !known.contains(draft.provider.as_str()) {
            let provider = Provider::named(&draft.provider);
            known.insert(Arc::clone(&provider.id));
            providers.push(provider);
        }
    }
}

impl Provider {
    /// A provider of which only the name is known.
    fn named(id: &str) -> Self {
        Self { id: Arc::from(id), aliases: Vec::new(), first_party: false, fallback: Vec::new() }
    }
}

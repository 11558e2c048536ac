//! Reads the table of genai-prices: the Python source `genai_prices/data.py` of its wheel, without running it.
//!
//! Source: genai-prices 0.2.3, https://github.com/pydantic/genai-prices. Of conditional prices the last one that holds
//! is taken, of variants the first one of each price.

mod names;
mod span;

use crate::{
    decimal::Decimal,
    key::Key,
    literal::Literal,
    model::{Amount, Model, Origin, Rates, Table, Variant, When},
};

/// Where the data begin in the source.
const START: &str = "\nproviders: list[Provider] = ";

/// Their price keys and ours.
const KEYS: &[(&str, &str)] = &[
    ("input_mtok", "input_mtok"),
    ("cache_read_mtok", "cache_read_mtok"),
    ("cache_write_mtok", "cache_write_5m_mtok"),
    ("cache_write_1h_mtok", "cache_write_1h_mtok"),
    ("output_mtok", "output_mtok"),
    ("output_reasoning_mtok", "reasoning_mtok"),
    ("output_citation_mtok", "citation_mtok"),
    ("input_audio_mtok", "audio_input_mtok"),
    ("cache_audio_read_mtok", "audio_cache_read_mtok"),
    ("output_audio_mtok", "audio_output_mtok"),
    ("input_image_mtok", "image_input_mtok"),
    ("cache_image_read_mtok", "image_cache_read_mtok"),
    ("output_image_mtok", "image_output_mtok"),
    ("input_video_mtok", "video_input_mtok"),
    ("output_video_mtok", "video_output_mtok"),
    ("audio_hours", "audio_hour"),
    ("input_audio_hours", "audio_hour"),
    ("input_mchars", "character_m"),
    ("input_document_kpages", "page_k"),
    ("input_annotated_document_kpages", "page_annotated_k"),
    ("requests_kcount", "request_k"),
    ("input_text_messages_kcount", "message_k"),
    ("web_searches_kcount", "web_search_k"),
    ("storage_searches_kcount", "file_search_k"),
];

/// Their words for the terms of a call and ours. `default` is the standard tier, which needs no variant.
const TERMS: &[(&str, &str)] = &[
    ("processing", "processing"),
    ("service_tier", "service_tier"),
    ("speed", "speed"),
    ("route", "region"),
    ("search_type", "search"),
];

/// Models whose least charge is in their code, not in their table: 10 seconds of audio.
const LEAST_TEN_SECONDS: &[(&str, &str)] =
    &[("groq", "whisper-large-v3"), ("groq", "whisper-large-v3-turbo")];

/// Models whose answers are one medium alone. Their table has one price for what such a model gives, `output_mtok`, and
/// those tokens are the medium's.
///
/// Source: https://developers.openai.com/api/docs/pricing. LiteLLM has the same figures as `output_cost_per_image_token`
/// and `output_cost_per_audio_token` under the dated names.
const ONE_MEDIUM: &[(&str, &str, &str)] = &[
    ("openai", "gpt-4o-mini-tts", "audio_output"),
    ("openai", "gpt-image-1", "image_output"),
    ("openai", "gpt-image-1-mini", "image_output"),
    ("openai", "gpt-image-2", "image_output"),
    ("openai", "gpt-image-2.5-flare", "image_output"),
    ("openai", "gpt-image-2.5-sunburst", "image_output"),
];

/// Reads the source text.
///
/// # Errors
/// What is missing, or where the text is no data.
pub fn read(source: &str) -> Result<Table, String> {
    let at = source.find(START).ok_or("no `providers` in the source of genai-prices")?;
    let data = source.get(at + START.len()..).unwrap_or_default();
    let providers = Literal::parse(data).map_err(|fault| format!("the source of genai-prices: {fault}"))?;
    let mut table = Table::default();
    for provider in providers.items() {
        let id = provider.get("id").and_then(Literal::text).ok_or("a provider without id")?;
        let url = provider.get("pricing_urls").and_then(|urls| urls.items().first()).and_then(Literal::text);
        let mut rules = Vec::new();
        for model in provider.get("models").map(Literal::items).unwrap_or_default() {
            let read = read_model((id, url), model, &rules, &mut table)?;
            table.models.push(read);
            rules.extend(model.get("match"));
        }
    }
    Ok(table)
}

fn read_model(
    (provider, url): (&str, Option<&str>),
    literal: &Literal,
    earlier: &[&Literal],
    table: &mut Table,
) -> Result<Model, String> {
    let id = literal.get("id").and_then(Literal::text).ok_or("a model without id")?;
    let mut model = Model {
        provider: provider.to_owned(),
        id: id.to_owned(),
        source: url.map(str::to_owned),
        context_window: literal
            .get("context_window")
            .and_then(Literal::number)
            .and_then(|text| text.parse().ok()),
        origin: Origin::Genai,
        ..Model::default()
    };
    if let Some(rule) = literal.get("match") {
        (model.aliases, model.prefixes) = names::of(id, rule, earlier);
    }
    let prices = literal.get("prices").ok_or_else(|| format!("{provider}/{id} has no `prices`"))?;
    let variants = literal.get("price_variants").map(Literal::items).unwrap_or_default();
    model.cards = span::cards(&model, prices, variants, table)?;
    let alone = ONE_MEDIUM.iter().find(|(seller, name, _)| (*seller, *name) == (provider, id));
    if let Some((_, _, medium)) = alone {
        price_as_output(&mut model, medium)?;
    }
    Ok(model)
}

/// Says of each card that a medium is priced as output.
fn price_as_output(model: &mut Model, medium: &str) -> Result<(), String> {
    for card in &mut model.cards {
        let is_priced = card.rates.0.keys().any(|key| key.dimension() == medium);
        if card.rate("output_mtok").is_none() || is_priced {
            return Err(format!("{}/{} no longer has one price for its output", model.provider, model.id));
        }
        card.same.insert(medium.to_owned(), "output".to_owned());
    }
    Ok(())
}

/// Prices as they are standard, and what changes from an edge of the input on.
#[derive(Clone, Debug, Default, PartialEq)]
struct Priced {
    rates: Rates,
    edges: Vec<(u64, Rates)>,
}

impl Priced {
    /// Reads a `ModelPrice`.
    fn read(model: &Model, literal: &Literal, table: &mut Table) -> Result<Self, String> {
        let mut priced = Self::default();
        for (name, value) in literal.entries() {
            if value.is_none() {
                continue;
            }
            let Some(key) =
                KEYS.iter().find(|(theirs, _)| theirs == name).and_then(|(_, ours)| Key::named(ours))
            else {
                table.leave_out(model, name, "no dimension of the book; usage of that kind is refused");
                continue;
            };
            let base = if value.call() == Some("TieredPrices") { value.get("base") } else { Some(value) };
            let base = amount(model, key, base, table)?;
            if priced.rates.0.insert(key, base).is_some_and(|before| before != base) {
                return Err(format!("{}/{} has two prices for {}", model.provider, model.id, key.name()));
            }
            for tier in value.get("tiers").map(Literal::items).unwrap_or_default() {
                let start = tier.get("start").and_then(Literal::number).and_then(|text| text.parse().ok());
                let start: u64 = start.ok_or_else(|| format!("{}: a tier without start", model.id))?;
                let price = amount(model, key, tier.get("price"), table)?;
                priced.edge(start).0.insert(key, price);
            }
        }
        Ok(priced)
    }

    fn edge(&mut self, start: u64) -> &mut Rates {
        let known = self.edges.iter().position(|(known, _)| *known == start);
        let at = known.unwrap_or_else(|| {
            self.edges.push((start, Rates::default()));
            self.edges.len() - 1
        });
        // The position was found or made just now.
        #[expect(clippy::indexing_slicing, reason = "the position is within the list")]
        &mut self.edges[at].1
    }

    /// Adds the prices that this doesn't have yet: of several variants the first one holds.
    fn add_missing(&mut self, other: &Self) {
        let known: Vec<Key> = self.rates.0.keys().copied().collect();
        let is_new = |key: &Key| !known.contains(key);
        self.rates
            .0
            .extend(other.rates.0.iter().filter(|(key, _)| is_new(key)).map(|(key, price)| (*key, *price)));
        for (start, rates) in &other.edges {
            let new = rates.0.iter().filter(|(key, _)| is_new(key)).map(|(key, price)| (*key, *price));
            self.edge(*start).0.extend(new);
        }
    }

    /// As variants under a condition, also if nothing changes under it, so that its name is known; without a condition
    /// only the edges are variants.
    fn variants(&self, when: &When) -> Vec<Variant> {
        let mut variants = Vec::new();
        if *when != When::default() {
            variants.push(Variant { when: when.clone(), rates: self.rates.clone(), ..Variant::default() });
        }
        let mut edges: Vec<_> = self.edges.iter().filter(|(_, rates)| !rates.is_empty()).collect();
        edges.sort_by_key(|(start, _)| *start);
        for (start, rates) in edges {
            let when = when.clone().edge(Some(("input_gt", *start)));
            variants.push(Variant { when, rates: rates.clone(), ..Variant::default() });
        }
        variants
    }
}

fn amount(model: &Model, key: Key, literal: Option<&Literal>, table: &mut Table) -> Result<Amount, String> {
    let text = literal.and_then(Literal::argument).and_then(Literal::text);
    let price: Option<Decimal> = text.and_then(|text| table.price(text, 0));
    let price =
        price.ok_or_else(|| format!("{}/{}: no price for {}", model.provider, model.id, key.name()))?;
    let is_short = LEAST_TEN_SECONDS.contains(&(&model.provider, &model.id)) && key.name() == "audio_hour";
    Ok(Amount { price, min: if is_short { 10 } else { 0 } })
}

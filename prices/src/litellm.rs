//! Reads LiteLLM's table: `model_prices_and_context_window_backup.json` of its wheel.
//!
//! Source: LiteLLM, https://github.com/BerriAI/litellm. Of a field's name the end says the tier, and before it the
//! input from which on it holds; a field that is missing for a tier or an edge leaves the standard price in place.

mod field;
mod media;
mod time;

use crate::{
    decimal::Decimal,
    key::Key,
    literal::Literal,
    model::{Card, Model, Origin, Rates, Status, Table, Variant, When},
};
use field::Field;
use std::collections::BTreeMap;

/// Entries that are no model.
const NO_MODELS: &[&str] = &["sample_spec", "fallback_generalizations"];

/// Providers on one's own machine, which charge nothing.
const LOCAL: &[&str] = &["ollama", "lemonade", "searxng"];

/// Providers whose models are part of a subscription.
const SUBSCRIPTIONS: &[&str] = &["chatgpt", "github_copilot", "microsoft_365_copilot"];

/// Whose input thresholds include the threshold itself.
const INCLUSIVE: &[&str] = &["xai"];

/// Fields that only say otherwise what another field says, or that a price doesn't depend on.
const NO_PRICES: &[&str] = &[
    // Databricks' own unit beside the same price in USD.
    "input_dbu_cost_per_token",
    "output_dbu_cost_per_token",
    // Older spellings of the price of a cache read and of a second.
    "input_cost_per_token_cache_hit",
    "cost_per_second",
    "prompt_cache_min_tokens",
];

const ALLOWANCE: &str = "what is left of a free allowance is not known from one call: charged from the first";

/// Reads the JSON.
///
/// # Errors
/// Where the text is no table.
pub fn read(json: &str) -> Result<Table, String> {
    let all = Literal::parse(json).map_err(|fault| format!("the table of LiteLLM: {fault}"))?;
    let mut table = Table::default();
    for (key, entry) in all.entries().iter().filter(|(key, _)| !NO_MODELS.contains(&key.as_str())) {
        let provider = entry.get("litellm_provider").and_then(Literal::text).unwrap_or_default();
        if provider.is_empty() {
            return Err(format!("`{key}` has no `litellm_provider`"));
        }
        let model = read_model(provider, key, entry, &mut table);
        table.models.push(model);
    }
    Ok(table)
}

fn read_model(provider: &str, key: &str, entry: &Literal, table: &mut Table) -> Model {
    let count = |name: &str| {
        let number = entry.get(name).and_then(Literal::number).and_then(Decimal::parse)?;
        number.to_string().parse::<u64>().ok().filter(|count| *count > 0)
    };
    let mut model = Model {
        provider: provider.to_owned(),
        id: key.to_owned(),
        context_window: count("max_input_tokens"),
        max_output_tokens: count("max_output_tokens"),
        source: entry.get("source").and_then(Literal::text).filter(|url| is_address(url)).map(str::to_owned),
        origin: Origin::Litellm,
        ..Model::default()
    };
    let mut prices = Prices {
        mode: entry.get("mode").and_then(Literal::text).unwrap_or_default(),
        ..Prices::new(provider)
    };
    for (name, value) in entry.entries() {
        prices.read(&model, name, value, entry, table);
    }
    prices.ranges(&model, entry, table);
    prices.default_cache_read();
    prices.reasoning_follows_output();
    prices.edges_of_tiers();
    time::read(&mut prices, &model, entry, table);
    let card = prices.card(&model, entry);
    model.cards.push(card);
    model
}

fn is_address(text: &str) -> bool {
    text.starts_with("https://") && !text.contains(char::is_whitespace)
}

/// The prices of one model while its fields are read.
struct Prices<'e> {
    mode: &'e str,
    provider: &'e str,
    rates: Rates,
    variants: BTreeMap<When, Rates>,
    /// Factors under a condition: on tokens.
    factors: Vec<(When, String)>,
    /// Dimensions whose price depends on what the book can't express.
    dropped: Vec<&'static str>,
    /// Something of the model has no place, so that its price isn't whole.
    unpriced: Option<String>,
}

impl<'e> Prices<'e> {
    fn new(provider: &'e str) -> Self {
        Self {
            mode: "",
            provider,
            rates: Rates::default(),
            variants: BTreeMap::new(),
            factors: Vec::new(),
            dropped: Vec::new(),
            unpriced: None,
        }
    }

    /// The rates that hold from an edge on, under a tier; the standard ones without either.
    fn rates(&mut self, tier: Option<(&str, &str)>, edge: Option<u64>) -> &mut Rates {
        let edge_key = if INCLUSIVE.contains(&self.provider) { "input_ge" } else { "input_gt" };
        let when = tier.map_or_else(When::default, |(key, name)| When::term(key, name));
        let when = when.edge(edge.map(|edge| (edge_key, edge)));
        if when == When::default() { &mut self.rates } else { self.variants.entry(when).or_default() }
    }

    fn set(&mut self, tier: Option<(&str, &str)>, edge: Option<u64>, key: &str, price: Decimal) {
        if let Some(key) = Key::named(key) {
            self.rates(tier, edge).set(key, price);
        }
    }

    fn read(&mut self, model: &Model, name: &str, value: &Literal, entry: &Literal, table: &mut Table) {
        if NO_PRICES.contains(&name) || name.ends_with("_dbu_cost_per_token") {
            return;
        }
        if let (Some(number), Some(field)) = (value.number(), Field::read(name)) {
            if let Some(price) = table.price(number, field.power) {
                self.set(field.tier, field.edge, field.key, price);
            }
            return;
        }
        if media::read(self, model, name, value, entry, table) || self.multiplier(model, name, value, table) {
            return;
        }
        if name == "web_search_billing_unit" && value.text() != Some("per_query") {
            table.leave_out(
                model,
                name,
                "a grounded prompt is charged once; charged for each search that is counted",
            );
        }
        let is_price = ["cost", "multiplier", "free"].iter().any(|word| name.contains(word));
        if is_price && value.number().is_none_or(|number| Decimal::parse(number) != Some(Decimal::ZERO)) {
            let why = if name == "search_free_requests" {
                ALLOWANCE
            } else {
                "no dimension of the book; usage of that kind is refused"
            };
            table.leave_out(model, name, why);
        }
    }

    /// Surcharges on tokens by where and how fast a call is processed.
    fn multiplier(&mut self, model: &Model, name: &str, value: &Literal, table: &mut Table) -> bool {
        let mut add = |when: When, value: &Literal| {
            let factor = value.number().and_then(Decimal::parse).map(|factor| factor.to_string());
            self.factors.extend(factor.filter(|factor| factor != "1").map(|factor| (when, factor)));
        };
        match name {
            "regional_processing_uplift_multiplier_eu" => add(When::term("data_residency", "eu"), value),
            "regional_processing_uplift_multiplier_us" => add(When::term("data_residency", "us"), value),
            // Vertex AI: every endpoint but the global one.
            "regional_endpoint_uplift_multiplier" => {
                let names = ["regional", "us", "eu"].map(str::to_owned).to_vec();
                add(When { terms: BTreeMap::from([("region".to_owned(), names)]), ..When::default() }, value);
            }
            "provider_specific_entry" => {
                for (key, value) in value.entries() {
                    match key.as_str() {
                        "us" => add(When::term("data_residency", "us"), value),
                        "fast" => add(When::term("speed", "fast"), value),
                        "minimax_free_input_images" => table.leave_out(model, key, ALLOWANCE),
                        _ => {}
                    }
                }
            }
            _ => return false,
        }
        true
    }

    /// `tiered_pricing`: of ranges `(from, to]` of the input one holds for the whole call, the last one without end.
    /// What a range doesn't price costs as much as its input, or its output.
    fn ranges(&mut self, model: &Model, entry: &Literal, table: &mut Table) {
        let mut ranges: Vec<(u64, &Literal)> = Vec::new();
        for range in entry.get("tiered_pricing").map(Literal::items).unwrap_or_default() {
            let from = range.get("range").and_then(|range| range.items().first()).and_then(Literal::number);
            let from = from.and_then(Decimal::parse).and_then(|from| from.to_string().parse().ok());
            let Some(from) = from else {
                table.leave_out(model, "tiered_pricing", "by the number of results; the model is unpriced");
                self.unpriced = Some("its price depends on the number of results".to_owned());
                return;
            };
            ranges.push((from, range));
        }
        ranges.sort_by_key(|(from, _)| *from);
        for (place, (from, range)) in ranges.iter().enumerate() {
            let edge = if place == 0 { None } else { Some(*from) };
            for (name, value) in range.entries() {
                let Some(field) = Field::read(name).filter(|field| field.edge.is_none()) else { continue };
                let price = value.number().and_then(|number| table.price(number, field.power));
                if let Some(price) = price {
                    self.set(field.tier, edge, field.key, price);
                }
            }
            if edge.is_some() {
                self.fill_range(edge);
            }
        }
    }

    fn fill_range(&mut self, edge: Option<u64>) {
        let standard: Vec<Key> = self.rates.0.keys().copied().collect();
        let rates = self.rates(None, edge);
        for key in standard.into_iter().filter(|key| key.name().ends_with("_mtok")) {
            let like = if matches!(key.name(), "reasoning_mtok") { "output_mtok" } else { "input_mtok" };
            let like = Key::named(like).and_then(|like| rates.0.get(&like)).copied();
            if let (false, Some(like), true) = (
                rates.0.contains_key(&key),
                like,
                key.name().starts_with("cache") || key.name() == "reasoning_mtok",
            ) {
                rates.0.insert(key, like);
            }
        }
    }

    /// Fireworks reads caches at half the price of input where no price is given.
    fn default_cache_read(&mut self) {
        let (Some(input), Some(read)) = (Key::named("input_mtok"), Key::named("cache_read_mtok")) else {
            return;
        };
        if self.provider != "fireworks_ai" || self.rates.0.contains_key(&read) {
            return;
        }
        let half = self
            .rates
            .0
            .get(&input)
            .and_then(|input| input.price.times(5))
            .map(|tenfold| tenfold.shifted(-1));
        if let Some(half) = half {
            self.rates.set(read, half.held());
        }
    }

    /// Reasoning is priced apart only where it differs from the output; a tier that has a price of output and none of
    /// reasoning charges reasoning as its output.
    fn reasoning_follows_output(&mut self) {
        let (Some(output), Some(reasoning)) = (Key::named("output_mtok"), Key::named("reasoning_mtok"))
        else {
            return;
        };
        let everywhere = || self.variants.values().chain([&self.rates]);
        if everywhere().all(|rates| {
            let apart = rates.0.get(&reasoning);
            apart.is_none() || apart == rates.0.get(&output)
        }) {
            self.variants.values_mut().chain([&mut self.rates]).for_each(|rates| {
                rates.0.remove(&reasoning);
            });
            return;
        }
        for rates in self.variants.values_mut() {
            if let (None, Some(price)) = (rates.0.get(&reasoning), rates.0.get(&output).copied()) {
                rates.0.insert(reasoning, price);
            }
        }
    }

    /// Above an edge of the input a tier without a price there has the standard one.
    fn edges_of_tiers(&mut self) {
        let edges: Vec<(When, Rates)> = self
            .variants
            .iter()
            .filter(|(when, _)| when.terms.is_empty())
            .map(|(when, rates)| (when.clone(), rates.clone()))
            .collect();
        let tiers: Vec<When> = self.variants.keys().filter(|when| when.input.is_empty()).cloned().collect();
        for tier in tiers.iter().filter(|tier| tier.terms.contains_key("service_tier")) {
            for (edge, standard) in edges.iter().filter(|(edge, _)| !edge.input.is_empty()) {
                let when = When { input: edge.input.clone(), ..tier.clone() };
                let rates = self.variants.entry(when).or_default();
                for (key, price) in &standard.0 {
                    rates.0.entry(*key).or_insert(*price);
                }
            }
        }
    }

    fn card(mut self, model: &Model, entry: &Literal) -> Card {
        let dropped = std::mem::take(&mut self.dropped);
        let keeps = |rates: &mut Rates| rates.0.retain(|key, _| !dropped.contains(&key.dimension()));
        self.variants.values_mut().chain([&mut self.rates]).for_each(keeps);
        let is_zero = self.rates.are_zero() && self.variants.values().all(Rates::are_zero);
        if let Some(reason) = self.unpriced.take() {
            return Card { status: Status::Unpriced(reason), ..Card::default() };
        }
        if is_zero {
            return Card { status: zero(model), ..Card::default() };
        }
        let mut card = Card { rates: self.rates, ..Card::default() };
        let states = |key: &str| card.rate(key).is_some();
        let mut same = BTreeMap::new();
        let seen = [("supports_vision", "image"), ("supports_video_input", "video")];
        for (flag, medium) in seen {
            let is_seen = matches!(entry.get(flag), Some(Literal::Flag(true)));
            if is_seen && states("input_mtok") && !states(&format!("{medium}_input_mtok")) {
                same.insert(format!("{medium}_input"), "input_uncached".to_owned());
            }
            if is_seen && states("cache_read_mtok") && !states(&format!("{medium}_cache_read_mtok")) {
                same.insert(format!("{medium}_cache_read"), "cache_read".to_owned());
            }
        }
        card.same = same;
        let variants =
            self.variants.into_iter().map(|(when, rates)| Variant { when, rates, ..Variant::default() });
        card.variants = variants.collect();
        let factors = self.factors.into_iter();
        card.variants.extend(factors.map(|(when, factor)| Variant {
            when,
            multiply_tokens: Some(factor),
            ..Variant::default()
        }));
        card
    }
}

/// A price of zero is no price, unless the model runs on one's own machine.
fn zero(model: &Model) -> Status {
    if LOCAL.contains(&model.provider.as_str()) {
        Status::Free
    } else if SUBSCRIPTIONS.contains(&model.provider.as_str()) {
        Status::Unpriced("it is part of a subscription, and no price a call is known".to_owned())
    } else {
        Status::Unpriced("LiteLLM lists it without a price above zero".to_owned())
    }
}

//! Reads cards, variants and models from a tree of values. Whatever is unknown, doubtful or contradicts itself is an
//! error with its place.

use super::{
    fields::{Fields, invalid},
    node::{Node, Value},
};
use crate::{
    error::{ErrorCode, Result},
    money::{Currency, Rate},
    pricing::{
        Dimension,
        card::{CardDraft, MAX_VARIANTS, Price, Rates, Status, Variant},
        condition::{Condition, TimeOfDay},
        fraction::Fraction,
        model::{AliasDraft, MAX_CARDS, ModelDraft},
        nearest::{self, MAX_NAME_BYTES},
        terms::{self, Axis},
    },
    time::Timestamp,
};

/// The word for a rate of zero: a price of `0` is more often a mistake than a gift.
const FREE: &str = "free";

/// One `[[models]]` of a book.
pub(super) fn model(node: &Node) -> Result<ModelDraft> {
    let mut head = Fields::new(node, "models")?;
    let (provider, model) = (name(&mut head, "provider")?, name(&mut head, "model")?);
    let label = format!("{provider}/{model}");
    let mut fields = Fields::new(node, &label)?;
    let _ = (fields.take("provider"), fields.take("model"));
    let aliases = fields.list("aliases")?.iter().map(|node| alias(node, &label)).collect::<Result<_>>()?;
    let mut draft = ModelDraft {
        provider: provider.to_owned(),
        model: model.to_owned(),
        aliases,
        first_party: fields.flag("first_party")?,
        context_window: fields.count("context_window")?,
        max_output_tokens: fields.count("max_output_tokens")?,
        source: fields.text("source")?.map(str::to_owned),
        verified: fields.text("verified")?.map(str::to_owned),
        cards: Vec::new(),
        discounts: Vec::new(),
    };
    // A model of one card may state it without a list.
    let cards = fields.list("cards")?;
    if cards.is_empty() {
        draft.cards.push(card(&mut fields, false)?);
    } else {
        for node in cards {
            let mut own = Fields::new(node, &label)?;
            draft.cards.push(card(&mut own, false)?);
            own.finish()?;
        }
    }
    if draft.cards.len() > MAX_CARDS {
        return Err(fields.fault(&format!("a model has at most {MAX_CARDS} cards")));
    }
    fields.finish()?;
    no_overlap(&draft.cards, node.line, &label)?;
    Ok(draft)
}

/// A name of a provider or model: not empty, bounded, without spaces.
pub(super) fn name<'n>(fields: &mut Fields<'n>, key: &'static str) -> Result<&'n str> {
    let text = fields.needed_text(key)?;
    if text.is_empty() || text.len() > MAX_NAME_BYTES || text.contains(char::is_whitespace) {
        return Err(fields.fault(&format!("`{key}` takes 1 to {MAX_NAME_BYTES} bytes without spaces")));
    }
    Ok(text)
}

fn alias(node: &Node, label: &str) -> Result<AliasDraft> {
    if let Value::Text(name) = &node.value {
        return Ok(AliasDraft { name: name.clone(), from: Timestamp::MIN, until: Timestamp::MAX });
    }
    let mut fields = Fields::new(node, label)?;
    let alias = AliasDraft {
        name: name(&mut fields, "name")?.to_owned(),
        from: fields.instant("from")?.unwrap_or(Timestamp::MIN),
        until: fields.instant("until")?.unwrap_or(Timestamp::MAX),
    };
    fields.finish()?;
    Ok(alias)
}

/// The keys of a card; every key that is left is a rate.
pub(super) fn card(fields: &mut Fields<'_>, from_policy: bool) -> Result<CardDraft> {
    let from = fields.instant("from")?.unwrap_or(Timestamp::MIN);
    let until = fields.instant("until")?.unwrap_or(Timestamp::MAX);
    if until <= from {
        return Err(fields.fault("`until` lies after `from`"));
    }
    if let Some(code) = fields.text("currency")? {
        let currency: Currency = code.parse()?;
        if currency != Currency::USD {
            let message = format!("`{}` has prices in {currency}, and they are kept in USD", fields.label());
            return Err(crate::error::Error::new(ErrorCode::CurrencyUnsupported, message));
        }
    }
    let is_free = fields.flag(FREE)?.unwrap_or(false);
    let unpriced = fields.text("unpriced")?;
    let same = same(fields)?;
    let listed = fields.list("variants")?;
    if listed.len() > MAX_VARIANTS {
        return Err(fields.fault(&format!("a card has at most {MAX_VARIANTS} variants")));
    }
    let variants = listed.iter().map(|node| variant(node, fields.label())).collect::<Result<Vec<_>>>()?;
    let rates = rates(fields)?;
    let has_rates = rates.stated() != 0 || variants.iter().any(|variant| variant.rates.stated() != 0);
    let status = match (is_free, unpriced, has_rates) {
        (false, None, true) => Status::Priced,
        (true, None, false) => Status::Free,
        (false, Some(reason), false) => Status::Unpriced(reason.to_owned()),
        (false, None, false) => {
            return Err(fields.fault("no price is given; say `free = true`, or why it is `unpriced`"));
        }
        _ => return Err(fields.fault("prices, `free` and `unpriced` exclude each other")),
    };
    Ok(CardDraft { from, until, status, rates, variants, same, from_policy })
}

/// `same = { image_input = "input_uncached" }`: the first is priced as the second.
fn same(fields: &mut Fields<'_>) -> Result<Vec<(Dimension, Dimension)>> {
    let Some(node) = fields.take("same") else { return Ok(Vec::new()) };
    let mut inner = Fields::new(node, fields.label())?;
    let pairs = inner.rest().into_iter().map(|(key, node)| {
        let read = |text: &str| {
            text.parse::<Dimension>().map_err(|error| invalid(fields.label(), node.line, error.message()))
        };
        let (one, other) = (read(key)?, read(node.as_text(fields.label(), key)?)?);
        if one == other || one == Dimension::Reasoning {
            return Err(invalid(fields.label(), node.line, &format!("`{one}` can't be priced as `{other}`")));
        }
        Ok((one, other))
    });
    pairs.collect()
}

fn variant(node: &Node, label: &str) -> Result<Variant> {
    let mut fields = Fields::new(node, label)?;
    let Some(when) = fields.take("when") else {
        return Err(fields.fault("a variant needs `when`"));
    };
    let when = condition(when, label)?;
    let multiply = factor(&mut fields, "multiply")?.unwrap_or(Fraction::ONE);
    let multiply_tokens = factor(&mut fields, "multiply_tokens")?.unwrap_or(Fraction::ONE);
    Ok(Variant { when, rates: rates(&mut fields)?, multiply, multiply_tokens })
}

pub(super) fn factor(fields: &mut Fields<'_>, key: &'static str) -> Result<Option<Fraction>> {
    let Some(text) = fields.text(key)? else { return Ok(None) };
    Fraction::parse(text).map(Some).ok_or_else(|| {
        let message = format!("`{key}` is `{}`, which is no factor above zero", nearest::shown(text));
        fields.fault(&message).with_help("write a decimal such as `\"1.1\"` or a fraction such as `\"2/3\"`")
    })
}

fn condition(node: &Node, label: &str) -> Result<Condition> {
    let mut fields = Fields::new(node, label)?;
    let mut when = Condition { input: input_range(&mut fields)?, ..Condition::default() };
    for (axis, names) in Axis::ALL.iter().zip(&mut when.names) {
        for text in fields.texts(axis.as_str())? {
            let name = terms::normalised(text);
            names.push(name.ok_or_else(|| {
                fields.fault(&format!("`{}` is the standard {}, which needs no variant", text, axis.as_str()))
            })?);
        }
    }
    let (windows, weekdays) = (fields.texts("time")?, fields.texts("weekdays")?);
    let zone = fields.text("time_zone")?.unwrap_or_default();
    if windows.is_empty() {
        if !weekdays.is_empty() || !zone.is_empty() {
            return Err(
                fields.fault("`weekdays` and `time_zone` go with `time`; the whole day is `00:00-24:00`")
            );
        }
    } else {
        let time = TimeOfDay::parse(&windows, &weekdays, zone);
        when.time = Some(time.map_err(|message| fields.fault(&message))?);
    }
    if when.input.is_none() && when.axes() == 0 && when.time.is_none() {
        return Err(fields.fault("`when` is empty: say what the variant depends on"));
    }
    fields.finish()?;
    Ok(when)
}

/// `input_gt`, `input_ge`, `input_lt` and `input_le` as the first and the last total that lie within.
fn input_range(fields: &mut Fields<'_>) -> Result<Option<(u64, u64)>> {
    let (gt, ge) = (fields.count("input_gt")?, fields.count("input_ge")?);
    let (lt, le) = (fields.count("input_lt")?, fields.count("input_le")?);
    let from = match (gt, ge) {
        (Some(_), Some(_)) => return Err(fields.fault("`input_gt` and `input_ge` exclude each other")),
        (Some(gt), None) => Some(gt.saturating_add(1)),
        (None, ge) => ge,
    };
    let to = match (lt, le) {
        (Some(_), Some(_)) => return Err(fields.fault("`input_lt` and `input_le` exclude each other")),
        (Some(lt), None) => Some(lt.checked_sub(1).ok_or_else(|| fields.fault("nothing is below 0 tokens"))?),
        (None, le) => le,
    };
    match (from.unwrap_or(0), to.unwrap_or(u64::MAX)) {
        _ if from.is_none() && to.is_none() => Ok(None),
        (from, to) if from > to => Err(fields.fault("the range of input is empty")),
        range => Ok(Some(range)),
    }
}

/// Every key that is left, as a rate.
fn rates(fields: &mut Fields<'_>) -> Result<Rates> {
    let mut rates = Rates::default();
    for (key, node) in fields.rest() {
        let Some((dimension, per)) = Dimension::from_price_key(key) else {
            let keys: Vec<String> = Dimension::ALL.iter().map(|dimension| dimension.price_key()).collect();
            return Err(fields.unknown(key, node.line, keys.iter().map(String::as_str)));
        };
        let price = price(node, fields.label(), key, dimension, per)?;
        if !rates.add(dimension, price) {
            let message = format!("`{dimension}` has two prices, `{key}` and another");
            return Err(invalid(fields.label(), node.line, &message));
        }
    }
    Ok(rates)
}

/// `"3"`, or `{ price = "0.111", min = 10, round_up_to = 1 }`.
fn price(node: &Node, label: &str, key: &str, dimension: Dimension, per: u32) -> Result<Price> {
    let plain = |text: &str| {
        Ok(Price {
            rate: rate(text, label, node.line, key, per)?,
            min: 0,
            round_up_to: 1,
            rated_as: dimension,
        })
    };
    if !matches!(node.value, Value::Table(_)) {
        return plain(node.as_text(label, key)?);
    }
    let mut fields = Fields::new(node, label)?;
    let mut price = plain(fields.needed_text("price")?)?;
    price.min = fields.count("min")?.unwrap_or(0);
    price.round_up_to = fields.count("round_up_to")?.unwrap_or(1);
    if fields.take("free_allowance").is_some() {
        return Err(
            fields.fault("`free_allowance` is reserved: what is left of it is not known from one call")
        );
    }
    fields.finish()?;
    if dimension.is_tokens() {
        let message = format!("`{key}` counts tokens, which are never charged by a minimum or in steps");
        return Err(invalid(label, node.line, &message));
    }
    if price.round_up_to == 0 {
        return Err(invalid(label, node.line, "`round_up_to` is at least 1"));
    }
    Ok(price)
}

fn rate(text: &str, label: &str, line: u32, key: &str, per: u32) -> Result<Rate> {
    if text == FREE {
        return Ok(Rate::ZERO);
    }
    let rate = Rate::parse(text, per).map_err(|error| {
        invalid(label, line, &format!("`{key}`: {}", error.message())).with_help(error.help())
    })?;
    if rate.femto() > 0 {
        return Ok(rate);
    }
    Err(invalid(label, line, &format!("`{key}` is `{}`, and a price is above zero", nearest::shown(text)))
        .with_help("write `\"free\"` where the provider charges nothing"))
}

fn no_overlap(cards: &[CardDraft], line: u32, label: &str) -> Result<()> {
    let mut spans: Vec<_> = cards.iter().map(|card| (card.from, card.until)).collect();
    spans.sort_unstable();
    let clash = spans.iter().zip(spans.iter().skip(1)).find(|(first, second)| second.0 < first.1);
    match clash {
        Some((_, second)) => Err(invalid(label, line, &format!("two cards hold at {}", second.0))),
        None => Ok(()),
    }
}

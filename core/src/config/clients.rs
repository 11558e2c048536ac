//! What was agreed with clients.

use super::node::{Node, Value, excerpt};
use super::reader::{Reader, Section};
use super::reports::read;
use super::spans::span;
use crate::error::{Error, ErrorCode};
use crate::money::{Currency, Money};
use crate::report::{
    ClientPrice, ClientRule, ClientTerms, Clients, Included, Retainer, VolumeMeasure, VolumeStep, VolumeSteps,
};
use crate::time::{Calendar, Period};

const KEYS: &[&str] = &["client", "party", "currency", "time_zone", "labels", "terms"];
const TERMS_KEYS: &[&str] = &[
    "from",
    "until",
    "markup",
    "prices",
    "fee",
    "retainer",
    "steps",
    "discount",
    "minimum",
    "cap",
    "budget",
    "exchange_rate",
];
const TERMS: &str = "a list of terms: write `[[clients.terms]]` above each";
const AMOUNT: &str = "an amount in quotes, such as `\"500\"`";
/// Pico-units of a hundredth of a percent, read as a number of percent.
const BASIS_POINT: i128 = Money::ONE.pico() / 100;

/// What every part of a client's terms is read with.
#[derive(Clone, Copy)]
struct Frame<'n> {
    currency: Currency,
    zone: &'n str,
}

/// All clients, if each could be read.
pub(super) fn clients(reader: &mut Reader, node: &Node) -> Option<Clients> {
    let items = reader.list(node, "a list of clients: write `[[clients]]` above each")?;
    let mut terms = Vec::new();
    for item in items {
        if reader.is_full() {
            break;
        }
        terms.extend(client(reader, item));
    }
    if terms.len() < items.len() {
        return None;
    }
    reader.keep(node.place(), Clients::new(terms))
}

fn client(reader: &mut Reader, node: &Node) -> Option<ClientTerms> {
    let section = reader.section(node, KEYS)?;
    let client =
        reader.need(&section, "client", "name the client as calls are tagged, such as `client = \"acme\"`");
    let client = client.and_then(|node| reader.text(node, "a client in quotes"));
    let party = section.get("party").map_or(Some(None), |node| read(reader, node).map(Some));
    let currency = section.get("currency").map_or(Some(Currency::USD), |node| currency(reader, node));
    let zone = time_zone(reader, &section);
    let labels = section.get("labels").map_or(Some(Vec::new()), |node| labels(reader, node));
    let frame = Frame { currency: currency.unwrap_or(Currency::USD), zone: zone.unwrap_or("UTC") };
    let terms = reader.need(&section, "terms", "say what is paid, by `[[clients.terms]]`");
    let items = terms.and_then(|node| reader.list(node, TERMS))?;
    let mut rules = Vec::new();
    for item in items {
        rules.extend(rule(reader, item, frame));
    }
    let terms = ClientTerms {
        client: client?.to_owned(),
        party: party?,
        currency: currency?,
        time_zone: zone?.to_owned(),
        labels: labels?,
        rules,
    };
    if terms.rules.len() < items.len() {
        return None;
    }
    reader.keep(node.place(), terms.check()).map(|()| terms)
}

fn currency(reader: &mut Reader, node: &Node) -> Option<Currency> {
    let text = reader.text(node, "a currency in quotes, such as `\"EUR\"`")?;
    reader.keep(node.place(), text.parse())
}

fn time_zone<'n>(reader: &mut Reader, section: &Section<'n>) -> Option<&'n str> {
    let Some(node) = section.get("time_zone") else { return Some("UTC") };
    let zone = reader.text(node, "a time zone in quotes, such as `\"Europe/Berlin\"`")?;
    reader.keep(node.place(), Calendar::new(Period::Month, zone)).map(|_| zone)
}

fn labels(reader: &mut Reader, node: &Node) -> Option<Vec<(String, String)>> {
    let Value::Map(entries) = &node.value else {
        reader.wrong_type(
            node,
            "a table of names by model, such as `{ \"openai/gpt-5-mini\" = \"Drafting\" }`",
        );
        return None;
    };
    let label = |entry: &super::node::Entry| {
        Some((entry.key.clone(), reader.text(&entry.value, "a name in quotes")?.to_owned()))
    };
    let mut labels: Vec<_> = entries.iter().filter_map(label).collect();
    // A map has no order, and the same policy must be the same from every format.
    labels.sort_unstable();
    (labels.len() == entries.len()).then_some(labels)
}

fn rule(reader: &mut Reader, node: &Node, frame: Frame<'_>) -> Option<ClientRule> {
    let section = reader.section(node, TERMS_KEYS)?;
    let known = reader.problems.len();
    let during = span(reader, &section, frame.zone);
    let points = |reader: &mut Reader, key| section.get(key).and_then(|node| basis_points(reader, node));
    let (markup_basis_points, discount) = (points(reader, "markup"), points(reader, "discount"));
    let prices = section.get("prices").and_then(|node| prices(reader, node));
    let amount = |reader: &mut Reader, key| section.get(key).and_then(|node| amount(reader, node, frame));
    let (fee, minimum) = (amount(reader, "fee"), amount(reader, "minimum"));
    let (cap, budget) = (amount(reader, "cap"), amount(reader, "budget"));
    let retainer = section.get("retainer").and_then(|node| retainer(reader, node, frame));
    let steps = section.get("steps").and_then(|node| steps(reader, node, frame));
    let exchange_rate = section.get("exchange_rate").and_then(|node| {
        let text =
            reader.text(node, "units of the currency for one US dollar in quotes, such as `\"0.92\"`")?;
        reader.keep(node.place(), text.parse::<Money>())
    });
    let rule = ClientRule {
        during: during?,
        markup_basis_points,
        prices: prices.unwrap_or_default(),
        fee: fee.unwrap_or_default(),
        retainer,
        steps,
        discount_basis_points: discount.unwrap_or_default(),
        minimum,
        cap,
        budget,
        exchange_rate,
    };
    if reader.problems.len() > known {
        return None;
    }
    reader.keep(node.place(), rule.check(frame.currency)).map(|()| rule)
}

/// An amount in the client's currency, which may be named.
fn amount(reader: &mut Reader, node: &Node, frame: Frame<'_>) -> Option<Money> {
    let Value::Text(text) = &node.value else {
        let found = node.found();
        let help = "write it in quotes, since a float has no exact cents";
        let error = Error::new(ErrorCode::MoneyInvalid, format!("found {found}, expected {AMOUNT}"));
        reader.note(node.place(), error.with_help(help));
        return None;
    };
    let (number, code) = match text.trim().rsplit_once(char::is_whitespace) {
        Some((number, code)) => (number.trim_end(), Some(code)),
        None => (text.trim(), None),
    };
    if let Some(code) = code.filter(|code| *code != frame.currency.code()) {
        let message =
            format!("`{}` is in {}, and the client pays in {}", excerpt(text), excerpt(code), frame.currency);
        let error = Error::new(ErrorCode::CurrencyUnsupported, message);
        reader.note(node.place(), error.with_help("give the amount in the client's currency"));
        return None;
    }
    reader.keep(node.place(), number.parse())
}

/// `20`, `"20 %"` or `"12.5 %"`, in hundredths of a percent.
pub(super) fn basis_points(reader: &mut Reader, node: &Node) -> Option<u32> {
    let number = match &node.value {
        Value::Integer(number) => Some(number.to_string()),
        Value::Text(text) => text.trim().strip_suffix('%').map(|number| number.trim_end().to_owned()),
        _ => None,
    };
    let pico = number.and_then(|number| number.parse::<Money>().ok()).map(Money::pico);
    let points =
        pico.filter(|pico| pico % BASIS_POINT == 0).and_then(|pico| u32::try_from(pico / BASIS_POINT).ok());
    if points.is_none() {
        let message = format!("{} is no percentage with at most two decimals", node.found());
        reader.fault(node.place(), message, "write it in quotes, such as `\"12.5 %\"`");
    }
    points
}

fn prices(reader: &mut Reader, node: &Node) -> Option<Vec<ClientPrice>> {
    let items =
        reader.list(node, "a list of prices, such as `[{ model = \"gpt-5-mini\", input_mtok = \"1\" }]`")?;
    let prices: Vec<_> = items.iter().filter_map(|item| price(reader, item)).collect();
    (prices.len() == items.len()).then_some(prices)
}

fn price(reader: &mut Reader, node: &Node) -> Option<ClientPrice> {
    let Value::Map(entries) = &node.value else {
        reader.wrong_type(
            node,
            "a price, such as `{ model = \"gpt-5-mini\", input_mtok = \"1\", output_mtok = \"4\" }`",
        );
        return None;
    };
    let known = reader.problems.len();
    let (mut model, mut rates) = (None, Vec::new());
    for entry in entries {
        let Some(text) = reader.text(&entry.value, "text in quotes") else { continue };
        if entry.key == "model" {
            model = Some(text.to_owned());
            continue;
        }
        let place =
            if ClientPrice::is_key(&entry.key) { entry.value.place() } else { entry.value.key_place() };
        rates.extend(reader.keep(place, ClientPrice::rate(&entry.key, text)));
    }
    rates.sort_by_key(|(dimension, _)| *dimension);
    let price = ClientPrice { model, rates };
    (reader.problems.len() == known).then_some(())?;
    reader.keep(node.place(), price.check()).map(|()| price)
}

fn retainer(reader: &mut Reader, node: &Node, frame: Frame<'_>) -> Option<Retainer> {
    let section = reader.section(node, &["fee", "includes", "includes_tokens"])?;
    let fee = reader.need(&section, "fee", "say what is paid for the retainer");
    let fee = fee.and_then(|node| amount(reader, node, frame));
    let includes = match (section.get("includes"), section.get("includes_tokens")) {
        (Some(spend), None) => amount(reader, spend, frame).map(Included::Spend),
        (None, Some(tokens)) => count(reader, tokens).map(Included::Tokens),
        _ => {
            let message = "the retainer includes neither an amount nor tokens, or both".to_owned();
            reader.fault(node.place(), message, "give one of `includes` and `includes_tokens`");
            None
        }
    };
    Some(Retainer { fee: fee?, includes: includes? })
}

fn count(reader: &mut Reader, node: &Node) -> Option<u64> {
    if let Value::Integer(number) = node.value
        && let Ok(count) = u64::try_from(number)
    {
        return Some(count);
    }
    reader.wrong_type(node, "a number of tokens, zero or more");
    None
}

/// `{ by = "spend", above = [{ edge = "1000", discount = "10 %" }] }`.
fn steps(reader: &mut Reader, node: &Node, frame: Frame<'_>) -> Option<VolumeSteps> {
    let section = reader.section(node, &["by", "above"])?;
    let measures = [("spend", VolumeMeasure::Spend), ("tokens", VolumeMeasure::Tokens)];
    let by = reader.need(&section, "by", "say what is counted, such as `by = \"spend\"`");
    let by = by.and_then(|node| reader.word(node, "volume", &measures))?;
    let list = reader.need(
        &section,
        "above",
        "give the steps, such as `above = [{ edge = \"1000\", discount = \"10 %\" }]`",
    )?;
    let items = reader.list(list, "a list of steps")?;
    let mut steps = Vec::new();
    for item in items {
        let Some(section) = reader.section(item, &["edge", "discount"]) else { continue };
        let edge = reader.need(&section, "edge", "say above what the step begins");
        let above = edge.and_then(|node| match by {
            VolumeMeasure::Spend => {
                let edge = amount(reader, node, frame)?;
                let pico = u128::try_from(edge.pico()).ok();
                if pico.is_none() {
                    let message = format!("`{edge}` is less than nothing");
                    reader.fault(node.place(), message, "give an amount of zero or more");
                }
                pico
            }
            VolumeMeasure::Tokens => count(reader, node).map(u128::from),
        });
        let discount =
            reader.need(&section, "discount", "say what is taken off, such as `discount = \"10 %\"`");
        let discount_basis_points = discount.and_then(|node| basis_points(reader, node));
        steps.extend(
            above
                .zip(discount_basis_points)
                .map(|(above, discount_basis_points)| VolumeStep { above, discount_basis_points }),
        );
    }
    (steps.len() == items.len()).then_some(VolumeSteps { by, steps })
}

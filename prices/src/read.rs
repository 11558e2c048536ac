//! Reads price books that people write into models, without losing anything: the checked files and the overrides.

use crate::{
    decimal::Decimal,
    key::Key,
    model::{Alias, Amount, Card, Model, Origin, Rates, Status, Variant, When},
};
use toml::{Table, Value};

/// The models of a book.
///
/// # Errors
/// The model and the key that can't be read.
pub fn models(text: &str) -> Result<Vec<Model>, String> {
    let book: Table = text.parse().map_err(|error: toml::de::Error| error.to_string())?;
    let listed = book.get("models").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    listed.iter().map(|value| model(value.as_table().ok_or("a model that is no table")?)).collect()
}

fn model(table: &Table) -> Result<Model, String> {
    let (provider, id) = (text(table, "provider"), text(table, "model"));
    let (Some(provider), Some(id)) = (provider, id) else { return Err("a model without name".to_owned()) };
    let count =
        |key: &str| table.get(key).and_then(Value::as_integer).and_then(|count| u64::try_from(count).ok());
    let aliases = list(table, "aliases").iter().map(alias).collect::<Option<_>>();
    let cards = match list(table, "cards") {
        [] => vec![card(table)],
        cards => cards.iter().map(|value| card(value.as_table().unwrap_or(&Table::new()))).collect(),
    };
    Ok(Model {
        cards: cards
            .into_iter()
            .collect::<Result<_, _>>()
            .map_err(|fault| format!("{provider}/{id}: {fault}"))?,
        aliases: aliases.ok_or_else(|| format!("{provider}/{id}: an alias that can't be read"))?,
        provider,
        id,
        prefixes: Vec::new(),
        first_party: table.get("first_party").and_then(Value::as_bool),
        context_window: count("context_window"),
        max_output_tokens: count("max_output_tokens"),
        source: text(table, "source"),
        verified: text(table, "verified"),
        origin: Origin::Checked,
    })
}

fn text(table: &Table, key: &str) -> Option<String> {
    table.get(key).and_then(|value| match value {
        Value::String(text) => Some(text.clone()),
        Value::Datetime(time) => Some(time.to_string()),
        _ => None,
    })
}

fn list<'t>(table: &'t Table, key: &str) -> &'t [Value] {
    table.get(key).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default()
}

/// One text or several.
fn texts(table: &Table, key: &str) -> Vec<String> {
    match table.get(key) {
        Some(Value::String(text)) => vec![text.clone()],
        _ => list(table, key).iter().filter_map(|value| value.as_str().map(str::to_owned)).collect(),
    }
}

fn alias(value: &Value) -> Option<Alias> {
    match value {
        Value::String(name) => Some(Alias::always(name)),
        Value::Table(table) => {
            Some(Alias { name: text(table, "name")?, from: text(table, "from"), until: text(table, "until") })
        }
        _ => None,
    }
}

/// Keys of a model or a card that are no prices.
const NO_RATES: &[&str] = &[
    "provider",
    "model",
    "aliases",
    "first_party",
    "context_window",
    "max_output_tokens",
    "source",
    "verified",
    "cards",
    "from",
    "until",
    "currency",
    "free",
    "unpriced",
    "same",
    "variants",
    "when",
    "multiply",
    "multiply_tokens",
];

fn card(table: &Table) -> Result<Card, String> {
    let status = match (table.get("free"), text(table, "unpriced")) {
        (Some(Value::Boolean(true)), _) => Status::Free,
        (_, Some(reason)) => Status::Unpriced(reason),
        _ => Status::Priced,
    };
    let same = table.get("same").and_then(Value::as_table);
    let pairs = same.into_iter().flatten();
    let variants =
        list(table, "variants").iter().map(|value| variant(value.as_table().unwrap_or(&Table::new())));
    Ok(Card {
        from: text(table, "from"),
        until: text(table, "until"),
        status,
        rates: rates(table)?,
        same: pairs
            .map(|(one, other)| (one.clone(), other.as_str().unwrap_or_default().to_owned()))
            .collect(),
        variants: variants.collect::<Result<_, _>>()?,
    })
}

fn rates(table: &Table) -> Result<Rates, String> {
    let mut rates = Rates::default();
    for (name, value) in table.iter().filter(|(name, _)| !NO_RATES.contains(&name.as_str())) {
        let key = Key::named(name).ok_or_else(|| format!("`{name}` is no price key"))?;
        let (price, min) = match value {
            Value::Table(inner) => {
                (text(inner, "price"), inner.get("min").and_then(Value::as_integer).unwrap_or(0))
            }
            value => (value.as_str().map(str::to_owned), 0),
        };
        let price = price.ok_or_else(|| format!("`{name}` has no price"))?;
        let price = if price == "free" { Some(Decimal::ZERO) } else { Decimal::parse(&price) };
        let price = price.ok_or_else(|| format!("`{name}` is no number"))?;
        rates.0.insert(key, Amount { price, min: u64::try_from(min).unwrap_or(0) });
    }
    Ok(rates)
}

fn variant(table: &Table) -> Result<Variant, String> {
    let empty = Table::new();
    let given = table.get("when").and_then(Value::as_table).unwrap_or(&empty);
    let mut when = When {
        time: texts(given, "time"),
        weekdays: texts(given, "weekdays"),
        time_zone: text(given, "time_zone").unwrap_or_default(),
        ..When::default()
    };
    for (key, value) in given {
        match (key.as_str(), value) {
            ("time" | "weekdays" | "time_zone", _) => {}
            ("input_gt" | "input_ge" | "input_lt" | "input_le", Value::Integer(edge)) => {
                let name =
                    ["input_gt", "input_ge", "input_lt", "input_le"].into_iter().find(|name| name == key);
                when.input.extend(name.map(|name| (name, u64::try_from(*edge).unwrap_or(0))));
            }
            _ => {
                when.terms.insert(key.clone(), texts(given, key));
            }
        }
    }
    Ok(Variant {
        when,
        rates: rates(table)?,
        multiply: text(table, "multiply"),
        multiply_tokens: text(table, "multiply_tokens"),
    })
}

#[cfg(test)]
mod tests {
    use super::models;
    use crate::write;

    #[test]
    fn what_is_read_is_written_again() {
        let line = r#"{ provider = "a", model = "b", aliases = ["c", { name = "d", until = "2026-01-01" }], first_party = false, context_window = 5, source = "https://a", cards = [{ until = "2026-01-01", free = true }, { from = "2026-01-01", input_mtok = "0.25", audio_hour = { price = "1", min = 10 }, same = { image_input = "input_uncached" }, variants = [{ when = { input_gt = 5, region = ["eu", "us"], time = "01:00-04:00", weekdays = "Mon-Fri", time_zone = "Asia/Shanghai" }, multiply_tokens = "1.1", input_mtok = "free" }] }] }"#;
        let read = models(&format!("models = [\n{line}\n]\n")).expect("a book");
        assert_eq!(write::model(&read[0]), line);
        assert!(models("models = [{ provider = \"a\", model = \"b\", input_mtk = \"1\" }]").is_err());
    }
}

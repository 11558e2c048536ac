//! Names that stand for one model until a day and for another one since.

use crate::model::{Alias, Card, Model};
use toml::{Table, Value};

/// What a name stands for, put right by a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AliasRule {
    /// The provider of the book.
    pub provider: String,
    /// The name.
    pub name: String,
    /// The model for which it stands, by its id.
    pub model: String,
    /// Since when.
    pub from: Option<String>,
    /// Until when.
    pub until: Option<String>,
}

impl AliasRule {
    /// Reads the `[[aliases]]` of the overrides, each of which has a source and a date.
    ///
    /// # Errors
    /// What is missing.
    pub fn read(text: &str) -> Result<Vec<Self>, String> {
        let file: Table = text.parse().map_err(|error: toml::de::Error| error.to_string())?;
        let listed = file.get("aliases").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        let read = |value: &Value| {
            let table = value.as_table().ok_or("an alias that is no table")?;
            let text = |key: &str| table.get(key).and_then(Value::as_str).map(str::to_owned);
            let needed = |key: &str| text(key).ok_or_else(|| format!("an alias without `{key}`"));
            let _ = (needed("source")?, needed("verified")?);
            Ok(Self {
                provider: needed("provider")?,
                name: needed("name")?,
                model: needed("model")?,
                from: text("from"),
                until: text("until"),
            })
        };
        listed.iter().map(read).collect()
    }
}

/// Gives the names of a provider to their models; no other model keeps them, as a name or as its id.
pub(super) fn apply(rules: &[AliasRule], provider: &str, models: &mut Vec<Model>) {
    let rules: Vec<&AliasRule> = rules.iter().filter(|rule| rule.provider == provider).collect();
    let is_ruled = |name: &str| rules.iter().any(|rule| rule.name.eq_ignore_ascii_case(name));
    models.retain(|model| !is_ruled(&model.id));
    for model in models.iter_mut() {
        model.aliases.retain(|alias| !is_ruled(&alias.name));
        for rule in rules.iter().filter(|rule| rule.model == model.id) {
            model.aliases.push(Alias {
                name: rule.name.clone(),
                from: rule.from.clone(),
                until: rule.until.clone(),
            });
        }
    }
}

/// A moving name as a model: what one table says that it stood for until a day, and the other one's price since.
pub(super) fn moving(name: &Model, before: &Model, date: &str) -> Model {
    let mut cards: Vec<Card> = before.cards.clone();
    cards.retain(|card| card.from.as_deref().is_none_or(|from| from < date));
    if let Some(last) = cards.last_mut() {
        last.until = Some(date.to_owned());
    }
    cards.extend(name.cards.iter().cloned().map(|card| Card { from: Some(date.to_owned()), ..card }));
    Model { cards, ..name.clone() }
}

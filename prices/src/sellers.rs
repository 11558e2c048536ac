//! The providers of the book: by which names the tables know them, and whose figures win.

use toml::{Table, Value};

/// A provider of the book.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Seller {
    /// Its id in the book.
    pub id: String,
    /// Other names: those of OpenTelemetry, of LiteLLM, of people.
    pub aliases: Vec<String>,
    /// Whether it sells models of its own.
    pub first_party: bool,
    /// Words in the names of models that it sells for others, so that a name alone never means its price.
    pub others: Vec<String>,
    /// Providers at whose prices it sells what it has no price of its own for.
    pub fallback: Vec<String>,
    /// Its ids in genai-prices.
    pub genai: Vec<String>,
    /// Its names in LiteLLM, those whose prices are the standard ones first.
    pub litellm: Vec<String>,
    /// Whether LiteLLM's figures win over those of genai-prices.
    pub litellm_wins: bool,
    /// The currency that LiteLLM's figures are in, where that isn't the US dollar for which it takes them.
    pub litellm_currency: Option<String>,
    /// Why that table wins.
    pub why: String,
}

/// The providers that need a word; every other one has the name that its table gives it.
#[derive(Clone, Debug)]
pub struct Sellers(Vec<Seller>);

impl Sellers {
    /// Reads `sellers.toml`.
    ///
    /// # Errors
    /// What can't be read.
    pub fn read(text: &str) -> Result<Self, String> {
        let file: Table = text.parse().map_err(|error: toml::de::Error| error.to_string())?;
        let listed = file.get("sellers").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
        let texts = |table: &Table, key: &str| -> Vec<String> {
            let list = table.get(key).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
            list.iter().filter_map(|value| value.as_str().map(str::to_owned)).collect()
        };
        let read = |value: &Value| {
            let table = value.as_table()?;
            let text = |key: &str| table.get(key).and_then(Value::as_str).map(str::to_owned);
            Some(Seller {
                id: text("id")?,
                aliases: texts(table, "aliases"),
                first_party: table.get("first_party").and_then(Value::as_bool).unwrap_or(false),
                others: texts(table, "others"),
                fallback: texts(table, "fallback"),
                genai: texts(table, "genai"),
                litellm: texts(table, "litellm"),
                litellm_wins: text("wins").as_deref() == Some("litellm"),
                litellm_currency: text("litellm_currency"),
                why: text("why").unwrap_or_default(),
            })
        };
        listed
            .iter()
            .map(read)
            .collect::<Option<_>>()
            .map(Self)
            .ok_or_else(|| "a seller without id".to_owned())
    }

    /// The provider of a table's name.
    pub fn of(&self, litellm: bool, name: &str) -> Seller {
        let names = |seller: &Seller| if litellm { seller.litellm.clone() } else { seller.genai.clone() };
        let found = self.0.iter().find(|seller| names(seller).iter().any(|known| known == name));
        // A name that no rule mentions is a provider of its own, the same in both tables.
        found.or_else(|| self.0.iter().find(|seller| seller.id == name)).cloned().unwrap_or_else(|| Seller {
            id: name.to_owned(),
            genai: vec![name.to_owned()],
            litellm: vec![name.to_owned()],
            ..Seller::default()
        })
    }

    /// Every provider with a rule.
    pub fn iter(&self) -> impl Iterator<Item = &Seller> {
        self.0.iter()
    }
}

impl Seller {
    /// Whether it sells a model for somebody else, while it sells models of its own too.
    pub fn sells_for_others(&self, model: &str) -> bool {
        let model = model.to_lowercase();
        self.first_party && self.others.iter().any(|word| model.contains(word.as_str()))
    }

    /// LiteLLM's key without the provider in front of it.
    pub fn strip<'k>(&self, key: &'k str) -> &'k str {
        match key.split_once('/') {
            Some((prefix, rest)) if self.is_named(prefix) => rest,
            _ => key,
        }
    }

    fn is_named(&self, name: &str) -> bool {
        self.id == name || self.aliases.iter().chain(&self.litellm).any(|known| known == name)
    }

    /// How likely a LiteLLM name's price is the standard one: the first of its names is.
    pub fn rank(&self, litellm: &str) -> usize {
        self.litellm.iter().position(|known| known == litellm).unwrap_or(usize::MAX)
    }
}

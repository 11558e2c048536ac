//! The names of the bundled prices as their files spell them, read without the book's own reader.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::PathBuf,
};
use toml::{Table, Value};

/// What the files say of names.
pub(super) struct Files {
    /// The ids of the models that a name of a provider stands for, at whatever time, by the name in lower case.
    pub(super) names: BTreeMap<String, BTreeMap<String, BTreeSet<String>>>,
    /// Provider and name of every id and alias, as they are spelt.
    pub(super) spelt: Vec<(String, String)>,
    /// Every id and alias of a provider, in lower case, and its id.
    pub(super) providers: BTreeMap<String, String>,
    /// The providers at whose prices a provider's models may be taken.
    pub(super) fallback: BTreeMap<String, Vec<String>>,
}

impl Files {
    pub(super) fn read() -> Self {
        let empty = BTreeMap::new;
        let mut files =
            Self { names: empty(), spelt: Vec::new(), providers: BTreeMap::new(), fallback: BTreeMap::new() };
        for path in paths() {
            let text = std::fs::read_to_string(path).expect("a text");
            let book: Table = text.parse().expect("TOML");
            rows(&book, "models").for_each(|model| files.add_model(model));
            rows(&book, "providers").for_each(|provider| files.add_provider(provider));
        }
        files
    }

    fn add_model(&mut self, model: &Table) {
        let (provider, id) = (text(model, "provider"), text(model, "model"));
        self.providers.entry(provider.to_lowercase()).or_insert_with(|| provider.clone());
        let alias = |alias: &Value| match alias {
            Value::String(name) => name.clone(),
            other => text(other.as_table().expect("an alias"), "name"),
        };
        for name in list(model, "aliases").iter().map(alias).chain([id.clone()]) {
            let own = self.names.entry(provider.clone()).or_default();
            own.entry(name.to_lowercase()).or_default().insert(id.clone());
            self.spelt.push((provider.clone(), name));
        }
    }

    fn add_provider(&mut self, provider: &Table) {
        let id = text(provider, "id");
        let words = |key: &str| -> Vec<String> {
            list(provider, key).iter().map(|word| word.as_str().expect("a word").to_owned()).collect()
        };
        for name in words("aliases").into_iter().chain([id.clone()]) {
            self.providers.insert(name.to_lowercase(), id.clone());
        }
        self.fallback.insert(id, words("fallback"));
    }
}

fn paths() -> Vec<PathBuf> {
    let folder = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../core/src/pricing/data"));
    let files = |folder: &PathBuf| std::fs::read_dir(folder).expect("the folder");
    let entries = files(&folder).chain(files(&folder.join("market")));
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.expect("a file").path()).collect();
    paths.retain(|path| path.extension().is_some_and(|ending| ending == "toml"));
    paths.sort();
    paths
}

fn list<'t>(table: &'t Table, key: &str) -> &'t [Value] {
    table.get(key).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

fn rows<'t>(book: &'t Table, key: &str) -> impl Iterator<Item = &'t Table> {
    list(book, key).iter().map(|row| row.as_table().expect("a table"))
}

fn text(table: &Table, key: &str) -> String {
    table.get(key).and_then(Value::as_str).unwrap_or_default().to_owned()
}

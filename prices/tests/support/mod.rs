//! What the conformance tests share: the tables, the recorded cases, and the list of exceptions.

#![allow(dead_code, unreachable_pub, reason = "each test uses a part")]

pub mod genai;
pub mod litellm;

use bursar::{Dimension, ExactMoney, PriceBook, Quote};
use bursar_prices::{decimal::Decimal, literal::Literal, model::Table, write};
use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::Command,
};

/// A file of a peer's table; nothing, and a word about it, when nobody has downloaded it.
pub fn table(path: &str) -> Option<String> {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).parent().expect("the target folder");
    let path = target.join("price-tables").join(path);
    let text = fs::read_to_string(&path).ok();
    if text.is_none() {
        eprintln!("skipped: `{}` is missing; `cargo xtask test` downloads it", path.display());
    }
    text
}

/// Recorded cases; nothing, and a word about it, without the reference data.
pub fn cases(name: &str) -> Option<Vec<Literal>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data/pricing-conformance");
    let path = folder.join(name);
    let output =
        Command::new("gzip").arg("-dc").arg(&path).output().ok().filter(|output| output.status.success());
    let Some(output) = output else {
        eprintln!("skipped: no reference data at `{}`", path.display());
        return None;
    };
    let text = String::from_utf8(output.stdout).expect("UTF-8");
    let file = Literal::parse(&text).unwrap_or_else(|fault| panic!("{name}: {fault}"));
    Some(file.get("cases").expect("cases").items().to_vec())
}

/// A table as a price book.
pub fn book(table: &Table) -> PriceBook {
    let head = write::Head { date: "2026-11-23", comment: &[] };
    PriceBook::parse(&write::book(head, &[], &table.models)).expect("the table as a price book")
}

/// The sum of some lines of a quote.
pub fn sum(quote: &Quote, of: impl Fn(Dimension) -> bool) -> Decimal {
    let lines = quote.lines().iter().filter(|line| of(line.dimension()));
    let sum = lines
        .map(bursar::QuoteLine::amount)
        .fold(ExactMoney::ZERO, |sum, amount| sum.checked_add(amount).expect("a sum"));
    decimal(&sum.to_string())
}

pub fn decimal(text: &str) -> Decimal {
    Decimal::parse(text).unwrap_or_else(|| panic!("`{text}` is no number"))
}

pub fn text<'l>(literal: &'l Literal, key: &str) -> &'l str {
    literal.get(key).and_then(Literal::text).unwrap_or_default()
}

pub fn count(literal: &Literal, key: &str) -> u64 {
    literal.get(key).and_then(Literal::number).map_or(0, |number| number.parse().expect("a count"))
}

/// A case that differs.
#[derive(Debug)]
pub struct Difference {
    /// `provider/model`.
    pub model: String,
    /// The predicate that the difference fulfils, found by the test.
    pub kind: &'static str,
    pub told: String,
}

/// One listed exception: the differences of one kind, on these models, and no others.
#[derive(Debug)]
pub struct Exception {
    pub kind: String,
    pub models: Vec<String>,
    pub cases: usize,
}

/// Reads the exceptions, each of which has a reason and a proof.
pub fn exceptions(name: &str) -> Vec<Exception> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/exceptions").join(name);
    let text = fs::read_to_string(&path).expect("the exceptions");
    let file: toml::Table = text.parse().expect("exceptions are TOML");
    let listed = file.get("exceptions").and_then(toml::Value::as_array).cloned().unwrap_or_default();
    let read = |entry: &toml::Value| {
        let word = |key: &str| entry.get(key).and_then(toml::Value::as_str).unwrap_or_default().to_owned();
        assert!(
            word("reason").len() > 20 && word("proof").len() > 20,
            "an exception needs a reason and a proof"
        );
        let models = entry.get("models").and_then(toml::Value::as_array).cloned().unwrap_or_default();
        Exception {
            kind: word("kind"),
            models: models.iter().filter_map(|name| name.as_str().map(str::to_owned)).collect(),
            cases: entry
                .get("cases")
                .and_then(toml::Value::as_integer)
                .map_or(0, |count| usize::try_from(count).expect("a count")),
        }
    };
    listed.iter().map(read).collect()
}

/// Fails for a difference that is not listed, and for a listed one that is gone.
pub fn settle(name: &str, compared: usize, differences: &[Difference]) {
    let mut used: BTreeMap<(String, String), usize> = BTreeMap::new();
    for difference in differences {
        *used.entry((difference.kind.to_owned(), difference.model.clone())).or_default() += 1;
    }
    let mut faults = Vec::new();
    for exception in exceptions(name) {
        let mut found = 0;
        for model in &exception.models {
            match used.remove(&(exception.kind.clone(), model.clone())) {
                Some(count) => found += count,
                None => faults.push(format!("{}: `{model}` is an exception no more", exception.kind)),
            }
        }
        if found != exception.cases {
            faults.push(format!("{}: {found} cases, and {} are listed", exception.kind, exception.cases));
        }
    }
    for difference in differences {
        if used.contains_key(&(difference.kind.to_owned(), difference.model.clone())) {
            faults.push(format!("{} {}: {}", difference.kind, difference.model, difference.told));
        }
    }
    eprintln!("{name}: {compared} cases compared, {} differ", differences.len());
    // After a change of a table the whole list helps to write the exceptions anew: LIST_DIFFERENCES=1 saves it.
    if !faults.is_empty() && std::env::var_os("LIST_DIFFERENCES").is_some() {
        fs::write(std::env::temp_dir().join(name), faults.join("\n")).expect("the list");
    }
    faults.truncate(40);
    let shown: Vec<String> = faults.iter().map(|fault| fault.chars().take(600).collect()).collect();
    assert!(shown.is_empty(), "{}", shown.join("\n"));
}

/// The project's root.
pub fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the root").to_owned()
}

/// The merged book with the checked models: what a release prices by.
pub fn merged() -> PriceBook {
    let data = root().join("core/src/pricing/data");
    let mut files: Vec<PathBuf> = ["", "market"]
        .iter()
        .flat_map(|folder| fs::read_dir(data.join(folder)).expect("the data").flatten())
        .map(|entry| entry.path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "toml"))
        .collect();
    files.sort();
    let mut whole = toml::Table::new();
    for path in files {
        let file: toml::Table = fs::read_to_string(&path).expect("a file").parse().expect("TOML");
        for (key, value) in file {
            match (whole.get_mut(&key), value) {
                (Some(toml::Value::Array(known)), toml::Value::Array(more)) => known.extend(more),
                (_, value) => {
                    whole.insert(key, value);
                }
            }
        }
    }
    PriceBook::parse(&toml::to_string(&whole).expect("TOML")).expect("the merged book")
}

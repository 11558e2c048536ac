//! The page that names every operation in every language has a row for each, and none for what isn't there.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test that can't go on shall stop where it stands"
)]

use std::{collections::BTreeSet, fs, path::Path};

/// The folders whose public functions are operations.
const OPERATIONS: &[&str] = &["core/src/engine", "core/src/config"];
/// What is handed over by the operations, and read by its fields.
const PASSIVE: &[&str] = &["Plan"];
const COLUMNS: &[&str] = &["Rust", "Python", "Node"];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

/// The rows of the page: the cells without their spaces.
fn rows() -> Vec<Vec<String>> {
    let page = fs::read_to_string(root().join("docs/reference/parity.md")).unwrap();
    let cells = |line: &str| line.split('|').skip(1).map(|cell| cell.trim().to_owned()).collect::<Vec<_>>();
    let rows = page.lines().filter(|line| line.starts_with('|') && !line.starts_with("|---"));
    rows.map(cells).filter(|row| row[0] != COLUMNS[0]).collect()
}

/// `Type::function` of every public function in an `impl` block of a file, and `function` of those outside.
fn operations(text: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut owner: Option<String> = None;
    for line in text.lines().take_while(|line| !line.starts_with("mod tests {")) {
        if let Some(head) = line.strip_prefix("impl") {
            owner = Some(owner_of(head));
        } else if line.starts_with('}') {
            owner = None;
        }
        let code = line.trim_start();
        let Some(rest) = code.strip_prefix("pub fn ").or_else(|| code.strip_prefix("pub const fn ")) else {
            continue;
        };
        let name = rest.split(['(', '<']).next().unwrap();
        found.insert(owner.as_ref().map_or_else(|| name.to_owned(), |owner| format!("{owner}::{name}")));
    }
    found
}

/// The type of `impl<'a> Call<'a> {` and of `impl Source for Ledger {`.
fn owner_of(head: &str) -> String {
    let head = head.split(" for ").last().unwrap().trim_end_matches('{').trim();
    let head = if head.starts_with('<') { head.split_once("> ").unwrap().1 } else { head };
    head.split('<').next().unwrap().trim().to_owned()
}

fn files(folder: &Path) -> Vec<std::path::PathBuf> {
    let is_source = |path: &Path| {
        path.extension().is_some_and(|kind| kind == "rs")
            && path.file_stem().is_some_and(|name| name != "tests")
    };
    let all = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    all.filter(|path| is_source(path)).collect()
}

#[test]
fn every_operation_of_the_core_has_a_row() {
    let named: BTreeSet<String> = rows().into_iter().map(|row| row[0].trim_matches('`').to_owned()).collect();
    let mut missing = BTreeSet::new();
    for file in OPERATIONS.iter().flat_map(|folder| files(&root().join(folder))) {
        let found = operations(&fs::read_to_string(&file).unwrap());
        let is_active = |name: &String| !PASSIVE.iter().any(|owner| name.starts_with(&format!("{owner}::")));
        missing.extend(found.into_iter().filter(is_active).filter(|name| !named.contains(name)));
    }
    assert!(missing.is_empty(), "docs/reference/parity.md has no row for {missing:?}");
}

#[test]
fn every_row_names_what_the_core_has() {
    let mut known = BTreeSet::new();
    let mut folders = vec![root().join("core/src")];
    while let Some(folder) = folders.pop() {
        folders.extend(
            fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_dir()),
        );
        for file in files(&folder) {
            let text = fs::read_to_string(&file).unwrap();
            known.extend(operations(&text));
            if text.contains("impl FromStr for Money {") {
                known.insert("Money::from_str".to_owned());
            }
        }
    }
    let rows = rows();
    let gone: Vec<_> =
        rows.iter().map(|row| row[0].trim_matches('`')).filter(|name| !known.contains(*name)).collect();
    assert!(gone.is_empty(), "docs/reference/parity.md names {gone:?}, and the core has none");
    assert!(rows.len() > 90, "{} rows", rows.len());
}

#[test]
fn every_row_says_what_there_is_in_each_language_and_why_not() {
    let mut seen = BTreeSet::new();
    for row in rows() {
        let [_, python, node, why] = [&row[0], &row[1], &row[2], &row[3]];
        assert!(seen.insert(row[0].clone()), "{} has two rows", row[0]);
        for cell in [python, node] {
            let is_name = cell.len() > 2 && cell.starts_with('`') && cell.ends_with('`');
            assert!(is_name || ["–", "*not yet*"].contains(&cell.as_str()), "{}: `{cell}`", row[0]);
        }
        assert!(python != "–" || !why.is_empty(), "{} isn't there, and nothing says why", row[0]);
    }
}

#[test]
fn an_operation_is_found_in_every_form() {
    let text = "impl<'a> Call<'a> {\n    pub const fn new() {}\n}\npub fn free<T>() {}\nimpl Source for Ledger {\n    pub fn read(\n}\n";
    let found: Vec<_> = operations(text).into_iter().collect();
    assert_eq!(found, ["Call::new", "Ledger::read", "free"]);
}

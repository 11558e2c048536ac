//! One name for a model, whatever a bill calls it.
//!
//! The price book's matching comes first. Articles such as `claude4sonnet` are no names of it: they are compared, by
//! their letters and numbers, with the models that the meter has seen, and taken where just one has the same.

use crate::pricing::PriceBook;
use crate::time::Timestamp;
use std::collections::{BTreeMap, BTreeSet};

/// Words in names of models that other names of the same model leave out.
const VENDORS: &[&str] = &[
    "anthropic",
    "amazon",
    "meta",
    "mistral",
    "cohere",
    "ai21",
    "google",
    "openai",
    "vertex",
    "ai",
    "v",
    "us",
    "eu",
    "apac",
    "instruct",
    "latest",
    "preview",
];
/// Digits of a date in a model's name.
const DATE_DIGITS: usize = 8;

/// Names of one provider's models.
#[derive(Debug)]
pub(super) struct Names<'b> {
    book: &'b PriceBook,
    provider: String,
    /// The models of the meter by their parts.
    metered: BTreeMap<Vec<String>, BTreeSet<String>>,
}

impl<'b> Names<'b> {
    pub(super) fn new(book: &'b PriceBook, provider: &str) -> Self {
        Self { book, provider: provider.to_owned(), metered: BTreeMap::new() }
    }

    /// The name of a model of the ledger, which is remembered for bills that spell it otherwise.
    pub(super) fn metered(&mut self, model: &str, at: Timestamp) -> String {
        let name = self.of_book(model, at).unwrap_or_else(|| model.to_owned());
        self.metered.entry(parts(&name)).or_default().insert(name.clone());
        name
    }

    /// The name of a model of a bill.
    pub(super) fn billed(&self, raw: &str, at: Timestamp) -> String {
        if let Some(name) = self.of_book(raw, at) {
            return name;
        }
        let slug = raw.trim().to_lowercase().replace(' ', "-");
        if let Some(name) = self.of_book(&slug, at) {
            return name;
        }
        match self.metered.get(&parts(raw)).map(|names| names.iter().collect::<Vec<_>>()).as_deref() {
            Some([only]) => (*only).clone(),
            _ => slug,
        }
    }

    fn of_book(&self, name: &str, at: Timestamp) -> Option<String> {
        let found = self.book.find(Some(&self.provider), name).ok()?;
        found.model(at).ok().map(str::to_owned)
    }
}

/// The words and numbers of a name in order of the alphabet, without vendor, date and revision: `Claude4.5Sonnet` and
/// `anthropic.claude-sonnet-4-5-20250929-v1:0` have the same.
fn parts(name: &str) -> Vec<String> {
    let base = name.split(':').next().unwrap_or_default().to_lowercase();
    let mut parts: Vec<String> = Vec::new();
    let mut last_is_digit = None;
    for letter in base.chars() {
        let is_digit = letter.is_ascii_digit();
        if !letter.is_alphanumeric() {
            last_is_digit = None;
            continue;
        }
        match (last_is_digit == Some(is_digit), parts.last_mut()) {
            (true, Some(part)) => part.push(letter),
            _ => parts.push(letter.to_string()),
        }
        last_is_digit = Some(is_digit);
    }
    // A revision `v1` stands at the end, and `.0` of a version says nothing.
    if let [.., revision, _] = parts.as_slice()
        && revision == "v"
    {
        parts.truncate(parts.len() - 2);
    }
    let is_date = |part: &String| part.len() == DATE_DIGITS && part.bytes().all(|byte| byte.is_ascii_digit());
    parts.retain(|part| !VENDORS.contains(&part.as_str()) && !is_date(part) && part != "0");
    parts.sort();
    parts
}

#[cfg(test)]
mod tests {
    use super::{Names, parts};
    use crate::pricing::PriceBook;

    #[test]
    fn one_model_has_the_same_parts_in_every_spelling() {
        let expected = parts("anthropic.claude-sonnet-4-5-20250929-v1:0");
        for spelling in ["Claude4.5Sonnet", "claude 4.5 sonnet", "claude-sonnet-4-5", "Claude Sonnet 4.5"] {
            assert_eq!(parts(spelling), expected, "{spelling}");
        }
        assert_ne!(parts("Claude4Sonnet"), expected);
        assert_eq!(parts("Nova2.0Lite"), parts("amazon.nova-2-lite-v1:0"));
    }

    #[test]
    fn a_bill_that_abbreviates_means_the_one_model_that_was_metered() {
        let book = PriceBook::bundled().unwrap();
        let at = "2026-11-10T00:00:00Z".parse().unwrap();
        let mut names = Names::new(&book, "aws");
        let own = names.metered("anthropic.claude-haiku-4-5-20251001-v1:0", at);
        assert_eq!(names.billed("claude4.5haiku", at), own);
        assert_eq!(names.billed("claude4.5opus", at), "claude4.5opus");
        let anthropic = Names::new(&book, "anthropic");
        assert_eq!(anthropic.billed("claude-sonnet-4-5-20250929", at), "claude-sonnet-4-5");
        let google = Names::new(&book, "google");
        assert_eq!(google.billed("gemini 2.5 flash", at), "gemini-2.5-flash");
    }
}

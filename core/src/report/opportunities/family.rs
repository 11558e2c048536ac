//! Models of one family and generation in several sizes, told by their names.
//!
//! A name without the words for a size is the family: `claude-opus-4-5` and `claude-haiku-4-5`, `gpt-5` and `gpt-5-mini`,
//! `gemini-2.5-pro` and `gemini-2.5-flash-lite`. Whatever else a name says (`audio`, `codex`, `preview`) must be the same.
//! Models of several generations are never one family: that a newer one is cheaper doesn't tell that it does the same.

use crate::pricing::{ModelHandle, PriceBook};

/// Words for the size of a model.
const SIZES: [&str; 18] = [
    "opus", "sonnet", "haiku", "pro", "flash", "lite", "mini", "nano", "micro", "premier", "large", "medium",
    "small", "tiny", "max", "plus", "turbo", "ultra",
];
/// Digits of a date that is the last word of a name: `20251001`.
const DATE: usize = 8;

/// The words of a name that aren't a size.
fn family(model: &str) -> Vec<&str> {
    model.split('-').filter(|word| !SIZES.contains(word)).collect()
}

fn without_date(model: &str) -> &str {
    let is_date = |word: &str| word.len() == DATE && word.bytes().all(|byte| byte.is_ascii_digit());
    match model.rsplit_once('-') {
        Some((name, last)) if is_date(last) => name,
        _ => model,
    }
}

/// The other sizes of a model that its provider sells, by name.
pub(super) fn siblings(book: &PriceBook, provider: &str, model: &str) -> Vec<(String, ModelHandle)> {
    let model = without_date(model);
    let own = family(model);
    let is_sized = |name: &str| name != model && family(name) == own;
    let mut names: Vec<&str> = book
        .models()
        .filter(|(seller, name)| *seller == provider && is_sized(name))
        .map(|own| own.1)
        .collect();
    names.sort_unstable();
    let found = names.into_iter().map(|name| (format!("{provider}/{name}"), book.find(Some(provider), name)));
    found.filter_map(|(name, handle)| Some((name, handle.ok()?))).collect()
}

#[cfg(test)]
mod tests {
    use super::siblings;
    use crate::pricing::PriceBook;

    #[test]
    fn sizes_of_one_generation_are_a_family_and_nothing_else_is() {
        let book = PriceBook::bundled().unwrap();
        let names = |provider: &str, model: &str| {
            siblings(&book, provider, model).into_iter().map(|own| own.0).collect::<Vec<_>>()
        };
        assert_eq!(
            names("anthropic", "claude-opus-4-5"),
            ["anthropic/claude-haiku-4-5", "anthropic/claude-sonnet-4-5"]
        );
        assert_eq!(names("anthropic", "claude-opus-4-5-20251101"), names("anthropic", "claude-opus-4-5"));
        let of_gpt = names("openai", "gpt-5");
        assert!(
            ["openai/gpt-5-mini", "openai/gpt-5-nano"].iter().all(|own| of_gpt.contains(&(*own).to_owned()))
        );
        assert!(of_gpt.iter().all(|name| !name.contains("codex") && !name.contains("chat")), "{of_gpt:?}");
        assert!(names("google", "gemini-2.5-pro").contains(&"google/gemini-2.5-flash".to_owned()));
    }
}

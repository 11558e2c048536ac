//! Names that are written wrong: a million of them, and none gets the price of a model that it doesn't name.
//!
//! A failure tells its seed: `BURSAR_SEED=7 cargo test -p bursar misspelt` draws the same names again.

use super::{Random, files::Files, spelling::Rules};
use crate::{Matched, PriceBook};
use std::collections::BTreeMap;

const NAMES: u64 = 1_000_000;
const SEED: u64 = 20_261_124;

/// How a name is spoilt.
const SLIPS: &[&str] = &["insert", "delete", "replace", "swap", "cut", "digit", "glue"];
/// Letters of names.
const LETTERS: &[u8] = b"abcdefghijklmnopqrstuvwxyz0123456789-.:/@_";
/// What a name is also written with, so that slips hit these parts too.
const BEFORE: &[&str] =
    &["", "", "", "models/", "us.", "us-east-1/", "eu.", "openai/", "openrouter/", "bedrock:"];
const BEHIND: &[&str] =
    &["", "", "", "", "-v1:0", "@20250929", "-20251211", "-2025-12-11", ":free", "-latest"];

#[test]
fn a_misspelt_name_matches_nothing_that_its_spelling_does_not_name() {
    let seed = std::env::var("BURSAR_SEED").map_or(SEED, |seed| seed.parse().expect("a seed"));
    eprintln!("{NAMES} names of seed {seed}");
    let files = Files::read();
    let (rules, mut random) = (Rules::new(&files), Random(seed));
    let book = PriceBook::bundled().expect("the book");
    let (mut counts, mut wrong) = (BTreeMap::<(&str, &str), u32>::new(), Vec::new());
    for _ in 0..NAMES {
        let slip = misspelt(&mut random, &files.spelt);
        let found = book.content().search(slip.provider, &slip.name);
        let verdict = match &found {
            Err(_) => "several carry it",
            Ok(None) => "unknown",
            Ok(Some(found)) => {
                let (seller, entry) = (&*found.entry.provider, found.entry.name.as_str());
                let ids = files.names.get(seller).and_then(|own| own.get(&entry.to_lowercase()));
                let is_its = |id: &str| ids.is_some_and(|ids| ids.contains(id));
                let is_named = found.entry.targets.iter().all(|target| is_its(&target.model.id));
                if !is_named || !rules.allow(slip.provider, &slip.name, (seller, entry)) {
                    wrong.push(format!("{slip:?} is taken for `{seller}/{entry}`"));
                }
                match found.matched {
                    Matched::Exact | Matched::Alias => "a name of the book",
                    _ if is_its(slip.meant) => "meant, in another spelling",
                    _ => "of the book, in another spelling",
                }
            }
        };
        *counts.entry((slip.kind, verdict)).or_default() += 1;
    }
    for ((slip, verdict), count) in counts {
        eprintln!("{slip:<8} {verdict:<33} {count:>7}");
    }
    let count = wrong.len();
    wrong.truncate(40);
    assert!(wrong.is_empty(), "{count} wrong with seed {seed}:\n{}", wrong.join("\n"));
}

/// A name with a slip in it.
#[derive(Debug)]
struct Misspelt<'f> {
    kind: &'static str,
    provider: Option<&'f str>,
    name: String,
    /// What was meant before the slip, of whatever provider.
    meant: &'f str,
}

fn misspelt<'f>(random: &mut Random, spelt: &'f [(String, String)]) -> Misspelt<'f> {
    loop {
        let (provider, meant) = random.of(spelt);
        let mut text = meant.clone().into_bytes();
        if random.one_in(4) {
            text = [random.of(BEFORE).as_bytes(), &text, random.of(BEHIND).as_bytes()].concat();
        }
        let (kind, before) = (*random.of(SLIPS), text.clone());
        spoil(random, kind, &mut text, &random_name(random, spelt));
        if text != before {
            let provider = if random.one_in(3) { None } else { Some(provider.as_str()) };
            let name = String::from_utf8_lossy(&text).into_owned();
            return Misspelt { kind, provider, name, meant };
        }
    }
}

fn random_name(random: &Random, spelt: &[(String, String)]) -> String {
    Random(random.0 ^ 0x5bd1_e995).of(spelt).1.clone()
}

fn spoil(random: &mut Random, slip: &str, text: &mut Vec<u8>, other: &str) {
    let at = usize::try_from(random.below(text.len() as u64)).expect("small");
    let letter = *random.of(LETTERS);
    match slip {
        "insert" => text.insert(at, letter),
        "delete" => drop(text.remove(at)),
        "replace" => text[at] = letter,
        "swap" => {
            let next = (at + 1) % text.len();
            text.swap(at, next);
        }
        "cut" if random.one_in(2) => text.truncate(at.max(1)),
        "cut" => drop(text.drain(..at)),
        "digit" => {
            let digits: Vec<usize> = (0..text.len()).filter(|at| text[*at].is_ascii_digit()).collect();
            let at = if digits.is_empty() { at } else { *random.of(&digits) };
            text[at] = *random.of(b"0123456789");
        }
        _ => {
            text.extend_from_slice(random.of(&["", "-", "/", ":", ".", "@"]).as_bytes());
            text.extend_from_slice(other.as_bytes());
        }
    }
}

#[test]
fn the_rule_allows_what_the_reference_says_and_no_more() {
    let files = Files::read();
    let rules = Rules::new(&files);
    for (provider, name, found) in [
        (None, "models/gemini-2.5-flash", ("google", "gemini-2.5-flash")),
        (Some("bedrock"), "us.anthropic.claude-opus-4-8-v1:0", ("aws", "anthropic.claude-opus-4-8")),
        (Some("aws"), "anthropic.claude-opus-4-8", ("anthropic", "claude-opus-4-8")),
        (Some("azure"), "GPT-5", ("openai", "gpt-5")),
        (None, "openai/gpt-5-2025-08-07", ("openai", "gpt-5")),
        (None, "claude-opus-4@20250514", ("anthropic", "claude-opus-4")),
    ] {
        assert!(rules.allow(provider, name, found), "{name}");
    }
    for (provider, name, found) in [
        (None, "gpt-5-minii", ("openai", "gpt-5-mini")),
        (Some("anthropic"), "openai/gpt-5", ("openai", "gpt-5")),
        (Some("openrouter"), "gpt-5", ("openai", "gpt-5")),
        (None, "gpt-5:free", ("openai", "gpt-5")),
        (None, "ft:gpt-4o:org::id", ("openai", "gpt-4o")),
        (None, "gpt-5-v2", ("openai", "gpt-5")),
        (None, "us.gpt-4.1", ("openai", "gpt-4.1")),
        (Some("ollama"), "llama2:7", ("ollama", "llama2")),
        (None, "claude-opus-4-1-20250805@20250929", ("anthropic", "claude-opus-4-1")),
    ] {
        assert!(!rules.allow(provider, name, found), "{name}");
    }
}

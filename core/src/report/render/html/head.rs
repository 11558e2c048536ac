//! The head of the page: policy, style, title, parties, facts and tiles.

use super::hash::source;
use super::{SCRIPT, STYLE, each};
use crate::report::document::{Document, Fact, PrintedParty, Tile, Tone};
use crate::report::markup::escaped;
use std::fmt::Write;

pub(super) fn head(document: &Document) -> String {
    let accent = document.theme.accent.as_deref().filter(|accent| is_colour(accent)).map(accent);
    let style = format!("\n{STYLE}{}", accent.unwrap_or_default());
    let policy = format!(
        "default-src 'none'; img-src data:; style-src {}; script-src {}; base-uri 'none'; form-action 'none'",
        source(&style),
        source(SCRIPT)
    );
    format!(
        "<!doctype html>\n<html lang=\"{}\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"referrer\" content=\"no-referrer\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"{policy}\">\n\
         <title>{}, {}</title>\n<style>{style}</style>\n</head>\n",
        escaped(&document.language),
        escaped(&document.title),
        escaped(&document.subtitle)
    )
}

fn accent(colour: &str) -> String {
    format!(":root {{ --brand: {colour}; }}\n")
}

/// Whether the text is `#rrggbb`: anything else could be more than a colour.
fn is_colour(text: &str) -> bool {
    let digits = text.strip_prefix('#').unwrap_or_default();
    digits.len() == 6 && digits.bytes().all(|digit| digit.is_ascii_hexdigit())
}

pub(super) fn header(document: &Document) -> String {
    let number = document.number.as_ref().map(|number| format!("<span>{}</span>", escaped(number)));
    let tone = if document.status == "final" { "final" } else { "open" };
    format!(
        "<header>\n<div class=\"brand\">{}<div class=\"controls\"></div></div>\n\
         <p class=\"kind\">{}</p>\n<h1>{}</h1>\n<p class=\"status\"><span class=\"{tone}\">{}</span>{}</p>\n{}{}</header>\n",
        brand(document),
        escaped(&document.title),
        escaped(&document.subtitle),
        escaped(&document.status),
        number.unwrap_or_default(),
        parties(&document.parties),
        facts(&document.facts)
    )
}

/// The logo as a picture, so that nothing in it can run, else the name of the issuer.
fn brand(document: &Document) -> String {
    let issuer = document.parties.first().map(|party| party.name.as_str()).unwrap_or_default();
    match &document.theme.logo_svg {
        Some(svg) => format!(
            "<img class=\"logo\" alt=\"{}\" src=\"data:image/svg+xml,{}\">",
            escaped(issuer),
            percent_encoded(svg)
        ),
        None => format!("<span class=\"issuer\">{}</span>", escaped(issuer)),
    }
}

fn percent_encoded(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len() * 2);
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() {
            encoded.push(char::from(byte));
        } else {
            // Writing to a text can't fail.
            let _ = write!(encoded, "%{byte:02x}");
        }
    }
    encoded
}

fn parties(parties: &[PrintedParty]) -> String {
    let party = |party: &PrintedParty| {
        let lines = each(&party.lines, |line| format!("<br>{}", escaped(line)));
        format!(
            "<address><span class=\"label\">{}</span><strong>{}</strong>{lines}</address>",
            escaped(&party.role),
            escaped(&party.name)
        )
    };
    if parties.is_empty() {
        return String::new();
    }
    format!("<div class=\"parties\">{}</div>\n", each(parties, party))
}

pub(super) fn facts(facts: &[Fact]) -> String {
    let fact =
        |fact: &Fact| format!("<div><dt>{}</dt><dd>{}</dd></div>", escaped(&fact.label), escaped(&fact.text));
    format!("<dl class=\"facts\">{}</dl>\n", each(facts, fact))
}

pub(super) fn tiles(document: &Document) -> String {
    let tile = |tile: &Tile| {
        format!(
            "<div class=\"tile {}\"><dt>{}</dt><dd class=\"value\">{}</dd><dd class=\"note\">{}</dd></div>\n",
            tone(tile.tone),
            escaped(&tile.label),
            figure(&tile.value),
            escaped(&tile.note)
        )
    };
    if document.tiles.is_empty() {
        return String::new();
    }
    let threes = if document.tiles.len().is_multiple_of(3) { " threes" } else { "" };
    format!("<dl class=\"tiles{threes}\">\n{}</dl>\n", each(&document.tiles, tile))
}

/// A figure whose unit is printed smaller.
fn figure(text: &str) -> String {
    match text.rsplit_once(' ') {
        Some((number, unit)) if is_unit(unit) => {
            format!("{} <span class=\"unit\">{}</span>", escaped(number), escaped(unit))
        }
        _ => escaped(text),
    }
}

/// A percent sign or the code of a currency.
fn is_unit(text: &str) -> bool {
    text == "%" || (text.len() == 3 && text.bytes().all(|letter| letter.is_ascii_uppercase()))
}

pub(super) fn tone(tone: Tone) -> &'static str {
    match tone {
        Tone::Neutral => "neutral",
        Tone::Good => "good",
        Tone::Warning => "warning",
        Tone::Bad => "bad",
    }
}

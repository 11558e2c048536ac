//! Writes models as a price book: one line a model, in a fixed order, so that a change is one line of a diff.

use crate::model::{Alias, Amount, Card, Model, Rates, Status, Variant, When};
use std::fmt::Write as _;

/// The day of a book and what its file says at the top.
#[derive(Clone, Copy, Debug)]
pub struct Head<'h> {
    /// `2026-11-23`.
    pub date: &'h str,
    /// Lines of comment, without `#`.
    pub comment: &'h [&'h str],
}

/// A provider as the book describes it.
#[derive(Clone, Copy, Debug)]
pub struct ProviderHead<'h> {
    /// Its id.
    pub id: &'h str,
    /// Other names of it.
    pub aliases: &'h [&'h str],
    /// Whether it sells models of its own.
    pub first_party: bool,
    /// Providers at whose prices it sells what it has no price of its own for.
    pub fallback: &'h [String],
}

/// The text of a book with these models, as they come; `describe` says whether each line tells whose figures it has.
pub fn book(head: Head<'_>, providers: &[ProviderHead<'_>], models: &[Model]) -> String {
    let mut out = String::new();
    for line in head.comment {
        let _ = if line.is_empty() { writeln!(out, "#") } else { writeln!(out, "# {line}") };
    }
    let _ = writeln!(out, "\nformat = 1\ndate = \"{}\"\n\nmodels = [", head.date);
    for one in models {
        let _ = writeln!(out, "  {}, # {}", model(one), one.origin.as_str());
    }
    out.push_str("]\n");
    for provider in providers {
        let _ = writeln!(out, "\n[[providers]]\nid = {}", quoted(provider.id));
        if !provider.aliases.is_empty() {
            let names: Vec<String> = provider.aliases.iter().map(|name| quoted(name)).collect();
            let _ = writeln!(out, "aliases = [{}]", names.join(", "));
        }
        if provider.first_party {
            out.push_str("first_party = true\n");
        }
        if !provider.fallback.is_empty() {
            let names: Vec<String> = provider.fallback.iter().map(|name| quoted(name)).collect();
            let _ = writeln!(out, "fallback = [{}]", names.join(", "));
        }
    }
    out
}

/// A model as an inline table.
pub fn model(model: &Model) -> String {
    let mut fields =
        vec![format!("provider = {}", quoted(&model.provider)), format!("model = {}", quoted(&model.id))];
    if !model.aliases.is_empty() {
        let names: Vec<String> = model.aliases.iter().map(alias).collect();
        fields.push(format!("aliases = [{}]", names.join(", ")));
    }
    fields.extend(model.first_party.map(|flag| format!("first_party = {flag}")));
    fields.extend(model.context_window.map(|count| format!("context_window = {count}")));
    fields.extend(model.max_output_tokens.map(|count| format!("max_output_tokens = {count}")));
    fields.extend(model.source.as_deref().map(|text| format!("source = {}", quoted(text))));
    fields.extend(model.verified.as_deref().map(|text| format!("verified = {}", quoted(text))));
    match model.cards.as_slice() {
        [one] if one.from.is_none() && one.until.is_none() => fields.extend(card(one)),
        cards => {
            let cards: Vec<String> =
                cards.iter().map(|one| format!("{{ {} }}", card(one).join(", "))).collect();
            fields.push(format!("cards = [{}]", cards.join(", ")));
        }
    }
    format!("{{ {} }}", fields.join(", "))
}

fn alias(alias: &Alias) -> String {
    if alias.from.is_none() && alias.until.is_none() {
        return quoted(&alias.name);
    }
    let mut fields = vec![format!("name = {}", quoted(&alias.name))];
    fields.extend(span(alias.from.as_deref(), alias.until.as_deref()));
    format!("{{ {} }}", fields.join(", "))
}

fn span(from: Option<&str>, until: Option<&str>) -> impl Iterator<Item = String> {
    let from = from.map(|from| format!("from = {}", quoted(from)));
    from.into_iter().chain(until.map(|until| format!("until = {}", quoted(until))))
}

fn card(card: &Card) -> Vec<String> {
    let mut fields: Vec<String> = span(card.from.as_deref(), card.until.as_deref()).collect();
    match &card.status {
        Status::Free => fields.push("free = true".to_owned()),
        Status::Unpriced(reason) => fields.push(format!("unpriced = {}", quoted(reason))),
        Status::Priced => fields.extend(rates(&card.rates)),
    }
    if !card.same.is_empty() {
        let pairs: Vec<String> =
            card.same.iter().map(|(one, other)| format!("{one} = {}", quoted(other))).collect();
        fields.push(format!("same = {{ {} }}", pairs.join(", ")));
    }
    if !card.variants.is_empty() {
        let listed: Vec<String> = card.variants.iter().map(variant).collect();
        fields.push(format!("variants = [{}]", listed.join(", ")));
    }
    fields
}

fn rates(rates: &Rates) -> impl Iterator<Item = String> {
    rates.0.iter().map(|(key, amount)| format!("{} = {}", key.name(), price(amount)))
}

fn price(amount: &Amount) -> String {
    let price =
        if amount.price.is_zero() { "\"free\"".to_owned() } else { quoted(&amount.price.to_string()) };
    if amount.min == 0 { price } else { format!("{{ price = {price}, min = {} }}", amount.min) }
}

fn variant(variant: &Variant) -> String {
    let mut fields = vec![format!("when = {{ {} }}", when(&variant.when).join(", "))];
    fields.extend(variant.multiply.as_deref().map(|factor| format!("multiply = {}", quoted(factor))));
    fields.extend(
        variant.multiply_tokens.as_deref().map(|factor| format!("multiply_tokens = {}", quoted(factor))),
    );
    fields.extend(rates(&variant.rates));
    format!("{{ {} }}", fields.join(", "))
}

fn when(when: &When) -> Vec<String> {
    let mut fields: Vec<String> = when.input.iter().map(|(key, edge)| format!("{key} = {edge}")).collect();
    fields.extend(when.terms.iter().map(|(key, names)| format!("{key} = {}", list(names))));
    if !when.time.is_empty() {
        fields.push(format!("time = {}", list(&when.time)));
    }
    if !when.weekdays.is_empty() {
        fields.push(format!("weekdays = {}", list(&when.weekdays)));
    }
    if !when.time_zone.is_empty() {
        fields.push(format!("time_zone = {}", quoted(&when.time_zone)));
    }
    fields
}

fn list(texts: &[String]) -> String {
    match texts {
        [one] => quoted(one),
        several => {
            let several: Vec<String> = several.iter().map(|text| quoted(text)).collect();
            format!("[{}]", several.join(", "))
        }
    }
}

/// Text as TOML quotes it.
fn quoted(text: &str) -> String {
    let mut out = String::from('"');
    for letter in text.chars() {
        match letter {
            '"' | '\\' => {
                out.push('\\');
                out.push(letter);
            }
            letter if letter.is_control() => {
                let _ = write!(out, "\\u{:04X}", u32::from(letter));
            }
            letter => out.push(letter),
        }
    }
    out.push('"');
    out
}

#[cfg(test)]
mod tests {
    use super::{Head, book};
    use crate::{
        decimal::Decimal,
        key::Key,
        model::{Alias, Amount, Card, Model, Rates, Variant, When},
    };
    use bursar::PriceBook;

    #[test]
    fn what_is_written_is_a_price_book() {
        let mut rates = Rates::default();
        rates.set(Key::named("input_mtok").expect("a key"), Decimal::parse("0.25").expect("a price"));
        let mut timed = rates.clone();
        timed
            .0
            .insert(Key::named("audio_hour").expect("a key"), Amount { price: Decimal::whole(1), min: 10 });
        let when = When { time: vec!["01:00-04:00".to_owned()], ..When::term("region", "eu") };
        let card = Card {
            rates,
            variants: vec![Variant {
                when: when.edge(Some(("input_gt", 5))),
                rates: timed,
                ..Variant::default()
            }],
            ..Card::default()
        };
        let model = Model {
            provider: "a".to_owned(),
            id: "b\"\\".to_owned(),
            aliases: vec![
                Alias::always("c"),
                Alias { from: Some("2026-01-01".to_owned()), ..Alias::always("d") },
            ],
            cards: vec![card],
            ..Model::default()
        };
        let text = book(Head { date: "2026-11-23", comment: &["A book.", ""] }, &[], &[model]);
        let expected = r#"  { provider = "a", model = "b\"\\", aliases = ["c", { name = "d", from = "2026-01-01" }], input_mtok = "0.25", variants = [{ when = { input_gt = 5, region = "eu", time = "01:00-04:00" }, input_mtok = "0.25", audio_hour = { price = "1", min = 10 } }] }, # genai-prices"#;
        assert!(text.contains(expected), "{text}");
        assert_eq!(PriceBook::parse(&text).expect("a book").len(), 1);
    }
}

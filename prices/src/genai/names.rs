//! The names that genai-prices' rules spell out for a model.
//!
//! A rule can match any longer name too; only what it spells out is a name here, since a longer one can have another
//! price. Of several models whose rules match a name the first one has it, as theirs does.

use crate::{literal::Literal, model::Alias};

/// The names that a model's rule spells out, and the beginnings of its families.
pub(super) fn of(id: &str, rule: &Literal, earlier: &[&Literal]) -> (Vec<Alias>, Vec<String>) {
    let (mut names, mut prefixes) = (Vec::new(), Vec::new());
    spell_out(rule, &mut names, &mut prefixes);
    let is_name = |name: &&String| {
        name.as_str() != id && !name.contains(char::is_whitespace) && !name.ends_with(['-', '/', ':', '.'])
    };
    let is_its_own = |name: &&String| !earlier.iter().any(|rule| matches(rule, &name.to_lowercase()));
    let mut names: Vec<Alias> =
        names.iter().filter(is_name).filter(is_its_own).map(|name| Alias::always(name)).collect();
    names.sort();
    names.dedup();
    (names, prefixes)
}

fn spell_out(rule: &Literal, names: &mut Vec<String>, prefixes: &mut Vec<String>) {
    let text = rule.argument().and_then(Literal::text).map(str::to_owned);
    match rule.call() {
        Some("ClauseEquals") => names.extend(text),
        // A short part of a name is a word, such as a maker's, and no name.
        Some("ClauseContains") => {
            names.extend(text.filter(|text| text.contains(['-', '.']) && text.len() > 8));
        }
        Some("ClauseStartsWith") => {
            prefixes.extend(text.clone());
            names.extend(text);
        }
        Some("ClauseOr") => parts(rule).iter().for_each(|part| spell_out(part, names, prefixes)),
        _ => {}
    }
}

fn parts(rule: &Literal) -> &[Literal] {
    rule.argument().map(Literal::items).unwrap_or_default()
}

/// Whether a rule matches a name in lower case. A regular expression counts as one that does not.
fn matches(rule: &Literal, name: &str) -> bool {
    let text = rule.argument().and_then(Literal::text).unwrap_or_default().to_lowercase();
    match rule.call() {
        Some("ClauseEquals") => name == text,
        Some("ClauseContains") => name.contains(&text),
        Some("ClauseStartsWith") => name.starts_with(&text),
        Some("ClauseEndsWith") => name.ends_with(&text),
        Some("ClauseOr") => parts(rule).iter().any(|part| matches(part, name)),
        Some("ClauseAnd") => parts(rule).iter().all(|part| matches(part, name)),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::of;
    use crate::literal::Literal;

    #[test]
    fn a_name_is_spelt_out_and_the_first_model_has_it() {
        let rule = |text: &str| Literal::parse(text).expect(text);
        let either = rule(
            "ClauseOr(or_=[ClauseEquals(equals='model-b'), ClauseStartsWith(starts_with='fam-b-'), \
             ClauseContains(contains='us.maker.model-b'), ClauseContains(contains='maker'), \
             ClauseAnd(and_=[ClauseContains(contains='unseen-name')])])",
        );
        let names = |earlier: &[&Literal]| -> Vec<String> {
            of("model-b", &either, earlier).0.into_iter().map(|alias| alias.name).collect()
        };
        assert_eq!(names(&[]), ["us.maker.model-b"]);
        assert_eq!(names(&[&rule("ClauseStartsWith(starts_with='US.')")]), [""; 0]);
        assert_eq!(of("model-b", &either, &[]).1, ["fam-b-"]);
    }
}

//! The bytes of a body that a model could see as text.
//!
//! A body may be padded with white space, and may spell `é` as `\u00e9`: neither is seen, so a body counts as long as it
//! is in compact JSON and UTF-8. What stands in it as JSON (tools, schemas, arguments) may be printed again by the
//! provider, at worst with every escape that there is, and counts as long as that. So no spelling of a request makes its
//! bound too small.

use super::node::Node;

/// Keys whose values a provider may print again as JSON.
const PRINTED: &[&str] = &[
    "tools",
    "functions",
    "toolConfig",
    "response_format",
    "format",
    "output_format",
    "output_config",
    "outputConfig",
    "responseSchema",
    "response_schema",
    "responseJsonSchema",
    "response_json_schema",
    "tool_calls",
    "toolUse",
    "functionCall",
    "function_call",
    "functionResponse",
    "function_response",
    "arguments",
];
/// The same, where the value is an object and not text or content.
const PRINTED_OBJECTS: &[&str] = &["input", "json", "args"];

/// The bytes of a body of JSON in compact form and UTF-8; the body is known to be JSON.
pub(super) fn compact(body: &[u8]) -> u64 {
    let (mut length, mut rest) = (0, body);
    while let Some((first, after)) = rest.split_first() {
        rest = after;
        match first {
            b' ' | b'\n' | b'\r' | b'\t' => {}
            b'"' => {
                let (inside, end) = string(after);
                length += 2 + inside;
                rest = end;
            }
            _ => length += 1,
        }
    }
    length
}

/// The bytes of a string after its first quote, and what stands after its last.
fn string(text: &[u8]) -> (u64, &[u8]) {
    let (mut length, mut rest) = (0, text);
    while let Some(at) = rest.iter().position(|byte| matches!(byte, b'"' | b'\\')) {
        length += at as u64;
        let (_, found) = rest.split_at(at);
        match found {
            [b'\\', b'u', code @ ..] => {
                length += unescaped(code.get(..4).unwrap_or(code));
                rest = code.get(4..).unwrap_or_default();
            }
            [b'\\', escape, after @ ..] => {
                length += if *escape == b'/' { 1 } else { 2 };
                rest = after;
            }
            [_, after @ ..] => return (length, after),
            [] => break,
        }
    }
    (length + rest.len() as u64, &[])
}

/// The bytes of a character that was given as four hexadecimal digits; those that need an escape have one of two.
fn unescaped(digits: &[u8]) -> u64 {
    let code = std::str::from_utf8(digits).ok().and_then(|digits| u32::from_str_radix(digits, 16).ok());
    match code {
        Some(0x22 | 0x5c) => 2,
        Some(0x20..=0x7e) => 1,
        // Half of a character outside of the first plane is two of its four bytes.
        Some(0..=0x7ff | 0xd800..=0xdfff) => 2,
        _ => 3,
    }
}

/// The bytes that printing again may add to what stands in a body as JSON.
pub(super) fn printed(node: &Node<'_>) -> u64 {
    match node {
        Node::List(items) => items.iter().map(printed).sum(),
        Node::Map(entries) => entries.iter().map(|(key, value)| of_entry(key, value)).sum(),
        _ => 0,
    }
}

fn of_entry(key: &str, value: &Node<'_>) -> u64 {
    if PRINTED.contains(&key) || (value.is_map() && PRINTED_OBJECTS.contains(&key)) {
        escaped(value)
    } else {
        printed(value)
    }
}

fn escaped(node: &Node<'_>) -> u64 {
    match node {
        Node::Text(text) => text.chars().map(added).sum(),
        Node::List(items) => items.iter().map(escaped).sum(),
        Node::Map(entries) => {
            entries.iter().map(|(key, value)| key.chars().map(added).sum::<u64>() + escaped(value)).sum()
        }
        _ => 0,
    }
}

/// What the longest escape of a character has more than the character: six bytes for each unit of UTF-16.
fn added(character: char) -> u64 {
    match character {
        '<' | '>' | '&' | '\'' | '\x7f' => 5,
        _ if character.is_ascii() => 0,
        _ => (6 * character.len_utf16() - character.len_utf8()) as u64,
    }
}

#[cfg(test)]
mod tests {
    use super::{compact, printed};
    use crate::providers::request::node::Node;

    #[test]
    fn every_spelling_of_a_body_is_as_long_as_its_compact_form() {
        let short = "{\"a\":\"é你😀/\\n\\\"\",\"b\":[1,-2.50,null]}";
        let long = r#" { "a" : "\u00e9\u4f60\ud83d\ude00\/\u000a\u0022",
            "b": [ 1, -2.50 , null ] } "#;
        assert_eq!(compact(short.as_bytes()), short.len() as u64);
        assert_eq!(compact(long.as_bytes()), short.len() as u64);
    }

    #[test]
    fn what_is_cut_off_counts_whole() {
        for body in ["\"abc", "\"ab\\", "\"a\\u00", "\\"] {
            assert!(compact(body.as_bytes()) >= 1, "{body}");
        }
    }

    #[test]
    fn json_that_is_printed_again_counts_with_its_escapes() {
        let read = |body: &'static str| printed(&serde_json::from_str::<Node<'_>>(body).unwrap());
        assert_eq!(read(r#"{"messages":[{"content":"é你😀"}]}"#), 0);
        assert_eq!(read(r#"{"tools":[{"description":"é你😀"}]}"#), 4 + 3 + 8);
        assert_eq!(read(r#"{"tools":[{"description":"a<b"}]}"#), 5);
        assert_eq!(read(r#"{"messages":[{"content":[{"type":"tool_use","input":{"é":"é"}}]}]}"#), 8);
        assert_eq!(read(r#"{"input":[{"role":"user","content":"é"}]}"#), 0);
    }
}

//! Tag values: what is allowed in one, and how user text is shown in a message.

use super::TagKey;
use crate::error::{Error, ErrorCode, Result};
use std::sync::Arc;

/// The longest value, in bytes.
pub const MAX_VALUE_BYTES: usize = 256;

/// Characters of user text that a message repeats.
const MAX_EXCERPT: usize = 80;

/// The value, if a tag may have it.
pub(super) fn checked(key: &TagKey, value: &str) -> Result<Arc<str>> {
    match fault(value) {
        None => Ok(value.into()),
        Some(fault) => Err(Error::new(ErrorCode::TagValueInvalid, format!("the value of `{key}` {fault}"))),
    }
}

/// Why a text is no tag value, as the end of a sentence.
pub(super) fn fault(value: &str) -> Option<String> {
    if value.is_empty() {
        return Some("is empty".to_owned());
    }
    if value.len() > MAX_VALUE_BYTES {
        let (found, shown) = (value.len(), excerpt(value));
        return Some(format!("has {found} bytes, at most {MAX_VALUE_BYTES} are allowed: `{shown}`"));
    }
    value.chars().any(char::is_control).then(|| format!("has a control character: `{}`", excerpt(value)))
}

/// User text as a message repeats it: on one line, cut where it is long.
pub(super) fn excerpt(text: &str) -> String {
    let mut shown = String::new();
    for (index, letter) in text.chars().enumerate() {
        if index == MAX_EXCERPT {
            shown.push('…');
            break;
        }
        if letter.is_control() { shown.extend(letter.escape_debug()) } else { shown.push(letter) }
    }
    shown
}

/// A value in double quotes, with `"` and `\` escaped by `\`.
pub(super) fn quoted(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for letter in text.chars() {
        if matches!(letter, '"' | '\\') {
            quoted.push('\\');
        }
        quoted.push(letter);
    }
    quoted.push('"');
    quoted
}

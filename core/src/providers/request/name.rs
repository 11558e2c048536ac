//! The model that a request names, in its path or its body.

use super::node::Node;
use crate::error::{Error, ErrorCode, Result};

/// Bytes that a model's name may have.
const MAX_NAME_BYTES: usize = 512;
/// Other models of one request that are named.
const MAX_OTHERS: usize = 64;

/// The model, by the path first: where the path has one, it is the one that answers.
pub(super) fn read(path: &str, body: Option<&str>) -> Result<String> {
    let found = of_path(path).or_else(|| body.map(str::to_owned)).unwrap_or_default();
    let name =
        found.rsplit_once("models/").filter(|(_, name)| !name.is_empty()).map_or(&*found, |(_, name)| name);
    match name.len() {
        0 => {
            let message =
                format!("a request to `{}` names no model", path.chars().take(64).collect::<String>());
            Err(Error::new(ErrorCode::RequestInvalid, message).with_help("give `model`"))
        }
        1..=MAX_NAME_BYTES => Ok(name.to_owned()),
        length => {
            let message = format!("`model` has {length} bytes, and {MAX_NAME_BYTES} are allowed");
            Err(Error::new(ErrorCode::RequestInvalid, message))
        }
    }
}

/// The model of a body: its field, or that of the first of several requests.
pub(super) fn of_body<'n>(body: &'n Node<'_>) -> Option<&'n str> {
    let first =
        || body.get("requests").and_then(|list| list.list().first()).and_then(|one| one.text("model"));
    body.text("model").or_else(|| body.text("modelId")).or_else(first)
}

/// Other models that a body names: in the place of the first, as fallbacks, or as those that a tool asks.
pub(super) fn others(body: &Node<'_>, model: &str) -> Vec<String> {
    let listed = ["models", "fallbacks"].iter().filter_map(|key| body.get(key)).flat_map(Node::list);
    let listed = listed.filter_map(|other| other.as_text().or_else(|| other.text("model")));
    let asked =
        body.get("tools").map(Node::list).unwrap_or_default().iter().filter_map(|tool| tool.text("model"));
    let mut others: Vec<String> = Vec::new();
    for name in listed.chain(asked).filter(|name| *name != model && !name.is_empty()) {
        if others.len() < MAX_OTHERS && !others.iter().any(|other| other == name) {
            others.push(name.to_owned());
        }
    }
    others
}

fn of_path(path: &str) -> Option<String> {
    let path = path.split('?').next().unwrap_or(path);
    // Google's verb tells its paths from others with the same word in them.
    if let Some((name, _)) = path.rsplit_once("/models/").and_then(|(_, rest)| rest.rsplit_once(':')) {
        return Some(unescaped(name));
    }
    let after = |marker: &str| path.split_once(marker).map(|(_, rest)| rest);
    if let Some(rest) = after("/model/") {
        // An inference profile's name has slashes; what is done with the model stands last.
        return Some(unescaped(rest.rsplit_once('/').map_or(rest, |(name, _)| name)));
    }
    after("/deployments/").map(|rest| unescaped(rest.split('/').next().unwrap_or(rest)))
}

/// Undoes percent escapes; what is none stays as it is.
fn unescaped(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let digits =
            after.get(..2).filter(|_| *first == b'%').and_then(|digits| std::str::from_utf8(digits).ok());
        if let Some(byte) = digits.and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            bytes.push(byte);
            rest = after.get(2..).unwrap_or_default();
        } else {
            bytes.push(*first);
            rest = after;
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

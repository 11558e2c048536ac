//! The policy file: read whole or not at all, and compared with the one in force.
//!
//! A policy is first read as it was written, with the place of each value; then every value is checked, and what is
//! wrong is told with its line, or with its path where there is no text. The same keys are read from TOML and from
//! anything that serde reads. Nothing here puts a policy in force: that is [`Bursar::apply`](crate::Bursar::apply).

mod allocation;
mod any;
mod budgets;
mod clients;
mod closing;
mod file;
mod journal;
mod node;
mod on_price;
mod opaque;
mod plan;
mod problem;
mod reader;
mod reports;
mod source;
mod spans;
mod steps;
#[cfg(test)]
mod tests;
mod virtual_tags;

pub use plan::{BudgetChange, FieldChange, Plan};

use crate::engine::Policy;
use crate::error::{Error, ErrorCode, Result};
use crate::ledger::ContentHash;
use node::Node;
use reader::Reader;
use serde::{Deserialize, Deserializer};
use source::Source;
use std::{fs::File, io::Read as _, path::Path};
use toml::de::DeTable;

/// The longest policy, in bytes.
pub const MAX_POLICY_BYTES: usize = 1 << 24;

impl Policy {
    /// Reads a policy in TOML.
    ///
    /// # Errors
    /// `policy_invalid`, or the code of what a value is wrong for, as `selector_invalid` or `time_zone_unknown`. The
    /// message has the line, the column and the key, and shows the line. Of several errors the first ten are told
    /// under `policy_invalid`.
    ///
    /// # Examples
    /// ```
    /// use bursar::Policy;
    /// let policy = Policy::from_toml(r#"
    /// [[budgets]]
    /// name = "marketing"
    /// match = { team = "marketing" }
    /// limit = "2500 USD"
    /// period = "month"
    /// "#)?;
    /// assert_eq!(policy.budgets()[0].limit().to_string(), "2500");
    ///
    /// let error = Policy::from_toml("[holds]\nlifetme = \"5 minutes\"").unwrap_err();
    /// assert_eq!(error.to_string(), "\
    /// line 2, column 1: holds.lifetme: unknown key `lifetme` (did you mean `lifetime`?)
    ///   |
    /// 2 | lifetme = \"5 minutes\"
    ///   | ^^^^^^^");
    /// # Ok::<(), bursar::Error>(())
    /// ```
    pub fn from_toml(text: &str) -> Result<Self> {
        read_toml(text, None)
    }

    /// Reads a policy in TOML; messages call it by this name.
    ///
    /// # Errors
    /// As [`Policy::from_toml`].
    pub fn from_toml_named(name: &str, text: &str) -> Result<Self> {
        read_toml(text, Some(name))
    }

    /// Reads a policy file.
    ///
    /// # Errors
    /// As [`Policy::from_toml`]; `policy_invalid` for a file that can't be read or isn't UTF-8 text.
    pub fn from_file(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let name = path.display().to_string();
        let unreadable = |fault: String| {
            Error::new(ErrorCode::PolicyInvalid, format!("the policy `{name}` can't be read: {fault}"))
                .with_help("check that the file exists, can be read and is text in UTF-8")
                .with("file", &name)
        };
        let mut bytes = Vec::new();
        let most = u64::try_from(MAX_POLICY_BYTES).unwrap_or(u64::MAX).saturating_add(1);
        File::open(path)
            .and_then(|file| file.take(most).read_to_end(&mut bytes))
            .map_err(|cause| unreadable(cause.to_string()).caused_by(cause))?;
        let text = std::str::from_utf8(&bytes).map_err(|cause| {
            let valid = bytes.get(..cause.valid_up_to()).unwrap_or_default();
            let line = valid.split(|byte| *byte == b'\n').count();
            unreadable(format!("line {line} isn't UTF-8")).with("line", line)
        })?;
        read_toml(text, Some(&name))
    }

    /// Reads a policy from any format: the same keys, in a dict or an object.
    ///
    /// # Errors
    /// As [`Policy::from_toml`], with the key in place of line and column.
    ///
    /// # Examples
    /// ```
    /// use bursar::Policy;
    /// let error = Policy::from_any(&serde_json::json!({ "budgets": [{ "name": 5 }] })).unwrap_err();
    /// assert!(error.message().contains("budgets[0].name: found the number `5`, expected a name in quotes"));
    /// ```
    pub fn from_any<'de, D: Deserializer<'de>>(from: D) -> Result<Self> {
        let root = Node::deserialize(from)
            .map_err(|cause| Error::new(ErrorCode::PolicyInvalid, cause.to_string()))?;
        read(&root, Source { name: None, text: None })
    }
}

impl<'de> Deserialize<'de> for Policy {
    /// As [`Policy::from_any`], which keeps the error's code.
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let root = Node::deserialize(from)?;
        read(&root, Source { name: None, text: None }).map_err(serde::de::Error::custom)
    }
}

fn read_toml(text: &str, name: Option<&str>) -> Result<Policy> {
    // A byte order mark is no character of the first line.
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let source = Source { name, text: Some(text) };
    if text.len() > MAX_POLICY_BYTES {
        let message = format!("{} has more than the {MAX_POLICY_BYTES} bytes allowed", source.title());
        return Err(
            Error::new(ErrorCode::LimitReached, message).with_help("list fewer values, or use patterns")
        );
    }
    let table = DeTable::parse(text).map_err(|cause| {
        // What stands at the very start has a place too.
        let span = cause.span().map_or(0..1, |span| span.start..span.end.max(1));
        let found = text.get(span.clone()).unwrap_or_default();
        let (message, context) = source.point(span, &sentence(cause.message(), found));
        let error =
            Error::new(ErrorCode::PolicyInvalid, message).with_help("correct the TOML").caused_by(cause);
        context.into_iter().fold(error, |error, (name, value)| error.with(name, value))
    })?;
    let mut policy = read(&Node::of_toml(table.into_inner()), source)?;
    policy.sha256 = Some(ContentHash::of(text.as_bytes()).to_string().into());
    Ok(policy)
}

/// The parser's words in our style.
fn sentence(message: &str, found: &str) -> String {
    if message == "duplicate key" {
        return format!("the key `{}` is given twice", node::excerpt(found));
    }
    message.trim_end_matches('.').replace('\n', ", ")
}

fn read(root: &Node, source: Source<'_>) -> Result<Policy> {
    let mut reader = Reader::default();
    let policy = file::policy(&mut reader, root);
    problem::told(reader.problems, root, source).map_or(Ok(policy), Err)
}

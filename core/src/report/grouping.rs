//! What a report is grouped by.

use crate::error::{Error, Result};
use crate::tags::TagKey;
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

/// One column of a grouping: a tag, the model or its provider.
///
/// # Examples
/// ```
/// use bursar::Grouping;
/// assert_eq!("team".parse::<Grouping>()?, Grouping::TEAM);
/// assert_eq!("gen_ai.agent.name".parse::<Grouping>()?, Grouping::AGENT);
/// assert_eq!("model".parse::<Grouping>()?, Grouping::Model);
/// # Ok::<(), bursar::Error>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Grouping {
    /// The values of a tag.
    Tag(TagKey),
    /// The model, as `provider/model`.
    Model,
    /// The model's provider.
    Provider,
}

impl Grouping {
    /// By team.
    pub const TEAM: Self = Self::Tag(TagKey::TEAM);
    /// By project.
    pub const PROJECT: Self = Self::Tag(TagKey::PROJECT);
    /// By client.
    pub const CLIENT: Self = Self::Tag(TagKey::CLIENT);
    /// By agent.
    pub const AGENT: Self = Self::Tag(TagKey::AGENT);

    /// The name that people read and write: `team`, `model`.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Tag(key) => key.short(),
            Self::Model => "model",
            Self::Provider => "provider",
        }
    }
}

impl From<TagKey> for Grouping {
    fn from(key: TagKey) -> Self {
        Self::Tag(key)
    }
}

impl From<Grouping> for String {
    fn from(grouping: Grouping) -> Self {
        grouping.as_str().to_owned()
    }
}

impl TryFrom<String> for Grouping {
    type Error = Error;

    fn try_from(text: String) -> Result<Self> {
        text.parse()
    }
}

impl FromStr for Grouping {
    type Err = Error;

    /// Reads `model`, `provider`, or a tag key in either spelling.
    fn from_str(text: &str) -> Result<Self> {
        match text {
            "model" => Ok(Self::Model),
            "provider" => Ok(Self::Provider),
            key => key.parse().map(Self::Tag),
        }
    }
}

impl fmt::Display for Grouping {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

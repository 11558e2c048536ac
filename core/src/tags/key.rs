//! Tag keys, in OpenTelemetry's spelling and in the short one.

use super::value::excerpt;
use crate::error::{Error, ErrorCode, Result};
use serde::{Deserialize, Serialize};
use std::{cmp::Ordering, fmt, str::FromStr, sync::Arc};

/// The longest key, in bytes.
pub const MAX_KEY_BYTES: usize = 64;

/// The name of a tag.
///
/// Some keys have two spellings: OpenTelemetry's attribute name, which is the canonical one, and a short one. Both
/// are read everywhere and mean the same key. Any other key is the user's own and is spelled in one way.
///
/// Keys are ordered by their canonical spelling, and are cheap to clone.
///
/// # Examples
/// ```
/// use bursar::TagKey;
/// let key: TagKey = "agent".parse()?;
/// assert_eq!(key, "gen_ai.agent.name".parse()?);
/// assert_eq!(key.as_str(), "gen_ai.agent.name");
/// assert_eq!(key.to_string(), "agent");
/// # Ok::<(), bursar::Error>(())
/// ```
#[derive(Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct TagKey(Name);

/// A key with a spelling in the table is never `Own`, so that equality needs no table.
#[derive(Clone, PartialEq, Eq, Hash)]
enum Name {
    Known(Known),
    Own(Arc<str>),
}

macro_rules! known_keys {
    ($($(#[doc = $doc:literal])+ $constant:ident, $name:ident = $short:literal, $canonical:literal;)+) => {
        #[derive(Clone, Copy, PartialEq, Eq, Hash)]
        enum Known { $($name,)+ }

        impl Known {
            const fn short(self) -> &'static str {
                match self { $(Self::$name => $short,)+ }
            }

            const fn canonical(self) -> &'static str {
                match self { $(Self::$name => $canonical,)+ }
            }

            fn find(text: &str) -> Option<Self> {
                match text {
                    $($short | $canonical => Some(Self::$name),)+
                    _ => None,
                }
            }
        }

        impl TagKey {
            $($(#[doc = $doc])+ pub const $constant: Self = Self(Name::Known(Known::$name));)+

            /// The keys with two spellings, in the order in which sets are printed.
            pub const WELL_KNOWN: &'static [Self] = &[$(Self::$constant,)+];
        }
    };
}

known_keys! {
    /// `team`, `team.name`: who answers for the spend.
    TEAM, Team = "team", "team.name";
    /// `project`, `project.name`: what it was spent on.
    PROJECT, Project = "project", "project.name";
    /// `client`, `client.name`: whom it is charged to.
    CLIENT, Client = "client", "client.name";
    /// `agent`, `gen_ai.agent.name`: which agent spent it.
    AGENT, Agent = "agent", "gen_ai.agent.name";
    /// `environment`, `deployment.environment.name`: production, staging and the like.
    ENVIRONMENT, Environment = "environment", "deployment.environment.name";
    /// `user`, `user.id`: for which person.
    USER, User = "user", "user.id";
    /// `run`, `gen_ai.conversation.id`: one session of an agent.
    RUN, Run = "run", "gen_ai.conversation.id";
    /// `account`, `account.name`: the customer account that clients belong to.
    ACCOUNT, Account = "account", "account.name";
    /// `run_parents`, `bursar.run.parents`: the runs that a sub-agent's run came from; set when a scope is derived.
    RUN_PARENTS, RunParents = "run_parents", "bursar.run.parents";
}

impl TagKey {
    /// The canonical spelling, which is stored and exported: `team.name`.
    pub fn as_str(&self) -> &str {
        match &self.0 {
            Name::Known(known) => known.canonical(),
            Name::Own(text) => text,
        }
    }

    /// The short spelling, which people read and write: `team`. An own key is its own short spelling.
    pub fn short(&self) -> &str {
        match &self.0 {
            Name::Known(known) => known.short(),
            Name::Own(text) => text,
        }
    }

    /// Whether the key has two spellings.
    pub const fn is_well_known(&self) -> bool {
        matches!(self.0, Name::Known(_))
    }

    /// Where the key stands when a set is printed: the well-known ones first, then the user's own by name.
    pub(super) const fn rank(&self) -> usize {
        match self.0 {
            Name::Known(known) => known as usize,
            Name::Own(_) => usize::MAX,
        }
    }
}

impl FromStr for TagKey {
    type Err = Error;

    /// Reads either spelling.
    fn from_str(text: &str) -> Result<Self> {
        if let Some(known) = Known::find(text) {
            return Ok(Self(Name::Known(known)));
        }
        let fault = match text.chars().find(|letter| !is_allowed(*letter)) {
            _ if text.is_empty() => "a tag key is empty, and 1 to 64 bytes are allowed".to_owned(),
            _ if text.len() > MAX_KEY_BYTES => {
                let shown = excerpt(text);
                format!("tag key `{shown}` has {} bytes, at most {MAX_KEY_BYTES} are allowed", text.len())
            }
            Some(_) if text.trim().is_empty() => {
                format!(
                    "tag key `{}` is blank, only letters, digits, `.`, `_` and `-` are allowed",
                    excerpt(text)
                )
            }
            Some(letter) => {
                let (shown, letter) = (excerpt(text), letter.escape_debug());
                format!(
                    "tag key `{shown}` has a `{letter}`, only letters, digits, `.`, `_` and `-` are allowed"
                )
            }
            None => return Ok(Self(Name::Own(text.into()))),
        };
        Err(Error::new(ErrorCode::TagKeyInvalid, fault))
    }
}

/// Letters, digits, `.`, `_` and `-`, of ASCII: what every telemetry backend takes as an attribute name.
pub(super) const fn is_allowed(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || matches!(letter, '.' | '_' | '-')
}

impl PartialOrd for TagKey {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for TagKey {
    fn cmp(&self, other: &Self) -> Ordering {
        self.as_str().cmp(other.as_str())
    }
}

impl TryFrom<String> for TagKey {
    type Error = Error;

    fn try_from(text: String) -> Result<Self> {
        text.parse()
    }
}

impl From<TagKey> for String {
    fn from(key: TagKey) -> Self {
        key.as_str().to_owned()
    }
}

impl AsRef<str> for TagKey {
    fn as_ref(&self) -> &str {
        self.as_str()
    }
}

impl fmt::Display for TagKey {
    /// The short spelling.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.short())
    }
}

impl fmt::Debug for TagKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

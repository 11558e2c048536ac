//! Why a bound on input is as high as it is.

use std::fmt;

/// What a part of a bound on input comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum BoundReason {
    /// The bytes of the request in compact JSON and UTF-8, without its files: a token is never shorter than a byte.
    Bytes,
    /// The tokens of the model's chat template, and a prompt that the provider always puts in front.
    Template,
    /// The prompt that the provider adds for tools or for a required shape of the answer; names what it is for.
    Tools(&'static str),
    /// Images, audio, video or documents; names the medium, and the size of an image where it is known.
    Media(String),
    /// What the provider adds to each of many texts; says how often.
    Repeated(&'static str),
    /// Something that lies with the provider, whose size the request doesn't tell; names the field.
    Reference(&'static str),
    /// A tool that the provider runs, or another pass of its own, each use of which sends everything again; names it, and
    /// how often it is used at the most.
    ServerTools(String),
    /// Only the size of the request is known, and this kind of thing could be in it.
    Unseen(&'static str),
    /// The context window isn't known, and this one is assumed.
    AssumedWindow(u64),
}

impl BoundReason {
    /// The kind, the same in every language: `bytes`, `template`, `tools`, `media`, `repeated`, `reference`,
    /// `server_tools`, `unseen` or `context_window`.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Bytes => "bytes",
            Self::Template => "template",
            Self::Tools(_) => "tools",
            Self::Media(_) => "media",
            Self::Repeated(_) => "repeated",
            Self::Reference(_) => "reference",
            Self::ServerTools(_) => "server_tools",
            Self::Unseen(_) => "unseen",
            Self::AssumedWindow(_) => "context_window",
        }
    }
}

impl fmt::Display for BoundReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bytes | Self::Template => f.write_str(self.kind()),
            Self::Tools(what) | Self::Repeated(what) | Self::Reference(what) | Self::Unseen(what) => {
                write!(f, "{}({what})", self.kind())
            }
            Self::Media(what) | Self::ServerTools(what) => write!(f, "{}({what})", self.kind()),
            Self::AssumedWindow(tokens) => write!(f, "{}({tokens} assumed)", self.kind()),
        }
    }
}

/// A part of a bound on input: so many tokens at the most, for a reason.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BoundLine {
    /// Where the tokens come from.
    pub reason: BoundReason,
    /// The most tokens.
    pub tokens: u64,
}

impl fmt::Display for BoundLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.tokens, self.reason)
    }
}

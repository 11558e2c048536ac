//! What a request of a kind of its own makes or hears beside text: images, speech, transcripts, rankings.

use super::{file::File, media, node::Node};
use crate::providers::Api;

/// Documents that are ranked for the price of one search.
const DOCUMENTS_PER_SEARCH: u64 = 100;
/// Tokens of a document and its question; a longer one counts as several.
const DOCUMENT_TOKENS: u64 = 500;
/// The part of them that is left for the document, whatever the question.
const MIN_DOCUMENT_TOKENS: u64 = 250;

/// What is charged by its amount.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Work {
    /// One where images are made.
    pub(super) images: u64,
    /// Characters that are spoken.
    pub(super) characters: u64,
    /// Seconds that are heard.
    pub(super) heard_seconds: u64,
    /// Searches for which documents are ranked.
    pub(super) ranked: u64,
}

impl Work {
    pub(super) fn read(api: Api, body: &Node<'_>) -> Self {
        match api {
            Api::Images => Self { images: 1, ..Self::default() },
            Api::Speech => {
                let characters = body.text("input").map_or(0, |text| text.chars().count() as u64);
                Self { characters, ..Self::default() }
            }
            Api::Transcription => Self { heard_seconds: heard(body), ..Self::default() },
            Api::Cohere => Self { ranked: ranked(body), ..Self::default() },
            Api::Invoke if body.get("documents").is_some() => {
                Self { ranked: ranked(body), ..Self::default() }
            }
            _ => Self::default(),
        }
    }

    pub(super) fn is_any(&self) -> bool {
        *self != Self::default()
    }
}

fn heard(body: &Node<'_>) -> u64 {
    let files = body.entries().iter().filter_map(|(_, value)| value.as_file());
    files.map(|file| media::seconds(File::Raw(file))).fold(0, u64::saturating_add)
}

/// Cohere, "Pricing": a search is a question with up to 100 documents, of which one of more than 500 tokens, with the
/// question, counts as several.
fn ranked(body: &Node<'_>) -> u64 {
    let Some(query) = body.text("query") else { return 0 };
    let room = DOCUMENT_TOKENS.saturating_sub(query.len() as u64).max(MIN_DOCUMENT_TOKENS);
    let documents = body.get("documents").map(Node::list).unwrap_or_default();
    let parts = documents.iter().map(|document| 1 + document.text_bytes() / room);
    parts.sum::<u64>().div_ceil(DOCUMENTS_PER_SEARCH).max(1)
}

//! What a provider's answer tells, whole or as it streams by.

use crate::{
    fault::{Answered, Fault, answered},
    pairs::flat_of_usage,
};
use bursar::{Api, Error, ErrorCode, Outcome, Result};
use napi::bindgen_prelude::External;
use napi_derive::napi;
use std::sync::{Mutex, PoisonError};

/// What an answer told of its cost, as the face holds it.
pub(crate) type Answer = External<bursar::Answer>;
/// The reader of an answer that streams by.
pub(crate) type Reader = External<Mutex<Option<bursar::StreamReader>>>;

/// What the face shows of an answer.
#[napi(object)]
pub(crate) struct Told {
    pub model: Option<String>,
    /// The usage in our own dimensions, as a flat list; nothing where the answer doesn't tell it.
    pub usage: Option<Vec<String>>,
    /// Why the usage isn't known, in a word.
    pub unresolved: Option<String>,
    /// What is wrong with the usage that it tells.
    pub refused: Option<Fault>,
    pub stated_cost: Option<String>,
    /// The terms on which it was served, where they aren't the standard ones.
    pub terms: Vec<String>,
    pub others: Vec<OtherTold>,
}

/// Usage beside the answer's own.
#[napi(object)]
pub(crate) struct OtherTold {
    pub kind: String,
    pub model: Option<String>,
    pub usage: Vec<String>,
}

/// Reads an answer by its API, by its address, or by itself.
#[napi]
pub(crate) fn read_answer(
    body: &[u8],
    api: Option<String>,
    host: String,
    path: String,
    content_type: String,
) -> Answered<Answer> {
    let read = || {
        let api = match api_of(api.as_deref(), &host, &path) {
            Ok(api) => api,
            Err(error) => match Api::of_answer(body) {
                Some(told) if api.is_none() => told,
                _ => return Err(error),
            },
        };
        let answer = if content_type.is_empty() {
            bursar::Answer::of_body(api, body)
        } else {
            bursar::Answer::read(api, body, &content_type)
        };
        Ok(External::new(answer))
    };
    answered(read())
}

/// The API that is named, or that of an address.
pub(crate) fn api_of(api: Option<&str>, host: &str, path: &str) -> Result<Api> {
    match api {
        Some(name) => name.parse(),
        None => Api::detect(host, path).ok_or_else(|| {
            let message = "it can't be told which API it belongs to: give `host` and `path`, or `api`";
            Error::new(ErrorCode::RequestInvalid, message)
        }),
    }
}

/// What an answer told.
#[napi]
pub(crate) fn told(answer: &Answer) -> Told {
    let (usage, unresolved, refused) = match answer.outcome() {
        Outcome::Usage(usage) => (Some(flat_of_usage(usage)), None, None),
        Outcome::Unresolved(reason) => (None, Some(reason.as_str().to_owned()), None),
        Outcome::Refused(error) => (None, None, Some(error.into())),
    };
    let others = answer.others().iter().map(|other| OtherTold {
        kind: other.kind().to_owned(),
        model: other.model().map(str::to_owned),
        usage: flat_of_usage(other.usage()),
    });
    Told {
        model: answer.model().map(str::to_owned),
        usage,
        unresolved,
        refused,
        stated_cost: answer.stated_cost().map(|cost| cost.to_string()),
        terms: answer.terms().iter().flat_map(|(key, name)| [key.to_owned(), name.to_owned()]).collect(),
        others: others.collect(),
    }
}

/// A reader of an answer of this content type that passes by.
#[napi]
pub(crate) fn stream_reader(api: String, content_type: String) -> Answered<Reader> {
    let reader = |api| External::new(Mutex::new(Some(bursar::StreamReader::of(api, &content_type))));
    answered(api.parse::<Api>().map(reader))
}

/// Whether the answer has come to its end.
#[napi]
pub(crate) fn is_stream_ended(reader: &Reader) -> bool {
    let reader = reader.lock().unwrap_or_else(PoisonError::into_inner);
    reader.as_ref().is_none_or(bursar::StreamReader::is_ended)
}

/// Looks at the next piece.
#[napi]
pub(crate) fn push_piece(reader: &Reader, piece: &[u8]) {
    if let Some(reader) = reader.lock().unwrap_or_else(PoisonError::into_inner).as_mut() {
        reader.push(piece);
    }
}

/// What the stream told; nothing the second time.
#[napi]
pub(crate) fn finish_stream(reader: &Reader) -> Option<Answer> {
    let reader = reader.lock().unwrap_or_else(PoisonError::into_inner).take();
    reader.map(|reader| External::new(reader.finish()))
}

/// The API of an address, and the provider of the price book that answers there.
#[napi(ts_return_type = "[api: string | null, provider: string | null]")]
pub(crate) fn address(host: String, path: String) -> Vec<Option<&'static str>> {
    vec![Api::detect(&host, &path).map(Api::as_str), bursar::provider_of_host(&host)]
}

//! Asking beside the event loop, where a ledger waits for its disk.

use crate::{
    call::{CallOptions, Decided, RequestOptions, decided_on, decided_with},
    fault::Fault,
    refusal::Refusal,
};
use bursar::Result;
use napi::{
    Either, Env, Task,
    bindgen_prelude::{AsyncTask, Uint8Array},
};
use napi_derive::napi;

/// The end of a decision that was made beside the event loop: one of the three.
#[napi(object, object_from_js = false)]
#[derive(Default)]
pub(crate) struct DecidedLater {
    pub hold: Option<i64>,
    pub refusal: Option<Refusal>,
    pub fault: Option<Fault>,
}

impl From<Result<Decided>> for DecidedLater {
    fn from(decided: Result<Decided>) -> Self {
        match decided {
            Ok(Either::A(hold)) => Self { hold: Some(hold), ..Self::default() },
            Ok(Either::B(refusal)) => Self { refusal: Some(refusal), ..Self::default() },
            Err(error) => Self { fault: Some(Fault::from(&error)), ..Self::default() },
        }
    }
}

/// A call, or a request that is to be decided on.
pub(crate) enum Deciding {
    Call { number: u32, names: (u32, u32), tokens: (i64, i64), options: CallOptions },
    Request { number: u32, options: RequestOptions, body: Vec<u8> },
}

impl Task for Deciding {
    type Output = Result<Decided>;
    type JsValue = DecidedLater;

    fn compute(&mut self) -> napi::Result<Self::Output> {
        Ok(match self {
            Self::Call { number, names, tokens, options } => decided_with(*number, *names, *tokens, options),
            Self::Request { number, options, body } => decided_on(*number, options, body),
        })
    }

    fn resolve(&mut self, _: Env, output: Self::Output) -> napi::Result<Self::JsValue> {
        Ok(output.into())
    }
}

/// Decides on a call beside the event loop.
#[napi(ts_return_type = "Promise<DecidedLater>")]
pub(crate) fn reserve_later(
    number: u32,
    scope: u32,
    model: u32,
    input: i64,
    output: i64,
    options: CallOptions,
) -> AsyncTask<Deciding> {
    let (names, tokens) = ((scope, model), (input, output));
    AsyncTask::new(Deciding::Call { number, names, tokens, options })
}

/// Decides on a request beside the event loop.
#[napi(ts_return_type = "Promise<DecidedLater>")]
pub(crate) fn reserve_request_later(
    number: u32,
    options: RequestOptions,
    body: Uint8Array,
) -> AsyncTask<Deciding> {
    AsyncTask::new(Deciding::Request { number, options, body: body.to_vec() })
}

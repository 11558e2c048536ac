//! Asking before a call: the fast way by numbers alone, and the ways with more to say.
//!
//! A hold crosses as its number, which is negative where a repeated key gave back an earlier one.

use crate::{
    fault::{Answered, answered},
    ledgers::{Ledger, ledger},
    names::{foreign, model_of, scope_of},
    pairs::{terms_of, usage_of_own},
    refusal::Refusal,
};
use bursar::{Api, ApiRequest, BoundRequest, CacheUse, Call, Decision, Error, ErrorCode, Result};
use napi::{Either, bindgen_prelude::BigInt};
use napi_derive::napi;
use std::time::Duration;

/// The largest number that JavaScript holds exactly. A ledger reaches it after 8.6 billion holds.
const MAX_SAFE_NUMBER: i64 = (1 << 53) - 1;

/// A hold's number, or the refusal.
pub(crate) type Decided = Either<i64, Refusal>;

/// What a call is beside its scope, its model and its tokens.
#[napi(object)]
pub(crate) struct CallOptions {
    pub key: Option<String>,
    /// Usage beside the tokens, as a flat list of our own dimensions.
    pub extra: Option<Vec<String>>,
    pub terms: Option<Vec<String>>,
    pub is_uncached: Option<bool>,
    pub fingerprint: Option<BigInt>,
    pub lifetime_micros: Option<i64>,
    /// Other models that may answer.
    pub others: Option<Vec<u32>>,
}

/// Holds the most that a call may cost. A negative `output` asks for the model's own maximum.
#[napi]
pub(crate) fn reserve(number: u32, scope: u32, model: u32, input: i64, output: i64) -> Answered<Decided> {
    let decide = || {
        let ledger = ledger(number)?;
        let decided = ledger.scopes.with(scope, |scope| {
            ledger.models.with(model, |model| {
                let call = Call::new(model, count(input));
                let call = if output < 0 { call } else { call.max_output_tokens(count(output)) };
                ledger.bursar.reserve(scope, &call)
            })
        });
        let Some(Some(decision)) = decided else { return Err(foreign()) };
        decided_of(&ledger, decision?)
    };
    answered(decide())
}

/// The same with everything that a call may say.
#[napi]
pub(crate) fn reserve_with(
    number: u32,
    scope: u32,
    model: u32,
    input: i64,
    output: i64,
    options: CallOptions,
) -> Answered<Decided> {
    answered(decided_with(number, (scope, model), (input, output), &options))
}

pub(crate) fn decided_with(
    number: u32,
    (scope, model): (u32, u32),
    (input, output): (i64, i64),
    options: &CallOptions,
) -> Result<Decided> {
    let ledger = ledger(number)?;
    let (scope, model) = (scope_of(&ledger, scope)?, model_of(&ledger, model)?);
    let bound = BoundRequest {
        input_tokens: count(input),
        max_output_tokens: (output >= 0).then(|| count(output)),
        extra: options.extra.as_deref().map(usage_of_own).transpose()?.map(Box::new),
        terms: terms_of(options.terms.as_deref().unwrap_or_default()),
        cache: if options.is_uncached == Some(true) { CacheUse::None } else { CacheUse::Possible },
    };
    let others = options.others.iter().flatten().map(|other| model_of(&ledger, *other));
    let others = others.collect::<Result<Vec<_>>>()?;
    let call = options.filled(Call::new(&model, 0).bound(bound.clone()));
    let call = others.iter().fold(call, |call, other| call.or(other, bound.clone()));
    decided_of(&ledger, ledger.bursar.reserve(&scope, &call)?)
}

/// Where a request goes, and who pays.
#[napi(object)]
pub(crate) struct RequestOptions {
    pub scope: u32,
    pub api: String,
    pub path: String,
    pub provider: Option<String>,
    pub key: Option<String>,
}

/// The decision on a request's body, which gives its own bound.
#[napi]
pub(crate) fn reserve_request(number: u32, options: RequestOptions, body: &[u8]) -> Answered<Decided> {
    answered(decided_on(number, &options, body))
}

pub(crate) fn decided_on(number: u32, options: &RequestOptions, body: &[u8]) -> Result<Decided> {
    let ledger = ledger(number)?;
    let request = ApiRequest::read(options.api.parse::<Api>()?, &options.path, body)?;
    let scope = scope_of(&ledger, options.scope)?;
    let (provider, keyed) = (options.provider.as_deref(), keyed(options.key.as_deref()));
    let decision = ledger.bursar.reserve_request(&scope, provider, &request, keyed)?;
    decided_of(&ledger, decision)
}

/// Gives a call the caller's key, if there is one.
fn keyed(key: Option<&str>) -> impl for<'m> FnOnce(Call<'m>) -> Call<'m> {
    move |call| match key {
        Some(key) => call.key(key),
        None => call,
    }
}

impl CallOptions {
    fn filled<'m>(&self, mut call: Call<'m>) -> Call<'m> {
        if let Some(key) = &self.key {
            call = call.key(key);
        }
        if let Some(fingerprint) = &self.fingerprint {
            call = call.fingerprint(fingerprint.get_u64().1);
        }
        match self.lifetime_micros {
            Some(micros) => call.lifetime(Duration::from_micros(count(micros))),
            None => call,
        }
    }
}

/// A count that the face has checked to be zero or more.
pub(crate) fn count(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}

#[inline]
pub(crate) fn decided_of(ledger: &Ledger, decision: Decision) -> Result<Decided> {
    match decision {
        Decision::Admitted(hold) => match i64::try_from(hold.id().number()) {
            Ok(number) if number <= MAX_SAFE_NUMBER => {
                Ok(Either::A(if hold.is_replay() { -number } else { number }))
            }
            _ => {
                ledger.bursar.release(hold.id())?;
                let message = "the ledger has had more holds than JavaScript can number";
                Err(Error::new(ErrorCode::LimitReached, message))
            }
        },
        Decision::Unpriced(error) => Err(error),
        refused => Ok(Either::B(Refusal::of(&refused))),
    }
}

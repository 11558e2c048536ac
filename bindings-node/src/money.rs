//! Amounts of money, in and out as decimal text.

use crate::fault::Fault;
use bursar::Money;
use napi::Either;
use napi_derive::napi;

/// Reads an amount and returns all of its digits that matter.
#[napi]
pub(crate) fn parse_money(text: String) -> Either<String, Fault> {
    match text.parse::<Money>() {
        Ok(amount) => Either::A(amount.to_string()),
        Err(error) => Either::B(error.into()),
    }
}

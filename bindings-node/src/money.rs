//! Amounts of money, in and out as decimal text.

use crate::fault::{Answered, answered};
use bursar::Money;
use napi_derive::napi;

/// Reads an amount and returns all of its digits that matter.
#[napi]
pub(crate) fn parse_money(text: String) -> Answered<String> {
    answered(text.parse::<Money>().map(|amount| amount.to_string()))
}

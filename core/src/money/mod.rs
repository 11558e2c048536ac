//! Money as integers: no float holds an amount anywhere.
//!
//! [`Money`] is what ledgers and budgets hold, in pico-USD. [`ExactMoney`] is what a quote computes, in femto-USD, in
//! which every published rate and its discounts are whole. [`Rate`] is a price per one unit. Rounding happens where
//! it is named, never by the way.

mod amount;
mod currency;
mod decimal;
mod exact;
mod rate;
mod rounding;
mod split;

pub use amount::Money;
pub use currency::Currency;
pub use exact::ExactMoney;
pub use rate::Rate;
pub use rounding::Rounding;

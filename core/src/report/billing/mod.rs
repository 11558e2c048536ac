//! Billing: what clients pay, and what is left of it.
//!
//! A client's price is worked out from usage and cost by dated terms whenever it is asked for; it never takes the place
//! of cost. What a client gets, a [`ClientStatement`] or a [`CreditNote`], has no field in which cost, margin or another
//! client could stand, so it can't tell them; what is left for oneself is told by [`Margin`] alone.

mod bill;
mod credit;
mod csv;
mod gather;
mod margin;
mod months;
mod price;
mod request;
mod statement;
mod terms;
#[cfg(test)]
mod tests;
mod usage;

pub use credit::{CreditLine, CreditNote};
pub use margin::{Margin, MarginRow, MarginTotal};
pub use price::ClientPrice;
pub use request::ClientRequest;
pub use statement::{
    ClientBudget, ClientDocument, ClientHeader, ClientLine, ClientLineKind, ClientPeriod, ClientShare,
    ClientStatement,
};
pub use terms::{
    ClientRule, ClientTerms, Clients, Included, MAX_CLIENTS, MAX_CLIENT_RULES, Retainer, VolumeMeasure,
    VolumeStep, VolumeSteps,
};

pub(crate) use gather::{BillingPlan, Billed, settle_corrections};

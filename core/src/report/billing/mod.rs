//! Billing: what clients pay, and what is left of it.
//!
//! A client's price is worked out from usage and cost by dated terms whenever it is asked for; it never takes the place
//! of cost. What a client gets, a [`ClientStatement`] or a [`CreditNote`], has no field in which cost, margin or another
//! client could stand, so it can't tell them; what is left for oneself is told by [`Margin`] alone.

mod bill;
mod call_prices;
mod credit;
mod csv;
mod document;
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

pub use credit::{CreditLine, CreditNote, CreditProject};
pub use margin::{Margin, MarginRow, MarginTotal};
pub use price::ClientPrice;
pub use request::ClientRequest;
pub use statement::{
    ClientBudget, ClientDocument, ClientHeader, ClientLine, ClientLineKind, ClientPeriod, ClientShare,
    ClientStatement,
};
pub use terms::{
    ClientRule, ClientTerms, Clients, Included, MAX_CLIENT_RULES, MAX_CLIENTS, Retainer, VolumeMeasure,
    VolumeStep, VolumeSteps,
};

pub(crate) use call_prices::BilledCalls;
pub(crate) use gather::{Billed, BillingPlan, settle_corrections};
pub(crate) use statement::Issue;

use super::period;
use super::request::ReportRequest;
use super::rules::ReportRules;
use crate::error::Result;
use crate::tags::Dictionary;
use crate::time::{Timestamp, Window};

/// The statement of the client that a request names, from what was gathered for it.
pub(crate) fn client_statement(
    request: &ClientRequest,
    billed: &Billed,
    dictionary: &Dictionary,
    issue: &Issue<'_>,
) -> Result<ClientStatement> {
    let (rules, terms) = request.terms()?;
    let usage = usage::by_client(billed, dictionary, rules)?.remove(&terms.client).unwrap_or_default();
    ClientStatement::new(terms, billed, &usage, issue)
}

/// What has to be read for the margin of a period: once for each time zone that clients are billed in.
pub(crate) fn margin_plans(request: &ReportRequest, now: Timestamp) -> Result<Vec<BillingPlan>> {
    let none = ReportRules::default();
    let rules = request.rules.as_deref().unwrap_or(&none);
    let asked = asked(request, now)?;
    let name = period::name(asked, &request.zone)?;
    let mut zones = vec![request.zone.as_str()];
    zones.extend(rules.clients.terms().iter().map(|terms| terms.time_zone.as_str()));
    zones.sort_unstable();
    zones.dedup();
    let plan = |zone: &str| {
        let period = if zone == request.zone { asked } else { Window::named(&name, zone)? };
        BillingPlan::new((period, zone), 0, rules, now)
    };
    zones.into_iter().map(plan).collect()
}

/// The margin of a period, from what was gathered for it.
pub(crate) fn margin(
    request: &ReportRequest,
    billed: &[Billed],
    dictionary: &Dictionary,
    now: Timestamp,
) -> Result<Margin> {
    let none = ReportRules::default();
    let rules = request.rules.as_deref().unwrap_or(&none);
    let asked = period::described(asked(request, now)?, &request.zone)?;
    Margin::new(billed, (asked, &request.zone), dictionary, (rules, now))
}

fn asked(request: &ReportRequest, now: Timestamp) -> Result<Window> {
    request.period.map_or_else(|| period::month_at(now, &request.zone), Ok)
}

//! What a client gets.
//!
//! Nothing in these types says what anything cost, what is left of it, or anything of another client: there is no field
//! for it. Their JSON is a published format, as that of a statement is.

use super::bill::{Bill, PricedCell, bill};
use super::gather::Billed;
use super::terms::ClientTerms;
use super::usage::ClientUsage;
use crate::error::{Error, ErrorCode, Result};
use crate::money::{Currency, Money, Rate, Rounding};
use crate::pricing::Dimension;
use crate::report::allocation::shared;
use crate::report::header::{Party, StatementStatus};
use crate::report::period::{self, ReportPeriod};
use crate::report::rounding::shares;
use crate::report::rules::Parties;
use crate::tags::UNALLOCATED;
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Raised when a reader of the version before would misread the JSON.
pub(super) const SCHEMA_VERSION: u32 = 1;

/// What a client pays for a period, and for what. All amounts are exact and in the client's currency, and the lines sum
/// to the total.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct ClientStatement {
    /// How to read the JSON.
    pub schema_version: u32,
    /// Who says it to whom, as which document.
    pub header: ClientHeader,
    /// The client, as calls were tagged.
    pub client: String,
    /// The period, whole months.
    pub period: ReportPeriod,
    /// The time zone of the months.
    pub time_zone: String,
    /// The currency of every amount.
    pub currency: Currency,
    /// When the statement was made.
    pub generated_at: Timestamp,
    /// Whether the period is over.
    pub is_over: bool,
    /// Everything that is paid.
    pub total: Money,
    /// The total as it is paid, in whole minor units of the currency: cents.
    pub payable: Money,
    /// The price of usage, before anything is taken off or added.
    pub usage: Money,
    /// Calls.
    pub calls: u64,
    /// What is paid for, month by month.
    pub lines: Vec<ClientLine>,
    /// The price of usage by service, the largest first; it sums to `usage`, as the next two do.
    pub services: Vec<ClientShare>,
    /// By project.
    pub projects: Vec<ClientShare>,
    /// By agent.
    pub agents: Vec<ClientShare>,
    /// What was paid for the months before, newest first; of those only that terms were in force for.
    pub trend: Vec<ClientPeriod>,
    /// What the client wants to pay at most, where that was agreed.
    pub budget: Option<ClientBudget>,
}

/// The head of a client's document.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClientHeader {
    /// What kind of document it is.
    pub kind: ClientDocument,
    /// Whether it can still change.
    pub status: StatementStatus,
    /// Its number; only of a final document.
    pub number: Option<String>,
    /// The number of the document that this one adjusts; its own otherwise, as FOCUS's ReferenceInvoiceId.
    pub reference: Option<String>,
    /// When it was issued; only with a number.
    pub issued_at: Option<Timestamp>,
    /// Who issues it.
    pub issuer: Option<Party>,
    /// Who gets it.
    pub recipient: Option<Party>,
}

/// What kind of document a client gets.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClientDocument {
    /// What would be paid, as it stands.
    #[default]
    Statement,
    /// What is to be paid.
    Invoice,
    /// What is given back of an invoice.
    CreditNote,
    /// What is added to an invoice.
    DebitNote,
}

/// One thing that is paid for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClientLine {
    /// What it is.
    pub kind: ClientLineKind,
    /// The month, or the part of it in which the same terms were in force.
    pub period: ReportPeriod,
    /// What it is in words.
    pub text: String,
    /// The model, or what it is called towards the client; of usage.
    pub service: Option<String>,
    /// The kind of usage; nothing for usage that wasn't measured.
    pub dimension: Option<Dimension>,
    /// Units; of usage.
    pub quantity: Option<u64>,
    /// The price of one unit, where it is the same for all of them.
    pub rate: Option<Rate>,
    /// The amount, negative for what is taken off.
    pub amount: Money,
}

/// What a line is, in the order in which terms apply.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClientLineKind {
    /// Usage at its price.
    Usage,
    /// Usage that the retainer includes.
    Included,
    /// What a volume step takes off.
    Volume,
    /// What the discount takes off.
    Discount,
    /// The fee.
    Fee,
    /// The retainer.
    Retainer,
    /// What is missing to the minimum.
    Minimum,
    /// What is above the cap.
    Cap,
}

/// A part of the price of usage.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClientShare {
    /// Whose or what.
    pub name: String,
    /// Calls.
    pub calls: u64,
    /// The price.
    pub amount: Money,
    /// Its share of all usage in hundredths of a percent; the shares sum to 10,000.
    pub share_basis_points: i128,
}

/// What was paid for an earlier month.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClientPeriod {
    /// The month.
    pub period: ReportPeriod,
    /// What was paid.
    pub total: Money,
}

/// How what is paid stands to what the client wants to pay at most.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ClientBudget {
    /// The most.
    pub limit: Money,
    /// What is left of it; negative where it is passed.
    pub remaining: Money,
    /// The total in hundredths of a percent of it.
    pub utilisation_basis_points: i128,
}

/// Who issues, and what is known of the books.
pub(crate) struct Issue<'a> {
    pub(crate) parties: &'a Parties,
    pub(crate) closed_until: Timestamp,
}

impl ClientStatement {
    /// The statement of what was gathered.
    pub(super) fn new(
        terms: &ClientTerms,
        billed: &Billed,
        usage: &ClientUsage,
        issue: &Issue<'_>,
    ) -> Result<Self> {
        let plan = &billed.plan;
        let own = bill(terms, usage, plan, &plan.months)?;
        let earlier = plan.earlier.iter().filter_map(|month| {
            // A month that the terms can't price isn't compared.
            let total = bill(terms, usage, plan, &[*month]).ok()?;
            let is_billed = terms
                .rules
                .iter()
                .any(|rule| rule.during.start() < month.end() && rule.during.end() > month.start());
            is_billed.then(|| {
                Ok(ClientPeriod { period: period::described(*month, &plan.zone)?, total: total.total })
            })
        });
        let trend = earlier.collect::<Result<Vec<_>>>()?;
        let Bill { lines, cells, usage, total, budget } = own;
        let statement = Self {
            schema_version: SCHEMA_VERSION,
            header: issue.header(terms, plan.period.end()),
            client: terms.client.clone(),
            period: period::described(plan.period, &plan.zone)?,
            time_zone: plan.zone.clone(),
            currency: terms.currency,
            generated_at: plan.now,
            is_over: plan.period.end() <= plan.now,
            total,
            payable: payable(total, terms.currency)?,
            usage,
            calls: cells.iter().map(|cell| cell.calls).sum(),
            lines,
            services: parts(&cells, |cell| &cell.service),
            projects: parts(&cells, |cell| &cell.project),
            agents: parts(&cells, |cell| &cell.agent),
            trend,
            budget: budget.map(|limit| ClientBudget::of(limit, total)),
        };
        debug_assert!(statement.adds_up(), "the lines sum to the total");
        Ok(statement)
    }

    /// Whether the lines sum to the total, and every division of usage to usage.
    pub(super) fn adds_up(&self) -> bool {
        let usage = self.lines.iter().filter(|line| line.kind == ClientLineKind::Usage);
        let is_usage =
            |parts: &[ClientShare]| parts.iter().map(|part| part.amount).sum::<Money>() == self.usage;
        self.lines.iter().map(|line| line.amount).sum::<Money>() == self.total
            && usage.map(|line| line.amount).sum::<Money>() == self.usage
            && [&self.services, &self.projects, &self.agents].into_iter().all(|parts| is_usage(parts))
    }

    /// What is payable, divided over projects by the price of their usage; without usage it is of no project.
    pub(in crate::report) fn payable_by_project(&self) -> BTreeMap<String, Money> {
        let unit = 10_i128.pow(Money::DECIMALS.saturating_sub(self.currency.minor_units()));
        let mut projects: Vec<&ClientShare> = self.projects.iter().collect();
        // Odd cents go by the names, whatever the order of the amounts.
        projects.sort_by(|one, other| one.name.cmp(&other.name));
        let weights: Vec<u128> =
            projects.iter().map(|own| own.amount.at_least_zero().pico().unsigned_abs()).collect();
        let Some(parts) = shared(self.payable.pico() / unit, &weights) else {
            return BTreeMap::from([(UNALLOCATED.to_owned(), self.payable)]);
        };
        let part = |(own, part): (&ClientShare, i128)| (own.name.clone(), Money::from_pico(part * unit));
        projects.into_iter().zip(parts).map(part).collect()
    }

    /// The same as an invoice under a number. Only a final statement can be one.
    pub(crate) fn issued(mut self, number: String) -> Result<Self> {
        if self.header.status != StatementStatus::Final {
            let (client, end) = (&self.client, self.period.window.end());
            let message =
                format!("the client `{client}` can't be invoiced before the books are closed until {end}");
            return Err(Error::new(ErrorCode::PeriodNotClosable, message).with_help("close the period first"));
        }
        self.header.kind = ClientDocument::Invoice;
        self.header.issued_at = Some(self.generated_at);
        self.header.reference = Some(number.clone());
        self.header.number = Some(number);
        Ok(self)
    }

    /// The statement as JSON: amounts are decimal strings, times RFC 3339.
    pub fn to_json(&self) -> String {
        serde_json::to_string_pretty(self).unwrap_or_default() + "\n"
    }

    /// Reads a statement that was written as JSON.
    ///
    /// # Errors
    /// `report_invalid` for what isn't a client's statement.
    pub fn from_json(text: &str) -> Result<Self> {
        serde_json::from_str(text).map_err(|cause| {
            Error::new(ErrorCode::ReportInvalid, "the text is no statement of a client")
                .with_help("pass what `to_json` of a client's statement gave")
                .caused_by(cause)
        })
    }
}

impl Issue<'_> {
    fn header(&self, terms: &ClientTerms, end: Timestamp) -> ClientHeader {
        let is_final = end <= self.closed_until;
        let named = || Party { name: terms.client.clone(), ..Party::default() };
        ClientHeader {
            status: if is_final { StatementStatus::Final } else { StatementStatus::Provisional },
            issuer: self.parties.issuer.clone(),
            recipient: Some(terms.party.clone().unwrap_or_else(named)),
            ..ClientHeader::default()
        }
    }
}

impl ClientBudget {
    fn of(limit: Money, total: Money) -> Self {
        let utilisation_basis_points = match limit.pico() {
            limit if limit > 0 => Rounding::Down.divide(total.pico().saturating_mul(10_000), limit),
            _ if total > Money::ZERO => 10_000,
            _ => 0,
        };
        Self { limit, remaining: limit - total, utilisation_basis_points }
    }
}

/// An amount in whole minor units of its currency.
pub(super) fn payable(amount: Money, currency: Currency) -> Result<Money> {
    amount.round(currency.minor_units(), Rounding::HalfEven)
}

fn parts(cells: &[PricedCell], of: impl Fn(&PricedCell) -> &String) -> Vec<ClientShare> {
    let mut sums: BTreeMap<&str, (u64, Money)> = BTreeMap::new();
    for cell in cells {
        let sum = sums.entry(of(cell)).or_default();
        *sum = (sum.0 + cell.calls, sum.1 + cell.price);
    }
    let mut parts: Vec<_> = sums.into_iter().filter(|(_, sum)| *sum != (0, Money::ZERO)).collect();
    // The sort is stable, so equal amounts keep the order of the names.
    parts.sort_by_key(|(_, (_, amount))| std::cmp::Reverse(*amount));
    let shares = shares(&parts.iter().map(|(_, (_, amount))| amount.pico()).collect::<Vec<_>>(), 10_000);
    let part = |((name, (calls, amount)), share_basis_points): ((&str, (u64, Money)), i128)| ClientShare {
        name: name.to_owned(),
        calls,
        amount,
        share_basis_points,
    };
    parts.into_iter().zip(shares).map(part).collect()
}

impl ClientLineKind {
    /// The kind in snake case.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Usage => "usage",
            Self::Included => "included",
            Self::Volume => "volume",
            Self::Discount => "discount",
            Self::Fee => "fee",
            Self::Retainer => "retainer",
            Self::Minimum => "minimum",
            Self::Cap => "cap",
        }
    }
}

impl ClientDocument {
    /// The kind in snake case.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Statement => "statement",
            Self::Invoice => "invoice",
            Self::CreditNote => "credit_note",
            Self::DebitNote => "debit_note",
        }
    }
}

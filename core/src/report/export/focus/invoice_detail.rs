//! FOCUS Invoice Detail and Billing Period: a statement as an invoice of ours, in the datasets of FOCUS 1.4.
//!
//! The lines are exact, and one more line, an adjustment, brings their sum to the total that is printed, so that the
//! invoice adds up to what is payable.

use super::detail_id::{Grain, detail_id};
use super::service;
use super::unit::meter;
use crate::error::Result;
use crate::money::{Money, Rounding};
use crate::report::export::exact::Exact;
use crate::report::export::key_values::KeyValues;
use crate::report::export::output::written;
use crate::report::guard::guarded_line;
use crate::report::header::StatementStatus;
use crate::report::statement::{DetailRow, Statement};
use crate::tags::UNALLOCATED;
use crate::time::Timestamp;
use std::io::Write;

const COLUMNS: [&str; 22] = [
    "BilledCost",
    "BillingAccountId",
    "BillingCurrency",
    "BillingPeriodEnd",
    "BillingPeriodStart",
    "ChargeCategory",
    "InvoiceDetailCreated",
    "InvoiceDetailDescription",
    "InvoiceDetailGrain",
    "InvoiceDetailId",
    "InvoiceDetailLastUpdated",
    "InvoiceId",
    "InvoiceIssueDate",
    "InvoiceIssueStatus",
    "InvoiceIssuerName",
    "PaymentCurrency",
    "PaymentCurrencyBilledCost",
    "PaymentCurrencyInvoiceDetailId",
    "PaymentDueDate",
    "PaymentTerms",
    "PurchaseOrderNumber",
    "ReferenceInvoiceId",
];

const PERIOD_COLUMNS: [&str; 6] = [
    "BillingPeriodCreated",
    "BillingPeriodEnd",
    "BillingPeriodLastUpdated",
    "BillingPeriodStart",
    "BillingPeriodStatus",
    "InvoiceIssuerName",
];

/// What a chargeback is paid by: a transfer between cost centres.
const TERMS: &str = "Internal transfer";
/// Who issues a statement that doesn't say it.
const ISSUER: &str = "Chargeback";

/// One line of the invoice.
struct Line {
    id: String,
    category: &'static str,
    description: String,
    grain: Option<String>,
    cost: Money,
}

impl Statement {
    /// Writes the statement as FOCUS Invoice Detail (1.4): a line for each team, project, client, agent, model and kind of
    /// usage, and one for the rounding to the printed total. The sum of `BilledCost` is the printed total.
    ///
    /// A line's `InvoiceDetailId` is that of the rows of [`export_focus`](crate::export_focus) with the same invoice.
    ///
    /// # Errors
    /// `report_invalid` when it can't be written.
    pub fn write_invoice_detail(&self, to: impl Write) -> Result<()> {
        let mut writer = csv::Writer::from_writer(to);
        written(writer.write_record(COLUMNS))?;
        for line in lines(self) {
            written(writer.write_record(self.invoice_record(&line)))?;
        }
        written(writer.flush())
    }

    /// Writes the statement's period as FOCUS Billing Period (1.4), one row: `Closed` once the statement is final.
    ///
    /// # Errors
    /// `report_invalid` when it can't be written.
    pub fn write_billing_period(&self, to: impl Write) -> Result<()> {
        let mut writer = csv::Writer::from_writer(to);
        written(writer.write_record(PERIOD_COLUMNS))?;
        let window = self.period.window;
        let status = if self.header.status == StatementStatus::Final { "Closed" } else { "Open" };
        let updated = seconds(self.header.issued_at.unwrap_or(self.generated_at));
        let (start, end) = (seconds(window.start()), seconds(window.end()));
        let record = [start.clone(), end, updated, start, status.to_owned(), self.issuer()];
        written(writer.write_record(record))?;
        written(writer.flush())
    }

    /// The number of the invoice: the statement's own, or its period's while it has none.
    pub(super) fn invoice_id(&self) -> String {
        self.header.number.clone().unwrap_or_else(|| self.period.name.replace(' ', "T"))
    }

    fn issuer(&self) -> String {
        let name = self.header.issuer.as_ref().map_or(ISSUER, |issuer| issuer.name.as_str());
        guarded_line(name).into_owned()
    }

    fn invoice_record(&self, line: &Line) -> [String; 22] {
        let is_final = self.header.status == StatementStatus::Final;
        let (cost, invoice) =
            (Exact::from(line.cost).to_string(), guarded_line(&self.invoice_id()).into_owned());
        let made = seconds(self.generated_at);
        let recipient = self.header.recipient.as_ref();
        let account =
            recipient.map_or(UNALLOCATED, |party| party.reference.as_deref().unwrap_or(&party.name));
        let currency = self.currency.code().to_owned();
        [
            cost.clone(),
            guarded_line(account).into_owned(),
            currency.clone(),
            seconds(self.period.window.end()),
            seconds(self.period.window.start()),
            line.category.to_owned(),
            made.clone(),
            guarded_line(&line.description).into_owned(),
            line.grain.clone().unwrap_or_default(),
            guarded_line(&line.id).into_owned(),
            made,
            invoice.clone(),
            self.header.issued_at.map(seconds).unwrap_or_default(),
            if is_final { "Issued" } else { "Open" }.to_owned(),
            self.issuer(),
            currency,
            cost,
            guarded_line(&line.id).into_owned(),
            String::new(),
            TERMS.to_owned(),
            String::new(),
            invoice,
        ]
    }
}

/// The lines of the detail, then the rounding.
fn lines(statement: &Statement) -> Vec<Line> {
    let invoice = statement.invoice_id();
    let mut lines: Vec<Line> = statement.detail.iter().flat_map(|row| lines_of(&invoice, row)).collect();
    let exact: Money = lines.iter().map(|line| line.cost).sum();
    let unit = 10_i128.pow(Money::DECIMALS.saturating_sub(statement.currency.minor_units()));
    let printed = Money::from_pico(Rounding::HalfEven.divide(exact.pico(), unit) * unit);
    if printed != exact {
        lines.push(Line {
            id: format!("{invoice}-rounding"),
            category: "Adjustment",
            description: "rounding to the smallest unit of the currency".to_owned(),
            grain: None,
            cost: printed - exact,
        });
    }
    lines
}

/// Usage by dimension, and what no usage explains.
fn lines_of(invoice: &str, row: &DetailRow) -> Vec<Line> {
    let model = if row.provider == UNALLOCATED {
        row.model.clone()
    } else {
        format!("{}/{}", row.provider, row.model)
    };
    let line = |dimension: Option<crate::pricing::Dimension>, cost: Money| {
        let name = dimension.map_or("", crate::pricing::Dimension::as_str);
        let meter = dimension.map(meter);
        let what =
            meter.clone().map_or_else(|| "cost without usage".to_owned(), |meter| meter.to_lowercase());
        let grain = Grain {
            team: &row.team,
            project: &row.project,
            client: &row.client,
            agent: &row.agent,
            model: &model,
            dimension: name,
        };
        Line {
            id: detail_id(invoice, &grain),
            category: if dimension.is_some() { "Usage" } else { "Adjustment" },
            description: format!(
                "{} {what}, {} / {} / {} / {}",
                row.model, row.team, row.project, row.client, row.agent
            ),
            grain: Some(grain_json(row, &model, meter.as_deref())),
            cost,
        }
    };
    let used = row.quantities.iter().filter(|used| used.cost != Money::ZERO);
    let mut lines: Vec<Line> = used.map(|used| line(Some(used.dimension), used.cost)).collect();
    let rest = row.cost - lines.iter().map(|line| line.cost).sum();
    if rest != Money::ZERO {
        lines.push(line(None, rest));
    }
    lines
}

fn grain_json(row: &DetailRow, model: &str, meter: Option<&str>) -> String {
    let (_, service) = service::provider(&row.provider);
    let own = [("x_Agent", &row.agent), ("x_Client", &row.client), ("x_Team", &row.team)];
    let own = own.into_iter().map(|(key, value)| (key, value.as_str()));
    let focus = [
        ("ServiceName", Some(service.as_str())),
        ("SkuId", Some(model)),
        ("SkuMeter", meter),
        ("SubAccountId", Some(row.project.as_str())),
    ];
    let focus = focus.into_iter().filter_map(|(key, value)| Some((key, value?)));
    KeyValues::of(focus.chain(own)).to_string()
}

/// An instant to the second, as FOCUS writes times; nothing for an end that no period has.
fn seconds(at: Timestamp) -> String {
    if at == Timestamp::MIN || at == Timestamp::MAX {
        return String::new();
    }
    Timestamp::from_seconds(at.micros().div_euclid(1_000_000)).to_string()
}

//! Bills as providers give them, read into lines.
//!
//! Every format is read strictly: what can't be a bill is refused with the row and the field, and nothing is guessed.
//! Amounts keep their digits and are never floats; sizes are bounded. Nothing here compares or decides.

mod anthropic_cost;
mod anthropic_usage;
mod aws_cur;
mod fault;
mod focus;
mod google_billing;
mod json;
mod mapping;
mod openai_costs;
mod openai_usage;
mod plain_csv;
mod sheet;
#[cfg(test)]
mod tests;
mod words;

pub use mapping::{AmountUnit, CsvColumns, CsvMapping, CsvSign};

use super::line::{LineStatus, ProviderLine};
use crate::error::{Error, ErrorCode, Result};
use crate::time::Timestamp;
use fault::Place;
use siphasher::sip128::{Hasher128, SipHasher24};
use std::hash::Hasher;

/// The most bytes of all pages of one bill.
pub const MAX_BILL_BYTES: usize = 256 << 20;
/// The most lines of one reconciliation.
pub const MAX_BILL_LINES: usize = 1_000_000;

/// The documents that are read.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum BillFormat {
    /// Anthropic's cost report, `/v1/organizations/cost_report`: days, amounts in cents.
    AnthropicCost,
    /// Anthropic's usage report, `/v1/organizations/usage_report/messages`: counts without amounts.
    AnthropicUsage,
    /// OpenAI's costs, `/v1/organization/costs`.
    OpenAiCosts,
    /// OpenAI's usage, `/v1/organization/usage/completions`: input that includes what was cached.
    OpenAiUsage,
    /// An AWS cost and usage report 2.0 as CSV: the lines of Bedrock.
    AwsCur,
    /// Google Cloud's billing export, as JSON lines, a JSON list or CSV: the lines of its AI services.
    GoogleBilling,
    /// A FOCUS cost and usage file as CSV, of 1.0 and later.
    Focus {
        /// The provider, by the price book's id, where the file's own name isn't one.
        provider: Option<String>,
    },
    /// Any table, with the columns named.
    Csv(Box<CsvMapping>),
}

/// A bill to read: a document, perhaps in several pages.
#[derive(Clone, Debug)]
pub struct BillDocument<'a> {
    /// The format.
    pub format: BillFormat,
    /// Its pages in any order; each is whole.
    pub pages: Vec<&'a [u8]>,
    /// When it was fetched: a line whose span wasn't over then is provisional.
    pub fetched_at: Option<Timestamp>,
}

impl<'a> BillDocument<'a> {
    /// A document of one page.
    pub fn new(format: BillFormat, page: &'a [u8]) -> Self {
        Self { format, pages: vec![page], fetched_at: None }
    }

    /// The lines of the document, in its order.
    ///
    /// # Errors
    /// `report_invalid` with the row and the field for what can't be read, `money_invalid`, `money_overflow`,
    /// `limit_reached` for more than [`MAX_BILL_BYTES`] or [`MAX_BILL_LINES`].
    pub fn read(&self) -> Result<Vec<ProviderLine>> {
        let bytes: usize = self.pages.iter().map(|page| page.len()).sum();
        if bytes > MAX_BILL_BYTES {
            let message = format!("the bill has {bytes} bytes, and at most {MAX_BILL_BYTES} are allowed");
            return Err(Error::new(ErrorCode::LimitReached, message).with_help("split the bill by days"));
        }
        let mut lines = Lines { read: Vec::new(), hash: String::new(), fetched_at: self.fetched_at };
        for page in &self.pages {
            lines.hash = payload_hash(page);
            match &self.format {
                BillFormat::AnthropicCost => anthropic_cost::read(page, &mut lines)?,
                BillFormat::AnthropicUsage => anthropic_usage::read(page, &mut lines)?,
                BillFormat::OpenAiCosts => openai_costs::read(page, &mut lines)?,
                BillFormat::OpenAiUsage => openai_usage::read(page, &mut lines)?,
                BillFormat::AwsCur => aws_cur::read(page, &mut lines)?,
                BillFormat::GoogleBilling => google_billing::read(page, &mut lines)?,
                BillFormat::Focus { provider } => focus::read(page, provider.as_deref(), &mut lines)?,
                BillFormat::Csv(mapping) => plain_csv::read(page, mapping, &mut lines)?,
            }
        }
        Ok(lines.read)
    }
}

/// Lines that are read, with what they share.
struct Lines {
    read: Vec<ProviderLine>,
    hash: String,
    fetched_at: Option<Timestamp>,
}

impl Lines {
    fn push(&mut self, mut line: ProviderLine, place: Place<'_>) -> Result<()> {
        if line.end <= line.start {
            return Err(place.fault("end", &format!("{} isn't after the start {}", line.end, line.start)));
        }
        if self.read.len() >= MAX_BILL_LINES {
            let message = format!("the bill has more than {MAX_BILL_LINES} lines");
            return Err(Error::new(ErrorCode::LimitReached, message).with_help("split the bill by days"));
        }
        if self.fetched_at.is_some_and(|fetched| fetched < line.end) {
            line.status = LineStatus::Provisional;
        }
        line.payload_hash.clone_from(&self.hash);
        line.row = place.row;
        self.read.push(line);
        Ok(())
    }
}

/// What tells one document from another: SipHash-2-4 with 128 bits, the same in every release. It finds a file again
/// and isn't proof against forgery.
fn payload_hash(bytes: &[u8]) -> String {
    let mut hasher = SipHasher24::new_with_keys(0, 0);
    hasher.write(bytes);
    let hash = hasher.finish128();
    format!("{:016x}{:016x}", hash.h1, hash.h2)
}

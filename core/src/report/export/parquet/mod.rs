//! The ledger's entries as Parquet, for BI tools and archives.
//!
//! A row is a charge line: one kind of usage of one entry, or what an entry books without usage. So `sum(amount)` is what
//! was spent, and `sum(quantity)` by dimension what was used. Entries that book nothing, such as reservations, have no
//! row. Amounts are decimals with every digit of the ledger; nothing is a float.
//!
//! Entries are read in their order and written by row groups. What is held is one row group and the ledger's names.

mod column;
mod names;
mod row;
#[cfg(test)]
mod tests;

use super::focus::Exported;
use super::output::written;
use crate::error::{Error, ErrorCode, Result};
use crate::ledger::{Entry, EntryLine, Store};
use crate::money::Money;
use crate::tags::Dictionary;
use crate::time::{Timestamp, Window};
use column::{Buffer, COLUMNS};
use names::Names;
use parquet::basic::Compression;
use parquet::file::{properties::WriterProperties, writer::SerializedFileWriter};
use parquet::schema::parser::parse_message_type;
use std::{io::Write, ops::ControlFlow, sync::Arc};

/// Rows of a row group: a few megabytes in memory, and enough to compress well.
const GROUP_ROWS: usize = 65_536;

/// Writes the entries that count in a window as Parquet, from a ledger and the names that it was written with.
///
/// # Errors
/// `report_invalid` where the ledger no longer has the entries one by one, and when it can't be written; `ledger_*`.
pub fn export_parquet<W: Write + Send>(
    store: &mut dyn Store,
    dictionary: &Dictionary,
    window: Window,
    to: W,
) -> Result<Exported> {
    let span = span(store, window)?;
    let mut file = File::new(to)?;
    let mut names = Names::of(dictionary);
    let mut outcome = Ok(());
    if let Some((first, last)) = span {
        store.booked_entries(first, &mut |entry, lines| {
            if entry.seq > last {
                return ControlFlow::Break(());
            }
            if window.contains(entry.effective_at) {
                outcome = file.add(entry, lines, &mut names);
            }
            if outcome.is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        })?;
    }
    outcome?;
    file.close()
}

/// The first and the last entry that may count in a window, by the sums of its hours.
fn span(store: &mut dyn Store, window: Window) -> Result<Option<(u64, u64)>> {
    const HOUR: i64 = 3_600_000_000;
    let start = window.start().micros();
    let from = Timestamp::from_micros(start.saturating_sub(start.rem_euclid(HOUR)));
    let mut span: Option<(u64, u64)> = None;
    store.rollups(Window::new(from, window.end())?, &mut |_, sums| {
        let own = span.get_or_insert(sums.seqs);
        *own = (own.0.min(sums.seqs.0), own.1.max(sums.seqs.1));
    })?;
    let kept = store.span().0;
    match span {
        Some((first, _)) if first < kept => {
            let message = format!(
                "the window begins with entry {first}, and the ledger has entries from {kept} on: a ledger in memory \
                 keeps the latest ones"
            );
            Err(Error::new(ErrorCode::ReportInvalid, message)
                .with_help("keep the ledger in a file, or export a later window"))
        }
        span => Ok(span),
    }
}

/// A file that is being written.
struct File<W: Write + Send> {
    writer: SerializedFileWriter<W>,
    group: Vec<Buffer>,
    /// Rows of the group that wait.
    waiting: usize,
    exported: Exported,
}

impl<W: Write + Send> File<W> {
    fn new(to: W) -> Result<Self> {
        let schema = Arc::new(written(parse_message_type(&column::schema()))?);
        let properties = WriterProperties::builder()
            .set_compression(Compression::SNAPPY)
            .set_created_by(format!("bursar {}", env!("CARGO_PKG_VERSION")))
            .build();
        let writer = written(SerializedFileWriter::new(to, schema, Arc::new(properties)))?;
        let group = COLUMNS.iter().map(|column| Buffer::new(*column)).collect();
        Ok(Self { writer, group, waiting: 0, exported: Exported::default() })
    }

    fn add(&mut self, entry: &Entry, lines: &[EntryLine], names: &mut Names<'_>) -> Result<()> {
        for row in row::rows(entry, lines, names) {
            self.group.iter_mut().zip(row).for_each(|(buffer, value)| buffer.push(value));
            self.waiting += 1;
            self.exported.rows += 1;
        }
        self.exported.billed += entry.amount;
        if self.waiting >= GROUP_ROWS { self.flush() } else { Ok(()) }
    }

    fn flush(&mut self) -> Result<()> {
        if self.waiting == 0 {
            return Ok(());
        }
        let mut group = written(self.writer.next_row_group())?;
        self.group.iter_mut().try_for_each(|buffer| buffer.write(&mut group))?;
        written(group.close())?;
        self.waiting = 0;
        Ok(())
    }

    fn close(mut self) -> Result<Exported> {
        self.flush()?;
        written(self.writer.close())?;
        debug_assert!(self.exported.billed == Money::ZERO || self.exported.rows > 0);
        Ok(self.exported)
    }
}

//! The formats of a statement.

use crate::options::{Fault, Given, Outcome};
use crate::output::File;
use bursar::{JournalFile, JournalFormat, JournalRules, Presentation, ReportRules, Statement};

/// A format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    Table,
    Csv,
    Json,
    Html,
    Xlsx,
    Pdf,
    Journal(JournalFormat),
}

/// The formats by their names, and what a file of each ends with.
const FORMATS: &[(&str, Format, &str)] = &[
    ("table", Format::Table, "txt"),
    ("csv", Format::Csv, "csv"),
    ("json", Format::Json, "json"),
    ("html", Format::Html, "html"),
    ("xlsx", Format::Xlsx, "xlsx"),
    ("pdf", Format::Pdf, "pdf"),
    ("netsuite", Format::Journal(JournalFormat::NetSuite), "csv"),
    ("quickbooks", Format::Journal(JournalFormat::QuickBooksOnline), "csv"),
    ("xero", Format::Journal(JournalFormat::Xero), "csv"),
    ("journal", Format::Journal(JournalFormat::Generic), "csv"),
];

impl Format {
    /// The format that is asked for; the table when none is.
    pub(crate) fn of(given: &Given) -> Outcome<Self> {
        let Some(name) = given.get("format") else { return Ok(Self::Table) };
        let known = FORMATS.iter().find(|(known, ..)| *known == name).map(|(_, format, _)| *format);
        known.ok_or_else(|| {
            let names: Vec<_> = FORMATS.iter().map(|(name, ..)| format!("`{name}`")).collect();
            Fault::new(
                format!("`{name}` is no format of a statement"),
                format!("use one of {}", names.join(", ")),
            )
        })
    }

    /// The statement as files of this format: one, but for journals, whose importers take so many lines each.
    pub(crate) fn render(self, statement: &Statement, rules: &ReportRules) -> Outcome<Vec<File>> {
        let presentation = Presentation::of(rules);
        let content = match self {
            Self::Table => statement.to_table().into_bytes(),
            Self::Csv => statement.to_csv().into_bytes(),
            Self::Json => statement.to_json().into_bytes(),
            Self::Html => statement.document(&presentation).to_html().into_bytes(),
            Self::Xlsx => statement.to_xlsx(&presentation)?,
            Self::Pdf => statement.document(&presentation).to_pdf()?,
            Self::Journal(format) => {
                return journal(rules, |accounts| statement.to_journal(format, accounts));
            }
        };
        let stem = statement.header.number.as_deref().unwrap_or(&statement.period.name).replace('/', "_");
        let ending =
            FORMATS.iter().find(|(_, format, _)| *format == self).map_or("txt", |(.., ending)| ending);
        Ok(vec![File { name: format!("{stem}.{ending}"), content }])
    }
}

/// The system of a journal, by the name of its format; nothing for other formats.
pub(crate) fn journal_format(name: &str) -> Option<JournalFormat> {
    let known = FORMATS.iter().find(|(known, ..)| *known == name);
    known.and_then(|(_, format, _)| if let Format::Journal(format) = format { Some(*format) } else { None })
}

/// The files of a journal, booked to the accounts of the policy.
pub(crate) fn journal(
    rules: &ReportRules,
    write: impl FnOnce(&JournalRules) -> bursar::Result<Vec<JournalFile>>,
) -> Outcome<Vec<File>> {
    let Some(journal) = &rules.journal else {
        let help = "give a policy that names them: `[journal] expense = \"6125\", clearing = \"2150\"`";
        return Err(Fault::new("the accounts of the journal aren't named", help));
    };
    let files = write(journal)?;
    Ok(files.into_iter().map(|file| File { name: file.name, content: file.text.into_bytes() }).collect())
}

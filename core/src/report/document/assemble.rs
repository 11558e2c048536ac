//! From the statement to its printed form.

use super::presentation::Presentation;
use super::printer::Printer;
use super::sections::{
    allocation, anomalies, breakdown, budgets, drivers, evidence, forecast, headline, kpis, lines,
    opportunities, tiles, trend, unallocated, usage, variance,
};
use super::{Block, Document, Section};
use crate::report::statement::Statement;

impl Statement {
    /// The statement as it is printed, with every number rounded and every text in place. Terminal, HTML, PDF and
    /// spreadsheet only lay it out.
    ///
    /// # Examples
    /// ```
    /// # use bursar::{Bursar, MemoryStore, Policy, Presentation, ReportRequest};
    /// # let bursar = Bursar::builder().policy(Policy::default()).in_memory()?;
    /// let statement = bursar.report(&ReportRequest::new("Europe/Berlin"))?;
    /// let document = statement.document(&Presentation::new());
    /// assert_eq!(document.title, "Chargeback statement");
    /// # Ok::<(), bursar::Error>(())
    /// ```
    pub fn document(&self, presentation: &Presentation) -> Document {
        let printer = Printer::new(self.currency, presentation);
        let mut document = Document {
            language: presentation.language.clone(),
            title: headline::title(self).to_owned(),
            subtitle: headline::subtitle(self),
            status: headline::status(self).to_owned(),
            number: self.header.number.clone(),
            date: Some(headline::date(self)),
            facts: headline::facts(self, &printer),
            parties: headline::parties(self),
            tiles: tiles::tiles(self, &printer),
            sections: sections(self, &printer),
            footer: headline::footer(self),
            theme: presentation.theme.clone(),
        };
        document.reword(&presentation.texts);
        document
    }
}

fn sections(statement: &Statement, printer: &Printer<'_>) -> Vec<Section> {
    let Presentation { rows, further_rows, .. } = *printer.presentation();
    let mut sections = vec![breakdown::section(statement, (&statement.by, &statement.rows), rows, printer)];
    sections.extend(trend::section(statement, printer));
    sections.extend(variance::section(statement, printer));
    sections.extend(drivers::section(statement, printer));
    sections.extend(forecast::section(statement, printer));
    sections.extend(budgets::section(statement, printer));
    sections.extend(anomalies::section(statement, printer));
    sections.extend(opportunities::section(statement, printer));
    let allocated = statement.allocation.iter();
    sections.extend(allocated.flat_map(|own| allocation::sections(own, rows, printer)));
    sections.push(unallocated::section(statement, printer));
    sections.extend(kpis::section(statement, printer));
    let further = statement.breakdowns.iter().filter(|own| own.by != statement.by && !own.rows.is_empty());
    sections.extend(
        further.map(|own| breakdown::section(statement, (&own.by, &own.rows), further_rows, printer)),
    );
    sections.extend(usage::section(statement, printer));
    sections.extend(lines::section(statement, rows, printer));
    sections.extend(notes(statement));
    sections.extend(evidence::section(statement, printer));
    sections
}

fn notes(statement: &Statement) -> Option<Section> {
    let (id, title) = ("notes".to_owned(), "Notes".to_owned());
    let blocks = vec![Block::Notes(statement.notes.clone())];
    (!statement.notes.is_empty()).then_some(Section { id, title, intro: None, blocks })
}

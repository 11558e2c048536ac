//! Since when and until when a rule is in force.

use super::node::{Node, Value, excerpt};
use super::reader::{Reader, Section};
use crate::time::{Calendar, Period, Timestamp, Window};

/// `from` and `until`: instants, or dates, which begin at midnight of the time zone. Left out, there is no end.
pub(super) fn span(reader: &mut Reader, section: &Section<'_>, zone: &str) -> Option<Window> {
    let at = |reader: &mut Reader, key: &str, open: Timestamp| match section.get(key) {
        None => Some(open),
        Some(node) => instant(reader, node, zone),
    };
    let start = at(reader, "from", Timestamp::MIN);
    let end = at(reader, "until", Timestamp::MAX);
    let (start, end) = (start?, end?);
    if start < end {
        return reader.keep(section.node.place(), Window::new(start, end));
    }
    let node = section.get("until").unwrap_or(section.node);
    reader.fault(
        node.place(),
        format!("the rule ends at {end} and begins at {start}"),
        "give an end that lies after the beginning",
    );
    None
}

/// The time zone of a section's dates.
pub(super) fn zone<'n>(reader: &mut Reader, section: &Section<'n>) -> Option<&'n str> {
    let Some(node) = section.get("time_zone") else { return Some("UTC") };
    let zone = reader.text(node, "a time zone in quotes, such as `\"Europe/Berlin\"`")?;
    reader.keep(node.place(), Calendar::new(Period::Once, zone)).map(|_| zone)
}

fn instant(reader: &mut Reader, node: &Node, zone: &str) -> Option<Timestamp> {
    let (Value::Text(text) | Value::Date(text)) = &node.value else {
        reader.wrong_type(node, "a date in quotes, such as `\"2026-11-01\"`, or an instant");
        return None;
    };
    let is_date = text.len() == "2026-11-01".len();
    let found = if is_date { Window::named(text, zone).map(|day| day.start()) } else { text.parse() };
    if found.is_err() {
        let message = format!("`{}` is no date and no instant", excerpt(text));
        let help = "write a date such as `\"2026-11-01\"`, or an instant such as `\"2026-11-01T09:00:00Z\"`";
        reader.fault(node.place(), message, help);
    }
    found.ok()
}

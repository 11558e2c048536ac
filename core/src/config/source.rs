//! The text of a policy file: lines, columns, and the line with a caret below.

use std::ops::Range;

/// Characters of a line that a message shows.
const MAX_SHOWN: usize = 110;
/// Characters before the caret that stay when a line is cut.
const SHOWN_BEFORE: usize = 40;

/// Where a policy comes from: a named file, a text, or neither.
#[derive(Clone, Copy)]
pub(super) struct Source<'s> {
    pub(super) name: Option<&'s str>,
    pub(super) text: Option<&'s str>,
}

/// A line of the text, and what of it is meant, in characters from zero.
struct Line<'s> {
    number: usize,
    text: &'s str,
    column: usize,
    length: usize,
}

impl<'s> Source<'s> {
    /// The policy in a sentence.
    pub(super) fn title(self) -> String {
        self.name.map_or_else(|| "the policy".to_owned(), |name| format!("the policy `{name}`"))
    }

    /// A message with its place before it and its line below it, and the place as facts.
    pub(super) fn point(self, span: Range<usize>, message: &str) -> (String, Vec<(&'static str, String)>) {
        let mut context: Vec<_> = self.name.iter().map(|name| ("file", (*name).to_owned())).collect();
        let Some(line) = self.line(span) else {
            let name = self.name.map(|name| format!("{name}: ")).unwrap_or_default();
            return (format!("{name}{message}"), context);
        };
        let (number, column) = (line.number, line.column + 1);
        context.push(("line", number.to_string()));
        context.push(("column", column.to_string()));
        let place = match self.name {
            Some(name) => format!("{name}:{number}:{column}"),
            None => format!("line {number}, column {column}"),
        };
        (format!("{place}: {message}\n{}", line.shown()), context)
    }

    /// The bytes of one character of a text in quotes; nothing where the quotes hide what stands where.
    pub(super) fn inside(self, span: &Range<usize>, letters: usize) -> Option<Range<usize>> {
        let written = self.text?.get(span.clone())?;
        let quote = ["\"\"\"", "'''", "\"", "'"].into_iter().find(|quote| written.starts_with(quote))?;
        let inner = written.get(quote.len()..written.len().checked_sub(quote.len())?)?;
        let newline = usize::from(quote.len() > 1 && inner.starts_with('\n'));
        let mut rest = inner.get(newline..)?;
        for _ in 0..letters {
            let first = rest.chars().next()?;
            let width = match first {
                '\\' if quote.starts_with('"') => escape_width(rest)?,
                first => first.len_utf8(),
            };
            rest = rest.get(width..)?;
        }
        let start = span.end - quote.len() - rest.len();
        Some(start..start + rest.chars().next().map_or(1, char::len_utf8))
    }

    fn line(self, span: Range<usize>) -> Option<Line<'s>> {
        let text = self.text.filter(|_| span.end > 0)?;
        // At the end of the text an error stands after the last character.
        let start = text.floor_char_boundary(span.start);
        let before = text.get(..start)?;
        let first = before.rfind('\n').map_or(0, |newline| newline + 1);
        let line = text.get(first..)?.split('\n').next()?.trim_end_matches('\r');
        let meant = text.get(start..text.floor_char_boundary(span.end))?;
        let length = meant.split(['\r', '\n']).next().unwrap_or_default().chars().count();
        Some(Line {
            number: before.matches('\n').count() + 1,
            text: line,
            column: text.get(first..start)?.chars().count(),
            length: length.max(1),
        })
    }
}

impl Line<'_> {
    /// The line with a caret below, cut to a window where it is long.
    fn shown(&self) -> String {
        let count = self.text.chars().count();
        let from = if count > MAX_SHOWN { self.column.saturating_sub(SHOWN_BEFORE) } else { 0 };
        let before = if from > 0 { "…" } else { "" };
        let after = if count > from + MAX_SHOWN { "…" } else { "" };
        let printable =
            |letter: char| if letter.is_control() && letter != '\t' { '\u{fffd}' } else { letter };
        let shown: String = self.text.chars().skip(from).take(MAX_SHOWN).map(printable).collect();
        // Tabs stay tabs, so that the caret stands below what it means.
        let blank = |letter: char| if letter == '\t' { '\t' } else { ' ' };
        let column = self.column - from;
        let mut under: String = before.chars().chain(shown.chars()).map(blank).collect();
        let width = column + before.chars().count();
        under = under.chars().chain(std::iter::repeat(' ')).take(width).collect();
        let carets = "^".repeat(self.length.min(MAX_SHOWN.saturating_sub(column).max(1)));
        let gutter = " ".repeat(self.number.to_string().len());
        let number = self.number;
        format!("{gutter} |\n{number} | {before}{shown}{after}\n{gutter} | {under}{carets}")
    }
}

/// The bytes of an escape; nothing for one that joins lines.
fn escape_width(rest: &str) -> Option<usize> {
    match rest.as_bytes().get(1)? {
        b'x' => Some(4),
        b'u' => Some(6),
        b'U' => Some(10),
        b'\n' | b'\r' | b' ' | b'\t' => None,
        _ => Some(2),
    }
}

//! What is wrong in a policy, and where; and the one error that tells it.

use super::node::Node;
use super::source::Source;
use crate::error::{Error, ErrorCode};
use std::fmt::Write as _;

/// Problems that one error tells.
pub(super) const MAX_TOLD: usize = 10;
/// Problems after which no further budget is read: finding the nearest of many names takes a while.
pub(super) const MAX_NOTED: usize = 100;

/// Where something is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) node: u32,
    pub(super) side: Side,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    /// The key that the value stands under.
    Key,
    /// The value.
    Value,
    /// So many characters into a text.
    Inside(usize),
}

/// The error is told with its place before it.
#[derive(Debug)]
pub(super) struct Problem {
    pub(super) place: Place,
    pub(super) error: Error,
}

/// One error of all problems, in the order of the text.
pub(super) fn told(mut problems: Vec<Problem>, root: &Node, source: Source<'_>) -> Option<Error> {
    problems.sort_by_key(|problem| problem.place.node);
    let count = problems.len();
    let told: Vec<_> = problems.iter().take(MAX_TOLD).map(|problem| tell(problem, root, source)).collect();
    let first = problems.into_iter().next()?;
    let context = told.first()?.context.clone();
    let error = if count == 1 {
        let message = told.into_iter().map(|told| told.message).collect::<String>();
        Error::new(first.error.code(), message).with_help(first.error.help())
    } else {
        Error::new(ErrorCode::PolicyInvalid, several(&told, count, source))
            .with_help("correct each of these places")
    };
    Some(context.into_iter().fold(error, |error, (name, value)| error.with(name, value)))
}

struct Told {
    message: String,
    help: String,
    context: Vec<(&'static str, String)>,
}

fn tell(problem: &Problem, root: &Node, source: Source<'_>) -> Told {
    let located = root.locate(problem.place.node);
    let span = match problem.place.side {
        Side::Key if !located.key_span.is_empty() => Some(located.key_span),
        Side::Key | Side::Value => Some(located.node.span.clone()),
        Side::Inside(letters) => source.inside(&located.node.span, letters),
    };
    let colon = if located.path.is_empty() { "" } else { ": " };
    let text = format!("{}{colon}{}", located.path, problem.error.message());
    let (message, mut context) = source.point(span.unwrap_or(located.node.span.clone()), &text);
    context.push(("key", located.path));
    Told { message, help: problem.error.help().to_owned(), context }
}

fn several(told: &[Told], count: usize, source: Source<'_>) -> String {
    let or_more = if count >= MAX_NOTED { " or more" } else { "" };
    let mut text = format!("{} has {count} errors{or_more}", source.title());
    for told in told {
        text.push_str("\n\n");
        text.push_str(&told.message);
        text.push_str("\n  help: ");
        text.push_str(&told.help);
    }
    if let Some(more @ 1..) = count.checked_sub(told.len()) {
        let _ = write!(text, "\n\nand {more} more");
    }
    text
}

//! A body that is a form (`multipart/form-data`), in which sound and images are sent as they are.

use super::node::Node;
use std::borrow::Cow;

/// Fields of one form that are read; the rest count as text.
const MAX_FIELDS: usize = 1_024;

/// Whether a body is a form; no JSON begins so.
pub(super) fn is_form(body: &[u8]) -> bool {
    body.starts_with(b"--")
}

/// The fields of a form as a map. Text that is a whole number or a truth value is one.
pub(super) fn read(body: &[u8]) -> Node<'_> {
    let end = body.windows(2).position(|two| two == b"\r\n").unwrap_or(body.len());
    let boundary = [b"\r\n", body.get(..end).unwrap_or_default()].concat();
    let (mut fields, mut rest) = (Vec::new(), body.get(end..).unwrap_or_default());
    while fields.len() < MAX_FIELDS {
        let (part, after) = match find(rest, &boundary) {
            Some(at) => (rest.get(..at), rest.get(at + boundary.len()..)),
            None => (Some(rest), None),
        };
        fields.extend(part.and_then(field));
        let Some(after) = after else { break };
        rest = after;
    }
    Node::Map(fields)
}

/// The bytes of a form's names and texts.
pub(super) fn text_bytes(form: &Node<'_>) -> u64 {
    let text = |value: &Node<'_>| match value {
        Node::File(_) => 0,
        Node::Text(text) => text.len(),
        number => number.shown().len(),
    };
    form.entries().iter().map(|(name, value)| (name.len() + text(value)) as u64).sum()
}

/// The name and the value of one part; nothing for what has no name.
fn field(part: &[u8]) -> Option<(Cow<'_, str>, Node<'_>)> {
    const BREAK: &[u8] = b"\r\n\r\n";
    let at = find(part, BREAK)?;
    let (head, value) = (part.get(..at)?, part.get(at + BREAK.len()..)?);
    let head = String::from_utf8_lossy(head);
    let name = parameter(&head, "name")?;
    let is_file = parameter(&head, "filename").is_some();
    let text = std::str::from_utf8(value).ok().filter(|_| !is_file);
    Some((Cow::Owned(name.to_owned()), text.map_or(Node::File(value), of_text)))
}

fn of_text(text: &str) -> Node<'_> {
    match (text.parse(), text) {
        (Ok(count), _) => Node::Count(count),
        (_, "true") => Node::Bool(true),
        (_, "false") => Node::Bool(false),
        _ => Node::Text(Cow::Borrowed(text)),
    }
}

/// A quoted parameter of a part's head.
fn parameter<'h>(head: &'h str, name: &str) -> Option<&'h str> {
    let (_, rest) = head.split_once(&format!("; {name}=\""))?;
    rest.split('"').next()
}

/// Where something that begins with a line end first stands.
fn find(bytes: &[u8], what: &[u8]) -> Option<usize> {
    let mut from = 0;
    loop {
        let rest = bytes.get(from..)?;
        let at = from + rest.iter().position(|byte| *byte == b'\r')?;
        if bytes.get(at..)?.starts_with(what) {
            return Some(at);
        }
        from = at + 1;
    }
}

#[cfg(test)]
mod tests {
    use super::{super::node::Node, is_form, read};

    #[test]
    fn a_form_is_read_like_a_body_of_json() {
        let body = b"--b\r\nContent-Disposition: form-data; name=\"model\"\r\n\r\nwhisper-1\r\n\
            --b\r\nContent-Disposition: form-data; name=\"n\"\r\n\r\n2\r\n\
            --b\r\nContent-Disposition: form-data; name=\"stream\"\r\n\r\ntrue\r\n\
            --b\r\nContent-Disposition: form-data; name=\"file\"; filename=\"a.mp3\"\r\n\
            Content-Type: audio/mpeg\r\n\r\n\xff\r\n--\r\n\xfe\r\n--b--\r\n";
        assert!(is_form(body));
        let form = read(body);
        assert_eq!(form.text("model"), Some("whisper-1"));
        assert!(matches!(form.get("n"), Some(Node::Count(2))));
        assert!(form.get("stream").is_some_and(Node::is_true));
        assert!(matches!(form.get("file"), Some(Node::File(b"\xff\r\n--\r\n\xfe"))));
    }

    #[test]
    fn a_form_that_is_none_has_no_fields() {
        for body in [&b"--"[..], b"--b", b"--b\r\n", b"--b\r\n\r\n\r\n", b"--b\r\nname=\"a\"\r\n\r\nx\r\n--b"]
        {
            assert_eq!(read(body).entries().len(), 0, "{body:?}");
        }
    }
}

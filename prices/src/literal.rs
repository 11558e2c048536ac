//! A reader of plain values: JSON, and the literals and constructor calls of which Python data is made.
//!
//! Numbers keep their digits, since a float would lose some. It evaluates nothing: a call is its name and arguments.

use std::fmt;

/// A value of a table.
#[derive(Clone, Debug, PartialEq)]
pub enum Literal {
    /// `null` or `None`, and names that stand for a value of their own.
    Name(String),
    /// `true` or `false`.
    Flag(bool),
    /// A number as it was written.
    Number(String),
    /// Text.
    Text(String),
    /// A list or a tuple.
    List(Vec<Literal>),
    /// A table, in the order in which it was written.
    Table(Vec<(String, Literal)>),
    /// `Name(1, key=2)`: the name, and the arguments; those without a key have an empty one.
    Call(String, Vec<(String, Literal)>),
}

impl Literal {
    /// Reads one value, and whatever may follow it.
    ///
    /// # Errors
    /// The place and what was expected there.
    pub fn parse(text: &str) -> Result<Self, Fault> {
        Reader { text: text.as_bytes(), at: 0 }.value(0)
    }

    /// The value of a key of a table, or of an argument of a call.
    pub fn get(&self, key: &str) -> Option<&Self> {
        self.entries().iter().find(|(name, _)| name == key).map(|(_, value)| value)
    }

    /// The keys and values of a table, or the arguments of a call.
    pub fn entries(&self) -> &[(String, Self)] {
        match self {
            Self::Table(entries) | Self::Call(_, entries) => entries,
            _ => &[],
        }
    }

    /// The values of a list.
    pub fn items(&self) -> &[Self] {
        match self {
            Self::List(items) => items,
            _ => &[],
        }
    }

    /// Text.
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// A number as it was written.
    pub fn number(&self) -> Option<&str> {
        match self {
            Self::Number(digits) => Some(digits),
            _ => None,
        }
    }

    /// The name of a call.
    pub fn call(&self) -> Option<&str> {
        match self {
            Self::Call(name, _) => Some(name),
            _ => None,
        }
    }

    /// The first argument of a call.
    pub fn argument(&self) -> Option<&Self> {
        match self {
            Self::Call(_, arguments) => arguments.first().map(|(_, value)| value),
            _ => None,
        }
    }

    /// Whether it is nothing.
    pub fn is_none(&self) -> bool {
        matches!(self, Self::Name(name) if name == "None" || name == "null")
    }
}

/// Why a text is no value.
#[derive(Debug)]
pub struct Fault {
    at: usize,
    expected: &'static str,
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "byte {}: expected {}", self.at, self.expected)
    }
}

/// How deep values may be nested.
const MAX_DEPTH: usize = 64;

struct Reader<'t> {
    text: &'t [u8],
    at: usize,
}

impl Reader<'_> {
    fn fault<T>(&self, expected: &'static str) -> Result<T, Fault> {
        Err(Fault { at: self.at, expected })
    }

    /// The next byte after white space and comments.
    fn peek(&mut self) -> u8 {
        loop {
            match self.text.get(self.at) {
                Some(b'#') => {
                    while self.text.get(self.at).is_some_and(|byte| *byte != b'\n') {
                        self.at += 1;
                    }
                }
                Some(byte) if byte.is_ascii_whitespace() => self.at += 1,
                found => return found.copied().unwrap_or(0),
            }
        }
    }

    fn take(&mut self, byte: u8) -> bool {
        let is_next = self.peek() == byte;
        self.at += usize::from(is_next);
        is_next
    }

    fn value(&mut self, depth: usize) -> Result<Literal, Fault> {
        if depth > MAX_DEPTH {
            return self.fault("less depth");
        }
        match self.peek() {
            b'{' => self.table(depth),
            b'[' => self.list(b']', depth).map(Literal::List),
            b'(' => self.tuple(depth),
            b'"' | b'\'' => self.texts().map(Literal::Text),
            b'-' | b'0'..=b'9' => Ok(Literal::Number(self.word(b"+-.eE"))),
            byte if byte.is_ascii_alphabetic() || byte == b'_' => self.named(depth),
            _ => self.fault("a value"),
        }
    }

    fn table(&mut self, depth: usize) -> Result<Literal, Fault> {
        self.at += 1;
        let mut entries = Vec::new();
        while !self.take(b'}') {
            if !matches!(self.peek(), b'"' | b'\'') {
                return self.fault("a key in quotes");
            }
            let key = self.texts()?;
            if !self.take(b':') {
                return self.fault("`:`");
            }
            entries.push((key, self.value(depth + 1)?));
            if !self.take(b',') && self.peek() != b'}' {
                return self.fault("`,` or `}`");
            }
        }
        Ok(Literal::Table(entries))
    }

    fn list(&mut self, end: u8, depth: usize) -> Result<Vec<Literal>, Fault> {
        self.at += 1;
        let mut items = Vec::new();
        while !self.take(end) {
            items.push(self.value(depth + 1)?);
            if !self.take(b',') && self.peek() != end {
                return self.fault("`,` or the end of the list");
            }
        }
        Ok(items)
    }

    /// A tuple, or one value in parentheses.
    fn tuple(&mut self, depth: usize) -> Result<Literal, Fault> {
        let mut items = self.list(b')', depth)?;
        Ok(if items.len() == 1 { items.remove(0) } else { Literal::List(items) })
    }

    /// Text; several one after another are one.
    fn texts(&mut self) -> Result<String, Fault> {
        let mut out = String::new();
        while matches!(self.peek(), b'"' | b'\'') {
            self.quoted(&mut out)?;
        }
        Ok(out)
    }

    fn quoted(&mut self, out: &mut String) -> Result<(), Fault> {
        let quote = self.peek();
        self.at += 1;
        let mut bytes = Vec::new();
        loop {
            let Some(byte) = self.text.get(self.at).copied() else {
                return self.fault("the end of the text");
            };
            self.at += 1;
            if byte == quote {
                break;
            }
            if byte != b'\\' {
                bytes.push(byte);
                continue;
            }
            let letter = self.escaped()?;
            bytes.extend_from_slice(letter.encode_utf8(&mut [0; 4]).as_bytes());
        }
        match String::from_utf8(bytes) {
            Ok(text) => out.push_str(&text),
            Err(_) => return self.fault("text in UTF-8"),
        }
        Ok(())
    }

    fn escaped(&mut self) -> Result<char, Fault> {
        let kind = self.text.get(self.at).copied().unwrap_or(0);
        self.at += 1;
        Ok(match kind {
            b'n' => '\n',
            b't' => '\t',
            b'r' => '\r',
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'x' => self.code(2)?,
            b'u' => self.code(4)?,
            b'U' => self.code(8)?,
            b'"' | b'\'' | b'\\' | b'/' => char::from(kind),
            _ => return self.fault("a known escape"),
        })
    }

    /// A character by its number; of JSON's pairs the two halves.
    fn code(&mut self, digits: usize) -> Result<char, Fault> {
        let high = self.hexadecimal(digits)?;
        if !(0xd800..0xdc00).contains(&high) {
            return char::from_u32(high).map_or_else(|| self.fault("a character"), Ok);
        }
        if self.text.get(self.at..self.at + 2) != Some(b"\\u") {
            return self.fault("the second half of a character");
        }
        self.at += 2;
        let low = self.hexadecimal(4)?;
        let joined = 0x1_0000 + ((high - 0xd800) << 10) + low.saturating_sub(0xdc00);
        char::from_u32(joined).map_or_else(|| self.fault("a character"), Ok)
    }

    fn hexadecimal(&mut self, digits: usize) -> Result<u32, Fault> {
        let found =
            self.text.get(self.at..self.at + digits).and_then(|found| std::str::from_utf8(found).ok());
        let number = found.and_then(|found| u32::from_str_radix(found, 16).ok());
        self.at += digits;
        number.map_or_else(|| self.fault("a hexadecimal number"), Ok)
    }

    /// A name, a name in a name (`datetime.date`), or a call.
    fn named(&mut self, depth: usize) -> Result<Literal, Fault> {
        let name = self.word(b"._");
        match name.as_str() {
            "true" | "True" => return Ok(Literal::Flag(true)),
            "false" | "False" => return Ok(Literal::Flag(false)),
            _ => {}
        }
        if self.text.get(self.at) != Some(&b'(') {
            return Ok(Literal::Name(name));
        }
        self.at += 1;
        let mut arguments = Vec::new();
        while !self.take(b')') {
            let start = self.at;
            let key = if self.peek().is_ascii_alphabetic() { self.word(b"_") } else { String::new() };
            let is_key = !key.is_empty() && self.take(b'=');
            if !is_key {
                self.at = start;
            }
            arguments.push((if is_key { key } else { String::new() }, self.value(depth + 1)?));
            if !self.take(b',') && self.peek() != b')' {
                return self.fault("`,` or `)`");
            }
        }
        Ok(Literal::Call(name, arguments))
    }

    fn word(&mut self, besides: &[u8]) -> String {
        let rest = self.text.get(self.at..).unwrap_or_default();
        let length =
            rest.iter().take_while(|byte| byte.is_ascii_alphanumeric() || besides.contains(byte)).count();
        self.at += length;
        String::from_utf8_lossy(rest.get(..length).unwrap_or_default()).into_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::Literal;

    #[test]
    fn json_keeps_the_digits_of_its_numbers() {
        let read =
            Literal::parse(r#"{"a": [1.50e-07, null, true], "b": "\u00e9\ud83d\ude00\n"}"#).expect("a table");
        assert_eq!(read.get("a").expect("a").items()[0].number(), Some("1.50e-07"));
        assert!(read.get("a").expect("a").items()[1].is_none());
        assert_eq!(read.get("b").expect("b").text(), Some("é😀\n"));
    }

    #[test]
    fn python_data_is_read_without_running_it() {
        let text = "[ # models\n Model(id='a' \"b\", at=datetime.date(2026, 8, 17), price=Decimal('0.10'), none=None,\n)]";
        let read = Literal::parse(text).expect("a list");
        let model = &read.items()[0];
        assert_eq!(model.call(), Some("Model"));
        assert_eq!(model.get("id").and_then(Literal::text), Some("ab"));
        assert_eq!(model.get("at").expect("a date").entries().len(), 3);
        assert_eq!(model.get("price").and_then(Literal::argument).and_then(Literal::text), Some("0.10"));
        assert!(model.get("none").expect("none").is_none());
    }

    #[test]
    fn what_is_no_value_is_refused_with_its_place() {
        for (text, place) in [("[1 2]", "byte 3"), ("{a: 1}", "byte 1"), ("'a", "byte 2"), ("f(1", "byte 3")]
        {
            let fault = Literal::parse(text).expect_err(text).to_string();
            assert!(fault.starts_with(place), "{text}: {fault}");
        }
    }
}

//! The text form of a selector, read by recursive descent.
//!
//! ```text
//! any  = all { "or" all }
//! all  = unit { "and" unit }
//! unit = "not" unit | "(" any ")" | "everything" | key test
//! test = "=" value | "!=" value | [ "not" ] "in" "[" value { "," value } [ "," ] "]" | "is" [ "not" ] "set"
//! ```

use super::{MAX_SELECTOR_BYTES, MAX_SELECTOR_DEPTH, MAX_SELECTOR_VALUES, Node, Selector};
use crate::{
    error::{Error, ErrorCode, Result},
    tags::{
        TagKey,
        key::is_allowed,
        value::{excerpt, fault},
    },
};
use std::{fmt, str::FromStr};

/// Words that can be a key only in quotes.
const RESERVED: [&str; 7] = ["and", "everything", "in", "is", "not", "or", "set"];

pub(super) fn is_reserved(word: &str) -> bool {
    RESERVED.contains(&word)
}

impl FromStr for Selector {
    type Err = Error;

    /// Reads the text form.
    fn from_str(text: &str) -> Result<Self> {
        if text.len() > MAX_SELECTOR_BYTES {
            let message =
                format!("a selector of {} bytes, at most {MAX_SELECTOR_BYTES} are allowed", text.len());
            return Err(Error::new(ErrorCode::LimitReached, message).with_help("use a shorter selector"));
        }
        let mut reader = Reader { text, end: 0, start: 0, token: Token::End };
        reader.advance()?;
        let node = reader.any(0)?;
        match reader.token {
            Token::End => Self::bounded(node),
            _ => Err(reader.expected("`and`, `or` or the end")),
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Token<'t> {
    Word(&'t str),
    Quoted(String),
    Sign(&'static str),
    End,
}

impl fmt::Display for Token<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Word(word) => write!(f, "`{}`", excerpt(word)),
            Self::Quoted(text) => write!(f, "the value `{}`", excerpt(text)),
            Self::Sign(sign) => write!(f, "`{sign}`"),
            Self::End => f.write_str("the end"),
        }
    }
}

struct Reader<'t> {
    text: &'t str,
    /// Where the token starts and ends, in bytes.
    start: usize,
    end: usize,
    token: Token<'t>,
}

impl<'t> Reader<'t> {
    fn any(&mut self, level: usize) -> Result<Node> {
        let mut nodes = vec![self.all(level)?];
        while self.take_word("or")? {
            nodes.push(self.all(level)?);
        }
        Ok(Node::any(nodes))
    }

    fn all(&mut self, level: usize) -> Result<Node> {
        let mut nodes = vec![self.unit(level)?];
        while self.take_word("and")? {
            nodes.push(self.unit(level)?);
        }
        Ok(Node::all(nodes))
    }

    /// `level` counts the words `not` and the parentheses around, which bounds the recursion.
    fn unit(&mut self, level: usize) -> Result<Node> {
        if level > MAX_SELECTOR_DEPTH {
            return Err(self.fault(&format!("nested deeper than {MAX_SELECTOR_DEPTH} levels")));
        }
        if self.take_word("not")? {
            return self.unit(level + 1).map(Node::not);
        }
        if self.take_word("everything")? {
            return Ok(Node::all([]));
        }
        if self.take_sign("(")? {
            let node = self.any(level + 1)?;
            return if self.take_sign(")")? { Ok(node) } else { Err(self.expected("`and`, `or` or `)`")) };
        }
        let key = self.key()?;
        self.test(key)
    }

    fn key(&mut self) -> Result<TagKey> {
        let text = match &self.token {
            Token::Word(word) if is_reserved(word) => {
                let word = *word;
                return Err(self
                    .fault(&format!("expected a key, found the word `{word}`"))
                    .with_help(format!("write `\"{word}\"` if it is a key")));
            }
            Token::Word(word) => *word,
            Token::Quoted(text) => text.as_str(),
            Token::Sign(_) | Token::End => return Err(self.expected("a key, `not` or `(`")),
        };
        let key = text.parse::<TagKey>().map_err(|error| self.fault(error.message()))?;
        self.advance()?;
        Ok(key)
    }

    fn test(&mut self, key: TagKey) -> Result<Node> {
        if self.take_sign("=")? {
            let value = self.value()?;
            return Node::one_of(key, [value]);
        }
        if self.take_sign("!=")? {
            let value = self.value()?;
            return Node::one_of(key, [value]).map(Node::not);
        }
        if self.take_word("in")? {
            return Node::one_of(key, self.list()?);
        }
        if self.take_word("not")? {
            if !self.take_word("in")? {
                return Err(self.expected("`in`"));
            }
            return Node::one_of(key, self.list()?).map(Node::not);
        }
        if self.take_word("is")? {
            let negated = self.take_word("not")?;
            if !self.take_word("set")? {
                return Err(self.expected(if negated { "`set`" } else { "`set` or `not set`" }));
            }
            let node = Node::Present(key);
            return Ok(if negated { Node::not(node) } else { node });
        }
        Err(self.expected("`=`, `!=`, `in`, `not in` or `is`"))
    }

    fn list(&mut self) -> Result<Vec<String>> {
        if !self.take_sign("[")? {
            return Err(self.expected("`[`"));
        }
        let mut values = vec![self.value()?];
        while self.take_sign(",")? {
            if self.token == Token::Sign("]") {
                break;
            }
            if values.len() == MAX_SELECTOR_VALUES {
                return Err(self.fault(&format!("a list of more than {MAX_SELECTOR_VALUES} values")));
            }
            values.push(self.value()?);
        }
        if self.take_sign("]")? { Ok(values) } else { Err(self.expected("`,` or `]`")) }
    }

    fn value(&mut self) -> Result<String> {
        let Token::Quoted(value) = &self.token else {
            return Err(self.expected("a value in quotes"));
        };
        if let Some(fault) = fault(value) {
            return Err(self.fault(&format!("the value {fault}")));
        }
        let value = value.clone();
        self.advance()?;
        Ok(value)
    }

    fn take_word(&mut self, word: &str) -> Result<bool> {
        let found = matches!(&self.token, Token::Word(own) if *own == word);
        if found {
            self.advance()?;
        }
        Ok(found)
    }

    fn take_sign(&mut self, sign: &str) -> Result<bool> {
        let found = matches!(&self.token, Token::Sign(own) if *own == sign);
        if found {
            self.advance()?;
        }
        Ok(found)
    }

    fn rest(&self) -> &'t str {
        self.text.get(self.end..).unwrap_or_default()
    }

    /// Reads the next token.
    fn advance(&mut self) -> Result<()> {
        let rest = self.rest();
        let trimmed = rest.trim_start();
        self.end += rest.len() - trimmed.len();
        self.start = self.end;
        let Some(first) = trimmed.chars().next() else {
            self.token = Token::End;
            return Ok(());
        };
        if matches!(first, '"' | '\'') {
            return self.advance_quoted(first);
        }
        let signs = ["!=", "=", "(", ")", "[", "]", ","];
        if let Some(sign) = signs.into_iter().find(|sign| trimmed.starts_with(sign)) {
            self.end += sign.len();
            self.token = Token::Sign(sign);
            return Ok(());
        }
        let length = trimmed.find(|letter| !is_allowed(letter)).unwrap_or(trimmed.len());
        match trimmed.get(..length) {
            Some(word) if !word.is_empty() => {
                self.end += length;
                self.token = Token::Word(word);
                Ok(())
            }
            _ => Err(self
                .fault(&format!("`{}` has no meaning here", first.escape_debug()))
                .with_help("write keys of letters, digits, `.`, `_` and `-`, and values in quotes")),
        }
    }

    fn advance_quoted(&mut self, quote: char) -> Result<()> {
        let mut value = String::new();
        let mut letters = self.rest().char_indices().skip(1);
        while let Some((offset, letter)) = letters.next() {
            match letter {
                '\\' => {
                    let Some((_, escaped @ ('"' | '\'' | '\\'))) = letters.next() else {
                        self.start += offset;
                        return Err(self.fault("expected a quote or `\\` after `\\`"));
                    };
                    value.push(escaped);
                }
                letter if letter == quote => {
                    self.end += offset + quote.len_utf8();
                    self.token = Token::Quoted(value);
                    return Ok(());
                }
                letter => value.push(letter),
            }
        }
        Err(self.fault(&format!("the value has no closing `{quote}`")))
    }

    fn expected(&self, what: &str) -> Error {
        self.fault(&format!("expected {what}, found {}", self.token))
    }

    /// An error at the start of the token. Columns are counted in characters, from one.
    fn fault(&self, what: &str) -> Error {
        let column = self.text.get(..self.start).unwrap_or_default().chars().count() + 1;
        let message = format!("`{}` at column {column}: {what}", excerpt(self.text));
        Error::new(ErrorCode::SelectorInvalid, message).with("column", column)
    }
}

//! Makes any text printable: characters that no font has become a box, and long words may be broken.
//!
//! A page for the archive may hold no missing glyph and no unmapped character, so a name in a script that the fonts
//! don't cover would be refused; here it loses its letters instead, and the page says so. It changes no figure.

use crate::texts::Use;
use typst::text::FontBook;
use unicode_segmentation::UnicodeSegmentation;

/// What stands for a character that no font has.
const BOX: &str = "\u{25a1}";

/// A place where a line may end that shows nothing.
const BREAK: char = '\u{200b}';

/// The most characters that stand together before a line may end.
const MAX_WORD: usize = 14;

/// The longest amount: 26 digits with their signs.
const MAX_AMOUNT: usize = 36;

/// The fonts' characters, and whether one was missing so far.
pub(crate) struct Glyphs<'fonts> {
    book: &'fonts FontBook,
    is_replaced: bool,
}

impl<'fonts> Glyphs<'fonts> {
    pub(crate) fn new(book: &'fonts FontBook) -> Self {
        Self { book, is_replaced: false }
    }

    /// Whether a character had to be replaced.
    pub(crate) fn is_replaced(&self) -> bool {
        self.is_replaced
    }

    /// Makes one text fit for its use.
    pub(crate) fn make_printable(&mut self, text: &mut String, used: Use) {
        if text.bytes().all(|byte| (b' '..=b'~').contains(&byte)) {
            if used == Use::Words && text.len() > MAX_WORD {
                *text = breakable(text);
            }
            return;
        }
        let cleaned: String = text.chars().filter_map(|char| cleaned(char, used)).collect();
        *text = match used {
            Use::Told => cleaned,
            Use::Picture | Use::Figure => self.replaced(&cleaned),
            Use::Words => breakable(&self.replaced(&cleaned)),
        };
    }

    /// The text with a box for each character, as one sees it, that no font has.
    fn replaced(&mut self, text: &str) -> String {
        let mut printable = String::with_capacity(text.len());
        for cluster in text.graphemes(true) {
            if cluster.chars().all(|char| self.has(char)) {
                printable.push_str(cluster);
            } else {
                self.is_replaced = true;
                printable.push_str(BOX);
            }
        }
        printable
    }

    fn has(&self, char: char) -> bool {
        if char.is_ascii() {
            return true;
        }
        let mut infos = (0..).map_while(|index| self.book.info(index));
        !is_private(char) && infos.any(|info| info.coverage.contains(u32::from(char)))
    }
}

/// The character as it may stand in a page or its metadata: no control, no mark that turns the reading direction, no
/// invisible joiner.
fn cleaned(char: char, used: Use) -> Option<char> {
    match char {
        '\n' | '\t' | '\r' if used == Use::Picture => Some(char),
        '\n' | '\t' | '\r' | '\u{2028}' | '\u{2029}' => Some(' '),
        '\u{200b}'..='\u{200f}'
        | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}'
        | '\u{ad}'
        | '\u{feff}'
        | '\u{fff9}'..='\u{fffc}'
        | '\u{fe00}'..='\u{fe0f}'
        | '\u{e0000}'..='\u{e0fff}' => None,
        char if char.is_control() || u32::from(char) & 0xfffe == 0xfffe => None,
        char => Some(char),
    }
}

/// Whether Unicode leaves the character's meaning to whoever uses it.
fn is_private(char: char) -> bool {
    matches!(char, '\u{e000}'..='\u{f8ff}' | '\u{f0000}'..='\u{10ffff}')
}

/// The text with places where a line may end in words that are too long for a narrow column.
fn breakable(text: &str) -> String {
    let mut broken = String::with_capacity(text.len());
    // A space that keeps an amount with its currency parts words too.
    for part in text.split_inclusive(char::is_whitespace) {
        let word = part.trim_end_matches(char::is_whitespace);
        if word.len() <= MAX_WORD || word.chars().count() <= MAX_WORD || is_amount(word) {
            broken.push_str(word);
        } else {
            break_word(word, &mut broken);
        }
        broken.push_str(part.strip_prefix(word).unwrap_or_default());
    }
    broken
}

/// Whether a word is a number that is no longer than an amount of any ledger.
fn is_amount(word: &str) -> bool {
    word.len() <= MAX_AMOUNT && word.bytes().all(|byte| byte.is_ascii_digit() || b".,+-".contains(&byte))
}

/// Ends may come after a sign that parts a name, and else after so many characters; never after the sign or the point of a
/// number.
fn break_word(word: &str, broken: &mut String) {
    let is_digit =
        |cluster: Option<&str>| cluster.is_some_and(|own| own.bytes().all(|byte| byte.is_ascii_digit()));
    let (mut since, mut before) = (0, None);
    let mut clusters = word.graphemes(true).peekable();
    while let Some(cluster) = clusters.next() {
        if since >= MAX_WORD {
            broken.push(BREAK);
            since = 0;
        }
        broken.push_str(cluster);
        since += 1;
        let in_number = is_digit(clusters.peek().copied())
            && match cluster {
                "." | "," => is_digit(before),
                "-" => before.is_none(),
                _ => false,
            };
        if !in_number && matches!(cluster, "/" | "-" | "_" | "." | ":" | "@" | "=" | "," | ";") {
            broken.push(BREAK);
            since = 0;
        }
        before = Some(cluster);
    }
}

#[cfg(test)]
mod tests {
    use super::{Glyphs, Use};
    use crate::fonts::Fonts;

    fn printed(text: &str, used: Use) -> (String, bool) {
        let fonts = Fonts::embedded();
        let mut glyphs = Glyphs::new(fonts.book());
        let mut text = text.to_owned();
        glyphs.make_printable(&mut text, used);
        (text, glyphs.is_replaced())
    }

    #[test]
    fn what_the_fonts_have_stays_as_it_is() {
        for text in ["marketing", "#$*_@<>\\", "Zürich – Łódź · Αθήνα · Київ", "1,342.00 €", "−3 %", "▲ ▼"]
        {
            assert_eq!(printed(text, Use::Words), (text.to_owned(), false));
        }
    }

    #[test]
    fn a_character_that_no_font_has_is_one_box() {
        assert_eq!(printed("山田 a", Use::Words), ("□□ a".to_owned(), true));
        assert_eq!(printed("👩‍💻!", Use::Words).0, "□□!", "a joined sign is shown part by part");
        assert_eq!(printed("\u{e000}", Use::Words), ("□".to_owned(), true));
        assert_eq!(printed("שלום", Use::Figure), ("□□□□".to_owned(), true));
    }

    #[test]
    fn what_is_only_told_keeps_its_letters() {
        assert_eq!(printed("山田\u{7}\n\u{202e}x", Use::Told), ("山田 x".to_owned(), false));
    }

    #[test]
    fn controls_and_turned_directions_go() {
        assert_eq!(printed("a\u{0}b\u{202e}c\u{feff}\u{ffff}d\ne", Use::Words).0, "abcd e");
        assert_eq!(printed("<svg>\n</svg>é", Use::Picture).0, "<svg>\n</svg>é");
    }

    #[test]
    fn a_long_word_may_be_broken_and_a_figure_may_not() {
        let word = "a".repeat(30);
        let broken = printed(&word, Use::Words).0;
        assert_eq!(broken.replace('\u{200b}', ""), word);
        assert_eq!(broken.matches('\u{200b}').count(), 2);
        assert_eq!(
            printed("eu-central-1/agents", Use::Words).0,
            "eu-\u{200b}central-\u{200b}1/\u{200b}agents"
        );
        assert_eq!(printed(&word, Use::Figure).0, word);
    }

    #[test]
    fn an_amount_among_words_stays_in_one_piece() {
        for text in
            ["2.53\u{a0}USD in 48", "Correction by -0.12\u{a0}USD: credited", "1,234,567.123456789012 of it"]
        {
            assert_eq!(printed(text, Use::Words).0, text);
        }
        assert_eq!(
            printed("v1.2.3-release.candidate", Use::Words).0,
            "v1.2.3-\u{200b}release.\u{200b}candidate"
        );
    }
}

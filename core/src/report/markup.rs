//! Text in XML and HTML: whatever a name holds, it stays text.

/// The text as it stands between tags and in quoted attributes. Characters that XML doesn't allow become a mark.
pub(super) fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            letter => safe.push(visible(letter)),
        }
    }
    safe
}

/// The letter itself, or a mark in place of one that is no letter.
pub(super) fn visible(letter: char) -> char {
    let is_none = letter.is_control() || matches!(letter, '\u{fffe}' | '\u{ffff}');
    if is_none { '\u{fffd}' } else { letter }
}

#[cfg(test)]
mod tests {
    use super::escaped;

    #[test]
    fn a_name_stays_text() {
        assert_eq!(escaped("<b a='1'>&\"</b>"), "&lt;b a=&#39;1&#39;&gt;&amp;&quot;&lt;/b&gt;");
        assert_eq!(escaped("a\u{0}b\u{1b}\u{85}\u{ffff}東"), "a\u{fffd}b\u{fffd}\u{fffd}\u{fffd}東");
    }
}

//! Usage lines as text: a JSON list of lists of whole numbers, `[[0,972,291600,0,300000000],[4,112,280000,0]]`.
//!
//! A line is the number of its dimension, the quantity, and the amount as whole nano-USD and the rest in pico; then,
//! where the amount is quantity times rate, the rate in femto-USD, and last the units that it is for where they aren't
//! one. The numbers are a promise: a new dimension gets the next one, whatever its place in our own list, and none is ever given
//! to another. The table `dimensions` names them in every file. Reading takes what writing gives and nothing else.

use super::row::{join, split};
use crate::ledger::entry::EntryLine;
use crate::money::Rate;
use crate::pricing::Dimension;
use std::fmt::Write;

macro_rules! numbered {
    ($($number:literal = $name:ident,)+) => {
        /// The number of a dimension in every file.
        const fn number(dimension: Dimension) -> u64 {
            match dimension { $(Dimension::$name => $number,)+ }
        }

        const fn dimension(number: u64) -> Option<Dimension> {
            match number { $($number => Some(Dimension::$name),)+ _ => None }
        }
    };
}

numbered! {
    0 = InputUncached,
    1 = CacheRead,
    2 = CacheWrite5m,
    3 = CacheWrite1h,
    4 = Output,
    5 = Reasoning,
    6 = Citation,
    7 = AudioInput,
    8 = AudioCacheRead,
    9 = AudioCacheWrite,
    10 = AudioOutput,
    11 = ImageInput,
    12 = ImageCacheRead,
    13 = ImageOutput,
    14 = VideoInput,
    15 = VideoCacheRead,
    16 = VideoOutput,
    17 = Images,
    18 = ImagesRead,
    19 = Pixels,
    20 = PixelsRead,
    21 = AudioSeconds,
    22 = VideoSeconds,
    23 = VideoSecondsRead,
    24 = ComputeSeconds,
    25 = Characters,
    26 = CharactersOutput,
    27 = Pages,
    28 = PagesAnnotated,
    29 = Requests,
    30 = Messages,
    31 = WebSearches,
    32 = MapSearches,
    33 = FileSearches,
    34 = SocialSearches,
    35 = RerankSearches,
    36 = CodeExecutions,
    37 = CodeSessions,
    38 = CodeSeconds,
    39 = StorageTokenHours,
    40 = StorageGigabyteDays,
    41 = GuardrailUnits,
    42 = Credits,
    43 = CacheWrite12h,
    44 = CacheReadExplicit,
}

/// Every dimension with its number in a file.
pub(super) fn dimensions() -> impl Iterator<Item = (i64, &'static str)> {
    Dimension::ALL.iter().map(|dimension| (number(*dimension).cast_signed(), dimension.as_str()))
}

/// Writes lines in place of what the text held; no lines are no text.
pub(super) fn print(lines: &[EntryLine], text: &mut String) {
    text.clear();
    for line in lines {
        let (nano, pico) = split(line.amount);
        let opening = if text.is_empty() { "[[" } else { ",[" };
        // Writing to a string can't fail.
        let _ = write!(text, "{opening}{},{},{nano},{pico}", number(line.dimension), line.quantity);
        let _ = match line.rate {
            None => write!(text, "]"),
            Some(rate) if rate.per() == 1 => write!(text, ",{}]", rate.femto()),
            Some(rate) => write!(text, ",{},{}]", rate.femto(), rate.per()),
        };
    }
    if !lines.is_empty() {
        text.push(']');
    }
}

/// Reads what [`print`] wrote behind what `lines` has; nothing when it is anything else.
pub(super) fn parse(text: &str, lines: &mut Vec<EntryLine>) -> Option<()> {
    if text.is_empty() {
        return Some(());
    }
    let mut rest = Rest(text.as_bytes());
    rest.take(b'[')?;
    loop {
        lines.push(rest.line()?);
        match rest.next()? {
            b',' => {}
            b']' => return rest.0.is_empty().then_some(()),
            _ => return None,
        }
    }
}

/// What is left to read.
struct Rest<'a>(&'a [u8]);

impl Rest<'_> {
    fn next(&mut self) -> Option<u8> {
        let (first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(*first)
    }

    fn take(&mut self, wanted: u8) -> Option<()> {
        (self.next()? == wanted).then_some(())
    }

    fn line(&mut self) -> Option<EntryLine> {
        self.take(b'[')?;
        let dimension = dimension(self.whole()?)?;
        self.take(b',')?;
        let quantity = self.whole()?;
        self.take(b',')?;
        let nano = self.signed()?;
        self.take(b',')?;
        let pico = i64::try_from(self.whole()?).ok()?;
        let rate = match self.next()? {
            b']' => None,
            b',' => Some(self.rate()?),
            _ => return None,
        };
        Some(EntryLine { dimension, quantity, amount: join(nano, pico), rate })
    }

    /// The rate, and the end of the line.
    fn rate(&mut self) -> Option<Rate> {
        let femto = self.signed()?;
        let per = match self.next()? {
            b']' => return Rate::from_parts(femto, 1),
            b',' => u32::try_from(self.whole()?).ok().filter(|per| *per > 1)?,
            _ => return None,
        };
        self.take(b']')?;
        Rate::from_parts(femto, per)
    }

    fn signed(&mut self) -> Option<i64> {
        if self.0.first() != Some(&b'-') {
            return i64::try_from(self.whole()?).ok();
        }
        self.take(b'-')?;
        0_i64.checked_sub_unsigned(self.whole()?)
    }

    fn whole(&mut self) -> Option<u64> {
        let mut value = digit(self.next()?)?;
        while let Some(next) = self.0.first().and_then(|byte| digit(*byte)) {
            value = value.checked_mul(10)?.checked_add(next)?;
            self.next();
        }
        Some(value)
    }
}

fn digit(byte: u8) -> Option<u64> {
    byte.is_ascii_digit().then(|| u64::from(byte - b'0'))
}

#[cfg(test)]
mod tests {
    use super::{dimension, dimensions, number, parse, print};
    use crate::ledger::entry::EntryLine;
    use crate::money::{Money, Rate};
    use crate::pricing::Dimension;

    #[test]
    fn every_dimension_has_a_number_of_its_own_and_none_is_skipped() {
        for wanted in Dimension::ALL {
            assert_eq!(dimension(number(*wanted)), Some(*wanted));
        }
        let mut numbers: Vec<i64> = dimensions().map(|(number, _)| number).collect();
        numbers.sort_unstable();
        assert!(numbers.into_iter().eq(0..i64::try_from(Dimension::COUNT).unwrap()));
    }

    #[test]
    fn the_numbers_of_dimensions_are_those_of_the_reference() {
        let reference = include_str!("../../../../docs/reference/ledger-format.md");
        let mut numbers: Vec<_> = dimensions().collect();
        numbers.sort_unstable();
        let list: Vec<_> = numbers.iter().map(|(number, name)| format!("{number} `{name}`")).collect();
        let reference = reference.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(reference.contains(&list.join(", ")), "{}", list.join(", "));
    }

    #[test]
    fn lines_come_back_as_they_were_written() {
        let amounts = [0, 1, -1, 999, 1_000, -1_000, 291_600_000, -291_600_001, i128::from(i64::MAX) * 1_000];
        for (amount, dimension) in amounts.into_iter().zip(Dimension::ALL) {
            let rates = [
                None,
                Some(Rate::ZERO),
                Some(Rate::parse("3", 1_000_000).unwrap()),
                Some(Rate::parse("9223.372036854775807", 1).unwrap()),
                Some(Rate::parse("0.111", 3_600).unwrap()),
                Some(Rate::parse("1", u32::MAX).unwrap()),
            ];
            let line = |quantity, rate: usize| EntryLine {
                dimension: *dimension,
                quantity,
                amount: Money::from_pico(amount),
                rate: rates[rate],
            };
            let mixed = (0..rates.len()).map(|rate| line(972, rate)).collect();
            for lines in [vec![], vec![line(0, 0)], vec![line(u64::MAX, 2), line(1, 4)], mixed] {
                let (mut text, mut read) = ("left over".to_owned(), Vec::new());
                print(&lines, &mut text);
                assert_eq!((parse(&text, &mut read), &read), (Some(()), &lines), "{text}");
            }
        }
    }

    #[test]
    fn what_was_not_written_so_is_not_read() {
        let good = "[[0,972,-291600,7,300000000],[4,112,280000,0],[0,1,2,3,92500000000,3]]";
        assert_eq!(parse(good, &mut Vec::new()), Some(()));
        for end in 1..good.len() {
            assert_eq!(parse(&good[..end], &mut Vec::new()), None, "{}", &good[..end]);
        }
        let bad = [
            "[]",
            "{}",
            "[[0,1,2,3]]x",
            "[[99,1,2,3]]",
            "[[0,-1,2,3]]",
            "[[0,1,2]]",
            "[[0,1,2,3,]]",
            "[[0,1,2,3,4,1]]",
            "[[0,1,2,3,4,2]]",
            "[[0,1,2,3,4,0]]",
            "[[0,1,2,3,5,4294967296]]",
            "[[0,1,2,3,9223372036854775808]]",
            "[[0,1,2,3,5,4,3]]",
            "[[0,1,2,3;4]]",
            "[ [0,1,2,3]]",
            "[[0,1.0,2,3]]",
            "[[0,18446744073709551616,2,3]]",
            "[[0,1,9223372036854775808,3]]",
        ];
        for text in bad {
            assert_eq!(parse(text, &mut Vec::new()), None, "{text}");
        }
    }
}

//! What one call consumed.

use super::{Dimension, dimension::INPUT, otel};
use crate::error::{Error, ErrorCode, Result};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de, ser::SerializeMap};
use std::fmt;

/// What one call consumed, in disjoint dimensions; no heap, cheap to copy.
///
/// # Examples
/// ```
/// use bursar::{Dimension, Usage};
/// let usage = Usage::new().with(Dimension::InputUncached, 4_262).with(Dimension::CacheRead, 4_864);
/// assert_eq!(usage.total_input(), 9_126);
/// let same = Usage::from_otel([("input_tokens", 9_126), ("cache_read_input_tokens", 4_864)])?;
/// assert_eq!(usage, same);
/// # Ok::<(), bursar::Error>(())
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Usage {
    /// A bit for each dimension whose count is above zero.
    present: u64,
    counts: [u64; Dimension::COUNT],
}

impl Usage {
    /// Nothing.
    pub const fn new() -> Self {
        Self { present: 0, counts: [0; Dimension::COUNT] }
    }

    /// The same usage with the count of one dimension replaced.
    #[must_use]
    pub fn with(mut self, dimension: Dimension, count: u64) -> Self {
        self.set(dimension, count);
        self
    }

    /// Replaces the count of one dimension.
    pub fn set(&mut self, dimension: Dimension, count: u64) {
        if let Some(slot) = self.counts.get_mut(dimension as usize) {
            *slot = count;
        }
        self.present =
            if count == 0 { self.present & !dimension.bit() } else { self.present | dimension.bit() };
    }

    /// The count of a dimension.
    #[inline]
    pub fn get(&self, dimension: Dimension) -> u64 {
        self.counts.get(dimension as usize).copied().unwrap_or(0)
    }

    /// The dimensions whose count is above zero, in the catalogue's order.
    pub fn iter(&self) -> impl Iterator<Item = (Dimension, u64)> + '_ {
        Bits(self.present).map(|dimension| (dimension, self.get(dimension)))
    }

    /// Whether nothing was consumed.
    pub const fn is_empty(&self) -> bool {
        self.present == 0
    }

    /// All tokens that were sent to the model, cached or not, of every medium: what context tiers go by. Saturates.
    #[inline]
    pub fn total_input(&self) -> u64 {
        Bits(self.present & INPUT).fold(0, |total, dimension| total.saturating_add(self.get(dimension)))
    }

    /// From a plain map with the names and the meaning of OpenTelemetry: `input_tokens` includes what was read from
    /// or written to a cache, `output_tokens` includes reasoning. A name may carry `gen_ai.usage.` in front. Kinds
    /// that OpenTelemetry doesn't know take our own names, such as `web_searches`.
    ///
    /// # Errors
    /// `usage_invalid` for a map without counts, an unknown name, a name in two spellings with different counts, or a
    /// part larger than its whole. Nothing is clamped.
    pub fn from_otel<'n>(counts: impl IntoIterator<Item = (&'n str, u64)>) -> Result<Self> {
        otel::read(counts)
    }

    /// The dimensions whose count is above zero, as bits.
    pub(super) const fn present(&self) -> u64 {
        self.present
    }

    /// Refuses reasoning beyond the output that it is a part of.
    pub(super) fn check(&self) -> Result<()> {
        let (reasoning, output) = (self.get(Dimension::Reasoning), self.get(Dimension::Output));
        if reasoning > output {
            Err(part_too_large("reasoning", reasoning, "output", output))
        } else {
            Ok(())
        }
    }
}

/// A part that can't be within its whole.
#[cold]
pub(super) fn part_too_large(part: &str, of_part: u64, whole: &str, of_whole: u64) -> Error {
    let message =
        format!("`{part}` is {of_part}, more than the {of_whole} of `{whole}` that it is a part of");
    Error::new(ErrorCode::UsageInvalid, message)
}

/// The dimensions of a set of bits, in order.
pub(super) struct Bits(pub(super) u64);

impl Iterator for Bits {
    type Item = Dimension;

    #[inline]
    fn next(&mut self) -> Option<Dimension> {
        if self.0 == 0 {
            return None;
        }
        let found = Dimension::at(self.0.trailing_zeros());
        self.0 &= self.0 - 1;
        found
    }
}

impl Default for Usage {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Usage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter().map(|(dimension, count)| (dimension.as_str(), count))).finish()
    }
}

impl FromIterator<(Dimension, u64)> for Usage {
    /// Counts of the same dimension are added, saturating.
    fn from_iter<I: IntoIterator<Item = (Dimension, u64)>>(counts: I) -> Self {
        counts.into_iter().fold(Self::new(), |usage, (dimension, count)| {
            usage.with(dimension, usage.get(dimension).saturating_add(count))
        })
    }
}

impl<const N: usize> From<[(Dimension, u64); N]> for Usage {
    fn from(counts: [(Dimension, u64); N]) -> Self {
        counts.into_iter().collect()
    }
}

impl Serialize for Usage {
    /// A map of our own names to counts.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.present.count_ones() as usize))?;
        for (dimension, count) in self.iter() {
            map.serialize_entry(dimension.as_str(), &count)?;
        }
        map.end()
    }
}

impl<'de> Deserialize<'de> for Usage {
    /// Reads a map of our own names; a name may stand once.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;
        impl<'de> de::Visitor<'de> for Reader {
            type Value = Usage;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a map of kinds of usage to counts of zero or more")
            }

            fn visit_map<A: de::MapAccess<'de>>(self, mut map: A) -> Result<Usage, A::Error> {
                let (mut usage, mut seen) = (Usage::new(), 0_u64);
                while let Some((dimension, count)) = map.next_entry::<Dimension, u64>()? {
                    if seen & dimension.bit() != 0 {
                        return Err(de::Error::custom(format!("`{dimension}` stands twice")));
                    }
                    seen |= dimension.bit();
                    usage = usage.with(dimension, count);
                }
                Ok(usage)
            }
        }
        deserializer.deserialize_map(Reader)
    }
}

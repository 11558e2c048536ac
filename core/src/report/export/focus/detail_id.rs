//! The number that joins a row of Cost and Usage with the line of the invoice that it is on.

use siphasher::sip128::{Hasher128 as _, SipHasher13};
use std::hash::Hasher as _;

/// What a line of an invoice is about, as a statement names it: a tag that is missing is `unallocated`.
#[derive(Clone, Copy, Debug)]
pub(super) struct Grain<'a> {
    pub(super) team: &'a str,
    pub(super) project: &'a str,
    pub(super) client: &'a str,
    pub(super) agent: &'a str,
    /// `provider/model`.
    pub(super) model: &'a str,
    /// The kind of usage; empty for cost without usage.
    pub(super) dimension: &'a str,
}

/// The number of the line, the same whoever computes it.
pub(super) fn detail_id(invoice: &str, grain: &Grain<'_>) -> String {
    let Grain { team, project, client, agent, model, dimension } = *grain;
    let mut hasher = SipHasher13::new();
    for part in [invoice, team, project, client, agent, model, dimension] {
        // No text has a zero in it, so no two lists are written alike.
        hasher.write(part.as_bytes());
        hasher.write_u8(0);
    }
    format!("{invoice}-{:016x}", hasher.finish128().h1)
}

#[cfg(test)]
mod tests {
    use super::{Grain, detail_id};

    #[test]
    fn the_number_of_a_line_never_changes() {
        let grain = Grain {
            team: "data",
            project: "extraction",
            client: "acme",
            agent: "extractor",
            model: "google/gemini-2.5-flash",
            dimension: "output",
        };
        let id = detail_id("2026-11", &grain);
        assert_eq!(id, "2026-11-cab8a8a803cf4e23");
        let moved = Grain { team: "dataextraction", project: "", ..grain };
        assert_ne!(
            detail_id("2026-11", &moved),
            detail_id("2026-11", &Grain { team: "data", project: "extraction", ..moved })
        );
    }
}

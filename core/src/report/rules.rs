//! What a policy says of reports. It decides nothing about calls, and changes nothing that was booked.

use super::allocation::AllocationRules;
use super::billing::Clients;
use super::closing::ClosingRule;
use super::export::JournalRules;
use super::header::{Header, Party, StatementKind};
use super::virtual_tags::VirtualTags;
use crate::tags::Selector;
use crate::time::{Timestamp, Window};
use siphasher::sip128::{Hasher128, SipHasher24};
use std::hash::Hasher;

/// The rules by which statements are made. Without any, a statement shows what was booked, and names nobody.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ReportRules {
    /// Who issues statements, and who gets them.
    pub parties: Parties,
    /// Tags that are set when the ledger is read.
    pub virtual_tags: VirtualTags,
    /// How shared cost is divided.
    pub allocation: AllocationRules,
    /// Which bills must be reconciled before a period is closed.
    pub closing: Vec<ClosingRule>,
    /// What was agreed with clients.
    pub clients: Clients,
    /// Which accounts journals are booked to; nothing where the policy names none.
    pub journal: Option<JournalRules>,
}

impl ReportRules {
    /// The instants inside of a window at which a rule begins or ends, in order.
    pub(super) fn edges(&self, reach: Window) -> Vec<Timestamp> {
        let tags = self.virtual_tags.rules().iter().map(|rule| rule.during);
        let allocation = self.allocation.rules().iter().map(|rule| rule.during);
        let ends = tags.chain(allocation).flat_map(|during| [during.start(), during.end()]);
        let mut edges: Vec<Timestamp> = ends.filter(|at| reach.start() < *at && *at < reach.end()).collect();
        edges.sort_unstable();
        edges.dedup();
        edges
    }

    /// What tells these rules for cost from any others: 16 digits of a hash of their content.
    pub(super) fn version(&self) -> String {
        let mut hasher = SipHasher24::new();
        hasher.write(self.virtual_tags.canonical().as_bytes());
        hasher.write_u8(0xff);
        for rule in self.allocation.rules() {
            hasher.write(rule.canonical().as_bytes());
        }
        let hash = hasher.finish128();
        format!("{:016x}", hash.h1 ^ hash.h2)
    }
}

/// Who issues statements, and who gets them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Parties {
    /// Chargeback, or showback where cost stays where it is.
    pub kind: StatementKind,
    /// What stands before the numbers of final statements.
    pub series: Option<String>,
    /// Who issues statements.
    pub issuer: Option<Party>,
    /// Who gets those of a part of the calls.
    pub recipients: Vec<Recipient>,
    /// The colour of headings and rules, as `#rrggbb`.
    pub accent: Option<String>,
    /// A logo, as SVG.
    pub logo_svg: Option<String>,
}

/// Who gets the statement of a part of the calls.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recipient {
    /// The calls, as the statement's filter names them.
    pub selector: Selector,
    /// Who gets it.
    pub party: Party,
}

impl Parties {
    /// The head of a statement over these calls.
    pub(super) fn header(&self, filter: &Selector) -> Header {
        let recipient = self.recipients.iter().find(|recipient| recipient.selector == *filter);
        Header {
            kind: self.kind,
            issuer: self.issuer.clone(),
            recipient: recipient.map(|recipient| recipient.party.clone()),
            ..Header::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Parties, Recipient};
    use crate::report::Party;

    #[test]
    fn a_recipient_is_found_by_the_filter_of_the_statement() {
        let party = |name: &str| Party { name: name.to_owned(), ..Party::default() };
        let recipient =
            |selector: &str, name| Recipient { selector: selector.parse().unwrap(), party: party(name) };
        let parties = Parties {
            issuer: Some(party("Platform")),
            recipients: vec![recipient("team = \"data\"", "Data"), recipient("client = \"acme\"", "Acme")],
            ..Parties::default()
        };
        let named = |filter: &str| parties.header(&filter.parse().unwrap()).recipient.map(|party| party.name);
        assert_eq!(named("client = \"acme\"").as_deref(), Some("Acme"));
        assert_eq!(named("team = \"search\""), None);
        assert_eq!(parties.header(&crate::tags::Selector::everything()).issuer.unwrap().name, "Platform");
    }
}

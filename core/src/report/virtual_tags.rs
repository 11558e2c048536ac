//! Virtual tags: tags that rules set when the ledger is read, never in it.
//!
//! A provider's bill can't be tagged afterwards, and neither can an entry; a dated rule can say whose the calls were all
//! the same. Rules look at the tags of the ledger alone, not at each other's, so their order decides in one way only:
//! of several that set the same tag, the first one wins.

use super::allocation::MAX_ALLOCATION_RULES;
use crate::error::{Error, ErrorCode, Result};
use crate::tags::{Selector, TagKey, TagSet, UNALLOCATED};
use crate::time::{Timestamp, Window};

/// The most rules for virtual tags of a policy.
pub const MAX_VIRTUAL_TAGS: usize = MAX_ALLOCATION_RULES;

/// Sets tags of calls when they are read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VirtualTag {
    /// What the rule is called in evidence, unique in the policy.
    pub name: String,
    /// Which calls it is about, by the tags that they were booked with.
    pub selector: Selector,
    /// The tags that it sets.
    pub set: Vec<(TagKey, String)>,
    /// Whether it sets a tag that a call has; otherwise it only fills what is missing or `unallocated`.
    pub replace: bool,
    /// When it is in force, by the time at which a call counts.
    pub during: Window,
}

/// Checked rules, in their order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct VirtualTags {
    rules: Vec<VirtualTag>,
}

/// A tag that a rule set: the rule's place, and the tag's in it.
pub(super) type Evidence = (usize, usize);

impl VirtualTags {
    /// Checks rules.
    ///
    /// # Errors
    /// `policy_invalid` for a name that is given twice, or a rule that sets nothing or a tag twice;
    /// `tag_value_invalid`, `limit_reached`.
    pub fn new(rules: Vec<VirtualTag>) -> Result<Self> {
        if rules.len() > MAX_VIRTUAL_TAGS {
            let message = format!(
                "{} rules for virtual tags are given, and {MAX_VIRTUAL_TAGS} are allowed",
                rules.len()
            );
            return Err(
                Error::new(ErrorCode::LimitReached, message).with_help("match more calls by fewer rules")
            );
        }
        for (index, rule) in rules.iter().enumerate() {
            rule.check()?;
            if rules.iter().take(index).any(|other| other.name == rule.name) {
                let message = format!("the name `{}` is given twice", rule.name);
                let error = Error::new(ErrorCode::PolicyInvalid, message);
                return Err(error.with_help("give each rule a name of its own"));
            }
        }
        Ok(Self { rules })
    }

    /// The rules in their order.
    pub fn rules(&self) -> &[VirtualTag] {
        &self.rules
    }

    /// Whether there is no rule.
    pub fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }

    /// The tags of a call at an instant, and which rules set what.
    pub(super) fn applied(&self, tags: &TagSet, at: Timestamp) -> Result<(TagSet, Vec<Evidence>)> {
        let own = told(tags)?;
        let (mut tags, mut evidence) = (tags.clone(), Vec::new());
        let mut settled: Vec<&TagKey> = Vec::new();
        for (place, rule) in self.rules.iter().enumerate() {
            if !rule.during.contains(at) || !rule.selector.matches(&own) {
                continue;
            }
            for (index, (key, value)) in rule.set.iter().enumerate() {
                if settled.contains(&key) || (!rule.replace && own.get(key).is_some()) {
                    continue;
                }
                settled.push(key);
                tags = tags.with(key, value)?;
                evidence.push((place, index));
            }
        }
        Ok((tags, evidence))
    }

    /// The rules in words that follow their content, in their order.
    pub(super) fn canonical(&self) -> String {
        let rule = |rule: &VirtualTag| {
            let VirtualTag { name, selector, set, replace, during } = rule;
            format!("{name:?}\n{selector}\n{set:?}\n{replace}\n{during}\n")
        };
        self.rules.iter().map(rule).collect()
    }
}

impl VirtualTag {
    /// Refuses what says nothing sensible by itself.
    ///
    /// # Errors
    /// `policy_invalid`, `tag_value_invalid`.
    pub fn check(&self) -> Result<()> {
        let fault =
            |message: String, help: &str| Err(Error::new(ErrorCode::PolicyInvalid, message).with_help(help));
        if self.name.is_empty() || self.name.len() > 64 || self.name.chars().any(char::is_control) {
            let message = format!("`{}` is no name of a rule", self.name.escape_debug());
            return fault(message, "use 1 to 64 characters without control characters");
        }
        if self.set.is_empty() {
            return fault(
                "the rule sets no tag".to_owned(),
                "say what it sets, such as `set = { team = \"data\" }`",
            );
        }
        for (index, (key, value)) in self.set.iter().enumerate() {
            TagSet::from_pairs([(key, value)])?;
            if self.set.iter().take(index).any(|(other, _)| other == key) {
                return fault(format!("the tag `{key}` is set twice"), "set each tag once");
            }
        }
        Ok(())
    }
}

/// The tags without those whose value says that there is none.
pub(super) fn told(tags: &TagSet) -> Result<TagSet> {
    if tags.iter().all(|(_, value)| value != UNALLOCATED) {
        return Ok(tags.clone());
    }
    TagSet::from_pairs(tags.iter().filter(|(_, value)| *value != UNALLOCATED))
}

#[cfg(test)]
mod tests {
    use super::{VirtualTag, VirtualTags};
    use crate::error::ErrorCode;
    use crate::tags::{TagKey, TagSet};
    use crate::time::{Timestamp, Window};

    fn rule(name: &str, selector: &str, set: &[(TagKey, &str)]) -> VirtualTag {
        let set = set.iter().map(|(key, value)| (key.clone(), (*value).to_owned())).collect();
        let (name, selector) = (name.to_owned(), selector.parse().unwrap());
        VirtualTag { name, selector, set, replace: false, during: Window::ALWAYS }
    }

    fn applied(rules: &VirtualTags, tags: &[(&str, &str)], at: &str) -> (String, Vec<(usize, usize)>) {
        let tags = TagSet::from_pairs(tags.iter().copied()).unwrap();
        let (tags, evidence) = rules.applied(&tags, at.parse().unwrap()).unwrap();
        (tags.to_string(), evidence)
    }

    const NOVEMBER: &str = "2026-11-10T00:00:00Z";

    #[test]
    fn the_first_rule_that_matches_sets_a_tag_and_a_tag_that_is_there_stands() {
        let rules = VirtualTags::new(vec![
            rule("crawlers", r#"agent = "crawler""#, &[(TagKey::TEAM, "search")]),
            rule("all agents", "agent is set", &[(TagKey::TEAM, "platform"), (TagKey::PROJECT, "agents")]),
        ])
        .unwrap();
        let check = |tags: &[(&str, &str)], expect: &str, evidence: &[(usize, usize)]| {
            assert_eq!(applied(&rules, tags, NOVEMBER), (expect.to_owned(), evidence.to_vec()));
        };
        check(&[("agent", "crawler")], "team=search project=agents agent=crawler", &[(0, 0), (1, 1)]);
        check(&[("agent", "writer")], "team=platform project=agents agent=writer", &[(1, 0), (1, 1)]);
        check(&[("agent", "crawler"), ("team", "data")], "team=data project=agents agent=crawler", &[(1, 1)]);
        // What the taxonomy booked as `unallocated` is missing.
        check(
            &[("agent", "x"), ("team", "unallocated")],
            "team=platform project=agents agent=x",
            &[(1, 0), (1, 1)],
        );
        check(&[("user", "u1")], "user=u1", &[]);
    }

    #[test]
    fn a_rule_counts_from_its_first_instant_to_before_its_last_and_may_replace() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        let during = Window::new(at("2026-11-01T00:00:00Z"), at("2026-12-01T00:00:00Z")).unwrap();
        let renamed = VirtualTag {
            during,
            replace: true,
            ..rule("renamed", r#"team = "mktg""#, &[(TagKey::TEAM, "marketing")])
        };
        let rules = VirtualTags::new(vec![renamed]).unwrap();
        let team = |when: &str| applied(&rules, &[("team", "mktg")], when).0;
        assert_eq!(team("2026-10-31T23:59:59.999999Z"), "team=mktg");
        assert_eq!(team("2026-11-01T00:00:00Z"), "team=marketing");
        assert_eq!(team("2026-11-30T23:59:59.999999Z"), "team=marketing");
        assert_eq!(team("2026-12-01T00:00:00Z"), "team=mktg");
    }

    #[test]
    fn rules_that_say_nothing_are_refused() {
        let refused = |rules: Vec<VirtualTag>| VirtualTags::new(rules).unwrap_err();
        let good = rule("a", "everything", &[(TagKey::TEAM, "x")]);
        assert_eq!(refused(vec![good.clone(), good.clone()]).message(), "the name `a` is given twice");
        assert_eq!(refused(vec![rule("a", "everything", &[])]).message(), "the rule sets no tag");
        let twice = rule("a", "everything", &[(TagKey::TEAM, "x"), (TagKey::TEAM, "y")]);
        assert_eq!(refused(vec![twice]).message(), "the tag `team` is set twice");
        let empty = rule("a", "everything", &[(TagKey::TEAM, "")]);
        assert_eq!(refused(vec![empty]).code(), ErrorCode::TagValueInvalid);
        let many = (0..257).map(|index| VirtualTag { name: index.to_string(), ..good.clone() }).collect();
        assert_eq!(refused(many).code(), ErrorCode::LimitReached);
    }
}

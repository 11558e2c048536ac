//! What an allocation rule says.

use super::order;
use crate::error::{Error, ErrorCode, Result};
use crate::tags::{Selector, TagKey, TagSet, UNALLOCATED};
use crate::time::Window;
use std::fmt;

/// The most allocation rules of a policy.
pub const MAX_ALLOCATION_RULES: usize = 256;
/// The most targets of one rule.
pub const MAX_ALLOCATION_TARGETS: usize = 1_000;
/// All shares of a fixed split together, in hundredths of a percent.
const WHOLE_SHARE: u32 = 10_000;
const MAX_ID_BYTES: usize = 64;

/// Moves what some calls cost to those who answer for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AllocationRule {
    /// Its name, unique in the policy.
    pub id: String,
    /// Which calls' cost it moves. What another rule gave a target carries the target's tag alone.
    pub selector: Selector,
    /// Where it moves it.
    pub to: AllocationTarget,
    /// In which parts.
    pub method: AllocationMethod,
    /// When it is in force.
    pub during: Window,
    /// What it does where every weight is zero.
    pub zero_weight: ZeroWeight,
    /// Whether it may give to rules that give to it, which must be so too.
    pub reciprocal: bool,
}

/// Where a rule moves cost: to values of one tag.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AllocationTarget {
    /// The tag.
    pub key: TagKey,
    /// The values. None: every value that spent while the rule is in force, but for those whose cost a rule moves.
    pub values: Vec<String>,
    /// The calls that count when spending and weights are looked at.
    pub among: Selector,
    /// Values that get nothing.
    pub except: Vec<String>,
}

/// In which parts a rule divides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AllocationMethod {
    /// The same part for each target.
    Even,
    /// Stated parts, in hundredths of a percent, which sum to 10,000.
    Fixed(Vec<(String, u32)>),
    /// In proportion to what the targets used.
    Proportional(Measure),
}

/// What a proportional split goes by. What the rule itself moves doesn't count, nor does what was moved to a target.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Measure {
    /// Cost; a target whose corrections outweigh its cost counts as nothing.
    Cost,
    /// Tokens sent to models, those read from and written to caches too.
    InputTokens,
    /// Tokens that models wrote.
    OutputTokens,
    /// Calls.
    Calls,
    /// A measure of one's own, such as seats: its name, and a weight for each target that has one.
    Given(String, Vec<(String, u64)>),
}

/// What a rule does where every weight is zero.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ZeroWeight {
    /// It divides evenly.
    #[default]
    Even,
    /// It leaves the cost where it is.
    Keep,
}

/// Checked rules, in the order in which they were written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AllocationRules {
    rules: Vec<AllocationRule>,
    /// The rules' places, each after those that give to it.
    order: Vec<usize>,
    /// Of each reciprocal rule the reciprocal ones that its cost passes, itself among them; of others nothing.
    serving: Vec<Vec<usize>>,
}

impl AllocationRules {
    /// Checks rules, by themselves and together.
    ///
    /// # Errors
    /// `policy_invalid` for a rule that says nothing sensible, and for rules that give to each other in a circle without
    /// all being reciprocal and in force at the same time, which the message names; `limit_reached`.
    pub fn new(rules: Vec<AllocationRule>) -> Result<Self> {
        if rules.len() > MAX_ALLOCATION_RULES {
            let message =
                format!("{} allocation rules are given, and {MAX_ALLOCATION_RULES} are allowed", rules.len());
            return Err(Error::new(ErrorCode::LimitReached, message)
                .with_help("allocate to more targets by fewer rules"));
        }
        for (index, rule) in rules.iter().enumerate() {
            rule.check()?;
            if rules.iter().take(index).any(|other| other.id == rule.id) {
                return Err(invalid(
                    format!("the id `{}` is given twice", rule.id),
                    "give each rule an id of its own",
                ));
            }
        }
        let serving = order::serving(&rules)?;
        let order = order::topological(&rules, &serving)?;
        Ok(Self { rules, order, serving })
    }

    /// The rules as they were written.
    pub fn rules(&self) -> &[AllocationRule] {
        &self.rules
    }

    /// Whether there is no rule.
    pub fn is_empty(&self) -> bool {
        self.rules.is_empty()
    }

    /// The rules' places, each after those that give to it.
    pub(super) fn order(&self) -> &[usize] {
        &self.order
    }

    /// The reciprocal rules that the cost of a reciprocal rule passes, itself among them; nothing for other rules.
    pub(super) fn serving(&self, index: usize) -> &[usize] {
        self.serving.get(index).map(Vec::as_slice).unwrap_or_default()
    }

    /// The tags that cost is allocated to, each once, in the order of the rules.
    pub(in crate::report) fn keys(&self) -> Vec<TagKey> {
        let mut keys: Vec<TagKey> = Vec::new();
        for rule in &self.rules {
            if !keys.contains(&rule.to.key) {
                keys.push(rule.to.key.clone());
            }
        }
        keys
    }
}

impl AllocationRule {
    /// A rule without an end that divides evenly among every value of a tag that spent.
    pub fn new(id: impl Into<String>, selector: Selector, to: TagKey) -> Self {
        Self {
            id: id.into(),
            selector,
            to: AllocationTarget {
                key: to,
                values: Vec::new(),
                among: Selector::everything(),
                except: Vec::new(),
            },
            method: AllocationMethod::Even,
            during: Window::ALWAYS,
            zero_weight: ZeroWeight::Even,
            reciprocal: false,
        }
    }

    /// Refuses what says nothing sensible by itself.
    ///
    /// # Errors
    /// `policy_invalid`, `tag_value_invalid`, `limit_reached`.
    pub fn check(&self) -> Result<()> {
        let is_plain =
            |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_' | '.' | ' ');
        if self.id.is_empty() || self.id.len() > MAX_ID_BYTES || !self.id.chars().all(is_plain) {
            let message = format!("`{}` is no id of a rule", self.id.escape_debug());
            return Err(invalid(message, "use 1 to 64 letters, digits, spaces, `-`, `_` and `.`"));
        }
        self.check_targets()?;
        match &self.method {
            AllocationMethod::Fixed(shares) => self.check_shares(shares),
            AllocationMethod::Proportional(Measure::Given(name, weights)) => {
                self.check_weights(name, weights)
            }
            AllocationMethod::Even | AllocationMethod::Proportional(_) => Ok(()),
        }
    }

    fn check_targets(&self) -> Result<()> {
        let AllocationTarget { key, values, except, .. } = &self.to;
        if values.len() > MAX_ALLOCATION_TARGETS {
            let message =
                format!("{} targets are given, and {MAX_ALLOCATION_TARGETS} are allowed", values.len());
            return Err(Error::new(ErrorCode::LimitReached, message).with_help("give fewer targets"));
        }
        for (index, value) in values.iter().enumerate() {
            TagSet::from_pairs([(key, value)])?;
            let place = format!("the {key} `{value}`");
            if values.iter().take(index).any(|other| other == value) {
                return Err(invalid(format!("{place} is given twice"), "give each target once"));
            }
            if value == UNALLOCATED {
                return Err(invalid(
                    format!("{place} is nobody's, and no target"),
                    "name a target that answers for cost",
                ));
            }
            if except.contains(value) {
                let message = format!("{place} is a target and excepted");
                return Err(invalid(message, "name each value as a target or as an exception"));
            }
        }
        Ok(())
    }

    fn check_shares(&self, shares: &[(String, u32)]) -> Result<()> {
        let mut values: Vec<&str> = shares.iter().map(|(value, _)| value.as_str()).collect();
        let mut targets: Vec<&str> = self.to.values.iter().map(String::as_str).collect();
        values.sort_unstable();
        targets.sort_unstable();
        if values != targets {
            let message = "the shares aren't those of the targets".to_owned();
            return Err(invalid(message, "give a share for each target"));
        }
        let sum: u64 = shares.iter().map(|(_, share)| u64::from(*share)).sum();
        if sum == u64::from(WHOLE_SHARE) {
            return Ok(());
        }
        let message = format!(
            "the shares sum to {sum} hundredths of a percent, and {WHOLE_SHARE} are allowed, neither more nor less"
        );
        Err(invalid(message, "correct the shares so that they sum to 100 %"))
    }

    fn check_weights(&self, name: &str, weights: &[(String, u64)]) -> Result<()> {
        if name.is_empty() || name.chars().any(char::is_control) {
            let message = format!("`{}` is no name of a measure", name.escape_debug());
            return Err(invalid(message, "name what the weights count, such as `seats`"));
        }
        let is_target = |value: &String| self.to.values.is_empty() || self.to.values.contains(value);
        if let Some((value, _)) = weights.iter().find(|(value, _)| !is_target(value)) {
            let message = format!("`{value}` has a weight and is no target");
            return Err(invalid(message, "give weights to targets alone"));
        }
        Ok(())
    }

    /// The rule in words that follow its content, whatever it was read from.
    pub(in crate::report) fn canonical(&self) -> String {
        let Self { id, selector, to, method, during, zero_weight, reciprocal } = self;
        let reciprocal = if *reciprocal { "reciprocal\n" } else { "" };
        let (mut values, mut except) = (to.values.clone(), to.except.clone());
        values.sort_unstable();
        except.sort_unstable();
        format!(
            "{id}\n{selector}\n{}\n{values:?}\n{}\n{except:?}\n{}\n{during}\n{zero_weight:?}\n{reciprocal}",
            to.key.as_str(),
            to.among,
            method.canonical()
        )
    }
}

impl AllocationMethod {
    fn canonical(&self) -> String {
        match self {
            Self::Fixed(shares) => {
                let mut shares = shares.clone();
                shares.sort_unstable();
                format!("fixed {shares:?}")
            }
            Self::Proportional(Measure::Given(name, weights)) => {
                let mut weights = weights.clone();
                weights.sort_unstable();
                format!("given {name:?} {weights:?}")
            }
            other => other.to_string(),
        }
    }
}

impl Measure {
    /// The measure as FOCUS names units.
    pub fn unit(&self) -> &str {
        match self {
            Self::Cost => "USD",
            Self::InputTokens => "Input Tokens",
            Self::OutputTokens => "Output Tokens",
            Self::Calls => "Requests",
            Self::Given(name, _) => name,
        }
    }
}

impl fmt::Display for AllocationMethod {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Even => f.write_str("even"),
            Self::Fixed(_) => f.write_str("fixed"),
            Self::Proportional(measure) => write!(f, "proportional to {measure}"),
        }
    }
}

impl fmt::Display for Measure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Cost => "cost",
            Self::InputTokens => "input tokens",
            Self::OutputTokens => "output tokens",
            Self::Calls => "calls",
            Self::Given(name, _) => name,
        })
    }
}

/// What only a policy can get wrong.
pub(super) fn invalid(message: String, help: &str) -> Error {
    Error::new(ErrorCode::PolicyInvalid, message).with_help(help)
}

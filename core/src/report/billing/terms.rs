//! What was agreed with clients.

use super::price::ClientPrice;
use crate::error::{Error, ErrorCode, Result};
use crate::money::{Currency, Money};
use crate::report::header::Party;
use crate::tags::{TagKey, TagSet, UNALLOCATED};
use crate::time::{Calendar, Period, Timestamp, Window};

/// The most clients of a policy.
pub const MAX_CLIENTS: usize = 1_000;
/// The most dated rules of one client.
pub const MAX_CLIENT_RULES: usize = 100;
/// All of something, in hundredths of a percent.
const WHOLE: u32 = 10_000;

/// What was agreed with one client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientTerms {
    /// The client, as the tag `client` names it.
    pub client: String,
    /// The client in the head of its statements; left out, the tag's value alone.
    pub party: Option<Party>,
    /// The currency of every price and amount.
    pub currency: Currency,
    /// The time zone of the client's months.
    pub time_zone: String,
    /// Models that are shown to the client under another name, by their canonical names; `*` names all others.
    pub labels: Vec<(String, String)>,
    /// What is paid when; no two at once.
    pub rules: Vec<ClientRule>,
}

/// What a client pays while the rule is in force. Everything is optional, and applies in this order: usage is priced, by
/// the price list where it has a price, otherwise by cost and markup; what the retainer includes is taken off; then what
/// the volume steps take off; then the discount. Fee and retainer are added. A sum below the minimum is raised to it, a
/// sum above the cap is lowered.
///
/// Amounts are for a calendar month. Of a month in which the rule is in force for a part only they count for that part, by
/// time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientRule {
    /// When it is in force.
    pub during: Window,
    /// What is added to cost, in hundredths of a percent. Nothing: cost is passed on as it is, unless there are prices;
    /// then what has none can't be billed.
    pub markup_basis_points: Option<u32>,
    /// The client's own prices.
    pub prices: Vec<ClientPrice>,
    /// What is paid each month beside usage.
    pub fee: Money,
    /// What is paid each month, and includes some usage.
    pub retainer: Option<Retainer>,
    /// What is taken off for volume.
    pub steps: Option<VolumeSteps>,
    /// What is taken off usage, in hundredths of a percent.
    pub discount_basis_points: u32,
    /// The least that is paid for a month.
    pub minimum: Option<Money>,
    /// The most that is paid for a month.
    pub cap: Option<Money>,
    /// What the client wants to pay for a month at most; it is compared, and limits nothing.
    pub budget: Option<Money>,
    /// Units of the client's currency for one US dollar, in which cost is known; needed for other currencies.
    pub exchange_rate: Option<Money>,
}

/// A payment that includes usage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Retainer {
    /// What is paid.
    pub fee: Money,
    /// What is included.
    pub includes: Included,
}

/// How much usage a retainer includes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Included {
    /// Usage of this price.
    Spend(Money),
    /// So many tokens, at the average price of the month's usage.
    Tokens(u64),
}

/// Discounts on volume, graduated: each is on the part above its edge alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VolumeSteps {
    /// What is counted.
    pub by: VolumeMeasure,
    /// The steps, by rising edges.
    pub steps: Vec<VolumeStep>,
}

/// What volume is counted in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VolumeMeasure {
    /// The price of usage.
    Spend,
    /// Tokens of any kind.
    Tokens,
}

/// One step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct VolumeStep {
    /// Above what it begins: pico-units of the currency, or tokens.
    pub above: u128,
    /// What it takes off, in hundredths of a percent.
    pub discount_basis_points: u32,
}

/// Checked terms of all clients.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Clients {
    terms: Vec<ClientTerms>,
}

impl Clients {
    /// Checks terms, by themselves and together.
    ///
    /// # Errors
    /// `policy_invalid` for terms that contradict themselves or a client that is given twice; `time_zone_unknown`,
    /// `tag_value_invalid`, `limit_reached`.
    pub fn new(terms: Vec<ClientTerms>) -> Result<Self> {
        within("clients", terms.len(), MAX_CLIENTS)?;
        for (index, own) in terms.iter().enumerate() {
            own.check()?;
            if terms.iter().take(index).any(|other| other.client == own.client) {
                return Err(fault(
                    format!("the client `{}` is given twice", own.client),
                    "give each client once",
                ));
            }
        }
        Ok(Self { terms })
    }

    /// The terms of all clients.
    pub fn terms(&self) -> &[ClientTerms] {
        &self.terms
    }

    /// The instants inside of a window at which a rule begins or ends.
    pub(super) fn edges(&self, reach: Window) -> impl Iterator<Item = Timestamp> + '_ {
        let rules = self.terms.iter().flat_map(|terms| &terms.rules);
        let ends = rules.flat_map(|rule| [rule.during.start(), rule.during.end()]);
        ends.filter(move |at| reach.start() < *at && *at < reach.end())
    }

    /// What was agreed with a client.
    pub fn of(&self, client: &str) -> Option<&ClientTerms> {
        self.terms.iter().find(|terms| terms.client == client)
    }
}

impl ClientTerms {
    /// A client that pays what its usage costs, in US dollars.
    pub fn new(client: impl Into<String>) -> Self {
        Self {
            client: client.into(),
            party: None,
            currency: Currency::USD,
            time_zone: "UTC".to_owned(),
            labels: Vec::new(),
            rules: vec![ClientRule::new()],
        }
    }

    /// Refuses terms that contradict themselves.
    ///
    /// # Errors
    /// As [`Clients::new`].
    pub fn check(&self) -> Result<()> {
        TagSet::from_pairs([(TagKey::CLIENT, &self.client)])?;
        if self.client == UNALLOCATED {
            return Err(fault(format!("the client `{}` is nobody", self.client), "name a client"));
        }
        Calendar::new(Period::Month, &self.time_zone)?;
        within("rules", self.rules.len(), MAX_CLIENT_RULES)?;
        for (index, rule) in self.rules.iter().enumerate() {
            rule.check(self.currency)?;
            let overlaps = |other: &&ClientRule| {
                other.during.start() < rule.during.end() && rule.during.start() < other.during.end()
            };
            if let Some(other) = self.rules.iter().take(index).find(overlaps) {
                let at = other.during.start().max(rule.during.start());
                let message = format!("two rules of the client `{}` are in force at {at}", self.client);
                return Err(fault(message, "end one rule where the next begins"));
            }
        }
        Ok(())
    }

    /// What a model is called towards the client.
    pub(super) fn label<'t>(&'t self, model: &'t str) -> &'t str {
        let label =
            |wanted: &str| self.labels.iter().find(|(own, _)| own == wanted).map(|(_, label)| label.as_str());
        label(model).or_else(|| label("*")).unwrap_or(model)
    }
}

impl Default for ClientRule {
    fn default() -> Self {
        Self::new()
    }
}

impl ClientRule {
    /// Cost passed on as it is, always.
    pub const fn new() -> Self {
        Self {
            during: Window::ALWAYS,
            markup_basis_points: None,
            prices: Vec::new(),
            fee: Money::ZERO,
            retainer: None,
            steps: None,
            discount_basis_points: 0,
            minimum: None,
            cap: None,
            budget: None,
            exchange_rate: None,
        }
    }

    /// Refuses a rule that contradicts itself.
    ///
    /// # Errors
    /// `policy_invalid`, `price_book_invalid`, `limit_reached`.
    pub fn check(&self, currency: Currency) -> Result<()> {
        let amounts = [Some(self.fee), self.minimum, self.cap, self.budget];
        let retainer = self.retainer.iter().flat_map(|retainer| match retainer.includes {
            Included::Spend(spend) => [Some(retainer.fee), Some(spend)],
            Included::Tokens(_) => [Some(retainer.fee), None],
        });
        if let Some(amount) =
            amounts.into_iter().chain(retainer).flatten().find(|amount| amount.is_negative())
        {
            return Err(fault(format!("`{amount}` is less than nothing"), "give an amount of zero or more"));
        }
        if let (Some(minimum), Some(cap)) = (self.minimum, self.cap)
            && minimum > cap
        {
            let message = format!("the minimum `{minimum}` is above the cap `{cap}`");
            return Err(fault(message, "lower the minimum, or raise the cap"));
        }
        if self.discount_basis_points > WHOLE {
            let message = format!("a discount of {} hundredths of a percent", self.discount_basis_points);
            return Err(fault(message, "take off at most 100 %"));
        }
        for (index, price) in self.prices.iter().enumerate() {
            price.check()?;
            if self.prices.iter().take(index).any(|other| other.model == price.model) {
                let model = price.model.as_deref().unwrap_or("every model");
                return Err(fault(format!("the price of `{model}` is given twice"), "give each price once"));
            }
        }
        self.check_currency(currency)?;
        self.steps.as_ref().map_or(Ok(()), VolumeSteps::check)
    }

    fn check_currency(&self, currency: Currency) -> Result<()> {
        match self.exchange_rate {
            Some(rate) if rate <= Money::ZERO => Err(fault(
                format!("`{rate}` is no exchange rate"),
                "give units of the currency for one US dollar",
            )),
            Some(_) if currency == Currency::USD => Err(fault(
                "cost is in US dollars already, and has no exchange rate to them".to_owned(),
                "leave `exchange_rate` out",
            )),
            None if currency != Currency::USD => Err(fault(
                format!("cost is in US dollars, and there is no exchange rate to {currency}"),
                "give `exchange_rate`, units of the currency for one US dollar",
            )),
            Some(_) | None => Ok(()),
        }
    }

    /// Cost in the client's currency.
    pub(super) fn converted(&self, cost: Money) -> Money {
        self.exchange_rate.map_or(cost, |rate| super::months::portion(cost, rate.pico(), Money::ONE.pico()))
    }
}

impl VolumeSteps {
    fn check(&self) -> Result<()> {
        within("volume steps", self.steps.len(), MAX_CLIENT_RULES)?;
        let edges: Vec<u128> = self.steps.iter().map(|step| step.above).collect();
        if edges.is_empty() || !edges.is_sorted_by(|one, next| one < next) {
            let message = "the volume steps don't rise".to_owned();
            return Err(fault(message, "give at least one step, and each above the one before"));
        }
        if self.steps.iter().any(|step| step.discount_basis_points > WHOLE) {
            return Err(fault(
                "a volume step takes off more than everything".to_owned(),
                "take off at most 100 %",
            ));
        }
        Ok(())
    }
}

fn within(what: &str, found: usize, allowed: usize) -> Result<()> {
    if found <= allowed {
        return Ok(());
    }
    let message = format!("{found} {what} are given, and {allowed} are allowed");
    Err(Error::new(ErrorCode::LimitReached, message).with_help("give fewer of them"))
}

fn fault(message: String, help: &str) -> Error {
    Error::new(ErrorCode::PolicyInvalid, message).with_help(help)
}

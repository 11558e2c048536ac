//! One row: what a tag set was charged on a day for one kind of usage of a model, at one price.

use super::FocusRequest;
use super::allocated::Allocated;
use super::column::Column;
use super::detail_id::{Grain, detail_id};
use super::price::{Priced, priced};
use super::service;
use super::unit::{capitalised, meter, unit_of};
use crate::ledger::EntryLine;
use crate::money::{Currency, Money};
use crate::pricing::Dimension;
use crate::report::allocation::AllocatedRatio;
use crate::report::cube::provider_and_model;
use crate::report::export::exact::Exact;
use crate::report::export::key_values::KeyValues;
use crate::report::guard::guarded_line;
use crate::tags::{TagKey, TagSet, UNALLOCATED};
use crate::time::{Timestamp, Window};
use std::borrow::Cow;

/// What every row of one file, day, tag set and model shares.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shared<'a> {
    pub(super) request: &'a FocusRequest,
    pub(super) day: Window,
    pub(super) month: Window,
    pub(super) tags: &'a TagSet,
    /// `provider/model`.
    pub(super) model: &'a str,
    /// The terms that aren't the standard ones, as `key=name,key=name`.
    pub(super) terms: &'a str,
}

/// A row.
#[derive(Clone, Debug)]
pub(super) struct Charge<'a> {
    shared: Shared<'a>,
    dimension: Option<Dimension>,
    consumed: Exact,
    amount: Money,
    priced: Option<Priced>,
    provider: String,
    service: String,
    publisher: String,
    allocated: Option<Allocated>,
}

impl<'a> Charge<'a> {
    /// Usage and what it cost.
    pub(super) fn usage(shared: Shared<'a>, line: &EntryLine) -> Self {
        let priced = priced(line.dimension, line.quantity, line.rate, line.amount);
        // What costs less than nothing is no usage.
        let dimension = priced.is_some().then_some(line.dimension);
        Self {
            consumed: Exact::whole(line.quantity),
            dimension,
            priced,
            ..Self::adjustment(shared, line.amount)
        }
    }

    /// Cost without usage: expired holds, costs told from elsewhere and corrections.
    pub(super) fn adjustment(shared: Shared<'a>, amount: Money) -> Self {
        let (provider, model) = provider_and_model(shared.model);
        let (provider, service) = service::provider(provider);
        let publisher = service::publisher(&provider, model);
        let (dimension, consumed, priced, allocated) = (None, Exact::ZERO, None, None);
        Self { shared, dimension, consumed, amount, priced, provider, service, publisher, allocated }
    }

    /// The part of it that is allocated to a target: so much of the cost, and of every quantity the ratio, to the last
    /// digit; nothing where that has too many.
    pub(super) fn part(&self, amount: Money, ratio: AllocatedRatio, allocated: Allocated) -> Option<Self> {
        let ratio = Exact::new(ratio.trillionths(), Money::DECIMALS);
        let priced = match &self.priced {
            Some(priced) => Some(priced.part(ratio)?),
            None => None,
        };
        let consumed = self.consumed.times(ratio)?;
        Some(Self { amount, consumed, priced, allocated: Some(allocated), ..self.clone() })
    }

    pub(super) fn tags(&self) -> &'a TagSet {
        self.shared.tags
    }

    pub(super) fn day(&self) -> Window {
        self.shared.day
    }

    pub(super) fn amount(&self) -> Money {
        self.amount
    }

    /// What stands in a column; nothing for null.
    pub(super) fn value(&self, column: Column) -> Option<Cow<'_, str>> {
        self.cost(column)
            .or_else(|| self.sku(column))
            .or_else(|| self.whose(column))
            .or_else(|| self.allocation(column))
            .or_else(|| self.constant(column))
    }

    /// To whom it is allocated, by which rule.
    fn allocation(&self, column: Column) -> Option<Cow<'_, str>> {
        let own = self.allocated.as_ref()?;
        match column {
            Column::AllocatedMethodId => Some(own.method_id.as_str().into()),
            Column::AllocatedMethodDetails => Some(own.details.as_str().into()),
            Column::AllocatedResourceId => Some(own.resource_id.as_str().into()),
            Column::AllocatedResourceName => Some(own.resource_name.as_str().into()),
            Column::AllocatedTags => {
                let (key, value) = own.tag.as_ref()?;
                Some(KeyValues::of([(key.as_str(), value.as_str())]).to_string().into())
            }
            _ => None,
        }
    }

    /// Amounts, quantities and prices.
    fn cost(&self, column: Column) -> Option<Cow<'_, str>> {
        let number = |number: Exact| Some(Cow::Owned(number.to_string()));
        let billed = Exact::from(self.amount);
        match column {
            Column::BilledCost | Column::EffectiveCost | Column::PricingCurrencyEffectiveCost => {
                number(billed)
            }
            Column::ListCost | Column::ContractedCost => {
                number(self.priced.as_ref().map_or(billed, |priced| priced.cost))
            }
            Column::ListUnitPrice
            | Column::ContractedUnitPrice
            | Column::PricingCurrencyListUnitPrice
            | Column::PricingCurrencyContractedUnitPrice => number(self.priced.as_ref()?.unit_price),
            Column::PricingQuantity => number(self.priced.as_ref()?.quantity),
            Column::PricingUnit => Some(self.priced.as_ref()?.unit.as_str().into()),
            Column::ConsumedQuantity => number(self.dimension.map(|_| self.consumed)?),
            Column::ConsumedUnit => Some(unit_of(self.dimension?).name.into()),
            Column::PricingCategory => {
                Some(if self.priced.as_ref()?.is_by_unit { "Standard" } else { "Other" }.into())
            }
            _ => None,
        }
    }

    /// What was bought.
    fn sku(&self, column: Column) -> Option<Cow<'_, str>> {
        let model = self.shared.model;
        match column {
            Column::SkuId => self.dimension.map(|_| guarded_line(model)),
            Column::SkuMeter => Some(meter(self.dimension?).into()),
            Column::SkuPriceId => Some(self.price_id(self.dimension?).into()),
            Column::SkuPriceDetails => Some(self.price_details(self.dimension?).into()),
            Column::RegionId | Column::RegionName => {
                self.terms().find(|(key, _)| *key == "region").map(|(_, name)| guarded_line(name))
            }
            Column::Dimension => Some(self.dimension?.as_str().into()),
            Column::Model => Some(guarded_line(model)),
            Column::Terms => (!self.shared.terms.is_empty()).then(|| guarded_line(self.shared.terms)),
            Column::ChargeDescription => Some(self.description().into()),
            Column::ChargeCategory => {
                Some(if self.dimension.is_some() { "Usage" } else { "Adjustment" }.into())
            }
            Column::ChargeFrequency => {
                Some(if self.dimension.is_some() { "Usage-Based" } else { "One-Time" }.into())
            }
            _ => None,
        }
    }

    /// Whose it is.
    fn whose(&self, column: Column) -> Option<Cow<'_, str>> {
        match column {
            Column::SubAccountId | Column::SubAccountName => self.tag(&TagKey::PROJECT),
            Column::SubAccountType => self.tag(&TagKey::PROJECT).map(|_| "Project".into()),
            Column::ResourceId | Column::ResourceName | Column::ConsumerId | Column::Agent => {
                self.tag(&TagKey::AGENT)
            }
            Column::ResourceType => self.tag(&TagKey::AGENT).map(|_| "AI Agent".into()),
            Column::PrincipalId => self.tag(&TagKey::USER),
            Column::Client => self.tag(&TagKey::CLIENT),
            Column::Environment => self.tag(&TagKey::ENVIRONMENT),
            Column::Team => self.tag(&TagKey::TEAM),
            Column::Tags => {
                let tags = self.shared.tags.iter().map(|(key, value)| (key.short(), value));
                (!self.shared.tags.is_empty()).then(|| KeyValues::of(tags).to_string().into())
            }
            Column::InvoiceId => self.shared.request.invoice.as_deref().map(guarded_line),
            Column::InvoiceDetailId => {
                let id = detail_id(self.shared.request.invoice.as_deref()?, &self.grain());
                Some(guarded_line(&id).into_owned().into())
            }
            Column::BillingAccountId => Some(self.account(|(id, _)| id, self.provider_id())),
            Column::BillingAccountName => Some(self.account(|(_, name)| name, &self.provider)),
            _ => None,
        }
    }

    /// What follows from the provider, the day and the file.
    fn constant(&self, column: Column) -> Option<Cow<'_, str>> {
        let time = |at: Timestamp| Some(Cow::Owned(at.to_string()));
        match column {
            Column::BillingAccountType => Some("Organization".into()),
            Column::BillingCurrency | Column::PricingCurrency => Some(Currency::USD.code().to_owned().into()),
            Column::BillingPeriodStart => time(self.shared.month.start()),
            Column::BillingPeriodEnd => time(self.shared.month.end()),
            Column::ChargePeriodStart => time(self.shared.day.start()),
            Column::ChargePeriodEnd => time(self.shared.day.end()),
            Column::ProviderName
            | Column::InvoiceIssuerName
            | Column::ServiceProviderName
            | Column::HostProviderName => Some(guarded_line(&self.provider)),
            Column::PublisherName => Some(guarded_line(&self.publisher)),
            Column::ServiceName => Some(guarded_line(&self.service)),
            Column::ServiceCategory => Some("AI and Machine Learning".into()),
            Column::ServiceSubcategory => Some("Generative AI".into()),
            _ => None,
        }
    }

    /// The line of a statement that this row is a part of.
    fn grain(&self) -> Grain<'_> {
        let tag = |key: &TagKey| self.shared.tags.get(key).unwrap_or(UNALLOCATED);
        Grain {
            team: tag(&TagKey::TEAM),
            project: tag(&TagKey::PROJECT),
            client: tag(&TagKey::CLIENT),
            agent: tag(&TagKey::AGENT),
            model: self.shared.model,
            dimension: self.dimension.map_or("", Dimension::as_str),
        }
    }

    fn provider_id(&self) -> &'a str {
        provider_and_model(self.shared.model).0
    }

    fn account<'b>(
        &'b self,
        part: impl Fn(&'b (String, String)) -> &'b String,
        else_: &'b str,
    ) -> Cow<'b, str> {
        guarded_line(self.shared.request.account.as_ref().map_or(else_, |account| part(account).as_str()))
    }

    fn tag(&self, key: &TagKey) -> Option<Cow<'a, str>> {
        self.shared.tags.get(key).map(guarded_line)
    }

    /// The terms, one by one.
    fn terms(&self) -> impl Iterator<Item = (&'a str, &'a str)> {
        self.shared.terms.split(',').filter_map(|term| term.split_once('='))
    }

    /// The same for the same model, meter and terms, whatever the price is then.
    fn price_id(&self, dimension: Dimension) -> String {
        let Shared { model, terms, .. } = self.shared;
        let place = if terms.is_empty() { String::new() } else { format!("/{terms}") };
        guarded_line(&format!("{model}/{dimension}{place}")).into_owned()
    }

    fn price_details(&self, dimension: Dimension) -> String {
        let terms: Vec<_> = self.terms().map(|(key, name)| (custom_key(key), name)).collect();
        let model = [("x_Model", self.shared.model), ("x_TokenType", dimension.as_str())];
        KeyValues::of(model.into_iter().chain(terms.iter().map(|(key, name)| (key.as_str(), *name))))
            .to_string()
    }

    fn description(&self) -> String {
        let (_, model) = provider_and_model(self.shared.model);
        let terms =
            if self.shared.terms.is_empty() { String::new() } else { format!(" ({})", self.shared.terms) };
        let text = match self.dimension {
            Some(dimension) => format!("{model} {}{terms}", meter(dimension).to_lowercase()),
            None => {
                format!("{model} cost without usage: expired holds, costs told from elsewhere, corrections")
            }
        };
        guarded_line(&text).into_owned()
    }
}

/// `service_tier` as a key of ours in FOCUS's way: `x_ServiceTier`.
fn custom_key(key: &str) -> String {
    let words: String = key.split('_').map(capitalised).collect();
    format!("x_{words}")
}

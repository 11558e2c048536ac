//! Reserving an amount: what is spent on something that isn't priced by tokens.

use super::{bursar::Bursar, decision::Decision, resolve::Scope};
use crate::{
    budget::CallKey,
    error::{Error, ErrorCode, Result},
    money::Money,
    tags::Symbol,
};
use std::time::Duration;

/// An amount that may be spent: a tool's fee, or what a program that counts its own cost may use up.
#[derive(Clone, Debug)]
pub struct Amount<'a> {
    name: &'a str,
    most: Money,
    key: Option<(CallKey, usize)>,
    lifetime: Option<Duration>,
}

impl<'a> Amount<'a> {
    /// At most so much for something that is booked under this name. The name of a priced model is that model's; any
    /// other is booked as it is, `provider/name` where a report shall tell who is paid.
    pub fn new(name: &'a str, most: Money) -> Self {
        Self { name, most, key: None, lifetime: None }
    }

    /// The caller's own key, as that of a [`Call`](super::Call).
    #[must_use]
    pub fn key(mut self, key: &str) -> Self {
        self.key = Some((CallKey::of(key), key.len()));
        self
    }

    /// How long the hold lives if nobody ends it; the policy's lifetime when left out.
    #[must_use]
    pub fn lifetime(mut self, lifetime: Duration) -> Self {
        self.lifetime = Some(lifetime);
        self
    }
}

impl Bursar {
    /// Asks whether an amount may be spent, and holds it in every budget that it touches if it may. It is settled to a
    /// cost ([`Settlement::cost`](super::Settlement::cost)), or to the usage of a model that is named then.
    ///
    /// # Errors
    /// `money_invalid` for an amount below zero; else as [`Bursar::reserve`].
    ///
    /// # Examples
    /// ```
    /// use bursar::{Amount, Bursar, Settlement};
    /// let bursar = Bursar::builder().in_memory()?;
    /// let scope = bursar.scope(&[("team", "data")])?;
    /// let decision = bursar.reserve_amount(&scope, &Amount::new("tavily/search", "0.05".parse()?))?;
    /// let hold = decision.hold().unwrap();
    /// let settled = bursar.settle(hold, Settlement::cost("0.008".parse()?))?;
    /// assert_eq!(settled.cost.to_string(), "0.008");
    /// # Ok::<(), bursar::Error>(())
    /// ```
    pub fn reserve_amount(&self, scope: &Scope, amount: &Amount<'_>) -> Result<Decision> {
        if amount.most.is_negative() {
            let message = format!("an amount of {} USD, and nothing below zero can be held", amount.most);
            return Err(Error::new(ErrorCode::MoneyInvalid, message));
        }
        let _turn = self.inner.turn()?;
        let model = self.symbol_of(amount.name)?;
        let request =
            self.inner.request((scope.0.id, model, amount.most), (amount.key, amount.lifetime, None))?;
        self.inner.ask(&request, self.now(), |_| Ok(0))
    }

    /// The name under which something is booked that may be a model.
    fn symbol_of(&self, name: &str) -> Result<Symbol> {
        match self.model(None, name) {
            Ok(model) => Ok(model.symbol),
            Err(error) if matches!(error.code(), ErrorCode::ModelUnknown | ErrorCode::ModelUnpriced) => {
                self.inner.state.lock().machine.dictionary_mut().symbol(name)
            }
            Err(error) => Err(error),
        }
    }
}

//! Alerts, told to the event loop of whoever subscribed, and never waited for.

use crate::{
    fault::{Answered, Fault, answered, done},
    ledgers::ledger,
};
use napi::{
    bindgen_prelude::{External, Function},
    threadsafe_function::{ThreadsafeFunction, ThreadsafeFunctionCallMode},
};
use napi_derive::napi;
use std::sync::Arc;

/// A function of an event loop, which doesn't keep its program running.
type Teller = ThreadsafeFunction<String, (), String, napi::Status, false, true>;
/// A subscription as the face holds it.
pub(crate) type Subscription = External<Arc<Teller>>;

/// Calls back with every alert as JSON.
#[napi]
pub(crate) fn on_alert(
    number: u32,
    callback: Function<'_, String, ()>,
) -> napi::Result<Answered<Subscription>> {
    let teller = callback.build_threadsafe_function().callee_handled::<false>().weak::<true>().build()?;
    let (teller, subscribe) = (Arc::new(teller), |teller: Arc<Teller>| {
        let told = move |alert: &bursar::Alert| {
            if let Ok(text) = serde_json::to_string(alert) {
                teller.call(text, ThreadsafeFunctionCallMode::NonBlocking);
            }
        };
        ledger(number)?.bursar.on_alert(told)
    });
    Ok(answered(subscribe(Arc::clone(&teller)).map(|()| External::new(teller))))
}

/// Waits until the alerts so far are on their way to the event loop, then sends an empty text after them.
#[napi]
pub(crate) fn flush_alerts(number: u32, subscription: &Subscription) -> Option<Fault> {
    let flush = || {
        ledger(number)?.bursar.alerts().flush();
        subscription.call(String::new(), ThreadsafeFunctionCallMode::NonBlocking);
        Ok(())
    };
    done(flush())
}

/// How many alerts found a full queue.
#[napi]
pub(crate) fn alerts_lost(number: u32) -> Answered<i64> {
    answered(ledger(number).map(|ledger| crate::refusal::whole(ledger.bursar.alerts().dropped())))
}

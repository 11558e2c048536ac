//! A refusal as a plain object.

use bursar::Decision;
use napi_derive::napi;

/// What the face throws as a `Refused`, or returns as a decision. What a kind of refusal doesn't have is left out.
#[napi(object)]
#[derive(Default)]
pub(crate) struct Refusal {
    #[napi(ts_type = "'exceeded' | 'throttled' | 'suspended' | 'untagged'")]
    pub decision: String,
    /// One sentence that names what decided.
    pub message: String,
    pub budget: Option<String>,
    pub instance: Vec<String>,
    #[napi(ts_type = "'cost' | 'price'")]
    pub basis: Option<String>,
    pub bound: Option<String>,
    pub remaining: Option<String>,
    pub affordable_output_tokens: Option<i64>,
    pub retry_after_micros: Option<i64>,
    pub downgrade_to: Option<String>,
    /// In microseconds since 1970.
    pub until: Option<i64>,
    pub agent: Option<String>,
    pub missing: Vec<String>,
}

impl Refusal {
    #[cold]
    pub(crate) fn of(decision: &Decision) -> Self {
        let mut refusal =
            Self { decision: decision.as_str().to_owned(), message: decision.to_string(), ..Self::default() };
        if let Some(budget) = decision.budget() {
            refusal.budget = Some(budget.name.clone());
            refusal.instance.clone_from(&budget.instance);
        }
        match decision {
            Decision::Throttled(throttled) => {
                refusal.retry_after_micros =
                    throttled.retry_after.map(|wait| i64::try_from(wait.as_micros()).unwrap_or(i64::MAX));
                refusal.downgrade_to.clone_from(&throttled.downgrade_to);
            }
            Decision::Suspended(suspended) => {
                refusal.until = suspended.until.map(bursar::Timestamp::micros);
                refusal.agent.clone_from(&suspended.agent);
            }
            Decision::Exceeded(exceeded) => {
                refusal.basis = Some(exceeded.basis.to_string());
                refusal.bound = Some(exceeded.bound.to_string());
                refusal.remaining = Some(exceeded.remaining.to_string());
                refusal.affordable_output_tokens = Some(whole(exceeded.affordable_output_tokens));
            }
            Decision::Untagged(untagged) => {
                refusal.missing = untagged.missing.iter().map(ToString::to_string).collect();
            }
            Decision::Admitted(_) | Decision::Unpriced(_) => {}
        }
        refusal
    }
}

/// A count as JavaScript takes it.
pub(crate) fn whole(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

//! One pass over the ledger: sums by tag set and model, for the period and each one before it.

use super::period;
use super::request::ReportRequest;
use crate::error::Result;
use crate::ledger::{Rollup, Store, bookings, cuts_hour};
use crate::money::Money;
use crate::tags::{Symbol, TagSetId};
use crate::time::{Timestamp, Window};
use std::collections::HashMap;

/// A checked request, with its periods.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(super) request: ReportRequest,
    pub(super) now: Timestamp,
    /// The period, then those before it.
    pub(super) windows: Vec<Window>,
}

impl Plan {
    pub(crate) fn new(request: &ReportRequest, now: Timestamp) -> Result<Self> {
        request.check()?;
        let period = match request.period {
            Some(period) => period,
            None => period::month_at(now, &request.zone)?,
        };
        let windows = period::with_previous(period, &request.zone, request.previous_periods)?;
        Ok(Self { request: request.clone(), now, windows })
    }

    pub(super) fn period(&self) -> Window {
        self.windows.first().copied().unwrap_or(Window::ALWAYS)
    }

    /// From the start of the oldest period to the end of the newest.
    fn reach(&self) -> Result<Window> {
        let oldest = self.windows.last().copied().unwrap_or(Window::ALWAYS);
        Window::new(oldest.start(), self.period().end())
    }
}

/// What one tag set spent with one model.
#[derive(Clone, Debug, Default)]
pub(super) struct Sums {
    /// In the period.
    pub(super) current: Rollup,
    /// Cost and calls of each period before it, newest first.
    pub(super) previous: Vec<(Money, u64)>,
}

/// What the ledger has of the periods, by numbers rather than names.
#[derive(Debug)]
pub(crate) struct Booked {
    pub(super) sums: HashMap<(TagSetId, Symbol), Sums, foldhash::fast::FixedState>,
}

impl Booked {
    /// Reads the store once.
    pub(crate) fn read(store: &mut dyn Store, plan: &Plan) -> Result<Self> {
        let mut sums: HashMap<(TagSetId, Symbol), Sums, foldhash::fast::FixedState> = HashMap::default();
        let earlier = plan.windows.len().saturating_sub(1);
        let edges: Vec<Timestamp> =
            plan.windows.iter().flat_map(|window| [window.start(), window.end()]).collect();
        bookings(
            store,
            plan.reach()?,
            &mut |key| edges.iter().any(|edge| cuts_hour(*edge, key)),
            &mut |at, key, booked| {
                let Some(period) = plan.windows.iter().position(|window| window.contains(at)) else { return };
                let own = sums.entry((key.tag_set, key.model)).or_insert_with(|| Sums {
                    current: Rollup::default(),
                    previous: vec![(Money::ZERO, 0); earlier],
                });
                match period.checked_sub(1) {
                    None => own.current.merge(booked),
                    Some(index) => {
                        if let Some((cost, calls)) = own.previous.get_mut(index) {
                            *cost += booked.amount();
                            *calls += booked.calls;
                        }
                    }
                }
            },
        )?;
        Ok(Self { sums })
    }
}

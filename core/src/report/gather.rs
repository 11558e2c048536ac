//! One pass over the ledger: sums by tag set, model and terms, for the period and each one before it.

use super::period;
use super::request::ReportRequest;
use crate::error::{Error, ErrorCode, Result};
use crate::ledger::{Bookkeeper, Rollup, RollupKey, cuts_hour};
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

    /// The instant of the report.
    pub(crate) fn now(&self) -> Timestamp {
        self.now
    }

    /// The period, when it is over and budgets are wanted.
    pub(crate) fn finished(&self) -> Option<Window> {
        let is_past = self.period().end() <= self.now;
        Some(self.period()).filter(|_| is_past && self.request.filter.is_everything())
    }

    /// The period, when it can be closed: all of it, and over.
    pub(crate) fn closable(&self) -> Result<Window> {
        let period = self.period();
        if !self.request.filter.is_everything() {
            let message = "a period is closed for all calls, and the request has a filter".to_owned();
            return Err(Error::new(ErrorCode::ReportInvalid, message)
                .with_help("name recipients in the policy for statements of a part"));
        }
        if period.end() > self.now {
            let name = period::name(period, &self.request.zone)?;
            let message = format!("{name} isn't over: it ends at {}, and it is {}", period.end(), self.now);
            return Err(Error::new(ErrorCode::PeriodNotClosable, message)
                .with_help("close the period when it is over"));
        }
        Ok(period)
    }

    /// From the start of the oldest period to the end of the newest.
    fn reach(&self) -> Result<Window> {
        let oldest = self.windows.last().copied().unwrap_or(Window::ALWAYS);
        Window::new(oldest.start(), self.period().end())
    }
}

/// What one tag set spent with one model on the same terms.
#[derive(Clone, Debug, Default)]
pub(super) struct Sums {
    /// In the period.
    pub(super) current: Rollup,
    /// Cost and calls of each period before it, newest first.
    pub(super) previous: Vec<(Money, u64)>,
}

/// The stretch of time between the edges of rules, the tags, the model, its terms.
pub(super) type SumsKey = (u32, TagSetId, Symbol, Option<Symbol>);

/// What the ledger has of the periods, by numbers rather than names.
#[derive(Debug)]
pub(crate) struct Booked {
    pub(super) sums: HashMap<SumsKey, Sums, foldhash::fast::FixedState>,
    windows: Vec<Window>,
    reach: Window,
    /// The instants inside of the reach at which a rule begins or ends, in order.
    edges: Vec<Timestamp>,
    /// The hour that was looked at last, and whether a period ends in it.
    hour: Option<(Timestamp, bool)>,
}

impl Booked {
    /// Nothing yet: [`bookings`](crate::ledger::bookings) fills it.
    pub(crate) fn new(plan: &Plan) -> Result<Self> {
        let (windows, reach) = (plan.windows.clone(), plan.reach()?);
        let edges = plan.request.rules.as_ref().map(|rules| rules.edges(reach)).unwrap_or_default();
        Ok(Self { sums: HashMap::default(), windows, reach, edges, hour: None })
    }

    /// The number of the stretch that an instant lies in.
    fn stretch_at(&self, at: Timestamp) -> u32 {
        u32::try_from(self.edges.partition_point(|edge| *edge <= at)).unwrap_or(u32::MAX)
    }

    /// The stretch of a number, within which no rule begins or ends.
    pub(super) fn stretch(&self, number: u32) -> Window {
        let edge = |index: usize| self.edges.get(index).copied();
        let index = number as usize;
        let start = index.checked_sub(1).and_then(edge).unwrap_or(self.reach.start());
        let end = edge(index).unwrap_or(self.reach.end());
        Window::new(start, end).unwrap_or(self.reach)
    }
}

impl Bookkeeper for Booked {
    fn reach(&self) -> Window {
        self.reach
    }

    fn cuts(&mut self, key: &RollupKey) -> bool {
        if let Some((hour, cuts)) = self.hour
            && hour == key.hour
        {
            return cuts;
        }
        let windows = self.windows.iter().flat_map(|window| [window.start(), window.end()]);
        let mut edges = windows.chain(self.edges.iter().copied());
        let cuts = edges.any(|edge| cuts_hour(edge, key));
        self.hour = Some((key.hour, cuts));
        cuts
    }

    fn book(&mut self, at: Timestamp, key: &RollupKey, booked: &Rollup) {
        let Some(period) = self.windows.iter().position(|window| window.contains(at)) else { return };
        let earlier = self.windows.len().saturating_sub(1);
        let stretch = self.stretch_at(at);
        let own = self.sums.entry((stretch, key.tag_set, key.model, key.terms)).or_insert_with(|| Sums {
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
    }
}

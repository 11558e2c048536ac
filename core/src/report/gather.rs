//! One pass over the ledger: sums by tag set, model and terms, for the period and each one before it, and by day.

use super::days::{Daily, Days, baseline};
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

    /// Refuses a filter: it would cover other calls by other rules, and both sides are worked out over all of them.
    pub(crate) fn comparable(&self) -> Result<()> {
        if self.request.filter.is_everything() {
            return Ok(());
        }
        let message = "rules are tried on all calls, and the request has a filter";
        Err(Error::new(ErrorCode::ReportInvalid, message)
            .with_help("leave the filter out: each value has a row"))
    }

    /// From the start of the oldest period to the end of the newest, with the days before the newest that its own are
    /// compared with.
    fn reach(&self) -> Result<Window> {
        let oldest = self.windows.last().copied().unwrap_or(Window::ALWAYS);
        Window::new(oldest.start().min(baseline(self.period())), self.period().end())
    }

    /// The period before, or as much of it as has passed of this one; nothing where there is none.
    pub(super) fn against(&self) -> Option<Window> {
        let before = self.windows.get(1)?;
        if self.period().end() <= self.now {
            return Some(*before);
        }
        let end = before.start().plus(self.now.since(self.period().start())).min(before.end());
        Window::new(before.start(), end).ok()
    }
}

/// What one tag set spent with one model on the same terms.
#[derive(Clone, Debug, Default)]
pub(super) struct Sums {
    /// In the period.
    pub(super) current: Rollup,
    /// In the period before, as far as it is compared with.
    pub(super) before: Rollup,
    /// Cost and calls of each period before it, newest first.
    pub(super) previous: Vec<(Money, u64)>,
}

/// The sums by the stretch of time between the edges of rules, tag set, model and terms.
pub(super) type BySet = HashMap<(u32, TagSetId, Symbol, Option<Symbol>), Sums, foldhash::fast::FixedState>;

/// What the ledger has of the periods, by numbers rather than names.
#[derive(Debug)]
pub(crate) struct Booked {
    pub(super) sums: BySet,
    pub(super) daily: Daily,
    windows: Vec<Window>,
    reach: Window,
    against: Option<Window>,
    /// The instants inside of the reach at which a rule begins or ends, in order.
    edges: Vec<Timestamp>,
    /// The hour that was looked at last, and whether a period ends in it.
    hour: Option<(Timestamp, bool)>,
    /// The instant that was booked at last, with its stretch and its period: sums come hour by hour.
    place: Option<(Timestamp, u32, Option<usize>)>,
}

impl Booked {
    /// Nothing yet: [`bookings`](crate::ledger::bookings) fills it.
    pub(crate) fn new(plan: &Plan) -> Result<Self> {
        let (windows, reach, against) = (plan.windows.clone(), plan.reach()?, plan.against());
        let edges = plan.request.rules.as_ref().map(|rules| rules.edges(reach)).unwrap_or_default();
        let days = Days::over(reach, &plan.request.zone)?;
        let daily = Daily::new(days, baseline(plan.period()), &plan.request.filter);
        Ok(Self { sums: HashMap::default(), daily, windows, reach, against, edges, hour: None, place: None })
    }

    /// The stretch and the period of an instant.
    fn place(&mut self, at: Timestamp) -> (u32, Option<usize>) {
        if let Some((known, stretch, period)) = self.place
            && known == at
        {
            return (stretch, period);
        }
        let (stretch, period) =
            (self.stretch_at(at), self.windows.iter().position(|window| window.contains(at)));
        self.place = Some((at, stretch, period));
        (stretch, period)
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

    /// The first and the last entry that counts in the period.
    pub(super) fn seqs(&self) -> (u64, u64) {
        let own = self.sums.values().map(|sums| sums.current.seqs).filter(|seqs| seqs.0 > 0);
        let edges = own.fold((u64::MAX, 0), |edges, own| (edges.0.min(own.0), edges.1.max(own.1)));
        if edges.1 == 0 { (1, 0) } else { edges }
    }
}

impl Bookkeeper for Booked {
    fn reach(&self) -> Window {
        self.reach
    }

    /// Of the periods before the last one only cost and calls are told.
    fn detailed(&self) -> Option<Window> {
        let newest = self.windows.first()?;
        let start = self.against.map_or(newest.start(), |against| against.start().min(newest.start()));
        Window::new(start, newest.end()).ok()
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
        let (stretch, period) = self.place(at);
        self.daily.book((at, stretch), key, booked);
        let Some(period) = period else { return };
        let earlier = self.windows.len().saturating_sub(1);
        let own = self.sums.entry((stretch, key.tag_set, key.model, key.terms)).or_insert_with(|| Sums {
            current: Rollup::default(),
            before: Rollup::default(),
            previous: vec![(Money::ZERO, 0); earlier],
        });
        if self.against.is_some_and(|against| period == 1 && against.contains(at)) {
            own.before.merge(booked);
        }
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

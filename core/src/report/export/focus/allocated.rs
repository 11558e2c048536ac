//! Charges that the policy's allocation divides: FOCUS calls them allocated charges, and what they are divided of the
//! origin charge.
//!
//! Costs and quantities of the parts sum to those of the origin charge, and everything else stands in each of them as it
//! stood there. What comes to each target is what the statement of the same period charges it, to the last pico.

use super::FocusRequest;
use super::charge::Charge;
use super::day::Day;
use crate::error::{Error, ErrorCode, Result};
use crate::ledger::{Store, bookings};
use crate::report::allocation::{ChargeElement, ChargePart, Divider, focus_details, focus_element};
use crate::report::gather::{Booked, Plan};
use crate::report::guard::guarded_line;
use crate::report::reading::Reading;
use crate::report::virtual_tags::told;
use crate::report::{ReportRequest, ReportRules};
use crate::tags::{Dictionary, Selector, TagSet, TagSetId};
use crate::time::{Timestamp, Window};
use std::{collections::HashMap, sync::Arc};

/// What a row says of its allocation.
#[derive(Clone, Debug)]
pub(super) struct Allocated {
    pub(super) method_id: String,
    pub(super) details: String,
    /// `team/data`.
    pub(super) resource_id: String,
    pub(super) resource_name: String,
    /// The tag that the target has and the origin charge hasn't.
    pub(super) tag: Option<(String, String)>,
}

/// The allocation of an export.
pub(super) struct Allocating {
    rules: Arc<ReportRules>,
    edges: Vec<Timestamp>,
    window: Window,
    divider: Divider,
}

impl Allocating {
    /// Reads what was booked in the window, by which rules find their parts; nothing where nothing is to be allocated.
    pub(super) fn new(
        store: &mut dyn Store,
        dictionary: &Dictionary,
        request: &FocusRequest,
    ) -> Result<Option<Self>> {
        let Some(key) = &request.allocated else { return Ok(None) };
        let rules = request.rules.clone().unwrap_or_default();
        if !rules.allocation.keys().contains(key) {
            let message = format!("no rule of the policy allocates cost to the tag `{key}`");
            return Err(Error::new(ErrorCode::ReportInvalid, message)
                .with_help("add an `[[allocation]]` to the policy, or leave the allocation out"));
        }
        let asked = ReportRequest::new(request.zone.as_str()).period(request.window).previous_periods(0);
        let plan = Plan::new(&asked.rules(Arc::clone(&rules)), request.window.end())?;
        let mut booked = Booked::new(&plan)?;
        bookings(store, &mut [&mut booked])?;
        let cells = Reading::new(booked, dictionary, &rules, &Selector::everything())?.cells(&plan)?;
        let divider = Divider::new(&cells, &rules.allocation, (key, rules.version()));
        let edges = rules.edges(request.window);
        Ok(Some(Self { rules, edges, window: request.window, divider }))
    }

    /// Days that are cut where a rule begins or ends, so that in each of them the same rules are in force.
    pub(super) fn cut(&self, days: Vec<(Window, Window)>) -> Result<Vec<(Window, Window)>> {
        if let Some(edge) = self.edges.iter().find(|edge| edge.micros() % 1_000_000 != 0) {
            let message = format!("a rule begins or ends at {edge}, within a second");
            return Err(
                Error::new(ErrorCode::ReportInvalid, message).with_help("let rules begin on the second")
            );
        }
        let mut cut = Vec::new();
        for (day, month) in days {
            let mut at = day.start();
            let inside = self.edges.iter().filter(|edge| day.start() < **edge && **edge < day.end());
            for edge in inside.copied().chain([day.end()]) {
                cut.push((Window::new(at, edge)?, month));
                at = edge;
            }
        }
        Ok(cut)
    }

    /// The stretch that an instant lies in, within which no rule begins or ends.
    fn stretch(&self, at: Timestamp) -> Window {
        let before = self.edges.partition_point(|edge| *edge <= at);
        let start = before.checked_sub(1).and_then(|index| self.edges.get(index)).copied();
        let end = self.edges.get(before).copied().unwrap_or(self.window.end());
        Window::new(start.unwrap_or(self.window.start()), end).unwrap_or(self.window)
    }

    /// The tags of a day's calls as the rules for virtual tags give them.
    pub(super) fn tags(
        &self,
        dictionary: &Dictionary,
        day: &Day,
        at: Timestamp,
    ) -> Result<HashMap<TagSetId, TagSet>> {
        let mut tags = HashMap::new();
        for (id, ..) in day.sums.keys() {
            if !tags.contains_key(id) {
                let booked = dictionary.tag_set(*id).cloned().unwrap_or_default();
                tags.insert(*id, self.rules.virtual_tags.applied(&booked, at)?.0);
            }
        }
        Ok(tags)
    }

    /// The allocated charges of an origin charge; the charge itself where no rule moves it.
    pub(super) fn divide<'a>(&mut self, charge: Charge<'a>) -> Result<Vec<Charge<'a>>> {
        let (tags, stretch) = (told(charge.tags())?, self.stretch(charge.day().start()));
        let Some(taker) = self.divider.taker(&tags, &stretch) else { return Ok(vec![charge]) };
        let parts = self.divider.divide(taker, &stretch, charge.amount());
        let method_id = self.divider.method_id(taker);
        let told = |part: &ChargePart| self.told(part, &method_id, &tags);
        let divided: Option<Vec<Charge<'a>>> =
            parts.iter().map(|part| charge.part(part.amount, part.ratio, told(part))).collect();
        divided.ok_or_else(|| {
            Error::new(
                ErrorCode::MoneyOverflow,
                "a charge is too large to be divided by a ratio of twelve decimals",
            )
        })
    }

    fn told(&self, part: &ChargePart, method_id: &str, origin: &TagSet) -> Allocated {
        let key = self.divider.key();
        let own = method_id.rsplit_once('@').map_or(method_id, |(id, _)| id);
        let element = |element: &ChargeElement| {
            let rule = Some(element.rule.as_str()).filter(|rule| *rule != own);
            focus_element(element.ratio, element.measured.as_ref(), rule)
        };
        let elements: Vec<String> = part.elements.iter().map(element).collect();
        let is_new = origin.get(key) != Some(part.target.as_str());
        Allocated {
            method_id: guarded_line(method_id).into_owned(),
            details: focus_details(&elements),
            resource_id: guarded_line(&format!("{}/{}", key.short(), part.target)).into_owned(),
            resource_name: guarded_line(&part.target).into_owned(),
            tag: is_new.then(|| (key.short().to_owned(), part.target.clone())),
        }
    }
}

#[cfg(test)]
mod tests;

//! From what was booked to the statement.

use super::allocation::Allocation;
use super::anomalies::anomalies;
use super::cube::{Cube, WHOLE, add, provider_and_model, quantities, rows};
use super::examine::Examined;
use super::forecast::forecast;
use super::gather::{Booked, Plan, Sums};
use super::grouping::Grouping;
use super::header::Header;
use super::kpis::{FURTHER, kpis};
use super::opportunities::Opportunities;
use super::period;
use super::reading::Reading;
use super::rounding::shares;
use super::rules::ReportRules;
use super::statement::{
    Breakdown, BudgetUse, DetailRow, DimensionRow, Drivers, EntryRange, PeriodTotal, Row, SCHEMA_VERSION,
    Statement, Trend, TrendGroup, Unallocated,
};
use super::values::Values;
use super::variance::variance;
use crate::budget::BudgetStatus;
use crate::error::Result;
use crate::money::{Currency, Money};
use crate::tags::{Dictionary, UNALLOCATED};
use crate::time::Timestamp;

/// What every statement is divided by, each by itself; together, what drives cost.
const COLUMNS: [Grouping; 5] =
    [Grouping::TEAM, Grouping::PROJECT, Grouping::CLIENT, Grouping::AGENT, Grouping::Model];
/// What a statement says of everything that allocation doesn't change.
const AS_BOOKED: &str = "Only the allocation shows what rules move between groups; breakdowns, trend, drivers and forecast are of \
                         cost as it was booked.";
/// What money should be allocated to.
const ALLOCATED: [Grouping; 3] = [Grouping::TEAM, Grouping::PROJECT, Grouping::CLIENT];

impl Plan {
    /// The statement of what was read. The budgets are those of an instant; where it lies outside of the period they are
    /// left out.
    pub(crate) fn statement(
        &self,
        booked: Booked,
        dictionary: &Dictionary,
        budgets: (&[BudgetStatus], Timestamp),
        Examined { opportunities, evidence }: Examined,
    ) -> Result<Statement> {
        let (request, zone) = (&self.request, self.request.zone.as_str());
        let mut columns = COLUMNS.to_vec();
        columns.push(FURTHER);
        columns.extend(request.by.iter().filter(|by| !COLUMNS.contains(by) && **by != FURTHER).cloned());
        let none = ReportRules::default();
        let rules = request.rules.as_deref().unwrap_or(&none);
        let reading = Reading::new(booked, dictionary, rules, &request.filter)?;
        let allocation = reading.allocation(self, rules)?;
        let has_moved = allocation.as_ref().is_some_and(|own| !own.views.is_empty());
        let Reading { booked, dictionary, .. } = reading;
        let days = booked.daily.named(&dictionary, &request.filter);
        let cube = Cube::new(booked.sums, &dictionary, &request.filter, columns);
        let against = self.against().map(|window| period::described(window, zone)).transpose()?;
        let total = cube.total();
        let breakdowns: Vec<_> = COLUMNS.iter().map(|by| cube.breakdown(std::slice::from_ref(by))).collect();
        let (budgets, budget_note) = self.budgets(budgets)?;
        let is_filtered = !request.filter.is_everything();
        let (first, last) = total.current.seqs;
        let mut statement = Statement {
            schema_version: SCHEMA_VERSION,
            header: self.header(),
            period: period::described(self.period(), zone)?,
            time_zone: zone.to_owned(),
            currency: Currency::USD,
            generated_at: self.now,
            is_over: self.period().end() <= self.now,
            filter: is_filtered.then(|| request.filter.to_string()),
            total: total.current.amount(),
            calls: total.current.calls,
            overruns: total.current.overruns,
            expired: total.current.expired,
            unmeasured: total.current.unmeasured,
            entries: (first > 0 && !is_filtered).then_some(EntryRange { first, last }),
            by: request.by.clone(),
            rows: cube.breakdown(&request.by).rows,
            unallocated: ALLOCATED.iter().map(|by| unallocated(by, &breakdowns)).collect(),
            breakdowns,
            dimensions: dimensions(&total),
            lines: cube.charged.lines(&dictionary),
            trend: self.trend(&cube, &total)?,
            forecast: forecast(&days, &self.windows, (self.now, zone), &budgets),
            anomalies: anomalies(&days, self.period(), (self.now, zone)),
            variance: variance(&cube, &request.by, against, request.drivers),
            kpis: kpis(&cube, &total, &request.by),
            opportunities,
            evidence,
            budgets,
            drivers: drivers(&cube, request.drivers),
            detail: detail(&cube),
            allocation,
            notes: self.notes(&total, (budget_note, has_moved)),
        };
        debug_assert!(statement.adds_up(), "every breakdown sums to the total");
        statement.seal();
        Ok(statement)
    }

    fn header(&self) -> Header {
        let rules = self.request.rules.as_ref();
        rules.map(|rules| rules.parties.header(&self.request.filter)).unwrap_or_default()
    }

    fn trend(&self, cube: &Cube<'_>, total: &Sums) -> Result<Trend> {
        let earlier = self.windows.iter().skip(1).enumerate().map(|(index, window)| {
            let (total, calls) = total.previous.get(index).copied().unwrap_or_default();
            Ok(PeriodTotal { period: period::described(*window, &self.request.zone)?, total, calls })
        });
        let group = |row: Row| TrendGroup {
            value: row.values.first().unwrap_or_default().to_owned(),
            cost: row.cost,
            previous: row.previous,
        };
        let by = self.request.by.first().map(std::slice::from_ref).unwrap_or_default();
        let groups = cube.breakdown(by).rows.into_iter().map(group).collect();
        let periods: Vec<PeriodTotal> = earlier.collect::<Result<_>>()?;
        let year_before = period::year_before(self.period(), &self.request.zone)?;
        let year_before = periods.iter().find(|own| Some(own.period.window) == year_before).cloned();
        Ok(Trend { periods, year_before, by: by.first().cloned(), groups })
    }

    /// The budgets where they can be told, else why they can't.
    fn budgets(
        &self,
        (budgets, at): (&[BudgetStatus], Timestamp),
    ) -> Result<(Vec<BudgetUse>, Option<&'static str>)> {
        if budgets.is_empty() {
            return Ok((Vec::new(), None));
        }
        if !self.request.filter.is_everything() {
            let note = "Budgets are left out: they may count calls that the filter hides.";
            return Ok((Vec::new(), Some(note)));
        }
        if !self.period().contains(at) {
            let note = "Budgets are left out: what they stand at is known for the present only, \
                        which lies outside of the period.";
            return Ok((Vec::new(), Some(note)));
        }
        let is_past = !self.period().contains(self.now);
        let used = budgets.iter().map(|status| self.budget_use(status)).collect::<Result<_>>()?;
        let note = "Budgets are shown as they stood when the period ended, by the limits and steps of today; \
                    calls that were under way then are left out.";
        Ok((used, is_past.then_some(note)))
    }

    fn budget_use(&self, status: &BudgetStatus) -> Result<BudgetUse> {
        // What the past will have cost is what it did.
        let has_ended = status.window.end() <= self.period().end().min(self.now);
        Ok(BudgetUse {
            name: status.name.to_string(),
            instance: status.instance.clone(),
            window: period::described(status.window, &status.time_zone)?,
            basis: status.basis,
            limit: status.limit,
            spent: status.spent,
            held: status.held,
            remaining: status.remaining,
            utilisation_basis_points: status.utilisation_basis_points(),
            forecast: status.forecast.filter(|_| !has_ended),
            state: status.state,
        })
    }

    fn notes(&self, total: &Sums, (budgets, has_moved): (Option<&'static str>, bool)) -> Vec<String> {
        let mut notes = Vec::new();
        if self.period().contains(self.now) && total.previous.first().is_some_and(|(_, calls)| *calls > 0) {
            notes
                .push("The period isn't over yet; changes compare it with whole earlier periods.".to_owned());
        }
        notes.extend(budgets.map(str::to_owned));
        if has_moved {
            notes.push(AS_BOOKED.to_owned());
        }
        notes
    }
}

fn unallocated(by: &Grouping, breakdowns: &[Breakdown]) -> Unallocated {
    let mut breakdowns = breakdowns.iter();
    let own = breakdowns.find(|breakdown| breakdown.by.as_slice() == std::slice::from_ref(by));
    let row =
        own.and_then(|own| own.rows.iter().find(|row| row.values.iter().any(|value| value == UNALLOCATED)));
    Unallocated {
        by: by.clone(),
        cost: row.map_or(Money::ZERO, |row| row.cost),
        share_basis_points: row.map_or(0, |row| row.share_basis_points),
        calls: row.map_or(0, |row| row.calls),
    }
}

/// Each kind of usage, the most expensive first, and cost without usage where there is some.
fn dimensions(total: &Sums) -> Vec<DimensionRow> {
    let measured =
        quantities(&total.current).into_iter().map(|line| (Some(line.dimension), line.quantity, line.cost));
    let unmeasured = Some(total.current.unmeasured).filter(|cost| *cost != Money::ZERO);
    let mut lines: Vec<_> = measured.chain(unmeasured.map(|cost| (None, 0, cost))).collect();
    // The sort is stable, so equal costs keep the order of the names.
    lines.sort_by_key(|(_, _, cost)| std::cmp::Reverse(*cost));
    let shares = shares(&lines.iter().map(|(_, _, cost)| cost.pico()).collect::<Vec<_>>(), WHOLE);
    let row = |((dimension, quantity, cost), share_basis_points)| DimensionRow {
        dimension,
        quantity,
        cost,
        share_basis_points,
    };
    lines.into_iter().zip(shares).map(row).collect()
}

fn drivers(cube: &Cube<'_>, count: usize) -> Drivers {
    let mut lines = cube.lines(&COLUMNS);
    let has_cost = |sums: &Sums| sums.current.amount() > Money::ZERO;
    let shown = lines.iter().take(count).take_while(|(_, sums)| has_cost(sums)).count();
    let rest = lines.split_off(shown);
    let mut rest_sums = Sums::default();
    for (_, sums) in &rest {
        add(&mut rest_sums, sums);
    }
    let others = rest.iter().filter(|(_, sums)| sums.current.seqs.1 > 0).count();
    rest_sums.previous.resize(cube.total().previous.len(), (Money::ZERO, 0));
    lines.push((Vec::new(), rest_sums));
    let mut rows = rows(&COLUMNS, lines);
    let rest = rows.pop().unwrap_or_else(Row::nothing);
    Drivers { by: COLUMNS.to_vec(), rows, others, rest }
}

fn detail(cube: &Cube<'_>) -> Vec<DetailRow> {
    let mut lines = cube.lines(&COLUMNS);
    lines.retain(|(_, sums)| sums.current.seqs.1 > 0);
    lines.sort_by(|left, right| left.0.cmp(&right.0));
    let line = |(values, sums): (Vec<&str>, Sums)| {
        let value = |index: usize| values.get(index).copied().unwrap_or(UNALLOCATED);
        let (provider, model) = provider_and_model(value(4));
        DetailRow {
            team: value(0).to_owned(),
            project: value(1).to_owned(),
            client: value(2).to_owned(),
            agent: value(3).to_owned(),
            provider: provider.to_owned(),
            model: model.to_owned(),
            calls: sums.current.calls,
            quantities: quantities(&sums.current),
            cost: sums.current.amount(),
        }
    };
    lines.into_iter().map(line).collect()
}

impl Row {
    fn nothing() -> Self {
        let (values, quantities, previous) = (Values::default(), Vec::new(), Vec::new());
        let (cost, unmeasured) = (Money::ZERO, Money::ZERO);
        let (share_basis_points, calls, overruns, expired) = (0, 0, 0, 0);
        Self { values, cost, share_basis_points, calls, overruns, expired, unmeasured, quantities, previous }
    }
}

impl Statement {
    /// Whether every breakdown sums to the total, now and in each earlier period.
    pub(super) fn adds_up(&self) -> bool {
        let earlier: Vec<_> = self.trend.periods.iter().map(|period| period.total).collect();
        let is_whole = |rows: &[&Row]| {
            let past = (0..earlier.len())
                .map(|index| rows.iter().filter_map(|row| row.previous.get(index)).copied().sum::<Money>());
            rows.iter().map(|row| row.cost).sum::<Money>() == self.total
                && rows.iter().map(|row| row.calls).sum::<u64>() == self.calls
                && past.eq(earlier.iter().copied())
        };
        let drivers: Vec<&Row> = self.drivers.rows.iter().chain([&self.drivers.rest]).collect();
        let mut breakdowns = std::iter::once(&self.rows).chain(self.breakdowns.iter().map(|own| &own.rows));
        breakdowns.all(|rows| is_whole(&rows.iter().collect::<Vec<_>>()))
            && is_whole(&drivers)
            && self.dimensions.iter().map(|row| row.cost).sum::<Money>() == self.total
            && self.lines.iter().map(|line| line.cost).sum::<Money>() == self.total
            && self.detail.iter().map(|row| row.cost).sum::<Money>() == self.total
            && self.trend.groups.iter().map(|group| group.cost).sum::<Money>() == self.total
            && self.allocation.as_ref().is_none_or(|own| self.is_allocated(own))
            && self.opportunities.as_ref().is_none_or(Opportunities::adds_up)
            && self.variance.as_ref().is_none_or(|variance| variance.adds_up(self.total))
            && self.forecast.as_ref().is_none_or(|forecast| forecast.adds_up(self.total))
    }

    /// Whether what is charged is the total; with a filter each row by itself.
    fn is_allocated(&self, allocation: &Allocation) -> bool {
        self.filter.is_some()
            || allocation.views.iter().all(|view| view.adds_up() && view.charged() == self.total)
    }
}

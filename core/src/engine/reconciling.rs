//! Reconciliation of the engine's own ledger with a provider's bill, and the corrections that come of it.

use super::bursar::Bursar;
use crate::budget::HoldId;
use crate::error::{Error, ErrorCode, Result};
use crate::ledger::{Entry, EntryKind, check_amount};
use crate::report::{ReconcileRequest, Reconciliation, TrueUp, TrueUpNote, reconcile_store};
use crate::tags::TagSet;
use std::{collections::BTreeSet, ops::ControlFlow};

impl Bursar {
    /// Compares a provider's bills with what was booked in a period: what matches, what differs, and why. Nothing is
    /// changed, and calls go on meanwhile; only a ledger in memory keeps commits waiting while it is read.
    ///
    /// # Errors
    /// `report_invalid` for a request out of bounds, `currency_unsupported` for an amount whose rate isn't given,
    /// `money_overflow`, `ledger_*`.
    pub fn reconcile(&self, request: &ReconcileRequest) -> Result<Reconciliation> {
        let (book, now) = (self.prices(), self.now());
        self.with_reader(|store| {
            // Names are only ever added, so all that the entries refer to are in a later copy.
            let dictionary = self.with_machine(|machine| machine.dictionary().clone());
            reconcile_store(store, (&dictionary, &book), request, now)
        })
    }

    /// Posts the true-ups of a reconciliation as corrections, and gives the numbers of the new entries. A true-up that was
    /// posted before is left out, so posting the same reconciliation twice posts it once.
    ///
    /// Corrections count where the corrected entry did, or now where those books are closed. What no entry has counts on
    /// the day of the bill's line, without tags.
    ///
    /// # Errors
    /// `money_overflow` for an amount that no entry holds: then nothing is posted; `entry_unknown`, `limit_reached`,
    /// `ledger_*`: what was posted before stays, and posting again posts the rest.
    pub fn post_true_ups(&self, reconciliation: &Reconciliation) -> Result<Vec<u64>> {
        let due = reconciliation.true_ups();
        due.iter().try_for_each(|true_up| check_amount(true_up.amount))?;
        let _turn = self.inner.turn()?;
        // One at a time: what another thread posts is seen by the next.
        let _posting = self.inner.posting.lock();
        let posted = self.posted_true_ups()?;
        let mut entries = Vec::new();
        for true_up in due.iter().filter(|true_up| !posted.contains(&true_up.id)) {
            let note = true_up.note(&reconciliation.provider);
            entries.push(match true_up.corrects {
                Some(entry) => self.adjust(entry, true_up.amount, &note)?,
                None => self.adjust_nobody(true_up, &reconciliation.provider, &note)?,
            });
        }
        Ok(entries)
    }

    /// The ids of true-ups that the ledger has.
    fn posted_true_ups(&self) -> Result<BTreeSet<String>> {
        let mut posted = BTreeSet::new();
        self.with_store(|store| {
            store.entries(1, &mut |entry, _| {
                if entry.kind == EntryKind::Adjust
                    && let Some(note) = entry.note.as_deref().and_then(TrueUpNote::read)
                {
                    posted.insert(note.id);
                }
                ControlFlow::Continue(())
            })
        })?;
        Ok(posted)
    }

    /// Books what no entry has: without tags, under the provider's model.
    fn adjust_nobody(&self, true_up: &TrueUp, provider: &str, note: &str) -> Result<u64> {
        let inner = &*self.inner;
        let now = inner.clock.now();
        let model = true_up.key.model.as_deref().unwrap_or(true_up.key.kind.as_str());
        let seq = {
            let mut guard = inner.state.lock();
            let state = &mut *guard;
            state.machine.tick(now);
            inner.note_all(state, now);
            let scope = state.machine.scope(&TagSet::new(), now)?;
            let model = state.machine.dictionary_mut().symbol(&format!("{provider}/{model}"))?;
            let tag_set = state.machine.tag_set(scope).ok_or_else(|| {
                Error::new(ErrorCode::LimitReached, "the ledger has no room for a call without tags")
            })?;
            let closed = state.machine.closed_until();
            let effective_at = if true_up.key.day < closed { now.max(closed) } else { true_up.key.day };
            state.machine.adjust(scope, true_up.amount, effective_at, now);
            state.machine.drain_events(&mut state.events);
            let mut entry = Entry::new(EntryKind::Adjust, now, HoldId::from_number(0), tag_set, model);
            (entry.effective_at, entry.amount) = (effective_at, true_up.amount);
            entry.note = Some(note.into());
            let seq = state.note(entry);
            inner.note_events(state, now);
            seq
        };
        inner.commit(seq)?;
        Ok(seq)
    }
}

#[cfg(test)]
mod tests {
    use crate::*;
    use std::sync::Arc;

    const MODEL: &str = "claude-sonnet-4-5";

    fn open(folder: &std::path::Path, clock: &Arc<ManualClock>) -> Bursar {
        let month = Calendar::new(Period::Month, "UTC").unwrap();
        let options = BudgetOptions::new("all", Selector::everything(), "1000".parse().unwrap(), month);
        let policy = Policy::new().with_budget(Budget::new(options).unwrap());
        let builder = Bursar::builder().policy(policy).clock(Arc::clone(clock)).resource_attributes("");
        builder.open(folder.join("ledger.db")).unwrap()
    }

    fn call(bursar: &Bursar, team: &str, usage: &[(Dimension, u64)]) {
        let scope = bursar.scope(&[("team", team)]).unwrap();
        let model = bursar.model(Some("anthropic"), MODEL).unwrap();
        let ask = Call::new(&model, 50_000).max_output_tokens(5_000);
        let Decision::Admitted(hold) = bursar.reserve(&scope, &ask).unwrap() else { panic!("it fits") };
        let usage: Usage = usage.iter().copied().collect();
        bursar.settle(&hold, &usage).unwrap();
    }

    /// Two days of two teams. What the bill has beside: cache writes that nobody read from an answer, a batch price, a
    /// web search, and 7 output tokens by the Workbench.
    fn two_days(bursar: &Bursar, clock: &ManualClock) {
        clock.set("2026-11-02T10:00:00Z".parse().unwrap());
        call(
            bursar,
            "data",
            &[(Dimension::InputUncached, 10_000), (Dimension::CacheRead, 4_000), (Dimension::Output, 900)],
        );
        call(
            bursar,
            "search",
            &[(Dimension::InputUncached, 5_000), (Dimension::CacheRead, 2_000), (Dimension::Output, 100)],
        );
        clock.set("2026-11-03T23:59:59Z".parse().unwrap());
        call(bursar, "data", &[(Dimension::InputUncached, 1_000), (Dimension::Output, 1_000)]);
        clock.set("2026-12-01T09:00:00Z".parse().unwrap());
    }

    const COSTS: &str = r#"{"data": [
        {"starting_at": "2026-11-02T00:00:00Z", "ending_at": "2026-11-03T00:00:00Z", "results": [
            {"amount": "4.5", "currency": "USD", "cost_type": "tokens", "model": "claude-sonnet-4-5-20250929", "token_type": "uncached_input_tokens", "service_tier": "standard", "context_window": "0-200k"},
            {"amount": "0.18", "currency": "USD", "cost_type": "tokens", "model": "claude-sonnet-4-5-20250929", "token_type": "cache_read_input_tokens", "service_tier": "standard", "context_window": "0-200k"},
            {"amount": "0.75", "currency": "USD", "cost_type": "tokens", "model": "claude-sonnet-4-5-20250929", "token_type": "cache_creation.ephemeral_5m_input_tokens", "service_tier": "standard", "context_window": "0-200k"},
            {"amount": "1.5105", "currency": "USD", "cost_type": "tokens", "model": "claude-sonnet-4-5-20250929", "token_type": "output_tokens", "service_tier": "standard", "context_window": "0-200k"},
            {"amount": "1", "currency": "USD", "cost_type": "web_search"}]},
        {"starting_at": "2026-11-03T00:00:00Z", "ending_at": "2026-11-04T00:00:00Z", "results": [
            {"amount": "0.15", "currency": "USD", "cost_type": "tokens", "model": "claude-sonnet-4-5-20250929", "token_type": "uncached_input_tokens", "service_tier": "batch", "context_window": "0-200k"},
            {"amount": "0.75", "currency": "USD", "cost_type": "tokens", "model": "claude-sonnet-4-5-20250929", "token_type": "output_tokens", "service_tier": "batch", "context_window": "0-200k"}]}],
        "has_more": false}"#;

    const USAGE: &str = r#"{"data": [
        {"starting_at": "2026-11-02T00:00:00Z", "ending_at": "2026-11-03T00:00:00Z", "results": [
            {"uncached_input_tokens": 15000, "cache_read_input_tokens": 6000, "output_tokens": 1000, "cache_creation": {"ephemeral_5m_input_tokens": 2000}, "server_tool_use": {"web_search_requests": 1}, "api_key_id": "ours", "model": "claude-sonnet-4-5-20250929", "service_tier": "standard"},
            {"uncached_input_tokens": 0, "cache_read_input_tokens": 0, "output_tokens": 7, "api_key_id": null, "model": "claude-sonnet-4-5-20250929", "service_tier": "standard"}]},
        {"starting_at": "2026-11-03T00:00:00Z", "ending_at": "2026-11-04T00:00:00Z", "results": [
            {"uncached_input_tokens": 1000, "cache_read_input_tokens": 0, "output_tokens": 1000, "api_key_id": "ours", "model": "claude-sonnet-4-5-20250929", "service_tier": "batch"}]}],
        "has_more": false}"#;

    fn request() -> ReconcileRequest {
        let costs = BillDocument::new(BillFormat::AnthropicCost, COSTS.as_bytes()).read().unwrap();
        let usage = BillDocument::new(BillFormat::AnthropicUsage, USAGE.as_bytes()).read().unwrap();
        let period = Window::named("2026-11", "UTC").unwrap();
        ReconcileRequest::new("anthropic", period).lines(costs).lines(usage).metered_credentials(["ours"])
    }

    #[test]
    fn a_bill_of_two_reports_is_explained_line_by_line_and_posted_once() {
        let folder = tempfile::tempdir().unwrap();
        let clock = Arc::new(ManualClock::new("2026-11-01T00:00:00Z".parse().unwrap()));
        let bursar = open(folder.path(), &clock);
        two_days(&bursar, &clock);
        let found = bursar.reconcile(&request()).unwrap();
        let causes: Vec<_> = found
            .causes
            .iter()
            .map(|total| (total.cause.map_or("-", |cause| cause.as_str()), total.amount.to_string()))
            .collect();
        let expected = [
            ("non_token_charge", "0.01"),
            ("outside_the_meter", "0.000105"),
            ("batch_tier", "-0.009"),
            ("missing_token_class", "0.0075"),
        ];
        assert_eq!(
            causes,
            expected.map(|(cause, amount)| (cause, amount.to_owned())),
            "{}",
            found.to_table()
        );
        assert_eq!((found.explained_basis_points, found.unexplained), (10_000, Money::ZERO));
        let before = bursar.report(&ReportRequest::named("2026-11", "UTC").unwrap()).unwrap().total;
        let entries = bursar.post_true_ups(&found).unwrap();
        assert!(!entries.is_empty());
        assert!(bursar.post_true_ups(&found).unwrap().is_empty());
        let after = bursar.report(&ReportRequest::named("2026-11", "UTC").unwrap()).unwrap();
        assert_eq!(after.total - before, found.difference);
        assert_eq!(bursar.verify().unwrap(), []);
        drop(bursar);
        // In another process as well.
        let bursar = open(folder.path(), &clock);
        assert!(bursar.post_true_ups(&found).unwrap().is_empty());
        let again = bursar.reconcile(&request()).unwrap();
        assert_eq!((again.difference, again.true_ups().len()), (Money::ZERO, 0), "{}", again.to_table());
        assert_eq!(again.matched_basis_points, 10_000);
        let unallocated = after.unallocated.first().unwrap();
        assert_eq!(unallocated.cost.to_string(), "0.000105");
    }

    #[test]
    fn the_reference_shows_what_is_printed_and_has_a_rule_for_every_cause() {
        let path =
            std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/reference/reconciliation.md");
        let page = std::fs::read_to_string(path).unwrap();
        for cause in DriftCause::ALL {
            assert!(page.contains(&format!("| `{cause}` |")), "`{cause}` has no rule");
        }
        let folder = tempfile::tempdir().unwrap();
        let clock = Arc::new(ManualClock::new("2026-11-01T00:00:00Z".parse().unwrap()));
        let bursar = open(folder.path(), &clock);
        two_days(&bursar, &clock);
        let found = bursar.reconcile(&request()).unwrap();
        for line in &found.lines {
            for part in &line.parts {
                let (amount, cause) = (part.amount.to_string(), part.cause.unwrap().as_str());
                let (kind, evidence) = (part.kind.as_str(), part.evidence.unwrap().as_str());
                let row = format!("{:<4}  {kind:<8}  {amount:<9}  {cause:<19}  {evidence}", line.number);
                assert!(page.contains(&row), "the page doesn't show\n{row}");
            }
        }
        assert!(page.contains(&format!("the difference of {} USD", found.difference)));
        let table = found.to_table();
        // The version of the bundled prices changes with them.
        let printed: Vec<_> = table.lines().filter(|line| !line.starts_with("Made ")).collect();
        let printed = printed.join("\n");
        assert!(page.contains(&printed), "the page doesn't show\n{printed}");
    }

    #[test]
    fn true_ups_of_closed_books_count_later_and_are_known_all_the_same() {
        let folder = tempfile::tempdir().unwrap();
        let clock = Arc::new(ManualClock::new("2026-11-01T00:00:00Z".parse().unwrap()));
        let bursar = open(folder.path(), &clock);
        two_days(&bursar, &clock);
        bursar.close_until("2026-12-01T00:00:00Z".parse().unwrap()).unwrap();
        let november = || bursar.report(&ReportRequest::named("2026-11", "UTC").unwrap()).unwrap().total;
        let before = november();
        let found = bursar.reconcile(&request()).unwrap();
        bursar.post_true_ups(&found).unwrap();
        assert_eq!(november(), before, "a closed period never changes");
        let december = bursar.report(&ReportRequest::named("2026-12", "UTC").unwrap()).unwrap().total;
        assert_eq!(december, found.difference);
        assert_eq!(bursar.reconcile(&request()).unwrap().difference, Money::ZERO);
        let next = ReconcileRequest::new("anthropic", Window::named("2026-12", "UTC").unwrap());
        assert_eq!(bursar.reconcile(&next).unwrap().ours, Money::ZERO, "they belong to November's bill");
        assert_eq!(bursar.verify().unwrap(), []);
    }

    #[test]
    fn a_period_that_isnt_made_of_days_is_refused() {
        let bursar = Bursar::builder().resource_attributes("").in_memory().unwrap();
        let day = Window::named("2026-11-02", "Asia/Kolkata").unwrap();
        let error = bursar.reconcile(&ReconcileRequest::new("anthropic", day)).unwrap_err();
        assert_eq!(error.code(), ErrorCode::ReportInvalid);
        assert_eq!(
            error.message(),
            "the period `2026-11-01T18:30:00Z/2026-11-02T18:30:00Z` isn't made of whole UTC days, by which providers bill"
        );
        let all = ReconcileRequest::new("anthropic", Window::ALWAYS);
        assert_eq!(bursar.reconcile(&all).unwrap_err().code(), ErrorCode::ReportInvalid);
    }
}

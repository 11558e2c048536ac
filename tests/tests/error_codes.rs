//! Every error code can be met: provoked here with its whole message, or, where it takes a damaged disk, in the tests
//! of disasters. A code that nothing can show any more, or a new one that nobody has shown, fails here.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that can't go on shall stop where it stands")]

use bursar::{
    Api, ApiRequest, Budget, BudgetOptions, Bursar, Calendar, Call, Decision, Dimension, Error, ErrorCode,
    HoldId, MAX_TAGS, Money, Period, Policy, Presentation, PriceBook, ReportRequest, Selector, Taxonomy,
    Terms, Timestamp, Usage,
};
use bursar_tests::scene::{admit, admitted, budget, clock, output, policy, priced, reserve_keyed, usd};
use std::collections::BTreeSet;

/// The tests of disks, and the codes that only they can show.
const DISASTERS: &str = include_str!("disasters.rs");
const OF_DISKS: &[ErrorCode] = &[
    ErrorCode::LedgerInUse,
    ErrorCode::LedgerUnavailable,
    ErrorCode::LedgerReadOnly,
    ErrorCode::LedgerFull,
    ErrorCode::LedgerIo,
    ErrorCode::LedgerDamaged,
    ErrorCode::LedgerForeign,
    ErrorCode::LedgerNewer,
];

/// What is said: a code, the error that shows it, and its whole message.
type Shown = (ErrorCode, Error, String);

fn shown<T>(code: ErrorCode, outcome: Result<T, Error>, message: &str) -> Shown {
    let Err(error) = outcome else { panic!("no error, but {code} is expected") };
    (code, error, message.to_owned())
}

fn all() -> Vec<Shown> {
    let parts =
        [of_amounts_and_times(), of_tags(), of_prices(), of_budgets_and_holds(), of_ledger_and_policy()];
    parts.into_iter().flatten().collect()
}

fn open(policy: Policy) -> Bursar {
    Bursar::builder().policy(policy).clock(clock()).resource_attributes("").in_memory().unwrap()
}

fn of_amounts_and_times() -> Vec<Shown> {
    let money = |text: &str| text.parse::<Money>();
    vec![
        shown(ErrorCode::MoneyInvalid, money("1,000"), "`1,000` is no amount of money"),
        shown(
            ErrorCode::MoneyPrecision,
            money("0.0000000000001"),
            "`0.0000000000001` has more than 12 decimals",
        ),
        shown(
            ErrorCode::MoneyOverflow,
            money("999999999999999999999999999999"),
            "`999999999999999999999999999999` is outside of what an amount can hold",
        ),
        shown(
            ErrorCode::CurrencyUnsupported,
            money("5 EUR"),
            "`5 EUR` is in EUR, and budgets are kept in USD",
        ),
        shown(ErrorCode::TimeInvalid, "yesterday".parse::<Timestamp>(), "`yesterday` is no time"),
        shown(
            ErrorCode::TimeZoneUnknown,
            Calendar::new(Period::Day, "Europe/Berln"),
            "`Europe/Berln` is no time zone of the IANA database (did you mean `Europe/Berlin`?)",
        ),
        shown(
            ErrorCode::PeriodInvalid,
            "fortnight".parse::<Period>(),
            "`fortnight` is no period; allowed are `hour`, `day`, `week`, `week from sunday`, `month`, \
             `quarter`, `year`, `year from 04-01`, `rolling 30 days` (or seconds, minutes, hours, weeks), `once` and `run`",
        ),
    ]
}

fn of_tags() -> Vec<Shown> {
    let bursar = open(policy());
    let many: Vec<String> = (0..=MAX_TAGS).map(|index| format!("key{index}")).collect();
    let many: Vec<(&str, &str)> = many.iter().map(|key| (&**key, "x")).collect();
    let taxonomy = Taxonomy::builder().require("team").build().unwrap();
    let strict = open(Policy::new().with_taxonomy(taxonomy));
    vec![
        shown(
            ErrorCode::TagKeyInvalid,
            bursar.scope(&[("team name", "data")]),
            "tag key `team name` has a ` `, only letters, digits, `.`, `_` and `-` are allowed",
        ),
        shown(ErrorCode::TagValueInvalid, bursar.scope(&[("team", "")]), "the value of `team` is empty"),
        shown(
            ErrorCode::TagDuplicate,
            bursar.scope(&[("team", "data"), ("team.name", "search")]),
            "`team` is given twice, as `data` and as `search`",
        ),
        shown(ErrorCode::LimitReached, bursar.scope(&many), "33 tags in one set, at most 32 are allowed"),
        shown(ErrorCode::TagsRefused, strict.scope(&[("project", "index")]), "the tag `team` is missing"),
        shown(
            ErrorCode::SelectorInvalid,
            "team =".parse::<Selector>(),
            "`team =` at column 7: expected a value in quotes, found the end",
        ),
        shown(
            ErrorCode::TaxonomyInvalid,
            Taxonomy::builder().pattern("client", "[").build(),
            "the pattern `[` of `client` can't be read: found unclosed character class",
        ),
    ]
}

fn of_prices() -> Vec<Shown> {
    let text = "format = 1\ndate = \"2026-11-23\"\n[[models]]\nprovider = \"maker\"\nmodel = \"model-a\"\n\
                [[models.cards]]\nfrom = \"2026-01-01\"\ninput_mtok = \"1\"\noutput_mtok = \"1\"";
    let book = PriceBook::parse(text).unwrap();
    let quote = |usage: Usage, terms: Terms, at: &str| {
        book.quote(None, "model-a", &usage, &terms, at.parse::<Timestamp>().unwrap())
    };
    let (now, before) = ("2026-11-23T12:00:00Z", "2025-11-23T12:00:00Z");
    let searches = output(1).with(Dimension::WebSearches, 1);
    let reasoning = output(1).with(Dimension::Reasoning, 2);
    let bursar = open(policy());
    let (scope, model) = (bursar.scope(&[]).unwrap(), bursar.model(None, "test-model").unwrap());
    vec![
        shown(
            ErrorCode::PriceBookInvalid,
            PriceBook::parse("format = 1\nmodels = 5"),
            "line 1: `price book`: `date` is missing",
        ),
        shown(
            ErrorCode::ModelUnknown,
            bursar.model(None, "tset-model"),
            "the model `tset-model` is in no price book (did you mean `test-model`?)",
        ),
        shown(
            ErrorCode::ModelUnpriced,
            quote(output(1), Terms::new(), before),
            "`maker/model-a` has no price at 2025-11-23T12:00:00Z, only from 2026-01-01T00:00:00Z on",
        ),
        shown(
            ErrorCode::DimensionUnpriced,
            quote(searches, Terms::new(), now),
            "`maker/model-a` has no price for `web_searches`, only for `input_uncached` and `output`",
        ),
        shown(
            ErrorCode::TierUnknown,
            quote(output(1), Terms::new().service_tier("turbo"), now),
            "`turbo` is no service tier of `maker/model-a`: it has none",
        ),
        shown(
            ErrorCode::UsageInvalid,
            quote(reasoning, Terms::new(), now),
            "`reasoning` is 2, more than the 1 of `output` that it is a part of",
        ),
        shown(
            ErrorCode::BoundMissing,
            bursar.reserve(&scope, &Call::new(&model, 1)),
            "`private/test-model` has no known maximum of output tokens, and the call gives none",
        ),
    ]
}

fn of_budgets_and_holds() -> Vec<Shown> {
    let bursar = open(priced().with_budget(budget("marketing", "", "1", Period::Day)));
    let calendar = Calendar::new(Period::Day, "UTC").unwrap();
    let negative = BudgetOptions::new("marketing", Selector::everything(), usd("-1"), calendar);
    let long = "k".repeat(257);
    let _ = admitted(reserve_keyed(&bursar, "data", 1, Some("call-1")).unwrap());
    let full = admit(&bursar, "data", 999_999);
    bursar.settle(&full, &output(1_000_000)).unwrap();
    vec![
        shown(
            ErrorCode::BudgetInvalid,
            Budget::new(negative),
            "budget `marketing` has a limit of -1 USD, and 0 to 1e15 USD is allowed",
        ),
        shown(
            ErrorCode::BudgetUnknown,
            bursar.resume("markting", None),
            "no budget has the name `markting` (did you mean `marketing`?)",
        ),
        shown(
            ErrorCode::HoldUnknown,
            bursar.release(HoldId::from_number(7)),
            "hold 7 is unknown or was forgotten",
        ),
        shown(
            ErrorCode::HoldEnded,
            bursar.release(full.id()),
            "hold 2097153 has been settled to 1 USD already",
        ),
        shown(
            ErrorCode::KeyInvalid,
            reserve_keyed(&bursar, "data", 1, Some(&long)),
            "a call's key has 257 bytes, and 1 to 256 are allowed",
        ),
        shown(
            ErrorCode::KeyConflict,
            reserve_keyed(&bursar, "data", 2, Some("call-1")),
            "the key was used for a call with other tags, model or bound",
        ),
        shown(
            ErrorCode::ResumeNeedsRaise,
            bursar.resume("marketing", None),
            "budget `marketing` can't be resumed: it has spent 1 USD of its limit of 1 USD",
        ),
    ]
}

fn of_ledger_and_policy() -> Vec<Shown> {
    let bursar = open(policy());
    let future = "2026-12-01T00:00:00Z".parse().unwrap();
    vec![
        shown(ErrorCode::EntryUnknown, bursar.entry(99), "the ledger has no entry 99"),
        shown(
            ErrorCode::DocumentUnknown,
            bursar.statement("CB-2026-10-001"),
            "no document has the number `CB-2026-10-001`; none was issued yet",
        ),
        shown(
            ErrorCode::PeriodNotClosable,
            bursar.close_until(future),
            "the books can't be closed until 2026-12-01T00:00:00Z, which is in the future: it is 2026-11-10T12:00:00Z",
        ),
        shown(
            ErrorCode::PolicyInvalid,
            Policy::from_toml("[holds]\nlifetme = \"5 minutes\""),
            "line 2, column 1: holds.lifetme: unknown key `lifetme` (did you mean `lifetime`?)\n  |\n2 | lifetme = \"5 minutes\"\n  | ^^^^^^^",
        ),
        shown(
            ErrorCode::RequestInvalid,
            ApiRequest::read(Api::Chat, "/v1/chat/completions", br#"{"model":"gpt-5","max_tokens":-1}"#),
            "`max_tokens` is -1, and a whole number of 0 or more is allowed",
        ),
        shown(
            ErrorCode::ReportInvalid,
            bursar.report(&ReportRequest::new("UTC").by([])),
            "a report is grouped by nothing, and 1 to 6 columns are allowed",
        ),
        shown(
            ErrorCode::PdfMissing,
            bursar
                .report(&ReportRequest::new("UTC"))
                .and_then(|report| report.document(&Presentation::new()).to_pdf()),
            "a PDF was asked for, and this build of `bursar` can't make one",
        ),
        shown(ErrorCode::LedgerClosed, bursar.close().and_then(|()| bursar.flush()), "the ledger was closed"),
    ]
}

#[test]
fn every_error_says_what_was_found_and_what_is_allowed() {
    let faults: Vec<String> = all()
        .iter()
        .filter(|(code, error, message)| (error.code(), error.message()) != (*code, message))
        .map(|(code, error, message)| {
            format!("{code}\n  expected {message:?}\n  found    {:?}\n{error:#}", error.message())
        })
        .collect();
    assert!(faults.is_empty(), "{}", faults.join("\n"));
}

#[test]
fn every_code_is_shown_by_a_test() {
    let shown: BTreeSet<&str> = all().iter().map(|(_, error, _)| error.code().as_str()).collect();
    for code in ErrorCode::ALL {
        let is_of_disks = OF_DISKS.contains(code);
        assert!(is_of_disks != shown.contains(code.as_str()), "{code} is shown nowhere, or twice");
        if is_of_disks {
            let (path, text) = (format!("ErrorCode::{code:?}"), format!("\"{code}\""));
            assert!(DISASTERS.contains(&path) || DISASTERS.contains(&text), "no disaster has {code}");
        }
    }
}

#[test]
fn every_message_and_every_help_is_written_in_one_way() {
    let texts = all()
        .into_iter()
        .flat_map(|(code, error, _)| [(code, error.message().to_owned()), (code, error.help().to_owned())]);
    let helps = ErrorCode::ALL.iter().map(|code| (*code, code.help().to_owned()));
    for (code, text) in texts.chain(helps) {
        let is_lower = text.chars().next().is_some_and(|first| !first.is_uppercase());
        assert!(is_lower && !text.ends_with('.'), "{code}: {text}");
    }
}

#[test]
fn a_refusal_is_no_error() {
    let bursar = open(policy());
    let refused = bursar.reserve_by_name(&[], (None, "tset-model"), |call| call).unwrap();
    assert!(matches!(refused, Decision::Unpriced(_)), "{refused}");
}

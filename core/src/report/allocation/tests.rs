//! Rules by exact digits, and random rules against a model in exact fractions.

use super::cells::{AllocationCell, Used};
use super::order::{overlap, takes_from};
use super::run::views;
use super::{AllocationMethod, AllocationRule, AllocationRules, AllocationView, Measure, ZeroWeight};
use crate::error::ErrorCode;
use crate::money::Money;
use crate::tags::{TagKey, TagSet, UNALLOCATED};
use crate::time::{Timestamp, Window};
use std::collections::BTreeMap;

fn usd(text: &str) -> Money {
    text.parse().unwrap()
}

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn november() -> Window {
    Window::named("2026-11", "UTC").unwrap()
}

fn cell(tags: &[(&str, &str)], cost: &str, calls: u64, tokens: (u64, u64)) -> AllocationCell {
    let tags = TagSet::from_pairs(tags.iter().copied()).unwrap();
    let used = Used { cost: usd(cost), calls, input: tokens.0, output: tokens.1 };
    AllocationCell { tags, stretch: november(), used }
}

fn rule(id: &str, selector: &str, method: AllocationMethod, values: &[&str]) -> AllocationRule {
    let mut rule = AllocationRule::new(id, selector.parse().unwrap(), TagKey::TEAM);
    rule.method = method;
    rule.to.values = values.iter().map(|value| (*value).to_owned()).collect();
    rule
}

fn fixed(shares: &[(&str, u32)]) -> AllocationMethod {
    AllocationMethod::Fixed(shares.iter().map(|(value, share)| ((*value).to_owned(), *share)).collect())
}

fn divided(cells: &[AllocationCell], rules: Vec<AllocationRule>) -> AllocationView {
    let rules = AllocationRules::new(rules).unwrap();
    let mut views = views(cells, &rules, "v1");
    assert!(views.iter().all(AllocationView::adds_up));
    views.remove(0)
}

/// Value, direct, in, out, charged.
fn rows(view: &AllocationView) -> Vec<String> {
    let row = |row: &super::AllocatedRow| {
        format!("{} {} +{} -{} = {}", row.value, row.direct, row.allocated_in, row.allocated_out, row.charged)
    };
    view.rows.iter().map(row).collect()
}

fn company() -> Vec<AllocationCell> {
    vec![
        cell(&[("team", "data")], "60", 6, (100, 10)),
        cell(&[("team", "marketing")], "30", 1, (200, 30)),
        cell(&[("team", "platform")], "10", 2, (5, 5)),
        cell(&[("user", "u1")], "1", 1, (1, 1)),
    ]
}

#[test]
fn shared_cost_is_divided_evenly_by_stated_shares_or_by_use() {
    let check = |method: AllocationMethod, values: &[&str], expect: [&str; 4]| {
        let view = divided(&company(), vec![rule("platform", r#"team = "platform""#, method, values)]);
        assert_eq!(rows(&view), expect);
    };
    check(
        AllocationMethod::Even,
        &[],
        [
            "data 60 +5 -0 = 65",
            "marketing 30 +5 -0 = 35",
            "platform 10 +0 -10 = 0",
            "unallocated 1 +0 -0 = 1",
        ],
    );
    check(
        fixed(&[("data", 1_234), ("marketing", 8_766)]),
        &["data", "marketing"],
        [
            "data 60 +1.234 -0 = 61.234",
            "marketing 30 +8.766 -0 = 38.766",
            "platform 10 +0 -10 = 0",
            "unallocated 1 +0 -0 = 1",
        ],
    );
    check(
        AllocationMethod::Proportional(Measure::Cost),
        &[],
        [
            "data 60 +6.666666666667 -0 = 66.666666666667",
            "marketing 30 +3.333333333333 -0 = 33.333333333333",
            "platform 10 +0 -10 = 0",
            "unallocated 1 +0 -0 = 1",
        ],
    );
    check(
        AllocationMethod::Proportional(Measure::OutputTokens),
        &[],
        [
            "data 60 +2.5 -0 = 62.5",
            "marketing 30 +7.5 -0 = 37.5",
            "platform 10 +0 -10 = 0",
            "unallocated 1 +0 -0 = 1",
        ],
    );
    let seats = Measure::Given("seats".to_owned(), vec![("data".to_owned(), 3), ("marketing".to_owned(), 1)]);
    check(
        AllocationMethod::Proportional(seats),
        &[],
        [
            "data 60 +7.5 -0 = 67.5",
            "marketing 30 +2.5 -0 = 32.5",
            "platform 10 +0 -10 = 0",
            "unallocated 1 +0 -0 = 1",
        ],
    );
}

#[test]
fn a_part_names_its_rule_ratio_and_measure_as_focus_wants_them() {
    let by_calls = AllocationMethod::Proportional(Measure::Calls);
    let view = divided(&company(), vec![rule("platform", r#"team = "platform""#, by_calls, &[])]);
    let part = &view.row("data").unwrap().received[0];
    assert_eq!((part.method_id.as_str(), part.ratio.to_string().as_str()), ("platform@v1", "0.857142857143"));
    assert_eq!(
        part.focus_details(),
        r#"{"Elements":[{"AllocatedRatio":0.857142857143,"UsageUnit":"Requests","UsageQuantity":6}]}"#
    );
    let even =
        divided(&company(), vec![rule("platform", r#"team = "platform""#, AllocationMethod::Even, &[])]);
    let part = &even.row("data").unwrap().received[0];
    assert_eq!(part.focus_details(), r#"{"Elements":[{"AllocatedRatio":0.5}]}"#);
    let ratios: i128 =
        view.rows.iter().flat_map(|row| &row.received).map(|part| part.ratio.trillionths()).sum();
    assert_eq!(ratios, 1_000_000_000_000);
}

#[test]
fn cost_without_a_tag_is_allocated_by_a_rule_that_asks_for_it() {
    let view = divided(
        &company(),
        vec![rule("nobodys", "team is not set", AllocationMethod::Even, &["data", "platform"])],
    );
    assert_eq!(
        rows(&view),
        [
            "data 60 +0.5 -0 = 60.5",
            "marketing 30 +0 -0 = 30",
            "platform 10 +0.5 -0 = 10.5",
            "unallocated 1 +0 -1 = 0"
        ]
    );
}

#[test]
fn rules_run_after_those_that_give_to_them_in_whatever_order_they_are_written() {
    let platform = rule("platform", r#"team = "platform""#, AllocationMethod::Even, &["data", "marketing"]);
    let security = rule(
        "security",
        r#"team = "security""#,
        fixed(&[("platform", 6_000), ("data", 4_000)]),
        &["platform", "data"],
    );
    let mut cells = company();
    cells.push(cell(&[("team", "security")], "5", 1, (0, 0)));
    let expect = [
        "data 60 +8.5 -0 = 68.5",
        "marketing 30 +6.5 -0 = 36.5",
        "platform 10 +3 -13 = 0",
        "security 5 +0 -5 = 0",
        "unallocated 1 +0 -0 = 1",
    ];
    let view = divided(&cells, vec![platform.clone(), security.clone()]);
    assert_eq!(rows(&view), expect);
    assert_eq!(view.rules.iter().map(|rule| &*rule.id).collect::<Vec<_>>(), ["security", "platform"]);
    assert_eq!(rows(&divided(&cells, vec![security, platform])), expect);
}

#[test]
fn rules_that_give_in_a_circle_are_refused_with_the_circle() {
    let one = rule("one", r#"team = "a""#, AllocationMethod::Even, &["b"]);
    let two = rule("two", r#"team = "b""#, AllocationMethod::Even, &["c", "d"]);
    let three = rule("three", r#"team = "d""#, AllocationMethod::Even, &["a"]);
    let other = rule("other", r#"team = "x""#, AllocationMethod::Even, &["a"]);
    let error = AllocationRules::new(vec![other, two.clone(), three.clone(), one.clone()]).unwrap_err();
    assert_eq!(error.code(), ErrorCode::PolicyInvalid);
    assert_eq!(
        error.message(),
        "the allocation rules give to each other in a circle: `two` to `three` to `one` to `two`"
    );
    // Rules that are never in force at once give nothing to each other.
    let early = Window::new(Timestamp::MIN, at("2026-11-01T00:00:00Z")).unwrap();
    let late = Window::new(at("2026-11-01T00:00:00Z"), Timestamp::MAX).unwrap();
    let three = AllocationRule { during: early, ..three };
    AllocationRules::new(vec![AllocationRule { during: late, ..one }, two, three]).unwrap();
    // A rule may leave its source a part.
    let own = rule(
        "own",
        r#"team = "platform""#,
        fixed(&[("platform", 3_000), ("data", 7_000)]),
        &["data", "platform"],
    );
    assert_eq!(
        rows(&divided(&company(), vec![own])),
        [
            "data 60 +7 -0 = 67",
            "marketing 30 +0 -0 = 30",
            "platform 10 +3 -10 = 3",
            "unallocated 1 +0 -0 = 1"
        ]
    );
}

#[test]
fn every_value_leaves_out_the_excepted_and_those_whose_cost_is_moved() {
    let mut cells = company();
    cells.push(cell(&[("team", "security"), ("environment", "prod")], "5", 1, (0, 0)));
    cells.push(cell(&[("team", "research"), ("environment", "prod")], "7", 1, (0, 0)));
    let platform = rule("platform", r#"team = "platform""#, AllocationMethod::Even, &[]);
    let mut security = rule("security", r#"team = "security""#, AllocationMethod::Even, &[]);
    security.to.except = vec!["marketing".to_owned()];
    let view = divided(&cells, vec![platform.clone(), security]);
    assert_eq!(view.row("security").unwrap().charged, Money::ZERO);
    assert_eq!(view.row("platform").unwrap().charged, Money::ZERO);
    assert_eq!(view.row("marketing").unwrap().allocated_in, usd("3.333333333333"));
    assert_eq!(view.row("data").unwrap().allocated_in, usd("5.833333333334"));
    // Only those who spent where it is looked.
    let mut among = platform;
    among.to.among = r#"environment = "prod""#.parse().unwrap();
    let view = divided(&cells, vec![among]);
    assert_eq!(view.row("security").unwrap().allocated_in, usd("5"));
    assert_eq!(view.row("data").unwrap().allocated_in, Money::ZERO);
}

#[test]
fn weights_of_zero_divide_evenly_or_leave_the_cost_and_say_so() {
    let none = Measure::Given("seats".to_owned(), Vec::new());
    let mut by_seats =
        rule("seats", r#"team = "platform""#, AllocationMethod::Proportional(none), &["data", "marketing"]);
    let view = divided(&company(), vec![by_seats.clone()]);
    assert_eq!(view.row("data").unwrap().allocated_in, usd("5"));
    assert_eq!(
        view.rules[0].note.as_deref(),
        Some("All targets had a weight of zero, so the cost was divided evenly.")
    );
    by_seats.zero_weight = ZeroWeight::Keep;
    let view = divided(&company(), vec![by_seats]);
    assert_eq!(view.row("platform").unwrap().charged, usd("10"));
    assert_eq!((view.rules[0].moved, view.rules[0].kept), (Money::ZERO, usd("10")));
    let alone = vec![cell(&[("team", "platform")], "10", 1, (0, 0))];
    let view = divided(&alone, vec![rule("p", r#"team = "platform""#, AllocationMethod::Even, &[])]);
    assert_eq!(rows(&view), ["platform 10 +0 -0 = 10", "unallocated 0 +0 -0 = 0"]);
    assert_eq!(
        view.rules[0].note.as_deref(),
        Some("There was nobody to move the cost to, so it stays where it was.")
    );
}

#[test]
fn a_rule_moves_what_was_spent_while_it_is_in_force() {
    let middle = at("2026-11-16T00:00:00Z");
    let (first, second) =
        (Window::new(november().start(), middle).unwrap(), Window::new(middle, november().end()).unwrap());
    let within = |stretch: Window, cells: Vec<AllocationCell>| {
        cells.into_iter().map(move |cell| AllocationCell { stretch, ..cell })
    };
    let cells: Vec<_> = within(first, company()).chain(within(second, company())).collect();
    let early = AllocationRule {
        during: Window::new(Timestamp::MIN, middle).unwrap(),
        ..rule("early", r#"team = "platform""#, AllocationMethod::Even, &["data"])
    };
    let late = AllocationRule {
        during: Window::new(middle, Timestamp::MAX).unwrap(),
        ..rule("late", r#"team = "platform""#, AllocationMethod::Even, &["marketing"])
    };
    assert_eq!(
        rows(&divided(&cells, vec![late, early])),
        [
            "data 120 +10 -0 = 130",
            "marketing 60 +10 -0 = 70",
            "platform 20 +0 -20 = 0",
            "unallocated 2 +0 -0 = 2"
        ]
    );
}

#[test]
fn rules_that_say_nothing_sensible_are_refused() {
    let refused = |rule: AllocationRule, expect: &str| {
        let error = AllocationRules::new(vec![rule]).unwrap_err();
        assert_eq!(error.message(), expect);
    };
    refused(
        rule("a", "everything", fixed(&[("x", 5_000), ("y", 4_999)]), &["x", "y"]),
        "the shares sum to 9999 hundredths of a percent, and 10000 are allowed, neither more nor less",
    );
    refused(
        rule("a", "everything", fixed(&[("x", 10_000)]), &["x", "y"]),
        "the shares aren't those of the targets",
    );
    refused(rule("a@b", "everything", AllocationMethod::Even, &["x"]), "`a@b` is no id of a rule");
    refused(rule("a", "everything", AllocationMethod::Even, &["x", "x"]), "the team `x` is given twice");
    refused(
        rule("a", "everything", AllocationMethod::Even, &[UNALLOCATED]),
        "the team `unallocated` is nobody's, and no target",
    );
    let given = Measure::Given("seats".to_owned(), vec![("z".to_owned(), 1)]);
    refused(
        rule("a", "everything", AllocationMethod::Proportional(given), &["x"]),
        "`z` has a weight and is no target",
    );
    let twice = rule("a", "everything", AllocationMethod::Even, &["x"]);
    let error = AllocationRules::new(vec![twice.clone(), twice]).unwrap_err();
    assert_eq!(error.message(), "the id `a` is given twice");
}

/// An exact fraction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Exact(i128, i128);

impl Exact {
    const ZERO: Self = Self(0, 1);

    fn reduced(top: i128, bottom: i128) -> Self {
        let (mut a, mut b) = (top.unsigned_abs(), bottom.unsigned_abs());
        while b != 0 {
            (a, b) = (b, a % b);
        }
        let shared = i128::try_from(a.max(1)).unwrap();
        Self(top / shared, bottom / shared)
    }

    fn plus(self, other: Self) -> Self {
        Self::reduced(self.0 * other.1 + other.0 * self.1, self.1 * other.1)
    }

    fn times(self, top: i128, bottom: i128) -> Self {
        Self::reduced(self.0 * top, self.1 * bottom)
    }

    /// Whether an amount is off by at most so many units.
    fn is_near(self, amount: Money, units: i128) -> bool {
        (amount.pico() * self.1 - self.0).abs() <= units * self.1
    }
}

/// What the rules mean, as short as can be: what a rule moves follows from what the others give, asked for again and
/// again; no order, no rounding.
struct Model<'a> {
    cells: &'a [AllocationCell],
    rules: &'a [AllocationRule],
    stretches: Vec<Window>,
}

impl Model<'_> {
    fn value(cell: &AllocationCell) -> &str {
        cell.tags.get(&TagKey::TEAM).unwrap_or(UNALLOCATED)
    }

    fn in_force(rule: &AllocationRule, stretch: Window) -> bool {
        rule.during.start() <= stretch.start() && stretch.end() <= rule.during.end()
    }

    fn taker(&self, cell: &AllocationCell) -> Option<usize> {
        self.rules
            .iter()
            .position(|rule| Self::in_force(rule, cell.stretch) && rule.selector.matches(&cell.tags))
    }

    fn next(&self, giver: usize, value: &str, stretch: Window) -> Option<usize> {
        let takes = |(index, rule): (usize, &AllocationRule)| {
            index != giver && Self::in_force(rule, stretch) && takes_from(rule, &TagKey::TEAM, value)
        };
        self.rules.iter().enumerate().position(takes)
    }

    fn weights(&self, giver: usize) -> BTreeMap<String, i128> {
        let rule = &self.rules[giver];
        let counted = self.cells.iter().filter(|cell| {
            Self::in_force(rule, cell.stretch)
                && rule.to.among.matches(&cell.tags)
                && self.taker(cell) != Some(giver)
        });
        let mut sums: BTreeMap<String, Used> = BTreeMap::new();
        for cell in counted {
            let sum = sums.entry(Self::value(cell).to_owned()).or_default();
            sum.cost += cell.used.cost;
            sum.calls += cell.used.calls;
            sum.input += cell.used.input;
            sum.output += cell.used.output;
        }
        let mut values = rule.to.values.clone();
        if values.is_empty() {
            let is_source = |value: &str| {
                self.rules.iter().any(|other| {
                    overlap(&other.during, &rule.during) && takes_from(other, &TagKey::TEAM, value)
                })
            };
            values =
                sums.keys().filter(|value| *value != UNALLOCATED && !is_source(value)).cloned().collect();
            values.retain(|value| !rule.to.except.contains(value));
        }
        let weight = |value: &String| {
            let used = sums.get(value).copied().unwrap_or_default();
            match &rule.method {
                AllocationMethod::Even => 1,
                AllocationMethod::Fixed(shares) => {
                    i128::from(shares.iter().find(|(own, _)| own == value).unwrap().1)
                }
                AllocationMethod::Proportional(Measure::Cost) => used.cost.pico().max(0),
                AllocationMethod::Proportional(Measure::Calls) => i128::from(used.calls),
                AllocationMethod::Proportional(Measure::InputTokens) => i128::from(used.input),
                AllocationMethod::Proportional(Measure::OutputTokens) => i128::from(used.output),
                AllocationMethod::Proportional(Measure::Given(_, weights)) => {
                    weights.iter().find(|(own, _)| own == value).map_or(0, |(_, weight)| i128::from(*weight))
                }
            }
        };
        let mut weights: BTreeMap<String, i128> =
            values.iter().map(|value| (value.clone(), weight(value))).collect();
        if weights.values().all(|weight| *weight == 0) {
            match rule.zero_weight {
                ZeroWeight::Even => weights.values_mut().for_each(|weight| *weight = 1),
                ZeroWeight::Keep => weights.clear(),
            }
        }
        weights
    }

    /// What a rule has to move in a stretch, by whom it is taken from.
    fn pool(&self, rule: usize, stretch: Window) -> BTreeMap<String, Exact> {
        let mut pool: BTreeMap<String, Exact> = BTreeMap::new();
        let mut add = |value: &str, amount: Exact| {
            let own = pool.entry(value.to_owned()).or_insert(Exact::ZERO);
            *own = own.plus(amount);
        };
        for cell in self.cells.iter().filter(|cell| cell.stretch == stretch && self.taker(cell) == Some(rule))
        {
            add(Self::value(cell), Exact(cell.used.cost.pico(), 1));
        }
        for giver in 0..self.rules.len() {
            let goes_on = |value: &String| self.next(giver, value, stretch) == Some(rule);
            // Whoever gives nothing to this rule isn't asked, or two would ask each other for ever.
            if self.weights(giver).keys().any(goes_on) {
                for (value, part) in
                    self.given(giver, stretch).into_iter().filter(|(value, _)| goes_on(value))
                {
                    add(&value, part);
                }
            }
        }
        pool
    }

    /// What a rule gives in a stretch, by whom it gives it to.
    fn given(&self, giver: usize, stretch: Window) -> Vec<(String, Exact)> {
        let weights = self.weights(giver);
        let sum: i128 = weights.values().sum();
        if sum == 0 || !Self::in_force(&self.rules[giver], stretch) {
            return Vec::new();
        }
        let whole = self.pool(giver, stretch).into_values().fold(Exact::ZERO, Exact::plus);
        weights.into_iter().map(|(value, weight)| (value, whole.times(weight, sum))).collect()
    }

    fn charged(&self) -> BTreeMap<String, Exact> {
        let mut charged: BTreeMap<String, Exact> = BTreeMap::from([(UNALLOCATED.to_owned(), Exact::ZERO)]);
        let mut add = |value: &str, amount: Exact| {
            let own = charged.entry(value.to_owned()).or_insert(Exact::ZERO);
            *own = own.plus(amount);
        };
        for cell in self.cells {
            add(Self::value(cell), Exact(cell.used.cost.pico(), 1));
        }
        for (giver, stretch) in
            (0..self.rules.len()).flat_map(|giver| self.stretches.iter().map(move |own| (giver, *own)))
        {
            let given = self.given(giver, stretch);
            if !given.is_empty() {
                self.pool(giver, stretch).iter().for_each(|(value, amount)| add(value, amount.times(-1, 1)));
            }
            for (value, amount) in &given {
                add(value, *amount);
            }
        }
        charged
    }
}

struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit
    }

    fn pick<'v>(&mut self, values: &[&'v str]) -> &'v str {
        values[usize::try_from(self.below(values.len() as u64)).unwrap()]
    }
}

const TEAMS: [&str; 6] = ["a", "b", "c", "d", "e", "f"];

fn random_rule(numbers: &mut Numbers, index: usize, edges: &[Timestamp]) -> AllocationRule {
    let selector = match numbers.below(5) {
        0 => "team is not set".to_owned(),
        1 => format!("environment = \"{}\"", numbers.pick(&["prod", "test"])),
        2 => format!("team in [\"{}\", \"{}\"]", numbers.pick(&TEAMS), numbers.pick(&TEAMS)),
        _ => format!("team = \"{}\"", numbers.pick(&TEAMS)),
    };
    let mut values: Vec<&str> = (0..numbers.below(4)).map(|_| numbers.pick(&TEAMS)).collect();
    values.sort_unstable();
    values.dedup();
    let method = match numbers.below(6) {
        0 | 1 => AllocationMethod::Even,
        2 => AllocationMethod::Proportional(Measure::Cost),
        3 => AllocationMethod::Proportional(Measure::Calls),
        4 => AllocationMethod::Proportional(Measure::Given(
            "seats".to_owned(),
            values.iter().map(|value| ((*value).to_owned(), numbers.below(4))).collect(),
        )),
        _ => match values.len() {
            2 => fixed(&[(values[0], 1_500), (values[1], 8_500)]),
            _ => AllocationMethod::Proportional(Measure::InputTokens),
        },
    };
    let mut own = rule(&format!("r{index}"), &selector, method, &values);
    if numbers.below(3) == 0 {
        own.to.among = r#"environment = "prod""#.parse().unwrap();
    }
    if numbers.below(3) == 0 && values.is_empty() {
        own.to.except = vec![numbers.pick(&TEAMS).to_owned()];
    }
    own.during = match numbers.below(4) {
        0 => Window::new(Timestamp::MIN, edges[1]).unwrap(),
        1 => Window::new(edges[1], edges[2]).unwrap(),
        _ => Window::ALWAYS,
    };
    own.zero_weight = if numbers.below(2) == 0 { ZeroWeight::Even } else { ZeroWeight::Keep };
    own
}

fn random_cells(numbers: &mut Numbers, stretches: &[Window]) -> Vec<AllocationCell> {
    let mut cells = Vec::new();
    for _ in 0..=numbers.below(12) {
        let mut tags = TagSet::new();
        if numbers.below(6) > 0 {
            tags = tags.with("team", numbers.pick(&TEAMS)).unwrap();
        }
        if numbers.below(2) == 0 {
            tags = tags.with("environment", numbers.pick(&["prod", "test"])).unwrap();
        }
        let cost = Money::from_pico(i128::from(numbers.below(1_000)) - 100);
        let used =
            Used { cost, calls: numbers.below(20), input: numbers.below(50), output: numbers.below(50) };
        let stretch = stretches[usize::try_from(numbers.below(stretches.len() as u64)).unwrap()];
        if used.is_something() {
            cells.push(AllocationCell { tags, stretch, used });
        }
    }
    cells
}

#[test]
fn random_rules_charge_what_the_model_does_and_the_parts_are_the_whole() {
    let edges =
        [november().start(), at("2026-11-11T05:30:00Z"), at("2026-11-20T00:00:00Z"), november().end()];
    let stretches: Vec<Window> =
        edges.windows(2).map(|edge| Window::new(edge[0], edge[1]).unwrap()).collect();
    let (mut tried, mut moved) = (0, 0);
    for seed in 0..4_000_u64 {
        let mut numbers = Numbers(seed);
        let cells = random_cells(&mut numbers, &stretches);
        let rules: Vec<AllocationRule> = (0..=numbers.below(4))
            .map(|index| random_rule(&mut numbers, usize::try_from(index).unwrap(), &edges))
            .collect();
        let Ok(checked) = AllocationRules::new(rules.clone()) else { continue };
        tried += 1;
        let view = views(&cells, &checked, "v1").remove(0);
        assert!(view.adds_up(), "seed {seed}");
        let whole: Money = cells.iter().map(|cell| cell.used.cost).sum();
        assert_eq!(view.charged(), whole, "seed {seed}");
        let model = Model { cells: &cells, rules: &rules, stretches: stretches.clone() };
        let expect = model.charged();
        for (value, exact) in &expect {
            let charged = view.row(value).map_or(Money::ZERO, |row| row.charged);
            // A unit for each rule and stretch that rounds what it gives or is given.
            assert!(
                exact.is_near(charged, 12),
                "seed {seed}: {value} is charged {charged}, the model says {exact:?}"
            );
        }
        assert_eq!(view.rows.last().unwrap().value, UNALLOCATED, "seed {seed}");
        moved += usize::from(view.rules.iter().any(|rule| rule.moved != Money::ZERO));
        // The order of cells and of targets changes nothing.
        let backwards: Vec<_> = cells.iter().rev().cloned().collect();
        let mut turned = rules;
        for rule in &mut turned {
            rule.to.values.reverse();
        }
        let turned = AllocationRules::new(turned).unwrap();
        assert_eq!(views(&backwards, &turned, "v1").remove(0), view, "seed {seed}");
    }
    assert!(tried > 3_000 && moved > 1_500, "{tried} sets of rules, {moved} moved something");
}

#[test]
fn an_allocation_is_read_back_from_its_json() {
    let view = divided(
        &company(),
        vec![rule("p", r#"team = "platform""#, AllocationMethod::Proportional(Measure::Cost), &[])],
    );
    let text = serde_json::to_string(&view).unwrap();
    assert_eq!(serde_json::from_str::<AllocationView>(&text).unwrap(), view);
    assert!(text.contains(r#""ratio":"0.666666666667","measured":{"unit":"USD","quantity":"60"}"#), "{text}");
}

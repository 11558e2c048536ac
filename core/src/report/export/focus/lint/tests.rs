//! Every rule has a mutant of a good file that breaks it and no other rule; the good file breaks none.

use super::{FocusLint, FocusRule};
use crate::ledger::MemoryStore;
use crate::report::export::focus::{FocusLevel, FocusRequest, export_focus};
use crate::report::tests::{Ledger, Random, company, random_call, usd};
use crate::time::Window;
use std::collections::BTreeSet;

fn good(level: FocusLevel) -> String {
    let mut ledger = company();
    let request = FocusRequest::named("2026-11", "UTC").unwrap().level(level).invoice("INV-7");
    let mut bytes = Vec::new();
    export_focus(&mut ledger.store, &ledger.dictionary, &request, &mut bytes).unwrap();
    String::from_utf8(bytes).unwrap()
}

/// The file as a table that mutants are made of.
struct Grid {
    head: Vec<String>,
    rows: Vec<Vec<String>>,
}

impl Grid {
    fn read(text: &str) -> Self {
        let mut reader = csv::Reader::from_reader(text.as_bytes());
        let head = reader.headers().unwrap().iter().map(str::to_owned).collect();
        Self { head, rows: reader.deserialize().map(Result::unwrap).collect() }
    }

    fn place(&self, column: &str) -> usize {
        self.head.iter().position(|own| own == column).unwrap()
    }

    fn set(mut self, row: usize, column: &str, value: &str) -> Self {
        let place = self.place(column);
        self.rows[row][place] = value.to_owned();
        self
    }

    fn push(mut self, column: &str, value: &str) -> Self {
        self.head.push(column.to_owned());
        self.rows.iter_mut().for_each(|row| row.push(value.to_owned()));
        self
    }

    fn without(mut self, column: &str) -> Self {
        let place = self.place(column);
        self.head.remove(place);
        self.rows.iter_mut().for_each(|row| _ = row.remove(place));
        self
    }

    /// A row of another category: what a usage has is taken away.
    fn category(self, row: usize, category: &str) -> Self {
        let none = ["ConsumedQuantity", "ConsumedUnit"];
        none.iter().fold(self.set(row, "ChargeCategory", category), |grid, column| grid.set(row, column, ""))
    }

    fn text(&self) -> String {
        let mut writer = csv::WriterBuilder::new().flexible(true).from_writer(Vec::new());
        writer.write_record(&self.head).unwrap();
        self.rows.iter().for_each(|row| writer.write_record(row).unwrap());
        String::from_utf8(writer.into_inner().unwrap()).unwrap()
    }
}

fn rules(text: &str) -> BTreeSet<FocusRule> {
    let lint = FocusLint::new().payable("INV-7", usd("2167.440000000122"));
    lint.check(text.as_bytes()).into_iter().map(|finding| finding.rule).collect()
}

/// A rule, and what breaks it.
type Mutant = (FocusRule, fn(Grid) -> Grid);

/// The last row is an adjustment; the others are usage.
const MUTANTS: &[Mutant] = &[
    (FocusRule::ColumnMissing, |grid| grid.without("ChargeDescription")),
    (FocusRule::ColumnMissing, |grid| grid.without("ChargeFrequency")),
    (FocusRule::ColumnUnknown, |mut grid| {
        let place = grid.place("AvailabilityZone");
        grid.head[place] = "Zone".to_owned();
        grid
    }),
    (FocusRule::ColumnTwice, |grid| grid.push("x_Team", "")),
    (FocusRule::CustomNotLast, |grid| grid.without("Tags").push("Tags", "{}")),
    (FocusRule::WidthDiffers, |mut grid| {
        grid.rows[0].push(String::new());
        grid
    }),
    (FocusRule::ValueMissing, |grid| grid.set(0, "BillingAccountId", "")),
    (FocusRule::ValueMissing, |grid| grid.set(0, "SubAccountType", "")),
    (FocusRule::ValueMissing, |grid| grid.set(0, "PricingCategory", "")),
    (FocusRule::ValueMissing, |grid| grid.set(0, "ConsumedQuantity", "").set(0, "ConsumedUnit", "")),
    (FocusRule::ValueUnwanted, |grid| grid.set(0, "RegionName", "Europe")),
    (FocusRule::ValueUnwanted, |grid| grid.set(0, "CommitmentDiscountStatus", "Used")),
    (FocusRule::ValueUnwanted, |mut grid| {
        let last = grid.rows.len() - 1;
        grid = grid.set(last, "ConsumedQuantity", "1.0");
        grid.set(last, "ConsumedUnit", "Requests")
    }),
    (FocusRule::PlaceholderForNull, |grid| grid.set(0, "AvailabilityZone", "N/A")),
    (FocusRule::NumberInvalid, |grid| grid.set(0, "EffectiveCost", "$1.0")),
    (FocusRule::NumberInvalid, |grid| grid.set(0, "EffectiveCost", "1,000.0")),
    (FocusRule::NumberWithoutPoint, |grid| grid.set(0, "EffectiveCost", "5")),
    (FocusRule::PriceNegative, |grid| grid.set(0, "ListUnitPrice", "-1.0").set(0, "ListCost", "-1.0")),
    (FocusRule::TimeInvalid, |grid| grid.set(0, "ChargePeriodStart", "2026-11-02 00:00:00")),
    (FocusRule::TimeInvalid, |grid| grid.set(0, "ChargePeriodStart", "2026-11-31T00:00:00Z")),
    (FocusRule::PeriodReversed, |grid| grid.set(0, "ChargePeriodEnd", "2026-11-02T00:00:00Z")),
    (FocusRule::ChargeOutsideOfBilling, |grid| grid.set(0, "ChargePeriodStart", "2026-10-31T00:00:00Z")),
    (FocusRule::ValueNotAllowed, |grid| {
        let last = grid.rows.len() - 1;
        grid.set(last, "ChargeCategory", "Fee")
    }),
    (FocusRule::ValueNotAllowed, |grid| grid.set(0, "PricingCategory", "On-Demand")),
    (FocusRule::CurrencyInvalid, |grid| grid.set(0, "PricingCurrency", "US$")),
    (FocusRule::CurrencyInvalid, |grid| grid.set(0, "PricingCurrency", "XXY")),
    (FocusRule::JsonInvalid, |grid| grid.set(0, "Tags", "team=data")),
    (FocusRule::KeyValueInvalid, |grid| grid.set(0, "Tags", r#"{"team":["data"]}"#)),
    (FocusRule::KeyValueInvalid, |grid| grid.set(0, "SkuPriceDetails", r#"{"Model":"a"}"#)),
    (FocusRule::ProductDiffers, |grid| grid.set(0, "ListCost", "999.0")),
    (FocusRule::ProductDiffers, |grid| grid.set(0, "ContractedCost", "428.1111111111110001")),
    (FocusRule::FrequencyContradicts, |grid| grid.category(0, "Purchase").set(0, "EffectiveCost", "0.0")),
    (FocusRule::PurchaseNotAmortised, |grid| {
        grid.category(0, "Purchase").set(0, "ChargeFrequency", "One-Time")
    }),
    (FocusRule::ServiceInTwoCategories, |grid| {
        grid.set(1, "ServiceCategory", "Other").set(1, "ServiceSubcategory", "Other (Other)")
    }),
    (FocusRule::SubcategoryElsewhere, |grid| grid.set(0, "ServiceSubcategory", "Containers")),
    (FocusRule::PriceOfTwoSkus, |grid| grid.set(6, "SkuId", "another").set(6, "SkuMeter", "")),
    (FocusRule::BilledByThirdParty, |grid| grid.set(0, "ProviderName", "Reseller")),
    (FocusRule::InvoiceInTwoCurrencies, |grid| grid.set(1, "BillingCurrency", "EUR")),
    (FocusRule::InvoiceSumDiffers, |grid| grid.set(0, "BilledCost", "428.111111111112")),
];

#[test]
fn every_rule_finds_the_mutant_that_breaks_it_and_nothing_else() {
    let good = good(FocusLevel::V1_2);
    assert_eq!(rules(&good), BTreeSet::new());
    let mut seen = BTreeSet::new();
    for (rule, mutate) in MUTANTS {
        let found = rules(&mutate(Grid::read(&good)).text());
        assert_eq!(found, BTreeSet::from([*rule]), "{rule}");
        seen.insert(*rule);
    }
    // Whose row has no invoice is missing in the sum too.
    let mixed = rules(&Grid::read(&good).set(0, "InvoiceId", "").text());
    assert_eq!(mixed, BTreeSet::from([FocusRule::InvoiceStatesMixed, FocusRule::InvoiceSumDiffers]));
    let binary = FocusLint::new().check(&b"BilledCost\n\xff\n"[..]);
    assert_eq!(binary.last().map(|finding| finding.rule), Some(FocusRule::FileUnreadable));
    seen.extend([FocusRule::InvoiceStatesMixed, FocusRule::FileUnreadable]);
    seen.extend(ALLOCATED.iter().map(|(rule, _)| *rule));
    assert_eq!(seen.len(), FocusRule::ALL.len(), "a rule has no mutant");
}

const DETAILS: &str = "AllocatedMethodDetails";

/// What breaks a file whose first two rows are the parts of one charge.
const ALLOCATED: &[Mutant] = &[
    (FocusRule::AllocationIncomplete, |grid| {
        grid.set(0, DETAILS, r#"{"Elements":[{"AllocatedRatio":0.4}]}"#)
    }),
    (FocusRule::AllocationIncomplete, |mut grid| {
        grid.rows.remove(0);
        grid
    }),
    (FocusRule::AllocationInvalid, |grid| grid.set(0, DETAILS, r#"{"Elements":[]}"#)),
    (FocusRule::AllocationInvalid, |grid| {
        grid.set(0, DETAILS, r#"{"Elements":[{"AllocatedRatio":0.5,"UsageQuantity":3}]}"#)
    }),
    (FocusRule::AllocationInvalid, |grid| {
        grid.set(0, DETAILS, r#"{"Elements":[{"AllocatedRatio":0.5,"Rule":"a"}]}"#)
    }),
    (FocusRule::AllocationInvalid, |grid| {
        grid.set(0, DETAILS, r#"{"Elements":[{"AllocatedRatio":"half"}]}"#)
    }),
    (FocusRule::JsonInvalid, |grid| grid.set(0, DETAILS, "half").set(1, DETAILS, WHOLE)),
    (FocusRule::KeyValueInvalid, |grid| grid.set(0, "AllocatedTags", r#"{"team":{}}"#)),
    (FocusRule::ValueUnwanted, |grid| grid.set(2, "AllocatedTags", r#"{"team":"data"}"#)),
    (FocusRule::ValueMissing, |grid| grid.set(0, "AllocatedResourceName", "")),
];
const WHOLE: &str = r#"{"Elements":[{"AllocatedRatio":1}]}"#;

#[test]
fn a_charge_that_is_not_allocated_whole_is_found() {
    let mut grid = Grid::read(&good(FocusLevel::Newest));
    let (text, twin) = (r#"{"Elements":[{"AllocatedRatio":0.5,"x_Rule":"a"}]}"#, grid.rows[0].clone());
    grid.rows.insert(0, twin);
    for (row, target) in [(0, "data"), (1, "search")] {
        let values = [
            ("BilledCost", "0.0"),
            ("AllocatedMethodId", "shared@1"),
            (DETAILS, text),
            ("AllocatedResourceId", target),
            ("AllocatedResourceName", target),
        ];
        let skipped = usize::from(row != 0);
        grid =
            values.into_iter().skip(skipped).fold(grid, |grid, (column, value)| grid.set(row, column, value));
    }
    assert_eq!(rules(&grid.text()), BTreeSet::new());
    let whole = grid.text();
    for (rule, mutate) in ALLOCATED {
        let found = rules(&mutate(Grid::read(&whole)).text());
        assert_eq!(found, BTreeSet::from([*rule]), "{rule}");
    }
}

#[test]
fn a_finding_says_where_what_and_why() {
    let good = good(FocusLevel::V1_2);
    let mutant =
        Grid::read(&good).set(0, "ListCost", "999.0").set(3, "ChargePeriodStart", "2026-06-01 00:00:00");
    let found: Vec<_> =
        FocusLint::new().check(mutant.text().as_bytes()).iter().map(ToString::to_string).collect();
    assert_eq!(
        found,
        [
            "row 1, ListCost: 999.0, and ListUnitPrice times PricingQuantity is 428.111111111111 (product_differs)",
            "row 4, ChargePeriodStart: `2026-06-01 00:00:00` is no time as `2026-11-01T00:00:00Z` (time_invalid)"
        ]
    );
}

#[test]
fn findings_are_bounded() {
    let text = format!("BilledCost\n{}", "x\n".repeat(5_000));
    assert_eq!(FocusLint::new().check(text.as_bytes()).len(), super::MAX_FINDINGS);
}

#[test]
fn what_we_write_keeps_every_rule() {
    assert_eq!(rules(&good(FocusLevel::Newest)), BTreeSet::new());
    for seed in 0..40 {
        let mut random = Random(seed);
        let zone = random.pick(&["UTC", "Asia/Kolkata", "Europe/Berlin"]);
        let window = Window::named("2026-11-09/2026-11-11", zone).unwrap();
        let mut ledger = Ledger::new(MemoryStore::new());
        for _ in 0..40 {
            random_call(&mut random, &mut ledger, window.end());
        }
        let mut bytes = Vec::new();
        let request = FocusRequest::new(window, zone).invoice("INV-7");
        let exported = export_focus(&mut ledger.store, &ledger.dictionary, &request, &mut bytes).unwrap();
        let found = FocusLint::new().payable("INV-7", exported.billed).check(&*bytes);
        assert_eq!(found, [], "seed {seed}");
    }
}

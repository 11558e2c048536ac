//! A bill of each format as its documentation shows it, and the faults of each.

use super::{BillDocument, BillFormat, CsvMapping};
use crate::report::reconcile::ProviderLine;

macro_rules! fixture {
    ($name:literal) => {
        include_bytes!(concat!("../fixtures/", $name))
    };
}

/// What matters of a line, in one row of text.
fn told(line: &ProviderLine) -> String {
    let or = |text: &Option<String>| text.clone().unwrap_or_else(|| "-".to_owned());
    let day = line.start.to_string();
    format!(
        "{} {} {} {} {} {} {} {} {} {} {} {}",
        day.split('T').next().unwrap(),
        line.kind.as_str(),
        or(&line.sub_account),
        or(&line.credential),
        or(&line.model_raw).replace(' ', "_"),
        line.dimension.map_or_else(|| "-".to_owned(), |dimension| dimension.to_string()),
        or(&line.tier),
        or(&line.context),
        or(&line.geo),
        line.quantity.map_or_else(|| "-".to_owned(), |quantity| quantity.to_string()),
        line.amount.as_ref().map_or_else(
            || "-".to_owned(),
            |amount| { format!("{}{}", crate::money::Money::from_pico(amount.pico()), amount.currency()) }
        ),
        line.amount.as_ref().map_or("-", |amount| amount.as_reported()),
    )
}

fn check(format: BillFormat, bytes: &[u8], expected: &[&str]) {
    let lines = BillDocument::new(format, bytes).read().unwrap();
    assert_eq!(lines.iter().map(told).collect::<Vec<_>>(), expected);
    assert!(lines.iter().all(|line| line.payload_hash.len() == 32 && line.row > 0));
}

#[test]
fn anthropics_cost_report_is_in_cents_and_names_what_is_charged() {
    check(
        BillFormat::AnthropicCost,
        fixture!("anthropic_cost.json"),
        &[
            "2026-11-01 usage wrkspc_1 - claude-sonnet-4-5-20250929 input_uncached standard standard standard - 1.2378912USD 123.78912",
            "2026-11-01 usage wrkspc_1 - claude-sonnet-4-5-20250929 cache_write_5m batch >200000 us - 0.75USD 75",
            "2026-11-01 usage - - - web_searches - - - - 0.07USD 7.00",
            "2026-11-02 usage - - - code_seconds - - - - 0.05USD 5.0",
            "2026-11-02 fee - - - - - - - - 0.01USD 1",
            "2026-11-02 usage - - claude_sonnet_4 output batch - - - 0.02USD 2",
        ],
    );
}

#[test]
fn anthropics_usage_report_has_disjoint_counts() {
    check(
        BillFormat::AnthropicUsage,
        fixture!("anthropic_usage.json"),
        &[
            "2026-11-01 usage - apikey_1 claude-sonnet-4-5-20250929 input_uncached standard standard standard 1500 - -",
            "2026-11-01 usage - apikey_1 claude-sonnet-4-5-20250929 cache_read standard standard standard 200 - -",
            "2026-11-01 usage - apikey_1 claude-sonnet-4-5-20250929 cache_write_5m standard standard standard 500 - -",
            "2026-11-01 usage - apikey_1 claude-sonnet-4-5-20250929 cache_write_1h standard standard standard 1000 - -",
            "2026-11-01 usage - apikey_1 claude-sonnet-4-5-20250929 output standard standard standard 450 - -",
            "2026-11-01 usage - apikey_1 claude-sonnet-4-5-20250929 web_searches standard standard standard 10 - -",
            "2026-11-01 usage - workbench claude-sonnet-4-5-20250929 output priority - - 7 - -",
        ],
    );
}

#[test]
fn openais_costs_keep_every_digit_of_their_numbers() {
    check(
        BillFormat::OpenAiCosts,
        fixture!("openai_costs.json"),
        &[
            "2024-11-01 usage proj_a - gpt-4o-2024-08-06 input_uncached standard - - 24000 0.06USD 0.06",
            "2024-11-01 usage proj_a - gpt-4o-2024-08-06 cache_read standard - - - 0.3USD 0.30000000000000004",
            "2024-11-01 usage - - gpt-4o-2024-08-06 output batch - - - 0.000000125USD 1.25e-7",
            "2024-11-02 usage - - gpt-4o-audio-preview output standard - - - 2USD 2",
            "2024-11-02 fee - - - - - - - - 3.5USD 3.5",
            "2024-11-02 credit - - - - - - - - -1USD -1.0",
        ],
    );
}

#[test]
fn openais_input_is_without_what_was_cached() {
    check(
        BillFormat::OpenAiUsage,
        fixture!("openai_usage.json"),
        &[
            "2024-11-01 usage proj_a key_1 gpt-4o-2024-08-06 input_uncached standard - - 500 - -",
            "2024-11-01 usage proj_a key_1 gpt-4o-2024-08-06 cache_read standard - - 350 - -",
            "2024-11-01 usage proj_a key_1 gpt-4o-2024-08-06 audio_input standard - - 150 - -",
            "2024-11-01 usage proj_a key_1 gpt-4o-2024-08-06 output standard - - 470 - -",
            "2024-11-01 usage proj_a key_1 gpt-4o-2024-08-06 audio_output standard - - 30 - -",
            "2024-11-01 calls proj_a key_1 gpt-4o-2024-08-06 - standard - - 5 - -",
            "2024-11-01 usage - - gpt-4o-2024-08-06 output batch - - 9 - -",
        ],
    );
}

#[test]
fn bedrock_has_a_line_for_each_kind_of_token() {
    check(
        BillFormat::AwsCur,
        fixture!("aws_cur.csv"),
        &[
            "2026-11-01 usage 222222222222 arn:aws:iam::2:role/agent claude4.5sonnet input_uncached standard - - 1234567 3.703701USD 3.7037010000",
            "2026-11-01 usage 222222222222 arn:aws:iam::2:role/agent claude4.5sonnet cache_read standard - - 2000 0.0006USD 0.0006",
            "2026-11-01 usage 222222222222 - nova2.0lite output batch - - 1000 0.00125USD 0.00125",
            "2026-11-01 usage 222222222222 - claude_3_haiku input_uncached standard - - 4000 0.001USD 0.001",
            "2026-11-01 tax 222222222222 - - - - - - - 0.7USD 0.7",
            "2026-11-01 discount 222222222222 - - - - - - - -0.2USD -2E-1",
            "2026-11-01 commitment 222222222222 - - - - - - - 40USD 40",
        ],
    );
}

#[test]
fn googles_credits_are_lines_of_their_own() {
    let expected = [
        "2026-11-01 usage agents - gemini_2.5_flash input_uncached standard - - 1500000 0.45USD 0.45",
        "2026-11-01 credit agents - - - - - - - -0.05USD -0.05",
        "2026-11-01 usage agents - gemini_2.5_pro output batch - - 20000 0.1EUR 0.1",
        "2026-11-01 rounding agents - - - - - - - 0.000001USD 1e-06",
    ];
    check(BillFormat::GoogleBilling, fixture!("google_billing.jsonl"), &expected);
    check(BillFormat::GoogleBilling, fixture!("google_billing.csv"), &expected[..3]);
}

#[test]
fn a_focus_file_is_read_by_its_columns() {
    check(
        BillFormat::Focus { provider: None },
        fixture!("focus.csv"),
        &[
            "2026-11-01 usage proj-1 key-1 claude-sonnet-4-5 output batch - - 1200 0.009USD 0.009",
            "2026-11-01 usage proj-1 - claude-haiku-4-5 input_uncached - - us 3000 0.0033USD 0.0033",
            "2026-11-01 tax - - - - - - - - 0.19USD 0.19",
            "2026-11-01 correction - - - - - - - - -1.5USD -1.5",
            "2026-11-01 rounding - - - - - - - - 0.01USD 0.01",
        ],
    );
}

#[test]
fn any_table_is_read_by_its_mapping() {
    let mapping = CsvMapping::from_toml(
        r#"
        provider = "mistral"
        currency = "EUR"
        date_format = "%d.%m.%Y"
        decimal = ","
        delimiter = ";"
        quantity_per = 1000
        sign = "charges_are_negative"
        token_types = { Eingabe = "input_uncached", Ausgabe = "output" }
        kinds = { Steuer = "tax" }
        [columns]
        start = "Tag"
        amount = "Betrag"
        model = "Modell"
        token_type = "Art"
        quantity = "Tausend"
        kind = "Posten"
        "#,
    )
    .unwrap();
    check(
        BillFormat::Csv(Box::new(mapping)),
        fixture!("table.csv"),
        &[
            "2026-11-03 usage - - mistral-large input_uncached - - - 1234567 2469.134EUR -2469.134",
            "2026-11-04 usage - - mistral-large output - - - 500 -0.5EUR 0.5",
            "2026-11-04 tax - - - - - - - - 3EUR -3",
        ],
    );
}

#[test]
fn a_fault_names_the_row_and_the_field() {
    let fault = |format: BillFormat, bytes: &str| {
        let error = BillDocument::new(format, bytes.as_bytes()).read().unwrap_err();
        format!("{}: {}", error.code(), error.message())
    };
    let cost = |result: &str| {
        format!(
            r#"{{"data": [{{"starting_at": "2026-11-01T00:00:00Z", "ending_at": "2026-11-02T00:00:00Z", "results": [{result}]}}]}}"#
        )
    };
    let cases = [
        (
            BillFormat::AnthropicCost,
            cost(r#"{"amount": "1,5", "currency": "USD"}"#),
            "money_invalid: `amount` in row 1 of the anthropic cost report: `1,5` is no number",
        ),
        (
            BillFormat::AnthropicCost,
            cost(r#"{"amount": "1", "currency": "USD", "cost_type": "tokens", "token_type": "thoughts"}"#),
            "report_invalid: `token_type` in row 1 of the anthropic cost report: `thoughts` isn't known",
        ),
        (
            BillFormat::AnthropicCost,
            cost(r#"{"amount": "1", "currency": "US$"}"#),
            "currency_unsupported: `currency` in row 1 of the anthropic cost report: `US$` is no currency code",
        ),
        (
            BillFormat::OpenAiUsage,
            r#"{"data": [{"start_time": 0, "end_time": 86400, "results": [{"input_tokens": 5, "input_cached_tokens": 6}]}]}"#.to_owned(),
            "report_invalid: `input_tokens` in row 1 of the openai usage: 5 is less than its parts [6, 0, 0, 0]",
        ),
        (
            BillFormat::OpenAiCosts,
            r#"{"data": [{"start_time": 5, "end_time": 5, "results": [{"amount": {"value": 1, "currency": "usd"}}]}]}"#.to_owned(),
            "report_invalid: `end` in row 1 of the openai costs: 1970-01-01T00:00:05Z isn't after the start 1970-01-01T00:00:05Z",
        ),
        (
            BillFormat::AwsCur,
            "line_item_product_code,line_item_usage_start_date\nAmazonBedrock,2026-11-01T00:00:00Z\n".to_owned(),
            "report_invalid: the aws cost and usage report can't be read: there is no column `line_item_usage_end_date`",
        ),
        (
            BillFormat::Focus { provider: None },
            "ChargePeriodStart,ChargePeriodEnd,BillingCurrency,BilledCost,ChargeCategory,ProviderName\n2026-11-01T00:00:00Z,2026-11-02T00:00:00Z,USD,1.0,Fee,OpenAI\n".to_owned(),
            "report_invalid: `ChargeCategory` in row 1 of the focus file: `Fee` isn't known",
        ),
        (
            BillFormat::Focus { provider: None },
            "a,a\n".to_owned(),
            "report_invalid: the focus file can't be read: the column `a` stands twice",
        ),
        (
            BillFormat::Csv(Box::default()),
            String::new(),
            "report_invalid: the mapping of a table can't be used: `provider` is missing",
        ),
    ];
    for (format, bytes, expected) in cases {
        assert_eq!(fault(format, &bytes), expected);
    }
    let error = CsvMapping::from_toml("provider = 'x'\ncolour = 1").unwrap_err();
    assert!(error.message().contains("unknown field `colour`"), "{error}");
}

#[test]
fn pages_are_merged_and_what_wasnt_over_is_provisional() {
    let page = fixture!("anthropic_usage.json");
    let document = BillDocument {
        format: BillFormat::AnthropicUsage,
        pages: vec![page, page],
        fetched_at: Some("2026-11-01T12:00:00Z".parse().unwrap()),
    };
    let lines = document.read().unwrap();
    assert_eq!(lines.len(), 14);
    assert!(lines.iter().all(|line| line.status == crate::report::reconcile::LineStatus::Provisional));
}

#[test]
fn whatever_bytes_are_given_are_read_or_refused() {
    let formats = [
        BillFormat::AnthropicCost,
        BillFormat::AnthropicUsage,
        BillFormat::OpenAiCosts,
        BillFormat::OpenAiUsage,
        BillFormat::AwsCur,
        BillFormat::GoogleBilling,
        BillFormat::Focus { provider: None },
    ];
    let fixtures: [&[u8]; 7] = [
        fixture!("anthropic_cost.json"),
        fixture!("anthropic_usage.json"),
        fixture!("openai_costs.json"),
        fixture!("openai_usage.json"),
        fixture!("aws_cur.csv"),
        fixture!("google_billing.jsonl"),
        fixture!("focus.csv"),
    ];
    let mut state = 5_u64;
    let mut next = |below: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(state >> 33).unwrap() % below
    };
    let mut refused = 0;
    for round in 0..4_000 {
        let mut bytes = fixtures[round % 7].to_vec();
        for _ in 0..=next(3) {
            let at = next(bytes.len());
            match next(3) {
                0 => bytes[at] = b"0-9,.:\"{}[]eE \n\xff"[next(16)],
                1 => drop(bytes.remove(at)),
                _ => bytes.truncate(at.max(1)),
            }
        }
        // Every format may be given any other's file too.
        let format = formats[if next(5) == 0 { next(7) } else { round % 7 }].clone();
        refused += usize::from(BillDocument::new(format, &bytes).read().is_err());
    }
    assert!((500..3_900).contains(&refused), "{refused}");
}

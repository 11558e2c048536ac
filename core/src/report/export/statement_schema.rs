//! The published schema of a statement's JSON describes what is written: every field, and nothing else.
//!
//! What is checked here is what the schema uses: references, types, required and allowed fields, constants, lists of words,
//! patterns and smallest numbers. A word of the schema that isn't known here is a fault, so that none is passed over.

use crate::ledger::MemoryStore;
use crate::report::header::{Party, StatementStatus};
use crate::report::tests::{Ledger, Random, at, company, november, random_call};
use crate::report::{
    AllocationRule, AllocationRules, Grouping, ReconciledBill, ReportRequest, ReportRules, Statement,
};
use crate::tags::TagKey;
use crate::time::Window;
use serde_json::Value;
use std::path::Path;

/// Words that say nothing about what is allowed.
const PROSE: &[&str] = &["$schema", "$id", "title", "description", "$defs", "format"];

struct Schema(Value);

impl Schema {
    fn read() -> Self {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/reference/statement.schema.json");
        Self(serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap())
    }

    /// Everything in which a value isn't what a schema says.
    fn faults(&self, schema: &Value, value: &Value, path: &str) -> Vec<String> {
        let mut faults = Vec::new();
        for (word, says) in schema.as_object().unwrap() {
            let is_kept = match word.as_str() {
                "$ref" => {
                    let name = says.as_str().unwrap().strip_prefix("#/$defs/").unwrap();
                    faults.extend(self.faults(&self.0["$defs"][name], value, path));
                    true
                }
                "type" => says == type_of(value),
                "const" => says == value,
                "enum" => says.as_array().unwrap().contains(value),
                "pattern" => value.as_str().is_some_and(|text| {
                    regex_lite::Regex::new(says.as_str().unwrap()).unwrap().is_match(text)
                }),
                "minimum" => value.as_i64().is_none_or(|number| number >= says.as_i64().unwrap()),
                "minLength" => value.as_str().is_some_and(|text| text.len() as u64 >= says.as_u64().unwrap()),
                "anyOf" => {
                    says.as_array().unwrap().iter().any(|own| self.faults(own, value, path).is_empty())
                }
                "items" => {
                    let items = value.as_array().into_iter().flatten();
                    faults.extend(items.flat_map(|item| self.faults(says, item, &format!("{path}[]"))));
                    true
                }
                "properties" => {
                    let fields = says.as_object().unwrap().iter();
                    let known = fields.filter_map(|(name, own)| Some((name, own, value.get(name)?)));
                    faults.extend(
                        known.flat_map(|(name, own, value)| {
                            self.faults(own, value, &format!("{path}.{name}"))
                        }),
                    );
                    true
                }
                "required" => {
                    says.as_array().unwrap().iter().all(|name| value.get(name.as_str().unwrap()).is_some())
                }
                "additionalProperties" => {
                    let known = schema.get("properties").and_then(Value::as_object);
                    let others = value.as_object().into_iter().flatten();
                    let mut others =
                        others.filter(|(name, _)| known.is_none_or(|known| !known.contains_key(*name)));
                    others.all(|(_, value)| says.is_object() && self.faults(says, value, path).is_empty())
                }
                word => PROSE.contains(&word),
            };
            if !is_kept {
                faults.push(format!("{path}: not as `{word}` says: {value:.120}"));
            }
        }
        faults
    }

    fn check(&self, statement: &Statement) -> Vec<String> {
        self.faults(&self.0, &serde_json::from_str(&statement.to_json()).unwrap(), "")
    }
}

fn type_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_f64() => "number",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

/// Statements of which, together, every field is filled.
fn statements() -> Vec<Statement> {
    let mut issued = company().statement(&november(), &[], "2026-12-01T09:00:00Z");
    let party = Party {
        name: "Platform".to_owned(),
        lines: vec!["Berlin".to_owned()],
        reference: Some("CC-100".to_owned()),
        tax_id: Some("DE123".to_owned()),
        contact: Some("finance@example.com".to_owned()),
    };
    (issued.header.issuer, issued.header.recipient) = (Some(party.clone()), Some(party));
    (issued.header.status, issued.header.number) = (StatementStatus::Final, Some("CB-2026-0001".to_owned()));
    issued.header.issued_at = Some(at("2026-12-01T09:00:00Z"));
    let filter = november().filter("client is set".parse().unwrap()).by([Grouping::Provider, Grouping::TEAM]);
    let always = ReportRequest::new("UTC").period(Window::ALWAYS);
    let mut closed = company().statement(&november().with_evidence(), &[], "2026-12-01T09:00:00Z");
    let evidence = closed.evidence.as_mut().unwrap();
    evidence.reconciliations =
        vec![reconciled(), ReconciledBill { signed_off_by: Some("Ann".to_owned()), ..reconciled() }];
    let mut statements = vec![
        issued,
        closed,
        company().statement(&filter, &[], "2026-12-01T09:00:00Z"),
        company().statement(&november(), &crate::report::tests::budgets(), "2026-11-16T09:00:00Z"),
        company().statement(&always, &[], "2026-12-01T09:00:00Z"),
        company().statement(&november().with_opportunities().with_evidence(), &[], "2026-12-01T09:00:00Z"),
        Ledger::new(MemoryStore::new()).statement(&november(), &[], "2026-12-01T09:00:00Z"),
        company().statement(&november().rules(allocating()), &[], "2026-12-01T09:00:00Z"),
    ];
    for seed in 0..8 {
        let (mut random, mut ledger) = (Random(seed), Ledger::new(MemoryStore::new()));
        let period = Window::named("2026-11-10", "UTC").unwrap();
        (0..40).for_each(|_| _ = random_call(&mut random, &mut ledger, period.end()));
        statements.push(ledger.statement(
            &ReportRequest::new("UTC").period(period),
            &[],
            "2026-11-12T00:00:00Z",
        ));
    }
    statements
}

fn reconciled() -> ReconciledBill {
    ReconciledBill {
        number: "REC-2026-11-001".to_owned(),
        provider: "anthropic".to_owned(),
        start: at("2026-11-01T00:00:00Z"),
        end: at("2026-12-01T00:00:00Z"),
        ours: "10".parse().unwrap(),
        theirs: "9.5".parse().unwrap(),
        difference: "-0.5".parse().unwrap(),
        explained_basis_points: 9_000,
        unexplained: "0.05".parse().unwrap(),
        signed_off_by: None,
        sha256: crate::ledger::ContentHash::of(b"").to_string(),
    }
}

/// Rules that move what no team answers for to those who spent.
fn allocating() -> ReportRules {
    let rule = AllocationRule::new("shared", "team is not set".parse().unwrap(), TagKey::TEAM);
    ReportRules { allocation: AllocationRules::new(vec![rule]).unwrap(), ..ReportRules::default() }
}

#[test]
fn every_field_of_a_statement_is_as_the_schema_says() {
    let schema = Schema::read();
    for statement in statements() {
        assert_eq!(schema.check(&statement), Vec::<String>::new(), "{}", statement.period.name);
    }
}

#[test]
fn every_object_of_the_schema_is_closed_and_every_field_of_it_is_required_and_described() {
    fn check(schema: &Value, path: &str) {
        let Some(object) = schema.as_object() else { return };
        if let Some(fields) = object.get("properties").and_then(Value::as_object) {
            let required = object["required"].as_array().unwrap().iter();
            let mut required: Vec<_> = required.map(|name| name.as_str().unwrap()).collect();
            required.sort_unstable();
            assert_eq!(required, fields.keys().map(String::as_str).collect::<Vec<_>>(), "{path}");
            assert_eq!(object["additionalProperties"], false, "{path}");
            for (name, field) in fields {
                assert!(field.get("description").is_some() || field.get("$ref").is_some(), "{path}.{name}");
            }
        }
        for (name, value) in object {
            match value {
                Value::Array(items) => items.iter().for_each(|item| check(item, &format!("{path}.{name}"))),
                value => check(value, &format!("{path}.{name}")),
            }
        }
    }
    check(&Schema::read().0, "");
}

#[test]
fn what_is_no_statement_is_found() {
    let schema = Schema::read();
    let good: Value = serde_json::from_str(&statements()[0].to_json()).unwrap();
    let broken = |edit: fn(&mut Value)| {
        let mut value = good.clone();
        edit(&mut value);
        !schema.faults(&schema.0, &value, "").is_empty()
    };
    assert!(!broken(|_| ()));
    assert!(broken(|value| value["total"] = 2167.44.into()));
    assert!(broken(|value| value["total"] = "2,167.44".into()));
    assert!(broken(|value| value["total"] = "2167.440".into()));
    assert!(broken(|value| value["rows"][0]["margin"] = "1".into()));
    assert!(broken(|value| _ = value.as_object_mut().unwrap().remove("notes")));
    assert!(broken(|value| value["calls"] = (-1).into()));
    assert!(broken(|value| value["header"]["kind"] = "invoice".into()));
    assert!(broken(|value| value["schema_version"] = 2.into()));
    assert!(broken(|value| value["entries"]["first"] = "5".into()));
    assert!(broken(|value| value["rows"][0]["values"]["team"] = Value::Null));
}

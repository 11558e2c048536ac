//! The shared vectors of deciding: the same files that Python and Node run.
//!
//! A vector is a policy, a time, and calls with what each must answer, whole. Amounts are text in USD, times are text.
//! After the last call the ledger is verified.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that can't go on shall stop where it stands"
)]

use bursar::{
    Alert, BudgetBasis, BudgetRef, Bursar, Call, Decision, Dimension, Hold, ManualClock, Policy, Result,
    Scope, Settled, Settlement, Timestamp, Usage,
};
use serde_json::{Map, Value, json};
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
    sync::{Arc, Mutex},
    time::Duration,
};

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/vectors/budget");
/// Vectors that there are at the least, so that an empty folder doesn't pass.
const FEWEST: usize = 48;
/// The keys of a vector.
const KEYS: &[&str] = &["name", "law", "policy", "at", "calls"];
/// What a call may do, and the keys that it may have beside `do`.
const CALLS: &[(&str, &[&str])] = &[
    (
        "reserve",
        &[
            "as",
            "tags",
            "within",
            "model",
            "input_tokens",
            "max_output_tokens",
            "key",
            "fingerprint",
            "lifetime_s",
            "expect",
        ],
    ),
    ("record", &["as", "tags", "model", "key", "fingerprint", "usage", "cost", "expect"]),
    ("settle", &["hold", "usage", "cost", "expect"]),
    ("release", &["hold", "expect"]),
    ("unresolved", &["hold", "expect"]),
    ("advance", &["seconds"]),
    ("budgets", &["expect"]),
    ("alerts", &["expect"]),
    ("resume", &["budget", "agent", "expect"]),
    ("apply", &["policy", "expect"]),
    ("close_until", &["until", "expect"]),
    ("adjust", &["hold", "by", "note", "expect"]),
];

type Object = Map<String, Value>;

#[test]
fn every_vector_of_deciding_holds() {
    let (mut names, mut faults) = (BTreeSet::new(), Vec::new());
    for entry in fs::read_dir(FOLDER).unwrap() {
        let path = entry.unwrap().path();
        if let Err(fault) = run(&path, &mut names) {
            faults.push(format!("{}: {fault}", path.display()));
        }
    }
    assert!(faults.is_empty(), "{} vectors fail\n{}", faults.len(), faults.join("\n"));
    assert!(names.len() >= FEWEST, "{} vectors, and there were {FEWEST}", names.len());
}

/// Runs one file; what is wrong comes back in words.
fn run(path: &Path, names: &mut BTreeSet<String>) -> Result<(), String> {
    let text = fs::read_to_string(path).map_err(|fault| fault.to_string())?;
    let vector: Object = serde_json::from_str(&text).map_err(|fault| fault.to_string())?;
    known(&vector, KEYS)?;
    let name = text_of(&vector, "name")?;
    if path.file_name().and_then(|file| file.to_str()) != Some(&format!("{name}.json")) {
        return Err(format!("a vector with the name `{name}` lies in `{name}.json`"));
    }
    names.insert(name.to_owned());
    let law = text_of(&vector, "law")?;
    let mut bench = Bench::open(&vector).map_err(|fault| format!("{law}: {fault}"))?;
    let calls = vector.get("calls").and_then(Value::as_array).ok_or("`calls` is no list")?;
    for (index, call) in calls.iter().enumerate() {
        bench.run(call).map_err(|fault| format!("{law}\n  call {index} {call}\n  {fault}"))?;
    }
    match bench.bursar.verify() {
        Ok(differences) if differences.is_empty() => Ok(()),
        outcome => Err(format!("{law}\n  the ledger is {outcome:?}")),
    }
}

fn known(object: &Object, keys: &[&str]) -> Result<(), String> {
    match object.keys().find(|key| !keys.contains(&key.as_str())) {
        Some(key) => Err(format!("unknown field `{key}`, allowed are {keys:?}")),
        None => Ok(()),
    }
}

fn text_of<'v>(object: &'v Object, key: &str) -> Result<&'v str, String> {
    object.get(key).and_then(Value::as_str).ok_or(format!("`{key}` is no text"))
}

/// An engine that stands where the vector says.
struct Bench {
    bursar: Bursar,
    clock: Arc<ManualClock>,
    alerts: Arc<Mutex<Vec<Alert>>>,
    holds: BTreeMap<String, (Hold, Option<Scope>)>,
    /// The ledger entries of settlements, by the name of their hold.
    entries: BTreeMap<String, u64>,
}

impl Bench {
    fn open(vector: &Object) -> Result<Self, String> {
        let at: Timestamp = text_of(vector, "at")?.parse().map_err(said)?;
        let policy = Policy::from_any(vector.get("policy").ok_or("a vector has a policy")?).map_err(said)?;
        let clock = Arc::new(ManualClock::new(at));
        let builder = Bursar::builder().policy(policy).clock(Arc::clone(&clock)).resource_attributes("");
        let bursar = builder.in_memory().map_err(said)?;
        let alerts = Arc::new(Mutex::new(Vec::new()));
        let sink = Arc::clone(&alerts);
        bursar.on_alert(move |alert| sink.lock().unwrap().push(alert.clone())).map_err(said)?;
        Ok(Self { bursar, clock, alerts, holds: BTreeMap::new(), entries: BTreeMap::new() })
    }

    fn run(&mut self, call: &Value) -> Result<(), String> {
        let call = call.as_object().ok_or("a call is no object")?;
        let deed = text_of(call, "do")?;
        let (_, keys) =
            CALLS.iter().find(|(name, _)| *name == deed).ok_or(format!("unknown call `{deed}`"))?;
        known(call, &[&["do"], *keys].concat())?;
        let found = match deed {
            "reserve" => self.reserve(call)?,
            "record" => self.record(call)?,
            "settle" => self.settle(call)?,
            "advance" => {
                let seconds = call["seconds"].as_u64().ok_or("`seconds` is no whole number")?;
                self.clock.advance(Duration::from_secs(seconds));
                return Ok(());
            }
            "budgets" => {
                return same_rows(
                    &self
                        .bursar
                        .budgets()
                        .iter()
                        .map(|row| serde_json::to_value(row).unwrap())
                        .collect::<Vec<_>>(),
                    call,
                );
            }
            "alerts" => {
                self.bursar.alerts().flush();
                let alerts = std::mem::take(&mut *self.alerts.lock().unwrap());
                return same_rows(
                    &alerts.iter().map(|row| serde_json::to_value(row).unwrap()).collect::<Vec<_>>(),
                    call,
                );
            }
            _ => outcome(self.command(deed, call)?),
        };
        let expected = call.get("expect").cloned().unwrap_or(json!({}));
        if found == expected { Ok(()) } else { Err(format!("expected {expected}\n  found    {found}")) }
    }

    /// A command whose answer is nothing, or an error.
    fn command(&self, deed: &str, call: &Object) -> Result<Result<()>, String> {
        let bursar = &self.bursar;
        Ok(match deed {
            "release" => bursar.release(self.hold(call)?.id()),
            "unresolved" => bursar.unresolved(self.hold(call)?.id()),
            "resume" => bursar.resume(text_of(call, "budget")?, call.get("agent").and_then(Value::as_str)),
            "apply" => Policy::from_any(&call["policy"]).and_then(|policy| bursar.apply(policy)),
            "close_until" => bursar.close_until(text_of(call, "until")?.parse().map_err(said)?),
            _ => {
                let entry =
                    self.entries.get(text_of(call, "hold")?).ok_or("nothing was settled for the hold")?;
                let by = text_of(call, "by")?.parse().map_err(said)?;
                bursar.adjust(*entry, by, text_of(call, "note")?).map(drop)
            }
        })
    }

    fn hold(&self, call: &Object) -> Result<&Hold, String> {
        let name = text_of(call, "hold")?;
        self.holds.get(name).map(|(hold, _)| hold).ok_or(format!("there is no hold `{name}`"))
    }

    fn reserve(&mut self, call: &Object) -> Result<Value, String> {
        let tags = pairs(call)?;
        let tags: Vec<(&str, &str)> = tags.iter().map(|(key, value)| (&**key, &**value)).collect();
        let model = text_of(call, "model")?;
        let (scope, decision) = if let Some(parent) = call.get("within") {
            let parent = parent.as_str().and_then(|name| self.holds.get(name)?.1.as_ref());
            let scope =
                self.bursar.child_scope(parent.ok_or("there is no such hold")?, &tags).map_err(said)?;
            let model = self.bursar.model(None, model).map_err(said)?;
            let decision = self.bursar.reserve(&scope, &filled(Call::new(&model, 0), call));
            (Some(scope), decision)
        } else {
            let decision = self.bursar.reserve_by_name(&tags, (None, model), |empty| filled(empty, call));
            (self.bursar.scope(&tags).ok(), decision)
        };
        let decision = match decision {
            Ok(decision) => decision,
            Err(error) => return Ok(outcome(Err(error))),
        };
        if let (Decision::Admitted(hold), Some(name)) = (&decision, call.get("as").and_then(Value::as_str)) {
            self.holds.insert(name.to_owned(), (*hold, scope));
        }
        Ok(answer(&decision))
    }

    fn record(&mut self, call: &Object) -> Result<Value, String> {
        let tags = pairs(call)?;
        let tags: Vec<(&str, &str)> = tags.iter().map(|(key, value)| (&**key, &**value)).collect();
        let usage = call.get("usage").and_then(Value::as_object).map(usage).transpose()?;
        let settlement = match &usage {
            Some(usage) => Settlement::new(usage),
            None => Settlement::cost(text_of(call, "cost")?.parse().map_err(said)?),
        };
        let model = text_of(call, "model")?;
        let recorded = self.bursar.scope(&tags).and_then(|scope| {
            let model = self.bursar.model(None, model)?;
            self.bursar.record(&scope, &filled(Call::new(&model, 0), call), settlement)
        });
        match recorded {
            Ok(settled) => {
                if let Some(name) = call.get("as").and_then(Value::as_str) {
                    self.entries.insert(name.to_owned(), settled.entry);
                }
                Ok(booked(&settled))
            }
            Err(error) => Ok(outcome(Err(error))),
        }
    }

    fn settle(&mut self, call: &Object) -> Result<Value, String> {
        let hold = *self.hold(call)?;
        let usage = call.get("usage").and_then(Value::as_object).map(usage).transpose()?;
        let settled = if let Some(usage) = &usage {
            self.bursar.settle(&hold, usage)
        } else {
            let cost = text_of(call, "cost")?.parse().map_err(said)?;
            self.bursar.settle(&hold, Settlement::cost(cost))
        };
        match settled {
            Ok(settled) => {
                let name = text_of(call, "hold")?.to_owned();
                if settled.entry > 0 {
                    self.entries.insert(name, settled.entry);
                }
                Ok(booked(&settled))
            }
            Err(error) => Ok(outcome(Err(error))),
        }
    }
}

#[expect(clippy::needless_pass_by_value, reason = "it is what `map_err` gives")]
fn said(error: bursar::Error) -> String {
    format!("{error:#}")
}

fn pairs(call: &Object) -> Result<Vec<(String, String)>, String> {
    let Some(tags) = call.get("tags") else { return Ok(Vec::new()) };
    let tags = tags.as_object().ok_or("`tags` is no object")?;
    let pair = |(key, value): (&String, &Value)| Some((key.clone(), value.as_str()?.to_owned()));
    tags.iter().map(pair).collect::<Option<_>>().ok_or_else(|| "a tag's value is no text".to_owned())
}

/// A call as the vector gives it. Its key lives as long as the test.
fn filled<'c>(mut empty: Call<'c>, call: &Object) -> Call<'c> {
    let count = |key: &str| call.get(key).map(|count| count.as_u64().unwrap());
    if let Some(tokens) = count("input_tokens") {
        empty = empty.input_tokens(tokens);
    }
    if let Some(tokens) = count("max_output_tokens") {
        empty = empty.max_output_tokens(tokens);
    }
    if let Some(fingerprint) = count("fingerprint") {
        empty = empty.fingerprint(fingerprint);
    }
    if let Some(seconds) = count("lifetime_s") {
        empty = empty.lifetime(Duration::from_secs(seconds));
    }
    match call.get("key").and_then(Value::as_str) {
        Some(key) => empty.key(key.to_owned().leak()),
        None => empty,
    }
}

fn usage(counts: &Object) -> Result<Usage, String> {
    counts.iter().try_fold(Usage::new(), |usage, (name, count)| {
        let dimension: Dimension = name.parse().map_err(said)?;
        Ok(usage.with(dimension, count.as_u64().ok_or("a count is a whole number")?))
    })
}

/// Nothing, or the error's code.
fn outcome(outcome: Result<()>) -> Value {
    match outcome {
        Ok(()) => json!({}),
        Err(error) => json!({ "error": error.code().as_str() }),
    }
}

/// A decision with everything in it that a program may act on.
fn answer(decision: &Decision) -> Value {
    let mut fields = Object::new();
    fields.insert("decision".to_owned(), json!(decision.as_str()));
    let mut put = |key: &str, value: Value| fields.insert(key.to_owned(), value);
    if let Some(BudgetRef { name, instance }) = decision.budget() {
        put("budget", json!(name));
        if !instance.is_empty() {
            put("instance", json!(instance));
        }
    }
    match decision {
        Decision::Admitted(hold) => {
            put("bound", json!(hold.bound().to_string()));
            if hold.is_replay() {
                put("replay", json!(true));
            }
        }
        Decision::Throttled(throttled) => {
            if let Some(wait) = throttled.retry_after {
                put("retry_after_ms", json!(wait.as_millis()));
            }
            if let Some(model) = &throttled.downgrade_to {
                put("downgrade_to", json!(model));
            }
        }
        Decision::Suspended(suspended) => {
            put("until", json!(suspended.until.map(|until| until.to_string())));
            if let Some(agent) = &suspended.agent {
                put("agent", json!(agent));
            }
        }
        Decision::Exceeded(exceeded) => {
            if exceeded.basis != BudgetBasis::Cost {
                put("basis", json!(exceeded.basis));
            }
            put("bound", json!(exceeded.bound.to_string()));
            put("remaining", json!(exceeded.remaining.to_string()));
            put("affordable_output_tokens", json!(exceeded.affordable_output_tokens));
        }
        Decision::Unpriced(error) => {
            put("error", json!(error.code().as_str()));
            put("message", json!(error.message()));
        }
        Decision::Untagged(untagged) => {
            put("message", json!(untagged.to_string()));
        }
    }
    Value::Object(fields)
}

/// A settlement; what is out of the ordinary is only there when it is so.
fn booked(settled: &Settled) -> Value {
    let mut fields = json!({ "cost": settled.cost.to_string(), "overrun": settled.is_overrun });
    for (key, is_so) in [("late", settled.is_late), ("replay", settled.is_replay)] {
        if is_so {
            fields[key] = json!(true);
        }
    }
    fields
}

/// Every row in order, each with the fields that are expected of it.
fn same_rows(found: &[Value], call: &Object) -> Result<(), String> {
    let expected = call.get("expect").and_then(Value::as_array).ok_or("`expect` is no list")?;
    let is_same = found.len() == expected.len()
        && found.iter().zip(expected).all(|(found, expected)| {
            let expected = expected.as_object();
            expected.is_some_and(|fields| fields.iter().all(|(key, value)| found.get(key) == Some(value)))
        });
    if is_same { Ok(()) } else { Err(format!("found {}", json!(found))) }
}

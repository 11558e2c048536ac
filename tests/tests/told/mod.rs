//! What an answer told, in the words of the vectors.

use bursar::{Answer, Outcome};
use serde_json::{Map, Value, json};

/// Everything but the terms.
pub fn told(answer: &Answer) -> Value {
    let mut told = Map::new();
    if let Some(model) = answer.model() {
        told.insert("model".into(), json!(model));
    }
    match answer.outcome() {
        Outcome::Usage(usage) => told.insert("usage".into(), json!(usage)),
        Outcome::Unresolved(reason) => told.insert("unresolved".into(), json!(reason.as_str())),
        Outcome::Refused(error) => told.insert("refused".into(), json!(error.message())),
    };
    if let Some(cost) = answer.stated_cost() {
        told.insert("stated_cost".into(), json!(cost.to_string()));
    }
    let others = answer.others().iter();
    let others: Vec<_> = others
        .map(|other| json!({ "kind": other.kind(), "model": other.model(), "usage": other.usage() }))
        .collect();
    if !others.is_empty() {
        told.insert("others".into(), json!(others));
    }
    Value::Object(told)
}

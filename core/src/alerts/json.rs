//! An alert as an object of plain fields, the same in every language and every sink.

use super::alert::{Alert, AlertKind};
use serde::{Serialize, Serializer, ser::SerializeMap};

impl Serialize for Alert {
    /// Amounts are text in USD and times RFC 3339 text; `message` is the sentence that an alert prints as.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("kind", self.kind.as_str())?;
        map.serialize_entry("level", self.level.as_str())?;
        map.serialize_entry("message", &self.to_string())?;
        map.serialize_entry("at", &self.at.to_string())?;
        map.serialize_entry("budget", &*self.budget)?;
        map.serialize_entry("instance", &self.instance)?;
        map.serialize_entry("window", &[self.window.start().to_string(), self.window.end().to_string()])?;
        map.serialize_entry("basis", &self.basis)?;
        map.serialize_entry("spent", &self.spent.to_string())?;
        map.serialize_entry("limit", &self.limit.to_string())?;
        map.serialize_entry("entry", &self.seq)?;
        serialize_kind(&self.kind, &mut map)?;
        map.end()
    }
}

/// The fields that only one kind has.
fn serialize_kind<M: SerializeMap>(kind: &AlertKind, map: &mut M) -> Result<(), M::Error> {
    match kind {
        AlertKind::StepReached { percent, action, agent } => {
            map.serialize_entry("percent", percent)?;
            map.serialize_entry("action", action)?;
            map.serialize_entry("agent", agent)
        }
        AlertKind::Forecast { percent, forecast } => {
            map.serialize_entry("percent", percent)?;
            map.serialize_entry("forecast", &forecast.to_string())
        }
        AlertKind::Exhausted { remaining, bound } => {
            map.serialize_entry("remaining", &remaining.to_string())?;
            map.serialize_entry("bound", &bound.to_string())
        }
        AlertKind::Loop { repeats, agent } => {
            map.serialize_entry("repeats", repeats)?;
            map.serialize_entry("agent", agent)
        }
        AlertKind::Spike { hour, mean } => {
            map.serialize_entry("hour", &hour.to_string())?;
            map.serialize_entry("mean", &mean.to_string())
        }
        AlertKind::Overrun { bound, cost } => {
            map.serialize_entry("bound", &bound.to_string())?;
            map.serialize_entry("cost", &cost.to_string())
        }
        AlertKind::Unresolved { bound } => map.serialize_entry("bound", &bound.to_string()),
        AlertKind::Resumed { agent } => map.serialize_entry("agent", agent),
    }
}

//! Steps of a budget: one trigger, one action.

use super::node::{Node, Value};
use super::reader::{Reader, Section};
use crate::budget::{Action, Level, Step, SuspendTarget, Throttle, Trigger};

const KEYS: &[&str] = &[
    "at",
    "on",
    "repeats",
    "within",
    "spike",
    "do",
    "level",
    "pace",
    "calls_per_minute",
    "cost_per_minute",
    "concurrency",
    "model",
    "what",
];
const TRIGGERS: &[&str] = &["at", "repeats", "spike"];
const WAYS: &[&str] = &["pace", "calls_per_minute", "cost_per_minute", "concurrency", "model"];

#[derive(Clone, Copy, PartialEq, Eq)]
enum Deed {
    Alert,
    Throttle,
    Suspend,
}

#[derive(Clone, Copy)]
enum Basis {
    Spend,
    Forecast,
}

pub(super) fn step(reader: &mut Reader, node: &Node) -> Option<Step> {
    let section = reader.section(node, KEYS)?;
    let (trigger, action) = (trigger(reader, &section), action(reader, &section));
    Some(Step { trigger: trigger?, action: action? })
}

fn trigger(reader: &mut Reader, section: &Section<'_>) -> Option<Trigger> {
    for (key, needed) in [("on", "at"), ("within", "repeats")] {
        if let (Some(node), None) = (section.get(key), section.get(needed)) {
            let message = format!("`{key}` belongs to `{needed}`, which this step doesn't have");
            reader.fault(node.key_place(), message, &format!("add `{needed}`, or remove `{key}`"));
        }
    }
    let given = section.present(TRIGGERS);
    let Some((key, node)) = given.first() else {
        let help = "say when the step fires, such as `at = 80`";
        reader.fault(section.node.place(), "a step needs one of `at`, `repeats` and `spike`", help);
        return None;
    };
    if let Some((other, second)) = given.get(1) {
        let message = format!("`{key}` and `{other}` are two triggers, and a step has one");
        reader.fault(second.key_place(), message, "write two steps");
        return None;
    }
    match *key {
        "at" => spend(reader, section, node),
        "repeats" => {
            let count = reader.count(node, "a number of repeats");
            let within =
                reader.need(section, "within", "say in what time, such as `within = \"10 minutes\"`");
            let within = within.and_then(|node| reader.duration(node));
            Some(Trigger::Repeats { count: count?, within: within? })
        }
        _ => reader.count(node, "how many times the mean").map(|times| Trigger::Spike { times }),
    }
}

fn spend(reader: &mut Reader, section: &Section<'_>, at: &Node) -> Option<Trigger> {
    let percent = reader.percent(at);
    let basis = match section.get("on") {
        None => Some(Basis::Spend),
        Some(on) => reader.word(on, "basis", &[("spend", Basis::Spend), ("forecast", Basis::Forecast)]),
    };
    let percent = percent?;
    Some(match basis? {
        Basis::Spend => Trigger::Spend { percent },
        Basis::Forecast => Trigger::Forecast { percent },
    })
}

fn action(reader: &mut Reader, section: &Section<'_>) -> Option<Action> {
    let deeds = [("alert", Deed::Alert), ("throttle", Deed::Throttle), ("suspend", Deed::Suspend)];
    let deed = reader.need(section, "do", "say what the step does: `alert`, `throttle` or `suspend`")?;
    let deed = reader.word(deed, "action", &deeds)?;
    for (name, own) in deeds.iter().filter(|(_, own)| *own != deed) {
        for (key, node) in section.present(keys_of(*own)) {
            let message = format!("`{key}` belongs to `do = \"{name}\"`, and this step does something else");
            reader.fault(node.key_place(), message, &format!("remove `{key}`, or write another step"));
        }
    }
    match deed {
        Deed::Alert => {
            let levels = [("info", Level::Info), ("warning", Level::Warning), ("critical", Level::Critical)];
            let level = section.get("level");
            level.map_or(Some(Level::Warning), |node| reader.word(node, "level", &levels)).map(Action::Alert)
        }
        Deed::Throttle => throttle(reader, section).map(Action::Throttle),
        Deed::Suspend => {
            let whats = [("scope", SuspendTarget::Scope), ("agent", SuspendTarget::Agent)];
            let what = section.get("what");
            let what = what.map_or(Some(SuspendTarget::Scope), |node| {
                reader.word(node, "target of a suspension", &whats)
            });
            what.map(Action::Suspend)
        }
    }
}

const fn keys_of(deed: Deed) -> &'static [&'static str] {
    match deed {
        Deed::Alert => &["level"],
        Deed::Throttle => WAYS,
        Deed::Suspend => &["what"],
    }
}

fn throttle(reader: &mut Reader, section: &Section<'_>) -> Option<Throttle> {
    let given = section.present(WAYS);
    let Some((key, node)) = given.first() else {
        let message = "a throttle needs one of `pace`, `calls_per_minute`, `cost_per_minute`, `concurrency` and `model`";
        reader.fault(section.node.place(), message, "say how calls are slowed down, such as `pace = true`");
        return None;
    };
    if let Some((other, second)) = given.get(1) {
        let message = format!("`{key}` and `{other}` are two ways to throttle, and a step has one");
        reader.fault(second.key_place(), message, "write two steps");
        return None;
    }
    match *key {
        "pace" if matches!(node.value, Value::Bool(true)) => Some(Throttle::Pace),
        "pace" => {
            reader.wrong_type(node, "`true`");
            None
        }
        "calls_per_minute" => reader.count(node, "a number of calls").map(Throttle::CallsPerMinute),
        "cost_per_minute" => reader.money(node).map(Throttle::CostPerMinute),
        "concurrency" => reader.count(node, "a number of calls at once").map(Throttle::Concurrency),
        _ => {
            let name = reader.text(node, "a model's name in quotes")?;
            reader.models.push((node.place(), name.to_owned()));
            Some(Throttle::Downgrade { to: name.into() })
        }
    }
}

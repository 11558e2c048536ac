//! What OpenRouter says that a call has cost, beside the price of its usage in our book at the time of the call: equal
//! to the pico, or listed with the reason.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that can't go on shall stop where it stands"
)]

mod records;

use bursar::{Answer, Bursar, Call, Decision, Error, ManualClock, Outcome, Settled, Timestamp};
use records::{Record, assert_listed, records};
use std::sync::Arc;

const STATED: &str = include_str!("recorded/stated_costs.txt");

/// The number behind the last key of this name, as it was sent.
fn number<'t>(text: &'t str, key: &str) -> Option<&'t str> {
    let (_, tail) = text.rsplit_once(&format!("\"{key}\":"))?;
    tail.trim_start().split([',', '}', ' ']).next()
}

/// When the call was made.
fn made_at(record: &Record) -> Timestamp {
    let text = std::str::from_utf8(&record.body).unwrap();
    let seconds = number(text, "created").or_else(|| number(text, "created_at")).unwrap();
    Timestamp::from_micros(seconds.parse::<i64>().unwrap() * 1_000_000)
}

/// What settling books for an answer, by the clock of its call: the cost and what is beside it, or why there is none.
fn settled(record: &Record, answer: &Answer) -> Result<Settled, String> {
    // Behind the brackets stand the nearest names, which change with the book.
    let why = |error: Error| error.message().split(" (").next().unwrap_or_default().to_owned();
    let clock = Arc::new(ManualClock::new(made_at(record)));
    let bursar = Bursar::builder().clock(clock).resource_attributes("").in_memory().map_err(why)?;
    let model = |name: &str| bursar.model(Some("openrouter"), name);
    let served = answer.model().unwrap_or_default();
    let model = model(&record.requested).or_else(|_| model(served)).map_err(why)?;
    let call = Call::new(&model, 1_000).max_output_tokens(1_000);
    let Decision::Admitted(hold) = bursar.reserve(&bursar.scope(&[]).unwrap(), &call).map_err(why)? else {
        panic!("there is no budget")
    };
    match (bursar.settle_answer(&hold, answer), answer.outcome()) {
        (Ok(Some(settled)), _) => Ok(settled),
        (Ok(None), Outcome::Unresolved(reason)) => Err(reason.as_str().to_owned()),
        (Err(_), Outcome::Refused(_)) => Err("refused".to_owned()),
        (outcome, _) => Err(outcome.map_or_else(why, |settled| format!("{settled:?}"))),
    }
}

#[test]
fn a_stated_cost_is_our_price_of_the_usage_or_its_difference_is_explained() {
    let Some(records) = records() else { return };
    let (mut stated, mut same, mut differences) = (0, 0, Vec::new());
    for record in records.iter().filter(|record| record.host == "openrouter.ai") {
        let answer = Answer::read(record.api.unwrap(), &record.body, &record.kind);
        let Some(cost) = answer.stated_money().unwrap() else { continue };
        stated += 1;
        let ours = settled(record, &answer);
        if let Ok(settled) = &ours {
            assert_eq!((settled.beside, settled.is_stated), (Some(cost), false), "{}", record.id);
            if settled.cost == cost {
                same += 1;
                continue;
            }
        }
        let ours = ours.map_or_else(|why| why, |settled| settled.cost.to_string());
        let model = answer.model().unwrap_or_default();
        differences.push(format!("{} {model} stated {cost} ours {ours}", record.id));
    }
    eprintln!("{same} of {stated} stated costs are our price to the pico");
    assert_listed("stated costs", differences, STATED);
    assert_eq!(stated, 55);
}

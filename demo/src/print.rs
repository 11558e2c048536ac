//! What is shown while the month goes by, and after it.

use crate::tally::Tally;
use bursar::{Alert, Bursar, Level};
use indicatif::ProgressBar;
use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

/// Alerts that are printed one by one; the rest is counted.
const SHOWN: usize = 40;

/// Prints alerts above the progress bar as they come, and counts them.
pub(crate) fn alerts_beside(bursar: &Bursar, bar: &ProgressBar) -> bursar::Result<Arc<AtomicUsize>> {
    let (bar, count) = (bar.clone(), Arc::new(AtomicUsize::new(0)));
    let counted = Arc::clone(&count);
    bursar.on_alert(move |alert| {
        // Single calls that cost more than they held or were never settled are in the summary.
        if alert.budget.is_empty() {
            return;
        }
        if counted.fetch_add(1, Ordering::Relaxed) < SHOWN {
            let text = line(alert);
            // Where there is no terminal the bar is hidden, and so would be what it prints.
            if bar.is_hidden() { println!("{text}") } else { bar.println(text) }
        }
    })?;
    Ok(count)
}

fn line(alert: &Alert) -> String {
    let level = match alert.level {
        Level::Info => "info    ",
        Level::Warning => "warning ",
        Level::Critical => "critical",
    };
    let day: String = alert.at.to_string().chars().take(16).collect();
    format!("{}  {level}  {alert}", day.replace('T', " "))
}

/// How the calls ended, and who refused which.
pub(crate) fn summary(tally: &Tally, took: Duration, alerts: &AtomicUsize) {
    let shown = alerts.load(Ordering::Relaxed);
    if shown > SHOWN {
        println!("... and {} more alerts", shown - SHOWN);
    }
    println!("\n{} calls in {:.1} s", tally.calls(), took.as_secs_f32());
    println!(
        "  {:>7} settled: {:.2} USD; {} of them cost more than they held",
        tally.settled, tally.spent, tally.overruns
    );
    println!("  {:>7} refused by a budget", tally.refused());
    println!(
        "  {:>7} throttled and given up; {} others waited, {} went to a cheaper model",
        tally.throttled, tally.waited, tally.downgraded
    );
    println!("  {:>7} released: the provider generated nothing", tally.released);
    println!("  {:>7} lost: their holds became spend when they expired\n", tally.lost);
    println!("refused, by budget and agent");
    let mut refusals: Vec<_> = tally.refusals.iter().collect();
    refusals.sort_by_key(|(_, (count, _))| std::cmp::Reverse(*count));
    for ((decision, budget, agent), (count, sentence)) in refusals {
        println!("  {count:>7} {decision:<9} {budget:<24} {agent:<11} first: {sentence}");
    }
    println!();
}

//! `off_peak_pricing`: prices of some hours of some weekdays.
//!
//! The hours are in UTC, the weekdays in a zone of their own, and a window past midnight is of the weekday of each
//! moment, not of its start. So a window is moved into the zone of the weekdays and cut at midnight.

use super::Prices;
use crate::{
    literal::Literal,
    model::{Model, Rates, Table, When},
};

const MINUTES_A_DAY: u32 = 1_440;
const WEEKDAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

/// Zones without changing clocks, and their minutes ahead of UTC.
const ZONES: &[(&str, u32)] = &[("", 0), ("UTC", 0), ("Asia/Shanghai", 480)];

pub(super) fn read(prices: &mut Prices<'_>, model: &Model, entry: &Literal, table: &mut Table) {
    let Some(block) = entry.get("off_peak_pricing") else { return };
    let mut rates = Rates::default();
    for (name, value) in block.entries() {
        let (Some(field), Some(number)) = (super::Field::read(name), value.number()) else { continue };
        if let (Some(key), Some(price)) =
            (crate::key::Key::named(field.key), table.price(number, field.power))
        {
            rates.set(key, price);
        }
    }
    if let Some(all) = conditions(block) {
        prices.variants.extend(all.into_iter().map(|when| (when, rates.clone())));
    } else {
        table.leave_out(model, "off_peak_pricing", "hours that can't be read; the model is unpriced");
        prices.unpriced = Some("its hours of lower prices are unknown".to_owned());
    }
}

fn conditions(block: &Literal) -> Option<Vec<When>> {
    let zone = block.get("weekday_timezone").and_then(Literal::text).unwrap_or_default();
    let (zone, ahead) = *ZONES.iter().find(|(name, _)| *name == zone)?;
    let mut all = Vec::new();
    for window in block.get("windows")?.items() {
        let hours = window.get("hours_utc")?;
        let hours: Vec<&str> =
            hours.text().into_iter().chain(hours.items().iter().filter_map(Literal::text)).collect();
        let mut time = Vec::new();
        for hours in hours {
            time.extend(parts(hours, ahead)?);
        }
        let days = window.get("weekdays").map(Literal::items).unwrap_or_default();
        let weekdays: Option<Vec<String>> = days.iter().map(weekday).collect();
        all.push(When { time, weekdays: weekdays?, time_zone: zone.to_owned(), ..When::default() });
    }
    Some(all)
}

/// A weekday by its number, Monday 1.
fn weekday(literal: &Literal) -> Option<String> {
    let number: usize = literal.number()?.parse().ok()?;
    WEEKDAYS.get(number.checked_sub(1)?).map(|day| (*day).to_owned())
}

/// `10:00-00:00` in UTC as windows of a clock ahead of it, none of which runs past midnight.
fn parts(hours: &str, ahead: u32) -> Option<Vec<String>> {
    let (start, end) = hours.split_once('-')?;
    let (start, end) = (minutes(start)?, minutes(end)?);
    let length = if end > start { end - start } else { end + MINUTES_A_DAY - start };
    if length == MINUTES_A_DAY {
        return Some(vec!["00:00-24:00".to_owned()]);
    }
    let start = (start + ahead) % MINUTES_A_DAY;
    let end = start + length;
    let shown =
        |from: u32, to: u32| format!("{:02}:{:02}-{:02}:{:02}", from / 60, from % 60, to / 60, to % 60);
    Some(if end <= MINUTES_A_DAY {
        vec![shown(start, end)]
    } else {
        vec![shown(start, MINUTES_A_DAY), shown(0, end - MINUTES_A_DAY)]
    })
}

fn minutes(clock: &str) -> Option<u32> {
    let (hour, minute) = clock.trim().split_once(':')?;
    let (hour, minute): (u32, u32) = (hour.parse().ok()?, minute.parse().ok()?);
    (hour < 24 && minute < 60).then_some(hour * 60 + minute)
}

#[cfg(test)]
mod tests {
    use super::parts;

    #[test]
    fn windows_are_moved_and_cut_at_midnight() {
        assert_eq!(parts("10:00-00:00", 0), Some(vec!["10:00-24:00".to_owned()]));
        assert_eq!(parts("00:00-00:00", 480), Some(vec!["00:00-24:00".to_owned()]));
        assert_eq!(parts("10:00-00:00", 480), Some(vec!["18:00-24:00".to_owned(), "00:00-08:00".to_owned()]));
        assert_eq!(parts("04:00-06:00", 480), Some(vec!["12:00-14:00".to_owned()]));
        assert_eq!(parts("4-6", 0), None);
    }
}

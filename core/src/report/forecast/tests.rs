//! Forecasts of whole ledgers are in the tests of statements; here are the courses that they are made of.

use super::pattern::History;
use super::{Course, accuracy};
use crate::money::Money;

#[test]
fn days_that_are_left_are_expected_and_today_only_in_part() {
    let costs: Vec<i128> = (0..70).map(|day| [10, 20, 30, 40, 50, 6, 8][day % 7]).collect();
    let course = Course { history: History::new(&costs), days: 56..70, today: 63 };
    let ahead = course.ahead((1, 2)).unwrap();
    // Half of a Monday's 10, then the rest of the week.
    assert_eq!(ahead.until.iter().map(|day| day.0).collect::<Vec<_>>(), [5, 25, 55, 95, 145, 151, 159]);
    let end = ahead.end(Money::from_pico(164));
    assert_eq!((end.amount, end.days_left), (Money::from_pico(164 + 159), 7));
    assert_eq!((end.low, end.high), (Some(end.amount), Some(end.amount)));
}

#[test]
fn earlier_forecasts_are_compared_with_what_came() {
    let mut costs = vec![100_i128; 140];
    // The last of the periods cost half more in its second half than anybody could know.
    costs[126..140].fill(150);
    let periods = [112..140, 84..112, 56..84];
    let told = accuracy(&History::new(&costs), &periods, 14).unwrap();
    assert_eq!((told.periods, told.with_interval, told.within), (3, 3, 2));
    // Off by 700 of 3,500 in one of three: 2,000 hundredths of a percent.
    assert_eq!(told.error_basis_points, 666);
    assert_eq!(accuracy(&History::new(&costs), &[], 14), None);
}

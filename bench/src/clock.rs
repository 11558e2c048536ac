//! Measuring: rounds of several contestants in turn.

use std::time::{Duration, Instant};

/// Rounds of each contestant.
const ROUNDS: usize = 9;
/// How long a round lasts, about.
const ROUND: Duration = Duration::from_millis(60);

/// Nanoseconds an operation of each contestant: medians over rounds that take turns.
pub(crate) fn nanoseconds<const N: usize>(mut contestants: [&mut dyn FnMut(u64); N]) -> [f64; N] {
    let mut times = [const { Vec::new() }; N];
    let counts: Vec<u64> = contestants.iter_mut().map(|work| calibrate(*work)).collect();
    for _ in 0..ROUNDS {
        for ((work, count), times) in contestants.iter_mut().zip(&counts).zip(&mut times) {
            let start = Instant::now();
            work(*count);
            times.push(start.elapsed().as_secs_f64() * 1e9 / *count as f64);
        }
    }
    times.map(|mut times| {
        times.sort_by(f64::total_cmp);
        times[times.len() / 2]
    })
}

/// How many operations fill a round.
fn calibrate(work: &mut dyn FnMut(u64)) -> u64 {
    let mut count = 16;
    loop {
        let start = Instant::now();
        work(count);
        let took = start.elapsed();
        if took * 4 >= ROUND {
            return (count as f64 * ROUND.as_secs_f64() / took.as_secs_f64()) as u64 + 1;
        }
        count *= 4;
    }
}

/// Operations a second of many threads that each run `work` until the time is over.
pub(crate) fn per_second(threads: usize, seconds: f64, work: impl Fn(&mut dyn FnMut() -> bool) + Sync) -> f64 {
    let start = Instant::now();
    let total: u64 = std::thread::scope(|scope| {
        let workers: Vec<_> = (0..threads)
            .map(|_| {
                scope.spawn(|| {
                    let mut count = 0_u64;
                    work(&mut || {
                        count += 1;
                        count % 16 != 0 || start.elapsed().as_secs_f64() < seconds
                    });
                    count
                })
            })
            .collect();
        workers.into_iter().map(|worker| worker.join().unwrap()).sum()
    });
    total as f64 / start.elapsed().as_secs_f64()
}

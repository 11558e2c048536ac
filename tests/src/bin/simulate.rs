//! `simulate --seed N --steps N [--seeds N] [--file]` runs a simulation, or one for each of some seeds, and says what happened.

#![allow(clippy::print_stdout, clippy::panic, reason = "a tool for people")]

use bursar_tests::sim::{Medium, Simulation};

fn main() {
    let (mut seed, mut steps, mut seeds, mut is_file) = (1, 1_000, 1, false);
    let mut arguments = std::env::args().skip(1);
    while let Some(name) = arguments.next() {
        let mut number = || {
            let value = arguments.next().and_then(|value| value.parse::<u64>().ok());
            value.unwrap_or_else(|| panic!("`{name}` needs a number"))
        };
        match name.as_str() {
            "--seed" => seed = number(),
            "--steps" => steps = number(),
            "--seeds" => seeds = number(),
            "--file" => is_file = true,
            _ => panic!("simulate --seed N --steps N [--seeds N] [--file]"),
        }
    }
    for seed in seed..seed + seeds {
        let medium = if is_file { Medium::file() } else { Medium::disk() };
        println!("seed {seed}: {:?}", Simulation::new(seed, medium).run(steps));
    }
}

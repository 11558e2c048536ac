//! Many agents, a clock that jumps, a disk that fails, processes that die: the laws hold after every step.

use bursar_tests::sim::{Medium, Simulation};

#[test]
fn the_laws_hold_in_every_world_with_a_disk_that_fails() {
    for seed in 1..=300 {
        Simulation::new(seed, Medium::disk()).run(250);
    }
}

#[test]
fn the_laws_hold_in_long_lives() {
    for seed in 1_001..=1_002 {
        Simulation::new(seed, Medium::disk()).run(2_500);
    }
}

#[test]
fn the_laws_hold_in_a_file_whose_processes_die() {
    for seed in 2_001..=2_006 {
        Simulation::new(seed, Medium::file()).run(150);
    }
}

#[test]
fn the_laws_hold_where_three_processes_share_a_file() {
    for seed in 3_001..=3_012 {
        Simulation::new(seed, Medium::shared()).run(200);
    }
}

#[test]
fn a_seed_replays_exactly() {
    let run = || Simulation::new(7, Medium::disk()).run(1_500);
    let report = run();
    assert_eq!(report, run());
    assert!(report.admitted > 100 && report.refused > 10 && report.recorded > 10, "{report:?}");
    assert!(report.unresolved > 3, "{report:?}");
    assert!(report.failed > 10 && report.crashes > 10, "{report:?}");
}

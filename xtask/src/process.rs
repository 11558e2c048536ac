//! Running a program, with its output shown and, where it runs tests, counted.

use crate::Outcome;
use std::{
    ffi::OsStr,
    io::{BufRead, BufReader},
    path::Path,
    process::{Command, Stdio},
    str::FromStr,
};

/// Tests that passed and failed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Count {
    pub(crate) passed: u64,
    pub(crate) failed: u64,
}

impl Count {
    /// A check that is one test by itself, such as a linter.
    pub(crate) const ONE: Self = Self { passed: 1, failed: 0 };

    pub(crate) fn add(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
    }
}

/// The lines by which a test runner tells its result.
#[derive(Clone, Copy)]
pub(crate) enum Runner {
    /// `test result: ok. 12 passed; 0 failed; 0 ignored; ...`, once per binary.
    Cargo,
    /// `1 failed, 2 passed in 0.01s`, once; after a minute with `(0:01:22)` behind it.
    Pytest,
    /// `# pass 2` and `# fail 0`, once each; with `ℹ` for `#` in newer versions.
    Node,
}

impl Runner {
    fn count(self, line: &str) -> Count {
        let words: Vec<&str> = line.split([' ', ',', ';']).filter(|word| !word.is_empty()).collect();
        let before = |unit: &str| number(words.windows(2).find(|pair| pair.last() == Some(&unit)), 0);
        match (self, words.as_slice()) {
            (Self::Cargo, ["test", "result:", ..]) => {
                Count { passed: before("passed"), failed: before("failed") }
            }
            (Self::Pytest, [.., "in", _] | [.., "in", _, _]) => Count {
                passed: before("passed"),
                failed: before("failed") + before("error") + before("errors"),
            },
            (Self::Node, ["#" | "ℹ", "pass", _]) => Count { passed: number(Some(&words), 2), failed: 0 },
            (Self::Node, ["#" | "ℹ", "fail", _]) => Count { passed: 0, failed: number(Some(&words), 2) },
            _ => Count::default(),
        }
    }
}

/// The number at a place among words; zero where there is none.
fn number(words: Option<&[&str]>, place: usize) -> u64 {
    words.and_then(|words| words.get(place)).and_then(|word| u64::from_str(word).ok()).unwrap_or(0)
}

/// A program with its arguments, to be run in a folder.
pub(crate) fn program(name: impl AsRef<OsStr>, arguments: &[&str], folder: &Path) -> Command {
    let mut command = Command::new(name);
    command.args(arguments).current_dir(folder);
    command
}

/// Runs a program to its end; anything but success is an error.
pub(crate) fn run(mut command: Command) -> Outcome {
    let shown = show(&command);
    let status = command.status().map_err(|error| format!("`{shown}` can't be started: {error}"))?;
    if status.success() { Ok(()) } else { Err(format!("`{shown}` failed: {status}")) }
}

/// Runs a program to its end, and returns what it printed; its errors are shown.
pub(crate) fn output_of(mut command: Command) -> Outcome<String> {
    let shown = show(&command);
    let output = command
        .stderr(Stdio::inherit())
        .output()
        .map_err(|error| format!("`{shown}` can't be started: {error}"))?;
    if !output.status.success() {
        return Err(format!("`{shown}` failed: {}", output.status));
    }
    String::from_utf8(output.stdout).map_err(|error| format!("`{shown}` printed no text: {error}"))
}

/// Runs a test runner, showing its output and adding up its results; `count` holds them even if it fails.
pub(crate) fn run_tests(mut command: Command, runner: Runner, count: &mut Count) -> Outcome {
    let shown = show(&command);
    let mut child = command
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|error| format!("`{shown}` can't be started: {error}"))?;
    let output = child.stdout.take().ok_or("the output of a piped program is missing")?;
    for line in BufReader::new(output).split(b'\n') {
        let line = line.map_err(|error| format!("the output of `{shown}` can't be read: {error}"))?;
        let line = String::from_utf8_lossy(&line);
        println!("{line}");
        count.add(runner.count(&line));
    }
    let status = child.wait().map_err(|error| format!("`{shown}` was lost: {error}"))?;
    match (status.success(), *count) {
        (true, Count { passed: 0, .. }) => Err(format!("`{shown}` ran no test")),
        (true, Count { failed: 0, .. }) => Ok(()),
        _ => Err(format!("`{shown}` failed: {status}")),
    }
}

/// The command as it could be typed.
fn show(command: &Command) -> String {
    let words: Vec<_> = std::iter::once(command.get_program())
        .chain(command.get_args())
        .map(|word| word.to_string_lossy().into_owned())
        .collect();
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::{Count, Runner};

    #[test]
    fn the_results_of_every_runner_are_read() {
        let cases = [
            (
                Runner::Cargo,
                "test result: ok. 12 passed; 0 failed; 0 ignored; 0 measured; 3 filtered out",
                12,
                0,
            ),
            (Runner::Cargo, "test result: FAILED. 1 passed; 2 failed; 0 ignored; finished in 0.00s", 1, 2),
            (Runner::Cargo, "running 12 tests", 0, 0),
            (Runner::Pytest, "4 passed in 0.01s", 4, 0),
            (Runner::Pytest, "873 passed, 8 skipped in 82.09s (0:01:22)", 873, 0),
            (Runner::Pytest, "1 failed, 2 passed, 1 error in 0.01s", 2, 2),
            (Runner::Pytest, "2 errors in 1.20s", 0, 2),
            (Runner::Node, "# pass 3", 3, 0),
            (Runner::Node, "ℹ fail 2", 0, 2),
            (Runner::Node, "# tests 5", 0, 0),
        ];
        for (runner, line, passed, failed) in cases {
            assert_eq!(runner.count(line), Count { passed, failed }, "{line}");
        }
    }
}

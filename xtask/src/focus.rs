//! The official FOCUS validator, over the files that the core's tests hold golden.
//!
//! It needs a Python 3.12, because what it is pinned to is built for no other; where there is none, that is said, and
//! nothing fails. Its exit status is zero whatever it finds, so its report is read. It opens a file of its own by a relative
//! path, so it is run where it is installed.

use crate::{
    Outcome,
    process::{Count, output_of, program, run},
    workspace::Workspace,
};
use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
};

const VALIDATOR: &str = "2.2.1";
/// What is installed. The validator wants an older numpy than newer releases of pyarrow take.
const PACKAGES: [&str; 2] = ["focus-validator==2.2.1", "pyarrow<22"];
/// The files, and the one rule that each breaks: two branches of an either-or are reported one by one, so a file without
/// an invoice breaks one of them, and a file with one the other.
const FILES: [(&str, &str); 3] = [
    ("focus_1_2.csv", "InvoiceId-C-005-C"),
    ("focus.csv", "InvoiceId-C-004-C"),
    ("focus_allocated.csv", "InvoiceId-C-004-C"),
];
/// What the files claim to have.
const CRITERIA: [&str; 15] = [
    "ACCOUNT_NAMING",
    "MULTIPLE_PRICING_CATEGORIES",
    "NEGOTIATED_PRICING",
    "PUBLIC_PRICE_LIST",
    "USAGE_MEASUREMENT",
    "UNIT_PRICING",
    "SUB_ACCOUNT",
    "MULTIPLE_SUB_ACCOUNT_TYPES",
    "MULTIPLE_BILLING_ACCOUNT_TYPES",
    "REGION",
    "TAGGING",
    "BILLING_BASED_ON_PROVISIONED_RESOURCES",
    "RESOURCE_TYPE_ASSIGNMENT",
    "PRICING_BILLING_CURRENCY_DIFFERENCES",
    "VIRTUAL_CURRENCY",
];

/// Checks every file, where there is a Python for it.
pub(crate) fn validate(workspace: &Workspace, count: &mut Count) -> Outcome {
    let Some(python) = python() else {
        println!("    skipped: the FOCUS validator needs Python 3.12, and there is none");
        return Ok(());
    };
    let home = installed(workspace, &python)?;
    for (file, known) in FILES {
        let broken = broken_rules(workspace, &home, file)?;
        if broken != [known] {
            return Err(format!("{file} breaks {broken:?}, and {known} alone was expected"));
        }
        count.add(Count::ONE);
    }
    Ok(())
}

/// A Python 3.12 of the path, or one of pyenv's that isn't in use.
fn python() -> Option<PathBuf> {
    let home = env::var_os("PYENV_ROOT").map(PathBuf::from);
    let home = home.or_else(|| env::var_os("HOME").map(|home| Path::new(&home).join(".pyenv")));
    let versions = home.and_then(|home| fs::read_dir(home.join("versions")).ok()).into_iter().flatten();
    let managed = versions.flatten().map(|version| version.path().join("bin").join("python3.12"));
    let named = ["python3.12", "python3"].map(PathBuf::from);
    named.into_iter().chain(managed).find(|python| is_usable(python))
}

fn is_usable(python: &Path) -> bool {
    let check = "import sys; sys.exit(sys.version_info[:2] != (3, 12))";
    let outcome = Command::new(python).args(["-c", check]).output();
    outcome.is_ok_and(|outcome| outcome.status.success())
}

/// An environment with the validator, made once.
fn installed(workspace: &Workspace, python: &Path) -> Outcome<PathBuf> {
    let home = workspace.target(format!("tools/focus-validator-{VALIDATOR}"));
    // Written last, so that an installation that was interrupted is made anew.
    let stamp = home.join("installed");
    if !stamp.exists() {
        let mut create = program(python, &["-m", "venv", "--clear"], &workspace.path(""));
        create.arg(&home);
        run(create)?;
        let options = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check"];
        let mut install = program(home.join("bin/python"), &options, &workspace.path(""));
        install.args(PACKAGES);
        run(install)?;
        fs::write(&stamp, VALIDATOR)
            .map_err(|error| format!("`{}` can't be written: {error}", stamp.display()))?;
    }
    Ok(home)
}

/// The rules that a file breaks, by their ids.
fn broken_rules(workspace: &Workspace, home: &Path, file: &str) -> Outcome<Vec<String>> {
    let report = home.join(format!("{file}.xml"));
    let criteria = CRITERIA.map(|name| format!("{name}_SUPPORTED")).join(",");
    let options =
        ["--validate-version", "1.2", "--block-download", "--show-violations", "--output-type", "unittest"];
    let packages = home.join("lib/python3.12/site-packages");
    let mut validate = program(home.join("bin/focus-validator"), &options, &packages);
    validate.arg("--applicability-criteria").arg(criteria);
    validate.arg("--data-file").arg(workspace.path("core/src/report/golden").join(file));
    validate.arg("--output-destination").arg(&report);
    output_of(validate)?;
    let text = fs::read_to_string(&report)
        .map_err(|error| format!("`{}` can't be read: {error}", report.display()))?;
    let broken = failures(&text);
    let _ = fs::remove_file(&report);
    if text.matches("<testcase ").count() < 500 {
        Err(format!("{file} was hardly checked"))
    } else {
        Ok(broken)
    }
}

/// The ids of the rules whose case holds a failure or an error: `BilledCost-C-001-M` of `BilledCost-C-001-M :: Type`.
fn failures(report: &str) -> Vec<String> {
    let cases = report.split("<testcase ").skip(1);
    let failed = cases.filter(|case| case.contains("<failure") || case.contains("<error"));
    failed
        .filter_map(|case| {
            let (_, name) = case.split_once("name=\"")?;
            name.split([' ', '"']).next().map(str::to_owned)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::failures;

    #[test]
    fn the_rules_of_failed_cases_are_found() {
        let report = r#"<testcase name="A-C-001-M :: Type" time="0" />
            <testcase name="A-C-002-M :: Format" time="0"><failure message="no" /></testcase>
            <testcase name="B-C-001-C :: Nullability"><skipped message="failure" /></testcase>"#;
        assert_eq!(failures(report), ["A-C-002-M"]);
    }
}

//! Programs that the checks need and cargo doesn't bring.

use crate::{
    Outcome,
    process::{program, run},
    workspace::Workspace,
};
use std::{env, ffi::OsString, fs, path::PathBuf};

/// The cargo that runs this task.
pub(crate) fn cargo() -> OsString {
    env::var_os("CARGO").unwrap_or_else(|| "cargo".into())
}

const CARGO_DENY: &str = "0.20.2";

/// cargo-deny, built once per version.
///
/// Unoptimised, because it is run for a second and built for much longer: 73 to 90 s on two busy cores, measured.
pub(crate) fn cargo_deny(workspace: &Workspace) -> Outcome<PathBuf> {
    let home = workspace.target(format!("tools/cargo-deny-{CARGO_DENY}"));
    let installed = home.join("bin").join(format!("cargo-deny{}", env::consts::EXE_SUFFIX));
    if !installed.exists() {
        let build = workspace.target("tools/build");
        let version = ["install", "cargo-deny", "--locked", "--debug", "--quiet", "--version", CARGO_DENY];
        let mut install = program(cargo(), &version, &workspace.path(""));
        install.arg("--root").arg(&home).arg("--target-dir").arg(&build);
        run(install)?;
        fs::remove_dir_all(&build)
            .map_err(|error| format!("`{}` can't be removed: {error}", build.display()))?;
    }
    Ok(installed)
}

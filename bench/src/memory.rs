//! The most memory that an export of the large ledger has, in a process of its own.

use crate::{ledger, table::Table};
use bursar::{FocusRequest, Window};
use std::{
    io::BufWriter,
    path::{Path, PathBuf},
    process::Command,
};

/// Megabytes that an export may have, however many entries there are.
const BOUND: f64 = 150.0;

pub(crate) fn rows(table: &mut Table, folder: &Path, entries: u64) {
    let path = ledger::kept(folder, entries);
    let millions = entries as f64 / 1e6;
    for (name, format) in [("FOCUS", "focus"), ("Parquet", "parquet")] {
        let output = Command::new(std::env::current_exe().unwrap()).args(["--export", format]).arg(&path).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let told = String::from_utf8(output.stdout).unwrap();
        let Ok(peak) = told.trim().parse::<f64>() else {
            eprintln!("the memory of exports isn't measured: this system doesn't tell it");
            return;
        };
        table.row(format!("peak memory of a {name} export of {millions:.1} million entries"), (peak, "MB"), Some(BOUND), None);
    }
}

/// Exports a ledger to nowhere, and tells the most memory that this process has had, in megabytes.
pub(crate) fn export(format: &str, ledger: &PathBuf) -> Result<(), String> {
    let bursar = ledger::opened(ledger);
    let outcome = match format {
        "focus" => bursar.export_focus(&FocusRequest::new(ledger::months(), ledger::ZONE), BufWriter::new(std::io::sink())),
        "parquet" => bursar.export_parquet(Window::ALWAYS, std::io::sink()),
        other => return Err(format!("`{other}` is no format\n  help: use focus or parquet")),
    };
    let exported = outcome.map_err(|error| error.to_string())?;
    eprintln!("{} rows, {} USD", exported.rows, exported.billed);
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kilobytes = peak.and_then(|text| text.trim().trim_end_matches(" kB").parse::<f64>().ok());
    println!("{}", kilobytes.map_or(String::new(), |kilobytes| (kilobytes / 1024.0).to_string()));
    Ok(())
}

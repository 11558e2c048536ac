//! Recorded data that may lie beside the repository; tests that use it pass without it.

use flate2::read::GzDecoder;
use serde_json::Value;
use std::{fs::File, io::Read, path::Path};

/// The text of a packed file of `../shared/data`, or nothing, and a note, where it isn't there.
pub fn unpacked(name: &str) -> Option<String> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/data").join(name);
    if !path.exists() {
        eprintln!("skipped: no reference data");
        return None;
    }
    let mut text = String::new();
    GzDecoder::new(File::open(path).unwrap()).read_to_string(&mut text).unwrap();
    Some(text)
}

/// The recorded answers of providers, a JSON object each.
pub fn answers() -> Option<Vec<Value>> {
    let text = unpacked("provider-responses.jsonl.gz")?;
    Some(text.lines().map(|line| serde_json::from_str(line).unwrap()).collect())
}

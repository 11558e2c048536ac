//! The recorded answers, where they lie beside the repository, and the lists of what is known of them.

#![allow(dead_code, unreachable_pub, reason = "each test uses a part")]

use bursar::Api;
use bursar_tests::reference;

/// A recorded answer: where it came from, and its bytes.
pub struct Record {
    pub id: String,
    pub host: String,
    pub path: String,
    pub api: Option<Api>,
    pub kind: String,
    /// The model that was asked for.
    pub requested: String,
    pub body: Vec<u8>,
}

pub fn records() -> Option<Vec<Record>> {
    let answers = reference::answers()?.into_iter();
    let records = answers.map(|line| {
        let word = |key: &str| line[key].as_str().unwrap_or_default().to_owned();
        let body = match line["stream"].as_str() {
            Some(stream) => stream.as_bytes().to_vec(),
            None => serde_json::to_vec(&line["response"]).unwrap(),
        };
        let (host, path) = (word("host"), word("path"));
        Record {
            id: word("id"),
            api: Api::detect(&host, &path),
            kind: word("content_type"),
            requested: line["request"]["model"].as_str().unwrap_or_default().to_owned(),
            host,
            path,
            body,
        }
    });
    Some(records.collect())
}

/// The lines of a list: what is listed, and after `#` why.
fn listed(list: &str) -> Vec<String> {
    let lines = list.lines().map(|line| line.split('#').next().unwrap_or_default().trim().to_owned());
    lines.filter(|line| !line.is_empty()).collect()
}

/// Fails for what is found and not listed, and for what is listed and not found.
pub fn assert_listed(name: &str, mut found: Vec<String>, list: &str) {
    found.sort();
    let mut expected = listed(list);
    expected.sort();
    let new: Vec<_> = found.iter().filter(|line| !expected.contains(line)).collect();
    let gone: Vec<_> = expected.iter().filter(|line| !found.contains(line)).collect();
    assert!(
        new.is_empty() && gone.is_empty(),
        "{name}\nnot listed: {new:#?}\nlisted, but not found: {gone:#?}"
    );
    assert_eq!(found.len(), expected.len(), "{name}: a line stands twice");
}

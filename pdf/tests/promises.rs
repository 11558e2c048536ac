//! What the file promises. Its words and its structure are read back by another reader, in the Python package's tests.

#![allow(clippy::panic, reason = "a test that can't go on shall stop where it stands")]

use bursar_pdf::{Attachment, Conformance, Template, render};

/// What the core prints of a month.
const MONTH: &str = include_str!("../../core/src/report/golden/november.layout.json");
const LONG: &str = include_str!("../fixtures/long.json");
const MINIMAL: &str = include_str!("../fixtures/minimal.json");
const RICH: &str = include_str!("../fixtures/rich.json");

/// The part and level of PDF/A, and whether it is PDF/UA.
fn promised(document_json: &str, template: &Template) -> (bool, Option<char>, bool) {
    let pdf = render(document_json, template).unwrap_or_else(|error| panic!("{error:#}"));
    // Metadata is never packed, so that anybody can read it.
    let text = String::from_utf8_lossy(&pdf);
    let level = text.split_once("<pdfaid:conformance>").and_then(|(_, level)| level.chars().next());
    (text.contains("<pdfaid:part>3</pdfaid:part>"), level, text.contains("<pdfuaid:part>1</pdfuaid:part>"))
}

#[test]
fn a_dated_document_is_for_the_archive_and_accessible_whatever_its_names_are() {
    for document in [RICH, LONG, MONTH] {
        assert_eq!(promised(document, &Template::default()), (true, Some('A'), true));
    }
}

#[test]
fn a_document_without_a_day_is_accessible_and_makes_no_promise_for_the_archive() {
    assert_eq!(promised(MINIMAL, &Template::default()), (false, None, true));
}

#[test]
fn less_can_be_promised() {
    let asked = |conformance| promised(RICH, &Template { conformance, ..Template::default() });
    assert_eq!(asked(Conformance::Archive), (true, Some('B'), false));
    assert_eq!(asked(Conformance::Plain), (false, None, false));
}

#[test]
fn attachments_and_every_logo_keep_the_promise() {
    const DOT: &[u8] = &[
        137, 80, 78, 71, 13, 10, 26, 10, 0, 0, 0, 13, 73, 72, 68, 82, 0, 0, 0, 1, 0, 0, 0, 1, 8, 2, 0, 0, 0,
        144, 119, 83, 222, 0, 0, 0, 12, 73, 68, 65, 84, 120, 218, 99, 96, 96, 96, 0, 0, 0, 4, 0, 1, 200, 234,
        235, 249, 0, 0, 0, 0, 73, 69, 78, 68, 174, 66, 96, 130,
    ];
    let svg: &[u8] =
        b"<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'><text y='9'>\xe5\xb1\xb1</text></svg>";
    let csv = Attachment { name: "statement.csv".into(), mime: "text/csv".into(), bytes: b"a,b\n".to_vec() };
    for logo in [DOT, svg] {
        let template =
            Template { logo: Some(logo.to_vec()), attachments: vec![csv.clone()], ..Template::default() };
        assert_eq!(promised(RICH, &template), (true, Some('A'), true));
    }
}

#[test]
fn a_statement_of_forty_lines_is_small() {
    let size = render(RICH, &Template::default()).map(|pdf| pdf.len()).unwrap_or_default();
    assert!((10_000..200_000).contains(&size), "{size} bytes");
}

//! Whatever is wrong is said with a code, the place and the way out.

#![allow(clippy::expect_used, reason = "a test that can't go on shall stop where it stands")]

use bursar_pdf::{
    Attachment, MAX_COLUMNS, MAX_DOCUMENT_BYTES, MAX_ROWS, PdfError, PdfErrorCode, Template, render,
};
use serde_json::json;

const MINIMAL: &str = include_str!("../fixtures/minimal.json");

fn fault(document_json: &str, template: &Template) -> PdfError {
    render(document_json, template).expect_err("a fault")
}

/// A minimal document with other fields.
fn changed(change: &serde_json::Value) -> String {
    let mut document: serde_json::Value = serde_json::from_str(MINIMAL).expect("a fixture");
    for (field, value) in change.as_object().expect("fields") {
        document[field] = value.clone();
    }
    document.to_string()
}

fn table(columns: usize, cells: usize, rows: usize) -> String {
    let column = json!({"title": "A", "kind": "text"});
    let row = json!({"cells": vec![json!({"text": "a"}); cells]});
    let table =
        json!({"type": "table", "id": "t", "columns": vec![column; columns], "rows": vec![row; rows]});
    changed(&json!({"sections": [{"id": "s", "title": "S", "blocks": [table]}]}))
}

#[test]
fn a_document_that_is_none_is_refused() {
    let cases = [
        ("[".to_owned(), "the text is no printed document: EOF while parsing a list at line 1 column 1"),
        ("{}".to_owned(), "the text is no printed document: missing field `format` at line 1 column 2"),
        (
            r#"{"format": 1}"#.to_owned(),
            "the text is no printed document: missing field `language` at line 1 column 13",
        ),
        (changed(&json!({"language": "english"})), "`english` is no language, write it as `en` or `de-AT`"),
        (changed(&json!({"date": "2026-02-30"})), "`2026-02-30` is no day, write it as `2026-11-01`"),
        (changed(&json!({"date": "+026-2-3"})), "`+026-2-3` is no day, write it as `2026-11-01`"),
        (table(2, 3, 1), "row 1 of table `t` has 3 cells for 2 columns"),
        (table(0, 0, 0), "table `t` has 0 columns, 1 to 16 are allowed"),
        (table(MAX_COLUMNS + 1, MAX_COLUMNS + 1, 1), "table `t` has 17 columns, 1 to 16 are allowed"),
    ];
    for (document, message) in cases {
        let error = fault(&document, &Template::default());
        assert_eq!((error.code(), error.message()), (PdfErrorCode::DocumentInvalid, message));
        assert_eq!(error.line(), None);
    }
}

#[test]
fn a_newer_document_asks_for_an_upgrade() {
    for format in [0, 2] {
        let error = fault(&json!({"format": format, "shape": "other"}).to_string(), &Template::default());
        assert_eq!(error.code(), PdfErrorCode::DocumentNewer);
        assert_eq!(error.message(), format!("a document of format `{format}`, this release knows 1"));
        assert_eq!(error.help(), "upgrade the PDF package");
    }
}

#[test]
fn a_document_is_bounded() {
    let error = fault(&table(1, 1, MAX_ROWS + 1), &Template::default());
    assert_eq!(error.code(), PdfErrorCode::DocumentTooLarge);
    assert_eq!(error.message(), "a document of 10001 rows, at most 10000 are laid out");
    let error = fault(&" ".repeat(MAX_DOCUMENT_BYTES + 1), &Template::default());
    assert_eq!(error.code(), PdfErrorCode::DocumentTooLarge);
}

#[test]
fn a_template_that_does_not_compile_is_told_with_its_place() {
    let cases = [
        ("= Title\n\n#let x = (", "unclosed delimiter, at line 3, column 10 of `statement.typ`", Some(3)),
        ("#nothing", "unknown variable: nothing, at line 1, column 2 of `statement.typ`", Some(1)),
        ("\n#panic(\"no\")", "panicked with: no, at line 2, column 2 of `statement.typ`", Some(2)),
        (
            "#read(\"/etc/passwd\")",
            "file not found (searched at etc/passwd), at line 1, column 7 of `statement.typ`",
            Some(1),
        ),
        ("#while true {}", "condition is always true, at line 1, column 8 of `statement.typ`", Some(1)),
    ];
    for (source, message, line) in cases {
        let error = fault(MINIMAL, &Template { source: Some(source.to_owned()), ..Template::default() });
        assert_eq!((error.code(), error.message()), (PdfErrorCode::TemplateInvalid, message));
        assert_eq!((error.line(), error.file()), (line, line.map(|_| "statement.typ")));
    }
}

#[test]
fn a_fault_in_an_imported_file_names_that_file() {
    let files = [("/own.typ".to_owned(), b"#let a = 1\n#let b = nothing".to_vec())].into();
    let source = Some("#import \"/own.typ\": b\n#b".to_owned());
    let error = fault(MINIMAL, &Template { source, files, ..Template::default() });
    assert_eq!((error.file(), error.line(), error.column()), (Some("own.typ"), Some(2), Some(10)));
}

#[test]
fn a_template_without_words_for_its_pictures_is_refused_and_told_the_way_out() {
    let source = "#set document(title: \"T\")\n#image(bytes(\"<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'><rect width='9' height='9'/></svg>\"))";
    let error = fault(MINIMAL, &Template { source: Some(source.to_owned()), ..Template::default() });
    assert_eq!((error.code(), error.line()), (PdfErrorCode::TemplateInvalid, Some(2)));
    assert!(error.message().contains("missing alt text"), "{error}");
    assert!(error.help().contains("alt"), "{}", error.help());
}

#[test]
fn a_logo_or_chart_that_is_no_image_is_named() {
    let error = fault(MINIMAL, &Template { logo: Some(b"logo".to_vec()), ..Template::default() });
    assert_eq!(error.code(), PdfErrorCode::ImageInvalid);
    assert_eq!(error.message(), "the logo can't be drawn: it is neither SVG nor PNG nor JPEG");
    assert_eq!(error.help(), "give an SVG, PNG or JPEG image");
    let chart = json!({"type": "chart", "id": "trend", "title": "T", "alt": "A", "svg": "<svg", "width": 1, "height": 1});
    let document = changed(&json!({"sections": [{"id": "s", "title": "S", "blocks": [chart]}]}));
    let error = fault(&document, &Template::default());
    assert_eq!(error.message(), "chart `trend` can't be drawn: its SVG can't be read");
}

#[test]
fn an_option_that_can_not_be_used_is_told() {
    let attachment =
        |name: &str, mime: &str| Attachment { name: name.into(), mime: mime.into(), bytes: vec![] };
    let cases = [
        Template { accent: Some("navy".into()), ..Template::default() },
        Template { font: Some("Arial".into()), ..Template::default() },
        Template { fonts: vec![b"no font".to_vec()], ..Template::default() },
        Template { texts: [("drift".to_owned(), String::new())].into(), ..Template::default() },
        Template { attachments: vec![attachment("../a.csv", "text/csv")], ..Template::default() },
        Template { attachments: vec![attachment("a.csv", "csv")], ..Template::default() },
        Template { attachments: vec![attachment("a.csv", "text/csv"); 2], ..Template::default() },
    ];
    let told: Vec<_> = cases
        .iter()
        .map(|template| {
            let error = fault(MINIMAL, template);
            (error.code().as_str(), error.message().to_owned(), error.line())
        })
        .collect();
    let texts = "the template has no text `drift`, it has `page`, `draft`, `provisional`, `preview`, `logo`, `replaced`";
    let expected = [
        ("template_invalid", "`navy` is no colour, `#` and six hexadecimal digits are"),
        ("font_invalid", "the font `Arial` is unknown, there is `Source Sans 3`"),
        ("font_invalid", "font file 1 of 1 holds no font"),
        ("template_invalid", texts),
        ("template_invalid", "`../a.csv` is no name of an attachment"),
        ("template_invalid", "`csv` is no media type of an attachment"),
        ("template_invalid", "two attachments are named `a.csv`"),
    ];
    assert_eq!(told, expected.map(|(code, message)| (code, message.to_owned(), None)));
}

#[test]
fn an_error_prints_its_code_and_help() {
    let error = fault("{}", &Template::default());
    assert_eq!(
        format!("{error:#}"),
        "the text is no printed document: missing field `format` at line 1 column 2\n  code: document_invalid\n  \
         help: give the printed document as `bursar` writes it"
    );
}

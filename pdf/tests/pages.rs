//! What a reader finds in the PDF: every word, in a file for the archive.

mod reader;

use bursar_pdf::{Attachment, Conformance, Paper, Template};
use lopdf::Object;
use reader::{LONG, MINIMAL, Pdf, RICH, packed, printed};

#[test]
fn every_printed_text_is_found() {
    let text = Pdf::of(RICH, &Template::default()).text();
    for expected in printed(RICH) {
        assert!(text.contains(&packed(&expected)), "`{expected}` is missing in {text}");
    }
}

#[test]
fn every_row_of_a_long_table_is_found_whatever_its_names_are() {
    // Letters that no font has are boxes; what the fonts have is there to the last sign.
    let plain = |text: &str| text.chars().filter(char::is_ascii_graphic).collect::<String>();
    let pdf = Pdf::of(LONG, &Template::default());
    let text = plain(&pdf.text());
    for expected in printed(LONG) {
        assert!(text.contains(&plain(&expected)), "`{expected}` is missing in {text}");
    }
    assert!(pdf.text().contains(&packed("□ steht für ein Zeichen")), "the page says what the box means");
    assert!(!Pdf::of(RICH, &Template::default()).text().contains('□'));
}

#[test]
fn every_page_has_its_number_and_the_statement() {
    let pdf = Pdf::of(LONG, &Template::default());
    let pages = pdf.page_count();
    assert!(pages > 5, "{pages}");
    for page in 1..=pages {
        let text = pdf.page_text(page);
        assert!(text.contains(&packed(&format!("Seite {page} von {pages}"))), "{text}");
        assert!(text.contains(&packed("Abrechnung 9f3a51c07d vom 2026-11-01")), "{text}");
    }
}

#[test]
fn a_table_repeats_its_header_on_every_page() {
    let pdf = Pdf::of(LONG, &Template::default());
    let is_table = |text: &str| text.contains("project-1") || text.contains("project-2");
    let pages: Vec<String> = (1..=pdf.page_count()).map(|page| pdf.page_text(page)).collect();
    assert!(pages.iter().filter(|text| is_table(text)).count() > 3);
    for text in pages.iter().filter(|text| is_table(text)) {
        assert!(text.contains(&packed("Projekt Team Kunde Aufrufe Kosten, USD")), "{text}");
    }
}

#[test]
fn a_draft_says_so_on_every_page() {
    let pdf = Pdf::of(LONG, &Template::default());
    for page in 1..=pdf.page_count() {
        assert!(pdf.page_text(page).to_uppercase().contains("ENTWURF"));
    }
}

#[test]
fn a_dated_document_is_for_the_archive_and_accessible() {
    let pdf = Pdf::of(RICH, &Template::default());
    let metadata = pdf.metadata();
    for part in [
        "<pdfaid:part>3</pdfaid:part>",
        "<pdfaid:conformance>A</pdfaid:conformance>",
        "<pdfuaid:part>1</pdfuaid:part>",
        "Chargeback statement, October 2026",
        "2026-11-01",
    ] {
        assert!(metadata.contains(part), "`{part}` is missing in {metadata}");
    }
    let catalog = pdf.catalog();
    assert_eq!(catalog.get(b"Lang").and_then(Object::as_str), Ok(&b"en"[..]));
    assert!(catalog.has(b"StructTreeRoot") && catalog.has(b"OutputIntents") && catalog.has(b"Outlines"));
    let marked = catalog.get(b"MarkInfo").and_then(Object::as_dict).expect("marks");
    assert_eq!(marked.get(b"Marked").and_then(Object::as_bool), Ok(true));
}

#[test]
fn the_structure_names_headings_tables_and_pictures() {
    let pdf = Pdf::of(RICH, &Template::default());
    assert_eq!((pdf.elements("H1"), pdf.elements("H2")), (1, 3));
    assert_eq!((pdf.elements("Table"), pdf.elements("TR"), pdf.elements("TH")), (2, 45, 13));
    assert_eq!(pdf.elements("Figure"), 3, "two charts and the logo");
    let told = pdf.dictionaries().filter(|element| element.has(b"Alt")).count();
    assert_eq!(told, 3, "each picture has its words");
}

#[test]
fn a_document_without_a_day_is_accessible_and_makes_no_promise_for_the_archive() {
    let metadata = Pdf::of(MINIMAL, &Template::default()).metadata();
    assert!(metadata.contains("<pdfuaid:part>1</pdfuaid:part>") && !metadata.contains("pdfaid:part>"));
}

#[test]
fn less_can_be_promised() {
    let promised = |conformance| Pdf::of(RICH, &Template { conformance, ..Template::default() }).metadata();
    let archive = promised(Conformance::Archive);
    assert!(archive.contains("<pdfaid:conformance>B</pdfaid:conformance>") && !archive.contains("pdfuaid"));
    let plain = promised(Conformance::Plain);
    assert!(!plain.contains("pdfaid") && !plain.contains("pdfuaid"));
}

#[test]
fn fonts_are_embedded_and_hold_only_what_is_printed() {
    for json in [RICH, LONG] {
        let pdf = Pdf::of(json, &Template::default());
        let names: Vec<String> = pdf
            .dictionaries()
            .filter(|font| font.get(b"Subtype").and_then(Object::as_name).is_ok_and(|kind| kind == b"Type0"))
            .filter_map(|font| font.get(b"BaseFont").and_then(Object::as_name).ok())
            .map(|name| String::from_utf8_lossy(name).into_owned())
            .collect();
        assert!(names.len() >= 2, "{names:?}");
        for name in &names {
            assert_eq!(name.find('+'), Some(6), "`{name}` is no part of a font");
            assert!(name.contains("SourceSans3"), "`{name}` is another font");
        }
        let files = pdf.dictionaries().filter(|font| font.has(b"FontFile3") || font.has(b"FontFile2")).count();
        assert!(files >= 2);
    }
    let size = |json| bursar_pdf::render(json, &Template::default()).unwrap_or_default().len();
    assert!(size(RICH) < 120_000, "{}", size(RICH));
}

#[test]
fn a_letter_is_as_wide_as_a_letter() {
    let pdf = Pdf::of(MINIMAL, &Template { paper: Paper::Letter, ..Template::default() });
    let page = *pdf.document().get_pages().get(&1).expect("a page");
    let page = pdf.document().get_dictionary(page).expect("a page");
    let edges: Vec<f32> = page
        .get(b"MediaBox")
        .and_then(Object::as_array)
        .expect("a box")
        .iter()
        .filter_map(|edge| edge.as_float().ok())
        .collect();
    assert_eq!(edges, [0.0, 0.0, 612.0, 792.0]);
}

#[test]
fn attachments_ride_along_with_any_template() {
    let csv = Attachment { name: "statement.csv".into(), mime: "text/csv".into(), bytes: b"a,b\n1,2\n".to_vec() };
    let own = "#set document(title: \"T\", date: datetime(year: 2026, month: 11, day: 1))\nA page";
    for source in [None, Some(own.to_owned())] {
        let pdf = Pdf::of(RICH, &Template { source, attachments: vec![csv.clone()], ..Template::default() });
        let file = pdf.dictionaries().find(|file| file.has(b"AFRelationship")).expect("a file");
        let name = file.get(b"UF").and_then(lopdf::decode_text_string);
        assert_eq!(name.as_deref().ok(), Some("statement.csv"));
        assert!(pdf.metadata().contains("<pdfaid:part>3</pdfaid:part>"));
        assert!(pdf.catalog().has(b"AF"), "the file belongs to the document");
    }
}

//! Pages of any names: only our own tags, only our own script, and the figures of the document.

use super::hash::source;
use crate::report::document::{
    Block, Cell, Chart, ChartKind, Column, ColumnKind, Document, Fact, PrintedParty, Section, Series, Table,
    TableRow, Theme, Tile, Tone,
};

const NASTY: [&str; 10] = [
    "</script><script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "\" onmouseover=\"alert(1)",
    "' style='color:red",
    "&lt;b&gt; &amp;",
    "]]>--><!--",
    "javascript:alert(1)",
    "\u{202e}gnp.exe\u{0}\u{8}",
    "{{constructor}} ${alert(1)} `x`",
    "</style></title></svg><base href=//x>",
];

const TAGS: &str = "!doctype html head meta title style body nav ol li a main header div img span p h1 h2 dl dt dd address br \
                    strong section table caption thead tbody tfoot tr th td svg rect text polyline polygon desc figure \
                    figcaption footer script";

/// A document in which every text is this one.
fn document(text: &str) -> Document {
    let own = || text.to_owned();
    let cell = |number: &str| Cell { text: own(), number: Some(number.to_owned()), bar: Some(4_000) };
    let column = |kind| Column { title: own(), kind };
    let row = || TableRow { cells: vec![Cell::text(text), cell("1.00"), cell("2")], ..TableRow::default() };
    let table = Table {
        id: own(),
        caption: Some(own()),
        columns: vec![column(ColumnKind::Text), column(ColumnKind::Money), column(ColumnKind::Bar)],
        rows: vec![row(), row()],
        total: Some(row()),
    };
    let chart = Chart {
        id: own(),
        title: own(),
        alt: own(),
        kind: ChartKind::StackedColumns,
        unit: own(),
        categories: vec![own(), own()],
        series: vec![Series { name: own(), values: vec![Some(7), None] }; 2],
        level: Some((own(), 3)),
    };
    let fact = || Fact { label: own(), text: own() };
    Document {
        language: own(),
        title: own(),
        subtitle: own(),
        status: own(),
        number: Some(own()),
        date: Some(own()),
        facts: vec![fact()],
        parties: vec![PrintedParty { role: own(), name: own(), lines: vec![own()] }],
        tiles: vec![Tile { label: own(), value: own(), note: own(), tone: Tone::Bad }],
        sections: vec![Section {
            id: own(),
            title: own(),
            intro: Some(own()),
            blocks: vec![
                Block::Table(table),
                Block::Chart(chart),
                Block::Notes(vec![own()]),
                Block::Facts(vec![fact()]),
            ],
        }],
        footer: vec![own()],
        theme: Theme { accent: Some(own()), logo_svg: Some(own()) },
    }
}

/// The names and attributes of all tags, outside of style and script.
fn tags(html: &str) -> Vec<(String, Vec<String>)> {
    let (before, rest) = html.split_once("<style>").unwrap();
    let (_, rest) = rest.split_once("</style>").unwrap();
    let (middle, rest) = rest.rsplit_once("<script>").unwrap();
    let (_, after) = rest.split_once("</script>").unwrap();
    let markup = [before, middle, after].concat();
    let mut tags = Vec::new();
    for part in markup.split('<').skip(1) {
        let (tag, _) = part.split_once('>').unwrap();
        let name = tag.trim_start_matches('/').split([' ', '/']).next().unwrap().to_owned();
        // Values are in double quotes, so every second part lies outside of them.
        let outside = tag.split('"').step_by(2).collect::<Vec<_>>().join(" ");
        let attributes = outside.split_whitespace().skip(1);
        let attributes =
            attributes.filter(|own| own.ends_with('=')).map(|own| own.trim_end_matches('=').to_owned());
        tags.push((name, attributes.collect()));
    }
    tags
}

#[test]
fn no_name_becomes_a_tag_an_attribute_or_a_script() {
    let plain = tags(&document("plain").to_html());
    for text in NASTY {
        let html = document(text).to_html();
        assert_eq!(html.matches("<script").count(), 1, "{text}");
        let found = tags(&html);
        assert_eq!(found, plain, "{text}: other tags than with a plain name");
        for (name, attributes) in found {
            assert!(TAGS.split_whitespace().any(|known| known == name), "{text}: <{name}>");
            assert!(
                attributes.iter().all(|own| !own.starts_with("on") && own != "style"),
                "{text}: {attributes:?}"
            );
        }
        assert!(!html.contains(|letter: char| letter.is_control() && letter != '\n'), "{text}");
    }
}

#[test]
fn an_accent_is_a_colour_or_nothing() {
    let page = |accent: &str| {
        let mut document = document("x");
        document.theme.accent = Some(accent.to_owned());
        document.to_html()
    };
    assert!(page("#AA00ff").contains("--brand: #AA00ff;"));
    for accent in ["red; } body { display: none", "#12345", "#12345g", "</style><script>", ""] {
        assert_eq!(page(accent), page("none"), "{accent}");
    }
}

/// The hash of what stands between two marks.
fn hash_of(html: &str, from: &str, to: &str) -> String {
    let (_, rest) = html.split_once(from).unwrap();
    source(rest.split_once(to).unwrap().0)
}

#[test]
fn the_page_allows_its_own_style_and_script_and_loads_nothing() {
    let mut document = document("x");
    document.theme.accent = Some("#7a1f4e".to_owned());
    let html = document.to_html();
    let style = hash_of(&html, "<style>", "</style>");
    let script = hash_of(&html, "<script>", "</script>");
    let policy = format!(
        "default-src 'none'; img-src data:; style-src {style}; script-src {script}; base-uri 'none'; form-action 'none'"
    );
    assert!(html.contains(&format!("http-equiv=\"Content-Security-Policy\" content=\"{policy}\"")));
    for outside in ["http:", "https:", "url(", "@import", "src=\"/"] {
        assert!(!html.contains(outside), "{outside}");
    }
}

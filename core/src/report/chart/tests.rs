//! Charts of any values and names: well-formed, escaped, inside of the picture, and never label on label.

use super::letters::width;
use super::{Chart, ChartKind, ChartStyle};
use crate::report::document::Series;

const KINDS: [ChartKind; 4] =
    [ChartKind::StackedColumns, ChartKind::Bars, ChartKind::Lines, ChartKind::Waterfall];
const NAMES: [&str; 8] = [
    "marketing",
    "<script>alert(1)</script>",
    "a&b \"quoted\" 'too'",
    "\u{0}\u{7}\u{1b}[31m",
    "東京支社の広告チーム",
    "a very long name of a team that nobody would give to anything",
    "مرحبا",
    "",
];

struct Random(u64);

impl Random {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit
    }

    fn name(&mut self) -> String {
        NAMES[usize::try_from(self.below(8)).unwrap()].to_owned()
    }

    fn value(&mut self) -> Option<i128> {
        let scale =
            [1, 10_i128.pow(10), 10_i128.pow(14), 10_i128.pow(30)][usize::try_from(self.below(4)).unwrap()];
        let size = i128::from(self.below(9_000)) * scale;
        match self.below(10) {
            0 => None,
            1 | 2 => Some(-size),
            3 => Some(0),
            _ => Some(size),
        }
    }
}

fn random_chart(random: &mut Random, kind: ChartKind) -> Chart {
    let count = random.below(32);
    let values = |random: &mut Random| (0..count).map(|_| random.value()).collect();
    let series = (0..random.below(8))
        .map(|index| {
            let name = match index {
                6 => "low".to_owned(),
                7 => "high".to_owned(),
                _ => random.name(),
            };
            Series { name, values: values(random) }
        })
        .collect();
    Chart {
        id: "c".to_owned(),
        title: random.name(),
        alt: random.name(),
        kind,
        unit: ["USD", "JPY", "KWD", ""][usize::try_from(random.below(4)).unwrap()].to_owned(),
        categories: (0..count).map(|_| random.name()).collect(),
        series,
        level: (random.below(3) == 0).then(|| (random.name(), random.value().unwrap_or(0))),
    }
}

/// The texts of an attribute in the order of the elements.
fn attributes<'a>(element: &'a str, name: &str) -> Option<&'a str> {
    let (_, rest) = element.split_once(&format!(" {name}=\""))?;
    rest.split_once('"').map(|(value, _)| value)
}

/// Pixels as hundredths.
fn hundredths(text: &str) -> i64 {
    let (whole, part) = text.split_once('.').unwrap_or((text, ""));
    let sign = if whole.starts_with('-') { -1 } else { 1 };
    let part = format!("{part:0<2}").parse::<i64>().unwrap();
    whole.parse::<i64>().unwrap() * 100 + sign * part
}

struct Label {
    left: i64,
    right: i64,
    base: i64,
}

/// Checks every element of a chart; gives its labels.
fn check(svg: &str, (wide, high): (i64, i64), told: &str) -> Vec<Label> {
    let mut labels = Vec::new();
    let mut open: Vec<&str> = Vec::new();
    for part in svg.split('<').skip(1) {
        let (tag, text) = part.split_once('>').unwrap_or_else(|| panic!("{told}: `{part}`"));
        assert!(!text.contains('>') && !tag.contains("NaN"), "{told}: `{part}`");
        if let Some(name) = tag.strip_prefix('/') {
            assert_eq!(open.pop(), Some(name), "{told}");
            continue;
        }
        let name = tag.split([' ', '/']).next().unwrap();
        assert!(
            ["svg", "title", "desc", "rect", "text", "polyline", "polygon"].contains(&name),
            "{told}: `{tag}`"
        );
        if !tag.ends_with('/') {
            open.push(name);
        }
        let number = |name: &str| attributes(tag, name).map(hundredths);
        if name == "rect" {
            let [x, y, width, height] = ["x", "y", "width", "height"].map(|name| number(name).unwrap());
            assert!(x >= 0 && y >= 0 && width >= 0 && height >= 0, "{told}: {tag}");
            assert!(x + width <= wide && y + height <= high, "{told}: {tag}");
        }
        for pair in attributes(tag, "points").unwrap_or_default().split_whitespace() {
            let (x, y) = pair.split_once(',').unwrap();
            let (x, y) = (hundredths(x), hundredths(y));
            assert!((0..=wide).contains(&x) && (0..=high).contains(&y), "{told}: {tag}");
        }
        if name == "text" {
            let length = width(
                &text
                    .replace("&amp;", "&")
                    .replace("&lt;", "<")
                    .replace("&gt;", ">")
                    .replace("&quot;", "\"")
                    .replace("&#39;", "'"),
                11,
            );
            let x = number("x").unwrap();
            let left = match attributes(tag, "text-anchor") {
                None => x,
                Some("middle") => x - length / 2,
                Some(_) => x - length,
            };
            let label = Label { left, right: left + length, base: number("y").unwrap() };
            assert!(label.left >= -1 && label.right <= wide + 1, "{told}: `{text}` {tag}");
            assert!((0..=high).contains(&label.base), "{told}: {tag}");
            labels.extend((length > 0).then_some(label));
        }
    }
    assert!(open.is_empty(), "{told}: {open:?}");
    labels
}

#[test]
fn a_chart_of_anything_is_well_formed_escaped_and_inside_of_its_picture() {
    for seed in 0..2_000 {
        let mut random = Random(seed);
        let chart = random_chart(&mut random, KINDS[usize::try_from(seed % 4).unwrap()]);
        let (wide, high) = chart.size();
        for style in [ChartStyle::Web, ChartStyle::Print] {
            let svg = chart.svg(style);
            let told = format!("seed {seed} {style:?} {:?}", chart.kind);
            assert!(!svg.contains("<script") && !svg.contains(|letter: char| letter.is_control()), "{told}");
            check(&svg, (i64::from(wide) * 100, i64::from(high) * 100), &told);
            assert_eq!(svg, chart.svg(style), "{told}");
        }
    }
}

#[test]
fn labels_of_columns_and_bars_never_touch() {
    for seed in 0..1_000 {
        let mut random = Random(seed);
        let mut chart = random_chart(&mut random, KINDS[usize::try_from(seed % 2).unwrap()]);
        chart.level = None;
        let (wide, high) = chart.size();
        let svg = chart.svg(ChartStyle::Print);
        let labels = check(&svg, (i64::from(wide) * 100, i64::from(high) * 100), &format!("seed {seed}"));
        for (index, one) in labels.iter().enumerate() {
            for other in &labels[index + 1..] {
                let is_level = (one.base - other.base).abs() < 1_100;
                let is_beside = one.left < other.right && other.left < one.right;
                assert!(!(is_level && is_beside), "seed {seed}: {} {}\n{svg}", one.base, other.base);
            }
        }
    }
}

/// The heights of the parts of the last column, and of a column of their sum.
#[test]
fn the_parts_of_a_column_are_as_high_as_their_sum() {
    for seed in 0..500 {
        let mut random = Random(seed);
        let values: Vec<i128> =
            (0..5).map(|_| i128::from(random.below(1_000_000)) * 10_i128.pow(10)).collect();
        let chart = |values: &[i128]| Chart {
            id: "c".to_owned(),
            title: String::new(),
            alt: String::new(),
            kind: ChartKind::StackedColumns,
            unit: "USD".to_owned(),
            categories: vec!["2026-10".to_owned()],
            series: values
                .iter()
                .map(|own| Series { name: "n".to_owned(), values: vec![Some(*own)] })
                .collect(),
            level: None,
        };
        let heights = |chart: &Chart| -> i64 {
            let svg = chart.svg(ChartStyle::Web);
            let bars = svg.split("<rect").skip(1).filter(|bar| bar.contains(": "));
            bars.map(|bar| hundredths(attributes(bar, "height").unwrap())).sum()
        };
        let whole = heights(&chart(&[values.iter().sum()]));
        assert_eq!(heights(&chart(&values)), whole, "seed {seed}");
        assert!(whole > 0, "seed {seed}");
    }
}

fn golden(name: &str, found: &str) {
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/report/chart/golden").join(name);
    if std::env::var_os("BURSAR_UPDATE").is_some() {
        std::fs::write(&path, found).unwrap();
    }
    let expected = std::fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(found, expected, "{name} differs; if that is meant, run the tests with BURSAR_UPDATE=1");
}

#[test]
fn each_kind_is_drawn_as_it_always_was() {
    let usd = |amounts: &[i128]| amounts.iter().map(|own| Some(own * 10_i128.pow(10))).collect::<Vec<_>>();
    let series = |name: &str, values: Vec<Option<i128>>| Series { name: name.to_owned(), values };
    let months = ["2026-07", "2026-08", "2026-09", "2026-10"].map(str::to_owned);
    let chart = |kind, categories: &[String], series: Vec<Series>, level: Option<i128>| Chart {
        id: "c".to_owned(),
        title: "Cost".to_owned(),
        alt: "What it cost.".to_owned(),
        kind,
        unit: "USD".to_owned(),
        categories: categories.to_vec(),
        series,
        level: level.map(|level| ("limit".to_owned(), level * 10_i128.pow(12))),
    };
    let teams = vec![
        series("marketing", usd(&[120_000, 134_200, 150_010, 161_050])),
        series("data", usd(&[80_000, 70_309, 0, 90_000])),
        series("search & rescue", usd(&[0, -1_250, 11_000, 12_345])),
    ];
    let steps = ["September", "volume", "mix", "price", "October"].map(str::to_owned);
    let mut actual = usd(&[10_000, 30_000]);
    actual.extend([None, None]);
    let expected =
        vec![None, Some(300 * 10_i128.pow(12)), Some(450 * 10_i128.pow(12)), Some(600 * 10_i128.pow(12))];
    let moved =
        |by: i128| expected.iter().map(|own| own.map(|own| own + by * 10_i128.pow(12))).collect::<Vec<_>>();
    let lines = vec![
        series("spent", actual),
        series("forecast", expected.clone()),
        series("low", moved(-40)),
        series("high", moved(60)),
    ];
    let waterfall = vec![series("change", usd(&[161_010, 41_000, -8_810, 5_000, 198_200]))];
    let charts = [
        ("columns", chart(ChartKind::StackedColumns, &months, teams.clone(), None)),
        ("bars", chart(ChartKind::Bars, &months, teams, None)),
        ("lines", chart(ChartKind::Lines, &months, lines, Some(550))),
        ("waterfall", chart(ChartKind::Waterfall, &steps, waterfall, None)),
    ];
    for (name, chart) in charts {
        golden(&format!("{name}.svg"), &(chart.svg(ChartStyle::Print) + "\n"));
    }
}

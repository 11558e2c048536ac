//! Laws about the tree itself: who may use whom, how long a file is, what a text never says.
//!
//! Every failure is a line `file:line: what is wrong`, so that an editor can jump to it.

use bursar::ErrorCode;
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

/// The core's floors from the ground up. A floor uses only those before it.
const FLOORS: &[&str] = &[
    "error",
    "money",
    "time",
    "tags",
    "pricing",
    "providers",
    "budget",
    "ledger",
    "governance",
    "alerts",
    "report",
    "telemetry",
    "engine",
    "config",
];

/// Lower floors that are still closed: a budget takes amounts and never learns how they were priced.
const CLOSED: &[(&str, &str)] = &[("budget", "pricing")];

/// The floor that defines the clock.
const CLOCK_FLOOR: &str = "time";

/// What asks for the time of the machine.
const CLOCKS: &[&str] = &["SystemClock", "SystemTime", "Instant::now", "Zoned::now", "Timestamp::now"];

/// The longest source file. Most are a third of it; past 500 lines there is a second noun to be found.
const MAX_LINES: usize = 800;

/// Files that hold a program, as opposed to prose, settings and data.
const SOURCES: &[&str] = &["js", "mjs", "py", "pyi", "rs", "ts"];

// Written in two halves, so that this file doesn't break its own laws.
const UNFINISHED: &[&str] =
    &[concat!("to", "do!("), concat!("unimple", "mented!("), concat!("#[ig", "nore"), concat!("FIX", "ME")];
const MACHINE_PATHS: &[&str] = &[concat!("/wo", "rk/"), concat!("/tmp", "/wt"), concat!("/ro", "ot/")];

#[test]
fn a_floor_uses_only_lower_floors() {
    let tree = Tree::read();
    let homes = tree.root_names();
    let mut faults = Faults::default();
    for file in tree.below("core/src/").filter(|file| file.path != "core/src/lib.rs") {
        let floor = file.path.split('/').nth(2).unwrap_or_default();
        let Some(height) = FLOORS.iter().position(|known| *known == floor) else {
            faults.add(file, 1, &format!("`{floor}` is no floor; the floors are {FLOORS:?}"));
            continue;
        };
        for (line, name) in file.crate_names() {
            let used = homes.get(name.as_str()).map_or(name.as_str(), String::as_str);
            match FLOORS.iter().position(|known| *known == used) {
                Some(other) if other > height => {
                    faults.add(
                        file,
                        line,
                        &format!("`{floor}` uses `{used}`, a higher floor (crate::{name})"),
                    );
                }
                Some(_) if CLOSED.contains(&(floor, used)) => {
                    faults.add(file, line, &format!("`{floor}` uses `{used}`, which is closed to it"));
                }
                Some(_) => {}
                None => faults.add(file, line, &format!("crate::{name} belongs to no floor")),
            }
        }
    }
    faults.none();
}

/// Below the engine a time is given, so that a replay finds the same one. Tests may measure.
#[test]
fn only_the_clock_and_the_engine_ask_for_the_time() {
    let tree = Tree::read();
    let engine = FLOORS.iter().position(|floor| *floor == "engine").unwrap_or_default();
    let mut faults = Faults::default();
    for floor in FLOORS.iter().take(engine).filter(|floor| **floor != CLOCK_FLOOR) {
        let folder = format!("core/src/{floor}/");
        for file in tree.below(&folder) {
            for (number, line) in file.lines() {
                let code = without_comment(line);
                for found in CLOCKS.iter().filter(|clock| code.contains(**clock)) {
                    faults.add(
                        file,
                        number,
                        &format!("`{found}` asks a clock; take the time as an argument"),
                    );
                }
            }
        }
    }
    faults.none();
}

#[test]
fn no_source_file_is_too_long() {
    let mut faults = Faults::default();
    for file in Tree::read().sources() {
        let lines = file.text.lines().count();
        if lines > MAX_LINES {
            faults.add(file, lines, &format!("{lines} lines, and {MAX_LINES} are allowed"));
        }
    }
    faults.none();
}

#[test]
fn nothing_is_left_unfinished_or_untested() {
    let mut faults = Faults::default();
    for file in Tree::read().sources() {
        faults.add_each(file, UNFINISHED, "is unfinished work");
    }
    faults.none();
}

#[test]
fn no_text_has_a_tab_or_a_space_at_the_end_of_a_line() {
    let mut faults = Faults::default();
    for file in &Tree::read().files {
        for (number, line) in file.lines() {
            if line.contains('\t') {
                faults.add(file, number, "a tab");
            }
            if line.ends_with([' ', '\r']) {
                faults.add(file, number, "white space at the end of the line");
            }
        }
        if !file.text.is_empty() && !file.text.ends_with('\n') {
            faults.add(file, file.text.lines().count(), "no line feed at the end of the file");
        }
    }
    faults.none();
}

#[test]
fn no_text_names_a_path_of_somebodys_machine() {
    let mut faults = Faults::default();
    for file in &Tree::read().files {
        faults.add_each(file, MACHINE_PATHS, "is a path of one machine");
    }
    faults.none();
}

#[test]
fn every_error_code_has_its_section_in_the_reference() {
    let tree = Tree::read();
    let reference = tree.file("docs/reference/errors.md");
    let mut sections: BTreeMap<&str, (usize, String)> = BTreeMap::new();
    let mut current = None;
    for (number, line) in reference.lines() {
        if let Some(heading) = line.strip_prefix("## ") {
            let code = heading.trim_matches('`');
            sections.insert(code, (number, String::new()));
            current = Some(code);
        } else if let Some((_, text)) = current.and_then(|code| sections.get_mut(code)) {
            // Wrapped lines are one sentence.
            text.push_str(line);
            text.push(' ');
        }
    }
    let mut faults = Faults::default();
    for code in ErrorCode::ALL {
        match sections.remove(code.as_str()) {
            None => faults.add(reference, 1, &format!("no heading `## {code}`")),
            Some((number, text)) if !says(&text, code.help()) => {
                faults.add(reference, number, &format!("`{code}` lacks its way out: {}", code.help()));
            }
            Some(_) => {}
        }
    }
    for (code, (number, _)) in sections {
        faults.add(reference, number, &format!("`{code}` is no error code"));
    }
    faults.none();
}

#[test]
fn the_readmes_test_command_is_what_ci_runs() {
    let tree = Tree::read();
    let script = tree.file(".ci/run");
    let command = script.text.lines().last().unwrap_or_default();
    let mut faults = Faults::default();
    if command != "cargo xtask test" {
        faults.add(script, script.text.lines().count(), &format!("runs `{command}`, not `cargo xtask test`"));
    }
    let readme = tree.file("README.md");
    if !readme.lines().any(|(_, line)| line.trim() == command) {
        faults.add(readme, 1, &format!("has no line `{command}`"));
    }
    faults.none();
}

#[test]
fn every_dependency_says_why_it_is_there() {
    let tree = Tree::read();
    let manifest = tree.file("Cargo.toml");
    let table = manifest
        .lines()
        .skip_while(|(_, line)| *line != "[workspace.dependencies]")
        .skip(1)
        .take_while(|(_, line)| !line.starts_with('['));
    let mut faults = Faults::default();
    for (number, line) in table.filter(|(_, line)| line.contains(" = ") && !line.contains("path = ")) {
        if line.starts_with(|first: char| first.is_ascii_lowercase()) && !line.contains(" # ") {
            faults.add(manifest, number, "a dependency without its reason in a comment");
        }
    }
    faults.none();
}

#[test]
fn all_packages_have_one_version() {
    let tree = Tree::read();
    let expected = format!("\"version\": \"{}\"", env!("CARGO_PKG_VERSION"));
    let mut faults = Faults::default();
    for path in ["bindings-node/package.json", "bindings-node/package-lock.json", "pdf/node/package.json"] {
        let file = tree.file(path);
        let own = file.lines().find(|(_, line)| line.trim_start().starts_with("\"version\""));
        match own {
            Some((_, line)) if line.contains(&expected) => {}
            found => faults.add(file, found.map_or(1, |(number, _)| number), &format!("not {expected}")),
        }
    }
    faults.none();
}

#[test]
fn names_are_read_from_code_and_not_from_comments() {
    let text = "use crate::{\n    error::{Error, Result},\n    money::Money,\n};\n\
                /// See [`Decision`](crate::Decision).\nlet rate = crate::Rate::ZERO; // crate::engine\n\
                pub(crate) use mycrate::other;\n";
    let file = File { path: "example.rs".to_owned(), text: text.to_owned() };
    let expected = [(2, "error"), (3, "money"), (6, "Rate")];
    assert_eq!(file.crate_names(), expected.map(|(line, name)| (line, name.to_owned())));
}

/// Whether a text says a sentence, whatever its case and wrapping.
fn says(text: &str, sentence: &str) -> bool {
    let plain = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase();
    plain(text).contains(&plain(sentence))
}

/// What is wrong, all of it, before the test fails.
#[derive(Default)]
struct Faults(Vec<String>);

impl Faults {
    fn add(&mut self, file: &File, line: usize, what: &str) {
        self.0.push(format!("{}:{line}: {what}", file.path));
    }

    fn add_each(&mut self, file: &File, needles: &[&str], what: &str) {
        for (number, line) in file.lines() {
            for needle in needles.iter().filter(|needle| line.contains(**needle)) {
                self.add(file, number, &format!("`{needle}` {what}"));
            }
        }
    }

    #[track_caller]
    fn none(&self) {
        assert!(self.0.is_empty(), "\n{}\n", self.0.join("\n"));
    }
}

/// A text of the project, by its path from the root.
struct File {
    path: String,
    text: String,
}

impl File {
    fn lines(&self) -> impl Iterator<Item = (usize, &str)> {
        self.text.split_terminator('\n').enumerate().map(|(index, line)| (index + 1, line))
    }

    /// The text without its comments, line by line.
    fn code(&self) -> String {
        self.lines().flat_map(|(_, line)| [without_comment(line), "\n"]).collect()
    }

    /// Every name that the code takes from its crate's root, with its line: `crate::name` and `crate::{name, ..}`.
    /// Comments, with the links in them, name what they like.
    fn crate_names(&self) -> Vec<(usize, String)> {
        let code = self.code();
        let mut names = Vec::new();
        for (start, marker) in code.match_indices("crate::") {
            let before = code.get(..start).unwrap_or_default();
            if before.ends_with(|last: char| last.is_alphanumeric() || last == '_') {
                continue;
            }
            let rest = code.get(start + marker.len()..).unwrap_or_default();
            let line = before.matches('\n').count() + 1;
            match rest.strip_prefix('{') {
                Some(group) => {
                    let items = first_names(group).into_iter();
                    names.extend(items.map(|(offset, name)| (line + offset, name)));
                }
                None => names.push((line, leading_name(rest))),
            }
        }
        names
    }
}

/// A line up to its comment. A `//` in a string cuts it too early, which hides no `use`.
fn without_comment(line: &str) -> &str {
    line.split("//").next().unwrap_or_default()
}

fn leading_name(text: &str) -> String {
    text.trim_start().chars().take_while(|letter| letter.is_alphanumeric() || *letter == '_').collect()
}

/// The first name of each item of a `{..}` group, up to its end, with the number of lines before it.
fn first_names(group: &str) -> Vec<(usize, String)> {
    let (mut depth, mut line, mut expected) = (0_usize, 0_usize, true);
    let mut names = Vec::new();
    for (index, letter) in group.char_indices() {
        match letter {
            '\n' => line += 1,
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => expected = true,
            letter if expected && !letter.is_whitespace() => {
                names.push((line, leading_name(group.get(index..).unwrap_or_default())));
                expected = false;
            }
            _ => {}
        }
    }
    names
}

/// All texts of the project: what git ignores, and what is no text, is left out.
struct Tree {
    files: Vec<File>,
}

impl Tree {
    fn read() -> Self {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let ignored = Ignored::read(&root);
        let mut files = Vec::new();
        let mut folders = vec![PathBuf::new()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(root.join(&folder)).into_iter().flatten().flatten() {
                let path = folder.join(entry.file_name());
                let shown = path.to_string_lossy().replace('\\', "/");
                let Ok(kind) = entry.file_type() else { continue };
                if ignored.holds(&shown) {
                    continue;
                }
                if kind.is_dir() {
                    folders.push(path);
                } else if let Ok(text) = fs::read_to_string(root.join(&path)) {
                    files.push(File { path: shown, text });
                }
            }
        }
        files.sort_by(|left, right| left.path.cmp(&right.path));
        Self { files }
    }

    #[track_caller]
    #[expect(clippy::panic, reason = "a file that is missing breaks the law about it")]
    fn file(&self, path: &str) -> &File {
        match self.files.iter().find(|file| file.path == path) {
            Some(file) => file,
            None => panic!("{path}:1: the file is missing"),
        }
    }

    fn below<'tree>(&'tree self, folder: &'tree str) -> impl Iterator<Item = &'tree File> {
        self.sources().filter(move |file| file.path.starts_with(folder))
    }

    fn sources(&self) -> impl Iterator<Item = &File> {
        self.files
            .iter()
            .filter(|file| SOURCES.iter().any(|ending| file.path.rsplit('.').next() == Some(ending)))
    }

    /// The floor of each name that the crate's root exports: `pub use money::{Money, Rate};`.
    fn root_names(&self) -> BTreeMap<String, String> {
        let code = self.file("core/src/lib.rs").code();
        let mut names = BTreeMap::new();
        for exported in code.split("pub use ").skip(1) {
            let statement = exported.split(';').next().unwrap_or_default();
            let Some((floor, items)) = statement.split_once("::") else { continue };
            let items = items.trim_start_matches('{').trim_end_matches('}');
            for item in items.split(',') {
                names.insert(leading_name(item), floor.trim().to_owned());
            }
        }
        names
    }
}

/// The patterns of `.gitignore`, of the three forms that it uses: `/from/root`, `any_folder/` and `*.ending`.
struct Ignored {
    paths: BTreeSet<String>,
    names: BTreeSet<String>,
    endings: Vec<String>,
}

impl Ignored {
    fn read(root: &Path) -> Self {
        let text = fs::read_to_string(root.join(".gitignore")).unwrap_or_default();
        let mut ignored =
            Self { paths: BTreeSet::new(), names: BTreeSet::from([".git".to_owned()]), endings: Vec::new() };
        for pattern in text.lines() {
            if let Some(path) = pattern.strip_prefix('/') {
                ignored.paths.insert(path.trim_end_matches('/').to_owned());
            } else if let Some(ending) = pattern.strip_prefix('*') {
                ignored.endings.push(ending.to_owned());
            } else {
                ignored.names.insert(pattern.trim_end_matches('/').to_owned());
            }
        }
        ignored
    }

    fn holds(&self, path: &str) -> bool {
        self.paths.contains(path)
            || self.names.contains(path.rsplit('/').next().unwrap_or_default())
            || self.endings.iter().any(|ending| path.ends_with(ending.as_str()))
    }
}

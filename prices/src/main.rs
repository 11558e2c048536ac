//! `cargo xtask prices` runs this once it has the tables: reads them, merges them and writes the book's files.

#![expect(clippy::print_stdout, reason = "a program that talks to the person who runs it")]

use bursar::PriceBook;
use bursar_prices::files::{CHECKED, Inputs, MARKET, files};
use std::{
    fs,
    path::{Path, PathBuf},
    process::ExitCode,
};

/// Where the book's files and its table stand.
const DATA: &str = "core/src/pricing/data";

/// What the program is told.
#[derive(Default)]
struct Options {
    tables: PathBuf,
    root: PathBuf,
    genai: String,
    litellm: String,
    date: String,
}

fn main() -> ExitCode {
    match options().and_then(|options| run(&options)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            eprintln!("error: {message}");
            ExitCode::FAILURE
        }
    }
}

fn options() -> Result<Options, String> {
    let mut options = Options::default();
    let mut arguments = lexopt::Parser::from_env();
    while let Some(argument) = arguments.next().map_err(|error| error.to_string())? {
        let lexopt::Arg::Long(name) = &argument else { return Err(argument.unexpected().to_string()) };
        let name = (*name).to_owned();
        let value = arguments.value().map_err(|error| error.to_string())?;
        let text = value.to_string_lossy().into_owned();
        match name.as_str() {
            "tables" => options.tables = value.into(),
            "root" => options.root = value.into(),
            "genai" => options.genai = text,
            "litellm" => options.litellm = text,
            "date" => options.date = text,
            other => return Err(format!("`--{other}` is no option")),
        }
    }
    Ok(options)
}

fn run(options: &Options) -> Result<(), String> {
    let table = |name: String| text(&options.tables.join(name));
    let mut inputs = Inputs {
        genai: table(format!("genai-prices-{}/genai_prices/data.py", options.genai))?,
        litellm: table(format!(
            "litellm-{}/litellm/model_prices_and_context_window_backup.json",
            options.litellm
        ))?,
        versions: [options.genai.clone(), options.litellm.clone()],
        date: options.date.clone(),
        overrides: text(&options.root.join("prices/overrides.toml"))?,
        sellers: text(&options.root.join("prices/sellers.toml"))?,
        checked: Vec::new(),
    };
    for name in CHECKED {
        inputs.checked.push(text(&options.root.join(format!("core/src/pricing/data/{name}.toml")))?);
    }
    let files = files(&inputs)?;
    let market = options.root.join(MARKET);
    if market.exists() {
        fs::remove_dir_all(&market).map_err(|error| error.to_string())?;
    }
    fs::create_dir_all(&market).map_err(|error| error.to_string())?;
    for (path, text) in &files {
        let path = options.root.join(path);
        fs::write(&path, text).map_err(|error| format!("`{}` can't be written: {error}", path.display()))?;
    }
    let table = options.root.join(DATA).join("book.bin");
    let bytes = compiled(&options.root)?;
    fs::write(&table, &bytes).map_err(|error| format!("`{}` can't be written: {error}", table.display()))?;
    println!("the table has {} bytes", bytes.len());
    println!("{} files, {} bytes", files.len(), files.values().map(String::len).sum::<usize>());
    Ok(())
}

/// What every file of prices compiles to: the table that comes with a release.
fn compiled(root: &Path) -> Result<Vec<u8>, String> {
    let mut paths = Vec::new();
    for folder in [DATA, MARKET] {
        let entries = fs::read_dir(root.join(folder)).map_err(|error| format!("`{folder}`: {error}"))?;
        for entry in entries {
            paths.push(entry.map_err(|error| error.to_string())?.path());
        }
    }
    paths.retain(|path| path.extension().is_some_and(|ending| ending == "toml"));
    paths.sort();
    let texts = paths.iter().map(|path| text(path)).collect::<Result<Vec<_>, _>>()?;
    let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
    let book = PriceBook::parse_all(&texts).map_err(|error| error.to_string())?;
    book.check().map_err(|error| error.to_string())?;
    Ok(book.to_bytes())
}

fn text(path: &Path) -> Result<String, String> {
    fs::read_to_string(path).map_err(|error| format!("`{}` can't be read: {error}", path.display()))
}

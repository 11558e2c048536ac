//! The scenes of `examples/`: the same names in every language, and the same lines from each.

use crate::{
    Outcome,
    process::{self, Count, output_of, program},
    python,
    test::{cargo, npm_in},
    workspace::Workspace,
};
use std::{fs, path::Path};

/// Runs every scene in every language, and compares what they print.
pub(crate) fn run(workspace: &Workspace, count: &mut Count) -> Outcome {
    let folder = workspace.path("examples/node");
    process::run(npm_in(workspace, &folder, &["install", "--no-package-lock", "--no-audit", "--no-fund"]))?;
    let scenes = scenes(&workspace.path("examples/rust/src"), "rs")?;
    for (language, kind) in [("python", "py"), ("node", "mjs")] {
        let others = self::scenes(&workspace.path("examples").join(language), kind)?;
        if others != scenes {
            return Err(format!("the scenes in {language} are {others:?}, and those in Rust {scenes:?}"));
        }
    }
    scenes.iter().try_for_each(|scene| compare(workspace, scene, count))
}

fn compare(workspace: &Workspace, scene: &str, count: &mut Count) -> Outcome {
    let expected =
        output_of(cargo(workspace, &["run", "--quiet", "--package", "bursar-examples", "--bin", scene]))?;
    let root = workspace.path("");
    let file = |language: &str, kind: &str| format!("examples/{language}/{scene}.{kind}");
    let python = python::python(workspace, &[]).get_program().to_owned();
    let others = [
        ("Python", program(python, &["-B", &file("python", "py")], &root)),
        ("Node", program("node", &[&file("node", "mjs")], &root)),
    ];
    for (language, command) in others {
        let printed = output_of(command)?;
        if printed != expected {
            return Err(format!("`{scene}` prints in {language}:\n{printed}\nand in Rust:\n{expected}"));
        }
        count.add(Count::ONE);
    }
    Ok(())
}

/// The names of the programs in a folder, in order.
fn scenes(folder: &Path, kind: &str) -> Outcome<Vec<String>> {
    let fault = |error: std::io::Error| format!("`{}` can't be read: {error}", folder.display());
    let mut names = Vec::new();
    for entry in fs::read_dir(folder).map_err(fault)? {
        let path = entry.map_err(fault)?.path();
        if path.extension().is_some_and(|found| found == kind) {
            names.extend(path.file_stem().map(|name| name.to_string_lossy().into_owned()));
        }
    }
    names.sort();
    if names.is_empty() { Err(format!("`{}` has no scene", folder.display())) } else { Ok(names) }
}

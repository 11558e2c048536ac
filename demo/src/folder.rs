//! The folder that the demonstration writes to.

use std::path::Path;

/// Says that the files beside it are the demonstration's, and may be replaced by the next one.
const MARK: &str = ".bursar-demo";
const FILES: [&str; 13] = [
    "ledger.db",
    "ledger.db-wal",
    "ledger.db-shm",
    "ledger.db.lock",
    "chargeback.csv",
    "chargeback.html",
    "chargeback.json",
    "chargeback.pdf",
    "chargeback.xlsx",
    "entries.parquet",
    "focus-1.2.csv",
    "focus.csv",
    "margin.html",
];

/// Makes the folder, and removes what an earlier demonstration left. A ledger of anybody else's is never touched.
pub(crate) fn prepare(folder: &Path) -> Result<(), String> {
    let failed =
        |error: std::io::Error| format!("the folder `{}` can't be prepared: {error}", folder.display());
    std::fs::create_dir_all(folder).map_err(failed)?;
    let is_ours = folder.join(MARK).exists();
    for name in FILES {
        let path = folder.join(name);
        if path.exists() && !is_ours {
            return Err(format!(
                "`{}` was not made by the demonstration\n  help: give another folder with `--out DIR`",
                path.display()
            ));
        }
        if path.exists() {
            std::fs::remove_file(&path).map_err(failed)?;
        }
    }
    std::fs::write(folder.join(MARK), "The files beside this one are replaced by the next demonstration.\n")
        .map_err(failed)
}

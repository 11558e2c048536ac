//! What may happen to the file of a ledger. Each disaster has an error of its own, loses nothing that was answered, and
//! changes no byte of what it can't read.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that can't go on shall stop where it stands"
)]

use bursar::{
    Bursar, Difference, Error, ErrorCode, Money, Period, ReportRequest, Result, SqliteStore, Store,
    verify_store,
};
use bursar_tests::scene::{admit, budget, clock, output, policy, priced, row, usd};
use rusqlite::Connection;
use std::{
    collections::{BTreeMap, HashMap},
    fs,
    io::{BufRead, BufReader, Write},
    ops::ControlFlow,
    os::unix::fs::{PermissionsExt, symlink},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    time::Duration,
};

fn open(path: &Path) -> Result<Bursar> {
    Bursar::builder().policy(policy()).clock(clock()).resource_attributes("").open(path)
}

/// A folder with a ledger of so many settled calls of a cent, closed in good order.
fn ledger(calls: u64) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger.db");
    let bursar = open(&path).unwrap();
    (0..calls).for_each(|_| settle(&bursar));
    drop(bursar);
    (folder, path)
}

fn settle(bursar: &Bursar) {
    bursar.settle(&admit(bursar, "data", 10_000), &output(10_000)).unwrap();
}

/// A copy of an open ledger as a killed process would have left it: the file and its log.
fn killed(bursar: Bursar, path: &Path) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let copy = folder.path().join("ledger.db");
    fs::copy(path, &copy).unwrap();
    fs::copy(beside(path, "-wal"), beside(&copy, "-wal")).unwrap();
    drop(bursar);
    (folder, copy)
}

fn beside(path: &Path, what: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(what);
    name.into()
}

/// Every file of a folder but locks, byte by byte.
fn bytes(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let files = fs::read_dir(folder).unwrap().map(|file| file.unwrap().path());
    files
        .filter(|path| path.extension().is_none_or(|ending| ending != "lock") && path.is_file())
        .map(|path| (path.clone(), fs::read(&path).unwrap()))
        .collect()
}

/// Opening fails with this error, and no byte of the folder changes.
fn assert_refused(path: &Path, code: ErrorCode, message: &str) {
    let before = bytes(path.parent().unwrap());
    assert_error(&open(path).unwrap_err(), code, message);
    assert_eq!(bytes(path.parent().unwrap()), before, "no byte has changed, and no file has come");
}

fn assert_error(error: &Error, code: ErrorCode, message: &str) {
    assert_eq!((error.code(), error.message()), (code, message));
}

fn flip(path: &Path, at: usize) {
    let mut content = fs::read(path).unwrap();
    content[at] ^= 0x40;
    fs::write(path, content).unwrap();
}

/// Changes a closed ledger the way anybody with a SQLite tool can.
fn tamper(path: &Path, statement: &str) {
    let database = Connection::open(path).unwrap();
    assert!(database.execute(statement, []).unwrap() > 0, "{statement} changes something");
    database.close().unwrap();
}

fn found(path: &Path) -> Vec<String> {
    let bursar = open(path).unwrap();
    bursar.verify().unwrap().iter().map(Difference::to_string).collect()
}

// ---- what isn't a ledger ----

/// Somebody gives the path of a text file.
#[test]
fn a_text_file_is_refused_and_kept() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("notes.txt");
    fs::write(&path, "buy milk\n".repeat(100)).unwrap();
    let message = format!("`{}` is no ledger: it is no SQLite file", path.display());
    assert_refused(&path, ErrorCode::LedgerForeign, &message);
    assert_error(&SqliteStore::read(&path).unwrap_err(), ErrorCode::LedgerForeign, &message);
    assert!(!beside(&path, ".lock").exists(), "nothing is left beside a file that isn't ours");
}

/// Somebody gives the path of another program's SQLite database.
#[test]
fn another_programs_database_is_refused_and_kept() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("mail.db");
    Connection::open(&path)
        .unwrap()
        .execute_batch("CREATE TABLE mail(text); INSERT INTO mail VALUES('x')")
        .unwrap();
    let message = format!("`{}` is a SQLite file of another program", path.display());
    assert_refused(&path, ErrorCode::LedgerForeign, &message);
    assert_error(&SqliteStore::read(&path).unwrap_err(), ErrorCode::LedgerForeign, &message);
}

/// A newer release has written the ledger.
#[test]
fn a_newer_format_is_refused_and_kept() {
    let (_folder, path) = ledger(3);
    Connection::open(&path).unwrap().execute_batch("PRAGMA user_version = 7").unwrap();
    let message = format!("the ledger `{}` has format 7, and this release knows up to 3", path.display());
    assert_refused(&path, ErrorCode::LedgerNewer, &message);
    assert_error(&SqliteStore::read(&path).unwrap_err(), ErrorCode::LedgerNewer, &message);
}

/// Earlier releases have written the ledger: `formats/` has a file of each, with a call for each kind of entry, and what
/// was spent and held.
const FORMATS: [(u32, &str, &str, &str); 2] = [
    (1, include_str!("formats/1.sql"), "0.030123456788", "0.001"),
    (2, include_str!("formats/2.sql"), "0.048722456788", "0.001"),
];

#[test]
fn an_older_format_is_read_as_it_is_and_brought_up_when_it_is_written() {
    for (older, text, spent, held) in FORMATS {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ledger.db");
        Connection::open(&path).unwrap().execute_batch(text).unwrap();
        let asked = |query: &str| -> u32 {
            Connection::open(&path).unwrap().query_row(query, [], |row| row.get(0)).unwrap()
        };
        let mut reader = SqliteStore::read(&path).unwrap();
        assert_eq!(verify_store(&mut reader).unwrap(), [], "format {older}");
        assert_eq!(verify_store(&mut *reader.reader().unwrap()).unwrap(), [], "a reader of a reader too");
        drop(reader);
        let looking = || Bursar::builder().policy(policy()).clock(clock()).resource_attributes("");
        let read = looking().open_for_reading(&path).unwrap().report(&ReportRequest::new("UTC")).unwrap();
        assert_eq!(read.total, usd(spent), "format {older}");
        assert_eq!(asked("PRAGMA user_version"), older, "who reads changes nothing");
        let bursar = open(&path).unwrap();
        assert_eq!(asked("PRAGMA user_version"), 3);
        assert_eq!(row(&bursar, "all").spent, usd(spent), "format {older}");
        assert_eq!(row(&bursar, "all").held, usd(held), "format {older}");
        let entry = bursar.entry(7).unwrap();
        assert_eq!((entry.corrects, entry.note.as_deref(), entry.beside), (Some(6), Some("a test"), None));
        let brought_up = bursar.report(&ReportRequest::new("UTC")).unwrap();
        assert_eq!(brought_up.lines, read.lines, "format {older}");
        assert!(read.lines.iter().all(|line| line.rate.is_none() && line.terms.is_empty()));
        settle(&bursar);
        assert_eq!(bursar.verify().unwrap(), [], "format {older}");
        drop(bursar);
        let bursar = open(&path).unwrap();
        assert_eq!(row(&bursar, "all").spent, usd(spent) + usd("0.01"), "format {older}");
        let rates =
            bursar.report(&ReportRequest::new("UTC")).unwrap().lines.into_iter().map(|line| line.rate);
        assert_eq!(rates.flatten().count(), 1, "an hour of old and new entries keeps their lines apart");
        drop(bursar);
        let names = "('beside_usd', 'is_stated', 'terms', 'rate_femto', 'rate_per')";
        let columns = format!(
            "SELECT count(*) FROM sqlite_schema v, pragma_table_info(v.name) c WHERE v.type = 'view' AND c.name IN {names}"
        );
        assert_eq!(asked(&columns), 3 + 2 + 3, "the views are the new ones");
        assert_eq!(asked("SELECT count(*) FROM sqlite_schema WHERE name IN ('sums', 'rollups')"), 1);
    }
}

/// The disk is full, or the process killed, while the tables are brought up: the file stays as it was.
#[test]
fn a_format_that_cannot_be_brought_up_stays_the_older_one() {
    for (older, text, spent, _) in FORMATS {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ledger.db");
        let file = Connection::open(&path).unwrap();
        file.execute_batch(text).unwrap();
        // What stands in the way of the last step: of the views, which come after the tables.
        file.execute_batch("DROP VIEW ledger; CREATE INDEX ledger ON marks(kind)").unwrap();
        drop(file);
        assert_eq!(open(&path).unwrap_err().code(), ErrorCode::LedgerDamaged, "format {older}");
        let mut reader = SqliteStore::read(&path).unwrap();
        assert_eq!(verify_store(&mut reader).unwrap(), [], "format {older}");
        drop(reader);
        let file = Connection::open(&path).unwrap();
        file.execute_batch("DROP INDEX ledger").unwrap();
        drop(file);
        assert_eq!(row(&open(&path).unwrap(), "all").spent, usd(spent), "format {older}");
    }
}

/// A temporary file was made for the ledger, and is empty.
#[test]
fn an_empty_file_becomes_a_ledger() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger.db");
    fs::write(&path, "").unwrap();
    settle(&open(&path).unwrap());
    assert_eq!(row(&open(&path).unwrap(), "all").spent, usd("0.01"));
}

/// A process was killed while it made its ledger: the file says what it is, and has no tables.
#[test]
fn a_ledger_that_was_half_made_is_made_again() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger.db");
    let head = "PRAGMA application_id = 1651728754; PRAGMA user_version = 1;";
    Connection::open(&path).unwrap().execute_batch(head).unwrap();
    settle(&open(&path).unwrap());
    assert_eq!(row(&open(&path).unwrap(), "all").spent, usd("0.01"));
}

/// Somebody gives the path of a folder.
#[test]
fn a_folder_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledgers");
    fs::create_dir(&path).unwrap();
    let message = format!("`{}` is a folder", path.display());
    assert_refused(&path, ErrorCode::LedgerUnavailable, &message);
    assert_error(&SqliteStore::read(&path).unwrap_err(), ErrorCode::LedgerUnavailable, &message);
}

/// The folder of the path is mistyped.
#[test]
fn a_missing_folder_is_not_made() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("leder").join("ledger.db");
    let error = open(&path).unwrap_err();
    let message =
        format!("the folder `{}` of the ledger doesn't exist", folder.path().join("leder").display());
    assert_error(&error, ErrorCode::LedgerUnavailable, &message);
    assert_eq!(error.help(), "make the folder, or correct the path");
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    let message = format!("there is no ledger at `{}`", path.display());
    assert_error(&SqliteStore::read(&path).unwrap_err(), ErrorCode::LedgerUnavailable, &message);
}

// ---- what may not be written ----

/// The file's permissions forbid writing.
#[test]
fn a_read_only_file_is_refused_for_writing_and_can_be_read() {
    let (_folder, path) = ledger(3);
    fs::set_permissions(&path, fs::Permissions::from_mode(0o444)).unwrap();
    let message = format!("the ledger `{}` is read-only", path.display());
    assert_refused(&path, ErrorCode::LedgerReadOnly, &message);
    let mut store = SqliteStore::read(&path).unwrap();
    assert_eq!(verify_store(&mut store).unwrap(), []);
}

/// The folder's permissions forbid writing: neither the log nor the lock can be made.
#[test]
fn a_read_only_folder_is_refused() {
    let (folder, path) = ledger(3);
    fs::remove_file(beside(&path, ".lock")).unwrap();
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o555)).unwrap();
    let message = format!("the folder `{}` of the ledger is read-only", folder.path().display());
    assert_refused(&path, ErrorCode::LedgerReadOnly, &message);
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
    assert_eq!(found(&path), [""; 0]);
}

/// A report writes to the ledger that it reads.
#[test]
fn a_ledger_that_was_opened_for_reading_is_not_written() {
    let (_folder, path) = ledger(3);
    let reader = SqliteStore::read(&path).unwrap();
    let error = Bursar::builder()
        .policy(policy())
        .clock(clock())
        .resource_attributes("")
        .open_store(Box::new(reader));
    let message = format!("the ledger `{}` was opened for reading", path.display());
    assert_error(&error.unwrap_err(), ErrorCode::LedgerReadOnly, &message);
}

// ---- two at once ----

/// The same program opens its ledger twice.
#[test]
fn a_second_writer_in_the_same_process_is_refused() {
    let (folder, path) = ledger(1);
    let _first = open(&path).unwrap();
    let message = format!("the ledger `{}` is open for writing elsewhere", path.display());
    assert_refused(&path, ErrorCode::LedgerInUse, &message);
    // By another name it is the same ledger.
    let link = folder.path().join("link.db");
    symlink(&path, &link).unwrap();
    let message = format!("the ledger `{}` is open for writing elsewhere", link.display());
    assert_refused(&link, ErrorCode::LedgerInUse, &message);
}

/// Another program reads the ledger with SQLite, and on closing it would delete the log if it took itself for the last.
/// So it did where the writing process had opened and closed the file another time: that gives up SQLite's locks.
#[test]
fn another_program_that_closes_the_ledger_leaves_the_log_to_its_writer() {
    let others: [fn(&Path); 2] = [
        |path| drop(SqliteStore::read(path).unwrap()),
        |path| assert_eq!(open(path).unwrap_err().code(), ErrorCode::LedgerInUse),
    ];
    for other in others {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ledger.db");
        let bursar = open(&path).unwrap();
        for entries in [2, 4, 6] {
            settle(&bursar);
            other(&path);
            bursar.report(&ReportRequest::new("UTC")).unwrap();
            assert_eq!(line(&mut victim(&["look"], &path)), entries.to_string());
        }
        let (_copy, path) = killed(bursar, &path);
        assert_eq!(row(&open(&path).unwrap(), "all").spent, usd("0.03"));
    }
}

/// Another program has the ledger open; when it is killed the ledger is free.
#[test]
fn a_second_writer_in_another_process_is_refused_until_the_first_is_gone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ledger.db");
    let mut first = victim(&["hold"], &path);
    assert_eq!(line(&mut first), "ready");
    let message = format!("the ledger `{}` is open for writing elsewhere", path.display());
    assert_error(&open(&path).unwrap_err(), ErrorCode::LedgerInUse, &message);
    first.0.kill().unwrap();
    first.0.wait().unwrap();
    assert!(open(&path).is_ok());
}

/// The program starts other programs all the time: each has a copy of every open file for a moment.
#[test]
fn a_ledger_that_was_closed_is_free_at_once_whatever_was_started_meanwhile() {
    let (_folder, path) = ledger(0);
    let is_done = std::sync::atomic::AtomicBool::new(false);
    std::thread::scope(|threads| {
        threads.spawn(|| {
            while !is_done.load(std::sync::atomic::Ordering::Relaxed) {
                let _ = Command::new("true").status();
            }
        });
        let outcomes: Vec<_> = (0..300).map(|_| open(&path).map(drop)).collect();
        is_done.store(true, std::sync::atomic::Ordering::Relaxed);
        let refused = outcomes.iter().filter(|outcome| outcome.is_err()).count();
        assert_eq!(refused, 0, "{:?}", outcomes.iter().find(|outcome| outcome.is_err()));
    });
}

/// A report is made while calls go on, across the writing of rollups.
#[test]
fn a_reader_beside_a_writer_sees_the_ledger_as_it_was_when_it_was_opened() {
    let (_folder, path) = ledger(0);
    let bursar = open(&path).unwrap();
    (0..100).for_each(|_| settle(&bursar));
    let mut reader = SqliteStore::read(&path).unwrap();
    (0..600).for_each(|_| settle(&bursar));
    assert_eq!(verify_store(&mut reader).unwrap(), []);
    let sum = |reader: &mut SqliteStore| {
        let mut sum = Money::ZERO;
        reader.rollups(bursar::Window::ALWAYS, &mut |_, sums| sum += sums.amount()).unwrap();
        sum
    };
    assert_eq!(sum(&mut reader), usd("1"));
    assert_eq!(sum(&mut SqliteStore::read(&path).unwrap()), usd("7"));
    assert_eq!(row(&bursar, "all").spent, usd("7"));
    // Neither waits for the other at the end.
    drop(bursar);
    assert_eq!(verify_store(&mut reader).unwrap(), []);
    drop(reader);
    assert_eq!(found(&path), [""; 0]);
}

// ---- what is damaged ----

/// A bit of the log flips after its process was killed: SQLite alone would drop what follows without a word.
#[test]
fn a_damaged_byte_in_the_middle_of_the_log_is_found_before_anything_is_dropped() {
    let (_folder, path) = ledger(1);
    let bursar = open(&path).unwrap();
    (0..20).for_each(|_| settle(&bursar));
    let (_copy, path) = killed(bursar, &path);
    let log = beside(&path, "-wal");
    // The middle of the page of a frame in the middle.
    let frames = (usize::try_from(fs::metadata(&log).unwrap().len()).unwrap() - 32) / 4_120;
    flip(&log, 32 + frames / 2 * 4_120 + 24 + 2_000);
    let message = format!(
        "the ledger `{}` is damaged: its log `{}` is damaged in frame {}, and committed entries follow it",
        path.display(),
        log.display(),
        frames / 2 + 1
    );
    assert_refused(&path, ErrorCode::LedgerDamaged, &message);
    let before = bytes(path.parent().unwrap());
    assert_error(&SqliteStore::read(&path).unwrap_err(), ErrorCode::LedgerDamaged, &message);
    assert_eq!(bytes(path.parent().unwrap()), before);
}

/// A process was killed while it wrote its last commit.
#[test]
fn a_torn_last_frame_costs_only_what_was_not_answered() {
    let (_folder, path) = ledger(0);
    let bursar = open(&path).unwrap();
    let hold = admit(&bursar, "data", 10_000);
    (0..20).for_each(|_| settle(&bursar));
    let answered = fs::metadata(beside(&path, "-wal")).unwrap().len();
    bursar.settle(&hold, &output(10_000)).unwrap();
    let (_copy, path) = killed(bursar, &path);
    let log = fs::read(beside(&path, "-wal")).unwrap();
    for cut in [answered, answered + 1, answered + 24, answered + 2_000, log.len() as u64 - 1] {
        let folder = tempfile::tempdir().unwrap();
        let torn = folder.path().join("ledger.db");
        fs::copy(&path, &torn).unwrap();
        fs::write(beside(&torn, "-wal"), &log[..usize::try_from(cut).unwrap()]).unwrap();
        let bursar = open(&torn).unwrap();
        assert_eq!((row(&bursar, "all").spent, row(&bursar, "all").held), (usd("0.2"), usd("0.01")), "{cut}");
        assert_eq!(bursar.verify().unwrap(), []);
    }
}

/// The file is emptied, as by a failed copy, while its log still has everything since the last checkpoint.
#[test]
fn a_log_without_its_file_is_not_thrown_away() {
    let (_folder, path) = ledger(1);
    let bursar = open(&path).unwrap();
    (0..5).for_each(|_| settle(&bursar));
    let (_copy, path) = killed(bursar, &path);
    fs::write(&path, "").unwrap();
    let log = beside(&path, "-wal");
    let message = format!(
        "the ledger `{}` is damaged: the file is empty, and its log `{}` isn't",
        path.display(),
        log.display()
    );
    assert_refused(&path, ErrorCode::LedgerDamaged, &message);
    fs::remove_file(&path).unwrap();
    let message = format!(
        "the ledger `{}` is damaged: the file is gone, and its log `{}` isn't",
        path.display(),
        log.display()
    );
    assert_refused(&path, ErrorCode::LedgerDamaged, &message);
}

/// A disk block of the file comes back as zeros, or with a flipped bit: every page in turn.
#[test]
fn a_damaged_page_is_found_when_the_ledger_is_opened() {
    let (folder, path) = ledger(300);
    let whole = fs::read(&path).unwrap();
    let pages = whole.len() / 4_096;
    assert!(pages > 10, "{pages}");
    for page in 1..pages {
        let mut content = whole.clone();
        content[page * 4_096..][..4_096].fill(0);
        fs::write(&path, &content).unwrap();
        let before = bytes(folder.path());
        let outcome = open(&path);
        let Err(error) = outcome else {
            // An empty table's or index's page of zeros says the same as before.
            panic!("page {page} of {pages} is missing, and nobody has noticed");
        };
        let start = format!("the ledger `{}` is damaged: ", path.display());
        assert_eq!(error.code(), ErrorCode::LedgerDamaged, "page {page}: {error}");
        assert!(error.message().starts_with(&start), "{error}");
        assert_eq!(bytes(folder.path()), before, "page {page}");
    }
}

/// One bit of the file flips somewhere. Wherever it is, it is found or it doesn't matter.
#[test]
fn a_flipped_bit_is_found_or_changes_nothing() {
    let (folder, path) = ledger(40);
    let whole = fs::read(&path).unwrap();
    let mut chance = bursar_tests::Chance::new(3);
    let mut found_at = HashMap::new();
    for _ in 0..300 {
        let at = 100 + usize::try_from(chance.below(whole.len() as u64 - 100)).unwrap();
        fs::write(&path, &whole).unwrap();
        flip(&path, at);
        let before = bytes(folder.path());
        let what = match open(&path) {
            Err(error) => {
                assert_eq!(bytes(folder.path()), before, "byte {at}");
                error.code().as_str()
            }
            Ok(bursar) => match bursar.verify() {
                Err(error) => error.code().as_str(),
                Ok(found) if !found.is_empty() => "difference",
                Ok(_) => {
                    assert_eq!(row(&bursar, "all").spent, usd("0.4"), "byte {at}");
                    "nothing"
                }
            },
        };
        *found_at.entry(what).or_insert(0) += 1;
        for ending in ["-wal", "-shm"] {
            let _ = fs::remove_file(beside(&path, ending));
        }
    }
    let known = ["ledger_damaged", "difference", "nothing"];
    assert!(found_at.keys().all(|what| known.contains(what)), "{found_at:?}");
}

// ---- what somebody changed ----

/// Somebody makes a call cheaper with a SQLite tool.
#[test]
fn an_edited_entry_is_named() {
    let (_folder, path) = ledger(3);
    tamper(&path, "UPDATE entries SET amount_nano = 1 WHERE seq = 4");
    let error = open(&path).unwrap().verify().unwrap_err();
    let message = format!("the ledger `{}` is damaged: entry 4 doesn't match its checksum", path.display());
    assert_error(&error, ErrorCode::LedgerDamaged, &message);
}

/// Somebody puts in what no program writes.
#[test]
fn an_entry_that_cannot_be_read_is_damage() {
    for statement in [
        "UPDATE entries SET key = x'00' WHERE seq = 3",
        "UPDATE entries SET kind = 'gift' WHERE seq = 3",
        "UPDATE entries SET lines = '{' WHERE seq = 4",
    ] {
        let (_folder, path) = ledger(3);
        tamper(&path, statement);
        let outcome = open(&path).and_then(|bursar| bursar.verify());
        assert_eq!(outcome.unwrap_err().code(), ErrorCode::LedgerDamaged, "{statement}");
    }
}

/// Somebody drops a table.
#[test]
fn a_ledger_without_one_of_its_tables_is_damaged() {
    let (_folder, path) = ledger(3);
    Connection::open(&path).unwrap().execute_batch("DROP TABLE rollups").unwrap();
    assert_eq!(open(&path).unwrap_err().code(), ErrorCode::LedgerDamaged);
}

/// Somebody makes a report cheaper: the sums that it is made from.
#[test]
fn an_edited_rollup_is_found() {
    let (_folder, path) = ledger(3);
    tamper(&path, "UPDATE rollups SET amount_nano = 1000000");
    let sums = found(&path);
    let expected = "the sum of the hour 2026-11-10T12:00:00Z is 0.001, and its entries give 0.03";
    assert!(sums.contains(&expected.to_owned()), "{sums:?}");
}

/// Somebody changes what the sums and the names of usage say, or breaks it.
#[test]
fn edited_usage_of_a_sum_is_found_and_one_that_cannot_be_read_is_damage() {
    let (_folder, path) = ledger(3);
    tamper(&path, "UPDATE rollups SET lines = replace(lines, '30000', '30001')");
    assert_eq!(
        found(&path),
        ["the usage or the calls of the hour 2026-11-10T12:00:00Z aren't those of its entries"]
    );
    for statement in ["UPDATE rollups SET lines = '{'", "UPDATE dimensions SET name = 'gift' WHERE id = 4"] {
        let (_folder, path) = ledger(3);
        tamper(&path, statement);
        let outcome = open(&path).and_then(|bursar| bursar.verify());
        assert_eq!(outcome.unwrap_err().code(), ErrorCode::LedgerDamaged, "{statement}");
    }
}

/// Somebody takes a call out.
#[test]
fn a_deleted_entry_is_a_gap() {
    let (_folder, path) = ledger(3);
    tamper(&path, "DELETE FROM entries WHERE seq = 4");
    assert_eq!(found(&path)[0], "entry 5 follows where entry 4 was expected");
}

/// Somebody takes the last calls out.
#[test]
fn entries_deleted_at_the_end_are_missed() {
    let (_folder, path) = ledger(3);
    tamper(&path, "DELETE FROM entries WHERE seq >= 5");
    let reader = &mut SqliteStore::read(&path).unwrap();
    let found: Vec<_> = verify_store(reader).unwrap().iter().map(Difference::to_string).collect();
    assert_eq!(found[0], "entries 5 to 6 are missing at the end");
}

// ---- a disk without space ----

/// The disk fills up under a working process, and later has space again: real errors of a real file system.
#[test]
fn a_full_disk_loses_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let (path, limit) = (folder.path().join("ledger.db"), "600");
    let script = format!("trap '' XFSZ; ulimit -S -f {limit}; exec \"$0\" fill \"$1\"");
    let mut child = spawn(Command::new("sh").args(["-c", &script, env!("CARGO_BIN_EXE_victim")]).arg(&path));
    let answered = until_full(&mut child, "ledger_io");
    let process = child.0.id().to_string();
    let lifted = Command::new("prlimit").args(["--pid", &process, "--fsize=unlimited"]).status();
    if lifted.is_ok_and(|status| status.success()) {
        go_on(&mut child);
    }
    drop(child.0.stdin.take());
    child.0.wait().unwrap();
    assert_kept(&path, &answered);
}

/// The same on a file system that is full to its last block.
#[test]
fn a_file_system_without_a_free_block_loses_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let (disk, kept) = (folder.path().join("disk"), folder.path().join("kept"));
    fs::create_dir(&disk).unwrap();
    fs::create_dir(&kept).unwrap();
    let script = "mount -t tmpfs -o size=700k tmpfs \"$1\" || exit 0; head -c 200000 /dev/zero > \"$1/ledger.db.ballast\"
        \"$0\" fill \"$1/ledger.db\"; cp \"$1/ledger.db\" \"$2\"";
    let unshare = &mut Command::new("unshare");
    let command =
        unshare.args(["-Urm", "sh", "-c", script, env!("CARGO_BIN_EXE_victim")]).args([&disk, &kept]);
    let Ok(mut child) = try_spawn(command) else { return };
    let Some(first) = child.1.next() else { return };
    assert_eq!(first.unwrap(), "ready");
    let answered = until_full(&mut child, "ledger_full");
    go_on(&mut child);
    child.0.wait().unwrap();
    assert_kept(&kept.join("ledger.db"), &answered);
}

type Talking = (Child, std::io::Lines<BufReader<std::process::ChildStdout>>);

fn victim(arguments: &[&str], path: &Path) -> Talking {
    spawn(Command::new(env!("CARGO_BIN_EXE_victim")).args(arguments).arg(path))
}

fn spawn(command: &mut Command) -> Talking {
    try_spawn(command).unwrap()
}

fn try_spawn(command: &mut Command) -> std::io::Result<Talking> {
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).spawn()?;
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    Ok((child, lines))
}

fn line(child: &mut Talking) -> String {
    child.1.next().unwrap().unwrap()
}

/// What was answered until the disk was full: the holds with their costs. What the process stands at must be just that.
fn until_full(child: &mut Talking, code: &str) -> BTreeMap<u64, i128> {
    let mut answered = BTreeMap::new();
    let mut unwritten = 0;
    loop {
        let line = line(child);
        let words: Vec<&str> = line.split(' ').collect();
        match words[..] {
            ["ready"] => {}
            ["unwritten", _, found] => {
                assert_eq!(found, code);
                unwritten = 1_000_000_000;
            }
            ["refused" | "full", found, ..] => assert_eq!(found, code),
            ["stands", spent, held] => {
                // The last call counts as settled, and what could not be reserved holds nothing.
                let answered: i128 = answered.values().sum();
                assert_eq!(spent.parse::<i128>().unwrap(), answered + unwritten + 500_000_000, "{line}");
                assert_eq!(held, "0");
                break;
            }
            [hold, cost] => drop(answered.insert(hold.parse().unwrap(), cost.parse().unwrap())),
            _ => panic!("{line}"),
        }
    }
    assert!(answered.len() > 10, "{}", answered.len());
    answered
}

/// There is space again: the settlement that could not be written is written by the next call.
fn go_on(child: &mut Talking) {
    child.0.stdin.as_mut().unwrap().write_all(b"x").unwrap();
    assert_eq!(line(child), "again 500000000");
    assert_eq!(line(child), "verified Ok([])");
}

fn assert_kept(path: &Path, answered: &BTreeMap<u64, i128>) {
    let clock = clock();
    clock.advance(Duration::from_secs(1));
    let policy = priced().with_budget(budget("all", "", "1000000", Period::Once));
    let bursar = Bursar::builder().policy(policy).clock(clock).resource_attributes("").open(path).unwrap();
    assert_eq!(bursar.verify().unwrap(), []);
    let mut kept = BTreeMap::new();
    let visit = &mut |entry: &bursar::Entry, _: &[bursar::EntryLine]| {
        if entry.kind == bursar::EntryKind::Settle {
            kept.insert(entry.hold.number(), entry.amount.pico());
        }
        ControlFlow::Continue(())
    };
    SqliteStore::read(path).unwrap().entries(1, visit).unwrap();
    for (hold, cost) in answered {
        assert_eq!(kept.get(hold), Some(cost), "the settlement of hold {hold} was answered");
    }
    assert_eq!(row(&bursar, "all").held, Money::ZERO);
}

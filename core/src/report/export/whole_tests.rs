use super::write_whole;
use crate::error::{Error, ErrorCode, Result};
use std::fs;
use std::io::Write as _;
use std::path::Path;

fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    names
}

fn text(text: &str) -> impl FnOnce(&mut std::io::BufWriter<fs::File>) -> Result<usize> + '_ {
    move |to| {
        to.write_all(text.as_bytes()).unwrap();
        Ok(text.len())
    }
}

fn failing(to: &mut std::io::BufWriter<fs::File>) -> Result<()> {
    to.write_all(&vec![b'x'; 100_000]).unwrap();
    Err(Error::new(ErrorCode::LedgerFull, "the ledger has had enough"))
}

#[test]
fn a_file_that_is_written_takes_the_place_of_the_one_before() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("november.csv");
    assert_eq!(write_whole(&path, text("one")).unwrap(), 3);
    assert_eq!(write_whole(&path, text("another")).unwrap(), 7);
    assert_eq!(fs::read_to_string(&path).unwrap(), "another");
    assert_eq!(names(folder.path()), ["november.csv"]);
}

#[test]
fn what_fails_half_way_leaves_the_file_before_it_and_nothing_beside() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("november.csv");
    assert_eq!(write_whole(&path, failing).unwrap_err().code(), ErrorCode::LedgerFull);
    assert_eq!(names(folder.path()), [""; 0]);
    write_whole(&path, text("whole")).unwrap();
    assert_eq!(write_whole(&path, failing).unwrap_err().code(), ErrorCode::LedgerFull);
    assert_eq!(fs::read_to_string(&path).unwrap(), "whole");
    assert_eq!(names(folder.path()), ["november.csv"]);
}

#[test]
fn a_writer_that_panics_leaves_nothing_beside() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("november.csv");
    let panicking =
        std::panic::AssertUnwindSafe(|| write_whole(&path, |_| -> Result<()> { panic!("of the test") }));
    assert!(std::panic::catch_unwind(panicking).is_err());
    assert_eq!(names(folder.path()), [""; 0]);
}

#[test]
fn a_folder_that_is_not_there_is_named_with_what_the_system_says() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("nowhere").join("november.csv");
    let error = write_whole(&path, text("one")).unwrap_err();
    let told = (error.code(), error.to_string(), error.help().to_owned());
    let message = format!("`{}` can't be written: No such file or directory (os error 2)", path.display());
    let help = "check that its folder exists and can be written".to_owned();
    if cfg!(unix) {
        assert_eq!(told, (ErrorCode::ReportInvalid, message, help));
    }
    for path in [folder.path(), Path::new("/"), Path::new("..")] {
        assert_eq!(write_whole(path, text("one")).unwrap_err().code(), ErrorCode::ReportInvalid);
    }
    assert_eq!(names(folder.path()), [""; 0]);
}

#[test]
fn writers_of_one_path_each_write_a_whole_file() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("november.csv");
    let contents: Vec<String> = (0..8).map(|writer| format!("{writer}").repeat(50_000)).collect();
    std::thread::scope(|scope| {
        for content in &contents {
            scope.spawn(|| write_whole(&path, text(content)).unwrap());
        }
    });
    let found = fs::read_to_string(&path).unwrap();
    assert!(contents.contains(&found), "{} letters", found.len());
    assert_eq!(names(folder.path()), ["november.csv"]);
}

#[test]
fn what_a_killed_writer_left_is_neither_used_nor_touched() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("november.csv");
    fs::write(folder.path().join("november.csv.1.part"), "half").unwrap();
    write_whole(&path, text("whole")).unwrap();
    assert_eq!(fs::read_to_string(&path).unwrap(), "whole");
    assert_eq!(fs::read_to_string(folder.path().join("november.csv.1.part")).unwrap(), "half");
    for number in 2..=super::whole::MAX_UNFINISHED {
        fs::write(folder.path().join(format!("november.csv.{number}.part")), "half").unwrap();
    }
    assert_eq!(write_whole(&path, text("more")).unwrap_err().code(), ErrorCode::ReportInvalid);
    assert_eq!(fs::read_to_string(&path).unwrap(), "whole");
}

#[cfg(unix)]
#[test]
fn a_link_goes_on_leading_to_the_file_and_permissions_stay() {
    use std::os::unix::fs::{PermissionsExt as _, symlink};
    let folder = tempfile::tempdir().unwrap();
    let (file, link) = (folder.path().join("november.csv"), folder.path().join("latest.csv"));
    fs::write(&file, "old").unwrap();
    fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).unwrap();
    symlink("november.csv", &link).unwrap();
    write_whole(&link, text("new")).unwrap();
    assert_eq!(fs::read_to_string(&file).unwrap(), "new");
    assert_eq!(fs::read_link(&link).unwrap(), Path::new("november.csv"));
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o640);
    assert_eq!(names(folder.path()), ["latest.csv", "november.csv"]);
}

#[cfg(unix)]
#[test]
fn what_is_no_file_is_written_into_and_stays_what_it_is() {
    use std::os::unix::fs::FileTypeExt as _;
    assert_eq!(write_whole("/dev/null", text("gone")).unwrap(), 4);
    assert!(fs::metadata("/dev/null").unwrap().file_type().is_char_device());
}

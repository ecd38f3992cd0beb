//! Bad configurations: what is said of each file in `tests/bad/config`.
//!
//! In: `NAME.yaml`. Expected: `NAME.expect`, all faults as rendered without colour, byte for
//! byte. `UPDATE_EXPECT=1 cargo test --test input bad_config::` writes the texts anew; the diff is the
//! review.

use std::fs;
use std::path::{Path, PathBuf};

use fedns::config::Config;

#[test]
fn every_bad_file_is_told_all_its_faults() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/bad/config");
    let files = fs::read_dir(&folder).expect("the folder of bad files is there");
    let mut files: Vec<PathBuf> = files.map(|entry| entry.expect("a file").path()).collect();
    files.retain(|path| path.extension().is_some_and(|extension| extension == "yaml"));
    files.sort();
    assert!(files.len() >= 30, "only {} bad files", files.len());
    let is_update = std::env::var_os("UPDATE_EXPECT").is_some();
    let mut differing = Vec::new();
    for file in files {
        let text = fs::read_to_string(&file).expect("bad files are UTF-8");
        let name = file.file_name().expect("a file has a name");
        let told = match Config::parse(&text, Path::new(name)) {
            Ok(_) => panic!("{} has no fault", file.display()),
            Err(faults) => format!("{faults}\n"),
        };
        let expect = file.with_extension("expect");
        if is_update {
            fs::write(&expect, &told).expect("the expected text can be written");
        } else if fs::read_to_string(&expect).unwrap_or_default() != told {
            differing.push(format!("{}:\n{told}", expect.display()));
        }
    }
    assert!(differing.is_empty(), "not as expected:\n\n{}", differing.join("\n"));
}

#[test]
fn a_file_that_is_not_there_is_one_fault_without_a_place() {
    let faults = Config::load(Path::new("no/such/fedns.yaml")).expect_err("there is no such file");
    assert_eq!(faults.count(), 1);
    let told = faults.to_string();
    assert!(told.starts_with("error: no/such/fedns.yaml: can not be read: "), "{told}");
    assert!(faults.iter().all(|fault| faults.position(fault).is_none()));
}

#[test]
fn a_file_that_is_not_utf8_says_which_line() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("fedns.yaml");
    fs::write(&path, b"apiVersion: fedns.dev/v1\nkind: \xff\n").expect("a file");
    let told = Config::load(&path).expect_err("it is not UTF-8").to_string();
    assert!(told.ends_with("line 2 is not UTF-8"), "{told}");
}

#[test]
fn colours_come_only_when_asked_for() {
    let faults = Config::parse("kind: Config\n", Path::new("a.yaml")).expect_err("no apiVersion");
    assert!(!faults.render(false).contains('\x1b'));
    assert!(faults.render(true).contains('\x1b'));
}

#[test]
fn no_damage_to_a_file_is_a_panic() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/bad/config");
    for name in ["wide_characters", "windows_lines", "merge_key", "many_at_once", "json"] {
        let text = fs::read_to_string(folder.join(name).with_extension("yaml")).expect("a file");
        for (at, letter) in text.char_indices() {
            let rest = &text[at + letter.len_utf8()..];
            for damaged in [text[..at].to_owned(), format!("{}{rest}", &text[..at])] {
                if let Err(faults) = Config::parse(&damaged, Path::new("a.yaml")) {
                    assert!(faults.count() > 0 && !faults.to_string().is_empty());
                }
            }
        }
    }
}

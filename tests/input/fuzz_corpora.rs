//! The corpora of the fuzz targets, each file run once by the very function that the fuzzer runs: what
//! was found stays found, without nightly and libFuzzer.

use crate::targets;
use std::collections::BTreeSet;
use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};

/// Most octets of a corpus: it is minimised, and everybody clones it.
const MOST: u64 = 400 << 10;

fn fuzz() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fuzz")
}

/// The names in a folder, without what follows a dot.
fn names(folder: &Path) -> BTreeSet<String> {
    let entries =
        fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let stem = |path: PathBuf| path.file_stem().unwrap().to_str().unwrap().to_owned();
    entries.map(|entry| stem(entry.unwrap().path())).collect()
}

/// Runs all files of a corpus; says what is wrong with it.
fn replay(folder: &Path, run: fn(&[u8])) -> Result<(), String> {
    let shown = folder.display();
    let entries = fs::read_dir(folder).map_err(|error| format!("{shown}: {error}"))?;
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    files.sort();
    let (mut size, mut bad) = (0, Vec::new());
    for file in &files {
        let octets = fs::read(file).unwrap();
        size += octets.len() as u64;
        if catch_unwind(AssertUnwindSafe(|| run(&octets))).is_err() {
            bad.push(file.display().to_string());
        }
    }
    match size {
        0 => Err(format!("{shown}: a corpus of nothing")),
        MOST.. => Err(format!("{shown}: {size} octets; minimise it (docs/fuzzing.md)")),
        _ if !bad.is_empty() => Err(format!("{shown}: these fail: {bad:#?}")),
        _ => Ok(()),
    }
}

#[test]
fn every_file_of_every_corpus_passes() {
    let faults: Vec<String> = targets::ALL
        .iter()
        .filter_map(|target| replay(&fuzz().join("corpus").join(target.name), target.run).err())
        .collect();
    assert!(faults.is_empty(), "{faults:#?}");
}

#[test]
fn every_target_has_a_corpus_and_every_corpus_a_target() {
    let all: BTreeSet<String> = targets::ALL.iter().map(|it| it.name.to_owned()).collect();
    assert_eq!(names(&fuzz().join("fuzz_targets")), all);
    assert_eq!(names(&fuzz().join("corpus")), all);
    let mut files = names(&fuzz().join("targets"));
    files.remove("mod");
    assert_eq!(files, all);
    let cargo = fs::read_to_string(fuzz().join("Cargo.toml")).unwrap();
    assert!(all.iter().all(|name| cargo.contains(&format!("path = \"fuzz_targets/{name}.rs\""))));
}

#[test]
fn a_corpus_of_nothing_or_too_much_and_a_file_that_panics_are_told() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path();
    let told = |run: fn(&[u8])| replay(path, run).unwrap_err();
    assert!(replay(&path.join("none"), |_| ()).is_err());
    assert!(told(|_| ()).contains("a corpus of nothing"));
    fs::write(path.join("empty"), "").unwrap();
    assert!(told(|_| ()).contains("a corpus of nothing"));
    fs::write(path.join("one"), "1").unwrap();
    fs::write(path.join("two"), "2").unwrap();
    assert_eq!(replay(path, |_| ()), Ok(()));
    let said = told(|octets| assert_ne!(octets, b"2", "this is meant to fail"));
    assert!(said.contains("two") && !said.contains("one\""), "{said}");
    fs::write(path.join("large"), vec![0; MOST as usize]).unwrap();
    assert!(told(|_| ()).contains("minimise it"));
}

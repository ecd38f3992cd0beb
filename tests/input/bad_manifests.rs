//! Bad manifests, and the exact words in which each is complained about.
//!
//! `tests/bad/manifests/*` are the files; beside each stands `*.expect`. Run with
//! `UPDATE_EXPECT=1` to write what is said now.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use fedns::clusters::manifests::read::{read, title};
use fedns::core::event::Object;
use foldhash::quality::RandomState;

/// What is made of a file, as text.
fn told(name: &str, octets: &[u8]) -> String {
    let contents = match read(name, octets, &RandomState::default(), &|| false) {
        Ok(contents) => contents,
        Err(error) => return format!("file {name}: {error}\n"),
    };
    let mut text = String::new();
    for Object { facts, flaws } in &contents.objects {
        let object = Object { facts: facts.clone(), flaws: Vec::new() };
        writeln!(text, "{}", title(&object)).expect("writing to a String can not fail");
        for flaw in flaws {
            writeln!(text, "  {flaw}").expect("writing to a String can not fail");
        }
    }
    for (subject, flaw) in &contents.flaws {
        writeln!(text, "{subject}: {flaw}").expect("writing to a String can not fail");
    }
    if contents.is_blank { "blank\n".into() } else { text }
}

#[test]
fn bad_manifests_are_complained_about_in_these_words() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/bad/manifests");
    let entries = fs::read_dir(&folder).expect("the folder is part of the project");
    let mut names: Vec<String> = entries
        .map(|entry| entry.expect("it can be listed").file_name())
        .map(|name| name.into_string().expect("a name in UTF-8"))
        .filter(|name| !name.ends_with(".expect"))
        .collect();
    names.sort();
    assert!(names.len() >= 20, "only {} bad manifests", names.len());
    let mut wrong = String::new();
    for name in names {
        let told = told(&name, &fs::read(folder.join(&name)).expect("it can be read"));
        let path = folder.join(format!("{name}.expect"));
        if std::env::var_os("UPDATE_EXPECT").is_some() {
            fs::write(&path, &told).expect("it can be written");
        }
        let expected = fs::read_to_string(&path).unwrap_or_default();
        if told != expected {
            write!(wrong, "{name}: expected\n{expected}but found\n{told}\n")
                .expect("writing to a String can not fail");
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
}

//! What pages tell to type and to write: commands and options that there are, configurations that are read.
//!
//! In: the README and the pages below `docs`. Does not run the commands: `tests/end_to_end/pages.rs` runs those
//! below which a page shows what is printed.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use fedns::config::parse_overrides;

use crate::process::CONFIG;

/// Pages for users, in reading order.
const PAGES: [&str; 10] = [
    "README.md",
    "docs/README.md",
    "docs/configuration.md",
    "docs/operations.md",
    "docs/asking.md",
    "docs/zones.md",
    "docs/forwarding.md",
    "docs/faults.md",
    "docs/metrics.md",
    "docs/clients.md",
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_owned()
}

/// The blocks of a language.
fn blocks(text: &str, language: &str) -> Vec<String> {
    let fence = format!("\n```{language}\n");
    let starts = text.split(&fence).skip(1);
    starts.map(|rest| rest.split_once("\n```").unwrap().0.to_owned()).collect()
}

/// Command lines of fedns: those of blocks, and those between backticks.
fn commands(text: &str) -> Vec<String> {
    let blocks = blocks(text, "sh").join("\n");
    let typed = blocks.split(['\n', '|', '>']).flat_map(|line| line.split("&&"));
    let spoken = text.lines().flat_map(|line| line.split('`').skip(1).step_by(2));
    let all = typed.chain(spoken).map(|line| line.replace("cargo run --release -- ", "fedns "));
    all.map(|line| line.trim().to_owned()).filter(|line| line.starts_with("fedns ")).collect()
}

/// What the help of a command says; `None` where there is no such command.
fn help(words: &[&str]) -> Option<String> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_fedns"));
    let output = command.args(words).arg("--help").env_remove("FEDNS_CONFIG").output().unwrap();
    output.status.success().then(|| String::from_utf8(output.stdout).unwrap())
}

#[test]
fn commands_and_options_that_pages_tell_are_there() {
    let mut helps = BTreeMap::new();
    let mut found = 0;
    for page in PAGES {
        for line in commands(&fs::read_to_string(root().join(page)).unwrap()) {
            let words: Vec<_> = line.split_whitespace().skip(1).collect();
            let deep = usize::from(words.starts_with(&["clusters", "accept"]));
            let path = words[..=deep].join(" ");
            let help = helps.entry(path).or_insert_with(|| help(&words[..=deep]));
            let help = help.as_ref().unwrap_or_else(|| panic!("{page}: no such command: {line}"));
            for option in words.iter().filter(|word| word.starts_with('-')) {
                let (option, _) = option.split_once('=').unwrap_or((option, ""));
                assert!(help.contains(&format!("{option} ")), "{page}: {option} of {line}");
            }
            found += 1;
        }
    }
    assert!(found > 40, "{found} commands");
}

/// A configuration of which a page shows a part, with what it leaves out.
fn completed(part: &str) -> String {
    let has = |key: &str| part.lines().any(|line| line.starts_with(key));
    let (head, _) = CONFIG.split_once("clusters:").unwrap();
    let mut text = String::new();
    for section in sections(head) {
        let key = section.split(':').next().unwrap();
        if !has(&format!("{key}:")) {
            text.push_str(section);
        }
    }
    text + part + "\n"
}

/// The top-level keys of a configuration, each with what stands below it.
fn sections(text: &str) -> Vec<&str> {
    let is_start = |at: &usize| text[*at..].starts_with(|it: char| it.is_ascii_alphabetic());
    let lines = text.split_inclusive('\n').scan(0, |at, line| {
        let start = *at;
        *at += line.len();
        Some(start)
    });
    let starts: Vec<_> = lines.filter(is_start).collect();
    let ends = starts.iter().skip(1).copied().chain([text.len()]);
    starts.iter().zip(ends).map(|(start, end)| &text[*start..end]).collect()
}

#[test]
fn configurations_that_pages_show_are_read_without_a_fault() {
    let mut found = 0;
    for page in PAGES {
        let text = fs::read_to_string(root().join(page)).unwrap();
        let is_ours = |it: &&String| it.contains("fedns.dev/v1") || !it.contains("apiVersion");
        let blocks = blocks(&text, "yaml");
        let (overrides, configurations): (Vec<_>, Vec<_>) =
            blocks.iter().filter(is_ours).partition(|it| it.contains("kind: Overrides"));
        for block in overrides {
            let parsed = parse_overrides(block, Path::new(page));
            assert!(parsed.is_ok_and(|said| !said.is_empty()), "{page}:\n{block}");
        }
        for block in configurations {
            let folder = tempfile::tempdir().unwrap();
            fs::write(folder.path().join("fedns.yaml"), completed(block)).unwrap();
            let mut command = Command::new(env!("CARGO_BIN_EXE_fedns"));
            command.arg("check").current_dir(folder.path()).env_remove("FEDNS_CONFIG");
            let output = command.output().unwrap();
            assert!(output.status.success(), "{page}:\n{block}\n{output:?}");
            found += 1;
        }
    }
    assert!(found >= 7, "{found} configurations");
}

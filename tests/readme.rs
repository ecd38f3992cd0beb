//! The README's walk through the quick start, taken as a new user would: every line behind `$` is
//! run in a shell on a copy of the example, and what it prints is what the README shows.
//!
//! dig is needed for that; where it is missing the test says so and does nothing.
#![allow(clippy::unwrap_used)]

mod real;

use std::fs;
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// How long an edit may take to show in the answers.
const PATIENCE: Duration = Duration::from_secs(10);

struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        _ = self.0.kill();
        _ = self.0.wait();
    }
}

/// Starts the program on the copy; gives the port that it says it listens on.
fn serve(folder: &Path) -> (Server, u16) {
    let config = folder.join("examples/quickstart/fedns.yaml");
    let text = fs::read_to_string(&config).unwrap();
    fs::write(&config, text.replace(":5300", ":0").replace(":9153", ":0")).unwrap();
    let mut child = Command::new(env!("CARGO_BIN_EXE_fedns"))
        .args(["serve", "--config"])
        .arg(&config)
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
    let udp = lines
        .by_ref()
        .map(Result::unwrap)
        .find_map(|line| {
            let (_, rest) = line.split_once("listening on udp 127.0.0.1:")?;
            rest.split(|c: char| !c.is_ascii_digit()).next()?.parse::<u16>().ok()
        })
        .expect("the log says where it listens");
    // The log must be read on, or the server would wait for its reader.
    std::thread::spawn(move || lines.for_each(drop));
    (Server(child), udp)
}

/// The walk: each command with the lines that it shows.
fn steps(readme: &str) -> Vec<(String, Vec<String>)> {
    let mut steps: Vec<(String, Vec<String>)> = Vec::new();
    let mut is_console = false;
    for line in readme.lines() {
        match line {
            "```console" => is_console = true,
            "```" => is_console = false,
            _ if !is_console => {}
            _ => match line.strip_prefix("$ ") {
                Some(command) => steps.push((command.to_owned(), Vec::new())),
                None => steps.last_mut().unwrap().1.push(line.to_owned()),
            },
        }
    }
    steps
}

/// Lines without the differences that nobody sees: runs of blanks, and the order of addresses,
/// which turns with each answer.
fn plain(lines: impl Iterator<Item = String>) -> Vec<String> {
    let mut lines: Vec<_> =
        lines.map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect();
    lines.retain(|line| !line.is_empty());
    lines.sort();
    lines
}

fn run(folder: &Path, command: &str) -> Vec<String> {
    let output = Command::new("sh").args(["-c", command]).current_dir(folder).output().unwrap();
    assert!(output.status.success(), "{command}: {}", String::from_utf8_lossy(&output.stderr));
    plain(String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned))
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

#[test]
fn the_walk_prints_what_the_readme_shows() {
    if !real::have(&["dig"]) {
        return;
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folder = tempfile::tempdir().unwrap();
    copy(&root.join("examples"), &folder.path().join("examples"));
    let (_server, port) = serve(folder.path());
    let steps = steps(&fs::read_to_string(root.join("README.md")).unwrap());
    assert!(steps.len() >= 10, "the README has lost its walk");
    for (command, shown) in steps {
        let command = command.replace("-p 5300", &format!("-p {port}"));
        let shown = plain(shown.into_iter());
        let end = Instant::now() + PATIENCE;
        loop {
            let printed = run(folder.path(), &command);
            if printed == shown {
                break;
            }
            assert!(Instant::now() < end, "{command}\nshown   {shown:#?}\nprinted {printed:#?}");
        }
    }
}

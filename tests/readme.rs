//! The README's walk through the quick start and the page on asking, taken as a new user would: every
//! line behind `$` is run in a shell on a copy of the example, and what it prints is what they show.
//!
//! dig and nslookup are needed for that; where they are missing the tests say so and do nothing.
#![allow(clippy::unwrap_used)]

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
    let program = Path::new(env!("CARGO_BIN_EXE_fedns")).parent().unwrap();
    let path = format!("{}:{}", program.display(), std::env::var("PATH").unwrap());
    let mut shell = Command::new("sh");
    shell.args(["-c", command]).current_dir(folder).env("PATH", path);
    shell.env("FEDNS_CONFIG", "examples/quickstart/fedns.yaml");
    let output = shell.output().unwrap();
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
    walk("README.md", 10);
}

#[test]
fn the_page_on_asking_prints_what_it_shows() {
    walk("docs/asking.md", 8);
}

/// Takes the walk of a page, which has so many steps at least.
fn walk(page: &str, least: usize) {
    if ["dig", "nslookup"].iter().any(|it| Command::new(it).arg("-version").output().is_err()) {
        eprintln!("skipped: dig or nslookup is not installed (`make test` installs them)");
        return;
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let folder = tempfile::tempdir().unwrap();
    copy(&root.join("examples"), &folder.path().join("examples"));
    let (_server, port) = serve(folder.path());
    let steps = steps(&fs::read_to_string(root.join(page)).unwrap());
    assert!(steps.len() >= least, "{page} has lost its walk");
    let here = |text: &str| {
        ["-p ", "-port=", "127.0.0.1#"].iter().fold(text.to_owned(), |text, before| {
            text.replace(&format!("{before}5300"), &format!("{before}{port}"))
        })
    };
    for (command, shown) in steps {
        let command = here(&command);
        let shown = plain(shown.iter().map(|line| here(line)));
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

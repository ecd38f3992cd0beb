//! Walks through a page of text, taken as a reader would: every line behind `$` of its consoles is run in a
//! shell on a copy of the quick start, and what it prints is what the page shows.

use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use super::process::{Server, quickstart};

/// How long an edit may take to show in the answers.
const PATIENCE: Duration = Duration::from_secs(20);

/// Takes the walk of a page, by its path from the root of the house; gives how many steps it had.
pub(crate) fn take(page: &str) -> usize {
    let folder = quickstart();
    let server = Server::start(&folder.path().join("examples/quickstart"));
    server.wait_for("ready: answers are complete");
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join(page);
    // Where the page has the port of the quick start, this server has its own.
    let text = fs::read_to_string(page).unwrap().replace("5300", &server.udp.port().to_string());
    let steps = steps(&text);
    for (command, shown) in &steps {
        let shown = plain(shown.iter().map(String::as_str));
        let end = Instant::now() + PATIENCE;
        loop {
            let printed = run(folder.path(), command);
            if printed == shown {
                break;
            }
            assert!(Instant::now() < end, "{command}\nshown   {shown:#?}\nprinted {printed:#?}");
        }
    }
    steps.len()
}

/// Each command with the lines that it shows.
fn steps(page: &str) -> Vec<(String, Vec<String>)> {
    let mut steps: Vec<(String, Vec<String>)> = Vec::new();
    let mut is_console = false;
    for line in page.lines() {
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
fn plain<'l>(lines: impl Iterator<Item = &'l str>) -> Vec<String> {
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
    plain(String::from_utf8(output.stdout).unwrap().lines())
}

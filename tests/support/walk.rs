//! Walks through a page of text, taken as a reader would: a block of commands with a block of text below it is
//! pasted into a shell, in a copy of the quick start whose server runs, and what it prints is what the page shows.
//!
//! In: a page. Out: how many commands were run. With `UPDATE_EXPECT=1` the page is written anew where it shows
//! something else. Does not run commands below which the page shows nothing.

use std::fs;
use std::ops::Range;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

use super::process::{Server, quickstart};

/// How long an edit may take to show in the answers.
const PATIENCE: Duration = Duration::from_secs(20);
/// What people ask with: these give addresses in an order that turns with each answer.
const CLIENTS: [&str; 5] = ["dig ", "kdig ", "host ", "nslookup ", "drill "];
/// Ports of the quick start, on the page and below `docs`: of questions, and of the admin address.
const PORTS: [&str; 2] = ["5300", "9153"];

/// What is pasted, and what it prints.
struct Step {
    commands: String,
    shown: Vec<String>,
    /// Lines of the page that are shown, from 0.
    lines: Range<usize>,
}

impl Step {
    fn is_turning(&self) -> bool {
        self.commands.lines().any(|line| CLIENTS.iter().any(|client| line.starts_with(client)))
    }

    /// Lines without the differences that nobody sees.
    fn plain<'l>(&self, lines: impl Iterator<Item = &'l str>) -> Vec<String> {
        let mut lines: Vec<_> = lines.map(steady).filter(|line| !line.is_empty()).collect();
        if self.is_turning() {
            lines.sort();
        }
        lines
    }
}

/// Takes the walk of a page, by its path from the root of the house; gives how many commands it had.
pub(crate) fn take(page: &str) -> usize {
    let folder = quickstart();
    let server = Server::start(&folder.path().join("examples/quickstart"));
    server.wait_for("ready: answers are complete");
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(page);
    let page = fs::read_to_string(&path).unwrap();
    // Where the page has the ports of the quick start, this server has its own.
    let own = [server.udp.port().to_string(), server.admin.port().to_string()];
    let text =
        PORTS.iter().zip(&own).fold(page.clone(), |text, (port, own)| text.replace(port, own));
    let steps = steps(&text);
    let mut renewed = Vec::new();
    for step in &steps {
        let shown = step.plain(step.shown.iter().map(String::as_str));
        let end = Instant::now() + PATIENCE;
        loop {
            let printed = run(folder.path(), &step.commands, &server);
            if step.plain(printed.lines()) == shown {
                break;
            }
            if Instant::now() < end {
                continue;
            }
            let updates = std::env::var_os("UPDATE_EXPECT").is_some_and(|value| value == "1");
            assert!(
                updates,
                "{}\nshown\n{}\nprinted\n{printed}",
                step.commands,
                step.shown.join("\n")
            );
            let printed =
                PORTS.iter().zip(&own).fold(printed, |text, (port, own)| text.replace(own, port));
            renewed.push((step.lines.clone(), printed));
            break;
        }
    }
    if !renewed.is_empty() {
        fs::write(path, rewritten(&page, &renewed)).unwrap();
    }
    steps.iter().map(|step| step.commands.lines().count()).sum()
}

fn rewritten(page: &str, renewed: &[(Range<usize>, String)]) -> String {
    let mut lines: Vec<_> = page.lines().collect();
    for (range, printed) in renewed.iter().rev() {
        lines.splice(range.clone(), printed.lines());
    }
    format!("{}\n", lines.join("\n"))
}

/// The blocks of commands with a block of text below each.
fn steps(page: &str) -> Vec<Step> {
    let lines: Vec<_> = page.lines().collect();
    let end_of = |start: usize| start + lines[start..].iter().position(|it| *it == "```").unwrap();
    let mut steps = Vec::new();
    let mut at = 0;
    while let Some(found) = lines[at..].iter().position(|line| *line == "```sh") {
        let start = at + found + 1;
        let end = end_of(start);
        at = end + 1;
        let next = lines[at..].iter().position(|line| !line.is_empty()).map(|blank| at + blank);
        let Some(next) = next.filter(|next| lines[*next] == "```text") else { continue };
        let shown = next + 1..end_of(next + 1);
        at = shown.end + 1;
        let text = lines[shown.clone()].iter().map(|line| (*line).to_owned()).collect();
        steps.push(Step { commands: lines[start..end].join("\n"), shown: text, lines: shown });
    }
    steps
}

/// A line without runs of blanks, and without what time alone changes.
fn steady(line: &str) -> String {
    let line = line.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.starts_with("snapshot: generation ") { "snapshot".to_owned() } else { line }
}

fn run(folder: &Path, commands: &str, server: &Server) -> String {
    let program = Path::new(env!("CARGO_BIN_EXE_fedns")).parent().unwrap();
    let path = format!("{}:{}", program.display(), std::env::var("PATH").unwrap());
    let mut shell = Command::new("sh");
    shell.args(["-ec", commands]).current_dir(folder).env("PATH", path);
    shell.env("FEDNS_CONFIG", "examples/quickstart/fedns.yaml");
    shell.env("FEDNS_SERVER", format!("http://{}", server.admin));
    let output = shell.output().unwrap();
    assert!(output.status.success(), "{commands}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

//! `fedns events`: what changed, when, and why.
//!
//! In: which events are wanted. Out: their sentences, the newest last, from a running server; with `--follow` also
//! those that come, across a server that is started anew. Decides nothing itself.

use std::io::{self, IsTerminal, Write, stdout};
use std::process::ExitCode;
use std::thread::sleep;
use std::time::Duration;

use clap::Args;
use terminal_size::{Width, terminal_size};

use crate::documents::events::{EventRow, EventsDocument};

use super::admin_client::Ask;
use super::format::{Form, Format, Mood, Paint, print_document};
use super::is_broken_pipe;
use super::print::{printable, tell};
use super::reach::Reach;
use super::running_server::{RunningServer, escape};
use super::wrap::wrapped;

/// Events that are asked for at a time.
const PAGE: usize = 1000;
/// How long a server that has gone is left alone.
const PAUSE: Duration = Duration::from_secs(2);
/// Columns of a moment, a mark, and what parts them from a sentence.
const INDENT: usize = 23;

/// Which events are wanted.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  fedns events
  fedns events mynamespace/nginx --since 2d
  fedns events us-central1-a --follow
  fedns events --since 10m -o json

Which clusters answer a service, the state of each cluster, and each reload of the configuration: what
became of it, when, and why, the newest last. `!` marks what is for the worse. Of a service it also says
what became of the clusters that have it. The server remembers 10,000 events, over restarts where
`stateDir` is set; of what comes faster than 1,500 a second it says how much there was.
--follow goes on with what comes, until it is ended; with -o json that is one object a line.")]
pub(super) struct EventsArguments {
    /// A service, as NAMESPACE/NAME, or a cluster
    #[arg(value_name = "SERVICE|CLUSTER")]
    whose: Option<String>,
    /// How far to look back
    #[arg(long, value_name = "TIME", default_value = "1h")]
    since: humantime::Duration,
    /// Go on with what comes
    #[arg(short, long)]
    follow: bool,
    #[command(flatten)]
    pub(super) reach: Reach,
    #[command(flatten)]
    form: Form,
}

/// Prints what changed.
pub(super) fn events(
    server: &RunningServer,
    arguments: &EventsArguments,
) -> anyhow::Result<ExitCode> {
    let document = all_pages(server, arguments)?;
    let printer = Printer { format: arguments.form.output, paint: Paint::new() };
    if arguments.follow {
        document.events.iter().rev().try_for_each(|row| printer.print(row))?;
        return follow(server, arguments, &printer, document.newest);
    }
    match printer.format.is_table() {
        true if document.events.is_empty() => {
            writeln!(stdout().lock(), "nothing has changed within {}", arguments.since)?;
        }
        true => document.events.iter().rev().try_for_each(|row| printer.print(row))?,
        false => print_document(&document, printer.format)?,
    }
    Ok(ExitCode::SUCCESS)
}

/// Which events a path asks for.
fn path(arguments: &EventsArguments, rest: &str) -> String {
    let whose = match arguments.whose.as_deref() {
        Some(service) if service.contains('/') => format!("&service={}", escape(service)),
        Some(cluster) => format!("&cluster={}", escape(cluster)),
        None => String::new(),
    };
    format!("/events?limit={PAGE}{whose}{rest}")
}

/// All pages as one.
fn all_pages(
    server: &RunningServer,
    arguments: &EventsArguments,
) -> anyhow::Result<EventsDocument> {
    let since = format!("&since={}s", arguments.since.as_secs().max(1));
    let mut all: EventsDocument = server.document_of_server_alone(&path(arguments, &since))?;
    let mut is_more = all.events.len() == PAGE;
    while let Some(last) = all.events.last().filter(|_| is_more) {
        let rest = format!("{since}&before={}", last.id);
        let mut page: EventsDocument = server.document_of_server_alone(&path(arguments, &rest))?;
        is_more = page.events.len() == PAGE;
        all.events.append(&mut page.events);
        all.missed += page.missed;
    }
    Ok(all)
}

/// Prints what comes, for ever. Whatever keeps the server from being asked is told, and it is asked again.
fn follow(
    server: &RunningServer,
    arguments: &EventsArguments,
    printer: &Printer,
    mut last: u64,
) -> anyhow::Result<ExitCode> {
    let path = path(arguments, "");
    loop {
        let mut frames = Frames { rest: Vec::new(), printer, last: &mut last };
        match server.ask(Ask::events(&path, Some(*frames.last)), &mut frames) {
            Err(error) if is_broken_pipe(&error) => return Err(error),
            Err(error) => tell(format_args!("fedns: {error:#}; asking again")),
            Ok(_) => {}
        }
        sleep(PAUSE);
    }
}

/// Prints events.
struct Printer {
    format: Format,
    paint: Paint,
}

impl Printer {
    fn print(&self, row: &EventRow) -> io::Result<()> {
        let mut out = stdout().lock();
        match self.format {
            Format::Json => writeln!(out, "{}", json(row))?,
            Format::Yaml => {
                drop(out);
                return print_document(&[row], Format::Yaml).map_err(io::Error::other);
            }
            // In a pipe, an event is a line: whoever searches finds all of it.
            Format::Wide => out.write_all(self.text(row, None).as_bytes())?,
            Format::Table if !stdout().is_terminal() => {
                out.write_all(self.text(row, None).as_bytes())?;
            }
            Format::Table => {
                let width = terminal_size().map_or(80, |(Width(width), _)| usize::from(width));
                out.write_all(self.text(row, Some(width)).as_bytes())?;
            }
        }
        out.flush()
    }

    fn text(&self, row: &EventRow, width: Option<usize>) -> String {
        let is_worse = row.severity == "warning";
        let (mark, mood) = if is_worse { ("!", Mood::Odd) } else { (" ", Mood::Plain) };
        let row = printable(row.clone()).unwrap_or_else(|_| row.clone());
        let width = width.map_or(usize::MAX, |width| width.saturating_sub(INDENT));
        let lines = wrapped(&row.text, width);
        let mut text = format!("{} {mark} ", self.paint.text(Mood::Dim, &row.at));
        for (number, line) in lines.iter().enumerate() {
            if number > 0 {
                text.push_str(&" ".repeat(INDENT));
            }
            text.push_str(&self.paint.text(mood, line));
            text.push('\n');
        }
        text
    }
}

fn json(row: &EventRow) -> String {
    let text = serde_json::to_string(row).expect("events hold nothing that JSON can not say");
    crate::core::printable::json(&text)
}

/// Reads server-sent events as they come, and prints each.
struct Frames<'f> {
    rest: Vec<u8>,
    printer: &'f Printer,
    last: &'f mut u64,
}

impl Write for Frames<'_> {
    fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
        self.rest.extend_from_slice(octets);
        while let Some(end) = self.rest.windows(2).position(|it| it == b"\n\n") {
            let frame: Vec<u8> = self.rest.drain(..end + 2).collect();
            let frame = String::from_utf8_lossy(&frame).into_owned();
            let data = frame.lines().find_map(|line| line.strip_prefix("data: "));
            let Some(row) = data.and_then(|data| serde_json::from_str::<EventRow>(data).ok())
            else {
                continue;
            };
            self.printer.print(&row)?;
            *self.last = row.id;
        }
        Ok(octets.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

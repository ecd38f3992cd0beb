//! `fedns status`: how things stand, on one screen, and as an exit code.
//!
//! In: the verdict of a running server. Out: that in words; its exit code. Decides nothing itself.

use std::fmt::Write as _;
use std::io::{Write, stdout};
use std::process::ExitCode;

use serde_json::json;
use terminal_size::{Width, terminal_size};

use crate::core::spell::Spell;
use crate::core::verdict::Grade;
use crate::documents::verdict::{ReasonRow, Standing};

use super::exit;
use super::format::{Format, Mood, Paint, print_document};
use super::print::printable;
use super::running_server::{NotAsked, RunningServer};
use super::wrap::wrapped;

/// In front of each line below the verdict.
const INDENT: &str = "  ";

/// Prints how things stand.
pub(super) fn status(server: &RunningServer, format: Format) -> anyhow::Result<ExitCode> {
    let standing: Standing = match server.document_of_server_alone("/verdict") {
        Err(error) if error.is::<NotAsked>() && !format.is_table() => {
            let word = Grade::Unknown.as_str();
            let verdict = json!({ "word": word, "headline": error.to_string(), "reasons": [] });
            print_document(&json!({ "verdict": verdict }), format)?;
            return Ok(exit::not_asked());
        }
        found => found?,
    };
    let grade = standing.verdict.grade();
    match format.is_table() {
        true => {
            let width = terminal_size().map(|(Width(width), _)| usize::from(width));
            let look = Look { paint: Paint::new(), width: width.unwrap_or(usize::MAX) };
            let text = render(&printable(standing)?, &server.origin(), &look)?;
            stdout().lock().write_all(text.as_bytes())?;
        }
        false => print_document(&standing, format)?,
    }
    Ok(exit::of(grade))
}

/// How it is to look.
struct Look {
    paint: Paint,
    /// Columns of the terminal; in a pipe a sentence is a line, however long.
    width: usize,
}

impl Look {
    /// A sentence below the verdict, with nothing of it left of its beginning.
    fn sentence(&self, text: &str) -> String {
        let lines = wrapped(text, self.width.saturating_sub(INDENT.len()));
        lines.iter().fold(String::new(), |all, line| all + INDENT + line + "\n")
    }
}

fn render(standing: &Standing, origin: &str, look: &Look) -> Result<String, std::fmt::Error> {
    let mut text = String::new();
    let out = &mut text;
    let verdict = &standing.verdict;
    let ready = if standing.ready { "" } else { "; not ready yet" };
    let word = look.paint.text(mood(verdict.grade()), &verdict.word);
    match verdict.reasons.is_empty() {
        true => writeln!(out, "{word}: {}{ready}", verdict.headline)?,
        false => writeln!(out, "{word}{ready}")?,
    }
    verdict.reasons.iter().for_each(|it| out.push_str(&look.sentence(&sentence(it))));
    let beside = verdict.beside.iter().map(|it| format!("in force: {}", sentence(it)));
    beside.for_each(|it| out.push_str(&look.sentence(&it)));
    let counts = |counts: &std::collections::BTreeMap<String, u64>| {
        let counts = counts.iter().map(|(word, number)| format!("{number} {word}"));
        let counts: Vec<_> = counts.collect();
        if counts.is_empty() { "none".to_owned() } else { counts.join(", ") }
    };
    writeln!(out, "clusters: {}", counts(&standing.clusters))?;
    writeln!(out, "services: {}", counts(&standing.services))?;
    writeln!(out, "complaints: {}", standing.complaints)?;
    writeln!(out, "fedns {}, {origin}, generation {}", standing.version, standing.generation)?;
    Ok(text)
}

fn sentence(reason: &ReasonRow) -> String {
    let age = reason.for_seconds.map(|it| Spell(std::time::Duration::from_secs(it)));
    let age = age.map(|age| format!(" (for {age})"));
    format!("{}{}", reason.text, age.unwrap_or_default())
}

fn mood(grade: Grade) -> Mood {
    match grade {
        Grade::Fine => Mood::Good,
        Grade::Attention => Mood::Odd,
        Grade::Hurt | Grade::Unknown => Mood::Bad,
    }
}

//! `fedns status`: how things stand, on one screen, and as an exit code.
//!
//! In: the verdict of a running server. Out: that in words; its exit code. Decides nothing itself.

use std::fmt::Write as _;
use std::io::{Write, stdout};
use std::process::ExitCode;

use serde_json::json;

use crate::core::spell::Spell;
use crate::core::verdict::Grade;
use crate::documents::verdict::{ReasonRow, Standing};

use super::exit;
use super::format::{Format, Mood, Paint, print_document};
use super::print::printable;
use super::running_server::{NotAsked, RunningServer};

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
            let text = render(&printable(standing)?, &server.origin(), Paint::new())?;
            stdout().lock().write_all(text.as_bytes())?;
        }
        false => print_document(&standing, format)?,
    }
    Ok(exit::of(grade))
}

fn render(standing: &Standing, origin: &str, paint: Paint) -> Result<String, std::fmt::Error> {
    let mut text = String::new();
    let out = &mut text;
    let verdict = &standing.verdict;
    let ready = if standing.ready { "" } else { "; not ready yet" };
    let word = paint.text(mood(verdict.grade()), &verdict.word);
    match verdict.reasons.is_empty() {
        true => writeln!(out, "{word}: {}{ready}", verdict.headline)?,
        false => writeln!(out, "{word}{ready}")?,
    }
    verdict.reasons.iter().try_for_each(|it| writeln!(out, "  {}", sentence(it)))?;
    verdict.beside.iter().try_for_each(|it| writeln!(out, "  in force: {}", sentence(it)))?;
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

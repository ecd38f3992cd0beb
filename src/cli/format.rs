//! How results are printed: tables for people, JSON and YAML for programs.
//!
//! In: documents, pieces of text. Out: text on standard output, plain in a pipe, and in a terminal coloured
//! unless NO_COLOR says otherwise. Does not know what is printed, nor tables.

use std::fmt::Display;
use std::io::{IsTerminal, Write, stdout};

use clap::{Args, ValueEnum};
use serde::Serialize;

use crate::core::printable;

use super::print::tame;

/// The form of a result.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, ValueEnum)]
pub(super) enum Format {
    #[default]
    Table,
    // A table with all its columns, however wide.
    Wide,
    Json,
    Yaml,
}

/// Which form is wanted.
#[derive(Args, Clone, Copy, Debug)]
pub(super) struct Form {
    /// The form of the result
    #[arg(short, long, value_name = "FORMAT", default_value = "table")]
    pub(super) output: Format,
}

impl Format {
    /// Whether people read it.
    pub(super) fn is_table(self) -> bool {
        matches!(self, Self::Table | Self::Wide)
    }
}

/// Prints a document for programs.
pub(super) fn print_document(document: &impl Serialize, format: Format) -> anyhow::Result<()> {
    let mut text = match format {
        Format::Yaml => yaml(document)?,
        Format::Table | Format::Wide | Format::Json => {
            printable::json(&serde_json::to_string_pretty(document)?)
        }
    };
    if !text.ends_with('\n') {
        text.push('\n');
    }
    Ok(stdout().lock().write_all(text.as_bytes())?)
}

/// YAML. What its writer leaves as it is though a terminal obeys it has no escape in plain scalars:
/// then texts say it in words of ours.
fn yaml(document: &impl Serialize) -> anyhow::Result<String> {
    let text = serde_saphyr::to_string(document)?;
    match text.contains(|it| it != '\n' && printable::is_obeyed(it)) {
        true => Ok(serde_saphyr::to_string(&tame(serde_json::to_value(document)?))?),
        false => Ok(text),
    }
}

/// Seconds in the largest unit of which there are two or more.
pub(super) fn brief(seconds: u64) -> String {
    let units = [(86_400, 'd'), (3600, 'h'), (60, 'm')];
    let found = units.into_iter().find(|(unit, _)| seconds >= 2 * unit);
    found.map_or(format!("{seconds}s"), |(unit, letter)| format!("{}{letter}", seconds / unit))
}

/// What a piece of text means to its reader.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Mood {
    /// As it should be.
    Good,
    /// Worth a look.
    Odd,
    /// Wrong.
    Bad,
    /// Beside the point.
    Dim,
    /// A title.
    Title,
    /// Nothing of all this.
    Plain,
}

/// One piece of text and what it means.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Cell {
    pub(super) mood: Mood,
    pub(super) text: String,
}

impl Cell {
    /// A text in a mood.
    pub(super) fn new(mood: Mood, text: impl Into<String>) -> Self {
        Self { mood, text: text.into() }
    }

    /// A value that means nothing more than it says.
    pub(super) fn plain(value: impl Display) -> Self {
        Self::new(Mood::Plain, value.to_string())
    }

    /// A value, if there is one.
    pub(super) fn optional(value: Option<impl Display>) -> Self {
        value.map_or_else(Self::none, Self::plain)
    }

    /// What is not there.
    pub(super) fn none() -> Self {
        Self::new(Mood::Dim, "-")
    }

    pub(super) fn width(&self) -> usize {
        self.text.chars().count()
    }
}

/// Colours, where standard output shows them.
#[derive(Clone, Copy, Debug)]
pub(super) struct Paint {
    pub(super) is_on: bool,
}

impl Paint {
    /// Colours for standard output.
    pub(super) fn new() -> Self {
        Self { is_on: stdout().is_terminal() && !has_no_color() }
    }

    /// A text in its mood's colour, on one line and fit to be printed but for tabs.
    pub(super) fn text(self, mood: Mood, text: &str) -> String {
        let text = printable::lines(text).replace('\n', "\\n");
        let code = match mood {
            _ if !self.is_on => return text,
            Mood::Plain => return text,
            Mood::Good => "32",
            Mood::Odd => "33",
            Mood::Bad => "31",
            Mood::Dim => "2",
            Mood::Title => "1",
        };
        format!("\x1b[{code}m{text}\x1b[0m")
    }
}

/// Whether the user wants no colour (<https://no-color.org>).
pub(super) fn has_no_color() -> bool {
    std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty())
}

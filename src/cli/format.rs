//! How results are printed: tables for people, JSON and YAML for programs.
//!
//! In: documents, rows. Out: text on standard output, plain in a pipe, and in a terminal as wide
//! as that and coloured unless NO_COLOR says otherwise. Does not know what is printed.

use std::fmt::Display;
use std::io::{IsTerminal, Write, stdout};

use clap::ValueEnum;
use serde::Serialize;
use terminal_size::{Width, terminal_size};

use crate::core::printable::{self, Printable};

use super::print::tame;

/// The form of a result.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, ValueEnum)]
pub(super) enum Format {
    #[default]
    Table,
    Json,
    Yaml,
}

/// Prints a document for programs.
pub(super) fn print_document(document: &impl Serialize, format: Format) -> anyhow::Result<()> {
    let mut text = match format {
        Format::Yaml => yaml(document)?,
        Format::Table | Format::Json => printable::json(&serde_json::to_string_pretty(document)?),
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

/// Colours, where standard output shows them.
#[derive(Clone, Copy, Debug)]
pub(super) struct Paint {
    is_on: bool,
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

/// A cell of a table.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Cell {
    mood: Mood,
    pub(super) text: String,
}

impl Cell {
    /// One that says how something is.
    pub(super) fn new(mood: Mood, text: impl Into<String>) -> Self {
        Self { mood, text: text.into() }
    }

    /// A value.
    pub(super) fn plain(value: impl Display) -> Self {
        Self::new(Mood::Plain, value.to_string())
    }

    /// That there is no value.
    pub(super) fn none() -> Self {
        Self::new(Mood::Dim, "-")
    }
}

/// Rows under titles. Cells are cut only where a terminal is too narrow for them.
#[derive(Debug)]
pub(super) struct Table {
    titles: Vec<&'static str>,
    rows: Vec<Vec<Cell>>,
}

impl Table {
    /// A table without rows.
    pub(super) fn new(titles: &[&'static str]) -> Self {
        Self { titles: titles.to_vec(), rows: Vec::new() }
    }

    /// Adds a row.
    pub(super) fn row(&mut self, cells: Vec<Cell>) {
        let fit = |cell: Cell| Cell { text: Printable(cell.text).to_string(), ..cell };
        self.rows.push(cells.into_iter().map(fit).collect());
    }

    /// Prints it.
    pub(super) fn print(&self) -> anyhow::Result<()> {
        let width = stdout().is_terminal().then(terminal_size).flatten();
        let text = self.text(Paint::new(), width.map(|(Width(width), _)| usize::from(width)));
        Ok(stdout().lock().write_all(text.as_bytes())?)
    }

    fn text(&self, paint: Paint, width: Option<usize>) -> String {
        let widths = self.widths(width);
        let titles = self.titles.iter().map(|title| Cell::new(Mood::Title, *title)).collect();
        let mut text = String::new();
        for row in std::iter::once(&titles).chain(&self.rows) {
            let last = row.len().saturating_sub(1);
            for (index, (Cell { mood, text: cell }, &width)) in row.iter().zip(&widths).enumerate()
            {
                let cell = cut(cell, width);
                let gap = width - cell.chars().count();
                text.push_str(&paint.text(*mood, &cell));
                if index < last {
                    text.push_str(&" ".repeat(gap + GAP));
                }
            }
            text.push('\n');
        }
        text
    }

    /// The width of each column: that of its widest cell, and the widest columns give up what a
    /// terminal does not have.
    fn widths(&self, limit: Option<usize>) -> Vec<usize> {
        let widest = |column: usize, title: &str| {
            let cells = self.rows.iter().filter_map(|row| row.get(column));
            let widest = cells.map(|cell| cell.text.chars().count()).max().unwrap_or(0);
            widest.max(title.len())
        };
        let titles = self.titles.iter().enumerate();
        let mut widths: Vec<_> = titles.map(|(column, title)| widest(column, title)).collect();
        let Some(limit) = limit else { return widths };
        let gaps = GAP * widths.len().saturating_sub(1);
        while widths.iter().sum::<usize>() + gaps > limit {
            match widths.iter_mut().max() {
                Some(widest) if *widest > LEAST => *widest -= 1,
                _ => break,
            }
        }
        widths
    }
}

/// Spaces between columns.
const GAP: usize = 2;
/// No column is made narrower than this.
const LEAST: usize = 6;

fn cut(cell: &str, width: usize) -> String {
    if cell.chars().count() <= width {
        return cell.to_owned();
    }
    cell.chars().take(width.saturating_sub(1)).chain(['…']).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_widest_column_gives_up_what_a_terminal_does_not_have() {
        let mut table = Table::new(&["NAME", "STATE"]);
        table.row(vec![Cell::plain("a".repeat(30)), Cell::new(Mood::Good, "healthy")]);
        let plain = Paint { is_on: false };
        let narrow = table.text(plain, Some(20));
        assert_eq!(narrow, "NAME         STATE\naaaaaaaaaa…  healthy\n");
        assert!(table.text(plain, None).contains(&"a".repeat(30)));
        let coloured = table.text(Paint { is_on: true }, Some(20));
        assert!(coloured.contains("\x1b[32mhealthy\x1b[0m"), "{coloured:?}");
    }
}

//! `fedns overrides`: what is drained and pinned now.
//!
//! In: a running server. Out: a table or a document. Does not decide anything itself.

use std::io::{Write, stdout};

use clap::Args;

use crate::documents::overrides::{OverrideRow, OverridesDocument};

use super::format::{Cell, Form, print_document};
use super::reach::Reach;
use super::running_server::{Known, RunningServer};
use super::table::{Column, Table, column};

/// What is told of overrides, and in which order columns give way.
const OVERRIDES: [Column; 7] = [
    column("KIND", 0),
    column("WHAT", 0),
    column("UNTIL", 0),
    column("REASON", 1),
    column("BY", 2),
    column("SOURCE", 3),
    column("ID", 4),
];

/// From where overrides are told.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  fedns overrides
  fedns overrides -o json

What operators drain and pin: in the file that `overrides.file` names, in entries of clusters, and by
annotation fedns.dev/drain. Each ends by itself, but for what a cluster's own data says without an end.")]
pub(super) struct OverridesArguments {
    #[command(flatten)]
    pub(super) reach: Reach,
    #[command(flatten)]
    form: Form,
}

/// Prints the overrides in force.
pub(super) fn overrides(known: Known, arguments: &OverridesArguments) -> anyhow::Result<()> {
    let server = RunningServer::reached(known, &arguments.reach, None)?;
    let document: OverridesDocument = server.document_of_server_alone("/overrides")?;
    if !arguments.form.output.is_table() {
        return print_document(&document, arguments.form.output);
    }
    if document.overrides.is_empty() {
        writeln!(stdout().lock(), "nothing is drained or pinned")?;
        return Ok(());
    }
    let mut table = Table::new(&OVERRIDES);
    document.overrides.iter().for_each(|row| table.row(cells(row)));
    table.print(arguments.form.output)
}

fn cells(row: &OverrideRow) -> Vec<Cell> {
    let kind = if row.hard { format!("hard {}", row.kind) } else { row.kind.clone() };
    let part =
        |word: &str, value: &Option<String>| value.as_ref().map(|value| format!("{word} {value}"));
    let parts = [
        part("service", &row.service),
        part("zone", &row.zone),
        part("region", &row.region),
        part("cluster", &row.cluster),
    ];
    let what: Vec<_> = parts.into_iter().flatten().collect();
    vec![
        Cell::plain(kind),
        Cell::plain(what.join(", ")),
        Cell::plain(row.until.as_deref().unwrap_or("none")),
        Cell::plain(&row.reason),
        Cell::plain(row.by.as_deref().unwrap_or("")),
        Cell::plain(&row.source),
        Cell::plain(&row.id),
    ]
}

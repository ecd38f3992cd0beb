//! `fedns services` and `fedns clusters`: one row each.
//!
//! In: which rows are wanted. Out: tables or documents, from the running server where there is
//! one. Does not decide anything itself.

use std::fmt::Display;

use crate::controller::Question;
use crate::core::state::{Health, SyncState};
use crate::overview::{Clusters, Services, ServicesWanted};

use super::format::{Format, Mood, Table, print_document};
use super::server::{Server, escape};

/// Prints services.
pub(super) fn services(
    server: &Server,
    wanted: ServicesWanted,
    format: Format,
) -> anyhow::Result<()> {
    let document = all_pages(server, wanted)?;
    if format != Format::Table {
        return print_document(&document, format);
    }
    let titles = ["SERVICE", "STATE", "HEALTHY", "PLACES", "ADDRESSES", "TTL"];
    let mut table = Table::new(&titles);
    for row in document.services {
        let mood = match row.state {
            Health::Healthy => Mood::Good,
            Health::Degraded => Mood::Odd,
            Health::Down => Mood::Bad,
            Health::Unpublished => Mood::Dim,
        };
        table.row(vec![
            (Mood::Plain, format!("{}/{}", row.namespace, row.name)),
            (mood, row.state.as_str().to_owned()),
            plain(format!("{}/{}", row.healthy_clusters, row.published_clusters)),
            plain(row.places),
            plain(row.addresses),
            match row.state {
                Health::Unpublished => (Mood::Dim, "-".to_owned()),
                _ => plain(row.ttl),
            },
        ]);
    }
    table.print()
}

/// All pages as one.
fn all_pages(server: &Server, mut wanted: ServicesWanted) -> anyhow::Result<Services> {
    let mut all = Vec::new();
    loop {
        let values = [
            ("federation", wanted.federation.as_deref()),
            ("namespace", wanted.namespace.as_deref()),
            ("cluster", wanted.cluster.as_deref()),
            ("state", wanted.state.map(Health::as_str)),
            ("after", wanted.after.as_deref()),
        ];
        let path = path("overview/services", &values);
        let mut page: Services = server.document(&path, &Question::Services(wanted.clone()))?;
        all.append(&mut page.services);
        wanted.after = page.next.take();
        if wanted.after.is_none() {
            return Ok(Services { services: all, ..page });
        }
    }
}

/// Prints clusters.
pub(super) fn clusters(
    server: &Server,
    wanted: Option<SyncState>,
    format: Format,
) -> anyhow::Result<()> {
    let path = path("clusters", &[("state", wanted.map(SyncState::as_str))]);
    let document: Clusters = server.document(&path, &Question::Clusters(wanted))?;
    if format != Format::Table {
        return print_document(&document, format);
    }
    let titles = ["CLUSTER", "STATE", "PLACES", "NODES", "SERVICES", "COMPLAINTS"];
    let mut table = Table::new(&titles);
    for row in document.clusters {
        let mood = if row.state == "synced" { Mood::Good } else { Mood::Odd };
        let places = if row.places.is_empty() { "none".into() } else { row.places.join(", ") };
        let complaints = if row.complaints == 0 { Mood::Plain } else { Mood::Odd };
        table.row(vec![
            plain(row.name),
            match row.restored_as_of {
                Some(as_of) => (mood, format!("{}, as of {as_of}", row.state)),
                None => (mood, row.state),
            },
            plain(places),
            plain(row.nodes),
            plain(row.services),
            (complaints, row.complaints.to_string()),
        ]);
    }
    table.print()
}

fn plain(value: impl Display) -> (Mood, String) {
    (Mood::Plain, value.to_string())
}

/// A path with those values that are given.
fn path(document: &str, values: &[(&str, Option<&str>)]) -> String {
    let given = values.iter().filter_map(|(key, value)| Some((key, (*value)?)));
    let given: Vec<_> = given.map(|(key, value)| format!("{key}={}", escape(value))).collect();
    match given.is_empty() {
        true => format!("/{document}"),
        false => format!("/{document}?{}", given.join("&")),
    }
}

//! `fedns services` and `fedns clusters`: one row each.
//!
//! In: which rows are wanted. Out: tables or documents, from the running server where there is
//! one. Does not decide anything itself.

use std::io::stdout;

use crate::controller::Question;
use crate::core::state::{ClusterState, Health};
use crate::documents::clusters::{ClusterRow, Clusters, ServerRow};
use crate::documents::services::{ServiceFilter, Services, ServicesForm};

use super::format::{Cell, Format, Mood, brief};
use super::running_server::{RunningServer, escape};
use super::table::{Column, Table, column};

/// What is told of services, and in which order columns give way.
const SERVICES: [Column; 7] = [
    column("SERVICE", 0),
    column("STATE", 0),
    column("FOR", 3),
    column("HEALTHY", 1),
    column("PLACES", 4),
    column("ADDRESSES", 2),
    column("TTL", 5),
];

/// What is told of clusters, and in which order columns give way.
const CLUSTERS: [Column; 11] = [
    column("CLUSTER", 0),
    column("STATE", 0),
    column("FOR", 3),
    column("SERVICES", 1),
    column("COMPLAINTS", 2),
    column("CONTACT", 4),
    column("PLACES", 5),
    column("EXPIRES", 6),
    column("NODES", 7),
    column("LAST EVENT", 8),
    column("VERSION", 9),
];

/// Prints services.
pub(super) fn services(
    server: &RunningServer,
    filter: ServiceFilter,
    format: Format,
) -> anyhow::Result<()> {
    let document = all_pages(server, filter)?;
    if !format.is_table() {
        return server.print_document(&document, format);
    }
    server.say_offline("", &mut stdout().lock())?;
    let mut table = Table::new(&SERVICES);
    for row in document.services {
        // What is not heard may not be so any more.
        let is_unheard = row.unheard_clusters > 0;
        let mood = match row.state {
            Health::Healthy if is_unheard => Mood::Odd,
            Health::Healthy => Mood::Good,
            Health::Degraded => Mood::Odd,
            Health::Down => Mood::Bad,
            Health::Idle | Health::Unpublished => Mood::Dim,
        };
        table.row(vec![
            Cell::plain(format_args!("{}/{}", row.namespace, row.name)),
            Cell::new(mood, row.state.as_str()),
            Cell::optional(row.unanswered_seconds.map(brief)),
            Cell::plain(match row.unheard_clusters {
                0 => format!("{}/{}", row.healthy_clusters, row.published_clusters),
                unheard => format!(
                    "{}/{}, {unheard} unheard",
                    row.healthy_clusters, row.published_clusters
                ),
            }),
            Cell::plain(row.places),
            Cell::plain(row.addresses),
            match row.state {
                Health::Unpublished => Cell::none(),
                _ => Cell::plain(row.ttl),
            },
        ]);
    }
    table.print(format)
}

/// All pages as one.
fn all_pages(server: &RunningServer, mut filter: ServiceFilter) -> anyhow::Result<Services> {
    let mut all = Vec::new();
    loop {
        let values = [
            ("federation", filter.federation.as_str()),
            ("namespace", filter.namespace.as_str()),
            ("cluster", filter.cluster.as_str()),
            ("state", filter.state.as_str()),
            ("after", filter.after.as_str()),
        ];
        let path = path("overview/services", &values);
        let question = Question::Services(filter.clone(), ServicesForm::Numbers);
        let mut document: Services = server.document(&path, &question)?;
        all.append(&mut document.services);
        match document.page.take().and_then(|page| page.next) {
            Some(next) => filter.after = next,
            None => return Ok(Services { services: all, ..document }),
        }
    }
}

/// Prints clusters.
pub(super) fn clusters(
    server: &RunningServer,
    wanted: Option<ClusterState>,
    format: Format,
) -> anyhow::Result<()> {
    let path = path("clusters", &[("state", wanted.map_or("", ClusterState::as_str))]);
    let document: Clusters = server.document(&path, &Question::Clusters(wanted))?;
    if !format.is_table() {
        return server.print_document(&document, format);
    }
    server.say_offline("", &mut stdout().lock())?;
    let mut table = Table::new(&CLUSTERS);
    // Without a server nothing has lasted: all was read just now.
    let has_lasted = !server.is_offline();
    document.clusters.iter().for_each(|row| table.row(cells(row, has_lasted)));
    table.print(format)
}

fn cells(row: &ClusterRow, has_lasted: bool) -> Vec<Cell> {
    // Of one with which nothing is wrong nobody asks for how long.
    let is_told = has_lasted && row.state != ClusterState::Synced.as_str();
    let complaints = if row.complaints == 0 { Mood::Plain } else { Mood::Odd };
    let server = row.server.as_ref();
    let expires = server.and_then(|it| it.credentials_expire_in_seconds);
    let last_event = server.and_then(|it| it.last_event_seconds);
    vec![
        Cell::plain(&row.name),
        state_cell(row),
        Cell::optional(is_told.then(|| brief(row.state_seconds))),
        Cell::plain(row.services),
        Cell::new(complaints, row.complaints.to_string()),
        server.map_or_else(Cell::none, contact_cell),
        if row.places.is_empty() { Cell::none() } else { Cell::plain(row.places.join(", ")) },
        expires.map_or_else(Cell::none, expires_cell),
        Cell::plain(row.nodes),
        Cell::optional(last_event.map(|ago| format!("{} ago", brief(ago)))),
        Cell::optional(server.and_then(|it| it.version.as_ref())),
    ]
}

/// How a cluster is; of one that is restored, as of when.
fn state_cell(row: &ClusterRow) -> Cell {
    let mood = match ClusterState::parse(&row.state) {
        Some(ClusterState::Synced) => Mood::Good,
        Some(ClusterState::Partial | ClusterState::Restored | ClusterState::Held) => Mood::Odd,
        _ => Mood::Bad,
    };
    Cell::new(mood, row.state.clone())
}

/// Whether a cluster's API server can be asked, and for how long that is so.
fn contact_cell(server: &ServerRow) -> Cell {
    let mood = match server.contact.as_str() {
        "reached" => Mood::Good,
        "lost" => Mood::Bad,
        _ => Mood::Odd,
    };
    let since = server.since_seconds.map(|since| format!(" {}", brief(since)));
    Cell::new(mood, format!("{}{}", server.contact, since.unwrap_or_default()))
}

/// How long credentials are still good.
fn expires_cell(rest: u64) -> Cell {
    match rest {
        0 => Cell::new(Mood::Bad, "expired"),
        rest if rest < 7 * 86_400 => Cell::new(Mood::Odd, format!("in {}", brief(rest))),
        rest => Cell::plain(format!("in {}", brief(rest))),
    }
}

/// A path with those values that are not empty.
fn path(document: &str, values: &[(&str, &str)]) -> String {
    let given = values.iter().filter(|(_, value)| !value.is_empty());
    let given: Vec<_> = given.map(|(key, value)| format!("{key}={}", escape(value))).collect();
    match given.is_empty() {
        true => format!("/{document}"),
        false => format!("/{document}?{}", given.join("&")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cluster_is_told_in_the_words_of_its_state() {
        let server = ServerRow {
            contact: "lost".into(),
            since_seconds: Some(150),
            reason: None,
            uid: None,
            version: Some("v1.33.1".into()),
            last_event_seconds: Some(7),
            watch_age_seconds: None,
            objects: [("nodes".to_owned(), 3), ("services".to_owned(), 4)].into(),
            credentials_expire_in_seconds: Some(3 * 86_400),
        };
        let mut row = ClusterRow {
            restored_as_of: None,
            name: "east".into(),
            state: "withdrawn".into(),
            state_seconds: 150,
            places: vec!["a.us".into()],
            nodes: 3,
            services: 4,
            complaints: 0,
            silence: None,
            foreign: None,
            server: Some(server),
        };
        let texts = |row: &ClusterRow| -> Vec<_> {
            cells(row, true).into_iter().map(|cell| cell.text).collect()
        };
        let told = ["2m", "4", "0", "lost 2m", "a.us", "in 3d", "3", "7s ago", "v1.33.1"];
        assert_eq!(texts(&row)[2..], told);
        assert_eq!(state_cell(&row), Cell::new(Mood::Bad, "withdrawn"));
        row.state = "synced".into();
        (row.server, row.places) = (None, Vec::new());
        assert_eq!(texts(&row)[2..], ["-", "4", "0", "-", "-", "-", "3", "-", "-"]);
        assert_eq!(state_cell(&row), Cell::new(Mood::Good, "synced"));
        assert_eq!(expires_cell(0), Cell::new(Mood::Bad, "expired"));
    }
}

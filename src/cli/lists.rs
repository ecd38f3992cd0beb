//! `fedns services` and `fedns clusters`: one row each.
//!
//! In: which rows are wanted. Out: tables or documents, from the running server where there is
//! one. Does not decide anything itself.

use crate::controller::Question;
use crate::core::state::{Health, SyncState};
use crate::documents::clusters::{ClusterRow, Clusters, ServerRow};
use crate::documents::services::{ServiceFilter, Services, ServicesForm};

use super::format::{Cell, Format, Mood, Table, brief, print_document};
use super::running_server::{RunningServer, escape};

/// Prints services.
pub(super) fn services(
    server: &RunningServer,
    filter: ServiceFilter,
    format: Format,
) -> anyhow::Result<()> {
    let document = all_pages(server, filter)?;
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
            Cell::plain(format_args!("{}/{}", row.namespace, row.name)),
            Cell::new(mood, row.state.as_str()),
            Cell::plain(format!("{}/{}", row.healthy_clusters, row.published_clusters)),
            Cell::plain(row.places),
            Cell::plain(row.addresses),
            match row.state {
                Health::Unpublished => Cell::none(),
                _ => Cell::plain(row.ttl),
            },
        ]);
    }
    table.print()
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
    wanted: Option<SyncState>,
    format: Format,
) -> anyhow::Result<()> {
    let path = path("clusters", &[("state", wanted.map_or("", SyncState::as_str))]);
    let document: Clusters = server.document(&path, &Question::Clusters(wanted))?;
    if format != Format::Table {
        return print_document(&document, format);
    }
    let mut titles = vec!["CLUSTER", "STATE", "PLACES", "NODES", "SERVICES", "COMPLAINTS"];
    let has_servers = document.clusters.iter().any(|row| row.server.is_some());
    if has_servers {
        titles.extend(["CONTACT", "OBJECTS", "LAST EVENT", "VERSION", "EXPIRES"]);
    }
    let mut table = Table::new(&titles);
    for row in document.clusters {
        let places = if row.places.is_empty() { "none".into() } else { row.places.join(", ") };
        let complaints = if row.complaints == 0 { Mood::Plain } else { Mood::Odd };
        let mut cells = vec![
            Cell::plain(&row.name),
            state_cell(&row),
            Cell::plain(places),
            Cell::plain(row.nodes),
            Cell::plain(row.services),
            Cell::new(complaints, row.complaints.to_string()),
        ];
        match row.server {
            Some(server) => cells.extend(server_cells(&server)),
            None if has_servers => cells.extend(std::array::from_fn::<_, 5, _>(|_| Cell::none())),
            None => {}
        }
        table.row(cells);
    }
    table.print()
}

/// How a cluster is: how much of it is known, and whether that is heard of still.
fn state_cell(row: &ClusterRow) -> Cell {
    let since = |seconds: Option<u64>| seconds.map(|it| format!(" {}", brief(it)));
    let state = match &row.restored_as_of {
        Some(as_of) => format!("{}, as of {as_of}", row.state),
        None => row.state.clone(),
    };
    match (&row.foreign, &row.silence) {
        (Some(foreign), _) => {
            let since = since(Some(foreign.since_seconds)).unwrap_or_default();
            Cell::new(Mood::Bad, format!("{state}, foreign{since}"))
        }
        (None, Some(silence)) => {
            let since = since(silence.since_seconds).unwrap_or_default();
            Cell::new(Mood::Bad, format!("{state}, {}{since}", silence.state))
        }
        (None, None) if row.state == "synced" => Cell::new(Mood::Good, state),
        (None, None) => Cell::new(Mood::Odd, state),
    }
}

/// A cluster's API server: contact and since when, objects, last event, version, and how long the
/// credentials are good.
fn server_cells(server: &ServerRow) -> [Cell; 5] {
    let mood = match server.contact.as_str() {
        "reached" => Mood::Good,
        "lost" => Mood::Bad,
        _ => Mood::Odd,
    };
    let since = server.since_seconds.map(|since| format!(" {}", brief(since)));
    let objects: u64 = server.objects.values().sum();
    let expires = match server.credentials_expire_in_seconds {
        None => Cell::none(),
        Some(0) => Cell::new(Mood::Bad, "expired"),
        Some(rest) if rest < 7 * 86_400 => Cell::new(Mood::Odd, format!("in {}", brief(rest))),
        Some(rest) => Cell::plain(format!("in {}", brief(rest))),
    };
    [
        Cell::new(mood, format!("{}{}", server.contact, since.unwrap_or_default())),
        Cell::plain(objects),
        Cell::optional(server.last_event_seconds.map(|ago| format!("{} ago", brief(ago)))),
        Cell::optional(server.version.as_ref()),
        expires,
    ]
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
    use crate::documents::clusters::{ForeignRow, SilenceRow};

    #[test]
    fn silence_and_strangers_are_told_beside_the_state() {
        let mut row = ClusterRow {
            restored_as_of: None,
            name: "east".into(),
            state: "synced".into(),
            places: Vec::new(),
            nodes: 0,
            services: 0,
            complaints: 0,
            silence: None,
            foreign: None,
            server: None,
        };
        assert_eq!(state_cell(&row), Cell::new(Mood::Good, "synced"));
        let silence = SilenceRow { state: "withdrawn".into(), since_seconds: Some(150) };
        row.silence = Some(silence);
        assert_eq!(state_cell(&row), Cell::new(Mood::Bad, "synced, withdrawn 2m"));
        row.foreign = Some(ForeignRow { uid: "two".into(), since_seconds: 7 });
        assert_eq!(state_cell(&row), Cell::new(Mood::Bad, "synced, foreign 7s"));
    }

    #[test]
    fn a_server_is_told_in_five_cells() {
        let row = ServerRow {
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
        let texts = server_cells(&row).map(|cell| cell.text);
        assert_eq!(texts, ["lost 2m", "7", "7s ago", "v1.33.1", "in 3d"]);
        let row = ServerRow {
            contact: "unknown".into(),
            since_seconds: None,
            version: None,
            last_event_seconds: None,
            credentials_expire_in_seconds: Some(0),
            ..row
        };
        let texts = server_cells(&row).map(|cell| cell.text);
        assert_eq!(texts, ["unknown", "7", "-", "-", "expired"]);
    }
}

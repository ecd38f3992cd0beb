//! `fedns check --online`: every cluster of the configuration and of its registries tried, and what
//! is missing there.
//!
//! In: a configuration that has no fault. Out: a table or a document on standard output; an error
//! where something is missing. Clusters are tried side by side, each for ten seconds at most.
//! Does not serve anything, and changes nothing.

use std::collections::BTreeMap;
use std::io::stdout;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use anyhow::{Context, bail};
use futures::future::join_all;
use serde::Serialize;
use tokio::runtime::Builder;

use crate::clusters::cluster_watch::{Preflight, preflight};
use crate::config::{Config, Registry, Source};
use crate::core::complaint::Flaw;
use crate::core::count::Count;
use crate::core::event::{ClusterEvent, Listing};
use crate::core::name::Label;
use crate::core::policy::{ClusterPolicy, Policy};
use crate::core::service::SourceId;
use crate::core::state::{State, SyncState};
use crate::core::time::Now;

use super::format::{Cell, Format, Mood, brief, print_document};
use super::offline;
use super::print::line;
use super::table::{Column, Table, column};
use crate::server::plan::{complaints, configured_clusters};
use crate::server::registries::{ReadOnce, read_once};
use crate::server::watches::{RegisteredCluster, Watched};

/// How long a cluster may take.
const PATIENCE: Duration = Duration::from_secs(10);
/// Clocks that differ by more than this are worth a look, in seconds.
const SKEW: i64 = 5;
/// Credentials that are good for less than this are worth a look, in seconds.
const SOON: i64 = 7 * 86_400;
/// What is read, in the order of the table.
const KINDS: [&str; 3] = ["nodes", "services", "endpointslices"];

/// What came of trying.
#[derive(Serialize)]
struct OnlineReport {
    clusters: Vec<CheckedCluster>,
    registries: Vec<CheckedRegistry>,
    /// What is wrong with the configuration itself, and keeps it from nothing.
    complaints: Vec<String>,
}

/// A registry, whose clusters stand among the others.
#[derive(Serialize)]
struct CheckedRegistry {
    registry: String,
    /// Whether it could be read.
    ok: bool,
    clusters: Vec<String>,
    missing: Vec<String>,
    notes: Vec<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct CheckedCluster {
    name: String,
    /// Whether nothing is missing.
    ok: bool,
    /// The API server, or the folder.
    source: String,
    reached_millis: Option<u64>,
    version: Option<String>,
    /// The UID of the namespace `kube-system`.
    uid: Option<String>,
    /// Below zero where they have expired.
    credentials_expire_in_seconds: Option<i64>,
    clock_ahead_seconds: Option<i64>,
    kinds: BTreeMap<&'static str, CheckedKind>,
    places: Vec<String>,
    missing: Vec<String>,
    notes: Vec<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct CheckedKind {
    objects: Option<u64>,
    list: bool,
    watch: bool,
}

/// Tries every cluster, and prints what came of it.
///
/// # Errors
/// Something is missing.
pub(super) fn online(config: &Config, format: Format) -> anyhow::Result<()> {
    let report = look(config)?;
    let lacking = report.clusters.iter().filter(|row| !row.ok).count();
    let unread = report.registries.iter().filter(|row| !row.ok).count();
    let all = report.clusters.len();
    match format {
        Format::Table | Format::Wide => print_table(&report, format)?,
        _ => print_document(&report, format)?,
    }
    match (lacking, unread) {
        (0, 0) => Ok(()),
        (0, _) => bail!("{unread} of {} registries can not be read", report.registries.len()),
        _ => bail!("something is missing in {lacking} of {}", Count(all, "cluster")),
    }
}

fn look(config: &Config) -> anyhow::Result<OnlineReport> {
    let has_folders = config.clusters.iter().any(|it| matches!(it.source, Source::Manifests(_)));
    let folders = if has_folders { Some(offline::load(config)?) } else { None };
    let row = async |cluster: RegisteredCluster| match &cluster.watched {
        Some(Watched::Server(entry)) => server(&cluster, preflight(entry, PATIENCE).await),
        Some(Watched::Folder(path)) => {
            let state = folders.as_ref().map(|controller| controller.state());
            folder(cluster.name(), path.display().to_string(), state)
        }
        // Of nobody else it is not known here how it is reached.
        None => folder(cluster.name(), cluster.entry.source.to_string(), None),
    };
    let registry = async |registry: &Registry| {
        let read = read_once(config, registry, PATIENCE).await;
        let (registered, missing, notes) = match read {
            Ok(ReadOnce { clusters, faults }) => (clusters, Vec::new(), faults),
            Err(why) => (Vec::new(), vec![why], Vec::new()),
        };
        let clusters = registered.iter().map(|it| it.name().to_string()).collect();
        let (registry, ok) = (registry.to_string(), missing.is_empty());
        (CheckedRegistry { registry, ok, clusters, missing, notes }, registered)
    };
    let runtime = Builder::new_multi_thread().worker_threads(2).enable_all().build();
    runtime.context("no runtime")?.block_on(async {
        let read = join_all(config.registries.iter().map(registry)).await;
        let (registries, registered): (Vec<_>, Vec<_>) = read.into_iter().unzip();
        let all = configured_clusters(config).chain(registered.into_iter().flatten());
        let mut clusters = join_all(all.map(row)).await;
        tell_twins(&mut clusters);
        let complaints = complaints(config).iter().map(ToString::to_string).collect();
        Ok(OnlineReport { clusters, registries, complaints })
    })
}

/// Says which clusters have the same API server: one of them is missing.
fn tell_twins(rows: &mut [CheckedCluster]) {
    let mut by_uid: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (at, uid) in rows.iter().enumerate().filter_map(|(at, row)| Some((at, row.uid.clone()?))) {
        by_uid.entry(uid).or_default().push(at);
    }
    for (uid, alike) in by_uid.into_iter().filter(|(_, alike)| alike.len() > 1) {
        for &at in &alike {
            let others = alike.iter().filter(|it| **it != at);
            let others = others.filter_map(|it| Label::parse(&rows[*it].name).ok()).collect();
            let flaw = Flaw::SameCluster(uid.as_str().into(), others);
            rows[at].missing.push(flaw.to_string());
            rows[at].ok = false;
        }
    }
}

fn server(cluster: &RegisteredCluster, mut seen: Preflight) -> CheckedCluster {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    let rest = seen.expiry.map(|expiry| expiry - i64::try_from(now).unwrap_or(i64::MAX));
    if let Some(ahead) = seen.ahead.filter(|ahead| ahead.abs() > SKEW) {
        let word = if ahead > 0 { "ahead of" } else { "behind" };
        let by = ahead.unsigned_abs();
        seen.notes.push(format!(
            "its clock is {by} s {word} ours: tokens may not count yet, or any more"
        ));
    }
    let places = places(cluster.name(), &cluster.entry.policy, &seen);
    let has_nodes = count(&seen, "nodes").is_some();
    if has_nodes && places.is_empty() {
        seen.notes.push(
            "no region and zone known, so it counts in global answers only; label its nodes \
             topology.kubernetes.io/region and /zone, or set `region` and `zones`"
                .to_owned(),
        );
    }
    let kind = |kind: &'static str| {
        let of_kind = || seen.readings.iter().filter(move |it| it.resource == kind);
        let list = of_kind().all(|it| it.objects.is_some());
        let watch = of_kind().all(|it| it.is_watched);
        of_kind().next().map(|_| (kind, CheckedKind { objects: count(&seen, kind), list, watch }))
    };
    CheckedCluster {
        name: cluster.name().to_string(),
        ok: seen.missing.is_empty(),
        reached_millis: seen.reached.map(|it| u64::try_from(it.as_millis()).unwrap_or(u64::MAX)),
        credentials_expire_in_seconds: rest,
        clock_ahead_seconds: seen.ahead,
        kinds: KINDS.into_iter().filter_map(kind).collect(),
        places,
        source: seen.server,
        version: seen.version,
        uid: seen.uid,
        missing: seen.missing,
        notes: seen.notes,
    }
}

fn folder(cluster: &Label, source: String, state: Option<&State>) -> CheckedCluster {
    let known = state.and_then(|state| Some(state.cluster(state.find_cluster(cluster)?)));
    let complaints = state.map(State::complaints).unwrap_or_default();
    let own = complaints.iter().filter(|it| it.cluster.as_ref() == Some(cluster));
    let own: Vec<_> = own.map(|it| format!("{}: {}", it.subject, it.flaw)).collect();
    let is_there = known.is_some_and(|it| it.sync != SyncState::Awaited);
    let all = |objects| CheckedKind { objects, list: is_there, watch: is_there };
    let nodes = known.map(|it| it.nodes.len() as u64);
    let services = known.map(|it| it.shards as u64);
    let (missing, notes) = if is_there { (Vec::new(), own) } else { (own, Vec::new()) };
    CheckedCluster {
        name: cluster.to_string(),
        ok: is_there,
        source,
        reached_millis: None,
        version: None,
        uid: None,
        credentials_expire_in_seconds: None,
        clock_ahead_seconds: None,
        kinds: [("nodes", all(nodes)), ("services", all(services))].into(),
        places: known
            .map(|it| it.places.iter().map(ToString::to_string).collect())
            .unwrap_or_default(),
        missing,
        notes,
    }
}

/// How many objects of a kind a preflight has seen; `None` where they can not be listed.
pub(super) fn count(seen: &Preflight, kind: &str) -> Option<u64> {
    let of_kind: Vec<_> = seen.readings.iter().filter(|it| it.resource == kind).collect();
    let counted = of_kind.iter().filter_map(|it| it.objects);
    counted.clone().next().map(|_| counted.sum())
}

/// Where a cluster stands, by the nodes that a preflight has seen: as the server itself finds out.
pub(super) fn places(name: &Label, policy: &ClusterPolicy, seen: &Preflight) -> Vec<String> {
    let mut state = State::new(Arc::new(Policy::default()), Now::default(), Duration::ZERO);
    state.register(name.clone(), policy.clone());
    let listing = Listing { source: SourceId(0), objects: seen.nodes.clone() };
    state.apply(Now::default(), name, ClusterEvent::Listed(vec![listing]));
    let clusters = state.clusters().flat_map(|cluster| &cluster.places);
    clusters.map(ToString::to_string).collect()
}

/// What is told of clusters, and in which order columns give way.
const COLUMNS: [Column; 10] = [
    column("CLUSTER", 0),
    column("STATE", 0),
    column("REACHED", 4),
    column("VERSION", 7),
    column("EXPIRES", 5),
    column("CLOCK", 6),
    column("NODES", 3),
    column("SERVICES", 2),
    column("ENDPOINTSLICES", 2),
    column("PLACES", 1),
];

fn print_table(report: &OnlineReport, format: Format) -> anyhow::Result<()> {
    let OnlineReport { clusters: rows, registries, complaints } = report;
    let mut table = Table::new(&COLUMNS);
    rows.iter().for_each(|row| table.row(cells(row)));
    table.print(format)?;
    let out = &mut stdout().lock();
    for CheckedCluster { name, missing, notes, .. } in rows {
        missing.iter().try_for_each(|it| line(out, format_args!("{name}: missing: {it}")))?;
        notes.iter().try_for_each(|it| line(out, format_args!("{name}: note: {it}")))?;
    }
    for CheckedRegistry { registry, clusters, missing, notes, ok } in registries {
        if *ok {
            line(out, format_args!("registry {registry}: {}", Count(clusters.len(), "cluster")))?;
        }
        missing
            .iter()
            .try_for_each(|it| line(out, format_args!("registry {registry}: missing: {it}")))?;
        notes
            .iter()
            .try_for_each(|it| line(out, format_args!("registry {registry}: note: {it}")))?;
    }
    complaints.iter().try_for_each(|it| line(out, format_args!("complaint: {it}")))?;
    Ok(())
}

/// A cluster's row.
fn cells(row: &CheckedCluster) -> Vec<Cell> {
    let state = match row.ok {
        true => Cell::new(Mood::Good, "ok"),
        false => Cell::new(Mood::Bad, "missing"),
    };
    let mut cells = vec![
        Cell::plain(&row.name),
        state,
        Cell::optional(row.reached_millis.map(|millis| format!("{millis} ms"))),
        Cell::optional(row.version.as_ref()),
        row.credentials_expire_in_seconds.map_or_else(Cell::none, expiry),
        row.clock_ahead_seconds.map_or_else(Cell::none, clock),
    ];
    cells.extend(KINDS.map(|kind| match row.kinds.get(kind) {
        None => Cell::none(),
        Some(CheckedKind { list: false, .. }) => Cell::new(Mood::Bad, "no list"),
        Some(CheckedKind { watch: false, .. }) => Cell::new(Mood::Bad, "no watch"),
        Some(CheckedKind { objects, .. }) => Cell::optional(*objects),
    }));
    let places = (!row.places.is_empty()).then(|| row.places.join(", "));
    cells.push(Cell::optional(places));
    cells
}

fn expiry(rest: i64) -> Cell {
    let text = brief(rest.unsigned_abs());
    match rest {
        ..=0 => Cell::new(Mood::Bad, format!("{text} ago")),
        _ if rest < SOON => Cell::new(Mood::Odd, format!("in {text}")),
        _ => Cell::new(Mood::Plain, format!("in {text}")),
    }
}

fn clock(ahead: i64) -> Cell {
    match ahead.abs() > SKEW {
        true => Cell::new(Mood::Odd, format!("{ahead:+} s")),
        false => Cell::new(Mood::Plain, "ok"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_and_clocks_are_told_in_words() {
        assert_eq!(expiry(-7200), Cell::new(Mood::Bad, "2h ago"));
        assert_eq!(expiry(86_400), Cell::new(Mood::Odd, "in 24h"));
        assert_eq!(expiry(30 * 86_400), Cell::new(Mood::Plain, "in 30d"));
        assert_eq!(clock(-60), Cell::new(Mood::Odd, "-60 s"));
        assert_eq!(clock(1), Cell::new(Mood::Plain, "ok"));
    }
}

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

use crate::clusters::api::{Visit, visit};
use crate::config::{Config, Registry, Source};
use crate::core::complaint::Flaw;
use crate::core::count::Count;
use crate::core::event::{ClusterEvent, Listing, Moment};
use crate::core::name::Label;
use crate::core::policy::{ClusterPolicy, Policy};
use crate::core::service::SourceId;
use crate::core::state::{State, SyncState};

use super::format::{Cell, Format, Mood, Table, brief, print_document};
use super::offline;
use super::print::line;
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
struct Report {
    clusters: Vec<Row>,
    registries: Vec<RegistryRow>,
    /// What is wrong with the configuration itself, and keeps it from nothing.
    complaints: Vec<String>,
}

/// A registry, whose clusters stand among the others.
#[derive(Serialize)]
struct RegistryRow {
    registry: String,
    /// Whether it could be read.
    ok: bool,
    clusters: Vec<String>,
    missing: Vec<String>,
    notes: Vec<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Row {
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
    kinds: BTreeMap<&'static str, KindRow>,
    places: Vec<String>,
    missing: Vec<String>,
    notes: Vec<String>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct KindRow {
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
        Format::Table => print_table(&report)?,
        _ => print_document(&report, format)?,
    }
    match (lacking, unread) {
        (0, 0) => Ok(()),
        (0, _) => bail!("{unread} of {} registries can not be read", report.registries.len()),
        _ => bail!("something is missing in {lacking} of {}", Count(all, "cluster")),
    }
}

fn look(config: &Config) -> anyhow::Result<Report> {
    let has_folders = config.clusters.iter().any(|it| matches!(it.source, Source::Manifests(_)));
    let folders = if has_folders { Some(offline::load(config)?) } else { None };
    let row = async |cluster: RegisteredCluster| match &cluster.watched {
        Some(Watched::Server(entry)) => server(&cluster, visit(entry, PATIENCE).await),
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
        (RegistryRow { registry, ok, clusters, missing, notes }, registered)
    };
    let runtime = Builder::new_multi_thread().worker_threads(2).enable_all().build();
    runtime.context("no runtime")?.block_on(async {
        let read = join_all(config.registries.iter().map(registry)).await;
        let (registries, registered): (Vec<_>, Vec<_>) = read.into_iter().unzip();
        let all = configured_clusters(config).chain(registered.into_iter().flatten());
        let mut clusters = join_all(all.map(row)).await;
        tell_twins(&mut clusters);
        let complaints = complaints(config).iter().map(ToString::to_string).collect();
        Ok(Report { clusters, registries, complaints })
    })
}

/// Says which clusters have the same API server: one of them is missing.
fn tell_twins(rows: &mut [Row]) {
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

fn server(cluster: &RegisteredCluster, mut seen: Visit) -> Row {
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
        of_kind().next().map(|_| (kind, KindRow { objects: count(&seen, kind), list, watch }))
    };
    Row {
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

fn folder(cluster: &Label, source: String, state: Option<&State>) -> Row {
    let known = state.and_then(|state| Some(state.cluster(state.find_cluster(cluster)?)));
    let complaints = state.map(State::complaints).unwrap_or_default();
    let own = complaints.iter().filter(|it| it.cluster.as_ref() == Some(cluster));
    let own: Vec<_> = own.map(|it| format!("{}: {}", it.subject, it.flaw)).collect();
    let is_there = known.is_some_and(|it| it.sync != SyncState::Awaited);
    let all = |objects| KindRow { objects, list: is_there, watch: is_there };
    let nodes = known.map(|it| it.nodes.len() as u64);
    let services = known.map(|it| it.shards as u64);
    let (missing, notes) = if is_there { (Vec::new(), own) } else { (own, Vec::new()) };
    Row {
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

/// How many objects of a kind a visit has seen; `None` where they can not be listed.
pub(super) fn count(seen: &Visit, kind: &str) -> Option<u64> {
    let of_kind: Vec<_> = seen.readings.iter().filter(|it| it.resource == kind).collect();
    let counted = of_kind.iter().filter_map(|it| it.objects);
    counted.clone().next().map(|_| counted.sum())
}

/// Where a cluster stands, by the nodes that a visit has seen: as the server itself finds out.
pub(super) fn places(name: &Label, policy: &ClusterPolicy, seen: &Visit) -> Vec<String> {
    let mut state = State::new(Arc::new(Policy::default()), Moment::default(), Duration::ZERO);
    state.register(name.clone(), policy.clone());
    let listing = Listing { source: SourceId(0), objects: seen.nodes.clone() };
    state.apply(Moment::default(), name, ClusterEvent::Listed(vec![listing]));
    let clusters = state.clusters().flat_map(|cluster| &cluster.places);
    clusters.map(ToString::to_string).collect()
}

fn print_table(Report { clusters: rows, registries, complaints }: &Report) -> anyhow::Result<()> {
    let titles = [
        "CLUSTER",
        "STATE",
        "REACHED",
        "VERSION",
        "EXPIRES",
        "CLOCK",
        "NODES",
        "SERVICES",
        "ENDPOINTSLICES",
        "PLACES",
    ];
    let mut table = Table::new(&titles);
    for row in rows {
        table.row(cells(row));
    }
    table.print()?;
    let out = &mut stdout().lock();
    for row in rows {
        row.missing
            .iter()
            .try_for_each(|it| line(out, format_args!("{}: missing: {it}", row.name)))?;
        row.notes.iter().try_for_each(|it| line(out, format_args!("{}: note: {it}", row.name)))?;
    }
    for RegistryRow { registry, clusters, missing, notes, ok } in registries {
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

fn cells(row: &Row) -> Vec<Cell> {
    let plain = |text: Option<String>| text.map_or_else(Cell::none, Cell::plain);
    let mut cells = vec![
        Cell::plain(&row.name),
        if row.ok { Cell::new(Mood::Good, "ok") } else { Cell::new(Mood::Bad, "missing") },
        plain(row.reached_millis.map(|millis| format!("{millis} ms"))),
        plain(row.version.clone()),
        row.credentials_expire_in_seconds.map_or_else(Cell::none, expiry),
        row.clock_ahead_seconds.map_or_else(Cell::none, clock),
    ];
    cells.extend(KINDS.map(|kind| match row.kinds.get(kind) {
        None => Cell::none(),
        Some(KindRow { list: false, .. }) => Cell::new(Mood::Bad, "no list"),
        Some(KindRow { watch: false, .. }) => Cell::new(Mood::Bad, "no watch"),
        Some(KindRow { objects, .. }) => plain(objects.map(|number| number.to_string())),
    }));
    let places = (!row.places.is_empty()).then(|| row.places.join(", "));
    cells.push(plain(places));
    cells
}

fn expiry(rest: i64) -> Cell {
    let text = brief(rest.unsigned_abs());
    match rest {
        ..=0 => Cell::new(Mood::Bad, format!("{text} ago")),
        _ if rest < SOON => Cell::new(Mood::Odd, format!("in {text}")),
        _ => Cell::plain(format!("in {text}")),
    }
}

fn clock(ahead: i64) -> Cell {
    match ahead.abs() > SKEW {
        true => Cell::new(Mood::Odd, format!("{ahead:+} s")),
        false => Cell::plain("ok"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_and_clocks_are_told_in_words() {
        assert_eq!(expiry(-7200), Cell::new(Mood::Bad, "2h ago"));
        assert_eq!(expiry(86_400), Cell::new(Mood::Odd, "in 24h"));
        assert_eq!(expiry(30 * 86_400), Cell::plain("in 30d"));
        assert_eq!(clock(-60), Cell::new(Mood::Odd, "-60 s"));
        assert_eq!(clock(1), Cell::plain("ok"));
    }
}

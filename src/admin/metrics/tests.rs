//! What a scrape looks like, with every family of numbers present, held against the conventions.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use arc_swap::ArcSwap;
use tokio::sync::watch;

use super::{Form, Metrics};
use crate::admin::Sources;
use crate::clock::Clock;
use crate::clusters::kubernetes::ObjectKind;
use crate::clusters::watch_stats::{ErrorSort, RegistryStats, WatchStats};
use crate::controller::{ControllerStats, Readiness, calls};
use crate::core::answer::{Outcome, Transport};
use crate::core::complaint::{Flaw, Subject};
use crate::core::name::Label;
use crate::core::snapshot::Snapshot;
use crate::core::time::Moment;
use crate::core::topology::Level;
use crate::core::verdict::Grade;
use crate::core::wire::Rcode;
use crate::dns::counters::{BatchTally, Counters};

const LABELS: [&str; 12] = [
    "cluster", "family", "kind", "le", "level", "proto", "rcode", "reason", "registry", "result",
    "state", "version",
];

/// All metrics, with each family of figures present.
fn text() -> String {
    let udp = Counters::new(Transport::Udp, ([127, 0, 0, 1], 53).into());
    let mut tally = BatchTally::default();
    let (rcode, level) = (Rcode::NOERROR, Some(Level::Zone));
    tally.count(Outcome::Answered { rcode, level, is_truncated: false }, 90);
    udp.add(&tally);
    let mut figures = ControllerStats {
        published: Some(Moment::default()),
        clusters: BTreeMap::from([("synced", 2)]),
        verdict: Some(Grade::Attention),
        complaints: BTreeMap::from([("no_place", 1)]),
        services: BTreeMap::from([("down", 3)]),
        hostnames: BTreeMap::from([("failing", 2)]),
        ..ControllerStats::default()
    };
    figures.counts.reloads.succeeded_at = Some(1_700_000_000);
    figures.counts.publishing.counts[1] = 4;
    figures.counts.publishing.sum = Duration::from_millis(2);
    let sources = Sources {
        snapshot: Arc::new(ArcSwap::from_pointee(Snapshot::default())),
        counters: Arc::new([Arc::new(udp)]),
        readiness: watch::channel(Readiness::Ready).1,
        figures: watch::channel(figures).1,
        controller: calls().0,
        stats: stats(),
        clock: Clock::start(),
    };
    Metrics::new(sources).text(Form::OpenMetrics)
}

fn stats() -> WatchStats {
    let stats = WatchStats::default();
    let cluster_stats = stats.of(&Label::parse("us-east").expect("a label"));
    cluster_stats.is_up.store(true, Ordering::Relaxed);
    cluster_stats.change_objects(ObjectKind::EndpointSlice, 0, 7);
    (0..3).for_each(|_| cluster_stats.count_error(ErrorSort::Gone));
    cluster_stats.note_list(Duration::from_millis(1500));
    cluster_stats.set_expiry(Some(1_800_000_000));
    ObjectKind::ALL.into_iter().for_each(|kind| cluster_stats.hear(kind));
    cluster_stats.programming.count(Duration::ZERO);
    stats.show_registries(vec![RegistryStats {
        registry: "in-cluster, namespace fedns".into(),
        id: "fedns".into(),
        clusters: 4,
        read_since: None,
        complaints: vec![(Subject::Cluster, Flaw::NoPlace)],
    }]);
    stats
}

fn is_snake(word: &str) -> bool {
    !word.is_empty()
        && !word.contains("__")
        && word.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_')
}

#[test]
fn numbers_are_shown_by_label() {
    let text = text();
    for line in [
        "fedns_build_info{version=\"0.1.0\"} 1",
        "fedns_dns_requests_total{proto=\"udp\",family=\"1\"} 1",
        "fedns_dns_requests_total{proto=\"tcp\",family=\"2\"} 0",
        "fedns_dns_responses_total{rcode=\"NOERROR\",level=\"zone\"} 1",
        "fedns_dns_responses_total{rcode=\"REFUSED\",level=\"none\"} 0",
        "fedns_dns_response_size_bytes_sum{proto=\"udp\",family=\"1\"} 90.0",
        "fedns_dns_response_size_bytes_count{proto=\"udp\",family=\"1\"} 1",
        "fedns_dns_response_size_bytes_bucket{le=\"64.0\",proto=\"udp\",family=\"1\"} 0",
        "fedns_dns_response_size_bytes_bucket{le=\"+Inf\",proto=\"udp\",family=\"1\"} 1",
        "fedns_snapshot_publish_duration_seconds_bucket{le=\"0.0001\"} 0",
        "fedns_snapshot_publish_duration_seconds_bucket{le=\"0.001\"} 4",
        "fedns_snapshot_publish_duration_seconds_bucket{le=\"+Inf\"} 4",
        "fedns_cluster_events_total{kind=\"listed\"} 0",
        "fedns_services{state=\"down\"} 3",
        "fedns_hostnames{state=\"failing\"} 2",
        "fedns_hostname_resolutions_total{result=\"denied\"} 0",
        "fedns_config_reloads_failed_total 0",
        "fedns_config_last_reload_success_timestamp_seconds 1700000000",
        "fedns_dns_tcp_connections_refused_total 0",
        "fedns_dns_tcp_connections_closed_total{reason=\"replaced\"} 0",
        "fedns_ready 1",
        "fedns_clusters{state=\"synced\"} 2",
        "fedns_verdict 1",
        "fedns_complaints{kind=\"no_place\"} 2",
        "fedns_registry_up{registry=\"fedns\"} 0",
        "fedns_registry_clusters{registry=\"fedns\"} 4",
        "fedns_cluster_up{cluster=\"us-east\"} 1",
        "fedns_cluster_synced{cluster=\"us-east\"} 0",
        "fedns_cluster_objects{cluster=\"us-east\",kind=\"endpointslices\"} 7",
        "fedns_cluster_errors_total{cluster=\"us-east\",kind=\"gone\"} 3",
        "fedns_cluster_lists_total{cluster=\"us-east\"} 1",
        "fedns_cluster_list_duration_seconds{cluster=\"us-east\"} 1.5",
        "fedns_cluster_credential_expiry_timestamp_seconds{cluster=\"us-east\"} 1800000000",
        "fedns_programming_duration_seconds_bucket{le=\"300.0\",cluster=\"us-east\"} 0",
        "fedns_programming_duration_seconds_bucket{le=\"+Inf\",cluster=\"us-east\"} 1",
    ] {
        assert!(text.lines().any(|one| one == line), "{line} is missing in\n{text}");
    }
    assert!(text.contains("\nfedns_snapshot_age_seconds "), "{text}");
    assert!(text.contains("\nfedns_snapshot_generation "), "{text}");
}

#[test]
fn names_follow_the_conventions() {
    let text = text();
    let mut helped = BTreeSet::new();
    let mut types = BTreeMap::new();
    for line in text.lines() {
        if let Some(help) = line.strip_prefix("# HELP ") {
            let (name, words) = help.split_once(' ').expect("a name and words");
            assert!(words.starts_with(|c: char| c.is_ascii_uppercase()), "{line}");
            assert!(helped.insert(name), "{name} is there twice");
        } else if let Some(kind) = line.strip_prefix("# TYPE ") {
            let (name, kind) = kind.split_once(' ').expect("a name and a type");
            let is_prefixed = ["fedns_", "process_"].iter().any(|prefix| name.starts_with(prefix));
            assert!(is_prefixed && is_snake(name), "{name}");
            let is_unit_last = |unit| !name.contains(unit) || name.ends_with(unit);
            assert!(is_unit_last("_seconds") && is_unit_last("_bytes"), "{name}");
            assert!(helped.contains(name), "{name} has no help");
            types.insert(name, kind);
        }
    }
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let sample = line.split(['{', ' ']).next().expect("split gives one piece");
        let is = |suffix: &str, kind: &str| {
            sample.strip_suffix(suffix).is_some_and(|name| types.get(name) == Some(&kind))
        };
        let is_known = types.contains_key(sample)
            || is("_total", "counter")
            || is("_info", "info")
            || ["_bucket", "_sum", "_count"].iter().any(|suffix| is(suffix, "histogram"));
        assert!(is_known, "{sample} ends wrongly for its type");
        assert!(types.get(sample).is_none_or(|kind| *kind == "gauge"), "{sample}");
    }
    assert!(text.ends_with("# EOF\n"), "{text}");
}

#[test]
fn labels_are_few_and_their_values_are_words() {
    for line in text().lines().filter(|line| !line.starts_with('#')) {
        let Some((_, rest)) = line.split_once('{') else { continue };
        let (labels, _) = rest.split_once('}').expect("labels end");
        for label in labels.split(',') {
            let (key, value) = label.split_once('=').expect("a key and a value");
            assert!(LABELS.contains(&key), "{line}");
            let is_word = |c: char| c.is_ascii_alphanumeric() || "_\"".contains(c);
            let is_number = matches!(key, "le" | "version");
            // Ids of clusters are DNS labels, as many as the configuration lists.
            let is_id = matches!(key, "cluster" | "registry")
                && value.chars().all(|c| is_word(c) || c == '-');
            assert!(is_number || is_id || value.chars().all(is_word), "{line}");
        }
    }
}

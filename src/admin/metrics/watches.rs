//! The clusters that are watched, each by its name: there are as many as the configuration and its
//! registries list. And those registries.
//!
//! In: their statistics. Out: metrics, all with the label `cluster` or `registry`. Does not know what is watched.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use prometheus_client::encoding::{DescriptorEncoder, EncodeGaugeValue};
use prometheus_client::metrics::MetricType;

use super::encode::{counters, gauges, histogram};
use crate::clusters::kubernetes::ObjectKind;
use crate::clusters::watch_stats::{ClusterStats, ErrorSort, Programming, WatchStats};
use crate::core::name::Label;

type All = [(Label, Arc<ClusterStats>)];

pub(super) fn encode(stats: &WatchStats, encoder: &mut DescriptorEncoder<'_>) -> fmt::Result {
    registries(stats, encoder)?;
    let all = &stats.all()[..];
    if all.is_empty() {
        return Ok(());
    }
    let flag = |flag: &AtomicBool| Some(u64::from(flag.load(Ordering::Relaxed)));
    let count = |count: &AtomicU64| count.load(Ordering::Relaxed);
    let help = "Whether some watch of it is open or some list moves";
    of_each(all, encoder, "fedns_cluster_up", help, |it| flag(&it.is_up))?;
    let help = "Whether everything of the cluster was listed once";
    of_each(all, encoder, "fedns_cluster_synced", help, |it| flag(&it.is_synced))?;
    let help = "Time since the kind was heard of that was silent longest";
    let age = |it: &ClusterStats| it.age().map(|age| age.as_secs_f64());
    of_each(all, encoder, "fedns_cluster_watch_age_seconds", help, age)?;
    let help = "How long the last list took";
    let list = |it: &ClusterStats| Some(it.list_duration().as_secs_f64());
    of_each(all, encoder, "fedns_cluster_list_duration_seconds", help, list)?;
    let name = "fedns_cluster_credential_expiry_timestamp_seconds";
    let help = "When the credentials expire, where they say so";
    of_each(all, encoder, name, help, ClusterStats::expiry)?;
    let mut metric = encoder.encode_descriptor(
        "fedns_cluster_objects",
        "Objects of the cluster, by kind",
        None,
        MetricType::Gauge,
    )?;
    for (name, cluster_stats) in all {
        for kind in ObjectKind::ALL {
            let labels = [("cluster", name.as_str()), ("kind", kind.plural())];
            metric.encode_family(&labels)?.encode_gauge(&cluster_stats.objects(kind))?;
        }
    }
    let help = "Lists that came in whole";
    let lists = all.iter().map(|(name, it)| ([("cluster", name.as_str())], count(&it.lists)));
    counters(encoder, "fedns_cluster_lists", help, lists)?;
    let help = "Changes of objects that watches told of";
    let events = all.iter().map(|(name, it)| ([("cluster", name.as_str())], count(&it.events)));
    counters(encoder, "fedns_cluster_watch_events", help, events)?;
    let help = "Requests to API servers that failed, by sort";
    let errors = all.iter().flat_map(|(name, it)| {
        let labels = move |sort: ErrorSort| [("cluster", name.as_str()), ("kind", sort.name())];
        ErrorSort::ALL.into_iter().map(move |sort| (labels(sort), it.errors(sort)))
    });
    counters(encoder, "fedns_cluster_errors", help, errors)?;
    programming(all, encoder)
}

fn registries(stats: &WatchStats, encoder: &mut DescriptorEncoder<'_>) -> fmt::Result {
    let all = stats.registries();
    if all.is_empty() {
        return Ok(());
    }
    let up = all.iter().map(|it| (&*it.id, u64::from(it.read_since.is_some())));
    let help = "Whether the registry can be read";
    gauges(encoder, "fedns_registry_up", help, "registry", up)?;
    let clusters = all.iter().map(|it| (&*it.id, it.clusters as u64));
    let help = "Clusters that the registry has registered";
    gauges(encoder, "fedns_registry_clusters", help, "registry", clusters)
}

fn of_each<V: EncodeGaugeValue>(
    all: &All,
    encoder: &mut DescriptorEncoder<'_>,
    name: &str,
    help: &str,
    value: impl Fn(&ClusterStats) -> Option<V>,
) -> fmt::Result {
    let mut metric = encoder.encode_descriptor(name, help, None, MetricType::Gauge)?;
    for (cluster, cluster_stats) in all {
        if let Some(value) = value(cluster_stats) {
            metric.encode_family(&[("cluster", cluster.as_str())])?.encode_gauge(&value)?;
        }
    }
    Ok(())
}

fn programming(all: &All, encoder: &mut DescriptorEncoder<'_>) -> fmt::Result {
    let name = "fedns_programming_duration_seconds";
    let help =
        "From the change of a pod or Service to the answer that follows it, by EndpointSlice";
    let mut metric = encoder.encode_descriptor(name, help, None, MetricType::Histogram)?;
    for (cluster, cluster_stats) in all {
        let (counts, sum) = cluster_stats.programming.read();
        let labels = [("cluster", cluster.as_str())];
        histogram(&mut metric.encode_family(&labels)?, Programming::BOUNDS, &counts, sum)?;
    }
    Ok(())
}

//! What is published, what it rests on, and the configuration behind it.
//!
//! In: the snapshot, readiness, the controller's figures. Out: metrics.
//! Does not know how any of them came to be.

use std::collections::BTreeMap;
use std::fmt;

use prometheus_client::encoding::DescriptorEncoder;
use prometheus_client::metrics::MetricType;

use super::super::Sources;
use super::encode::{counter, counters, gauge, gauges, histogram};
use crate::controller::{ControllerStats, Counts, Durations, Readiness, Reloads};
use crate::core::verdict::{self, Grade};
use crate::documents;
use crate::state_dir::KeeperReport;

pub(super) fn encode(sources: &Sources, encoder: &mut DescriptorEncoder<'_>) -> fmt::Result {
    let is_ready = !matches!(*sources.readiness.borrow(), Readiness::NotReady(_));
    let help = "Whether answers wait for no cluster any more";
    gauge(encoder, "fedns_ready", help, u64::from(is_ready))?;
    let generation = sources.snapshot.load().generation;
    let help = "The generation of what queries read";
    gauge(encoder, "fedns_snapshot_generation", help, generation)?;
    let figures = sources.figures.borrow().clone();
    if let Some(published) = figures.published {
        let age = sources.clock.now().0.saturating_sub(published.0).as_secs_f64();
        let help = "Time since what queries read has changed";
        gauge(encoder, "fedns_snapshot_age_seconds", help, age)?;
    }
    if let Some(verdict) = figures.verdict {
        let help = "How things stand: 0 fine, 1 attention, 2 clients are hurt";
        let flaws = documents::verdict::flaws(&sources.stats, sources.clock.now());
        gauge(encoder, "fedns_verdict", help, number(verdict::with_flaws(verdict, &flaws)))?;
    }
    counts(&figures.counts, encoder)?;
    let mut complaints = figures.complaints.clone();
    let own = sources.stats.own();
    let registries = sources.stats.registries();
    for (_, flaw) in registries.iter().flat_map(|it| &it.complaints).chain(&own) {
        *complaints.entry(flaw.kind()).or_default() += 1;
    }
    facts(&ControllerStats { complaints, ..figures.clone() }, encoder)?;
    reloads(&figures.counts.reloads, encoder)?;
    kept(&figures.kept, encoder)
}

fn number(verdict: Grade) -> u64 {
    match verdict {
        Grade::Fine => 0,
        Grade::Attention => 1,
        Grade::Hurt | Grade::Unknown => 2,
    }
}

fn counts(counts: &Counts, encoder: &mut DescriptorEncoder<'_>) -> fmt::Result {
    let name = "fedns_snapshot_publish_duration_seconds";
    let help = "How long it took to make what queries read, from applied events to published";
    let mut metric = encoder.encode_descriptor(name, help, None, MetricType::Histogram)?;
    let Durations { counts: taken, sum } = &counts.publishing;
    let bounds = Durations::BOUNDS.map(|bound| bound.as_secs_f64());
    histogram(&mut metric, bounds, taken, sum.as_secs_f64())?;
    let name = "fedns_snapshot_changed_services";
    let help = "Changes after which the answers of a service were made anew";
    counter(encoder, name, help, counts.changed_services)?;
    let help = "Events that clusters sent, by kind";
    let events = counts.events().map(|(kind, number)| ([("kind", kind)], number));
    counters(encoder, "fedns_cluster_events", help, events)?;
    let help = "Load-balancer hostnames that were asked for, by result";
    let resolutions = counts.resolutions().map(|(result, number)| ([("result", result)], number));
    counters(encoder, "fedns_hostname_resolutions", help, resolutions)
}

fn facts(figures: &ControllerStats, encoder: &mut DescriptorEncoder<'_>) -> fmt::Result {
    let pairs = |map: &BTreeMap<&'static str, u64>| -> Vec<_> {
        map.iter().map(|(word, number)| (*word, *number)).collect()
    };
    let help = "Registered clusters by state, each once";
    gauges(encoder, "fedns_clusters", help, "state", pairs(&figures.clusters))?;
    let help = "Services by how they do";
    gauges(encoder, "fedns_services", help, "state", pairs(&figures.services))?;
    let help = "Overrides in force by kind, but for annotations of Services";
    gauges(encoder, "fedns_overrides", help, "kind", pairs(&figures.overrides))?;
    let help = "Load-balancer hostnames by what is known of them";
    gauges(encoder, "fedns_hostnames", help, "state", pairs(&figures.hostnames))?;
    let help = "Faults in the data of clusters and in the configuration, by kind";
    gauges(encoder, "fedns_complaints", help, "kind", pairs(&figures.complaints))
}

fn reloads(reloads: &Reloads, encoder: &mut DescriptorEncoder<'_>) -> fmt::Result {
    let help = "How often the configuration was read again";
    counter(encoder, "fedns_config_reloads", help, reloads.tried)?;
    let help = "How often that failed, so that the old configuration kept running";
    counter(encoder, "fedns_config_reloads_failed", help, reloads.failed)?;
    if let Some(seconds) = reloads.succeeded_at {
        let name = "fedns_config_last_reload_success_timestamp_seconds";
        let help = "When the configuration that runs was read";
        gauge(encoder, name, help, seconds)?;
    }
    Ok(())
}

fn kept(report: &KeeperReport, encoder: &mut DescriptorEncoder<'_>) -> fmt::Result {
    let help = "Files of the state folder that were written";
    counter(encoder, "fedns_state_writes", help, report.writes)?;
    let help = "How often a file of the state folder could not be written";
    counter(encoder, "fedns_state_writes_failed", help, report.failures)?;
    let name = "fedns_state_last_write_success_timestamp_seconds";
    let help = "When a file of the state folder was written last; 0 before the first";
    gauge(encoder, name, help, report.written_at.unwrap_or_default())
}

//! What the transports count.
//!
//! In: the counters of all workers. Out: their sums, as metrics.
//! Does not know how workers are run.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;

use prometheus_client::encoding::DescriptorEncoder;
use prometheus_client::metrics::MetricType;

use super::encode::{counter, counters, gauge, histogram};
use crate::core::answer::Transport;
use crate::core::family::Family;
use crate::core::topology::Level;
use crate::core::wire::Rcode;
use crate::dns::counters::{Counters, Responses, SIZES, Tally};
use crate::dns::latency::{Latencies, Latency};

/// Labels of a transport and family, and what was counted there.
type Sum = ([(&'static str, &'static str); 2], Tally);

/// Every pair of transport and family.
const KINDS: [(Transport, Family); 4] = [
    (Transport::Udp, Family::V4),
    (Transport::Udp, Family::V6),
    (Transport::Tcp, Family::V4),
    (Transport::Tcp, Family::V6),
];

pub(super) fn encode(all: &[Arc<Counters>], encoder: &mut DescriptorEncoder<'_>) -> fmt::Result {
    let sums: Vec<Sum> = KINDS
        .iter()
        .map(|&(transport, family)| {
            let of_kind = |one: &&Arc<Counters>| one.transport == transport && one.family == family;
            let labels = [("proto", proto(transport)), ("family", family_word(family))];
            (labels, sum(all.iter().filter(of_kind)))
        })
        .collect();
    transports(&sums, encoder)?;
    sizes(&sums, encoder)?;
    latencies(all, encoder)?;
    responses(&sum(all), encoder)?;
    connections(all, encoder)
}

fn sum<'c>(counters: impl IntoIterator<Item = &'c Arc<Counters>>) -> Tally {
    let mut sum = Tally::default();
    for one in counters {
        sum += &one.read();
    }
    sum
}

/// What is counted by transport and family.
fn transports(sums: &[Sum], encoder: &mut DescriptorEncoder<'_>) -> fmt::Result {
    type Pick = fn(&Tally) -> u64;
    let metrics: [(&str, &str, Pick); 4] = [
        ("fedns_dns_requests", "Packets that came; family 1 is IPv4, 2 is IPv6", |tally| {
            tally.requests
        }),
        ("fedns_dns_requests_dropped", "Packets that deserve no reply", |tally| tally.dropped),
        ("fedns_dns_responses_truncated", "Replies with TC set", |tally| tally.truncated),
        ("fedns_dns_responses_unsent", "Replies that the socket would not take", |tally| {
            tally.unsent
        }),
    ];
    for (name, help, pick) in metrics {
        counters(encoder, name, help, sums.iter().map(|(labels, tally)| (*labels, pick(tally))))?;
    }
    Ok(())
}

fn sizes(sums: &[Sum], encoder: &mut DescriptorEncoder<'_>) -> fmt::Result {
    let (name, help) = ("fedns_dns_response_size_bytes", "Sizes of replies");
    let mut metric = encoder.encode_descriptor(name, help, None, MetricType::Histogram)?;
    for (labels, tally) in sums {
        let bounds = SIZES.map(f64::from);
        let bytes = tally.response_bytes as f64;
        histogram(&mut metric.encode_family(labels)?, bounds, tally.sizes(), bytes)?;
    }
    Ok(())
}

fn latencies(all: &[Arc<Counters>], encoder: &mut DescriptorEncoder<'_>) -> fmt::Result {
    let name = "fedns_dns_response_duration_seconds";
    let help = "How long answers took inside of the server, of one batch in 64";
    let mut metric = encoder.encode_descriptor(name, help, None, MetricType::Histogram)?;
    let bounds = Latency::BOUNDS.map(|bound| bound.as_secs_f64());
    for transport in [Transport::Udp, Transport::Tcp] {
        let mut sum = Latencies::default();
        let of_kind = all.iter().filter(|one| one.transport == transport);
        of_kind.for_each(|one| sum += one.latency.read());
        let Latencies { counts, sum_nanos } = sum;
        let labels = [("proto", proto(transport))];
        histogram(&mut metric.encode_family(&labels)?, bounds, &counts, sum_nanos as f64 / 1e9)?;
    }
    Ok(())
}

fn responses(sum: &Tally, encoder: &mut DescriptorEncoder<'_>) -> fmt::Result {
    let help = "Replies by response code and by the level that their addresses came from";
    // Only answers without error have addresses: other pairs show once they were seen.
    let is_shown =
        |it: &Responses| it.count > 0 || it.level.is_none() || it.rcode == Some(Rcode::NOERROR);
    let labelled = sum.responses().filter(is_shown).map(|Responses { rcode, level, count }| {
        let rcode = rcode.map_or("OTHER", Rcode::as_str);
        ([("rcode", rcode), ("level", level_word(level))], count)
    });
    counters(encoder, "fedns_dns_responses", help, labelled)
}

fn connections(all: &[Arc<Counters>], encoder: &mut DescriptorEncoder<'_>) -> fmt::Result {
    let sum = |pick: fn(&Counters) -> u64| -> u64 { all.iter().map(|one| pick(one)).sum() };
    let open = sum(|counters| counters.connections.open.load(Relaxed));
    let accepted = sum(|counters| counters.connections.accepted.load(Relaxed));
    let refused = sum(|counters| counters.connections.refused.load(Relaxed));
    gauge(encoder, "fedns_dns_tcp_connections", "TCP connections that are open", open)?;
    let name = "fedns_dns_tcp_connections_accepted";
    counter(encoder, name, "TCP connections that were taken", accepted)?;
    let name = "fedns_dns_tcp_connections_refused";
    counter(encoder, name, "TCP connections closed at once because of a limit", refused)?;
    let reasons = [
        ("idle", sum(|counters| counters.connections.idle.load(Relaxed))),
        ("replaced", sum(|counters| counters.connections.replaced.load(Relaxed))),
        ("unread", sum(|counters| counters.connections.unread.load(Relaxed))),
    ];
    let (name, help) =
        ("fedns_dns_tcp_connections_closed", "TCP connections that the server closed, by reason");
    let closed = reasons.map(|(reason, count)| ([("reason", reason)], count));
    counters(encoder, name, help, closed)
}

fn proto(transport: Transport) -> &'static str {
    match transport {
        Transport::Tcp => "tcp",
        Transport::Udp => "udp",
    }
}

/// As CoreDNS numbers families in its own metric: 1 for IPv4, 2 for IPv6.
fn family_word(family: Family) -> &'static str {
    match family {
        Family::V4 => "1",
        Family::V6 => "2",
    }
}

fn level_word(level: Option<Level>) -> &'static str {
    match level {
        Some(Level::Global) => "global",
        Some(Level::Region) => "region",
        Some(Level::Zone) => "zone",
        None => "none",
    }
}

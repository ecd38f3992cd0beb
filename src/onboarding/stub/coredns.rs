//! The server block of a Corefile.
//!
//! In: a [`Stub`], where the block stands, CoreDNS's version. Out: the block's text.
//! There is no `rewrite` in it: CoreDNS's edns0 rewrite sends EDNS in the name of clients that
//! have none, and they fail at the answer. fedns knows the cluster by the address that is asked.
//! Does not know what else stands in the Corefile.

use super::version::{FAILOVER, VERIFY, VERIFY_LIMIT, Version};
use super::{Asker, Stub, StubZone, plain};

/// How many servers `forward` takes.
pub const MOST_SERVERS: usize = 15;
/// Positive answers are kept as long as they say, up to this, in seconds: CoreDNS's own default.
const LONGEST: u32 = 3600;
/// Nothing is kept for less, in seconds, unless the configuration says so: CoreDNS's own default.
const SHORTEST: u32 = 5;

/// Where a block stands.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Placement {
    /// The ports on which others listen, as they write them; `None` where they write none.
    pub ports: Vec<Option<String>>,
    /// Lines that say at which sockets they listen, as they write them: `bind 192.0.2.10`.
    pub lines: Vec<String>,
}

impl Default for Placement {
    fn default() -> Self {
        Self { ports: vec![Some("53".to_owned())], lines: Vec::new() }
    }
}

/// Writes a block for each place.
pub(super) fn blocks(stub: &Stub, places: &[Placement], version: Option<Version>) -> String {
    let mut lines = asker_lines(stub);
    if version.is_none() {
        lines.push(
            "# CoreDNS's version is not known, so newer words are left out (--coredns-version)."
                .to_owned(),
        );
    }
    for place in places {
        block(&mut lines, stub, place, version);
    }
    lines.join("\n") + "\n"
}

fn block(lines: &mut Vec<String>, stub: &Stub, place: &Placement, version: Option<Version>) {
    let knows = |word: Version| version.is_some_and(|version| version >= word);
    let key = |zone: &StubZone, port: &Option<String>| match port {
        Some(port) => format!("{}:{port}", plain(&zone.name)),
        None => plain(&zone.name),
    };
    let keys: Vec<_> = place
        .ports
        .iter()
        .flat_map(|port| stub.zones.iter().map(move |zone| key(zone, port)))
        .collect();
    lines.push(format!("{} {{", keys.join(" ")));
    lines.extend(place.lines.iter().map(|line| format!("    {line}")));
    lines.push("    errors".to_owned());
    cache(lines, stub, knows(VERIFY), knows(VERIFY_LIMIT));
    lines.push("    # Cached addresses take turns.".to_owned());
    lines.push("    loadbalance".to_owned());
    forward(lines, stub, knows(VERIFY), knows(FAILOVER));
    lines.push("}".to_owned());
}

fn cache(lines: &mut Vec<String>, stub: &Stub, verifies: bool, has_limit: bool) {
    let (inside, nothing) = (stub.in_cluster_ttl, stub.negative_ttl);
    let mut line = |text: String| lines.push(format!("    {text}"));
    line(format!(
        "# Answers are kept as long as they say: {inside} s for the cluster's own, {nothing} s for"
    ));
    line("# \"there is nothing\". So a cluster that fails is forgotten in time.".to_owned());
    if verifies {
        line(
            "# What was known is given for an hour while no fedns can be asked, and only then."
                .into(),
        );
    }
    line("cache {".to_owned());
    line(format!("    success 9984 {LONGEST} {}", inside.min(SHORTEST)));
    line(format!("    denial 9984 {} {}", nothing.max(1), nothing.clamp(1, SHORTEST)));
    match (verifies, has_limit) {
        (true, true) => line("    serve_stale 1h verify 1s".to_owned()),
        (true, false) => line("    serve_stale 1h verify".to_owned()),
        // Without `verify`, what has expired would be given before fedns is asked.
        (false, _) => {}
    }
    line("}".to_owned());
}

fn forward(lines: &mut Vec<String>, stub: &Stub, has_domain: bool, fails_over: bool) {
    let mut line = |text: &str| lines.push(format!("    {text}"));
    if stub.servers.len() > 1 {
        line("# The first that answers, in this order: one view at a time, the nearest first.");
    }
    let servers: Vec<_> = stub.servers.iter().map(ToString::to_string).collect();
    line(&format!("forward . {} {{", servers.join(" ")));
    if stub.servers.len() > 1 {
        line("    policy sequential");
    }
    line("    max_fails 2");
    match stub.zones.first().filter(|_| has_domain) {
        Some(zone) => line(&format!("    health_check 2s domain {}", zone.name)),
        None => line("    health_check 2s"),
    }
    if fails_over && stub.servers.len() > 1 {
        line("    failover SERVFAIL REFUSED");
    }
    line("}");
}

/// Comments that say how fedns knows who asks.
pub(super) fn asker_lines(stub: &Stub) -> Vec<String> {
    let Some(cluster) = &stub.cluster else {
        return vec!["# Names of federations, asked of fedns.".to_owned()];
    };
    let mut lines = vec![format!("# Names of federations, asked of fedns by cluster {cluster}.")];
    let own =
        format!("# {cluster} has no listener of its own here (`clusters[].listen`), so fedns");
    match &stub.asker {
        Asker::Listener => {
            lines.push(format!("# fedns knows {cluster} by the address that is asked, its own."));
        }
        Asker::Networks(networks) => {
            let networks: Vec<_> = networks.iter().map(ToString::to_string).collect();
            lines.push(own);
            lines.push(format!("# knows it by source addresses in {}.", networks.join(", ")));
        }
        Asker::Nodes => {
            lines.push(own);
            lines.push("# knows it by its nodes' addresses and pod networks.".to_owned());
        }
        Asker::Unnamed => {}
    }
    lines
}

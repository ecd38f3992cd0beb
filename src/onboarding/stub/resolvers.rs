//! What is told to resolvers outside of clusters, each in its own words.
//!
//! In: a [`Stub`]. Out: a piece of configuration.
//! Zones below a cluster's domain have no public parent, and ours are not signed: where a resolver
//! validates, it is told so. Resolvers that distrust private addresses are told whose may be.
//! Does not know which resolver runs where.

use std::net::SocketAddr;

use super::{Stub, StubZone, plain};

/// named.conf of BIND.
pub(super) fn bind(stub: &Stub) -> String {
    let mut text = String::from(
        "// Names of federations, asked of fedns; for named.conf.\n\
         options {\n    // In your own `options`: these zones have no signature.\n    validate-except {",
    );
    for zone in &stub.zones {
        text.push_str(&format!(" \"{}\";", plain(&zone.name)));
    }
    text.push_str(" };\n};\n");
    for zone in &stub.zones {
        let servers: Vec<_> = stub.servers.iter().map(|it| spaced(it, "port ")).collect();
        text.push_str(&format!(
            "zone \"{}\" {{\n    type forward;\n    forward only;\n    forwarders {{ {}; }};\n}};\n",
            plain(&zone.name),
            servers.join("; ")
        ));
    }
    text
}

/// unbound.conf.
pub(super) fn unbound(stub: &Stub) -> String {
    let mut text =
        String::from("# Names of federations, asked of fedns; for unbound.conf.\nserver:\n");
    if stub.servers.iter().any(|server| server.ip().is_loopback()) {
        text.push_str("    do-not-query-localhost: no\n");
    }
    for zone in &stub.zones {
        text.push_str(&format!("    domain-insecure: \"{}\"\n", plain(&zone.name)));
    }
    for zone in private(stub) {
        text.push_str(&format!("    private-domain: \"{}\"\n", plain(&zone.name)));
    }
    for zone in &stub.zones {
        text.push_str(&format!("stub-zone:\n    name: \"{}\"\n", plain(&zone.name)));
        for server in &stub.servers {
            text.push_str(&format!("    stub-addr: {}\n", joined(server, '@')));
        }
    }
    text
}

/// dnsmasq.conf.
pub(super) fn dnsmasq(stub: &Stub) -> String {
    let mut text = String::from("# Names of federations, asked of fedns; for dnsmasq.conf.\n");
    for zone in &stub.zones {
        for server in &stub.servers {
            let server = joined(server, '#');
            text.push_str(&format!("server=/{}/{server}\n", plain(&zone.name)));
        }
    }
    for zone in private(stub) {
        text.push_str(&format!("rebind-domain-ok=/{}/\n", plain(&zone.name)));
    }
    text
}

/// A delegate file of systemd-resolved.
pub(super) fn systemd_resolved(stub: &Stub) -> String {
    let servers: Vec<_> = stub.servers.iter().map(super::with_port).collect();
    let zones: Vec<_> = stub.zones.iter().map(|zone| format!("~{}", plain(&zone.name))).collect();
    format!(
        "# Names of federations, asked of fedns; /etc/systemd/dns-delegate.d/fedns.dns-delegate\n\
         # of systemd 258 or later. An older one takes both lines below [Resolve] in\n\
         # /etc/systemd/resolved.conf.d/fedns.conf, and may then ask fedns for other names too,\n\
         # which it refuses.\n\
         [Delegate]\nDNS={}\nDomains={}\n",
        servers.join(" "),
        zones.join(" ")
    )
}

/// kresd.conf of Knot Resolver 5; version 6 in a comment.
pub(super) fn knot_resolver(stub: &Stub) -> String {
    let zones: Vec<_> = stub.zones.iter().map(|zone| plain(&zone.name)).collect();
    let servers: Vec<_> = stub.servers.iter().map(|it| joined(it, '@')).collect();
    let quoted = |items: &[String], quote: char, end: &str| -> String {
        let items: Vec<_> = items.iter().map(|it| format!("{quote}{it}{end}{quote}")).collect();
        items.join(", ")
    };
    let is_custom = stub.servers.iter().any(|server| server.port() != 53);
    let limit = if is_custom {
        "-- Version 6 asks authoritative servers at port 53 only: let fedns listen there for it.\n"
    } else {
        ""
    };
    format!(
        "-- Names of federations, asked of fedns; for kresd.conf of Knot Resolver 5.\n\
         -- In config.yaml of version 6:\n\
         --   forward:\n\
         --     - subtree: [{}]\n\
         --       servers: [{}]\n\
         --       options: {{ authoritative: true, dnssec: false }}\n\
         {}policy.add(policy.suffix(\n    policy.STUB({{ {} }}),\n    policy.todnames({{ {} }})\n))\n",
        quoted(&zones, '"', "."),
        quoted(&servers, '"', ""),
        limit,
        quoted(&servers, '\'', ""),
        quoted(&zones, '\'', ".")
    )
}

/// recursor.yml of PowerDNS Recursor 5; the older form in a comment.
pub(super) fn powerdns(stub: &Stub) -> String {
    let servers: Vec<_> = stub.servers.iter().map(super::with_port).collect();
    let old: Vec<_> =
        stub.zones.iter().map(|it| format!("{}={}", plain(&it.name), servers.join(";"))).collect();
    let mut text = format!(
        "# Names of federations, asked of fedns; for recursor.yml of PowerDNS Recursor 5.\n\
         # In recursor.conf of version 4, and `addNTA` for each in its Lua configuration:\n\
         #   forward-zones={}\n\
         recursor:\n  forward_zones:\n",
        old.join(", ")
    );
    for zone in &stub.zones {
        text.push_str(&format!("  - zone: \"{}\"\n    forwarders:\n", plain(&zone.name)));
        for server in &servers {
            text.push_str(&format!("    - \"{server}\"\n"));
        }
    }
    text.push_str("dnssec:\n  negative_trustanchors:\n");
    for zone in &stub.zones {
        let name = plain(&zone.name);
        text.push_str(&format!("  - name: \"{name}\"\n    reason: \"fedns does not sign\"\n"));
    }
    text
}

fn private(stub: &Stub) -> impl Iterator<Item = &StubZone> {
    stub.zones.iter().filter(|zone| zone.may_be_private)
}

fn spaced(server: &SocketAddr, word: &str) -> String {
    match server.port() {
        53 => server.ip().to_string(),
        port => format!("{} {word}{port}", server.ip()),
    }
}

fn joined(server: &SocketAddr, sign: char) -> String {
    match server.port() {
        53 => server.ip().to_string(),
        port => format!("{}{sign}{port}", server.ip()),
    }
}

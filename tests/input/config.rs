//! Good configurations: what a file means once it has no fault.
//!
//! In: YAML and JSON texts. Expected: values of `Config`, defaults, paths, warnings.

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use fedns::config::{
    Admin, AdminSocket, Chosen, Config, Kubeconfig, Listen, Log, LogFormat, LogLevel, Source,
    defaults,
};
use fedns::core::name::{Label, Name};
use fedns::core::policy::{Policy, Publish, TrustedClients, WhenAllDown, WhenSilent};

const HEAD: &str = "apiVersion: fedns.dev/v1\nkind: Config\n";

fn config(body: &str) -> Config {
    let text = format!("{HEAD}{body}");
    match Config::parse(&text, Path::new("conf/fedns.yaml")) {
        Ok(config) => config,
        Err(faults) => panic!("{faults}"),
    }
}

fn address(text: &str) -> SocketAddr {
    text.parse().expect("an address")
}

fn label(text: &str) -> Label {
    Label::parse(text).expect("a label")
}

fn name(text: &str) -> Name {
    Name::parse(text).expect("a name")
}

/// The sample of the design, word for word.
const SAMPLE: &str = r#"
listen: { udp: ["127.0.0.1:5300"], tcp: ["127.0.0.1:5300"] }   # later: tls, https, quic
admin: { listen: "127.0.0.1:9153" }  # /livez /readyz /metrics /status
stateDir: ./state                    # last known good; omit to keep none
zonesDir: ./zones                    # static DNS zones, one RFC 1035 file each: <apex>.zone
resolver: { servers: ["127.0.0.1:5301"] }   # for load-balancer hostnames; default: /etc/resolv.conf
maxUdpSize: 1232
udpWorkers: 2                        # default: one a core
negativeTtl: 5s
inClusterTtl: 5s
trustedClients: [127.0.0.0/8]
maxAddresses: 30
log: { level: info, format: auto }   # auto: text in a terminal, JSON else
syncGrace: 30s
lameduck: 10s                        # SIGTERM: not ready, and answers go on for so long
clusterDefaults: { onClusterLost: keep, withdrawGuard: 50% }   # any key of a cluster but its name and source; also staleLimit: 1h
federations:
  - name: myfed
    domain: example.com
    ttl: 180s
    whenAllDown: nodata              # nodata | nxdomain | all | last
    publish: all                     # all | labelled
    nameservers: [{ name: ns1.example.com, addresses: [192.0.2.53] }]
clusters:
  - name: us-central1-a
    kubeconfig: { path: ~/.kube/config, context: gke_us }
    networks: [10.8.0.0/14]          # who asks from here is this cluster
    clusterDomain: cluster.local
    onClusterLost: keep
    namespaces: ["shop", "pay-*"]    # may publish these only; default: all
    addresses: [198.51.100.0/24]     # may name these only; default: all but loopback, link-local, multicast
  - name: lab
    manifests: ./clusters/lab        # a folder of Kubernetes YAML or JSON; watched
    region: europe-west1             # overrides the nodes' labels
    zones: [europe-west1-b]
registries:
  - secrets: { kubeconfig: in-cluster, namespace: fedns }   # hot add and remove
"#;

#[test]
fn the_sample_of_the_design_means_what_it_says() {
    let config = config(SAMPLE);
    let federation = &config.policy.federations[0];
    assert_eq!((&federation.name, &federation.domain), (&label("myfed"), &name("example.com")));
    assert_eq!((federation.ttl, federation.nameservers[0].addresses.len()), (180, 1));
    assert_eq!((config.udp_workers, config.lameduck), (2, Duration::from_secs(10)));
    assert_eq!(config.resolver_servers, [address("127.0.0.1:5301")]);
    assert_eq!(config.state_dir.as_deref(), Some(Path::new("conf/state")));
    assert_eq!(config.zones_dir.as_deref(), Some(Path::new("conf/zones")));
    let trusted = TrustedClients::Networks(vec!["127.0.0.0/8".parse().expect("a network")]);
    assert_eq!(config.policy.trusted_clients, trusted);

    let [us, lab] = &config.clusters[..] else { panic!("two clusters") };
    assert_eq!(us.name, label("us-central1-a"));
    let Source::Kubeconfig(Kubeconfig::Files { paths, context, allow_exec: false }) = &us.source
    else {
        panic!("a kubeconfig file")
    };
    let [path] = &paths[..] else { panic!("one file: {paths:?}") };
    assert!(path.ends_with(".kube/config") && !path.starts_with("conf"), "{}", path.display());
    assert_eq!(context.as_deref(), Some("gke_us"));
    assert!(us.policy.admits_namespace("pay-eu") && !us.policy.admits_namespace("other"));
    assert!(us.policy.admits_address("198.51.100.7".parse().expect("an address")));
    assert_eq!(lab.source, Source::Manifests(PathBuf::from("conf/clusters/lab")));
    assert_eq!(lab.policy.region, Some(label("europe-west1")));
    assert_eq!(lab.policy.zones, [label("europe-west1-b")]);
    assert_eq!(config.registries[0].kubeconfig, Kubeconfig::InCluster);
}

#[test]
fn what_has_no_effect_yet_is_named_with_its_place() {
    assert!(config(SAMPLE).warnings.is_empty());
    let warnings = config("clusterDefaults: { onClusterLost: probe }\n").warnings;
    assert_eq!(warnings.len(), 1);
    let expected = "`onClusterLost: probe` has no effect in this version";
    assert!(warnings[0].contains(expected), "{}", warnings[0]);
}

#[test]
fn a_kubeconfig_may_be_several_files_and_may_run_programs() {
    let text = "clusters: [{ name: east, kubeconfig: { path: './a:/b', allowExec: true } }]\n";
    let config = config(text);
    let files = Kubeconfig::Files {
        paths: vec![PathBuf::from("conf/a"), PathBuf::from("/b")],
        context: None,
        allow_exec: true,
    };
    assert_eq!(config.clusters[0].source, Source::Kubeconfig(files));
    assert!(config.warnings.is_empty(), "{:?}", config.warnings);
}

#[test]
fn a_file_of_head_alone_is_all_defaults() {
    let config = config("");
    assert_eq!(config.policy, Policy::default());
    assert_eq!(config.policy.max_udp_size, 1232);
    let listen = vec![defaults::LISTEN];
    assert_eq!(config.listen, Listen { udp: listen.clone(), tcp: listen });
    let socket = AdminSocket { path: defaults::SOCKET.into(), chosen: Chosen::ByDefault };
    let (listen, socket) = (Some(defaults::ADMIN), Some(socket));
    let admin = Admin { listen, socket, hosts: Vec::new(), token_file: None };
    assert_eq!(config.admin, admin);
    assert_eq!((config.policy.in_cluster_ttl, config.sync_grace), (5, Duration::from_secs(30)));
    assert_eq!(config.lameduck, Duration::ZERO);
    assert!(config.udp_workers >= 1 && config.clusters.is_empty() && config.warnings.is_empty());
    assert_eq!(config.policy.trusted_clients, TrustedClients::Clusters);
    assert_eq!(config.log, Log { level: LogLevel::Info, format: LogFormat::Auto });
    assert!(config.state_dir.is_none() && config.zones_dir.is_none());
}

#[test]
fn keys_without_a_value_are_as_absent() {
    assert_eq!(config("listen:\nfederations: ~\nlog: { level: null }\nclusters:\n"), config(""));
}

#[test]
fn a_cluster_takes_from_the_defaults_what_it_does_not_say() {
    let config = config(
        "clusterDefaults:\n  staleLimit: 1h\n  region: r1\n  withdrawGuard: 20%\n  \
         onClusterLost: withdraw\n  namespaces: [shop]\n  hostnameStaleLimit: 2h\nclusters:\n  \
         - { name: a, manifests: /a }\n  \
         - { name: b, manifests: b, staleLimit: off, region: r2, zones: [z], withdrawGuard: 0%, \
         clusterDomain: k8s.local, namespaces: ['*'], onClusterLost: keep, \
         hostnameStaleLimit: off }\n",
    );
    let [a, b] = &config.clusters[..] else { panic!("two clusters") };
    assert_eq!(a.source, Source::Manifests(PathBuf::from("/a")));
    assert_eq!(b.source, Source::Manifests(PathBuf::from("conf/b")));
    assert_eq!(
        (a.policy.stale_limit, b.policy.stale_limit),
        (Some(Duration::from_secs(3600)), None)
    );
    assert_eq!((&a.policy.region, &b.policy.region), (&Some(label("r1")), &Some(label("r2"))));
    // What files say is a fact.
    assert_eq!((a.policy.withdraw_guard, b.policy.withdraw_guard), (None, None));
    assert_eq!(
        (a.policy.when_silent, b.policy.when_silent),
        (WhenSilent::Withdraw, WhenSilent::Keep)
    );
    assert_eq!(
        (&a.policy.cluster_domain, &b.policy.cluster_domain),
        (&name("cluster.local"), &name("k8s.local"))
    );
    assert!(!a.policy.admits_namespace("pay") && b.policy.admits_namespace("pay"));
    let usual = config.clusters.iter().all(|cluster| cluster.policy.networks.is_empty());
    let idle = ["`staleLimit`", "onClusterLost: withdraw"];
    let is_idle = |told: &String| idle.iter().any(|word| told.contains(word));
    assert!(usual && config.warnings.iter().all(is_idle), "{:?}", config.warnings);
}

#[test]
fn words_of_a_federation_are_read() {
    let config = config(
        "federations:\n  - { name: dev, allowTld: true, domain: Example.COM., ttl: 0, publish: labelled, \
         whenAllDown: last, nameservers: [{ name: ns.example.net }] }\n",
    );
    let federation = &config.policy.federations[0];
    assert_eq!((federation.ttl, &federation.domain), (0, &name("example.com")));
    assert_eq!(federation.publish, Publish::Labelled);
    assert_eq!(federation.when_all_down, WhenAllDown::Last);
}

#[test]
fn federations_of_one_domain_share_its_name_servers() {
    let config = config(
        "federations:\n  - { name: a, domain: example.com }\n  - { name: b, domain: example.com, \
         nameservers: [{ name: ns1.example.com, addresses: [192.0.2.1, '2001:db8::1'] }] }\n  \
         - { name: c, domain: example.com, nameservers: [{ name: ns1.example.com }] }\n",
    );
    let [a, b, c] = &config.policy.federations[..] else { panic!("three federations") };
    assert_eq!(a.nameservers[0], b.nameservers[0]);
    assert_eq!(b.nameservers[0].addresses.len(), 2);
    assert!(c.nameservers[0].addresses.is_empty());
}

#[test]
fn a_static_zone_file_stands_in_for_name_servers() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("fedns.yaml");
    let text =
        format!("{HEAD}zonesDir: zones\nfederations: [{{ name: a, domain: example.com }}]\n");
    fs::create_dir(folder.path().join("zones")).expect("a folder");
    fs::write(&file, text).expect("a file");
    let told = Config::load(&file).expect_err("no zone file yet").to_string();
    assert!(told.contains("nobody is named as nameserver of example.com."), "{told}");
    fs::write(folder.path().join("zones/example.com.zone"), "").expect("a file");
    let config = Config::load(&file).expect("the zone file names the servers");
    assert!(config.policy.federations[0].nameservers.is_empty());
}

#[test]
fn one_transport_alone_gives_its_addresses_to_the_other() {
    let both = config("listen: { udp: ['127.0.0.1:0', '[::1]:53'] }\n").listen;
    assert_eq!(both.udp, [address("127.0.0.1:0"), address("[::1]:53")]);
    assert_eq!(both.tcp, both.udp);
    let udp_only = config("listen: { udp: ['127.0.0.1:0', '127.0.0.1:0'], tcp: [] }\n").listen;
    assert_eq!((udp_only.udp.len(), udp_only.tcp.len()), (2, 0));
    assert_eq!(config("admin: { listen: off }\n").admin.listen, None);
}

#[test]
fn the_admin_socket_stands_where_it_is_told_or_with_the_state() {
    let of = |text: &str| {
        let socket = config(text).admin.socket;
        socket.map(|socket| (socket.path.display().to_string(), socket.chosen))
    };
    let at = |path: &str, chosen| Some((path.to_owned(), chosen));
    assert_eq!(of("stateDir: state\n"), at("conf/state/admin.sock", Chosen::ByStateDir));
    assert_eq!(of("admin: { socket: x.sock }\nstateDir: s\n"), at("conf/x.sock", Chosen::ByFile));
    assert_eq!(of("admin: { socket: off }\nstateDir: s\n"), None);
    assert_eq!(of("admin: { listen: off }\n"), at("/run/fedns/admin.sock", Chosen::ByDefault));
    // Nobody gave a path of the socket: the server does without.
    let far = format!("/{}", "x".repeat(107 - "//admin.sock".len()));
    assert!(of(&format!("stateDir: {far}\n")).is_some());
    let config = config(&format!("stateDir: {far}x\n"));
    assert_eq!(config.admin.socket, None);
    let warning = "would have a path of 108 octets, and 107 are the most";
    assert!(config.warnings[0].contains(warning), "{:?}", config.warnings);
}

#[test]
fn a_name_server_in_another_zone_of_ours_is_warned_of_while_nobody_says_where_it_is() {
    let warnings = |server: &str| {
        let text = format!(
            "federations:\n  - {{ name: a, domain: example.com, nameservers: [{{ name: \
             ns1.example.net }}] }}\n  - {{ name: b, domain: example.net, nameservers: [{server}] }}\n"
        );
        config(&text).warnings
    };
    assert!(warnings("{ name: ns1.example.net, addresses: [192.0.2.53] }").is_empty());
    let warnings = warnings("{ name: ns2.example.org }");
    let words = "ns1.example.net. has no addresses and lies inside example.net.";
    assert!(warnings.len() == 1 && warnings[0].contains(words), "{warnings:?}");
}

#[test]
fn names_of_the_admin_address_are_as_clients_write_them() {
    let config = config(
        "admin: { hosts: [Fedns.Example.com., '2001:DB8::1', '[2001:db8::2]', 192.0.2.1], tokenFile: t }\n",
    );
    assert_eq!(
        config.admin.hosts,
        ["fedns.example.com", "2001:db8::1", "2001:db8::2", "192.0.2.1"]
    );
    assert_eq!(config.admin.token_file, Some(PathBuf::from("conf/t")));
}

#[test]
fn a_network_of_two_clusters_is_warned_of() {
    let warnings = |b: &str| {
        let text = format!(
            "clusters:\n  - {{ name: a, manifests: a, networks: [10.8.0.0/14, 10.0.0.0/24] }}\n  \
             - {{ name: b, manifests: b, networks: [{b}] }}\n"
        );
        config(&text).warnings
    };
    let told = warnings("10.8.0.0/14");
    assert!(told.len() == 1 && told[0].contains("cluster `a` and of cluster `b`"), "{told:?}");
    // The longer prefix counts, so this one tells them apart.
    assert_eq!(warnings("10.9.0.0/16"), Vec::<String>::new());
}

#[test]
fn networks_end_at_their_prefix() {
    let config = config(
        "clusters: [{ name: a, manifests: a, networks: [10.9.0.0/14, 192.0.2.1], listen: ['127.0.0.1:5401'] }]\n\
         resolver: { servers: [10.0.0.10, '[::1]:5353'] }\n",
    );
    let networks: Vec<String> =
        config.clusters[0].policy.networks.iter().map(ToString::to_string).collect();
    assert_eq!(networks, ["10.8.0.0/14", "192.0.2.1/32"]);
    assert!(config.warnings.iter().any(|line| line.contains("10.9.0.0/14 is read as 10.8.0.0/14")));
    assert_eq!(config.clusters[0].listen, [address("127.0.0.1:5401")]);
    assert_eq!(config.resolver_servers, [address("10.0.0.10:53"), address("[::1]:5353")]);
}

#[test]
fn json_and_anchors_are_yaml() {
    let text = r#"{"apiVersion": "fedns.dev/v1", "kind": "Config", "negativeTtl": 7,
        "clusters": [{"name": "a", "manifests": "a"}]}"#;
    let config_of_json = Config::parse(text, Path::new("fedns.json")).expect("JSON is YAML");
    assert_eq!(config_of_json.policy.negative_ttl, 7);
    assert_eq!(config_of_json.clusters[0].source, Source::Manifests(PathBuf::from("a")));
    let aliased = config(
        "clusters:\n  - { name: a, manifests: a, namespaces: &teams [shop, pay] }\n  \
         - { name: b, manifests: b, namespaces: *teams }\n",
    );
    assert!(!aliased.clusters[1].policy.admits_namespace("other"));
}

#[test]
fn scalars_stay_what_was_written() {
    // YAML 1.1 would read these as false, a float and eight.
    let config = config(
        "clusters:\n  - { name: no, manifests: 1e3, region: 010, \
         kubeconfig: ~ }\n",
    );
    assert_eq!(config.clusters[0].name, label("no"));
    assert_eq!(config.clusters[0].source, Source::Manifests(PathBuf::from("conf/1e3")));
    assert_eq!(config.clusters[0].policy.region, Some(label("010")));
}

#[test]
fn a_federation_may_be_called_like_a_domain_that_its_owner_keeps() {
    let text = "federations: [{ name: prod, domain: example.com, \
                nameservers: [{ name: ns1.example.net }, { name: ns2.example.net }] }]\n";
    let warnings = config(text).warnings;
    assert!(matches!(&warnings[..], [told] if told.contains("allowTld: true")), "{warnings:?}");
    assert!(
        config(&text.replace("{ name: prod,", "{ name: prod, allowTld: true,")).warnings.is_empty()
    );
}

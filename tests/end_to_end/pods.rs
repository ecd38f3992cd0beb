//! The walk of the story: pods of three clusters ask for `nginx.mynamespace.myfederation`.
//!
//! Real API servers, a CoreDNS for each with the block that `fedns stub` wrote, two fedns, and the
//! resolvers of glibc and musl with the search path of a pod. All in a network of the test's own,
//! where port 53 is free.

use crate::real;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use crate::process::Server;
use crate::real::ask::try_ask;
use crate::real::cluster::{Cluster, PROGRAMS};
use crate::real::network::in_own_network;
use crate::real::program::{Program, until};
use crate::real::shop::{namespace, node};

const NAME: &str = "nginx.mynamespace.myfederation";
/// Two fedns; each cluster has a listener of its own at both, on a port by its place in the list.
const FEDNS: [&str; 2] = ["198.18.0.11", "198.18.0.12"];
/// Clusters: name, zone, region, its DNS, the load balancer of its nginx.
const CLUSTERS: [(&str, &str, &str, &str, &str); 3] = [
    ("us-central1-a", "us-central1-a", "us-central1", "198.18.1.1", "192.0.2.10"),
    ("us-central1-b", "us-central1-b", "us-central1", "198.18.1.2", "198.51.100.10"),
    ("europe-west1-b", "europe-west1-b", "europe-west1", "198.18.1.3", "203.0.113.10"),
];

fn objects(zone: &str, region: &str) -> String {
    let service = "apiVersion: v1
kind: Service
metadata: { name: nginx, namespace: mynamespace }
spec: { type: LoadBalancer, ports: [{ port: 80 }] }
";
    [&namespace("mynamespace"), &node("n1", region, zone, ""), service].join("---\n")
}

fn endpoints(is_ready: bool) -> String {
    format!(
        "apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {{ name: nginx-1, namespace: mynamespace, labels: {{ kubernetes.io/service-name: nginx }} }}
addressType: IPv4
ports: [{{ port: 8080 }}]
endpoints: [{{ addresses: [10.1.2.3], conditions: {{ ready: {is_ready} }} }}]
"
    )
}

/// Services of one cluster that stand for another name: one far away, and one of its own.
const ALIASES: &str = "\
apiVersion: v1
kind: Service
metadata: { name: far, namespace: mynamespace }
spec:
  type: ExternalName
  externalName: nginx.mynamespace.myfederation.svc.europe-west1.example.com
---
apiVersion: v1
kind: Service
metadata: { name: twin, namespace: mynamespace }
spec: { type: ExternalName, externalName: nginx.mynamespace.svc.cluster.local }
";

/// What runs while the pods ask.
struct World {
    folder: tempfile::TempDir,
    clusters: [Cluster; 3],
    servers: Vec<Server>,
    // Held, so that they run.
    _dns: Vec<Program>,
}

impl World {
    fn start() -> Self {
        let folder = real::folder();
        let clusters = Cluster::start(CLUSTERS.map(|(name, ..)| name));
        for (cluster, (_, zone, region, _, balancer)) in clusters.iter().zip(CLUSTERS) {
            cluster.apply(&objects(zone, region));
            cluster.apply(&endpoints(true));
            cluster.balance("mynamespace", "nginx", &[balancer]);
            let path = folder.path().join(format!("{}.conf", cluster.name));
            fs::write(path, cluster.reader(&cluster.token("first"))).unwrap();
        }
        let servers = FEDNS.map(|address| fedns(folder.path(), address)).into();
        let dns = clusters.iter().enumerate().map(|(at, it)| dns(folder.path(), at, it)).collect();
        compile(folder.path());
        Self { folder, clusters, servers, _dns: dns }
    }

    fn cluster_ip(&self, at: usize) -> String {
        let path = "-o=jsonpath={.spec.clusterIP}";
        self.clusters[at].kubectl(&["get", "service", "nginx", "--namespace=mynamespace", path])
    }

    /// What a pod of a cluster gets for a name, by glibc or musl; nothing where it fails.
    fn lookup(&self, at: usize, libc: &str, name: &str) -> Vec<String> {
        let resolv = self.folder.path().join(format!("resolv.conf.{at}"));
        let (_, _, _, dns, _) = CLUSTERS[at];
        let text = format!(
            "search mynamespace.svc.cluster.local svc.cluster.local cluster.local\n\
             nameserver {dns}\noptions ndots:5\n"
        );
        fs::write(&resolv, text).unwrap();
        let script = format!(
            "mount --bind {} /etc/resolv.conf && exec {} {name}",
            resolv.display(),
            self.folder.path().join(libc).display()
        );
        let output =
            Command::new("unshare").args(["--mount", "sh", "-c", &script]).output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        let mut addresses: Vec<_> = text.lines().map(str::to_owned).collect();
        addresses.sort();
        addresses
    }

    /// Pods of a cluster, of both libcs, come to get these addresses.
    #[track_caller]
    fn pods_get(&self, at: usize, expected: &[&str]) {
        for libc in ["glibc", "musl"] {
            let mut given = Vec::new();
            let began = Instant::now();
            until(&format!("{libc} in {} gets {expected:?}", CLUSTERS[at].0), || {
                given = self.lookup(at, libc, NAME);
                let is_late = began.elapsed() > Duration::from_secs(50);
                assert!(!is_late, "{libc} in {}: {given:?}, not {expected:?}", CLUSTERS[at].0);
                given == expected
            });
        }
    }

    fn set_ready(&self, at: usize, is_ready: bool) {
        self.clusters[at].apply(&endpoints(is_ready));
    }
}

/// A fedns that watches all clusters.
fn fedns(folder: &Path, address: &str) -> Server {
    let clusters = CLUSTERS.iter().enumerate().map(|(at, (name, ..))| {
        let listen = format!("{address}:{}", 5401 + at);
        format!(
            "  - {{ name: {name}, kubeconfig: {{ path: ../{name}.conf }}, listen: ['{listen}'] }}\n"
        )
    });
    let text = format!(
        "apiVersion: fedns.dev/v1
kind: Config
listen: {{ udp: ['{address}:53'], tcp: ['{address}:53'] }}
admin: {{ listen: '127.0.0.1:0', socket: off }}
log: {{ format: text }}
federations:
  - name: myfederation
    domain: example.com
    nameservers:
      - {{ name: ns1.example.com, addresses: [{}] }}
      - {{ name: ns2.example.com, addresses: [{}] }}
clusters:
{}",
        FEDNS[0],
        FEDNS[1],
        clusters.collect::<String>()
    );
    let folder = folder.join(address);
    fs::create_dir(&folder).unwrap();
    fs::write(folder.join("fedns.yaml"), text).unwrap();
    let server = Server::start(&folder);
    until("ready", || server.get("/readyz").0 == 200);
    server
}

/// A cluster's own DNS, with the block that fedns wrote for it.
fn dns(folder: &Path, at: usize, cluster: &Cluster) -> Program {
    let (name, _, _, address, _) = CLUSTERS[at];
    let mut stub = Command::new(env!("CARGO_BIN_EXE_fedns"));
    stub.args(["stub", "--cluster", name, "--coredns-version", "1.15.0", "--config"]);
    stub.arg(folder.join(FEDNS[0]).join("fedns.yaml"));
    for fedns in FEDNS {
        stub.args(["--address", &format!("{fedns}:{}", 5401 + at)]);
    }
    let output = stub.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    // In a cluster each has a network of its own; here they share one.
    let block = String::from_utf8(output.stdout).unwrap();
    let block = block.replacen(" {\n", &format!(" {{\n    bind {address}\n"), 1);
    let corefile = format!(
        "{block}
.:53 {{
    bind {address}
    errors
    kubernetes cluster.local in-addr.arpa ip6.arpa {{
        kubeconfig kubeconfig
        pods insecure
        fallthrough in-addr.arpa ip6.arpa
    }}
    cache 30
    loadbalance
}}
"
    );
    let folder = folder.join(format!("dns-{name}"));
    fs::create_dir(&folder).unwrap();
    fs::write(folder.join("Corefile"), corefile).unwrap();
    fs::write(folder.join("kubeconfig"), cluster.reader(&cluster.token("dns"))).unwrap();
    let mut program = Program::start(&folder, "coredns", &["-conf", "Corefile"]);
    let address = format!("{address}:53").parse().unwrap();
    let own = "nginx.mynamespace.svc.cluster.local.";
    program.until("know the cluster's services", || {
        try_ask(address, own, "A").is_some_and(|reply| !reply.answers.is_empty())
    });
    program
}

/// One client, linked with each libc.
fn compile(folder: &Path) {
    let source = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/end_to_end/lookup.c");
    for (libc, compiler, flags) in [("glibc", "cc", &[][..]), ("musl", "musl-gcc", &["-static"])] {
        let mut command = Command::new(compiler);
        command.args(flags).arg("-o").arg(folder.join(libc)).arg(&source);
        assert!(command.status().unwrap().success(), "{compiler}");
    }
}

#[test]
fn pods_get_the_nearest_nginx_and_come_home() {
    if !real::have(&PROGRAMS) || !real::have(&["coredns", "cc", "musl-gcc", "unshare"]) {
        return;
    }
    let mut addresses: Vec<_> = FEDNS.iter().map(|address| format!("{address}/32")).collect();
    addresses.extend(CLUSTERS.iter().map(|(_, _, _, dns, _)| format!("{dns}/32")));
    let addresses: Vec<_> = addresses.iter().map(String::as_str).collect();
    in_own_network("pods::pods_get_the_nearest_nginx_and_come_home", &addresses, walk);
}

fn walk() {
    let mut world = World::start();
    let own: Vec<_> = (0..3).map(|at| world.cluster_ip(at)).collect();
    let [a, b, eu] = CLUSTERS.map(|(.., balancer)| balancer);
    // Local first: every pod gets the Service of its own cluster. There is no IPv6, and glibc, which
    // asks for both families at once, does not stumble over that.
    for (at, cluster_ip) in own.iter().enumerate() {
        world.pods_get(at, &[cluster_ip]);
    }
    // Stubs do not follow an alias themselves: what stands behind it has to come with it.
    world.clusters[0].apply(ALIASES);
    for (service, expected) in [("far", eu), ("twin", &own[0])] {
        for libc in ["glibc", "musl"] {
            let name = format!("{service}.mynamespace.myfederation");
            until(&format!("{libc}: {name}"), || world.lookup(0, libc, &name) == [expected]);
        }
    }
    // Its endpoints vanish: the zone has nothing, the region answers.
    world.set_ready(0, false);
    world.pods_get(0, &[b]);
    world.pods_get(1, &[&own[1]]);
    // The region is gone: the world answers.
    world.set_ready(1, false);
    world.pods_get(0, &[eu]);
    world.pods_get(1, &[eu]);
    // All down: the name is there and holds nothing.
    world.set_ready(2, false);
    world.pods_get(0, &[]);
    // They return, the nearest last, and everyone comes home.
    world.set_ready(1, true);
    world.pods_get(0, &[b]);
    world.pods_get(2, &[b]);
    world.set_ready(0, true);
    world.set_ready(2, true);
    for (at, cluster_ip) in own.iter().enumerate() {
        world.pods_get(at, &[cluster_ip]);
    }
    // One of the two fedns dies without a word, in the middle of things: no pod's question fails, also
    // for names that nobody has asked for yet.
    let names = [
        ("nginx.mynamespace.myfederation.svc.us-central1-a.us-central1.example.com", vec![a]),
        ("nginx.mynamespace.myfederation.us-central1-a.us-central1.example.com", vec![a]),
        ("nginx.mynamespace.myfederation.svc.us-central1-b.us-central1.example.com", vec![b]),
        ("nginx.mynamespace.myfederation.svc.us-central1.example.com", vec![a, b]),
        ("nginx.mynamespace.myfederation.svc.europe-west1.example.com", vec![eu]),
        ("nginx.mynamespace.myfederation.svc.example.com", vec![a, b, eu]),
    ];
    world.servers.remove(0).signal("KILL");
    for (name, mut expected) in names {
        expected.sort_unstable();
        for libc in ["glibc", "musl"] {
            assert_eq!(world.lookup(2, libc, name), expected, "{libc}: {name}");
        }
    }
    // And it still follows.
    world.set_ready(0, false);
    world.pods_get(0, &[b]);
}

//! The world as `kubectl get nodes,services,endpointslices -A -o json` prints it.
//!
//! In: numbers of services and zones. Out: Kubernetes lists and a configuration, written to files.

use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::net::Ipv4Addr;
use std::path::Path;

use super::{DOMAIN, FEDERATION, PLACES, addresses, names};

const HEAD: &str = "{\"apiVersion\":\"v1\",\"kind\":\"List\",\"items\":[\n";

/// Writes the folder of each cluster below `root`.
pub(crate) fn write_clusters(root: &Path, services: usize) -> io::Result<()> {
    for (zone, (name, region)) in PLACES.into_iter().enumerate() {
        let folder = root.join("clusters").join(name);
        fs::create_dir_all(&folder)?;
        let mut out = BufWriter::new(File::create(folder.join("all.json"))?);
        write!(out, "{HEAD}{}", node(&format!("{name}-node-1"), name, region))?;
        for service in 0..services {
            let (name, namespace) = names(service);
            let addresses = &addresses(service)[zone];
            let objects = objects(&name, &namespace, service, addresses, addresses.len().min(1));
            write!(out, ",\n{objects}")?;
        }
        out.write_all(b"\n]}\n")?;
        out.flush()?;
    }
    Ok(())
}

/// Writes the folder of each of so many clusters below `root`: service after service in two of them, one in a
/// thousand without a ready endpoint in the second.
pub(crate) fn write_spread(root: &Path, clusters: usize, services: usize) -> io::Result<()> {
    for cluster in 0..clusters {
        let folder = root.join("clusters").join(spread_name(cluster));
        fs::create_dir_all(&folder)?;
        let mut out = BufWriter::new(File::create(folder.join("all.json"))?);
        let (zone, region) = (format!("zone-{}", cluster % 3), format!("region-{}", cluster % 20));
        write!(out, "{HEAD}{}", node("node-1", &zone, &region))?;
        for service in 0..services {
            let shift = (cluster + clusters - service % clusters) % clusters;
            let Some(second) = [0, 37].iter().position(|it| it % clusters == shift) else {
                continue;
            };
            let name = format!("service-{service:05}");
            let address = Ipv4Addr::from(0x0a00_0000 + (service * 2 + second) as u32);
            let ready = usize::from(second == 0 || service % 1000 != 0);
            let namespace = format!("team-{}", service % 500);
            write!(out, ",\n{}", objects(&name, &namespace, service, &[address], ready))?;
        }
        out.write_all(b"\n]}\n")?;
        out.flush()?;
    }
    Ok(())
}

fn spread_name(cluster: usize) -> String {
    format!("prod-{cluster:02}")
}

/// Writes the configuration of a server of those.
pub(crate) fn spread_config(root: &Path, clusters: usize, file: &Path) -> io::Result<()> {
    write_config_of((0..clusters).map(spread_name), root, file)
}

/// A list of one Service in a namespace of the same name, at 192.0.2.1, and its slice.
pub(crate) fn one_service(name: &str, is_ready: bool) -> String {
    list([objects(name, name, 1, &[Ipv4Addr::new(192, 0, 2, 1)], is_ready.into())].into_iter())
}

/// Writes the configuration of a server of that world; gives nothing but the file.
pub(crate) fn write_config(root: &Path, file: &Path) -> io::Result<()> {
    write_config_of(PLACES.iter().map(|(name, _)| (*name).to_owned()), root, file)
}

fn write_config_of(
    clusters: impl Iterator<Item = String>,
    root: &Path,
    file: &Path,
) -> io::Result<()> {
    let mut text = format!(
        "apiVersion: fedns.dev/v1\nkind: Config\n\
         listen: {{ udp: [\"127.0.0.1:0\"], tcp: [\"127.0.0.1:0\"] }}\nudpWorkers: 1\n\
         admin: {{ listen: \"127.0.0.1:0\", socket: off }}\nlog: {{ level: info, format: text }}\n\
         federations:\n  - name: {FEDERATION}\n    domain: {DOMAIN}\n    nameservers:\n\
         \x20     - {{ name: ns1.{DOMAIN}, addresses: [192.0.2.1] }}\n\
         \x20     - {{ name: ns2.{DOMAIN}, addresses: [192.0.2.2] }}\nclusters:\n"
    );
    for name in clusters {
        let folder = root.join("clusters").join(&name);
        let _ = writeln!(text, "  - name: {name}\n    manifests: {}", folder.display());
    }
    fs::write(file, text)
}

/// A list of nodes, each in a zone of its own, in regions that nothing else stands in.
pub(crate) fn node_list(count: usize) -> String {
    let nodes = (0..count).map(|at| {
        node(&format!("far-{at}"), &format!("far-{}-{at}", at / 4), &format!("far-{}", at / 4))
    });
    list(nodes)
}

/// A list of Services and their slices beside those of the world: `services` pairs are called
/// after `word`; `address` gives the address of each.
pub(crate) fn extra_list(
    word: &str,
    services: usize,
    address: impl Fn(usize) -> Ipv4Addr,
) -> String {
    let pair = |at| {
        // Another count of endpoints makes the slice another one too.
        let ready = 1 + usize::from(address(at).octets()[3] % 2);
        objects(&format!("{word}-{at:05}"), "ns00", at, &[address(at)], ready)
    };
    list((0..services).map(pair))
}

fn list(items: impl Iterator<Item = String>) -> String {
    format!("{HEAD}{}\n]}}\n", items.collect::<Vec<_>>().join(",\n"))
}

fn node(name: &str, zone: &str, region: &str) -> String {
    format!(
        "{{\"apiVersion\":\"v1\",\"kind\":\"Node\",\"metadata\":{{\"name\":\"{name}\",\"labels\":\
         {{\"topology.kubernetes.io/zone\":\"{zone}\",\
         \"topology.kubernetes.io/region\":\"{region}\"}}}}}}"
    )
}

/// A Service and its slice with `ready` endpoints; with none of them, one that is not ready.
fn objects(
    name: &str,
    namespace: &str,
    number: usize,
    addresses: &[Ipv4Addr],
    ready: usize,
) -> String {
    let (high, low) = (number >> 8 & 255, number & 255);
    let entry = |address: &Ipv4Addr| format!("{{\"ip\":\"{address}\"}}");
    let ingress = match addresses {
        [] => String::new(),
        some => {
            let entries: Vec<_> = some.iter().map(entry).collect();
            format!("\"ingress\":[{}]", entries.join(","))
        }
    };
    let endpoint = format!(
        "{{\"addresses\":[\"172.16.{high}.{low}\"],\"conditions\":{{\"ready\":{}}}}}",
        ready > 0
    );
    let endpoints = vec![endpoint; ready.max(1)].join(",");
    format!(
        "{{\"apiVersion\":\"v1\",\"kind\":\"Service\",\"metadata\":{{\"name\":\"{name}\",\
         \"namespace\":\"{namespace}\"}},\"spec\":{{\"type\":\"LoadBalancer\",\
         \"clusterIP\":\"172.20.{high}.{low}\",\
         \"ports\":[{{\"name\":\"http\",\"port\":80,\"protocol\":\"TCP\"}}]}},\
         \"status\":{{\"loadBalancer\":{{{ingress}}}}}}},\n\
         {{\"apiVersion\":\"discovery.k8s.io/v1\",\"kind\":\"EndpointSlice\",\
         \"metadata\":{{\"name\":\"{name}-x1\",\"namespace\":\"{namespace}\",\
         \"labels\":{{\"kubernetes.io/service-name\":\"{name}\"}}}},\"addressType\":\"IPv4\",\
         \"ports\":[{{\"name\":\"http\",\"port\":8080,\"protocol\":\"TCP\"}}],\
         \"endpoints\":[{endpoints}]}}"
    )
}

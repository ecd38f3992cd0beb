//! Worlds to look at: folders of manifests, small and large, with something wrong in them.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use tempfile::TempDir;

use crate::fake_api::{self, FakeApi};
use crate::process::{CONFIG, Server, service};

/// Regions, each with so many clusters.
const REGIONS: [&str; 6] = [
    "europe-west1",
    "us-central1",
    "us-east4",
    "asia-northeast1",
    "southamerica-east1",
    "australia-southeast1",
];
const EACH: usize = 7;
/// The cluster that is lost: its region and number.
const LOST: (usize, usize) = (4, 3);
const SERVICES: usize = 24;

fn node(region: &str, zone: &str) -> String {
    format!(
        "apiVersion: v1\nkind: Node\nmetadata:\n  name: n1\n  labels: {{ topology.kubernetes.io/region: {region}, \
         topology.kubernetes.io/zone: {zone} }}\n"
    )
}

/// The name of a cluster of the fleet.
pub fn cluster(region: usize, number: usize) -> String {
    format!("prod-{}-{number}", ["euw1", "usc1", "use4", "ane1", "sae1", "ase1"][region])
}

fn path(folder: &Path, cluster: &str, service: usize) -> std::path::PathBuf {
    folder.join(cluster).join(format!("svc-{service}.yaml"))
}

fn write(folder: &Path, (region, number): (usize, usize), of: usize, is_ready: bool) {
    let address = format!("203.0.{}.{}", region * EACH + number, of + 1);
    let text = service(&format!("payments-api-{of}"), &address, is_ready);
    fs::write(path(folder, &cluster(region, number), of), text).unwrap();
}

/// 42 clusters in 6 regions, all of them well; one of them behind an API server.
pub fn fleet(api: &FakeApi) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let (head, _) = CONFIG.split_once("clusters:").unwrap();
    let mut config = format!("{head}clusters:\n");
    for (at, region) in REGIONS.iter().enumerate() {
        for number in 0..EACH {
            let name = cluster(at, number);
            fs::create_dir(folder.path().join(&name)).unwrap();
            if (at, number) == LOST {
                api.put([fake_api::node("n1", region, &format!("{region}-a"))]);
                api.put([fake_api::service("cart", "192.0.2.1"), fake_api::slice("cart", 1)]);
                api.write_kubeconfig(&folder.path().join("lost.conf"));
                writeln!(config, "  - {{ name: {name}, kubeconfig: {{ path: ./lost.conf }} }}")
                    .unwrap();
                continue;
            }
            let zone = format!("{region}-{}", ["a", "b", "c"][number % 3]);
            fs::write(folder.path().join(&name).join("nodes.yaml"), node(region, &zone)).unwrap();
            // Each service in every third cluster.
            (0..SERVICES)
                .filter(|of| (of + number + at) % 3 == 0)
                .for_each(|of| write(folder.path(), (at, number), of, true));
            writeln!(config, "  - {{ name: {name}, manifests: ./{name} }}").unwrap();
        }
    }
    fs::write(folder.path().join("fedns.yaml"), config).unwrap();
    folder
}

/// What goes wrong in the fleet while it is looked at: two services go down everywhere, a third in some clusters, and
/// an annotation is bad.
pub fn break_fleet(folder: &Path) {
    for region in 0..REGIONS.len() {
        for number in 0..EACH {
            for of in 0..SERVICES {
                let is_hurt = of < 2 || (of == 2 && region < 3);
                if is_hurt && path(folder, &cluster(region, number), of).exists() {
                    write(folder, (region, number), of, false);
                }
            }
        }
    }
    for number in 0..EACH {
        let text = service("checkout", &format!("198.51.100.{}", number + 1), true);
        let text = text.replace(
            "namespace: shop }\nspec",
            "namespace: shop, annotations: { fedns.dev/ttl: soon } }\nspec",
        );
        fs::write(folder.join(cluster(1, number)).join("checkout.yaml"), text).unwrap();
    }
}

/// The fleet as it is after that.
pub fn hurt_fleet() -> (TempDir, Server) {
    let api = FakeApi::start();
    let folder = fleet(&api);
    let server = Server::start(folder.path());
    server.wait_for("answers are complete");
    break_fleet(folder.path());
    drop(api);
    server.get_until("/verdict", &["payments-api-0", "payments-api-1", &cluster(LOST.0, LOST.1)]);
    (folder, server)
}

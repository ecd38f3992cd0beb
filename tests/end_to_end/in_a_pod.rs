//! fedns as a pod of the cluster that it watches: in a mount namespace of its own, where the kubelet would
//! have put a token, beside a real API server.

use crate::process;
use crate::real;
use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::process::{Server, fedns};
use crate::real::ask::{ask, said};
use crate::real::cluster::{Cluster, PROGRAMS};
use crate::real::program::until;
use crate::real::shop::shop;

const CART: &str = "cart.shop.myfed.svc.a.us.example.com.";

/// Puts a folder where pods find their credentials, and becomes the program of the other arguments.
const MOUNT: &str = "set -e; pod=/var/run/secrets/kubernetes.io/serviceaccount; folder=$1; shift
    mount -t tmpfs tmpfs /var/run; mkdir -p $pod; mount --bind \"$folder\" $pod; exec \"$@\"";

/// Root makes namespaces as it is; others become root inside of a user namespace, where the kernel lets them.
const NAMESPACES: [&[&str]; 2] = [&[], &["--user", "--map-root-user"]];

fn mounted(user: &[&str], folder: &Path) -> Command {
    let mut command = Command::new(real::find("unshare").unwrap());
    command.args(user).args(["--mount", "sh", "-c", MOUNT, "sh"]).arg(folder);
    command
}

/// `command` with `folder` as its credentials; `None` where this machine lets nobody.
fn in_pod(folder: &Path, command: &Command) -> Option<Command> {
    let probe = |user: &&[&str]| {
        let mut probe = mounted(user, folder);
        probe.arg("true").stderr(Stdio::null()).status().is_ok_and(|status| status.success())
    };
    let user = NAMESPACES.into_iter().find(probe)?;
    let mut inside = mounted(user, folder);
    inside.arg(command.get_program()).args(command.get_args());
    Some(inside)
}

#[test]
fn a_pod_watches_its_own_cluster_and_its_token_is_rotated() {
    if !real::have(&PROGRAMS) || !real::have(&["unshare", "mount"]) {
        return;
    }
    let (folder, credentials) = (real::folder(), real::folder());
    let Some(mut command) = in_pod(credentials.path(), &fedns(folder.path())) else {
        return real::skip("in a pod: no mount namespace (root may make them)");
    };
    let [east] = Cluster::start(["east"]);
    east.apply(&shop());
    east.balance("shop", "cart", &["192.0.2.1"]);
    east.mount(credentials.path(), &east.token("first"));
    let (head, _) = process::CONFIG.split_once("clusters:").unwrap();
    let cluster = "clusters:\n  - { name: east, kubeconfig: in-cluster }\n";
    fs::write(folder.path().join("fedns.yaml"), format!("{head}{cluster}")).unwrap();
    command.env("KUBERNETES_SERVICE_HOST", "127.0.0.1");
    command.env("KUBERNETES_SERVICE_PORT", east.port().to_string());
    let mut server = Server::spawn(command);
    server.wait_for_doors(true);
    let addresses = || {
        let records = said(&ask(server.udp, CART, "A")).records;
        records.into_iter().filter(|it| it.contains(" a ")).collect::<Vec<_>>()
    };
    let has = |address: &str| addresses().iter().any(|it| it.ends_with(&format!(" {address}")));
    until("its cluster is answered", || has("192.0.2.1"));
    // The kubelet brings another token, and the one before ends.
    east.mount(credentials.path(), &east.token("second"));
    east.kubectl(&["delete", "secret", "first", "--namespace=fedns"]);
    east.balance("shop", "cart", &["192.0.2.2"]);
    until("the change is answered", || has("192.0.2.2"));
    // Nor is anything lost that is asked for by the new token alone.
    east.kubectl(&["delete", "endpointslice", "cart-1", "--namespace=shop"]);
    until("the loss is answered", || addresses().is_empty());
    until("nothing is wrong with the credentials", || {
        !server.get("/status").1.contains("credentials_")
    });
}

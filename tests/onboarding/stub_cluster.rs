//! `fedns stub --apply`, `--verify` and `--remove` on a real cluster's ConfigMap, as kubeadm writes it: by
//! a user with the least rights, and with a CoreDNS that reads the Corefile which results.
//!
//! All in a network of the test's own, where the ports of that Corefile are free, and with the files by
//! which pods find their API server. What the kubelet does, the test does: it brings the ConfigMap's text
//! to CoreDNS's folder.

use crate::real;
use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use hickory_proto::op::ResponseCode;
use serde_json::{Value, json};

use crate::process::Server;
use crate::real::ask::{said, try_ask};
use crate::real::cluster::{Cluster, PROGRAMS};
use crate::real::network::in_own_network;
use crate::real::program::{Program, until};
use crate::real::shop::shop;

const FEDNS: &str = "198.18.0.11";
const DNS: &str = "198.18.0.53";
const CART: &str = "cart.shop.myfed.svc.cluster.local.";
const PLAIN: &str = "cart.shop.svc.cluster.local.";

/// kubeadm's, to the octet, but for how often `reload` looks: twice a minute there.
const COREFILE: &str = "\
.:53 {
    errors
    health {
       lameduck 5s
    }
    ready
    kubernetes cluster.local in-addr.arpa ip6.arpa {
       pods insecure
       fallthrough in-addr.arpa ip6.arpa
       ttl 30
    }
    prometheus :9153
    forward . /etc/resolv.conf {
       max_concurrent 1000
    }
    cache 30 {
       disable success cluster.local
       disable denial cluster.local
    }
    loop
    reload 2s 1s
    loadbalance
}
";

/// What kubeadm makes beside the ConfigMap, and two who may not do all: `editor` has the rights that
/// docs/forwarding.md asks for, `viewer` those to look.
const OBJECTS: &str = "\
apiVersion: apps/v1
kind: Deployment
metadata: { name: coredns, namespace: kube-system, labels: { k8s-app: kube-dns } }
spec:
  selector: { matchLabels: { k8s-app: kube-dns } }
  template:
    metadata: { labels: { k8s-app: kube-dns } }
    spec: { containers: [{ name: coredns, image: 'registry.k8s.io/coredns/coredns:v1.13.1' }] }
---
apiVersion: v1
kind: ServiceAccount
metadata: { name: editor, namespace: kube-system }
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: { name: editor, namespace: kube-system }
rules:
- { apiGroups: [''], resources: [configmaps], resourceNames: [coredns], verbs: [get, update] }
- { apiGroups: [apps], resources: [deployments, daemonsets], verbs: [list] }
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: { name: editor, namespace: kube-system }
roleRef: { apiGroup: rbac.authorization.k8s.io, kind: Role, name: editor }
subjects: [{ kind: ServiceAccount, name: editor, namespace: kube-system }]
---
apiVersion: v1
kind: ServiceAccount
metadata: { name: viewer, namespace: kube-system }
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: { name: viewer, namespace: kube-system }
rules:
- { apiGroups: [''], resources: [configmaps], verbs: [get, list] }
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: { name: viewer, namespace: kube-system }
roleRef: { apiGroup: rbac.authorization.k8s.io, kind: Role, name: viewer }
subjects: [{ kind: ServiceAccount, name: viewer, namespace: kube-system }]
";

struct World {
    folder: tempfile::TempDir,
    cluster: Cluster,
}

impl World {
    fn new() -> Self {
        let folder = real::folder();
        let [cluster] = Cluster::start(["east"]);
        cluster.apply(&shop());
        cluster.balance("shop", "cart", &["192.0.2.1"]);
        cluster.apply(OBJECTS);
        let map = json!({
            "apiVersion": "v1", "kind": "ConfigMap",
            "metadata": { "name": "coredns", "namespace": "kube-system" },
            "data": { "Corefile": COREFILE },
        });
        cluster.try_kubectl(&["create", "-f", "-"], &map.to_string()).unwrap();
        for account in ["editor", "viewer"] {
            let token = cluster.kubectl(&["create", "token", account, "-n=kube-system"]);
            let path = folder.path().join(format!("{account}.conf"));
            fs::write(path, cluster.reader(token.trim())).unwrap();
        }
        Self { folder, cluster }
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    fn fedns(&self) -> Server {
        let text = format!(
            "apiVersion: fedns.dev/v1
kind: Config
listen: {{ udp: ['{FEDNS}:5300'], tcp: ['{FEDNS}:5300'] }}
admin: {{ listen: '127.0.0.1:0', socket: off }}
log: {{ format: text }}
federations:
  - name: myfed
    domain: example.com
    nameservers:
      - {{ name: ns1.example.com, addresses: [{FEDNS}] }}
      - {{ name: ns2.example.com, addresses: [{FEDNS}] }}
clusters:
  - {{ name: east, kubeconfig: {{ path: reader.conf }}, listen: ['{FEDNS}:5401'] }}
"
        );
        fs::write(self.path().join("fedns.yaml"), text).unwrap();
        let reader = self.cluster.reader(&self.cluster.token("fedns"));
        fs::write(self.path().join("reader.conf"), reader).unwrap();
        let server = Server::start(self.path());
        until("ready", || server.get("/readyz").0 == 200);
        server
    }

    /// CoreDNS as in a pod: a token, an authority, and the address of the API server.
    fn dns(&self) -> Program {
        let folder = self.path().join("dns");
        fs::create_dir(&folder).unwrap();
        fs::write(folder.join("resolv.conf"), "nameserver 198.18.0.99\n").unwrap();
        fs::write(folder.join("token"), self.cluster.token("dns")).unwrap();
        fs::write(folder.join("ca.crt"), self.cluster.authority()).unwrap();
        self.sync();
        let script = format!(
            "set -e
mount --bind resolv.conf /etc/resolv.conf
mount -t tmpfs none /var/run
mkdir -p /var/run/secrets/kubernetes.io/serviceaccount
cp token ca.crt /var/run/secrets/kubernetes.io/serviceaccount
export KUBERNETES_SERVICE_HOST=127.0.0.1 KUBERNETES_SERVICE_PORT={}
exec {} -conf Corefile",
            self.cluster.port(),
            real::find("coredns").unwrap().display(),
        );
        let mut program = Program::start(&folder, "unshare", &["--mount", "sh", "-c", &script]);
        program.until("know the cluster's services", || has_answer(PLAIN));
        program
    }

    fn configmap(&self) -> Value {
        let text =
            self.cluster.kubectl(&["get", "configmap", "coredns", "-n=kube-system", "-o=json"]);
        let mut object: Value = serde_json::from_str(&text).unwrap();
        object["metadata"]["resourceVersion"] = Value::Null;
        object
    }

    /// Brings the ConfigMap's text to CoreDNS's folder, whole, as the kubelet does.
    fn sync(&self) {
        let object = self.configmap();
        let [new, old] = ["Corefile.new", "Corefile"].map(|it| self.path().join("dns").join(it));
        fs::write(&new, object["data"]["Corefile"].as_str().unwrap()).unwrap();
        fs::rename(new, old).unwrap();
    }

    fn spawn(&self, line: &str) -> Child {
        let mut command = Command::new(env!("CARGO_BIN_EXE_fedns"));
        for key in ["FEDNS_CONFIG", "FEDNS_LOG", "KUBECONFIG", "NO_COLOR"] {
            command.env_remove(key);
        }
        command.current_dir(self.path()).arg("stub").args(line.split_whitespace());
        command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    }

    /// Runs `fedns stub`, and the kubelet meanwhile; gives whether it succeeds, and what it says.
    fn stub(&self, line: &str) -> (bool, String) {
        let mut child = self.spawn(line);
        while child.try_wait().unwrap().is_none() {
            self.sync();
            std::thread::sleep(std::time::Duration::from_millis(200));
        }
        let output = child.wait_with_output().unwrap();
        let text = |octets| String::from_utf8(octets).unwrap();
        (output.status.success(), text(output.stdout) + &text(output.stderr))
    }

    #[track_caller]
    fn done(&self, line: &str) -> String {
        let (is_done, said) = self.stub(line);
        assert!(is_done, "{line}: {said}");
        said
    }

    #[track_caller]
    fn refused(&self, line: &str) -> String {
        let before = self.configmap();
        let (is_done, said) = self.stub(line);
        assert!(!is_done && self.configmap() == before, "{line}: {said}");
        said
    }
}

/// What CoreDNS answers.
fn answer(name: &str) -> Option<real::ask::Said> {
    try_ask(format!("{DNS}:53").parse().unwrap(), name, "A").as_ref().map(said)
}

fn has_answer(name: &str) -> bool {
    answer(name).is_some_and(|said| said.code == ResponseCode::NoError && !said.records.is_empty())
}

#[test]
fn a_corefile_of_kubeadm_gets_the_block_and_loses_it() {
    if !real::have(&PROGRAMS) || !real::have(&["coredns", "unshare"]) {
        return;
    }
    let addresses = [FEDNS, DNS].map(|address| format!("{address}/32"));
    let addresses = addresses.each_ref().map(String::as_str);
    in_own_network(
        "stub_cluster::a_corefile_of_kubeadm_gets_the_block_and_loses_it",
        &addresses,
        walk,
    );
}

fn walk() {
    let world = World::new();
    let fedns = world.fedns();
    let dns = world.dns();
    let before = world.configmap();
    let cluster_ip = world.cluster.kubectl(&[
        "get",
        "service",
        "cart",
        "-n=shop",
        "-o=jsonpath={.spec.clusterIP}",
    ]);
    assert!(!has_answer(CART), "CoreDNS knows no such zone yet");

    // Who may only look is told what is missing, and nothing is changed.
    let said = world.refused("--apply --yes --kubeconfig viewer.conf");
    assert!(said.contains("CoreDNS's version is not known"), "{said}");
    assert!(said.contains("ConfigMap kube-system/coredns can not be written"), "{said}");
    assert!(said.contains("forbidden"), "{said}");
    let said = world.refused("--apply --yes --kubeconfig reader.conf");
    assert!(said.contains("ConfigMap kube-system/coredns can not be read"), "{said}");
    let said = world.done("--apply --dry-run --kubeconfig viewer.conf");
    assert!(said.contains("nothing is written") && world.configmap() == before, "{said}");

    let said = world.done(&format!("--apply --yes --kubeconfig editor.conf --verify {DNS}"));
    assert!(said.contains("CoreDNS 1.13.1"), "{said}");
    for zone in ["example.com.", "myfed.svc.cluster.local."] {
        assert!(
            said.contains(&format!("{DNS}:53 answers {zone}: SOA ns1.example.com. ")),
            "{said}"
        );
    }
    let ours = answer(CART).unwrap();
    assert_eq!(ours.records, [format!("{CART} a {cluster_ip}")], "east asked at its own listener");
    let outside = answer("cart.shop.myfed.svc.a.us.example.com.").unwrap();
    assert_eq!(outside.records, ["cart.shop.myfed.svc.a.us.example.com. a 192.0.2.1"]);
    assert!(has_answer(PLAIN), "the cluster's own names are answered as before");

    let said = world.done("--apply --yes --kubeconfig editor.conf");
    assert!(said.contains("nothing to change"), "{said}");
    world.done("--remove --yes --kubeconfig editor.conf");
    assert_eq!(world.configmap(), before, "the octets of before, and no trace elsewhere");
    assert_eq!(world.configmap()["data"]["Corefile"], COREFILE);
    world.sync();
    until("CoreDNS forgets the zone", || !has_answer(CART) && has_answer(PLAIN));
    let log = dns.log();
    assert!(!log.contains("Corefile parse error") && !log.contains("[FATAL]"), "{log}");
    drop(fedns);
}

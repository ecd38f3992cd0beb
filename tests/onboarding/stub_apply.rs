//! `fedns stub --apply` and `--remove` against an API server that keeps one ConfigMap and refuses
//! a write from an old resourceVersion, as Kubernetes does.

use std::fs;
use std::net::{SocketAddr, UdpSocket};
use std::path::Path;
use std::process::{Command, Output};
use std::sync::{Arc, Mutex};

use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::get;
use axum::{Json, Router};
use hickory_proto::op::{Message, ResponseCode};
use hickory_proto::rr::rdata::SOA;
use hickory_proto::rr::{Name, RData, Record};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::runtime::Runtime;

/// What happens between a read and the write that follows it.
#[derive(Clone, Copy)]
enum Meanwhile {
    /// Somebody sets a label.
    Label,
    /// Somebody edits the Corefile.
    Edit,
}

struct Kept {
    object: Value,
    meanwhile: Option<Meanwhile>,
    image: &'static str,
    writes: usize,
}

type Shared = Arc<Mutex<Kept>>;

fn touch(object: &mut Value) {
    let version: u64 = object["metadata"]["resourceVersion"].as_str().unwrap().parse().unwrap();
    object["metadata"]["resourceVersion"] = json!((version + 1).to_string());
}

fn failure(code: StatusCode, reason: &str, message: &str) -> (StatusCode, Json<Value>) {
    let status = json!({
        "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure",
        "message": message, "reason": reason, "code": code.as_u16(),
    });
    (code, Json(status))
}

async fn read(State(kept): State<Shared>) -> Json<Value> {
    Json(kept.lock().unwrap().object.clone())
}

async fn write(State(kept): State<Shared>, Json(new): Json<Value>) -> (StatusCode, Json<Value>) {
    let mut kept = kept.lock().unwrap();
    match kept.meanwhile.take() {
        Some(Meanwhile::Label) => {
            kept.object["metadata"]["labels"]["touched"] = json!("yes");
            touch(&mut kept.object);
        }
        Some(Meanwhile::Edit) => {
            let text = format!("{}# theirs\n", kept.object["data"]["Corefile"].as_str().unwrap());
            kept.object["data"]["Corefile"] = json!(text);
            touch(&mut kept.object);
        }
        None => {}
    }
    if new["metadata"]["resourceVersion"] != kept.object["metadata"]["resourceVersion"] {
        return failure(StatusCode::CONFLICT, "Conflict", "the object has been modified");
    }
    kept.object = new;
    kept.writes += 1;
    touch(&mut kept.object);
    (StatusCode::OK, Json(kept.object.clone()))
}

async fn deployments(State(kept): State<Shared>) -> Json<Value> {
    let image = kept.lock().unwrap().image;
    let containers = json!([{ "name": "coredns", "image": image }]);
    let labels = json!({ "k8s-app": "kube-dns" });
    Json(json!({ "kind": "DeploymentList", "apiVersion": "apps/v1", "metadata": {}, "items": [{
        "metadata": { "name": "coredns", "namespace": "kube-system" },
        "spec": {
            "selector": { "matchLabels": labels },
            "template": { "metadata": { "labels": labels }, "spec": { "containers": containers } },
        },
    }] }))
}

/// A cluster whose API server has one ConfigMap, and a configuration of fedns.
struct Cluster {
    kept: Shared,
    folder: TempDir,
    _runtime: Runtime,
}

const COREFILE: &str = ".:53 {\n    errors\n    reload\n    forward . /etc/resolv.conf\n}\n";

impl Cluster {
    fn new(corefile: &str) -> Self {
        let object = json!({
            "kind": "ConfigMap", "apiVersion": "v1",
            "metadata": { "name": "coredns", "namespace": "kube-system",
                "uid": "1", "resourceVersion": "41" },
            "data": { "Corefile": corefile, "NodeHosts": "192.0.2.1 n1\n" },
        });
        let image = "registry.k8s.io/coredns/coredns:v1.13.1";
        let kept = Arc::new(Mutex::new(Kept { object, meanwhile: None, image, writes: 0 }));
        let app = Router::new()
            .route("/api/v1/namespaces/kube-system/configmaps/coredns", get(read).put(write))
            .route("/apis/apps/v1/namespaces/kube-system/deployments", get(deployments))
            .fallback(|| async { failure(StatusCode::NOT_FOUND, "NotFound", "it is not found") })
            .with_state(kept.clone());
        let runtime = Runtime::new().unwrap();
        let listener = runtime.block_on(tokio::net::TcpListener::bind("127.0.0.1:0")).unwrap();
        let server = listener.local_addr().unwrap();
        runtime.spawn(async move { axum::serve(listener, app).await });
        let folder = tempfile::tempdir().unwrap();
        write_files(folder.path(), server);
        Self { kept, folder, _runtime: runtime }
    }

    fn run(&self, line: &str) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_fedns"));
        command.current_dir(self.folder.path()).env_remove("FEDNS_CONFIG").arg("stub");
        command.args(["--kubeconfig", "kubeconfig"]);
        if !line.contains("--context") {
            command.args(["--context", "fake"]);
        }
        command.args(line.split_whitespace()).output().unwrap()
    }

    /// Runs a line that succeeds; gives what it printed.
    fn done(&self, line: &str) -> String {
        let output = self.run(line);
        assert!(output.status.success(), "{line}: {output:?}");
        String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap()
    }

    /// Runs a line that fails; gives its error.
    fn refused(&self, line: &str) -> String {
        let output = self.run(line);
        assert_eq!(output.status.code(), Some(1), "{line}: {output:?}");
        String::from_utf8(output.stderr).unwrap()
    }

    fn object(&self) -> Value {
        self.kept.lock().unwrap().object.clone()
    }

    fn corefile(&self) -> String {
        self.object()["data"]["Corefile"].as_str().unwrap().to_owned()
    }

    fn writes(&self) -> usize {
        self.kept.lock().unwrap().writes
    }
}

fn write_files(folder: &Path, server: SocketAddr) {
    let config = "\
apiVersion: fedns.dev/v1
kind: Config
federations:
  - name: myfederation
    domain: example.com
    nameservers: [{ name: ns1.example.com, addresses: [192.0.2.53] }]
clusters:
  - { name: east, manifests: ./east, listen: ['192.0.2.53:5401'] }
";
    fs::write(folder.join("fedns.yaml"), config).unwrap();
    let kubeconfig = json!({
        "apiVersion": "v1", "kind": "Config",
        "clusters": [{ "name": "c", "cluster": { "server": format!("http://{server}") } }],
        "contexts": [{ "name": "fake", "context": { "cluster": "c", "user": "u" } }],
        "users": [{ "name": "u", "user": {} }],
    });
    fs::write(folder.join("kubeconfig"), kubeconfig.to_string()).unwrap();
}

/// All of an object but what each write changes.
fn without_version(mut object: Value) -> Value {
    object["metadata"]["resourceVersion"] = Value::Null;
    object
}

#[test]
fn what_is_applied_can_be_removed_without_a_trace() {
    for corefile in [COREFILE, &COREFILE.replace('\n', "\r\n"), COREFILE.trim_end()] {
        let cluster = Cluster::new(corefile);
        let before = cluster.object();
        let said = cluster.done("--apply --dry-run");
        assert!(said.contains("+example.com:53 myfederation.svc.cluster.local:53 {\n"), "{said}");
        assert!(said.contains("nothing is written") && said.contains("CoreDNS 1.13.1"), "{said}");
        assert!(!said.contains('\u{1b}'), "colours belong in a terminal: {said}");
        assert_eq!(cluster.object(), before);

        let said = cluster.done("--apply --yes");
        assert!(said.contains("\nwritten; the annotation fedns.dev/corefile-before"), "{said}");
        assert!(cluster.corefile().ends_with(corefile));
        assert!(cluster.corefile().contains("serve_stale 1h verify\n"), "1.13.1 knows it");
        let annotation =
            cluster.object()["metadata"]["annotations"]["fedns.dev/corefile-before"].clone();
        assert_eq!(annotation, json!(corefile));
        assert_eq!(cluster.object()["data"]["NodeHosts"], before["data"]["NodeHosts"]);

        assert!(cluster.done("--apply --yes").contains("nothing to change"));
        assert_eq!(cluster.writes(), 1);
        let said = cluster.done("--remove --yes");
        assert!(said.contains("-example.com:53 myfederation.svc.cluster.local:53 {\n"), "{said}");
        assert_eq!(cluster.corefile(), corefile);
        assert_eq!(without_version(cluster.object()), without_version(before));
        assert!(cluster.done("--remove --yes").contains("nothing to change"));
        assert_eq!(cluster.writes(), 2);
    }
}

#[test]
fn nobody_s_edit_is_lost() {
    let cluster = Cluster::new(COREFILE);
    // Something else of the object changes: both that and ours are there afterwards.
    cluster.kept.lock().unwrap().meanwhile = Some(Meanwhile::Label);
    cluster.done("--apply --yes");
    assert_eq!(cluster.object()["metadata"]["labels"]["touched"], json!("yes"));
    assert!(cluster.corefile().contains("# BEGIN fedns"));
    // The Corefile changes: what was shown is not what would be written.
    cluster.kept.lock().unwrap().meanwhile = Some(Meanwhile::Edit);
    let said = cluster.refused("--remove --yes");
    assert!(said.contains("changed by somebody else meanwhile; nothing is written"), "{said}");
    assert!(cluster.corefile().contains("# BEGIN fedns"));
    cluster.done("--remove --yes");
    assert_eq!(cluster.corefile(), format!("{COREFILE}# theirs\n"));
}

#[test]
fn nothing_is_written_where_something_is_in_the_way() {
    let cluster = Cluster::new(&format!("{COREFILE}Example.com. {{\n    whoami\n}}\n"));
    let before = cluster.object();
    let said = cluster.refused("--apply --yes");
    let line = "line 6 of the Corefile: a server block that is not ours serves example.com already";
    assert!(said.contains(line), "{said}");
    let cluster_free = Cluster::new(COREFILE);
    let said = cluster_free.refused("--apply");
    assert!(said.contains("say --yes to write without asking"), "{said}");
    let said = cluster.refused("--apply --yes --configmap other");
    assert!(said.contains("ConfigMap kube-system/other of context fake can not be read"), "{said}");
    let said = cluster.refused("--apply --yes --context none");
    assert!(said.contains("the context none can not be used"), "{said}");
    assert_eq!((cluster.object(), cluster.writes()), (before, 0));
    assert_eq!(cluster_free.writes(), 0);
}

#[test]
fn a_version_that_is_not_known_takes_old_words() {
    let cluster = Cluster::new(COREFILE);
    cluster.kept.lock().unwrap().image = "example.net/coredns:latest";
    let said = cluster.done("--apply --yes");
    assert!(said.contains("CoreDNS's version is not known"), "{said}");
    assert!(!cluster.corefile().contains("serve_stale"), "{}", cluster.corefile());
    cluster.done("--apply --yes --coredns-version 1.15.0");
    assert!(cluster.corefile().contains("serve_stale 1h verify 1s"), "{}", cluster.corefile());
}

/// The cluster's DNS, which passes on what it is asked from the second question on.
fn cluster_dns() -> (SocketAddr, std::thread::JoinHandle<usize>) {
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    let address = socket.local_addr().unwrap();
    let answer = move || {
        let mut buffer = [0; 4096];
        for count in 0.. {
            let (length, from) = socket.recv_from(&mut buffer).unwrap();
            let Ok(query) = Message::from_vec(&buffer[..length]) else { return count };
            let mut reply = query.clone().into_response();
            let name = query.queries[0].name().clone();
            if count == 0 {
                reply.metadata.response_code = ResponseCode::NXDomain;
            } else {
                let name_of = |text| Name::from_ascii(text).unwrap();
                let (mname, rname) =
                    (name_of("ns1.example.com."), name_of("hostmaster.example.com."));
                let soa = SOA::new(mname, rname, 7, 60, 30, 1_209_600, 5);
                reply.add_answer(Record::from_rdata(name, 5, RData::SOA(soa)));
            }
            socket.send_to(&reply.to_vec().unwrap(), from).unwrap();
        }
        0
    };
    (address, std::thread::spawn(answer))
}

#[test]
fn the_cluster_s_dns_is_asked_until_it_passes_questions_on() {
    let cluster = Cluster::new(COREFILE);
    let (address, thread) = cluster_dns();
    let said = cluster.done(&format!("--apply --yes --verify {address}"));
    assert!(said.contains(&format!("waiting for {address} (example.com.: NXDOMAIN)")), "{said}");
    for zone in ["example.com.", "myfederation.svc.cluster.local."] {
        assert!(
            said.contains(&format!("{address} answers {zone}: SOA ns1.example.com. ")),
            "{said}"
        );
    }
    UdpSocket::bind("127.0.0.1:0").unwrap().send_to(b"end", address).unwrap();
    assert!(thread.join().unwrap() >= 3);
}

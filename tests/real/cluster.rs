//! A real cluster's API: etcd and kube-apiserver on a free port of loopback, with an authority, tokens and
//! data of its own.
//!
//! In: objects, by kubectl. Out: kubeconfigs for watchers. There is no kubelet, no cloud and no
//! controller: tests write the status of objects, and the EndpointSlices, themselves.

use std::fs;
use std::io::{Read, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::os::unix::fs::symlink;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use rustix::process::Signal;
use tempfile::TempDir;

use super::authority::{Authority, Signed, base64, token_key};
use super::program::{PATIENCE, Program, free_port};
use super::{find, folder};

/// What starting a cluster needs.
pub const PROGRAMS: [&str; 3] = ["kube-apiserver", "etcd", "kubectl"];

/// Who may read what DNS answers come from, and nothing else: the service account `reader`.
const READER: &str = "\
apiVersion: v1
kind: Namespace
metadata: { name: fedns }
---
apiVersion: v1
kind: ServiceAccount
metadata: { name: reader, namespace: fedns }
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: { name: fedns-reader }
rules:
- { apiGroups: [''], resources: [nodes, services, namespaces], verbs: [get, list, watch] }
- { apiGroups: [discovery.k8s.io], resources: [endpointslices], verbs: [get, list, watch] }
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: { name: fedns-reader }
roleRef: { apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: fedns-reader }
subjects: [{ kind: ServiceAccount, name: reader, namespace: fedns }]
";

/// Which addresses a cluster's Services have, and its API server.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Families {
    /// IPv4 first, and IPv6 for Services that ask for it.
    #[default]
    Both,
    /// IPv6 alone.
    Six,
}

impl Families {
    /// Where the API server listens.
    fn loopback(self) -> IpAddr {
        match self {
            Self::Both => Ipv4Addr::LOCALHOST.into(),
            Self::Six => Ipv6Addr::LOCALHOST.into(),
        }
    }

    fn service_networks(self) -> &'static str {
        match self {
            Self::Both => "10.96.0.0/12,fd00:10:96::/112",
            Self::Six => "fd00:10:96::/112",
        }
    }
}

pub struct Cluster {
    pub name: String,
    families: Families,
    /// More flags of kube-apiserver, taken at its next start.
    pub flags: Vec<String>,
    port: u16,
    authority: Authority,
    admin: Signed,
    // The programs end before their folder goes.
    api: Option<Program>,
    etcd: Option<Program>,
    folder: TempDir,
}

impl Cluster {
    /// Clusters that are ready. They start at the same time.
    pub fn start<const N: usize>(names: [&str; N]) -> [Self; N] {
        Self::start_of(names.map(|name| (name, Families::default())))
    }

    /// The same, of given families.
    pub fn start_of<const N: usize>(clusters: [(&str, Families); N]) -> [Self; N] {
        let mut clusters = clusters.map(|(name, families)| {
            let mut cluster = Self::new(name, families);
            cluster.launch();
            cluster
        });
        clusters.iter_mut().for_each(|cluster| cluster.ready(false));
        for cluster in &clusters {
            cluster.apply(READER);
        }
        clusters
    }

    fn new(name: &str, families: Families) -> Self {
        let folder = folder();
        fs::write(folder.path().join("token.key"), token_key()).unwrap();
        let authority = Authority::new(name);
        let admin = authority.client("admin", "system:masters");
        let mut cluster = Self {
            name: name.to_owned(),
            families,
            flags: Vec::new(),
            port: free_port(),
            authority,
            admin,
            api: None,
            etcd: None,
            folder,
        };
        cluster.write_certificates();
        cluster
    }

    fn write_certificates(&mut self) {
        let names = ["127.0.0.1", "::1", "localhost", "kubernetes.default.svc"];
        let Signed { certificate, key } = self.authority.server(&names);
        let texts = [
            ("ca.crt", &self.authority.certificate),
            ("server.crt", &certificate),
            ("server.key", &key),
            ("admin.kubeconfig", &self.admin()),
        ];
        for (name, text) in texts {
            fs::write(self.folder.path().join(name), text).unwrap();
        }
    }

    fn launch(&mut self) {
        if self.etcd.is_none() {
            self.etcd = Some(self.start_etcd());
        }
        self.api = Some(self.start_api());
    }

    /// etcd speaks over sockets in the folder: a cluster takes one port and no other.
    fn start_etcd(&self) -> Program {
        let socket = self.folder.path().join("client:0");
        _ = fs::remove_file(&socket);
        // Peers have to look like host and port; the name of a socket here.
        let mut etcd = Program::start(
            self.folder.path(),
            "etcd",
            &[
                "--name=one",
                "--data-dir=etcd",
                "--unsafe-no-fsync",
                "--log-level=warn",
                "--listen-client-urls=unix://client:0",
                "--advertise-client-urls=unix://client:0",
                "--listen-peer-urls=unix://peer:0",
                "--initial-advertise-peer-urls=unix://peer:0",
                "--initial-cluster=one=unix://peer:0",
            ],
        );
        etcd.until("its socket", || UnixStream::connect(&socket).is_ok());
        etcd
    }

    fn start_api(&self) -> Program {
        let path = |name: &str| self.folder.path().join(name).display().to_string();
        let mut arguments = vec![
            format!("--bind-address={}", self.families.loopback()),
            format!("--advertise-address={}", self.families.loopback()),
            "--endpoint-reconciler-type=none".to_owned(),
            format!("--secure-port={}", self.port),
            format!("--etcd-servers=unix://{}", path("client:0")),
            format!("--cert-dir={}", path("")),
            format!("--tls-cert-file={}", path("server.crt")),
            format!("--tls-private-key-file={}", path("server.key")),
            format!("--client-ca-file={}", path("ca.crt")),
            format!("--service-account-key-file={}", path("token.key")),
            format!("--service-account-signing-key-file={}", path("token.key")),
            "--service-account-issuer=https://kubernetes.default.svc".to_owned(),
            "--authorization-mode=RBAC".to_owned(),
            format!("--service-cluster-ip-range={}", self.families.service_networks()),
            // A Service of type LoadBalancer takes one each.
            "--service-node-port-range=1024-65535".to_owned(),
            // Pods here have no service accounts: nobody makes them.
            "--disable-admission-plugins=ServiceAccount".to_owned(),
            "--profiling=false".to_owned(),
        ];
        arguments.extend(self.flags.iter().cloned());
        Program::start(self.folder.path(), "kube-apiserver", &arguments)
    }

    /// Waits until the API server is ready. Where somebody else has taken its port, one that nobody knows
    /// yet gets another port, and one that has clients waits for its own.
    fn ready(&mut self, is_known: bool) {
        let end = Instant::now() + PATIENCE;
        loop {
            let mut api = self.api.take().expect("launched");
            if api.comes_to("readiness", || self.try_kubectl(&["get", "--raw=/readyz"], "").is_ok())
            {
                self.api = Some(api);
                return;
            }
            let log = api.log();
            let is_taken = log.contains("address already in use");
            assert!(is_taken && Instant::now() < end, "{}: {log}", self.name);
            if !is_known {
                self.port = free_port();
                self.write_certificates();
            }
            self.launch();
        }
    }

    fn kubeconfig(&self, credential: &str) -> String {
        let Self { name, port, families, .. } = self;
        let server = SocketAddr::new(families.loopback(), *port);
        let authority = base64(self.authority.certificate.as_bytes());
        format!(
            "apiVersion: v1
kind: Config
current-context: {name}
contexts: [{{ name: {name}, context: {{ cluster: {name}, user: {name} }} }}]
clusters:
- name: {name}
  cluster: {{ server: 'https://{server}', certificate-authority-data: {authority} }}
users:
- name: {name}
  user: {{ {credential} }}
"
        )
    }

    /// The port of its API server, on loopback.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The certificate of its authority.
    pub fn authority(&self) -> &str {
        &self.authority.certificate
    }

    /// The text of a kubeconfig with all rights, by a client certificate.
    pub fn admin(&self) -> String {
        let certificate = base64(self.admin.certificate.as_bytes());
        let key = base64(self.admin.key.as_bytes());
        self.kubeconfig(&format!("client-certificate-data: {certificate}, client-key-data: {key}"))
    }

    /// The text of a kubeconfig of `reader`, by a token.
    pub fn reader(&self, token: &str) -> String {
        self.kubeconfig(&format!("token: {token}"))
    }

    /// Writes what a kubelet mounts into pods of `reader`: files behind a link that is replaced as a
    /// whole, so that token and authority change together.
    pub fn mount(&self, folder: &Path, token: &str) {
        let number = fs::read_dir(folder).unwrap().count();
        let version = folder.join(format!("..version-{number}"));
        fs::create_dir(&version).unwrap();
        let texts =
            [("token", token), ("ca.crt", &self.authority.certificate), ("namespace", "fedns")];
        for (name, text) in texts {
            fs::write(version.join(name), text).unwrap();
            let link = folder.join(name);
            if !link.exists() {
                symlink(Path::new("..data").join(name), link).unwrap();
            }
        }
        symlink(version.file_name().unwrap(), folder.join("..data_new")).unwrap();
        fs::rename(folder.join("..data_new"), folder.join("..data")).unwrap();
    }

    /// A new token of `reader`. It is good for an hour, or until the Secret of this name is deleted.
    pub fn token(&self, secret: &str) -> String {
        self.apply(&format!(
            "apiVersion: v1\nkind: Secret\nmetadata: {{ name: {secret}, namespace: fedns }}\n"
        ));
        let bound = format!("--bound-object-name={secret}");
        let kind = "--bound-object-kind=Secret";
        let token = self.kubectl(&["create", "token", "reader", "-n=fedns", kind, &bound]);
        token.trim().to_owned()
    }

    /// Runs kubectl with all rights; gives what it prints.
    #[track_caller]
    pub fn kubectl(&self, arguments: &[&str]) -> String {
        self.try_kubectl(arguments, "").unwrap_or_else(|error| panic!("{arguments:?}: {error}"))
    }

    /// Makes these objects, or changes them; their status is left out, as Kubernetes does.
    #[track_caller]
    pub fn apply(&self, yaml: &str) {
        let made =
            self.try_kubectl(&["apply", "--server-side", "--force-conflicts", "-f", "-"], yaml);
        made.unwrap_or_else(|error| panic!("{error}\n{yaml}"));
    }

    /// Gives a Service of type LoadBalancer these addresses, as a cloud would.
    #[track_caller]
    pub fn balance(&self, namespace: &str, service: &str, addresses: &[&str]) {
        let ingress: Vec<_> = addresses.iter().map(|ip| serde_json::json!({ "ip": ip })).collect();
        let status = serde_json::json!({ "status": { "loadBalancer": { "ingress": ingress } } });
        let namespace = format!("--namespace={namespace}");
        let patch = format!("--patch={status}");
        let how = ["--subresource=status", "--type=merge"];
        self.kubectl(&["patch", "service", service, &namespace, how[0], how[1], &patch]);
    }

    /// What kubectl prints, or what it complains of.
    pub fn try_kubectl(&self, arguments: &[&str], input: &str) -> Result<String, String> {
        self.kubectl_by("admin.kubeconfig", arguments, input)
    }

    /// What kubectl prints with these credentials, or what it complains of.
    pub fn kubectl_as(&self, kubeconfig: &str, arguments: &[&str]) -> Result<String, String> {
        let path = self.folder.path().join("other.kubeconfig");
        fs::write(&path, kubeconfig).unwrap();
        self.kubectl_by("other.kubeconfig", arguments, "")
    }

    fn kubectl_by(
        &self,
        kubeconfig: &str,
        arguments: &[&str],
        input: &str,
    ) -> Result<String, String> {
        let mut child = Command::new(find("kubectl").expect("ask `have` first"))
            .args(["--request-timeout=10s", "--cache-dir=cache", "--kubeconfig", kubeconfig])
            .args(arguments)
            .current_dir(self.folder.path())
            .env("HOME", self.folder.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        // One that complains of its arguments reads nothing.
        _ = child.stdin.take().unwrap().write_all(input.as_bytes());
        let output = child.wait_with_output().unwrap();
        let text = |octets: Vec<u8>| String::from_utf8(octets).unwrap();
        if output.status.success() { Ok(text(output.stdout)) } else { Err(text(output.stderr)) }
    }

    /// The API server keeps its connections and says nothing more.
    pub fn pause(&self) {
        self.api.as_ref().expect("runs").signal(Signal::STOP);
    }

    /// It goes on.
    pub fn resume(&self) {
        self.api.as_ref().expect("runs").signal(Signal::CONT);
    }

    /// Its etcd says nothing more; the API server goes on without.
    pub fn pause_etcd(&self) {
        self.etcd.as_ref().expect("runs").signal(Signal::STOP);
    }

    /// Its etcd goes on.
    pub fn resume_etcd(&self) {
        self.etcd.as_ref().expect("runs").signal(Signal::CONT);
    }

    /// The API server is gone at once; its data stay.
    pub fn kill(&mut self) {
        self.api = None;
    }

    /// The API server again, with the data and the port that it had.
    pub fn restart(&mut self) {
        self.kill();
        self.launch();
        self.ready(true);
    }

    /// Keeps what its etcd holds now, for [`Cluster::roll_back`]. The API server is gone afterwards.
    pub fn back_up(&mut self) {
        self.kill();
        self.etcd = None;
        let folder = self.folder.path();
        copy(&folder.join("etcd"), &folder.join("backup"));
    }

    /// Puts back what was kept, as an operator does who has lost data: nothing that was written since
    /// is there, and versions come again. The API server is gone afterwards.
    pub fn roll_back(&mut self) {
        self.kill();
        self.etcd = None;
        let folder = self.folder.path();
        fs::remove_dir_all(folder.join("etcd")).unwrap();
        copy(&folder.join("backup"), &folder.join("etcd"));
    }

    /// Lets etcd forget all versions but the present one.
    pub fn compact(&self) {
        let status = self.ask_etcd("/v3/maintenance/status", &serde_json::json!({}));
        let revision = &status["header"]["revision"];
        let request = serde_json::json!({ "revision": revision, "physical": true });
        let done = self.ask_etcd("/v3/kv/compaction", &request);
        assert!(done.get("header").is_some(), "{done}");
    }

    /// What etcd says to a request of its gateway (JSON over HTTP).
    fn ask_etcd(&self, path: &str, request: &serde_json::Value) -> serde_json::Value {
        let mut stream = UnixStream::connect(self.folder.path().join("client:0")).unwrap();
        let body = request.to_string();
        let length = body.len();
        let head = format!("POST {path} HTTP/1.0\r\nHost: etcd\r\nContent-Length: {length}");
        write!(stream, "{head}\r\n\r\n{body}").unwrap();
        let mut text = String::new();
        stream.read_to_string(&mut text).unwrap();
        let (_, body) = text.split_once("\r\n\r\n").unwrap();
        serde_json::from_str(body).unwrap_or_else(|error| panic!("{path}: {error}: {text}"))
    }

    /// The text of a kubeconfig of a user with all rights whose certificate expired with the year
    /// before this one.
    pub fn expired(&self, year: i32) -> String {
        let admin = self.authority.client_until("admin", "system:masters", year);
        let certificate = base64(admin.certificate.as_bytes());
        let key = base64(admin.key.as_bytes());
        self.kubeconfig(&format!("client-certificate-data: {certificate}, client-key-data: {key}"))
    }

    /// The API server with another authority, as after a rotation: kubeconfigs from before are void.
    pub fn renew_authority(&mut self) {
        self.kill();
        self.authority = Authority::new(&self.name);
        self.admin = self.authority.client("admin", "system:masters");
        self.write_certificates();
        self.restart();
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

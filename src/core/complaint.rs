//! Complaints: what is wrong with someone's data, in words an operator can act on.
//!
//! In: what lowering, ground state and policy noticed. Out: text, and a short kind for metrics.
//! A complaint never stops anything: what it is about is left out, the rest is served.
//! Does not know where it is shown.

use std::fmt::{self, Write};
use std::net::{IpAddr, SocketAddr};

use crate::core::name::Label;
use crate::core::printable::Tame;

/// Most clusters that one complaint names beside its own.
const MOST_NAMES: usize = 5;

/// What a complaint is about.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Subject {
    /// The admin address.
    Admin,
    /// The cluster as a whole.
    Cluster,
    /// A federation, by name.
    Federation(Label),
    /// A manifest file, by its name in the folder.
    File(Box<str>),
    /// The manifest folder itself.
    Folder,
    /// A Node, by name.
    Node(Box<str>),
    /// What an API server lists and watches, in its plural such as `endpointslices`.
    Resource(&'static str),
    /// A registry of clusters, by where its Secrets are.
    Registry(Box<str>),
    /// A Secret of a registry: namespace and name.
    Secret(Box<str>, Box<str>),
    /// A Service: namespace and name as written.
    Service(Box<str>, Box<str>),
    /// An EndpointSlice: namespace and name as written.
    Slice(Box<str>, Box<str>),
    /// A state file, or the folder of them.
    State(Box<str>),
    /// The file of the admin address's tokens.
    Tokens(Box<str>),
    /// The admin socket, by its path.
    Socket(Box<str>),
    /// The process itself.
    Process,
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.words(&mut Tame::line(f))
    }
}

impl Subject {
    /// The words, in which texts of clusters and files stand as they are.
    fn words(&self, f: &mut dyn Write) -> fmt::Result {
        match self {
            Self::Admin => write!(f, "admin"),
            Self::Cluster => write!(f, "cluster"),
            Self::Federation(name) => write!(f, "federation {name}"),
            Self::File(name) => write!(f, "file {name}"),
            Self::Folder => write!(f, "folder"),
            Self::Node(name) => write!(f, "node {name}"),
            Self::Resource(plural) => f.write_str(plural),
            Self::Registry(place) => write!(f, "registry {place}"),
            Self::Secret(namespace, name) => write!(f, "secret {namespace}/{name}"),
            Self::Service(namespace, name) => write!(f, "service {namespace}/{name}"),
            Self::Slice(namespace, name) => write!(f, "endpointslice {namespace}/{name}"),
            Self::State(path) => write!(f, "state {path}"),
            Self::Tokens(path) => write!(f, "token file {path}"),
            Self::Socket(path) => write!(f, "admin socket {path}"),
            Self::Process => write!(f, "process"),
        }
    }
}

/// What is wrong.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Flaw {
    /// A load-balancer address that this cluster may not name.
    AddressRefused(IpAddr),
    /// An admin address that strangers can reach.
    AdminOpen(SocketAddr),
    /// An annotation whose value can not be used: key, value, what was expected.
    BadAnnotation(&'static str, Box<str>, &'static str),
    /// An address that is none.
    BadAddress(Box<str>),
    /// A network that is none.
    BadNetwork(Box<str>),
    /// A `spec.externalName` that is no host name.
    BadExternalName(Box<str>),
    /// A node label (key) whose value (second) is no place; third says why.
    BadPlace(&'static str, Box<str>, Box<str>),
    /// A name of a Service or namespace that is no DNS label; says why.
    BadServiceName(Box<str>),
    /// The same object stands in another file too, which is the one that counts.
    ConflictingFiles {
        /// What is given twice, such as `Service shop/cart`.
        object: Box<str>,
        /// The file whose version counts; empty where it is the same file.
        kept: Box<str>,
    },
    /// The API server does not take the credentials: says why.
    CredentialsRefused(Box<str>),
    /// A kubeconfig, or what it refers to, that can not be used: says why.
    CredentialsUnusable(Box<str>),
    /// The process may have few descriptors.
    DescriptorsFew {
        /// Its limit.
        most: usize,
        /// What clusters take.
        clusters: usize,
        /// TCP connections of clients that are left.
        connections: usize,
        /// A limit that would be enough.
        enough: usize,
    },
    /// An ingress entry with neither `ip` nor `hostname`.
    EmptyIngress,
    /// A headless Service was something else before, and its endpoints' addresses are not known.
    EndpointsUnknown,
    /// The name that an ExternalName Service stands for can not be resolved.
    ExternalNameUnresolved(Box<str>),
    /// A cluster's ExternalName Services stand for more names than are asked for, so that this one
    /// is not; how many are.
    ExternalNamesTooMany(Box<str>, usize),
    /// A kubeconfig runs this command for credentials, and its entry does not allow that.
    ExecRefused(Box<str>),
    /// A kubeconfig sends credentials to an API server over a network without TLS.
    ServerUnencrypted,
    /// A kubeconfig says that the API server's certificate is not to be looked at.
    ServerUnverified,
    /// The API server is now that of a cluster with this UID, which is another one.
    ForeignCluster(Box<str>),
    /// A federation is called like a namespace of this cluster: inside it their names collide.
    FederationLikeNamespace(Label),
    /// A file that holds nothing, or is still being written: its last content stays.
    FileUnfinished,
    /// A file that can not be read as Kubernetes objects: its last good content stays.
    FileUnreadable(Box<str>),
    /// The manifest folder is not there: the last facts stay.
    FolderMissing(Box<str>),
    /// A list or watch that the API server forbids.
    Forbidden {
        /// What may not be done: `list` or `watch`.
        verb: &'static str,
        /// Of what, in its plural.
        resource: &'static str,
        /// The API group of that; empty for the core group.
        group: &'static str,
        /// In which namespace; `None` = in all.
        namespace: Option<Box<str>>,
    },
    /// A load-balancer hostname (first) that resolves to an address that this cluster may not
    /// name.
    HostnameAddressRefused(Box<str>, IpAddr),
    /// A load-balancer hostname that does not exist: NXDOMAIN twice.
    HostnameGone(Box<str>),
    /// A load-balancer hostname in a zone of ours, or an alias into one.
    HostnameInOwnZone(Box<str>),
    /// A load-balancer hostname that could not be resolved several times in a row.
    HostnameUnresolved(Box<str>),
    /// The longest canonical name of a service passes 255 octets at some place.
    NameTooLong(Box<str>),
    /// The name of a cluster (first) is that of one that was there first, and where that is from.
    NameTaken(Label, Box<str>),
    /// The cluster may not publish this namespace.
    NamespaceRefused,
    /// Neither nodes nor configuration say where the cluster stands.
    NoPlace,
    /// An object that can not be used; says why.
    ObjectUnusable(Box<str>),
    /// What watches a cluster or a registry panicked: where in our source.
    Panicked(Box<str>),
    /// A scalar of YAML that stands for text without quotes and is read as something else: says where.
    Unquoted(Box<str>),
    /// A list or watch that fails again and again: says why.
    ReadingFails(Box<str>),
    /// A registry that can not be read, or not in full: says why.
    RegistryUnread(Box<str>),
    /// The API server is that of these clusters too: the UID, and their names.
    SameCluster(Box<str>, Box<[Label]>),
    /// A Secret that tells of a cluster and can not be used: says why.
    SecretUnusable(Box<str>),
    /// A federation with a single name server.
    SingleNameserver,
    /// The source of a cluster holds nothing, where an earlier run kept facts.
    SourceEmpty,
    /// A state file that can not be used; says why.
    StateFileRefused(Box<str>),
    /// Another process has the state folder.
    StateFolderTaken,
    /// State can not be kept; says why.
    StateNotKept(Box<str>),
    /// The admin socket can not be listened on; says why.
    SocketUnusable(Box<str>),
    /// A line of a token file, counted from 1, that is none, and what was expected there.
    TokenLineBad(usize, &'static str),
    /// A token file that others than its owner can read or write: its mode.
    TokensOpen(u32),
    /// A token file that can not be read; says why.
    TokensUnread(Box<str>),
    /// More objects than is likely are absent from a list: so many, of so many.
    WithdrawalHeld(usize, usize),
}

impl Flaw {
    /// A short word for metrics; the same for every flaw of one sort.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::AddressRefused(_) => "address_refused",
            Self::AdminOpen(_) => "admin_open",
            Self::BadAddress(_) => "bad_address",
            Self::BadAnnotation(..) => "bad_annotation",
            Self::BadExternalName(_) => "bad_external_name",
            Self::BadNetwork(_) => "bad_network",
            Self::BadPlace(..) => "bad_place",
            Self::BadServiceName(_) => "bad_service_name",
            Self::ConflictingFiles { .. } => "conflicting_files",
            Self::CredentialsRefused(_) => "credentials_refused",
            Self::CredentialsUnusable(_) => "credentials_unusable",
            Self::DescriptorsFew { .. } => "descriptors_few",
            Self::EmptyIngress => "empty_ingress",
            Self::EndpointsUnknown => "endpoints_unknown",
            Self::ExternalNameUnresolved(_) => "external_name_unresolved",
            Self::ExternalNamesTooMany(..) => "external_names_too_many",
            Self::ServerUnencrypted => "server_unencrypted",
            Self::ServerUnverified => "server_unverified",
            Self::ForeignCluster(_) => "foreign_cluster",
            Self::ExecRefused(_) => "exec_refused",
            Self::FederationLikeNamespace(_) => "federation_like_namespace",
            Self::FileUnfinished => "file_unfinished",
            Self::FileUnreadable(_) => "file_unreadable",
            Self::FolderMissing(_) => "folder_missing",
            Self::Forbidden { .. } => "forbidden",
            Self::HostnameAddressRefused(..) => "hostname_address_refused",
            Self::HostnameGone(_) => "hostname_gone",
            Self::HostnameInOwnZone(_) => "hostname_in_own_zone",
            Self::HostnameUnresolved(_) => "hostname_unresolved",
            Self::NameTooLong(_) => "name_too_long",
            Self::NameTaken(..) => "name_taken",
            Self::NamespaceRefused => "namespace_refused",
            Self::NoPlace => "no_place",
            Self::ObjectUnusable(_) => "object_unusable",
            Self::Panicked(_) => "panicked",
            Self::Unquoted(_) => "unquoted",
            Self::ReadingFails(_) => "reading_fails",
            Self::RegistryUnread(_) => "registry_unread",
            Self::SameCluster(..) => "same_cluster",
            Self::SecretUnusable(_) => "secret_unusable",
            Self::SingleNameserver => "single_nameserver",
            Self::SourceEmpty => "source_empty",
            Self::StateFileRefused(_) => "state_file_refused",
            Self::StateFolderTaken => "state_folder_taken",
            Self::StateNotKept(_) => "state_not_kept",
            Self::SocketUnusable(_) => "admin_socket_unusable",
            Self::TokenLineBad(..) => "token_line_bad",
            Self::TokensOpen(_) => "token_file_open",
            Self::TokensUnread(_) => "token_file_unread",
            Self::WithdrawalHeld(..) => "withdrawal_held",
        }
    }
}

impl fmt::Display for Flaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.words(&mut Tame::line(f))
    }
}

impl Flaw {
    /// The words, in which texts of clusters and files stand as they are.
    fn words(&self, f: &mut dyn Write) -> fmt::Result {
        match self {
            Self::AddressRefused(address) => write!(
                f,
                "address {address} is refused: this cluster may not name it; list its network \
                 under `addresses` of the cluster if it should"
            ),
            Self::AdminOpen(address) => write!(
                f,
                "{address} can be reached from anywhere that leads to this host, and tells \
                 everybody there what every cluster holds; let `admin.listen` be a loopback or \
                 private address, or keep strangers off with a firewall or a NetworkPolicy"
            ),
            Self::BadAddress(text) => write!(f, "{text:?} is no IP address; it is left out"),
            Self::BadAnnotation(key, value, expected) => {
                write!(f, "annotation {key}: {value:?} is ignored; expected {expected}")
            }
            Self::BadExternalName(text) => write!(
                f,
                "spec.externalName {text:?} is no host name; inside its cluster nothing is answered \
                 for it"
            ),
            Self::BadNetwork(text) => write!(
                f,
                "{text:?} is no network of pods such as 10.244.1.0/24; who asks from there is not \
                 known by it"
            ),
            Self::BadPlace(key, value, why) => {
                write!(f, "label {key}: {value:?} is no place: {why}; the node counts without it")
            }
            Self::BadServiceName(why) => write!(f, "its name can not stand in DNS: {why}"),
            Self::ConflictingFiles { object, kept } if kept.is_empty() => {
                write!(f, "{object} stands in it more than once; the first one counts")
            }
            Self::ConflictingFiles { object, kept } => {
                write!(f, "{object} stands in {kept} too; that one counts, this one is ignored")
            }
            Self::CredentialsRefused(why) => write!(
                f,
                "the API server does not take the credentials: {why}; what it said before stays"
            ),
            Self::CredentialsUnusable(why) => write!(
                f,
                "{why}; what the cluster said before stays, and the file is tried again when it \
                 changes"
            ),
            Self::ServerUnencrypted => write!(
                f,
                "the credentials go to the API server by plain http: whoever stands in between can \
                 read and use them; let `server` of the kubeconfig begin with https://"
            ),
            Self::ServerUnverified => write!(
                f,
                "the certificate of the API server is not looked at (`insecure-skip-tls-verify`; \
                 `insecure` of Argo CD): whoever stands in between can answer in its place and \
                 take the credentials; give its authority in `certificate-authority-data` \
                 (`caData`) instead"
            ),
            Self::ExecRefused(command) => write!(
                f,
                "the kubeconfig runs {command:?} for credentials, which the entry does not allow; \
                 if it should, add `allowExec: true` to `kubeconfig` of the cluster"
            ),
            Self::DescriptorsFew { most, clusters, connections, enough } => write!(
                f,
                "it may have {most} open files (RLIMIT_NOFILE), of which clusters take {clusters}: \
                 {connections} TCP connections of clients at a time are left. Allow {enough}: \
                 LimitNOFILE={enough} with systemd, `ulimit -n {enough}` in a shell"
            ),
            Self::EndpointsUnknown => write!(
                f,
                "it is headless now, and the addresses of its endpoints are not known until its \
                 EndpointSlices are read again; a manifest of them has to be changed or touched"
            ),
            Self::EmptyIngress => {
                write!(f, "an entry of status.loadBalancer.ingress has neither ip nor hostname")
            }
            Self::ExternalNameUnresolved(name) => write!(
                f,
                "spec.externalName {name} can not be resolved from here; inside its cluster its CNAME \
                 is answered, with the addresses of before, if any, until `hostnameStaleLimit`"
            ),
            Self::ExternalNamesTooMany(name, most) => write!(
                f,
                "the cluster has more than {most} names in spec.externalName: {name} is \
                 not resolved, and inside the cluster answered by its CNAME alone"
            ),
            Self::ForeignCluster(uid) => write!(
                f,
                "its API server is now that of another cluster (kube-system has UID {uid}); what \
                 the former one said stays. If that is meant, say `fedns clusters accept NAME`"
            ),
            Self::FederationLikeNamespace(name) => write!(
                f,
                "a namespace is called {name} like a federation: inside the cluster their names \
                 collide; rename one"
            ),
            Self::FileUnfinished => {
                write!(f, "empty or still being written; what was read of it before stays")
            }
            Self::FileUnreadable(why) => write!(
                f,
                "{why}; what was read of it before stays. If nothing was, names that nobody else \
                 has stay SERVFAIL: mend it, or take it out of the folder"
            ),
            Self::FolderMissing(path) => {
                write!(f, "{path} is not there; what was read of it before stays")
            }
            Self::Forbidden { verb, resource, group, namespace } => {
                write!(f, "the API server forbids to {verb} them ")?;
                match namespace {
                    Some(namespace) => write!(f, "in namespace {namespace}; add to a Role there")?,
                    None => write!(f, "in all namespaces; add to a ClusterRole")?,
                }
                write!(
                    f,
                    " of this user: {{apiGroups: [\"{group}\"], resources: [{resource}], \
                     verbs: [get, list, watch]}}"
                )
            }
            Self::HostnameAddressRefused(name, address) => write!(
                f,
                "load-balancer hostname {name} resolves to {address}, which is refused: this \
                 cluster may not name it; list its network under `addresses` of the cluster if \
                 it should"
            ),
            Self::HostnameGone(name) => write!(
                f,
                "load-balancer hostname {name} does not exist (NXDOMAIN twice); its addresses \
                 are withdrawn"
            ),
            Self::HostnameInOwnZone(name) => write!(
                f,
                "load-balancer hostname {name} lies in a zone that is served here, or is an \
                 alias into one; it is not followed"
            ),
            Self::HostnameUnresolved(name) => write!(
                f,
                "load-balancer hostname {name} can not be resolved; what it resolved to before, \
                 if anything, stays until `hostnameStaleLimit`"
            ),
            Self::NameTooLong(name) => write!(
                f,
                "{name} passes 255 octets and does not exist; who would be sent there is sent \
                 one level wider"
            ),
            Self::NameTaken(name, by) => write!(
                f,
                "a cluster is called {name} already, by {by}, which was there first; rename one: \
                 annotation fedns.dev/name can name this one"
            ),
            Self::NamespaceRefused => write!(
                f,
                "this cluster may not publish the namespace; add it under `namespaces` of the \
                 cluster if it should"
            ),
            Self::NoPlace => write!(
                f,
                "no region and zone known, so it counts in global answers only; label its nodes \
                 topology.kubernetes.io/region and /zone, or set `region` and `zones`"
            ),
            Self::ObjectUnusable(why) | Self::Unquoted(why) => f.write_str(why),
            Self::RegistryUnread(why) => {
                write!(f, "{why}; clusters that are known from it stay registered")
            }
            Self::SameCluster(uid, others) => {
                let names: Vec<_> = others.iter().take(MOST_NAMES).map(Label::as_str).collect();
                let rest = others.len().saturating_sub(MOST_NAMES);
                let rest = if rest > 0 { format!(" and {rest} more") } else { String::new() };
                write!(
                    f,
                    "its API server is that of {}{rest} too (kube-system has UID {uid}), so what \
                     runs there is answered as if it ran in each; take one of the entries out, or \
                     mend the one that leads there by mistake: of merged kubeconfigs the first to \
                     have a name wins",
                    names.join(", ")
                )
            }
            Self::SecretUnusable(why) => {
                write!(f, "{why}; what was read of it before, if anything, stays")
            }
            Self::Panicked(panic) => write!(
                f,
                "this is a fault of fedns: what watches it ended with {panic}; what it said before \
                 stays, and it is watched anew after a pause. Please report this line with the \
                 version of fedns"
            ),
            Self::ReadingFails(why) => {
                write!(f, "they can not be read: {why}; what was read of them before stays")
            }
            Self::WithdrawalHeld(absent, of) => write!(
                f,
                "{absent} of {of} are absent from its list, which is more than `withdrawGuard` \
                 believes at once; they stay until a second list says so too"
            ),
            Self::SingleNameserver => {
                write!(
                    f,
                    "one name server only; a second one keeps the zone reachable (RFC 1034 4.1)"
                )
            }
            Self::SourceEmpty => write!(
                f,
                "its source holds nothing, which is not believed: what an earlier run kept of it \
                 answers until the source holds an object. If the cluster is empty, take its entry \
                 out"
            ),
            Self::StateFileRefused(why) => write!(
                f,
                "{why}; it is not used, and is replaced when what it should hold is known again"
            ),
            Self::StateFolderTaken => write!(
                f,
                "another process keeps its state there; this one serves and keeps nothing until \
                 that one ends. If both are to run, give each a `stateDir` of its own"
            ),
            Self::StateNotKept(why) => write!(
                f,
                "{why}; answers are not touched, but a restart would begin from what was kept \
                 before. Make room, or let this process write there; it tries again by itself"
            ),
            Self::SocketUnusable(why) => {
                write!(f, "{why}; what changes something takes a token until then")
            }
            Self::TokenLineBad(line, expected) => {
                write!(f, "line {line}: {expected}; the line counts for nothing")
            }
            Self::TokensOpen(mode) => write!(
                f,
                "others than its owner can read or write it (mode {mode:04o}), and who has a token                  can change what is answered: chmod 600"
            ),
            Self::TokensUnread(why) => write!(
                f,
                "it can not be read: {why}; nobody is let in by a token until it can, which is                  tried again by itself"
            ),
        }
    }
}

/// One thing that is wrong, and with what.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Complaint {
    /// The cluster whose data it is about; `None` for the configuration.
    pub cluster: Option<Label>,
    /// What it is about.
    pub subject: Subject,
    /// What is wrong.
    pub flaw: Flaw,
}

impl fmt::Display for Complaint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(cluster) = &self.cluster {
            write!(f, "{cluster}: ")?;
        }
        match self.subject {
            Subject::Cluster => write!(f, "{}", self.flaw),
            _ => write!(f, "{}: {}", self.subject, self.flaw),
        }
    }
}

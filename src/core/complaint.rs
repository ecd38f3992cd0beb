//! Complaints: what is wrong with someone's data, in words an operator can act on.
//!
//! In: what lowering, ground state and policy noticed. Out: text, and a short kind for metrics.
//! A complaint never stops anything: what it is about is left out, the rest is served.
//! Does not know where it is shown.

use std::fmt;
use std::net::IpAddr;

use crate::core::name::Label;

/// What a complaint is about.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Subject {
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
    /// A Service: namespace and name as written.
    Service(Box<str>, Box<str>),
    /// An EndpointSlice: namespace and name as written.
    Slice(Box<str>, Box<str>),
    /// A state file, or the folder of them.
    State(Box<str>),
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cluster => write!(f, "cluster"),
            Self::Federation(name) => write!(f, "federation {name}"),
            Self::File(name) => write!(f, "file {name}"),
            Self::Folder => write!(f, "folder"),
            Self::Node(name) => write!(f, "node {name}"),
            Self::Service(namespace, name) => write!(f, "service {namespace}/{name}"),
            Self::Slice(namespace, name) => write!(f, "endpointslice {namespace}/{name}"),
            Self::State(path) => write!(f, "state {path}"),
        }
    }
}

/// What is wrong.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Flaw {
    /// A load-balancer address that this cluster may not name.
    AddressRefused(IpAddr),
    /// An annotation whose value can not be used: key, value, what was expected.
    BadAnnotation(&'static str, Box<str>, &'static str),
    /// An address that is none.
    BadAddress(Box<str>),
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
    /// An ingress entry with neither `ip` nor `hostname`.
    EmptyIngress,
    /// A federation is called like a namespace of this cluster: inside it their names collide.
    FederationLikeNamespace(Label),
    /// A file that holds nothing, or is still being written: its last content stays.
    FileUnfinished,
    /// A file that can not be read as Kubernetes objects: its last good content stays.
    FileUnreadable(Box<str>),
    /// The manifest folder is not there: the last facts stay.
    FolderMissing(Box<str>),
    /// A load-balancer hostname that has no addresses yet.
    HostnameUnresolved(Box<str>),
    /// The longest canonical name of a service passes 255 octets at some place.
    NameTooLong(Box<str>),
    /// The cluster may not publish this namespace.
    NamespaceRefused,
    /// Neither nodes nor configuration say where the cluster stands.
    NoPlace,
    /// An object that can not be used; says why.
    ObjectUnusable(Box<str>),
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
}

impl Flaw {
    /// A short word for metrics; the same for every flaw of one sort.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::AddressRefused(_) => "address_refused",
            Self::BadAddress(_) => "bad_address",
            Self::BadAnnotation(..) => "bad_annotation",
            Self::BadPlace(..) => "bad_place",
            Self::BadServiceName(_) => "bad_service_name",
            Self::ConflictingFiles { .. } => "conflicting_files",
            Self::EmptyIngress => "empty_ingress",
            Self::FederationLikeNamespace(_) => "federation_like_namespace",
            Self::FileUnfinished => "file_unfinished",
            Self::FileUnreadable(_) => "file_unreadable",
            Self::FolderMissing(_) => "folder_missing",
            Self::HostnameUnresolved(_) => "hostname_unresolved",
            Self::NameTooLong(_) => "name_too_long",
            Self::NamespaceRefused => "namespace_refused",
            Self::NoPlace => "no_place",
            Self::ObjectUnusable(_) => "object_unusable",
            Self::SingleNameserver => "single_nameserver",
            Self::SourceEmpty => "source_empty",
            Self::StateFileRefused(_) => "state_file_refused",
            Self::StateFolderTaken => "state_folder_taken",
            Self::StateNotKept(_) => "state_not_kept",
        }
    }
}

impl fmt::Display for Flaw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AddressRefused(address) => write!(
                f,
                "address {address} is refused: this cluster may not name it; list its network \
                 under `addresses` of the cluster if it should"
            ),
            Self::BadAddress(text) => write!(f, "{text:?} is no IP address; it is left out"),
            Self::BadAnnotation(key, value, expected) => {
                write!(f, "annotation {key}: {value:?} is ignored; expected {expected}")
            }
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
            Self::EmptyIngress => {
                write!(f, "an entry of status.loadBalancer.ingress has neither ip nor hostname")
            }
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
            Self::HostnameUnresolved(name) => {
                write!(f, "load-balancer hostname {name} has no known addresses")
            }
            Self::NameTooLong(name) => write!(
                f,
                "{name} passes 255 octets and does not exist; who would be sent there is sent \
                 one level wider"
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
            Self::ObjectUnusable(why) => f.write_str(why),
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

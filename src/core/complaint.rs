//! Complaints: what is wrong with someone's data, in words an operator can act on.
//!
//! In: what lowering, ground state and policy noticed. Out: text, and a short kind for metrics.
//! A complaint never stops anything: what it is about is left out, the rest is served.
//! Does not know where it is shown.

mod words;

use std::fmt::{self, Write};
use std::net::{IpAddr, SocketAddr};

use crate::core::name::Label;
use crate::core::printable::Tame;

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
    /// The file of a static zone, or the folder of them, by its path.
    Zone(Box<str>),
    /// The file of overrides, by its path.
    Overrides(Box<str>),
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
            Self::Zone(path) => write!(f, "zone file {path}"),
            Self::Overrides(path) => write!(f, "overrides {path}"),
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
    /// The API server says that it is not ready, or not whether it is, though its watches go on: what it says.
    ServerUnready(Box<str>),
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
    /// The manifest folder is not there or can not be read, in words: the last facts stay.
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
    /// Objects of an API server had to be listed in whole again and again.
    ListedTooOften {
        /// How many times in a row.
        lists: u32,
        /// How many seconds the next list waits.
        pause: u64,
    },
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
    /// What operators say can not be read, and nothing is known of it; says why.
    OverridesUnknown(Box<str>),
    /// What operators say can not be read; what they said last holds; says why.
    OverridesUnread(Box<str>),
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
    /// A state file that can not be removed, where it says nothing any more; says why.
    StateFileStays(Box<str>),
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
    /// More objects than is likely are absent from a list.
    WithdrawalHeld {
        /// How many.
        absent: usize,
        /// Of how many.
        of: usize,
    },
    /// The file of a static zone that can not be used.
    ZoneFileRefused {
        /// How many faults it has, and those that it includes.
        faults: usize,
        /// The first, with its place.
        first: Box<str>,
        /// Whether the zone is answered as it was before.
        is_kept: bool,
    },
    /// The folder of static zones can not be read: says why.
    ZoneFolderUnread(Box<str>),
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
            Self::ServerUnready(_) => "server_unready",
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
            Self::ListedTooOften { .. } => "listed_too_often",
            Self::NameTooLong(_) => "name_too_long",
            Self::NameTaken(..) => "name_taken",
            Self::NamespaceRefused => "namespace_refused",
            Self::NoPlace => "no_place",
            Self::ObjectUnusable(_) => "object_unusable",
            Self::OverridesUnknown(_) => "overrides_unknown",
            Self::OverridesUnread(_) => "overrides_unread",
            Self::Panicked(_) => "panicked",
            Self::Unquoted(_) => "unquoted",
            Self::ReadingFails(_) => "reading_fails",
            Self::RegistryUnread(_) => "registry_unread",
            Self::SameCluster(..) => "same_cluster",
            Self::SecretUnusable(_) => "secret_unusable",
            Self::SingleNameserver => "single_nameserver",
            Self::SourceEmpty => "source_empty",
            Self::StateFileRefused(_) => "state_file_refused",
            Self::StateFileStays(_) => "state_file_stays",
            Self::StateFolderTaken => "state_folder_taken",
            Self::StateNotKept(_) => "state_not_kept",
            Self::SocketUnusable(_) => "admin_socket_unusable",
            Self::TokenLineBad(..) => "token_line_bad",
            Self::TokensOpen(_) => "token_file_open",
            Self::TokensUnread(_) => "token_file_unread",
            Self::WithdrawalHeld { .. } => "withdrawal_held",
            Self::ZoneFileRefused { .. } => "zone_file_refused",
            Self::ZoneFolderUnread(_) => "zone_folder_unread",
        }
    }
}

/// Kinds of flaws for which somebody is answered otherwise than the cluster's owner wants: something is left
/// out, or what is answered is of some time ago. What a [`crate::core::state::ClusterState`] says already is
/// none of them.
const COSTLY: [&str; 34] = [
    "address_refused",
    "bad_address",
    "bad_external_name",
    "bad_place",
    "bad_service_name",
    "credentials_refused",
    "credentials_unusable",
    "empty_ingress",
    "endpoints_unknown",
    "exec_refused",
    "external_name_unresolved",
    "external_names_too_many",
    "federation_like_namespace",
    "file_unfinished",
    "file_unreadable",
    "folder_missing",
    "forbidden",
    "hostname_address_refused",
    "hostname_gone",
    "hostname_in_own_zone",
    "hostname_unresolved",
    "name_taken",
    "name_too_long",
    "no_place",
    "object_unusable",
    "overrides_unknown",
    "overrides_unread",
    "panicked",
    "reading_fails",
    "registry_unread",
    "secret_unusable",
    "source_empty",
    "zone_file_refused",
    "zone_folder_unread",
];

/// Whether flaws of a kind cost answers.
pub fn costs_answers(kind: &str) -> bool {
    COSTLY.contains(&kind)
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

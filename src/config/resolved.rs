//! The configuration as meant: every value parsed, every default applied, every path resolved.
//!
//! Out: [`Config`] and its parts, plain data for the rest of the program.
//! Does not know files, YAML, or how a fault is told.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use crate::config::choices::{LogFormat, LogLevel};
use crate::config::spec;
use crate::core::complaint::Complaint;
use crate::core::name::Label;
use crate::core::policy::{ClusterPolicy, Policy};

/// What a configuration means.
#[derive(Clone, Debug, PartialEq)]
pub struct Config {
    /// Federations, and what holds for all answers.
    pub policy: Policy,
    /// The clusters, in the order of the file; names are unique.
    pub clusters: Vec<Cluster>,
    /// Where questions come in.
    pub listen: Listen,
    /// Where operators look, and who may change something there.
    pub admin: Admin,
    /// Threads that answer over UDP; at least one.
    pub udp_workers: usize,
    /// Who resolves hostnames; empty = those of `/etc/resolv.conf`.
    pub resolver_servers: Vec<SocketAddr>,
    /// How long a start waits for clusters before it calls itself ready.
    pub sync_grace: Duration,
    /// How long answers go on, while it says that it is not ready, after it was told to stop.
    pub lameduck: Duration,
    /// The folder of the last known good state; `None` = none is kept.
    pub state_dir: Option<PathBuf>,
    /// The file in which operators say what is drained or pinned; `None` = none.
    pub overrides_file: Option<PathBuf>,
    /// The folder of static zones, one file `<apex>.zone` each.
    pub zones_dir: Option<PathBuf>,
    /// What is wrong with the files there; [`Policy::static_zones`] holds what could be used.
    pub zone_complaints: Vec<Complaint>,
    /// Where more clusters are registered; none twice.
    pub registries: Vec<Registry>,
    /// What holds for clusters that are registered there and do not say otherwise.
    pub defaults: ClusterDefaults,
    /// The log.
    pub log: Log,
    /// What an operator should know that is no fault, such as keys that have no effect in this
    /// version; one line each, beginning `FILE:LINE:COLUMN: `.
    pub warnings: Vec<String>,
}

/// Addresses of the DNS transports.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Listen {
    /// UDP.
    pub udp: Vec<SocketAddr>,
    /// TCP.
    pub tcp: Vec<SocketAddr>,
}

/// Where operators look, and who may change something there.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Admin {
    /// The address of HTTP; `None` = none.
    pub listen: Option<SocketAddr>,
    /// What else the address is called by those who ask there: names in lower case, addresses.
    pub hosts: Vec<String>,
    /// The file of tokens that let their bearer change something; `None` = nobody may by a token.
    pub token_file: Option<PathBuf>,
    /// The unix socket of HTTP; `None` = none.
    pub socket: Option<AdminSocket>,
}

/// A unix socket, and who chose its place.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct AdminSocket {
    /// Where it is.
    pub path: PathBuf,
    /// Who says so.
    pub chosen: Chosen,
}

/// Who chose the place of the admin socket.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Chosen {
    /// The file says it: where the socket can not be made, that is an error.
    ByFile,
    /// It stands in the state folder: where it can not be made, that is a complaint.
    ByStateDir,
    /// Nobody says anything of it: the place that every such server takes, if it can.
    ByDefault,
}

/// What is logged, and how.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Log {
    /// The least important line.
    pub level: LogLevel,
    /// How lines look.
    pub format: LogFormat,
}

/// `clusterDefaults`, for clusters that come later.
#[derive(Clone, Debug, Default)]
pub struct ClusterDefaults(pub(super) spec::Cluster);

/// One registered cluster.
#[derive(Clone, Debug, PartialEq)]
pub struct Cluster {
    /// Its id.
    pub name: Label,
    /// Where its facts come from.
    pub source: Source,
    /// What it may publish, where it stands, who asks from it, and what becomes of it when it
    /// falls silent.
    pub policy: ClusterPolicy,
    /// Addresses, UDP and TCP, where only this cluster asks.
    pub listen: Vec<SocketAddr>,
}

/// Where a cluster's facts come from.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Source {
    /// An API server that is watched.
    Kubeconfig(Kubeconfig),
    /// A folder of Kubernetes objects.
    Manifests(PathBuf),
}

/// How to reach an API server.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Kubeconfig {
    /// By files, and a context in them (their current one where `None`).
    Files {
        /// The files; of what several say, the first counts.
        paths: Vec<PathBuf>,
        /// The context.
        context: Option<String>,
        /// Whether programs that they name may be run for credentials.
        allow_exec: bool,
    },
    /// By the service account of the pod that fedns runs in.
    InCluster,
}

/// Secrets that each hold a kubeconfig: clusters that come and go.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Registry {
    /// The cluster that holds them.
    pub kubeconfig: Kubeconfig,
    /// Their namespace.
    pub namespace: Label,
    /// Whether programs that their kubeconfigs name may be run for credentials.
    pub allow_exec: bool,
}

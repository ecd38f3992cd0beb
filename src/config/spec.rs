//! Spec: the configuration as written, every key of it.
//!
//! In: the tree of a file. Out: [`Spec`], each value parsed on its own and knowing its place.
//! Does not know defaults, other files, or what values mean together: `resolve` does.

use std::net::{IpAddr, SocketAddr};

use ipnet::IpNet;

use crate::config::choices::{ApiVersion, Kind, LogFormat, LogLevel, OnClusterLost};
use crate::config::read::{List, Notes, Read, Word, Wrong, section};
use crate::config::scalars::{
    Glob, Host, NotSvc, Number, OrOff, Percent, Span, Ttl, Until, Upstream,
};
use crate::config::tree::{Node, Value};
use crate::core::name::{Label, Name};
use crate::core::policy::{Publish, WhenAllDown};

section! {
    /// The whole file.
    Spec {
        /// The format: `fedns.dev/v1`.
        "apiVersion" => api_version: ApiVersion,
        /// `Config`.
        "kind" => kind: Kind,
        /// Where questions come in.
        "listen" => listen: Listen,
        /// Where operators look.
        "admin" => admin: Admin,
        /// The folder of the last known good state.
        "stateDir" => state_dir: String,
        /// The folder of static zones.
        "zonesDir" => zones_dir: String,
        /// Who resolves hostnames of load balancers and of ExternalName Services.
        "resolver" => resolver: Resolver,
        /// Largest reply over UDP, in octets.
        "maxUdpSize" => max_udp_size: Number<512, 4096>,
        /// Threads that answer over UDP.
        "udpWorkers" => udp_workers: Number<1, 1024>,
        /// TTL of negative answers about federated names.
        "negativeTtl" => negative_ttl: Ttl,
        /// TTL of in-cluster answers.
        "inClusterTtl" => in_cluster_ttl: Ttl,
        /// Forwarders whose word on the asking cluster is taken.
        "trustedClients" => trusted_clients: List<IpNet>,
        /// Most addresses of a family in an answer; 0 = no limit.
        "maxAddresses" => max_addresses: Number<0, 65535>,
        /// The log.
        "log" => log: Log,
        /// How long a start waits for clusters.
        "syncGrace" => sync_grace: Span,
        /// How long answers go on after the process was told to stop.
        "lameduck" => lameduck: Span,
        /// Where operators say what is drained or pinned.
        "overrides" => overrides: Overrides,
        /// What holds for every cluster that does not say otherwise.
        "clusterDefaults" => cluster_defaults: Cluster,
        /// The federations.
        "federations" => federations: List<Federation>,
        /// The clusters.
        "clusters" => clusters: List<Cluster>,
        /// Where more clusters are registered.
        "registries" => registries: List<Registry>,
    }
}

section! {
    /// `listen`.
    Listen {
        /// Addresses of UDP.
        "udp" => udp: List<SocketAddr>,
        /// Addresses of TCP.
        "tcp" => tcp: List<SocketAddr>,
    }
}

section! {
    /// `admin`.
    Admin {
        /// The address of HTTP, or `off`.
        "listen" => listen: OrOff<SocketAddr>,
        /// What else the address is called by those who ask there.
        "hosts" => hosts: List<Host>,
        /// The file of tokens that let their bearer change something.
        "tokenFile" => token_file: String,
        /// The unix socket of HTTP, or `off`.
        "socket" => socket: OrOff<String>,
    }
}

section! {
    /// `overrides`.
    Overrides {
        /// The file that says what is drained or pinned.
        "file" => file: String,
    }
}

section! {
    /// `drain` of a cluster.
    Drain {
        /// When it ends.
        "until" => until: Until,
        /// Why.
        "reason" => reason: String,
        /// Whether the cluster does not even answer where nobody else does.
        "hard" => hard: bool,
    }
}

section! {
    /// `resolver`.
    Resolver {
        /// The servers asked.
        "servers" => servers: List<Upstream>,
    }
}

section! {
    /// `log`.
    Log {
        /// The least important line.
        "level" => level: LogLevel,
        /// How lines look.
        "format" => format: LogFormat,
    }
}

section! {
    /// An item of `federations`.
    Federation {
        /// F.
        "name" => name: NotSvc,
        /// S.
        "domain" => domain: Name,
        /// TTL of its answers.
        "ttl" => ttl: Ttl,
        /// What is answered when nothing is healthy.
        "whenAllDown" => when_all_down: WhenAllDown,
        /// Which Services take part.
        "publish" => publish: Publish,
        /// NS of the domain.
        "nameservers" => nameservers: List<Nameserver>,
        /// Whether F may be a public top-level domain.
        "allowTld" => allow_tld: bool,
    }
}

section! {
    /// An item of `nameservers`.
    Nameserver {
        /// Its host name.
        "name" => name: Name,
        /// Its addresses.
        "addresses" => addresses: List<IpAddr>,
    }
}

section! {
    /// An item of `clusters`, and `clusterDefaults`, which has no name and no source.
    Cluster {
        /// Its id.
        "name" => name: Label,
        /// Its API server, by kubeconfig.
        "kubeconfig" => kubeconfig: Kubeconfig,
        /// Or a folder of Kubernetes objects.
        "manifests" => manifests: String,
        /// Who asks from here is this cluster.
        "networks" => networks: List<IpNet>,
        /// The domain of names inside it.
        "clusterDomain" => cluster_domain: Name,
        /// What becomes of its shards when it falls silent.
        "onClusterLost" => on_cluster_lost: OnClusterLost,
        /// The share of shards whose absence from a list is doubted.
        "withdrawGuard" => withdraw_guard: Percent,
        /// How long facts of a silent cluster count, or `off`.
        "staleLimit" => stale_limit: OrOff<Span>,
        /// How long the last good addresses of a hostname count that can not be resolved, or `off`.
        "hostnameStaleLimit" => hostname_stale_limit: OrOff<Span>,
        /// Namespaces it may publish.
        "namespaces" => namespaces: List<Glob>,
        /// Networks whose addresses it may name.
        "addresses" => addresses: List<IpNet>,
        /// Overrides the nodes' region.
        "region" => region: NotSvc,
        /// Overrides the nodes' zones.
        "zones" => zones: List<NotSvc>,
        /// That it is drained.
        "drain" => drain: Drain,
        /// Addresses where only this cluster asks.
        "listen" => listen: List<SocketAddr>,
    }
}

section! {
    /// `kubeconfig` as a mapping.
    KubeconfigFile {
        /// The file.
        "path" => path: String,
        /// The context in it; its current one where absent.
        "context" => context: String,
        /// Whether programs that it names may be run for credentials.
        "allowExec" => allow_exec: bool,
    }
}

section! {
    /// An item of `registries`.
    Registry {
        /// Secrets, each with a kubeconfig.
        "secrets" => secrets: SecretsRegistry,
    }
}

section! {
    /// `secrets` of a registry.
    SecretsRegistry {
        /// The cluster that holds the Secrets.
        "kubeconfig" => kubeconfig: Kubeconfig,
        /// Their namespace.
        "namespace" => namespace: Label,
        /// Whether programs that their kubeconfigs name may be run for credentials.
        "allowExec" => allow_exec: bool,
    }
}

/// `kubeconfig`: the word `in-cluster`, or a file.
#[derive(Clone, Debug)]
pub enum Kubeconfig {
    /// A file.
    File(KubeconfigFile),
    /// The service account of the pod that fedns runs in.
    InCluster,
}

impl Read for Kubeconfig {
    fn read(node: &Node, notes: &mut Notes) -> Option<Self> {
        match &node.value {
            Value::Word(_) => InCluster::read(node, notes).map(|InCluster| Self::InCluster),
            _ => KubeconfigFile::read(node, notes).map(Self::File),
        }
    }
}

struct InCluster;

impl Word for InCluster {
    const EXPECTED: &str = "`in-cluster`";

    fn word(text: &str) -> Result<Self, Wrong> {
        if text == "in-cluster" {
            return Ok(Self);
        }
        Err(Wrong::new(format!("{text:?} is no kubeconfig"), "expected `in-cluster` or a mapping")
            .help(format!("for a file write `{{ path: {text} }}`")))
    }
}

//! What can be written on the command line, and its help.
//!
//! In: nothing. Out: [`Arguments`], as clap reads them.
//! Does not know what commands do.

use std::net::IpAddr;
use std::path::PathBuf;

use clap::builder::PossibleValuesParser;
use clap::{Args, Parser, Subcommand};
use clap_complete::Shell;

use crate::core::state::{ClusterState, Health};

use super::delegation::DelegationArguments;
use super::events::EventsArguments;
use super::format::Form;
use super::join::{JoinArguments, UnjoinArguments};
use super::overrides::OverridesArguments;
use super::reach::{Bearer, Reach, Source};
use super::stub::StubArguments;
use super::wait::WaitArguments;

/// Authoritative DNS for services that run in many Kubernetes clusters.
#[derive(Debug, Parser)]
#[command(
    name = "fedns",
    version = env!("FEDNS_VERSION"),
    arg_required_else_help = true,
    max_term_width = 100,
    after_help = "\
Examples:
  fedns check --config examples/quickstart/fedns.yaml
  fedns serve --config examples/quickstart/fedns.yaml
  fedns status
  fedns explain nginx.mynamespace.myfederation.svc.example.com
  fedns services --state down -o json

Exit codes: 0 done; 1 a fault or a refusal, of `status` that something wants attention; 2 usage; 3 the
server can not be asked; 4 clients are hurt. NO_COLOR is respected."
)]
pub(super) struct Arguments {
    /// The configuration; else ./fedns.yaml, then /etc/fedns/fedns.yaml
    #[arg(long, global = true, env = "FEDNS_CONFIG", hide_env_values = true, value_name = "FILE")]
    pub(super) config: Option<PathBuf>,

    #[command(subcommand)]
    pub(super) command: Command,
}

#[derive(Debug, Subcommand)]
pub(super) enum Command {
    /// Watch the clusters and answer queries
    #[command(after_help = "\
Examples:
  fedns serve --config examples/quickstart/fedns.yaml
  FEDNS_LOG=debug fedns serve

Ends on SIGTERM or SIGINT once all queries that have arrived are answered.")]
    Serve,

    /// Read configuration and manifests, and say all that is wrong with them
    #[command(after_help = "\
Examples:
  fedns check --config examples/quickstart/fedns.yaml
  fedns check -o json
  fedns check --online

Faults of the configuration end with exit code 1. Warnings, and complaints about clusters' data, are
listed and do not, unless --strict says so: the rest is served. Among these are folders, kubeconfigs
and files of credentials that are missing or can not be used; no server is asked.

--online tries every cluster instead, for ten seconds at most, all side by side: whether its API
server is reached and how fast, TLS, credentials and when they expire, whether Nodes, Services and
EndpointSlices can be listed and watched, where the cluster stands, and its clock. What is missing
is named with the rule to add, and ends with exit code 1.")]
    Check {
        /// Try every cluster
        #[arg(long)]
        online: bool,
        /// End with exit code 1 for warnings and complaints too
        #[arg(long)]
        strict: bool,
        #[command(flatten)]
        form: Form,
    },

    /// Let fedns watch a cluster: print what that takes, or do it
    Join(Box<JoinArguments>),

    /// Say what answers would lose without a cluster, and take it out
    Unjoin(Box<UnjoinArguments>),

    /// Print what is answered for a name
    #[command(after_help = "\
Examples:
  fedns resolve nginx.mynamespace.myfederation.svc.us-central1.example.com
  fedns resolve nginx.mynamespace.myfederation.svc.example.com AAAA --offline
  fedns resolve nginx.mynamespace.myfederation.svc.cluster.local --from 10.8.1.7

Asks the running server. One that does not answer is exit code 3; with --offline the configuration
and its manifests are read instead, which the first line says, and `source` in JSON.")]
    Resolve {
        #[command(flatten)]
        question: QueryArguments,
        #[command(flatten)]
        source: Source,
        #[command(flatten)]
        form: Form,
    },

    /// How things stand, on one screen
    #[command(after_help = "\
Examples:
  fedns status
  fedns status --watch
  fedns status --server https://fedns.example.com -o json

One word, and why, each reason with for how long it has held; then clusters and services in counts.
  fine                exit code 0
  attention           1: something rests on stale facts, is not known, or costs answers
  clients are hurt    4: a service is down, or no cluster was ever read
  unknown             3: the server can not be asked
A service is down that did well here within a week, of which some cluster still has an endpoint, or
had one within the hour. Any other one that nothing answers for is idle.")]
    Status {
        #[command(flatten)]
        watch: Watch,
        #[command(flatten)]
        reach: Reach,
        #[command(flatten)]
        form: Form,
    },

    /// Say why a name is answered as it is
    #[command(after_help = "\
Examples:
  fedns explain nginx.mynamespace.myfederation.svc.us-central1-a.us-central1.example.com
  fedns explain nginx.mynamespace.myfederation.svc.example.com AAAA -o yaml
  fedns explain nginx.mynamespace.myfederation.svc.cluster.local --cluster us-central1-a
  fedns explain mynamespace/nginx
  fedns explain 203.0.113.10

A name in none of the server's zones is taken as namespace/service, or as one within the federation.
Prints, from the level asked for outwards (zone, region, global), the clusters that answer and the
one reason that removes each other one; of more than ten, those that are alike are summed up, and
--all shows each. What is known of a cluster that is not heard is told with its age. Then the reply
itself, its TTL and where that comes from, the snapshot, and complaints about the service or its clusters. Of a name that is no service's it
says what the name is, or which part of it is unknown; of a name inside clusters, who the asker was
taken for and why. Of an address it says whose it is: which services, clusters and levels answer
with it, and which have it and do not answer, and why.

Asks the running server. One that does not answer is exit code 3; with --offline the configuration
and its manifests are read instead, which the first line says, and `source` in JSON.")]
    Explain {
        #[command(flatten)]
        question: QueryArguments,
        /// Show each cluster of a level, however many there are
        #[arg(long)]
        all: bool,
        #[command(flatten)]
        source: Source,
        #[command(flatten)]
        form: Form,
    },

    /// List services, one row each
    #[command(after_help = "\
Examples:
  fedns services
  fedns services --namespace shop --state degraded
  fedns services --cluster us-central1-a -o json

FOR is for how long nothing has answered; HEALTHY, how many clusters answer, of those that publish the
service; PLACES, at how many zones and regions one does; ADDRESSES, how many stand at the global name.
A service that nothing answers for is down, or idle where nobody misses it (`fedns status --help`).
One that a cluster has and nobody publishes is listed as unpublished.
Columns give way where 80, or a terminal, are too few; -o wide has all.")]
    Services {
        /// As this federation sees them; else the first of the configuration
        #[arg(long, value_name = "NAME")]
        federation: Option<String>,
        /// In this namespace only
        #[arg(long, value_name = "NAME")]
        namespace: Option<String>,
        /// Those only that this cluster has something of
        #[arg(long, value_name = "NAME")]
        cluster: Option<String>,
        /// In this state only
        #[arg(long, value_name = "STATE", value_parser = PossibleValuesParser::new(
            Health::ALL.map(Health::as_str)
        ))]
        state: Option<String>,
        #[command(flatten)]
        watch: Watch,
        #[command(flatten)]
        source: Source,
        #[command(flatten)]
        form: Form,
    },

    /// List clusters, one row each
    #[command(after_help = "\
Examples:
  fedns clusters
  fedns clusters --state awaited -o json
  fedns clusters accept us-central1-a

Each is in one state, and FOR so long. A synced cluster was read in whole and is heard; of a partial
one something could not be read; a restored one has not been read since this process started, and what
was kept of it answers. An awaited one has not said yet what it has: services that no other cluster has
are SERVFAIL. With a lost one there is no contact, for less than a minute; of a silent one nothing is
heard for longer, and its last facts stay; a withdrawn one is silent and answers no more, as its entry
says. Of a held one much is absent from lists at once, and stays until a second list says so; in the
place of a foreign one another cluster answers.
Columns give way where 80, or a terminal, are too few; -o wide has all.")]
    #[command(args_conflicts_with_subcommands = true)]
    Clusters {
        #[command(subcommand)]
        deed: Option<ClusterDeed>,
        /// In this state only
        #[arg(long, value_name = "STATE", value_parser = PossibleValuesParser::new(
            ClusterState::ALL.map(ClusterState::as_str)
        ))]
        state: Option<String>,
        #[command(flatten)]
        watch: Watch,
        #[command(flatten)]
        source: Source,
        #[command(flatten)]
        form: Form,
    },

    /// Say what changed, when, and why
    Events(Box<EventsArguments>),
    /// What is drained and pinned
    Overrides(OverridesArguments),

    /// Wait until a name is answered as expected
    Wait(Box<WaitArguments>),

    /// Print all names of a federation as a master file
    #[command(after_help = "\
Examples:
  fedns zone myfederation > example.com.zone
  fedns zone example.com --offline | named-checkzone example.com /dev/stdin

Federations that share a domain share its zone: name the domain or any of them, and the file holds
all of them. It holds the canonical names (SERVICE.NAMESPACE.FEDERATION.svc.[ZONE.][REGION.]DOMAIN)
in canonical order, with all addresses, whatever `maxAddresses` leaves of them in one answer. A name
that has no record, such as the global name of a service that is down, is not there; nor is one that
passes 255 octets. While clusters have not synced, a comment at the top says so.")]
    Zone {
        /// A federation, or its domain
        federation: String,
        #[command(flatten)]
        source: Source,
    },

    /// Write what a cluster's DNS, or a resolver, needs in order to ask fedns
    Stub(Box<StubArguments>),

    /// Print what a domain's parent zone needs, and check what it has
    Delegation {
        #[command(flatten)]
        arguments: DelegationArguments,
        #[command(flatten)]
        form: Form,
    },

    /// Print completions for a shell
    #[command(after_help = "\
Examples:
  fedns completions bash > /etc/bash_completion.d/fedns
  fedns completions zsh > \"${fpath[1]}/_fedns\"
  fedns completions fish > ~/.config/fish/completions/fedns.fish")]
    Completions {
        /// The shell
        shell: Shell,
    },

    /// Write the manual pages to a folder
    #[command(after_help = "\
Examples:
  fedns man /usr/local/share/man/man1")]
    Man {
        /// The folder; it is made where needed
        folder: PathBuf,
    },
}

/// Whether it is printed once.
#[derive(Args, Clone, Copy, Debug)]
pub(super) struct Watch {
    /// Print it every two seconds
    #[arg(short, long)]
    pub(super) watch: bool,
}

/// What can be done with a cluster.
#[derive(Debug, Subcommand)]
pub(super) enum ClusterDeed {
    /// Accept that a cluster is another one now
    #[command(after_help = "\
Examples:
  fedns clusters accept us-central1-a

A cluster is known by the UID of its namespace kube-system. Where another cluster answers in its
place, what the former one said stays, with a complaint, until this command says that it is meant.

That changes what is answered, so it goes over the server's unix socket (`admin.socket`), as the user
that the server runs as; from elsewhere with --server and --token-file (`admin.tokenFile`).")]
    Accept {
        /// The cluster
        name: String,
        #[command(flatten)]
        reach: Reach,
        #[command(flatten)]
        bearer: Bearer,
    },
}

/// What is asked.
#[derive(Args, Debug)]
pub(super) struct QueryArguments {
    /// The name, with or without its final dot
    pub(super) name: String,
    /// The record type
    #[arg(default_value = "A", value_name = "TYPE")]
    pub(super) record_type: String,
    /// Ask as if from this address
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1")]
    pub(super) from: IpAddr,
    /// Ask as if at this cluster's own listener
    #[arg(long, value_name = "NAME")]
    pub(super) cluster: Option<String>,
}

impl QueryArguments {
    /// The address that is asked about in place of a name.
    pub(super) fn address(&self) -> Option<IpAddr> {
        self.name.parse().ok()
    }

    /// What is wrong with a question about an address.
    pub(super) fn misuse(&self) -> Option<&'static str> {
        let is_bare = self.record_type == "A" && self.from.is_loopback() && self.cluster.is_none();
        (self.address().is_some() && !is_bare)
            .then_some("an address is asked about alone: without a type, --from and --cluster")
    }
}

impl Command {
    /// Whether the command asks a server that the command line names, and so needs no configuration.
    pub(super) fn names_server(&self) -> bool {
        match self {
            Self::Resolve { source, .. }
            | Self::Explain { source, .. }
            | Self::Services { source, .. }
            | Self::Clusters { deed: None, source, .. }
            | Self::Zone { source, .. } => source.reach.is_said() && !source.offline,
            Self::Events(events) => events.reach.is_said(),
            Self::Overrides(overrides) => overrides.reach.is_said(),
            Self::Wait(wait) => wait.reach.is_said(),
            Self::Status { reach, .. }
            | Self::Clusters { deed: Some(ClusterDeed::Accept { reach, .. }), .. } => {
                reach.is_said()
            }
            _ => false,
        }
    }

    /// Whether the command asks a server and reads nothing else, so that a file with faults does for it.
    pub(super) fn only_asks(&self) -> bool {
        match self {
            Self::Resolve { source, .. }
            | Self::Explain { source, .. }
            | Self::Services { source, .. }
            | Self::Clusters { deed: None, source, .. }
            | Self::Zone { source, .. } => !source.offline,
            Self::Events(_) | Self::Overrides(_) | Self::Wait(_) => true,
            Self::Status { .. } | Self::Clusters { deed: Some(_), .. } => true,
            _ => false,
        }
    }
}

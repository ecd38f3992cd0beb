//! The budget of descriptors: what clusters take now, and what is left for clients.
//!
//! In: the limit, the configuration, and the clusters, whenever they change. Out: how many TCP
//! connections there may be, and a complaint where these are few.
//! Does not know connections.

use tokio::sync::watch;

use crate::admin::Limits;
use crate::clusters::watch_stats::WatchStats;
use crate::config::Config;
use crate::core::complaint::{Complaint, Flaw, Subject};
use crate::descriptors::{self, AdminShare, Shares};
use crate::dns::TcpLimits;

use super::admin_listeners::AdminLimits;
use super::plan::own_listeners;
use super::watches::{RegisteredCluster, Watched};

/// Kinds of objects of an API server that belong to namespaces, and those that do not.
const NAMESPACED: usize = 2;
const OTHERS: usize = 1;

/// Who gets how many descriptors.
pub(super) struct Budget {
    shares: Shares,
    listeners: usize,
    room: watch::Sender<usize>,
    stats: WatchStats,
}

impl Budget {
    /// That of a process which may have `most`, and listens where a configuration says.
    pub(super) fn new(most: Option<usize>, config: &Config, stats: WatchStats) -> Self {
        let (udp, tcp) = (config.listen.udp.len(), config.listen.tcp.len());
        let own = own_listeners(config).len();
        // The admin address and its socket, which has a lock.
        let listeners = (udp + own) * config.udp_workers + tcp + own + 3;
        let room = watch::Sender::new(TcpLimits::default().connections);
        Self { shares: Shares::of(most), listeners, room, stats }
    }

    /// What the admin address and socket may take.
    pub(super) fn admin(&self) -> AdminLimits {
        let limits = |AdminShare { connections, streams }| Limits { connections, streams };
        AdminLimits { address: limits(self.shares.admin), socket: limits(self.shares.socket) }
    }

    /// Where complaints of this process go.
    pub(super) fn stats(&self) -> &WatchStats {
        &self.stats
    }

    /// How many hostnames may be asked for at a time.
    pub(super) fn lookups(&self) -> usize {
        self.shares.lookups
    }

    /// How many TCP connections clients may have.
    pub(super) fn room(&self) -> watch::Receiver<usize> {
        self.room.subscribe()
    }

    /// Shares out anew, for these clusters and so many registries.
    pub(super) fn share(&self, clusters: &[RegisteredCluster], registries: usize) {
        let clusters: usize = clusters.iter().map(descriptors_of).sum();
        let clusters = clusters + registries * descriptors::of_server(1);
        let wanted = TcpLimits::default().connections;
        let left = self.shares.left(self.listeners, clusters, wanted);
        self.room.send_replace(left.connections);
        let few = left.too_few.zip(self.shares.most()).map(|(enough, most)| Flaw::DescriptorsFew {
            most,
            clusters,
            connections: left.connections,
            enough,
        });
        let complaints = few.into_iter().map(|flaw| (Subject::Process, flaw)).collect();
        for (subject, flaw) in self.stats.show_own("descriptors", complaints) {
            tracing::warn!("{}", Complaint { cluster: None, subject, flaw });
        }
    }
}

/// What a cluster takes: a connection for each kind and namespace that is followed, or its folder.
fn descriptors_of(cluster: &RegisteredCluster) -> usize {
    match &cluster.watched {
        None => 0,
        Some(Watched::Folder(_)) => descriptors::of_folder(),
        Some(Watched::Server(entry)) => {
            let namespaces = entry.namespaces.len().max(1);
            descriptors::of_server(OTHERS + NAMESPACED * namespaces)
        }
    }
}

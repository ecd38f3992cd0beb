//! What a process keeps of its clusters, and the process that starts from it.
//!
//! In: a run, at whatever moment its dice choose. Out: the same run with another process, which knows
//! what was kept and no more. Files are octets, written and read by the core itself; that of one
//! cluster is older than that of another. Does not know what is asked.

use std::net::Ipv4Addr;
use std::time::Duration;

use super::hosts::{HOSTS, Host};
use super::model::{Balancer, Cluster, Shards};
use super::run::Run;
use crate::support::kept;

/// The file of a cluster, and what was heard of the cluster when it was written.
#[derive(Clone)]
struct Kept {
    file: Vec<u8>,
    heard: Shards,
    uid: u32,
    is_resumable: bool,
}

/// What stands in the state folder.
#[derive(Default)]
pub(crate) struct Memory {
    clusters: Vec<Option<Kept>>,
    /// The file of what is kept by service, and the last good addresses of hostnames.
    services: (Vec<u8>, [Vec<Ipv4Addr>; HOSTS]),
}

impl Run {
    /// The state folder before anything was kept.
    pub(crate) fn nothing_kept(&self) -> Memory {
        let services = (kept::keep_services(&self.sim.state), Default::default());
        Memory { clusters: vec![None; self.clusters.len()], services }
    }

    /// Writes a cluster's file, if it was read: else the one before stays.
    pub(crate) fn keep(&mut self, at: usize) {
        let cluster = &self.clusters[at];
        let is_read =
            self.sim.state.marks().find(|it| it.name == cluster.name).is_some_and(|it| it.is_read);
        // One that an earlier run kept is kept again as soon as it has said something, with what it has not.
        if cluster.restored_since.is_none() {
            let is_expected = cluster.is_registered && cluster.is_known;
            assert_eq!(is_read, is_expected, "whether c{at} is to be kept");
        }
        if is_read {
            let file = kept::keep(&self.sim.state, cluster.name.as_str());
            let (heard, uid) = (cluster.heard, cluster.uid);
            // What was doubted in a list was not told by it, nor what another cluster says meanwhile, nor what
            // is left of an earlier run.
            let is_own = cluster.foreign.is_none() && cluster.restored_since.is_none();
            let is_resumable = is_own && cluster.doubted_since == [None; 2];
            let versions = self.sim.state.resource_versions(&cluster.name);
            assert_eq!(!versions.is_empty(), is_resumable, "whether c{at} can be gone on from");
            self.memory.clusters[at] = Some(Kept { file, heard, uid, is_resumable });
        }
        self.last = format!("keeping of c{at}");
    }

    /// Writes what is kept by service.
    pub(crate) fn keep_services(&mut self) {
        let good = std::array::from_fn(|host| self.hosts[host].good.clone());
        self.memory.services = (kept::keep_services(&self.sim.state), good);
        self.last = "keeping of hostnames".into();
    }

    /// Nothing is kept of a cluster that was taken out.
    pub(crate) fn forget(&mut self, at: usize) {
        self.memory.clusters[at] = None;
    }

    /// The process is killed, and another one starts. Its clusters say nothing yet, and perhaps never.
    pub(crate) fn restart(&mut self) {
        let (now, told) = (self.sim.now, self.sim.told());
        let registered = self.clusters.iter().zip(&self.memory.clusters);
        let registered = registered.filter(|(cluster, _)| cluster.is_registered);
        let files = registered.filter_map(|(_, kept)| kept.as_ref()).map(|kept| kept.file.clone());
        let (files, services) = (files.collect(), &self.memory.services.0);
        let (state, changes) =
            kept::started(&self.sim.state, told, Duration::ZERO, files, services);
        self.sim.start_from(state, changes);
        for (cluster, kept) in self.clusters.iter_mut().zip(&self.memory.clusters) {
            cluster.start_again(now.0, kept.as_ref());
        }
        for host in 0..HOSTS {
            let good = self.memory.services.1[host].clone();
            let is_wanted = self.is_wanted(host);
            self.hosts[host] = if is_wanted { Host::kept(good, now.0) } else { Host::default() };
        }
        self.sim.forgotten.clear();
        self.last = "a restart".into();
    }

    /// Whether some Service that was heard of names this hostname.
    pub(crate) fn is_wanted(&self, host: usize) -> bool {
        let registered = self.clusters.iter().filter(|it| it.is_registered);
        let named = Some(Balancer::Hostname(host));
        registered.flat_map(|it| it.heard).any(|shard| shard.balancer == named)
    }
}

impl Cluster {
    /// What a process that starts now knows of the cluster.
    fn start_again(&mut self, now: Duration, kept: Option<&Kept>) {
        if !self.is_registered {
            return;
        }
        (self.is_here, self.lost_since, self.doubted_since) = (false, None, [None; 2]);
        let present = match self.foreign.take() {
            Some((_, uid, shards)) => (uid, shards),
            None => (self.uid, self.has),
        };
        self.is_known = kept.is_some();
        self.is_resumable = kept.is_some_and(|kept| kept.is_resumable);
        self.restored_since = kept.map(|_| now);
        match kept {
            // Who answers now is another cluster than the one that was kept.
            Some(kept) if kept.uid != present.0 => {
                self.foreign = Some((now, present.0, present.1));
                (self.uid, self.has, self.heard) = (kept.uid, kept.heard, kept.heard);
            }
            Some(kept) => ((self.uid, self.has), self.heard) = (present, kept.heard),
            None => ((self.uid, self.has), self.heard) = (present, Shards::default()),
        }
    }
}

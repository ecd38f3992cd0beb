//! The control of watches: what a watch of an API server is told from outside while it runs.
//!
//! In: calls from whoever holds a [`WatchControl`]. Out: counts that the watch sees change.
//! Does not know what a watch does about it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::watch as channel;

use crate::core::name::Label;

/// How often a watch was told what.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(in crate::clusters) struct Orders {
    /// How often everything was to be listed anew.
    pub(in crate::clusters) relists: u64,
    /// How often connections were to be made anew.
    reconnects: u64,
}

/// Tells one watch what to do now.
#[derive(Clone, Debug, Default)]
pub struct WatchControl {
    orders: Arc<channel::Sender<Orders>>,
}

impl WatchControl {
    /// List everything again now.
    pub fn relist(&self) {
        self.orders.send_modify(|orders| orders.relists += 1);
    }

    /// Give up all connections and go on over new ones from where they were.
    pub(in crate::clusters) fn reconnect(&self) {
        self.orders.send_modify(|orders| orders.reconnects += 1);
    }

    pub(in crate::clusters) fn subscribe(&self) -> channel::Receiver<Orders> {
        self.orders.subscribe()
    }
}

/// The controls of all clusters whose API servers are watched, by name.
#[derive(Clone, Debug, Default)]
pub struct WatchControls {
    clusters: Arc<Mutex<BTreeMap<Label, WatchControl>>>,
}

impl WatchControls {
    /// The control of a cluster, from now on; new where there is none.
    pub fn of(&self, cluster: &Label) -> WatchControl {
        self.lock().entry(cluster.clone()).or_default().clone()
    }

    /// Lists everything of a cluster again now, if its API server is watched.
    pub fn relist(&self, cluster: &Label) {
        if let Some(control) = self.lock().get(cluster) {
            control.relist();
        }
    }

    /// Forgets a cluster.
    pub fn forget(&self, cluster: &Label) {
        self.lock().remove(cluster);
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<Label, WatchControl>> {
        self.clusters.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

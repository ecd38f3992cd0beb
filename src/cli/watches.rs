//! The watches of clusters: started, stopped and missed one by one.
//!
//! In: clusters of the configuration. Out: a task for each, owned here; a death has a name.
//! Does not know what is watched or said.

use std::collections::HashMap;

use tokio::sync::mpsc;
use tokio::task::{Id, JoinSet};
use tokio_util::sync::CancellationToken;

use crate::clusters::manifests::turns::Turns;
use crate::clusters::manifests::watch::watch;
use crate::config::{Cluster, Source};
use crate::controller::Order;
use crate::core::name::Label;

/// All watches that run.
pub(super) struct Watches {
    orders: mpsc::Sender<Order>,
    turns: Turns,
    tasks: JoinSet<()>,
    running: HashMap<Id, (Label, CancellationToken)>,
}

impl Watches {
    /// None yet; what they see goes to `orders`.
    pub(super) fn new(orders: mpsc::Sender<Order>) -> Self {
        Self { orders, turns: Turns::default(), tasks: JoinSet::new(), running: HashMap::new() }
    }

    /// Starts the watch of a cluster, if this version has one for its source.
    pub(super) fn start(&mut self, cluster: &Cluster) {
        let Source::Manifests(path) = &cluster.source else { return };
        let stop = CancellationToken::new();
        let (orders, turns) = (self.orders.clone(), self.turns.clone());
        let task = watch(path.clone(), orders, cluster.name.clone(), turns, stop.clone());
        let id = self.tasks.spawn(task).id();
        self.running.insert(id, (cluster.name.clone(), stop));
    }

    /// Stops the watches of some clusters; afterwards they say nothing more.
    pub(super) async fn stop(&mut self, clusters: &[Label]) -> Result<(), String> {
        let of = |(name, _): &&(Label, CancellationToken)| clusters.contains(name);
        self.running.values().filter(of).for_each(|(_, stop)| stop.cancel());
        while self.running.values().any(|(_, stop)| stop.is_cancelled()) {
            if let Some(fault) = self.next_end().await {
                return Err(fault);
            }
        }
        Ok(())
    }

    /// Stops all.
    pub(super) async fn stop_all(&mut self) {
        self.running.values().for_each(|(_, stop)| stop.cancel());
        while self.tasks.join_next().await.is_some() {}
    }

    /// Waits until a watch ends that was not told to; gives its fault in words. Waits for ever
    /// while there is none.
    pub(super) async fn death(&mut self) -> String {
        loop {
            if self.running.is_empty() {
                std::future::pending::<()>().await;
            }
            if let Some(fault) = self.next_end().await {
                return fault;
            }
        }
    }

    async fn next_end(&mut self) -> Option<String> {
        let (id, reason) = match self.tasks.join_next_with_id().await? {
            Ok((id, ())) => (id, "it was not told to".to_owned()),
            Err(error) => (error.id(), error.to_string()),
        };
        let (name, stop) = self.running.remove(&id)?;
        let is_wanted = stop.is_cancelled() && reason == "it was not told to";
        (!is_wanted).then(|| format!("the watch of cluster {name} ended: {reason}"))
    }
}

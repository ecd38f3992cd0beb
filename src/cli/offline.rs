//! A configuration loaded without serving it: what clusters hold, read once.
//!
//! In: a configuration. Out: a controller that knows what the manifest folders say.
//! Does not know what is asked of it.

use std::collections::BTreeSet;
use std::time::Duration;

use anyhow::Context;
use tokio::runtime::Builder;
use tokio::sync::mpsc;
use tokio::time::timeout;

use crate::clock::Clock;
use crate::clusters::cluster_watch::ListTurns;
use crate::clusters::watch_control::WatchControls;
use crate::clusters::watch_stats::WatchStats;
use crate::config::Config;
use crate::controller::{Controller, Input};
use crate::core::complaint::Subject;
use crate::core::event::ClusterEvent;
use crate::core::name::Label;
use crate::core::state::Changes;

use crate::server::plan::{configured_clusters, plan};
use crate::server::watches::{Watched, Watches};

/// How long reading may take: large dumps take seconds.
const PATIENCE: Duration = Duration::from_secs(120);

/// Reads every manifest folder once.
pub(super) fn load(config: &Config) -> anyhow::Result<Controller> {
    let runtime = Builder::new_multi_thread().enable_all().build().context("no runtime")?;
    let controller = Controller::new(plan(config), Clock::start());
    runtime.block_on(async {
        timeout(PATIENCE, read(config, controller))
            .await
            .with_context(|| format!("the manifests were not read within {PATIENCE:?}"))
    })
}

async fn read(config: &Config, mut controller: Controller) -> Controller {
    let (inputs, mut inputs_in) = mpsc::channel(1);
    let (stats, controls) = (WatchStats::default(), WatchControls::default());
    let mut watches = Watches::new(inputs, stats, controls, ListTurns::default());
    // API servers are asked by the server alone: a look at the configuration is no visit to them.
    let of_folders =
        configured_clusters(config).filter(|it| matches!(it.watched, Some(Watched::Folder(_))));
    let of_folders: Vec<_> = of_folders.collect();
    of_folders.iter().for_each(|cluster| watches.start(cluster));
    let mut awaited: BTreeSet<Label> =
        of_folders.into_iter().map(|cluster| cluster.entry.name).collect();
    let mut changes = Changes::default();
    while !awaited.is_empty() {
        let Some(Input::Said(cluster, event)) = inputs_in.recv().await else { break };
        // A folder that is not there has nothing more to say, and its complaint says why.
        let is_last = match &event {
            ClusterEvent::Synced { .. } | ClusterEvent::Broken(_) => true,
            ClusterEvent::Flawed(Subject::Folder, flaws) => !flaws.is_empty(),
            _ => false,
        };
        changes.merge(controller.apply(&cluster, event));
        if is_last {
            awaited.remove(&cluster);
        }
    }
    controller.publish(&changes);
    drop(inputs_in);
    watches.stop_all().await;
    controller
}

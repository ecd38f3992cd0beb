//! A configuration loaded without serving it: what clusters hold, read once.
//!
//! In: a configuration. Out: a controller that knows what the manifest folders say, and what is wrong with the
//! files that lead to API servers.
//! Does not know what is asked of it.

use std::collections::BTreeSet;
use std::time::Duration;

use anyhow::Context;
use tokio::runtime::Builder;
use tokio::sync::mpsc;
use tokio::task::spawn_blocking;
use tokio::time::timeout;

use crate::clock::Clock;
use crate::clusters::api::{Credentials, flaw_of_files};
use crate::clusters::cluster_watch::ListTurns;
use crate::clusters::watch_control::WatchControls;
use crate::clusters::watch_stats::WatchStats;
use crate::config::Config;
use crate::controller::{Controller, Input};
use crate::core::complaint::{Complaint, Flaw, Subject};
use crate::core::event::ClusterEvent;
use crate::core::name::Label;
use crate::core::state::Changes;

use crate::server::plan::{configured_clusters, plan};
use crate::server::watches::{Watched, Watches, credentials};
use crate::zone_files::ZoneFolder;

/// How long reading may take: large dumps take seconds.
const PATIENCE: Duration = Duration::from_secs(120);

/// Reads every static zone and every manifest folder once.
pub(super) fn load(config: &Config) -> anyhow::Result<Controller> {
    let mut config = config.clone();
    ZoneFolder::load(&mut config);
    load_with_zones(&config)
}

/// Reads every manifest folder once; the static zones stand in the configuration.
pub(super) fn load_with_zones(config: &Config) -> anyhow::Result<Controller> {
    let runtime = Builder::new_multi_thread().enable_all().build().context("no runtime")?;
    runtime.block_on(async {
        timeout(PATIENCE, read(config))
            .await
            .with_context(|| format!("the manifests were not read within {PATIENCE:?}"))
    })
}

async fn read(config: &Config) -> Controller {
    let mut plan = plan(config);
    for registry in &config.registries {
        let subject = Subject::Registry(registry.to_string().into());
        let flaw = flaw_of(credentials(&registry.kubeconfig)).await;
        plan.complaints.extend(flaw.map(|flaw| Complaint { cluster: None, subject, flaw }));
    }
    let mut controller = Controller::new(plan, Clock::start());
    let (inputs, mut inputs_in) = mpsc::channel(1);
    let (stats, controls) = (WatchStats::default(), WatchControls::default());
    let mut watches = Watches::new(inputs, stats, controls, ListTurns::default());
    // API servers are asked by the server alone: a look at the configuration is no visit to them, but the files
    // that lead there are looked at.
    let mut changes = Changes::default();
    let (of_folders, others): (Vec<_>, Vec<_>) =
        configured_clusters(config).partition(|it| matches!(it.watched, Some(Watched::Folder(_))));
    for cluster in others {
        let Some(Watched::Server(server)) = &cluster.watched else { continue };
        if let Some(flaw) = flaw_of(server.credentials.clone()).await {
            let event = ClusterEvent::Flawed(Subject::Cluster, vec![flaw]);
            changes.merge(controller.apply(cluster.name(), event));
        }
    }
    of_folders.iter().for_each(|cluster| watches.start(cluster));
    let mut awaited: BTreeSet<Label> =
        of_folders.into_iter().map(|cluster| cluster.entry.name).collect();
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

/// What keeps the files that lead to an API server from being used. What a pod holds is there in the pod alone.
async fn flaw_of(credentials: Credentials) -> Option<Flaw> {
    let is_here = matches!(credentials, Credentials::Files { .. });
    is_here.then_some(())?;
    spawn_blocking(move || flaw_of_files(&credentials)).await.ok()?
}

//! A panic in what watches an API server: that cluster's facts stay, and it is watched anew.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use fedns::clusters::cluster_watch::{WatchHandle, watch};
use fedns::clusters::watch_panics::tell_breaks;
use fedns::core::event::ClusterEvent;
use fedns::core::name::Label;
use fedns::panics::{Rests, confined, tell_panics};
use tokio::sync::mpsc;

use super::rig::{Rig, api, entry, label, pace};
use crate::fake_api::{service, slice};

/// An event on its way, of which one can not be sent: the watch panics there, as it would in
/// somebody else's code.
struct Fragile(Label, ClusterEvent);

/// Whether the next object that is told of is the one.
static IS_FRAGILE: AtomicBool = AtomicBool::new(false);

impl From<(Label, ClusterEvent)> for Fragile {
    fn from((cluster, event): (Label, ClusterEvent)) -> Self {
        let is_object = matches!(event, ClusterEvent::Applied(..) | ClusterEvent::Modified(..));
        if is_object && IS_FRAGILE.swap(false, Ordering::Relaxed) {
            let token = String::from("hunter2");
            panic!("a token is {token}");
        }
        Self(cluster, event)
    }
}

#[test]
fn a_watch_that_panics_leaves_the_facts_and_begins_anew() {
    let printing = std::panic::take_hook();
    tell_panics(move |_, info| printing(info));
    let api = api();
    let folder = tempfile::tempdir().unwrap();
    let entry = entry(folder.path().join("config"));
    api.write_kubeconfig(&folder.path().join("config"));
    let millis = Duration::from_millis;
    let rests = Rests { first: millis(10), longest: millis(20), calm: millis(300) };
    let mut rig = Rig::run(folder, move |handle, cancel| {
        let (fragile, mut fragiles) = mpsc::channel::<Fragile>(1);
        let tell = tell_breaks(fragile.clone(), label("east"), Some(Arc::clone(&handle.stats)));
        let stop = cancel.clone();
        let WatchHandle { cluster, events, stats, control, turns, resumes } = handle;
        let handle = WatchHandle { cluster, events: fragile, stats, control, turns, resumes };
        let begin = move || watch(entry.clone(), pace(), handle.clone(), stop.clone());
        let handing = async move {
            while let Some(Fragile(cluster, event)) = fragiles.recv().await {
                _ = events.send((cluster, event)).await;
            }
        };
        async move { _ = tokio::join!(confined(begin, tell, rests, cancel), handing) }
    });
    rig.until_synced();
    IS_FRAGILE.store(true, Ordering::Relaxed);
    api.put([service("pay", "192.0.2.2"), slice("pay", 2)]);
    rig.until_complaint("this is a fault of fedns");
    let complaints = rig.complaints();
    assert!(complaints.contains("a panic at tests/clusters/watch/confinement.rs:"), "{complaints}");
    assert!(!complaints.contains("hunter2"), "{complaints}");
    assert_eq!(rig.ready("cart"), Some(1));
    rig.until("it is heard again", |rig| rig.cluster().unheard_since().is_none());
    rig.until_ready("pay", Some(2));
    rig.until_no_complaint("this is a fault of fedns");
}

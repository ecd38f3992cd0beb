//! Breaks: that what watches a cluster panicked, as an event of that cluster.
//!
//! In: what is told of a task that is confined. Out: `ClusterEvent`s on the cluster's own channel,
//! behind all that the task said. Does not know what the task does.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use futures::FutureExt;
use futures::future::BoxFuture;
use tokio::sync::mpsc;

use crate::clusters::watch_stats::ClusterStats;
use crate::core::event::{Break, ClusterEvent};
use crate::core::name::Label;
use crate::panics::News;

/// Tells on `events` what becomes of the watch of `cluster`: of an API server, which has numbers of
/// its own, or of a folder, whose files are numbered as they are found and so anew each time.
pub fn tell_breaks<S: From<(Label, ClusterEvent)> + Send + 'static>(
    events: mpsc::Sender<S>,
    cluster: Label,
    stats: Option<Arc<ClusterStats>>,
) -> impl FnMut(News) -> BoxFuture<'static, ()> + Send {
    move |news| {
        let event = match news {
            News::Broken(panic) => {
                stats.iter().for_each(|stats| stats.is_up.store(false, Ordering::Relaxed));
                let (panic, renumbers) = (panic.to_string().into(), stats.is_none());
                ClusterEvent::Broken(Break { panic, renumbers })
            }
            News::Well => ClusterEvent::Well,
        };
        let (events, cluster) = (events.clone(), cluster.clone());
        // Nobody receives when the process is ending.
        async move { _ = events.send((cluster, event).into()).await }.boxed()
    }
}

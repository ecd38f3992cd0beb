//! The task that watches an API server.
//!
//! In: an entry. Out: the cluster's `ClusterEvent`s on a channel; where that is full, it waits.
//! Credentials, a probe and the reflectors run side by side in this one task. It ends when it is
//! cancelled or nobody receives any more. Does not know what becomes of the events.

use std::sync::Arc;

use futures::FutureExt;
use futures::stream::{FuturesUnordered, StreamExt};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::parts::{ApiServer, ClusterWatch};
use super::reflector::{End, Reflector};
use super::resource::Resource;
use super::server_health::probe;
use crate::clusters::api::event_sink::{EventSink, Unheard};
use crate::clusters::api::identity::Identity;
use crate::clusters::api::session::Sessions;
use crate::clusters::api::timing::Timing;
use crate::clusters::watch_control::WatchControl;
use crate::clusters::watch_stats::ClusterStats;
use crate::core::event::ClusterEvent;
use crate::core::name::Label;

impl ClusterWatch {
    /// All reflectors. A reflector that may not read all namespaces at once is parted into some that read
    /// one each.
    async fn reflector(&self) -> Unheard {
        let mut reflectors = FuturesUnordered::new();
        self.sink.await_sources(Resource::ALL.map(|resource| resource.source(None)));
        for resource in Resource::ALL {
            reflectors.push(Reflector::new(resource, None).run(self).boxed());
        }
        loop {
            match reflectors.next().await {
                Some(End::Unheard) | None => return Unheard,
                Some(End::Forbidden(resource)) => {
                    let parted = self.entry.namespaces.iter().enumerate().map(|(at, namespace)| {
                        Reflector::new(resource, Some((at, namespace.as_str().into())))
                    });
                    let parted: Vec<_> = parted.collect();
                    self.sink.await_sources(parted.iter().map(Reflector::source));
                    self.sink.drop_source(resource.source(None));
                    reflectors
                        .extend(parted.into_iter().map(|reflector| reflector.run(self).boxed()));
                }
            }
        }
    }
}

/// A cluster as its watch knows it.
#[derive(Debug)]
pub struct WatchHandle<S> {
    /// Its name.
    pub cluster: Label,
    /// Where its events go.
    pub events: mpsc::Sender<S>,
    /// What is counted of it.
    pub stats: Arc<ClusterStats>,
    /// What steers its watch.
    pub control: WatchControl,
}

// Events need not be copied for that.
impl<S> Clone for WatchHandle<S> {
    fn clone(&self) -> Self {
        let Self { cluster, events, stats, control } = self;
        Self {
            cluster: cluster.clone(),
            events: events.clone(),
            stats: Arc::clone(stats),
            control: control.clone(),
        }
    }
}

/// Watches an API server and tells all that changes there as events of a cluster, until `cancel`
/// fires or nobody receives events any more. Nothing that it began goes on after it returns.
pub async fn watch<S: From<(Label, ClusterEvent)> + Send + 'static>(
    server: ApiServer,
    timing: Timing,
    handle: WatchHandle<S>,
    cancel: CancellationToken,
) {
    let WatchHandle { cluster, events, stats, control } = handle;
    let send = move |event| {
        let (events, event) = (events.clone(), S::from((cluster.clone(), event)));
        async move { events.send(event).await.map_err(|_| Unheard) }.boxed()
    };
    let parts = ClusterWatch {
        entry: server,
        timing,
        sessions: Sessions::new(),
        identity: Identity::default(),
        sink: EventSink::new(Box::new(send), stats),
        control,
    };
    tokio::select! {
        biased;
        () = cancel.cancelled() => {}
        Unheard = parts.sessions.keep(&parts.entry.credentials, &parts.sink, &parts.timing) => {}
        Unheard = probe(&parts) => {}
        Unheard = parts.reflector() => {}
    }
}

//! The task that watches an API server.
//!
//! In: an entry. Out: the cluster's `ClusterEvent`s on a channel; where that is full, it waits.
//! Credentials, the health of the server, the sight of it and the reflectors run side by side in this one task. It ends when it is
//! cancelled or nobody receives any more. Does not know what becomes of the events.

use std::sync::Arc;

use futures::FutureExt;
use futures::stream::{FuturesUnordered, StreamExt};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::delta::Delta;
use super::event_sink::EventSink;
use super::identity::Identity;
use super::observer::ResourceObserver;
use super::resource::Resource;
use super::server_health::watch_health;
use super::shared::{ApiServer, ClusterWatch};
use super::sight::Sight;
use crate::clusters::api::credentials_listener::Unheard;
use crate::clusters::api::patience::Patience;
use crate::clusters::api::session::Sessions;
use crate::clusters::api::timing::Timing;
use crate::clusters::list_watch::list_turns::ClusterTurns;
use crate::clusters::list_watch::reflector::{End, Link, Reflector};
use crate::clusters::watch_control::WatchControl;
use crate::clusters::watch_stats::ClusterStats;
use crate::core::event::ClusterEvent;
use crate::core::name::Label;
use crate::core::service::SourceId;
use crate::core::state::ResumePoints;

/// A reflector that has ended, and what it read.
struct Ended {
    resource: Resource,
    end: End,
}

impl ClusterWatch {
    /// Reads a resource: in all namespaces, or in the one at this position of the entry's.
    async fn reflect(&self, resource: Resource, position: Option<usize>) -> Ended {
        let namespace = position.and_then(|position| self.server.namespaces.get(position));
        let namespace: Option<Box<str>> = namespace.map(|name| name.as_str().into());
        let source = resource.source(position);
        let scope = resource.scope(namespace.as_deref(), resource.form(&self.server));
        let point = self.resume_point(&scope);
        let count = point.map_or(0, |point| point.objects);
        let version = point.map(|point| point.version.clone());
        let sink = Delta::new(resource, scope, source, &self.events).with_count(count);
        let target = resource.target(namespace.clone(), &self.server);
        let observer = ResourceObserver { watch: self, resource, namespace, source };
        let Self { sessions, control, timing, turns, .. } = self;
        let link = Link { sessions, control, timing, turns: Some(turns) };
        let reflector = Reflector::new(target, link, sink, observer).resuming(version);
        Ended { resource, end: reflector.run().await }
    }

    /// From now on these sources are read.
    fn await_sources(&self, sources: impl IntoIterator<Item = SourceId> + Clone) {
        self.events.await_sources(sources.clone());
        self.sight.begin(sources);
    }

    /// Reads all resources. One that may not be read in all namespaces at once is read by several
    /// reflectors, in one namespace each.
    async fn reflect_all(&self) -> Unheard {
        let mut reflectors = FuturesUnordered::new();
        self.await_sources(Resource::ALL.map(|resource| resource.source(None)));
        for resource in Resource::ALL {
            reflectors.push(self.reflect(resource, None).boxed());
        }
        loop {
            match reflectors.next().await {
                Some(Ended { end: End::Unheard, .. }) | None => return Unheard,
                Some(Ended { resource, end: End::GivenUp }) => {
                    let positions = 0..self.server.namespaces.len();
                    self.await_sources(positions.clone().map(|at| resource.source(Some(at))));
                    self.events.drop_source(resource.source(None));
                    self.sight.change(|feeds| feeds.drop(resource.source(None)));
                    reflectors.extend(positions.map(|at| self.reflect(resource, Some(at)).boxed()));
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
    /// When it lists.
    pub turns: ClusterTurns,
    /// From where its watch goes on, where an earlier run has kept that with what it knew; and `None`
    /// whatever else has become of what is known since.
    pub resumes: Option<ResumePoints>,
}

// Events need not be copied for that.
impl<S> Clone for WatchHandle<S> {
    fn clone(&self) -> Self {
        let Self { cluster, events, stats, control, turns, resumes } = self;
        Self {
            cluster: cluster.clone(),
            events: events.clone(),
            stats: Arc::clone(stats),
            control: control.clone(),
            turns: turns.clone(),
            resumes: resumes.clone(),
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
    let WatchHandle { cluster, events, stats, control, turns, resumes } = handle;
    let send = move |event| {
        let (events, event) = (events.clone(), S::from((cluster.clone(), event)));
        async move { events.send(event).await.map_err(|_| Unheard) }.boxed()
    };
    let parts = ClusterWatch {
        server,
        patience: Patience::new(&timing),
        timing,
        sessions: Sessions::new(),
        identity: Identity::known(resumes.as_ref().map(|it| it.uid.clone())),
        events: EventSink::new(Box::new(send), stats),
        sight: Sight::default(),
        control,
        turns,
        resumes,
    };
    tokio::select! {
        biased;
        () = cancel.cancelled() => {}
        Unheard = parts.sessions.keep(&parts.server.credentials, &parts.events, &parts.timing) => {}
        Unheard = watch_health(&parts) => {}
        Unheard = parts.sight.tell(&parts.events, || parts.blind()) => {}
        Unheard = parts.reflect_all() => {}
    }
}

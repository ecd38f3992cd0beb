//! The task that watches an API server.
//!
//! In: an entry. Out: the cluster's `ClusterEvent`s on a channel; where that is full, it waits.
//! Credentials, a probe and the feeds run side by side in this one task. It ends when it is
//! cancelled or nobody receives any more. Does not know what becomes of the events.

use std::sync::Arc;

use futures::FutureExt;
use futures::stream::{FuturesUnordered, StreamExt};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::feed::{End, Feed};
use super::identity::Identity;
use super::pace::Pace;
use super::parts::{Entry, Parts};
use super::probe::probe;
use super::resource::Resource;
use super::session::Sessions;
use super::voice::{Unheard, Voice};
use crate::clusters::vitals::Vital;
use crate::core::event::ClusterEvent;
use crate::core::name::Label;

impl Parts {
    /// All feeds. A feed that may not read all namespaces at once is parted into some that read
    /// one each.
    async fn feed(&self) -> Unheard {
        let mut feeds = FuturesUnordered::new();
        self.voice.await_sources(Resource::ALL.map(|resource| resource.source(None)));
        for resource in Resource::ALL {
            feeds.push(Feed::new(resource, None).run(self).boxed());
        }
        loop {
            match feeds.next().await {
                Some(End::Unheard) | None => return Unheard,
                Some(End::Forbidden(resource)) => {
                    let parted = self.entry.namespaces.iter().enumerate().map(|(at, namespace)| {
                        Feed::new(resource, Some((at, namespace.as_str().into())))
                    });
                    let parted: Vec<_> = parted.collect();
                    self.voice.await_sources(parted.iter().map(Feed::source));
                    self.voice.drop_source(resource.source(None));
                    feeds.extend(parted.into_iter().map(|feed| feed.run(self).boxed()));
                }
            }
        }
    }
}

/// Watches an API server and tells all that changes there as events of `cluster`, until `cancel`
/// fires or the channel is closed. Nothing that it began goes on after it returns.
pub async fn watch<S: From<(Label, ClusterEvent)> + Send + 'static>(
    entry: Entry,
    pace: Pace,
    events: mpsc::Sender<S>,
    cluster: Label,
    vital: Arc<Vital>,
    cancel: CancellationToken,
) {
    let send = move |event| {
        let (events, event) = (events.clone(), S::from((cluster.clone(), event)));
        async move { events.send(event).await.map_err(|_| Unheard) }.boxed()
    };
    let parts = Parts {
        entry,
        pace,
        sessions: Sessions::new(),
        identity: Identity::default(),
        voice: Voice::new(Box::new(send), vital),
    };
    tokio::select! {
        biased;
        () = cancel.cancelled() => {}
        Unheard = parts.sessions.keep(&parts.entry.credentials, &parts.voice, &parts.pace) => {}
        Unheard = probe(&parts) => {}
        Unheard = parts.feed() => {}
    }
}

//! The event sink of a cluster: what the parts of its watch have to say, joined where they speak of one
//! thing.
//!
//! In: what reflectors, server health and credentials notice. Out: `ClusterEvent`s on the channel. What is said
//! again is not repeated; where the channel is full, whoever speaks waits.
//! Does not know what is listed or how.

use std::collections::BTreeMap;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures::future::BoxFuture;

use crate::clusters::api::failure::Failure;
use crate::clusters::api::listener::{CredentialFlaws, CredentialsListener, Finder, Unheard};
use crate::clusters::watch_stats::{ClusterStats, ErrorSort};
use crate::core::complaint::{Flaw, Subject};
use crate::core::event::{ClusterEvent, Contact};
use crate::core::service::SourceId;
use crate::core::time::rfc3339;

/// Sends one event.
pub(in crate::clusters) type Out =
    Box<dyn Fn(ClusterEvent) -> BoxFuture<'static, Result<(), Unheard>> + Send + Sync>;

/// What is known of a source.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Known {
    /// Nothing yet.
    Awaited,
    /// All of it.
    Listed,
    /// That it may not be read.
    Unreadable,
}

/// What was said so far.
#[derive(Debug, Default)]
struct Said {
    /// Each with how often everything was to be listed anew when it was listed last.
    sources: BTreeMap<SourceId, (Known, u64)>,
    synced: Option<(bool, u64)>,
    /// Of each resource what is wrong with it, by source.
    resources: BTreeMap<(&'static str, SourceId, Complainant), Vec<Flaw>>,
    credentials: CredentialFlaws,
    contact: Option<Contact>,
}

/// Who complains of a resource.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) enum Complainant {
    /// Who hears how requests go.
    Observer,
    /// Who takes the objects.
    Sink,
}

/// Speaks for one cluster.
pub(in crate::clusters) struct EventSink {
    send: Out,
    pub(in crate::clusters) stats: Arc<ClusterStats>,
    said: Mutex<Said>,
}

impl EventSink {
    pub(in crate::clusters) fn new(send: Out, stats: Arc<ClusterStats>) -> Self {
        Self { send, stats, said: Mutex::default() }
    }

    /// Says something.
    pub(in crate::clusters) async fn say(&self, event: ClusterEvent) -> Result<(), Unheard> {
        (self.send)(event).await
    }

    /// From now on these sources have to be known before the cluster counts as synced.
    pub(in crate::clusters) fn await_sources(&self, sources: impl IntoIterator<Item = SourceId>) {
        let mut said = self.lock();
        let awaited = (Known::Awaited, 0);
        sources.into_iter().for_each(|source| _ = said.sources.insert(source, awaited));
    }

    /// This source is no longer read.
    pub(in crate::clusters) fn drop_source(&self, source: SourceId) {
        self.lock().sources.remove(&source);
    }

    /// A source was listed; or it may not be read, for good reason or for none. `lists` is how often
    /// everything was to be listed anew by then: when all have been, that is said once more, so that
    /// what nobody listed is forgotten.
    pub(in crate::clusters) async fn known(
        &self,
        source: SourceId,
        is_readable: bool,
        lists: u64,
    ) -> Result<(), Unheard> {
        let synced = {
            let mut said = self.lock();
            let known = if is_readable { Known::Listed } else { Known::Unreadable };
            // What was listed once is known, though it may not be read any more.
            let before = said.sources.insert(source, (known, lists));
            if before.is_some_and(|(before, _)| before == Known::Listed) {
                said.sources.insert(source, (Known::Listed, lists));
            }
            let is_awaited = said.sources.values().any(|(known, _)| *known == Known::Awaited);
            let is_complete = said.sources.values().all(|(known, _)| *known == Known::Listed);
            let least = said.sources.values().map(|(_, lists)| *lists).min().unwrap_or_default();
            let is_news = !is_awaited && said.synced != Some((is_complete, least));
            said.synced = if is_awaited { said.synced } else { Some((is_complete, least)) };
            is_news.then_some(is_complete)
        };
        let Some(is_complete) = synced else { return Ok(()) };
        self.stats.is_synced.store(true, Ordering::Relaxed);
        self.say(ClusterEvent::Synced { is_complete }).await
    }

    /// Says what is wrong with a resource, called by its plural, as one source of it sees it.
    pub(in crate::clusters) async fn complain(
        &self,
        plural: &'static str,
        source: SourceId,
        complainant: Complainant,
        flaws: Vec<Flaw>,
    ) -> Result<(), Unheard> {
        let flaws = {
            let mut said = self.lock();
            let key = (plural, source, complainant);
            if said.resources.get(&key).map_or(&[][..], Vec::as_slice) == flaws.as_slice() {
                return Ok(());
            }
            said.resources.insert(key, flaws);
            let of_resource = said.resources.iter().filter(|((name, ..), _)| *name == plural);
            let mut all: Vec<_> = of_resource.flat_map(|(_, flaws)| flaws.clone()).collect();
            all.dedup();
            all
        };
        self.say(ClusterEvent::Flawed(Subject::Resource(plural), flaws)).await
    }

    /// What is wrong with credentials that the server does not take.
    pub(in crate::clusters) fn refused(&self, failure: &Failure) -> Flaw {
        let is_over = self.stats.expires_in() == Some(Duration::ZERO);
        let expiry = self.stats.expiry().filter(|_| is_over).and_then(|it| u64::try_from(it).ok());
        let expired = expiry.map(|expiry| format!("; they expired at {}", rfc3339(expiry)));
        Flaw::CredentialsRefused(format!("{failure}{}", expired.unwrap_or_default()).into())
    }

    /// Says what is wrong with the credentials, or that nothing is.
    pub(in crate::clusters) async fn judge_credentials(
        &self,
        finder: Finder,
        flaw: Option<Flaw>,
    ) -> Result<(), Unheard> {
        let flaws: Vec<Flaw> = {
            let mut said = self.lock();
            if !said.credentials.set(finder, flaw) {
                return Ok(());
            }
            said.credentials.iter().cloned().collect()
        };
        self.say(ClusterEvent::Flawed(Subject::Cluster, flaws)).await
    }

    /// Says whether there is contact, and why not.
    pub(in crate::clusters) async fn contact(&self, contact: Contact) -> Result<(), Unheard> {
        self.stats.is_up.store(contact == Contact::Reached, Ordering::Relaxed);
        if self.lock().contact.replace(contact.clone()).as_ref() == Some(&contact) {
            return Ok(());
        }
        self.say(ClusterEvent::Contact(contact)).await
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Said> {
        self.said.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl CredentialsListener for EventSink {
    async fn opened(&self, expiry: Option<i64>, weakness: Option<Flaw>) -> Result<(), Unheard> {
        self.stats.set_expiry(expiry);
        self.judge_credentials(Finder::Here, weakness).await
    }

    async fn unusable(&self, flaw: Flaw, has_session: bool) -> Result<(), Unheard> {
        self.stats.count_error(ErrorSort::Credentials);
        if !has_session {
            self.contact(Contact::Lost(flaw.to_string().into())).await?;
        }
        self.judge_credentials(Finder::Here, Some(flaw)).await
    }
}

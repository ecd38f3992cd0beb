//! The event sink of a cluster: what the parts of its watch have to say, joined where they speak of one
//! thing.
//!
//! In: what reflectors, server health and credentials notice. Out: `ClusterEvent`s on the channel. An
//! event that says what the one before said is not sent; where the channel is full, whoever speaks waits.
//! Does not know what is listed or how.

use std::collections::BTreeMap;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use futures::future::BoxFuture;

use crate::clusters::api::credentials_listener::{
    CredentialFlaws, CredentialsListener, Finder, Unheard,
};
use crate::clusters::api::failure::Failure;
use crate::clusters::watch_stats::{ClusterStats, ErrorSort};
use crate::core::complaint::{Flaw, Subject};
use crate::core::event::{ClusterEvent, Contact};
use crate::core::service::SourceId;
use crate::core::time::rfc3339;

/// Sends one event.
pub(super) type Out =
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

/// A source that is read.
#[derive(Clone, Copy, Debug)]
struct KnownSource {
    known: Known,
    /// How often everything was to be listed anew when it was listed last.
    relists: u64,
}

/// That all sources are known.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
struct Synced {
    is_complete: bool,
    /// How often everything was to be listed anew when the source was listed that waited longest.
    relists: u64,
}

/// What was said so far.
#[derive(Debug, Default)]
struct Said {
    sources: BTreeMap<SourceId, KnownSource>,
    synced: Option<Synced>,
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
    /// Who sees how soon lists follow each other.
    Pace,
    /// Who takes the objects.
    Sink,
}

/// Speaks for one cluster.
pub(super) struct EventSink {
    send: Out,
    pub(super) stats: Arc<ClusterStats>,
    said: Mutex<Said>,
}

impl EventSink {
    pub(super) fn new(send: Out, stats: Arc<ClusterStats>) -> Self {
        Self { send, stats, said: Mutex::default() }
    }

    /// Says something.
    pub(super) async fn say(&self, event: ClusterEvent) -> Result<(), Unheard> {
        (self.send)(event).await
    }

    /// From now on these sources have to be known before the cluster counts as synced.
    pub(super) fn await_sources(&self, sources: impl IntoIterator<Item = SourceId>) {
        let mut said = self.lock();
        let awaited = KnownSource { known: Known::Awaited, relists: 0 };
        sources.into_iter().for_each(|source| _ = said.sources.insert(source, awaited));
    }

    /// How many sources have to be known yet.
    pub(super) fn awaited(&self) -> usize {
        self.lock().sources.values().filter(|it| it.known == Known::Awaited).count()
    }

    /// This source is no longer read.
    pub(super) fn drop_source(&self, source: SourceId) {
        self.lock().sources.remove(&source);
    }

    /// A source was listed; or it may not be read, for good reason or for none. `relists` is how often
    /// everything was to be listed anew by then: when all have been, that is said once more, so that
    /// what nobody listed is forgotten.
    pub(super) async fn known(
        &self,
        source: SourceId,
        is_readable: bool,
        relists: u64,
    ) -> Result<(), Unheard> {
        let synced = {
            let mut said = self.lock();
            let mut known = if is_readable { Known::Listed } else { Known::Unreadable };
            // What was listed once is known, though it may not be read any more.
            if said.sources.get(&source).is_some_and(|before| before.known == Known::Listed) {
                known = Known::Listed;
            }
            said.sources.insert(source, KnownSource { known, relists });
            let is_awaited = said.sources.values().any(|it| it.known == Known::Awaited);
            let is_complete = said.sources.values().all(|it| it.known == Known::Listed);
            let least = said.sources.values().map(|it| it.relists).min().unwrap_or_default();
            let synced = Some(Synced { is_complete, relists: least });
            let is_news = !is_awaited && said.synced != synced;
            said.synced = if is_awaited { said.synced } else { synced };
            is_news.then_some(is_complete)
        };
        let Some(is_complete) = synced else { return Ok(()) };
        self.stats.is_synced.store(true, Ordering::Relaxed);
        self.say(ClusterEvent::Synced { is_complete }).await
    }

    /// Whether every source has been read once.
    pub(super) fn is_synced(&self) -> bool {
        self.lock().synced.is_some()
    }

    /// Says what is wrong with a resource, called by its plural, as one source of it sees it.
    pub(super) async fn complain(
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
    pub(super) fn refused(&self, failure: &Failure) -> Flaw {
        let is_over = self.stats.expires_in() == Some(Duration::ZERO);
        let expiry = self.stats.expiry().filter(|_| is_over).and_then(|it| u64::try_from(it).ok());
        let expired = expiry.map(|expiry| format!("; they expired at {}", rfc3339(expiry)));
        Flaw::CredentialsRefused(format!("{failure}{}", expired.unwrap_or_default()).into())
    }

    /// Says what is wrong with the credentials, or that nothing is.
    pub(super) async fn judge_credentials(
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
    pub(super) async fn contact(&self, contact: Contact) -> Result<(), Unheard> {
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

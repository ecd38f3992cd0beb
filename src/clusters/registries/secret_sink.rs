//! The Secrets of a registry, on their way to being told.
//!
//! In: Secrets as a reflector reads them. Out: what they tell of clusters, all of it each time, to a
//! [`RegistryReporter`]. A list that lacks much is to come once more before it is believed.
//! Does not know requests, nor what becomes of the clusters.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::Deserialize;

use super::claimed_clusters::{ClaimedClusters, Found};
use super::report::RegistryReporter;
use super::secret::Secret;
use crate::clusters::api::credentials_listener::Unheard;
use crate::clusters::api::failure::status;
use crate::clusters::list_watch::lines::TooLarge;
use crate::clusters::list_watch::sink::{Acceptance, Change, Sink, Unreadable};
use crate::clusters::list_watch::watch_event::WatchEvent;

/// Complaints about Secrets without a name that are kept.
const MAX_NAMELESS: usize = 8;

/// Takes Secrets.
pub(super) struct SecretSink<'r> {
    reporter: &'r RegistryReporter,
    claimed: ClaimedClusters,
    /// Whether all Secrets were listed once.
    has_listed: bool,
    listing: Option<Collected>,
    /// What is wrong with Secrets that could not be named.
    nameless: Vec<String>,
}

/// What has come of a list that is not whole yet.
#[derive(Default)]
struct Collected {
    found: BTreeMap<Box<str>, Found>,
    nameless: Vec<String>,
}

/// A line of a watch.
#[derive(Deserialize)]
struct Line {
    #[serde(rename = "type")]
    event_type: Box<str>,
    object: Secret,
}

impl<'r> SecretSink<'r> {
    /// A sink that has taken nothing. `allow_exec`: whether programs that kubeconfigs name may be run.
    pub(super) fn new(allow_exec: bool, reporter: &'r RegistryReporter) -> Self {
        Self {
            reporter,
            claimed: ClaimedClusters::new(allow_exec),
            has_listed: false,
            listing: None,
            nameless: Vec::new(),
        }
    }

    async fn tell(&self) -> Result<(), Unheard> {
        let found = self.has_listed.then(|| self.claimed.found().clone());
        let nameless = self.nameless.clone();
        self.reporter
            .tell(|told| {
                told.found = found.or_else(|| told.found.take());
                told.nameless = nameless;
            })
            .await
    }
}

impl Sink for SecretSink<'_> {
    type Object = Result<Secret, String>;

    fn item(&self, octets: &[u8]) -> Self::Object {
        Secret::read(octets)
    }

    fn line(&self, octets: &[u8]) -> WatchEvent<Self::Object> {
        // The reader's own words would repeat what stands there.
        let Ok(Line { event_type, object }) = serde_json::from_slice(octets) else {
            return WatchEvent::Unreadable("a line of the watch can not be read".into());
        };
        let version = object.version().into();
        match &*event_type {
            "ERROR" => WatchEvent::Ended(status(octets)),
            "ADDED" => WatchEvent::Applied { version, is_new: true, object: Ok(object) },
            "MODIFIED" => WatchEvent::Applied { version, is_new: false, object: Ok(object) },
            "DELETED" => WatchEvent::Deleted { version, object: Ok(object) },
            _ => WatchEvent::Bookmark { version, is_list_end: false },
        }
    }

    fn hear(&self) {}

    fn begin_list(&mut self) {
        self.listing = Some(Collected::default());
    }

    fn drop_list(&mut self) {
        self.listing = None;
    }

    fn collect(&mut self, item: Result<Self::Object, TooLarge>) {
        let Some(Collected { found, nameless }) = &mut self.listing else { return };
        match item {
            Ok(Ok(secret)) if !ClaimedClusters::is_full(found.len()) => {
                if let Some(kept) = self.claimed.read(&secret) {
                    found.insert(secret.name().into(), kept);
                }
            }
            Ok(Ok(_)) => note(nameless, "too many Secrets tell of clusters".into()),
            Ok(Err(why)) => note(nameless, why),
            Err(TooLarge) => note(nameless, "a Secret is too large and is left out".into()),
        }
    }

    fn collect_change(&mut self, change: Change, object: Self::Object) {
        if let (Some(listing), Ok(secret)) = (&mut self.listing, &object) {
            listing.found.remove(secret.name());
        }
        if change != Change::Deleted {
            self.collect(Ok(object));
        }
    }

    fn collected(&self) -> usize {
        self.listing.as_ref().map_or(0, |it| it.found.len() + it.nameless.len())
    }

    async fn finish_list(&mut self, _: Duration) -> Result<Acceptance, Unheard> {
        let Collected { found, nameless } = self.listing.take().unwrap_or_default();
        if !self.claimed.replace(found) {
            tracing::warn!("many Secrets are absent at once: they are listed once more");
            return Ok(Acceptance::Doubted);
        }
        (self.has_listed, self.nameless) = (true, nameless);
        self.tell().await?;
        Ok(Acceptance::Accepted)
    }

    fn note_unreadable(&mut self, line: Unreadable) {
        let why = match line {
            Unreadable::TooLarge => "a line is too large".into(),
            Unreadable::Garbage(why) => why.into(),
        };
        note(&mut self.nameless, why);
    }

    async fn apply(&mut self, object: Self::Object, _: bool) -> Result<(), Unheard> {
        match object {
            Ok(secret) => self.claimed.put(&secret),
            Err(why) => note(&mut self.nameless, why),
        }
        Ok(())
    }

    async fn delete(&mut self, object: Self::Object) -> Result<(), Unheard> {
        if let Ok(secret) = object {
            self.claimed.remove(secret.name());
        }
        Ok(())
    }

    async fn settle(&mut self) -> Result<(), Unheard> {
        self.tell().await
    }
}

fn note(nameless: &mut Vec<String>, why: String) {
    if nameless.len() < MAX_NAMELESS && !nameless.contains(&why) {
        nameless.push(why);
    }
}

//! Deltas: the objects of one kind of a cluster, told as events.
//!
//! In: objects as a reflector reads them. Out: `ClusterEvent`s, in order.
//! Keeps numbers and complaints, and of objects only those of a list that is not whole yet.

use std::collections::BTreeSet;
use std::time::Duration;

use super::collected::{Collected, Collection};
use tokio::time::Instant;

use super::event_sink::{Complainant, EventSink};
use super::objects::{self, Said, identity_of, key_of, subject_of};
use super::resource::Resource;
use crate::clusters::api::credentials_listener::Unheard;
use crate::clusters::kubernetes::Unusable;
use crate::clusters::list_watch::lines::{MAX_OBJECT, TooLarge};
use crate::clusters::list_watch::sink::{Acceptance, Change, Sink, Unreadable};
use crate::clusters::list_watch::watch_event::WatchEvent;
use crate::core::complaint::{Flaw, Subject};
use crate::core::event::{ClusterEvent, Listing, Object, Scope};
use crate::core::service::SourceId;

/// Complaints about objects without a name that are told one by one.
const MAX_NAMELESS: usize = 8;
/// Objects of which it is remembered that they could not be used.
const MAX_UNUSABLE: usize = 1000;

/// The objects of one kind, in all namespaces or in one.
pub(super) struct Delta<'e> {
    resource: Resource,
    source: SourceId,
    events: &'e EventSink,
    listing: Option<Collected>,
    /// Complaints about what has no name.
    nameless: Vec<Flaw>,
    /// Objects that were complained of as unusable.
    unusable: BTreeSet<Subject>,
    /// How many objects there are.
    count: u64,
    /// What they are, where it is told up to where they were read; and when that was told last.
    scope: Scope,
    versioned: Option<Instant>,
}

impl<'e> Delta<'e> {
    pub(super) fn new(
        resource: Resource,
        scope: Scope,
        source: SourceId,
        events: &'e EventSink,
    ) -> Self {
        Self {
            scope,
            versioned: None,
            resource,
            source,
            events,
            listing: None,
            nameless: Vec::new(),
            unusable: BTreeSet::new(),
            count: 0,
        }
    }

    /// The same, of which so many objects are known from an earlier run.
    pub(super) fn with_count(mut self, count: u64) -> Self {
        self.set_count(count);
        self
    }

    /// What is wrong with things that have no name.
    pub(super) fn flaws(&self) -> impl Iterator<Item = Flaw> {
        self.nameless.iter().cloned()
    }

    /// Says what is wrong with an object that can not be used.
    async fn complain(&mut self, unusable: Unusable) -> Result<(), Unheard> {
        let Unusable { subject, flaw } = unusable;
        let Some(subject) = subject else {
            self.note_nameless(flaw);
            return Ok(());
        };
        if self.unusable.len() < MAX_UNUSABLE || self.unusable.contains(&subject) {
            self.unusable.insert(subject.clone());
            return self.events.say(ClusterEvent::Flawed(subject, vec![flaw])).await;
        }
        let why = format!("more than {MAX_UNUSABLE} objects can not be used");
        self.note_nameless(Flaw::ObjectUnusable(why.into()));
        Ok(())
    }

    fn note_nameless(&mut self, flaw: Flaw) {
        if self.nameless.len() < MAX_NAMELESS && !self.nameless.contains(&flaw) {
            self.nameless.push(flaw);
        }
    }

    /// The event itself takes back what was said of the object.
    fn forget_unusable(&mut self, object: &Object) {
        if self.unusable.is_empty() {
            return;
        }
        self.unusable.remove(&subject_of(key_of(&object.facts)));
    }

    fn set_count(&mut self, count: u64) {
        self.events.stats.change_objects(self.resource.kind, self.count, count);
        self.count = count;
    }
}

impl Sink for Delta<'_> {
    type Object = Said;

    fn item(&self, octets: &[u8]) -> Said {
        objects::item(self.resource.kind, octets)
    }

    fn line(&self, octets: &[u8]) -> WatchEvent<Said> {
        objects::line(self.resource.kind, octets)
    }

    fn hear(&self) {
        self.events.stats.hear(self.resource.kind);
    }

    fn begin_list(&mut self) {
        self.listing = Some(Collected::default());
    }

    fn drop_list(&mut self) {
        self.listing = None;
    }

    fn collect(&mut self, item: Result<Said, TooLarge>) {
        let Some(listing) = &mut self.listing else { return };
        match item {
            Ok(said) => listing.put(said),
            Err(TooLarge) => listing.note_nameless(too_large()),
        }
    }

    fn collect_change(&mut self, change: Change, said: Said) {
        let Some(listing) = &mut self.listing else { return };
        let key = match &said {
            Said::Object(object, _) => Some(identity_of(&object.facts)),
            Said::Nothing(key) | Said::Unusable(_, key) => key.clone(),
        };
        if let Some(key) = key.filter(|_| change != Change::Added) {
            listing.forget(key);
        }
        if change != Change::Deleted {
            listing.put(said);
        }
    }

    fn collected(&self) -> usize {
        self.listing.as_ref().map_or(0, Collected::len)
    }

    async fn finish_list(&mut self, took: Duration) -> Result<Acceptance, Unheard> {
        let Some(listing) = self.listing.take() else { return Ok(Acceptance::Accepted) };
        let Collection { objects, unusable } = listing.whole();
        self.set_count(objects.len() as u64);
        // The version before it may be forgotten: where nothing follows, that of the list is the last one.
        self.versioned = None;
        let listing = Listing { source: self.source, objects: without_repeats(objects) };
        self.events.say(ClusterEvent::Listed(vec![listing])).await?;
        self.nameless.clear();
        let before = std::mem::take(&mut self.unusable);
        for one in unusable {
            self.complain(one).await?;
        }
        // An object that is fine now was told in the list, which took back what was said of it.
        let mended = before.into_iter().filter(|subject| !self.unusable.contains(subject));
        for subject in mended.collect::<Vec<_>>() {
            self.events.say(ClusterEvent::Flawed(subject, Vec::new())).await?;
        }
        self.events.stats.note_list(took);
        self.hear();
        Ok(Acceptance::Accepted)
    }

    fn note_unreadable(&mut self, line: Unreadable) {
        let flaw = match line {
            Unreadable::TooLarge => too_large(),
            Unreadable::Garbage(why) => Flaw::ObjectUnusable(why),
        };
        // What is wrong with a list is said when it is whole: then it replaces what was said.
        match &mut self.listing {
            Some(listing) => listing.note_nameless(flaw),
            None => self.note_nameless(flaw),
        }
    }

    async fn apply(&mut self, said: Said, is_new: bool) -> Result<(), Unheard> {
        self.events.stats.note_event();
        match said {
            Said::Nothing(key) => {
                if let Some(key) = key.filter(|_| !is_new) {
                    self.events.say(ClusterEvent::Removed(key)).await?;
                }
            }
            Said::Object(object, triggered) => {
                self.forget_unusable(&object);
                let event = match is_new {
                    true => ClusterEvent::Applied(self.source, object),
                    false => ClusterEvent::Modified(self.source, object),
                };
                self.events.say(event).await?;
                self.set_count(self.count + u64::from(is_new));
                if let Some(triggered) = triggered {
                    self.events.say(ClusterEvent::Triggered(triggered)).await?;
                }
            }
            // As in a list: what can not be used is left out, and said so.
            Said::Unusable(unusable, key) => {
                if let Some(key) = key.filter(|_| !is_new) {
                    self.events.say(ClusterEvent::Removed(key)).await?;
                }
                self.complain(unusable).await?;
            }
        }
        Ok(())
    }

    async fn delete(&mut self, said: Said) -> Result<(), Unheard> {
        self.events.stats.note_event();
        match said {
            Said::Nothing(_) => {}
            Said::Object(object, _) => {
                self.events.say(ClusterEvent::Removed(key_of(&object.facts))).await?;
                self.set_count(self.count.saturating_sub(1));
            }
            Said::Unusable(unusable, key) => {
                if let Some(key) = key {
                    self.events.say(ClusterEvent::Removed(key)).await?;
                }
                if let Some(subject) = unusable.subject {
                    self.unusable.remove(&subject);
                    self.events.say(ClusterEvent::Flawed(subject, Vec::new())).await?;
                }
            }
        }
        Ok(())
    }

    async fn settle(&mut self) -> Result<(), Unheard> {
        let flaws = self.nameless.clone();
        self.events.complain(self.resource.plural, self.source, Complainant::Sink, flaws).await
    }

    async fn note_version(&mut self, version: &str) -> Result<(), Unheard> {
        if self.versioned.is_some_and(|at| at.elapsed() < VERSIONED_EVERY) {
            return Ok(());
        }
        self.versioned = Some(Instant::now());
        self.events.say(ClusterEvent::Versioned(self.scope.clone(), version.into())).await
    }
}

/// How often it is told up to where objects were read: who goes on from there hears again what came since.
const VERSIONED_EVERY: Duration = Duration::from_secs(1);

impl Drop for Delta<'_> {
    fn drop(&mut self) {
        self.set_count(0);
    }
}

fn too_large() -> Flaw {
    let most = MAX_OBJECT >> 20;
    Flaw::ObjectUnusable(format!("an object is larger than {most} MiB and is left out").into())
}

/// Each object once: of those that stand there twice, the last counts. No good server says so.
fn without_repeats(mut objects: Vec<Object>) -> Vec<Object> {
    let mut keys: Vec<_> = objects.iter().map(|object| identity_of(&object.facts)).collect();
    keys.sort_unstable();
    let has_repeats = keys.windows(2).any(|pair| pair[0] == pair[1]);
    drop(keys);
    if has_repeats {
        let mut seen = BTreeSet::new();
        objects.reverse();
        objects.retain(|object| seen.insert(identity_of(&object.facts)));
        objects.reverse();
    }
    objects
}

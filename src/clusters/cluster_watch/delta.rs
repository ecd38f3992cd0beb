//! A delta: what a reflector has heard, on its way to being told.
//!
//! In: items of a list, lines of a watch. Out: events, in order; how far the watch has come, which
//! moves on only once an event was sent, so that a reflector that is interrupted loses none.
//! Keeps numbers and complaints, and of objects only those of a list that is not whole yet.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use super::resource::Resource;
use super::watch_event::{Said, WatchEvent, identity_of, key_of};
use crate::clusters::api::event_sink::{EventSink, Unheard};
use crate::clusters::api::failure::Failure;
use crate::clusters::kubernetes::Unusable;
use crate::clusters::list_watch::lines::TooLarge;
use crate::clusters::list_watch::steps::Step;
use crate::clusters::watch_stats::ClusterStats;
use crate::core::complaint::{Flaw, Subject};
use crate::core::event::{ClusterEvent, Listing, Object, ObjectKey};
use crate::core::service::{ServiceKey, SourceId};

/// Complaints about objects without a name that are told one by one.
const MAX_NAMELESS: usize = 8;
/// Objects that a list may hold; no cluster has a tenth of that.
const MAX_OBJECTS: usize = 1_000_000;
/// Objects of which it is remembered that they could not be used.
const MAX_UNUSABLE: usize = 1000;

/// What a reflector has heard.
pub(in crate::clusters) struct Delta {
    resource: Resource,
    source: SourceId,
    stats: Arc<ClusterStats>,
    /// The objects of a list that is not whole yet, what could not be used of it, its start.
    listing: Option<(Vec<Object>, Vec<Unusable>, Instant)>,
    /// How far the watch has come.
    version: Option<Box<str>>,
    /// Whether the present watch said anything.
    is_news: bool,
    /// Complaints about what has no name.
    nameless: Vec<Flaw>,
    /// Objects that were complained of as unusable.
    unusable: BTreeSet<Subject>,
    /// How many objects there are.
    count: u64,
}

impl Delta {
    pub(in crate::clusters) fn new(
        resource: Resource,
        source: SourceId,
        stats: Arc<ClusterStats>,
    ) -> Self {
        Self {
            resource,
            source,
            stats,
            listing: None,
            version: None,
            is_news: false,
            nameless: Vec::new(),
            unusable: BTreeSet::new(),
            count: 0,
        }
    }

    /// A request begins. A list that was begun before goes on where its next page is asked for.
    pub(in crate::clusters) fn begin(&mut self, step: &Step) {
        self.is_news = false;
        match step {
            Step::Page { next: Some(_), .. } => {}
            Step::Page { next: None, .. } | Step::Stream => {
                self.listing = Some((Vec::new(), Vec::new(), Instant::now()));
            }
            Step::Watch(version) => (self.listing, self.version) = (None, Some(version.clone())),
        }
    }

    /// Whether a list is not whole yet.
    pub(in crate::clusters) fn is_listing(&self) -> bool {
        self.listing.is_some()
    }

    /// What is out of all proportion about the list that is coming, if anything is: more objects
    /// than there can be, or pages without an end.
    pub(in crate::clusters) fn excess(&self, longest: Duration) -> Option<Failure> {
        let (objects, unusable, began) = self.listing.as_ref()?;
        if objects.len() + unusable.len() > MAX_OBJECTS {
            let why = format!("a list of more than {MAX_OBJECTS} objects");
            return Some(Failure::Garbage(why.into()));
        }
        (began.elapsed() > longest).then_some(Failure::TimedOut("a list"))
    }

    /// How far the watch has come.
    pub(in crate::clusters) fn version(&self) -> Option<Box<str>> {
        self.version.clone().filter(|version| !version.is_empty())
    }

    /// Whether the present watch said anything.
    pub(in crate::clusters) fn is_news(&self) -> bool {
        self.is_news
    }

    /// The server was heard.
    pub(in crate::clusters) fn hear(&self) {
        self.stats.hear(self.resource.kind);
    }

    /// What is wrong with things that have no name.
    pub(in crate::clusters) fn flaws(&self) -> impl Iterator<Item = Flaw> {
        self.nameless.iter().cloned()
    }

    /// An item of a list.
    pub(in crate::clusters) fn collect(&mut self, item: Result<Said, TooLarge>) {
        let Some((objects, unusable, _)) = &mut self.listing else { return };
        match item {
            Ok(Said::Object(object, _)) => objects.push(object),
            Ok(Said::Nothing(_)) => {}
            Ok(Said::Unusable(one, _)) => unusable.push(one),
            Err(TooLarge) => unusable.push(Unusable { subject: None, flaw: too_large() }),
        }
    }

    /// The list is whole, as of this version.
    pub(in crate::clusters) async fn finish(
        &mut self,
        version: Box<str>,
        sink: &EventSink,
    ) -> Result<(), Unheard> {
        let Some((objects, unusable, began)) = self.listing.take() else { return Ok(()) };
        self.set_count(objects.len() as u64);
        let listing = Listing { source: self.source, objects: without_repeats(objects) };
        sink.say(ClusterEvent::Listed(vec![listing])).await?;
        self.nameless.clear();
        let before = std::mem::take(&mut self.unusable);
        for one in unusable {
            self.complain(one, sink).await?;
        }
        // An object that is fine now was told in the list, which took back what was said of it.
        for subject in before
            .into_iter()
            .filter(|subject| !self.unusable.contains(subject))
            .collect::<Vec<_>>()
        {
            sink.say(ClusterEvent::Flawed(subject, Vec::new())).await?;
        }
        self.stats.note_list(began.elapsed());
        self.hear();
        (self.version, self.is_news) = (Some(version), true);
        Ok(())
    }

    /// A line of a watch.
    pub(in crate::clusters) async fn take(
        &mut self,
        line: Result<WatchEvent, TooLarge>,
        sink: &EventSink,
    ) -> Result<(), Unheard> {
        self.hear();
        match line {
            // What is wrong with a list is said when it is whole: then it replaces what was said.
            Err(TooLarge) if self.is_listing() => self.collect(Err(TooLarge)),
            Err(TooLarge) => self.note_nameless(too_large()),
            Ok(WatchEvent::Nonsense(why)) => {
                let flaw = Flaw::ObjectUnusable(why);
                match &mut self.listing {
                    Some((_, unusable, _)) => unusable.push(Unusable { subject: None, flaw }),
                    None => self.note_nameless(flaw),
                }
            }
            Ok(WatchEvent::Ended(_)) => {}
            Ok(WatchEvent::Bookmark { version, .. }) => self.advance(version),
            Ok(WatchEvent::Here { is_new, said, .. }) if self.is_listing() => {
                self.collect_line(true, is_new, said);
            }
            Ok(WatchEvent::Gone { said, .. }) if self.is_listing() => {
                self.collect_line(false, false, said);
            }
            Ok(WatchEvent::Here { version, is_new, said }) => {
                self.stats.note_event();
                self.tell(is_new, said, sink).await?;
                self.advance(version);
            }
            Ok(WatchEvent::Gone { version, said }) => {
                self.stats.note_event();
                self.tell_gone(said, sink).await?;
                self.advance(version);
            }
        }
        Ok(())
    }

    fn advance(&mut self, version: Box<str>) {
        self.is_news = true;
        // Until the list is whole there is nothing to go on from.
        if !version.is_empty() && !self.is_listing() {
            self.version = Some(version);
        }
    }

    /// A line while a list comes by watch: mostly new objects, now and then one that changes.
    fn collect_line(&mut self, is_here: bool, is_new: bool, said: Said) {
        let key = match &said {
            Said::Object(object, _) => Some(identity_of(&object.facts)),
            Said::Nothing(key) | Said::Unusable(_, key) => key.clone(),
        };
        if let (Some((objects, ..)), Some(key), false) = (&mut self.listing, key, is_new) {
            objects.retain(|known| identity_of(&known.facts) != key);
        }
        if is_here {
            self.collect(Ok(said));
        }
    }

    async fn tell(&mut self, is_new: bool, said: Said, sink: &EventSink) -> Result<(), Unheard> {
        match said {
            Said::Nothing(key) => {
                if let Some(key) = key.filter(|_| !is_new) {
                    sink.say(ClusterEvent::Removed(key)).await?;
                }
            }
            Said::Object(object, triggered) => {
                self.forget_unusable(&object);
                let event = match is_new {
                    true => ClusterEvent::Applied(self.source, object),
                    false => ClusterEvent::Modified(self.source, object),
                };
                sink.say(event).await?;
                self.set_count(self.count + u64::from(is_new));
                if let Some(triggered) = triggered {
                    sink.say(ClusterEvent::Triggered(triggered)).await?;
                }
            }
            // As in a list: what can not be used is left out, and said so.
            Said::Unusable(unusable, key) => {
                if let Some(key) = key.filter(|_| !is_new) {
                    sink.say(ClusterEvent::Removed(key)).await?;
                }
                self.complain(unusable, sink).await?;
            }
        }
        Ok(())
    }

    async fn tell_gone(&mut self, said: Said, sink: &EventSink) -> Result<(), Unheard> {
        match said {
            Said::Nothing(_) => {}
            Said::Object(object, _) => {
                sink.say(ClusterEvent::Removed(key_of(&object.facts))).await?;
                self.set_count(self.count.saturating_sub(1));
            }
            Said::Unusable(unusable, key) => {
                if let Some(key) = key {
                    sink.say(ClusterEvent::Removed(key)).await?;
                }
                if let Some(subject) = unusable.subject {
                    self.unusable.remove(&subject);
                    sink.say(ClusterEvent::Flawed(subject, Vec::new())).await?;
                }
            }
        }
        Ok(())
    }

    /// Says what is wrong with an object that can not be used.
    async fn complain(&mut self, unusable: Unusable, sink: &EventSink) -> Result<(), Unheard> {
        let Unusable { subject, flaw } = unusable;
        let Some(subject) = subject else {
            self.note_nameless(flaw);
            return Ok(());
        };
        if self.unusable.len() < MAX_UNUSABLE || self.unusable.contains(&subject) {
            self.unusable.insert(subject.clone());
            return sink.say(ClusterEvent::Flawed(subject, vec![flaw])).await;
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
        let subject = match key_of(&object.facts) {
            ObjectKey::Node(name) => Subject::Node(name),
            ObjectKey::Service(key) => {
                Subject::Service(key.namespace.as_str().into(), key.name.as_str().into())
            }
            ObjectKey::Slice(ServiceKey { namespace, .. }, name)
            | ObjectKey::StraySlice(namespace, name) => {
                Subject::Slice(namespace.as_str().into(), name)
            }
        };
        self.unusable.remove(&subject);
    }

    fn set_count(&mut self, count: u64) {
        self.stats.change_objects(self.resource.kind, self.count, count);
        self.count = count;
    }
}

impl Drop for Delta {
    fn drop(&mut self) {
        self.set_count(0);
    }
}

fn too_large() -> Flaw {
    let most = crate::clusters::list_watch::lines::MAX_OBJECT >> 20;
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

//! Who depends on what lies outside of ground state: from what is wanted to what a result touches.
//!
//! In: shards that come to depend on a subject and do so no more, what the world found out about it,
//! the passing of time. Out: what the world is asked, which shards a change touches, when time alone
//! changes what counts. A subject on which no shard depends any more is forgotten.
//! Does not know shards, nor what follows from a subject for them.

mod hostname;
mod external_names;

use std::borrow::Borrow;
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use crate::core::time::Moment;
use crate::core::topology::ClusterIndex;

pub use external_names::MAX_EXTERNAL_NAMES;
pub(super) use external_names::{ExternalNames, Keys};
pub use hostname::{Hostname, HostnameState, ResolvedAlias};
pub(super) use hostname::{HostnameFacts, KeptHostname};

/// A shard, as what it depends on knows it: its cluster, and the key of its service.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) struct Dependent {
    pub(super) cluster: ClusterIndex,
    pub(super) key: Box<[u8]>,
}

/// What a shard depended on, and depends on now.
#[derive(Clone, Debug)]
pub(super) struct Links<K> {
    pub(super) before: BTreeSet<K>,
    pub(super) after: BTreeSet<K>,
}

impl<K> Default for Links<K> {
    fn default() -> Self {
        Self { before: BTreeSet::new(), after: BTreeSet::new() }
    }
}

/// What shards can depend on: facts about it that the world finds out when it is asked.
pub(super) trait Subject {
    /// By what it is told from others.
    type Key: Clone + Ord;
    /// How it does, in one word, by which they are counted.
    type Condition: Copy + Ord;
    /// What the world is asked to do.
    type Request;

    /// How it does.
    fn condition(&self) -> Self::Condition;

    /// Whether the world is to find out about it. What is ours is known here.
    fn is_asked(&self) -> bool;

    /// The request to find out about it, from now on.
    fn ask(key: Self::Key) -> Self::Request;

    /// The request to ask no more.
    fn forget(key: Self::Key) -> Self::Request;

    /// When parts of what is known count no more where they may be so old.
    fn ends(&self, limit: Duration) -> impl Iterator<Item = Moment>;

    /// Whether some part counts no more for some cluster.
    fn note_over(&mut self, is_over: bool);
}

/// A subject on which shards depend.
#[derive(Clone, Debug)]
pub struct Wanted<S> {
    dependents: BTreeSet<Dependent>,
    /// Since when it does as it does.
    since: Moment,
    facts: S,
}

impl<S> Wanted<S> {
    /// Since when it does as it does.
    pub fn since(&self) -> Moment {
        self.since
    }

    /// The clusters whose shards depend on it, in the order of their numbers.
    pub fn clusters(&self) -> impl Iterator<Item = ClusterIndex> {
        let clusters: BTreeSet<_> = self.dependents.iter().map(|it| it.cluster).collect();
        clusters.into_iter()
    }

    /// What is known of it.
    pub(super) fn facts(&self) -> &S {
        &self.facts
    }

    /// Whether this shard depends on it.
    pub(super) fn has_dependent(&self, cluster: ClusterIndex, key: &[u8]) -> bool {
        self.dependents.contains(&Dependent { cluster, key: key.into() })
    }
}

/// All subjects of one sort on which shards depend.
#[derive(Clone, Debug)]
pub(super) struct Dependents<S: Subject> {
    entries: BTreeMap<S::Key, Wanted<S>>,
    /// How many do how.
    counts: BTreeMap<S::Condition, u64>,
    /// Goes up whenever what is kept of one changes.
    revision: u64,
}

impl<S: Subject> Default for Dependents<S> {
    fn default() -> Self {
        Self { entries: BTreeMap::new(), counts: BTreeMap::new(), revision: 0 }
    }
}

impl<S: Subject> Dependents<S> {
    /// Whether no shard depends on anything.
    pub(super) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// What is known of one.
    pub(super) fn find<Q>(&self, key: &Q) -> Option<&Wanted<S>>
    where
        S::Key: Borrow<Q>,
        Q: Ord + ?Sized,
    {
        self.entries.get(key)
    }

    /// All of them, in their order.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&S::Key, &Wanted<S>)> {
        self.entries.iter()
    }

    /// How many do so.
    pub(super) fn count(&self, condition: S::Condition) -> u64 {
        self.counts.get(&condition).copied().unwrap_or(0)
    }

    /// What is kept of one has changed.
    pub(super) fn touch(&mut self) {
        self.revision += 1;
    }

    /// Another number whenever what is kept of one changes.
    pub(super) fn revision(&self) -> u64 {
        self.revision
    }

    /// The shards that depend on one of these.
    pub(super) fn dependents_of(&self, keys: &[S::Key]) -> BTreeSet<Dependent> {
        let found = keys.iter().filter_map(|key| self.entries.get(key));
        found.flat_map(|wanted| wanted.dependents.iter().cloned()).collect()
    }

    /// A shard depends on these now and, of those before, on no others. `known` says what is known
    /// of one on which no shard depended. What the world is asked for that, in the order in which it
    /// came to be, is added to `requests`.
    pub(super) fn link(
        &mut self,
        now: Moment,
        dependent: &Dependent,
        links: &Links<S::Key>,
        known: impl Fn(&S::Key) -> S,
        requests: &mut Vec<S::Request>,
    ) {
        for key in &links.after {
            let wanted = self.entries.entry(key.clone()).or_insert_with(|| {
                let facts = known(key);
                requests.extend(facts.is_asked().then(|| S::ask(key.clone())));
                *self.counts.entry(facts.condition()).or_default() += 1;
                Wanted { dependents: BTreeSet::new(), since: now, facts }
            });
            wanted.dependents.insert(dependent.clone());
        }
        for key in links.before.difference(&links.after) {
            let Some(wanted) = self.entries.get_mut(key) else { continue };
            wanted.dependents.remove(dependent);
            if wanted.dependents.is_empty() {
                self.forget(key, requests);
            }
        }
    }

    fn forget(&mut self, key: &S::Key, requests: &mut Vec<S::Request>) {
        let Some((key, wanted)) = self.entries.remove_entry(key) else { return };
        self.uncount(wanted.facts.condition());
        requests.extend(wanted.facts.is_asked().then(|| S::forget(key)));
    }

    fn uncount(&mut self, condition: S::Condition) {
        self.counts.entry(condition).and_modify(|count| *count -= 1);
    }

    /// Changes what is known of one. What the world is asked, where it was not asked before, or was
    /// and is not any more.
    pub(super) fn change(
        &mut self,
        now: Moment,
        key: &S::Key,
        change: impl FnOnce(&mut S),
    ) -> Option<S::Request> {
        let wanted = self.entries.get_mut(key)?;
        let (before, was_asked) = (wanted.facts.condition(), wanted.facts.is_asked());
        change(&mut wanted.facts);
        let (after, is_asked) = (wanted.facts.condition(), wanted.facts.is_asked());
        if before != after || was_asked != is_asked {
            wanted.since = now;
        }
        self.uncount(before);
        *self.counts.entry(after).or_default() += 1;
        let request = if is_asked { S::ask } else { S::forget };
        (was_asked != is_asked).then(|| request(key.clone()))
    }

    /// Reckons what time has made of one by `now`, and when time alone changes again what counts of
    /// it; `limit` says how old what counts for a cluster may be.
    pub(super) fn reckon(
        &mut self,
        now: Moment,
        key: &S::Key,
        limit: impl Fn(ClusterIndex) -> Option<Duration>,
    ) -> Option<Moment> {
        let wanted = self.entries.get(key)?;
        let clusters = wanted.dependents.iter().map(|it| it.cluster);
        let limits: BTreeSet<_> = clusters.filter_map(limit).collect();
        let ends: BTreeSet<_> = limits.iter().flat_map(|it| wanted.facts.ends(*it)).collect();
        let is_over = ends.first().is_some_and(|end| *end <= now);
        self.change(now, key, |facts| facts.note_over(is_over));
        ends.into_iter().find(|end| *end > now)
    }
}

#[cfg(test)]
mod tests;

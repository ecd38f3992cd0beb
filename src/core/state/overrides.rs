//! Overrides: the operator's word as it stands, and what of it is in force.
//!
//! In: lists of overrides, drains of Services in the clusters' own data, the time of day. Out: what a shard's service
//! is told of it, which shards and services time has touched, and when the next of that is due.
//! Does not know facts, nor what follows for answers.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::time::Duration;

use crate::core::name::Label;
use crate::core::overrides::{Override, Word};
use crate::core::time::{Moment, Now};
use crate::core::topology::ClusterIndex;

/// The wall clock may be set at any moment, and tells nobody: while something ends by it, it is looked at so often.
const LOOK: Duration = Duration::from_secs(30);

/// A Service that is drained by its own annotation.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) struct Annotated {
    pub(super) key: Box<[u8]>,
    pub(super) cluster: ClusterIndex,
}

/// All overrides.
#[derive(Debug, Default)]
pub(super) struct Overrides {
    /// What commands and files say.
    said: Vec<Override>,
    /// All that is said, but by Services themselves.
    listed: Vec<Override>,
    /// Those in force.
    in_force: Vec<Override>,
    /// Of those, the ones about a service, by its key.
    of_services: HashMap<Box<[u8]>, Vec<Override>>,
    /// Services that are drained by an annotation, and until when.
    annotated: BTreeMap<Annotated, Option<u64>>,
    /// The same in the order of their ends.
    ends: BTreeSet<(u64, Annotated)>,
    /// The time of day by which all of this counts, in unix seconds.
    unix_seconds: u64,
    /// By how much the wall clock was ahead of the monotonic one when it was looked at.
    ahead: i128,
    /// Whether what is in force has changed since that was told.
    is_changed: bool,
}

impl Overrides {
    /// Overrides of nobody, at `now`.
    pub(super) fn new(now: Now) -> Self {
        Self { unix_seconds: now.unix_seconds, ahead: ahead(now), ..Self::default() }
    }

    /// The time of day by which overrides count, in unix seconds.
    pub(super) fn unix_seconds(&self) -> u64 {
        self.unix_seconds
    }

    /// What is in force, but for what Services themselves say.
    pub(super) fn in_force(&self) -> &[Override] {
        &self.in_force
    }

    /// Whether an override in force is about this service, or was said of it.
    pub(super) fn names(&self, key: &[u8]) -> bool {
        !self.of_services.is_empty() && self.of_services.contains_key(key)
    }

    /// What overrides in force make of a cluster's shard of a service: the strictest.
    pub(super) fn word(&self, key: &[u8], cluster: &Label) -> Option<Word> {
        if self.of_services.is_empty() {
            return None;
        }
        let found = self.of_services.get(key)?.iter();
        found.filter_map(|it| it.action.word_on(cluster)).max()
    }

    /// Whether some Service is drained by its own annotation, in force or not.
    pub(super) fn has_annotated(&self) -> bool {
        !self.annotated.is_empty()
    }

    /// Keeps whether a Service is drained by its own annotation, and until when.
    pub(super) fn annotate(&mut self, of: Annotated, drained: Option<Option<u64>>) {
        let before = match drained {
            Some(until) => self.annotated.insert(of.clone(), until),
            None => self.annotated.remove(&of),
        };
        if before == drained {
            return;
        }
        self.is_changed = true;
        if let Some(Some(until)) = before {
            self.ends.remove(&(until, of.clone()));
        }
        if let Some(Some(until)) = drained {
            self.ends.insert((until, of));
        }
    }

    /// The Services that are drained by an annotation and in force, with their ends in unix seconds.
    pub(super) fn annotated(&self) -> impl Iterator<Item = (&Annotated, Option<u64>)> {
        let unix_seconds = self.unix_seconds;
        let found = self.annotated.iter().map(|(of, until)| (of, *until));
        found.filter(move |(_, until)| until.is_none_or(|until| unix_seconds < until))
    }

    /// Whether time has to be looked at: something is due, or the wall clock was set.
    pub(super) fn is_due(&self, now: Now) -> bool {
        let is_kept = !self.listed.is_empty() || !self.annotated.is_empty();
        let is_set = (ahead(now) - self.ahead).abs() > 1;
        is_kept && (is_set || self.next_end().is_some_and(|end| end <= now.unix_seconds))
    }

    /// The services, and the Services drained by an annotation, that are told otherwise once `listed` is all that is
    /// said, at `now`.
    pub(super) fn touched(&self, listed: &[Override], now: Now) -> Touched {
        let unix_seconds = now.unix_seconds;
        let after = of_services(listed, unix_seconds);
        let keys = self.of_services.keys().chain(after.keys());
        let differs = |key: &[u8]| self.of_services.get(key) != after.get(key);
        let services = keys.filter(|key| differs(key)).cloned().collect();
        // The clock may have been set back too.
        let (first, last) =
            (self.unix_seconds.min(unix_seconds), self.unix_seconds.max(unix_seconds));
        let ended = self.ends_after(first).take_while(|(end, _)| *end <= last);
        let ended = ended.map(|(_, of)| of.clone());
        Touched { services, annotated: ended.collect() }
    }

    /// What commands and files say is this from now on; it counts once it is followed.
    pub(super) fn say(&mut self, said: Vec<Override>) {
        self.said = said;
    }

    /// What commands and files say.
    pub(super) fn said(&self) -> &[Override] {
        &self.said
    }

    /// Whether what is in force has changed since that was told.
    pub(super) fn is_changed(&self) -> bool {
        self.is_changed
    }

    /// Takes in what is said now, and the time; what came into force, and what is not any more.
    pub(super) fn replace(&mut self, listed: Vec<Override>, now: Now) -> Turned {
        let unix_seconds = now.unix_seconds;
        let is_set = (ahead(now) - self.ahead).abs() > 1;
        let in_force: Vec<_> =
            listed.iter().filter(|it| it.is_in_force(unix_seconds)).cloned().collect();
        let missing = |of: &[Override], from: &[Override]| -> Vec<Override> {
            of.iter().filter(|it| !from.contains(it)).cloned().collect()
        };
        let turned = Turned {
            begun: missing(&in_force, &self.in_force),
            ended: missing(&self.in_force, &in_force),
        };
        self.is_changed |= is_set || !turned.begun.is_empty() || !turned.ended.is_empty();
        self.of_services = of_services(&listed, unix_seconds);
        (self.listed, self.in_force) = (listed, in_force);
        (self.unix_seconds, self.ahead) = (unix_seconds, ahead(now));
        turned
    }

    /// Whether what is in force has changed since this was asked last.
    pub(super) fn take_changed(&mut self) -> bool {
        std::mem::take(&mut self.is_changed)
    }

    /// When time is to be looked at next.
    pub(super) fn next_look(&self, now: Now) -> Option<Moment> {
        let end = self.next_end()?;
        let left = Duration::from_secs(end.saturating_sub(now.unix_seconds));
        Some(Moment(now.moment.0 + left.min(LOOK)))
    }

    fn next_end(&self) -> Option<u64> {
        let listed = self.in_force.iter().filter_map(|it| it.until);
        let annotated = self.ends_after(self.unix_seconds).next().map(|(end, _)| *end);
        listed.chain(annotated).min()
    }

    /// The ends of annotations behind a time of day, in their order.
    fn ends_after(&self, unix_seconds: u64) -> impl Iterator<Item = &(u64, Annotated)> {
        let least = Annotated { key: Box::default(), cluster: ClusterIndex(0) };
        self.ends.range((unix_seconds.saturating_add(1), least)..)
    }
}

/// Who is told otherwise.
#[derive(Debug)]
pub(super) struct Touched {
    pub(super) services: BTreeSet<Box<[u8]>>,
    pub(super) annotated: Vec<Annotated>,
}

/// What became of overrides.
#[derive(Debug)]
pub(super) struct Turned {
    pub(super) begun: Vec<Override>,
    pub(super) ended: Vec<Override>,
}

fn of_services(listed: &[Override], unix_seconds: u64) -> HashMap<Box<[u8]>, Vec<Override>> {
    let mut found: HashMap<Box<[u8]>, Vec<Override>> = HashMap::new();
    for it in listed.iter().filter(|it| it.is_in_force(unix_seconds)) {
        if let Some(service) = it.action.service() {
            found.entry(service.wire().into()).or_default().push(it.clone());
        }
    }
    found
}

fn ahead(now: Now) -> i128 {
    i128::from(now.unix_seconds) - i128::from(now.moment.0.as_secs())
}

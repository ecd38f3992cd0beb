//! The complaints that hold now, by who tells them and of what: the one place where they meet.
//!
//! In: flaws, as sources report them and as ground state finds them, and complaints of those who
//! read no cluster. Out: [`Complaint`]s, each kind counted, and what is new among them.
//! What is told of a subject replaces what the same teller said of it before; no flaws take it back.
//! Does not know what a flaw means.

use std::collections::BTreeMap;

use crate::core::complaint::{Complaint, Flaw, Subject};
use crate::core::name::Label;
use crate::core::time::Moment;
use crate::core::topology::ClusterIndex;

/// Who noticed a flaw of a cluster. The two are kept apart, so that each can take back only its own.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) enum Witness {
    /// Ground state, from policy and topology.
    Ground,
    /// A source, from an object or a file.
    Source,
}

/// Who complains of something that no cluster said, in the order in which complaints are listed.
/// Each takes back only its own.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Teller {
    /// What the operator wants of federations.
    Policy,
    /// The rest of the configuration that runs.
    Configuration,
    /// Who keeps state across restarts.
    Keeper,
    /// Who reads registries of clusters.
    Registries,
    /// Who reads what operators say.
    Overrides,
}

/// What a flaw is of, and who noticed it.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
struct Key {
    cluster: ClusterIndex,
    subject: Subject,
    witness: Witness,
}

/// How many complaints there are of a kind.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct KindCount {
    /// How many.
    pub number: u64,
    /// Since when there is one.
    pub since: Moment,
}

impl KindCount {
    fn add(&mut self, now: Moment) {
        if self.number == 0 {
            self.since = now;
        }
        self.number += 1;
    }
}

/// A flaw that nobody told of before.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Raised {
    pub(super) cluster: ClusterIndex,
    pub(super) subject: Subject,
    pub(super) flaw: Flaw,
}

/// Complaints of all clusters, and of those who read none.
#[derive(Clone, Debug, Default)]
pub(super) struct Complaints {
    flaws: BTreeMap<Key, Vec<Flaw>>,
    /// How many flaws of clusters there are of each kind.
    counts: BTreeMap<&'static str, KindCount>,
    /// The latest moment that was told.
    now: Moment,
    /// What was told of clusters for the first time since that was last taken.
    raised: Vec<Raised>,
    told: BTreeMap<Teller, Vec<Complaint>>,
    /// Since when those who read no cluster tell of each kind.
    told_since: BTreeMap<&'static str, Moment>,
}

impl Complaints {
    /// Replaces what `witness` says of a subject. `subject` is asked for only where it matters:
    /// nearly all objects are without flaw, and loading them must not cost an allocation here.
    pub(super) fn set(
        &mut self,
        cluster: ClusterIndex,
        witness: Witness,
        subject: impl FnOnce() -> Subject,
        flaws: Vec<Flaw>,
    ) {
        if flaws.is_empty() && self.flaws.is_empty() {
            return;
        }
        let key = Key { cluster, subject: subject(), witness };
        let before = self.flaws.remove(&key).unwrap_or_default();
        for flaw in &before {
            if let Some(count) = self.counts.get_mut(flaw.kind()) {
                count.number -= 1;
            }
        }
        for flaw in &flaws {
            let count = self.counts.entry(flaw.kind()).or_default();
            // What is told again is as old as it was.
            match before.iter().any(|it| it.kind() == flaw.kind()) {
                true => count.number += 1,
                false => count.add(self.now),
            }
            if !before.contains(flaw) {
                let (subject, flaw) = (key.subject.clone(), flaw.clone());
                self.raised.push(Raised { cluster, subject, flaw });
            }
        }
        if !flaws.is_empty() {
            self.flaws.insert(key, flaws);
        }
    }

    /// Replaces all that `teller` complains of; those of it that are new.
    pub(super) fn tell(&mut self, teller: Teller, complaints: Vec<Complaint>) -> Vec<Complaint> {
        let before = self.told.remove(&teller).unwrap_or_default();
        let new = complaints.iter().filter(|it| !before.contains(it)).cloned().collect();
        self.told.insert(teller, complaints);
        let told = self.told.values().flatten().map(|it| it.flaw.kind());
        let since = |kind| (kind, self.told_since.get(kind).copied().unwrap_or(self.now));
        self.told_since = told.map(since).collect();
        new
    }

    /// How many there are of each kind; a kind of which some cluster had one once stays listed.
    pub(super) fn counts(&self) -> BTreeMap<&'static str, KindCount> {
        let mut counts = self.counts.clone();
        for complaint in self.told.values().flatten() {
            let kind = complaint.flaw.kind();
            let since = self.told_since.get(kind).copied().unwrap_or(self.now);
            let count = counts.entry(kind).or_default();
            count.since = if count.number == 0 { since } else { since.min(count.since) };
            count.number += 1;
        }
        counts
    }

    /// Lets time pass.
    pub(super) fn pass(&mut self, now: Moment) {
        self.now = self.now.max(now);
    }

    /// Takes what was told of clusters for the first time.
    pub(super) fn take_raised(&mut self) -> Vec<Raised> {
        std::mem::take(&mut self.raised)
    }

    /// Takes back all that was said of a cluster.
    pub(super) fn forget(&mut self, cluster: ClusterIndex) {
        self.forget_where(|key| key.cluster == cluster);
    }

    /// Takes back all that sources said of a cluster.
    pub(super) fn forget_sources(&mut self, cluster: ClusterIndex) {
        self.forget_where(|key| key.cluster == cluster && key.witness == Witness::Source);
    }

    /// Takes back what sources said of how a cluster is read, and leaves what they said of objects.
    pub(super) fn forget_reading(&mut self, cluster: ClusterIndex) {
        self.forget_where(|key| {
            let is_reading = matches!(
                key.subject,
                Subject::Cluster | Subject::File(_) | Subject::Folder | Subject::Resource(_)
            );
            key.cluster == cluster && key.witness == Witness::Source && is_reading
        });
    }

    fn forget_where(&mut self, is_over: impl Fn(&Key) -> bool) {
        let counts = &mut self.counts;
        self.flaws.retain(|key, flaws| {
            if !is_over(key) {
                return true;
            }
            for flaw in flaws {
                if let Some(count) = counts.get_mut(flaw.kind()) {
                    count.number -= 1;
                }
            }
            false
        });
    }

    /// Every complaint about clusters, ordered by cluster and subject.
    pub(super) fn of_clusters(&self, name: impl Fn(ClusterIndex) -> Label) -> Vec<Complaint> {
        let mut all: Vec<_> = self
            .flaws
            .iter()
            .flat_map(|(key, flaws)| {
                let cluster = name(key.cluster);
                flaws.iter().map(move |flaw| Complaint {
                    cluster: Some(cluster.clone()),
                    subject: key.subject.clone(),
                    flaw: flaw.clone(),
                })
            })
            .collect();
        all.sort();
        all
    }

    /// Of what sources of a cluster complain.
    pub(super) fn told_by_sources(&self, cluster: ClusterIndex) -> impl Iterator<Item = &Subject> {
        let first = Key { cluster, subject: Subject::Admin, witness: Witness::Ground };
        let of_cluster =
            self.flaws.range(first..).take_while(move |(key, _)| key.cluster == cluster);
        let told = of_cluster.filter(|(key, _)| key.witness == Witness::Source);
        told.map(|(key, _)| &key.subject)
    }

    /// What those complain of who read no cluster, and stand up to `last` in the order of tellers.
    pub(super) fn of_tellers(&self, last: Teller) -> impl Iterator<Item = &Complaint> {
        self.told.range(..=last).flat_map(|(_, complaints)| complaints)
    }
}

#[cfg(test)]
mod tests {
    use std::slice::from_ref;
    use std::time::Duration;

    use super::*;

    const EAST: ClusterIndex = ClusterIndex(0);

    fn complaint(why: &str) -> Complaint {
        let (subject, flaw) = (Subject::Process, Flaw::StateNotKept(why.into()));
        Complaint { cluster: None, subject, flaw }
    }

    fn numbers(all: &Complaints) -> BTreeMap<&'static str, u64> {
        all.counts().into_iter().map(|(kind, count)| (kind, count.number)).collect()
    }

    #[test]
    fn each_witness_takes_back_only_its_own() {
        let mut all = Complaints::default();
        all.set(EAST, Witness::Ground, || Subject::Cluster, vec![Flaw::NoPlace]);
        all.set(EAST, Witness::Source, || Subject::Cluster, vec![Flaw::SourceEmpty]);
        assert_eq!(all.take_raised().len(), 2);
        all.set(EAST, Witness::Source, || Subject::Cluster, vec![]);
        let left = all.of_clusters(|_| Label::parse("east").expect("a label"));
        assert_eq!(left.iter().map(|it| &it.flaw).collect::<Vec<_>>(), [&Flaw::NoPlace]);
        assert_eq!(numbers(&all), BTreeMap::from([("no_place", 1), ("source_empty", 0)]));
        assert_eq!(all.take_raised(), []);
    }

    #[test]
    fn what_is_told_again_is_not_new() {
        let mut all = Complaints::default();
        let (one, two) = (complaint("one"), complaint("two"));
        assert_eq!(all.tell(Teller::Keeper, vec![one.clone()]), from_ref(&one));
        assert_eq!(all.tell(Teller::Configuration, vec![one.clone()]), from_ref(&one));
        assert_eq!(all.tell(Teller::Keeper, vec![one.clone(), two.clone()]), from_ref(&two));
        let told = |last| all.of_tellers(last).collect::<Vec<_>>();
        assert_eq!(told(Teller::Keeper), [&one, &one, &two]);
        assert_eq!(told(Teller::Configuration), [&one]);
        assert_eq!(numbers(&all), BTreeMap::from([("state_not_kept", 3)]));
        assert_eq!(all.tell(Teller::Keeper, vec![]), []);
        assert_eq!(numbers(&all), BTreeMap::from([("state_not_kept", 1)]));
    }

    #[test]
    fn how_a_cluster_is_read_is_forgotten_apart_from_its_objects() {
        let mut all = Complaints::default();
        let node = || Subject::Node("n1".into());
        all.set(EAST, Witness::Source, || Subject::Folder, vec![Flaw::SourceEmpty]);
        all.set(EAST, Witness::Source, node, vec![Flaw::EmptyIngress]);
        all.forget_reading(EAST);
        assert_eq!(numbers(&all), BTreeMap::from([("empty_ingress", 1), ("source_empty", 0)]));
        all.forget_sources(EAST);
        assert_eq!(numbers(&all).values().sum::<u64>(), 0);
    }

    #[test]
    fn a_kind_is_as_old_as_the_first_of_it() {
        let at = |seconds| Moment(Duration::from_secs(seconds));
        let mut all = Complaints::default();
        let node = |name: &str| Subject::Node(name.into());
        let since = |all: &Complaints| all.counts()["empty_ingress"].since;
        for (seconds, name) in [(1, "n1"), (2, "n2"), (3, "n1")] {
            all.pass(at(seconds));
            all.set(EAST, Witness::Source, || node(name), vec![Flaw::EmptyIngress]);
        }
        assert_eq!(since(&all), at(1));
        all.forget_sources(EAST);
        all.pass(at(9));
        all.set(EAST, Witness::Source, || node("n1"), vec![Flaw::EmptyIngress]);
        assert_eq!(since(&all), at(9));
    }
}

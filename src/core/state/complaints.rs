//! The complaints that hold now, by cluster and subject.
//!
//! In: flaws, as sources report them and as ground state finds them. Out: [`Complaint`]s.
//! What is said again of a subject replaces what was said before; no flaws take it back.
//! Does not know what a flaw means.

use std::collections::BTreeMap;

use crate::core::complaint::{Complaint, Flaw, Subject};
use crate::core::name::Label;

use super::cluster::ClusterIndex;

/// Who noticed a flaw. The two are kept apart, so that each can take back only its own.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) enum Witness {
    /// Ground state, from policy and topology.
    State,
    /// A source, from an object or a file.
    Source,
}

type Key = (ClusterIndex, Subject, Witness);

/// Complaints of all clusters.
#[derive(Clone, Debug, Default)]
pub(super) struct Complaints {
    flaws: BTreeMap<Key, Vec<Flaw>>,
    /// How many there are of each kind.
    counts: BTreeMap<&'static str, u64>,
    /// What was said for the first time since it was last taken.
    raised: Vec<(ClusterIndex, Subject, Flaw)>,
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
        let key = (cluster, subject(), witness);
        let before = self.flaws.remove(&key).unwrap_or_default();
        for flaw in &before {
            if let Some(count) = self.counts.get_mut(flaw.kind()) {
                *count -= 1;
            }
        }
        for flaw in &flaws {
            *self.counts.entry(flaw.kind()).or_default() += 1;
            if !before.contains(flaw) {
                self.raised.push((cluster, key.1.clone(), flaw.clone()));
            }
        }
        if !flaws.is_empty() {
            self.flaws.insert(key, flaws);
        }
    }

    /// How many there are of each kind; a kind that was seen once stays listed.
    pub(super) fn counts(&self) -> &BTreeMap<&'static str, u64> {
        &self.counts
    }

    /// Takes what was said for the first time.
    pub(super) fn take_raised(&mut self) -> Vec<(ClusterIndex, Subject, Flaw)> {
        std::mem::take(&mut self.raised)
    }

    /// Takes back all that was said of a cluster.
    pub(super) fn forget(&mut self, cluster: ClusterIndex) {
        self.forget_where(|key| key.0 == cluster);
    }

    /// Takes back all that sources said of a cluster.
    pub(super) fn forget_sources(&mut self, cluster: ClusterIndex) {
        self.forget_where(|key| key.0 == cluster && key.2 == Witness::Source);
    }

    /// Takes back what sources said of how a cluster is read, and leaves what they said of objects.
    pub(super) fn forget_reading(&mut self, cluster: ClusterIndex) {
        self.forget_where(|(of, subject, witness)| {
            let is_reading = matches!(
                subject,
                Subject::Cluster | Subject::File(_) | Subject::Folder | Subject::Resource(_)
            );
            *of == cluster && *witness == Witness::Source && is_reading
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
                    *count -= 1;
                }
            }
            false
        });
    }

    /// Every complaint, ordered by cluster and subject.
    pub(super) fn list(&self, name: impl Fn(ClusterIndex) -> Label) -> Vec<Complaint> {
        let mut all: Vec<_> = self
            .flaws
            .iter()
            .flat_map(|((cluster, subject, _), flaws)| {
                let cluster = name(*cluster);
                flaws.iter().map(move |flaw| Complaint {
                    cluster: Some(cluster.clone()),
                    subject: subject.clone(),
                    flaw: flaw.clone(),
                })
            })
            .collect();
        all.sort();
        all
    }
}

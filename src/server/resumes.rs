//! Where the watches of an earlier run stopped: given to the watch of each cluster once.
//!
//! In: what was found with the facts that were kept. Out: the same, to the first watch of that cluster and
//! no other one, as long as the facts stand that it is of. Does not know what is watched.

use std::collections::BTreeMap;

use crate::config::{ClusterEntry, SourceIdentity};
use crate::core::name::Label;
use crate::core::state::ResumePoints;

/// What is known of clusters whose watches have not begun yet.
#[derive(Debug, Default)]
pub(super) struct Resumes(BTreeMap<Label, Resume>);

#[derive(Debug)]
struct Resume {
    source: SourceIdentity,
    points: ResumePoints,
}

impl Resumes {
    /// What was found of these clusters, whose facts were read from where their entries say.
    pub(super) fn new(mut found: BTreeMap<Label, ResumePoints>, clusters: &[ClusterEntry]) -> Self {
        let resume = |entry: &ClusterEntry| {
            let points = found.remove(&entry.name)?;
            Some((entry.name.clone(), Resume { source: entry.source.clone(), points }))
        };
        Self(clusters.iter().filter_map(resume).collect())
    }

    /// From where the watch of a cluster goes on, if it is the first one.
    pub(super) fn take(&mut self, entry: &ClusterEntry) -> Option<ResumePoints> {
        let resume = self.0.remove(&entry.name)?;
        (resume.source == entry.source).then_some(resume.points)
    }

    /// Other clusters are registered now: of one that is gone, or read from elsewhere, the facts are not
    /// what they were, and a watch that goes on would miss what they lack.
    pub(super) fn follow(&mut self, clusters: &[ClusterEntry]) {
        self.0.retain(|name, resume| {
            clusters.iter().any(|it| it.name == *name && it.source == resume.source)
        });
    }
}

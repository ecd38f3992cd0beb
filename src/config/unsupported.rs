//! Not yet: keys that are read and checked, but that this version does nothing with.
//!
//! In: a [`Spec`]. Out: a warning for each such key that the file gives, so that nobody waits
//! for what can not come. A part that learns to heed a key takes its lines out here.
//! Does not know whether anything is wrong.

use std::ops::Range;

use crate::config::choices::OnClusterLost;
use crate::config::read::Notes;
use crate::config::spec::{Cluster, Spec};

/// Warns of every key that has no effect.
pub(super) fn warn(spec: &Spec, notes: &mut Notes) {
    let mut idle = Idle { notes };
    idle.cluster(spec.cluster_defaults.value().unwrap_or(&Cluster::default()));
    for cluster in spec.clusters.items() {
        idle.cluster(&cluster.value);
    }
}

struct Idle<'n> {
    notes: &'n mut Notes,
}

impl Idle<'_> {
    fn say(&mut self, span: &Range<usize>, what: &str, why: &str) {
        self.notes.warn(span, format!("{what} has no effect in this version: {why}"));
    }

    fn cluster(&mut self, cluster: &Cluster) {
        let Some(at) = cluster.on_cluster_lost.at() else { return };
        if at.value == OnClusterLost::Probe {
            let why = "nothing is probed yet; it acts as `keep`";
            self.say(&at.span, "`onClusterLost: probe`", why);
        }
    }
}

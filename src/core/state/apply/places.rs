//! What a change of a cluster's nodes or of its entry brings with it: where it stands, which places
//! there are, who asks from where.
//!
//! In: a cluster that has changed. Out: [`Changes`]. Does not know what nodes say.

use crate::core::state::State;
use crate::core::state::changes::Changes;
use crate::core::topology::ClusterIndex;

impl State {
    /// Recomputes what follows from a cluster's nodes or its entry, after those changed.
    pub(super) fn refresh_nodes(&mut self, index: ClusterIndex, changes: &mut Changes) {
        let withdrawn_before = self.clusters.withdrawn().clone();
        let is_moved = self.clusters.refresh(index);
        self.follow_withdrawn(&withdrawn_before, changes);
        changes.has_askers |= is_moved || self.cluster(index).is_told_by_nodes();
        if is_moved {
            changes.has_places = true;
            self.rebuild_places();
        }
        self.complain_about_cluster(index);
    }

    /// Makes the map of places anew from what clusters have shown.
    pub(super) fn rebuild_places(&mut self) {
        self.clusters.rebuild_places();
        self.complain_about_lengths();
    }
}

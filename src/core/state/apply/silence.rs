//! Clusters that are lost from sight, come back, or turn out to be other ones: what that does to the
//! rest of ground state.
//!
//! In: what clusters' watches say of themselves, and the passing of time. Out: [`Changes`].
//! Does not know when a cluster counts as silent.

use std::collections::BTreeSet;

use crate::core::event::Break;
use crate::core::name::Label;
use crate::core::service::SourceId;
use crate::core::state::State;
use crate::core::state::changes::Changes;
use crate::core::state::clusters::Absent;
use crate::core::state::deadlines::Deadline;
use crate::core::state::index::Turned;
use crate::core::time::Moment;
use crate::core::topology::ClusterIndex;

impl State {
    /// Notes that what watches a cluster panicked: what it said stays, and it is not heard until
    /// all was read anew.
    pub(in crate::core::state) fn note_break(
        &mut self,
        index: ClusterIndex,
        now: Moment,
        of: Break,
        changes: &mut Changes,
    ) {
        if of.renumbers {
            self.mark_former(index, changes);
        }
        // What was said of files and requests is said again by whoever reads them anew.
        self.complaints.forget_reading(index);
        self.clusters.note_break(index, now, of.panic);
        self.complain_about_cluster(index);
    }

    /// Notes that what watches a cluster has not panicked for long.
    pub(in crate::core::state) fn note_well(&mut self, index: ClusterIndex) {
        self.clusters.note_well(index);
        self.complain_about_cluster(index);
    }

    /// Notes who a cluster is. Another one than before says nothing that counts, until it is
    /// accepted; the one it was before is taken back at once.
    pub(in crate::core::state) fn identify(
        &mut self,
        index: ClusterIndex,
        now: Moment,
        uid: Box<str>,
        changes: &mut Changes,
    ) {
        let identified = self.clusters.identify(index, now, uid);
        if identified.is_back {
            changes.relists.push(self.cluster(index).name.clone());
        }
        self.complain_about_cluster(index);
        let changed = self.clusters.match_anew(index, identified.former.as_deref());
        self.complain_about_twins(changed);
    }

    /// Says which clusters lead to one API server, where that has changed.
    pub(super) fn complain_about_twins(&mut self, changed: Vec<ClusterIndex>) {
        changed.into_iter().for_each(|index| self.complain_about_cluster(index));
    }

    /// Accepts that a cluster is another one now: what the former one said counts until the new
    /// one has said what it has. `None` where there is no such question.
    pub fn accept(&mut self, name: &Label) -> Option<Changes> {
        let index = self.find_cluster(name)?;
        self.cluster(index).foreign.as_ref()?;
        let mut changes = Changes::default();
        self.accept_one(index, &mut changes);
        // It is heard from now on, whether or not anybody says anything.
        self.look_at_silences(BTreeSet::new(), &mut changes);
        Some(changes)
    }

    fn accept_one(&mut self, index: ClusterIndex, changes: &mut Changes) {
        if !self.clusters.accept(index) {
            return;
        }
        self.mark_former(index, changes);
        changes.relists.push(self.cluster(index).name.clone());
        self.complain_about_cluster(index);
        self.tell_complaints(changes);
    }

    /// Lets silences grow: what clusters said counts as stale, or no more. Looked at are those of
    /// `due`, and clusters of which something has changed.
    pub(in crate::core::state) fn look_at_silences(
        &mut self,
        due: BTreeSet<ClusterIndex>,
        changes: &mut Changes,
    ) {
        let now = self.deadlines.now();
        let all = self.clusters.restless().chain(due.iter().copied());
        let accepted: BTreeSet<_> =
            all.filter(|index| self.clusters.is_accepted(*index, now)).collect();
        for index in accepted {
            self.accept_one(index, changes);
        }
        let look = self.clusters.look(now, due);
        for (index, end) in look.ends {
            self.deadlines.set(Deadline::Silence(index), end);
        }
        changes.has_header |= !look.changes.is_empty();
        changes.silences.extend(look.changes);
        changes.states.extend(look.states);
        if let Some(before) = look.withdrawn_before {
            changes.has_places = true;
            self.rebuild_places();
            for Turned { key, turns } in self.index.withdraw(&before, self.clusters.withdrawn()) {
                self.note_outage(&key, None, turns, changes);
            }
        }
    }

    /// Every source of a cluster has been read once. What was kept and is listed no more is gone,
    /// unless something could not be read, which may be just that, or too much of it is absent: then
    /// all that was kept stays until everything has been listed once more.
    pub(in crate::core::state) fn note_synced(
        &mut self,
        index: ClusterIndex,
        now: Moment,
        is_complete: bool,
        changes: &mut Changes,
    ) {
        if !self.clusters.believes_reading(index, now, is_complete) {
            self.complain_about_cluster(index);
            return;
        }
        if is_complete && self.holds_former(index, now, changes) {
            return;
        }
        let synced = self.clusters.note_synced(index, is_complete);
        changes.has_header |= synced.is_news;
        if synced.is_all_read {
            self.forget_former(index, changes);
        }
        if synced.is_kept_otherwise {
            self.clusters.touch(index);
        }
        self.complain_about_cluster(index);
    }

    /// A source that was not believed, because it held nothing, holds something now.
    pub(in crate::core::state) fn believe(
        &mut self,
        index: ClusterIndex,
        now: Moment,
        changes: &mut Changes,
    ) {
        if let Some(is_complete) = self.clusters.is_emptied_no_more(index) {
            self.note_synced(index, now, is_complete, changes);
        }
    }

    /// What of the absent is held: to be kept as it was. The rest is believed.
    pub(super) fn hold(
        &mut self,
        index: ClusterIndex,
        source: SourceId,
        now: Moment,
        absent: Absent,
        changes: &mut Changes,
    ) -> Absent {
        let guarded = self.clusters.hold(index, source, now, absent);
        if guarded.is_held {
            changes.relists.push(self.cluster(index).name.clone());
        }
        if guarded.is_news {
            self.complain_about_cluster(index);
        }
        guarded.held
    }

    /// Whether something that an earlier run kept, and that a cluster does not list, is to be kept
    /// until it has listed everything once more.
    fn holds_former(&mut self, index: ClusterIndex, now: Moment, changes: &mut Changes) -> bool {
        let cluster = self.cluster(index);
        let is_asked = cluster.has_former() || cluster.holds_former();
        let Some(restored) = cluster.restored.filter(|_| is_asked) else { return false };
        let former = cluster.nodes.iter().filter(|(_, node)| node.is_former());
        let absent = Absent {
            services: self.former_keys(index).collect(),
            nodes: former.map(|(name, _)| name.clone()).collect(),
            of: restored.of,
        };
        let held = self.hold(index, SourceId::FORMER, now, absent, changes);
        !held.services.is_empty() || !held.nodes.is_empty()
    }
}

//! Services that nothing answers for any more, or again.
//!
//! In: which service fell or is back, by which cluster. Out: that in words, with what clients get meanwhile.
//! Does not know who is told.

use std::collections::BTreeMap;

use crate::core::name::Label;
use crate::core::policy::{ALL_DOWN_TTL, Federation, Publish, WhenAllDown};
use crate::core::service::ServiceKey;
use crate::core::state::changes::{Changes, Outage, OutageTurn};
use crate::core::state::index::Turn;
use crate::core::state::{State, SyncState};
use crate::core::topology::ClusterIndex;
use crate::core::view::ViewId;

impl State {
    /// Notes that a service fell or is back, in the class of which logs speak. Before answers were complete, a
    /// cluster's first listing changes nothing that was said.
    pub(super) fn note_outage(
        &self,
        key: &[u8],
        cluster: Option<ClusterIndex>,
        turns: [Option<Turn>; 2],
        changes: &mut Changes,
    ) {
        let class = ViewId::of(self.widest_class()).index();
        let Some(turn) = turns[class] else { return };
        let cluster = cluster.map(|index| self.cluster(index));
        if cluster.is_some_and(|it| it.sync == SyncState::Awaited) && !self.is_settled() {
            return;
        }
        let Some(service) = ServiceKey::from_wire(key) else { return };
        let turn = match turn {
            Turn::Falls => OutageTurn::Begins(self.gets_when_down(key).into()),
            Turn::Rises(age) => OutageTurn::Ends(age),
        };
        changes.outages.push(Outage { service, cluster: cluster.map(|it| it.name.clone()), turn });
    }

    /// What clients get of a service that nothing answers for, in words; by federation where those differ.
    pub fn gets_when_down(&self, key: &[u8]) -> String {
        let mut words: BTreeMap<String, Vec<&Label>> = BTreeMap::new();
        for federation in &self.policy().federations {
            words.entry(self.gets_in(federation, key)).or_default().push(&federation.name);
        }
        match words.len() {
            0 => "nothing: there is no federation".to_owned(),
            1 => words.into_keys().collect(),
            _ => {
                let list = |names: Vec<&Label>| {
                    names.into_iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
                };
                let each =
                    words.into_iter().map(|(gets, names)| format!("{gets} in {}", list(names)));
                each.collect::<Vec<_>>().join("; ")
            }
        }
    }

    fn gets_in(&self, federation: &Federation, key: &[u8]) -> String {
        let (short, open) = (self.policy().negative_ttl, ALL_DOWN_TTL);
        let nodata = || format!("no address (NODATA, kept for {short} s at most)");
        let has_last = |publish: Publish| !self.last_healthy(key, publish).is_empty();
        match federation.when_all_down {
            WhenAllDown::Nodata => nodata(),
            WhenAllDown::Nxdomain => format!("NXDOMAIN (kept for {short} s at most)"),
            WhenAllDown::All => format!("every published address (`whenAllDown: all`, {open} s)"),
            WhenAllDown::Last if has_last(federation.publish) => {
                format!("the addresses that were healthy last (`whenAllDown: last`, {open} s)")
            }
            WhenAllDown::Last => nodata(),
        }
    }
}

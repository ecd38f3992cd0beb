//! Falls in the index: which services did well and do not answer now.
//!
//! In: services as they become other ones, clusters that are withdrawn, moments, and what an earlier run kept.
//! Out: who fell and who is back. Does not know who is told.

use crate::core::policy::Publish;
use crate::core::time::{Moment, Now, Past};
use crate::core::topology::ClusterSet;
use crate::core::view::ViewId;

use super::super::health::Health;
use super::fallen::Standing;
use super::{KeptFalls, ServiceIndex, Turn, Turned};

impl ServiceIndex {
    /// Keeps who fell, and says who did or answers again.
    pub(super) fn follow_fall(
        &mut self,
        key: &[u8],
        before: Option<[Health; 2]>,
        after: Option<[Standing; 2]>,
    ) -> [Option<Turn>; 2] {
        let now = self.now;
        let (known, missed) = (self.fallen.kept_revision(), &mut self.fallen);
        let turns = [0, 1].map(|class| {
            let (before, after) = (before.map(|it| it[class]), after.map(|it| it[class]));
            missed.follow(key, class, before, after, now)
        });
        self.revision += u64::from(self.fallen.kept_revision() != known);
        turns
    }

    /// Lets time pass.
    pub(in crate::core::state) fn pass(&mut self, now: Moment) {
        self.now = self.now.max(now);
        self.fallen.pass(self.now);
    }

    /// When time alone changes how a service does.
    pub(in crate::core::state) fn next_change(&self) -> Option<Moment> {
        self.fallen.next()
    }

    /// Those that are down in federations that take part as `publish` says, in no order, and until when they
    /// did well.
    pub(in crate::core::state) fn down(
        &self,
        publish: Publish,
    ) -> impl Iterator<Item = (&[u8], Past)> {
        self.fallen.all_missed(ViewId::of(publish).index())
    }

    /// What is to be kept of a service that fell.
    pub(in crate::core::state) fn kept_falls(&self, key: &[u8], now: Now) -> Option<KeptFalls> {
        self.fallen.kept(key, now)
    }

    /// Takes in what an earlier run kept of a service: of each class in which nothing answers now.
    pub(in crate::core::state) fn restore_falls(
        &mut self,
        key: &[u8],
        kept: KeptFalls,
        withdrawn: &ClusterSet,
        now: Now,
    ) {
        let found = self.services.find(key).and_then(|it| it.health(withdrawn));
        let Some(health) = found else { return };
        for (class, kept) in kept.into_iter().enumerate() {
            if let Some(kept) = kept.filter(|_| health[class] == Health::Idle) {
                self.fallen.restore(key, class, kept, now);
            }
        }
    }

    /// Other clusters are withdrawn than `before`: who fell by that, or answers again.
    pub(in crate::core::state) fn withdraw(
        &mut self,
        before: &ClusterSet,
        withdrawn: &ClusterSet,
    ) -> Vec<Turned> {
        let mut looks = Vec::new();
        for entry in self.services.iter() {
            let (was, is) = (entry.health(before), entry.health(withdrawn));
            if was != is {
                looks.push((entry.key.clone(), was, entry.tally(withdrawn).standings()));
            }
        }
        let mut turned = Vec::new();
        for (key, was, standings) in looks {
            let turns = self.follow_fall(&key, was, standings);
            if turns != [None; 2] {
                turned.push(Turned { key, turns });
            }
        }
        self.recount_health(withdrawn);
        turned
    }
}

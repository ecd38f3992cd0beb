//! In which state a cluster is: the one that says most of what answers of it rest on, and since when that is so.
//!
//! In: a cluster. Out: a [`ClusterState`]. Does not know what follows from it.

use std::time::Duration;

use crate::core::event::Contact;
use crate::core::time::Moment;

use super::super::cluster_state::{ClusterState, StateChange, StateSince};
use super::super::silence_change::Silence;
use super::cluster::{Cluster, ContactSince, SyncState};

impl Cluster {
    /// How it is.
    pub fn state(&self) -> ClusterState {
        match (self.sync, self.silence) {
            _ if self.foreign.is_some() => ClusterState::Foreign,
            (_, Silence::Withdrawn) => ClusterState::Withdrawn,
            (SyncState::Awaited, _) => ClusterState::Awaited,
            (_, Silence::Silent) => ClusterState::Silent,
            _ if self.lost_since().is_some() => ClusterState::Lost,
            _ if !self.held_withdrawals.is_empty() => ClusterState::Held,
            (SyncState::Restored, _) => ClusterState::Restored,
            (SyncState::Partial, _) => ClusterState::Partial,
            (SyncState::Synced, _) => ClusterState::Synced,
        }
    }

    /// Since when it is so.
    pub fn state_since(&self) -> Moment {
        let noted = || self.known_state.map(|it| it.since).unwrap_or_default();
        match self.state() {
            ClusterState::Foreign
            | ClusterState::Withdrawn
            | ClusterState::Silent
            | ClusterState::Lost
            | ClusterState::Held
            | ClusterState::Restored => self.unheard_since().unwrap_or_else(noted),
            ClusterState::Awaited | ClusterState::Partial | ClusterState::Synced => noted(),
        }
    }

    /// Why nothing is heard of it, where its watches say so.
    pub fn lost_because(&self) -> Option<&str> {
        match &self.contact {
            Some(ContactSince { contact: Contact::Lost(why), .. }) => Some(why),
            _ => None,
        }
    }

    fn lost_since(&self) -> Option<Moment> {
        let broken = self.broken.as_ref().and_then(|broken| broken.unheard);
        let lost = self.contact.as_ref().filter(|it| it.contact != Contact::Reached);
        lost.map(|it| it.since).or(broken)
    }

    /// Notes since when it is as it is, and says where that is news.
    pub(super) fn note_state(&mut self, now: Moment) -> Option<StateChange> {
        let state = self.state();
        let known = self.known_state;
        if known.is_some_and(|known| known.state == state) {
            return None;
        }
        self.known_state = Some(StateSince { state, since: now });
        let (cluster, before) = (self.name.clone(), known.map(|known| known.state));
        let lasted = known.map_or(Duration::ZERO, |known| now.0.saturating_sub(known.since.0));
        Some(StateChange { cluster, before, state, lasted })
    }
}

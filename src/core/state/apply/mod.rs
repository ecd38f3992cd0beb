//! Conductors: what one event does in several rooms of ground state, one after the other.
//!
//! In: events, entries, resolutions, what was kept. Out: [`super::Changes`]. Conductors alone have all
//! of [`super::State`], call its rooms and carry what one of them tells to the next; what a room holds
//! they can not touch. Does not know how rooms keep what they hold.

mod complaints;
mod shards;
mod outages;
mod objects;
mod moved_slices;
mod listing;
mod hostnames;
mod places;
mod silence;
mod entries;
mod overrides;
mod save;
mod restore;
mod resume;

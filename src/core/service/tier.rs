//! Tiers: which shards answer before which others.
//!
//! In: nothing. Out: tiers in their order, and why a shard that could answer waits behind others.
//! Does not know who is in which.

use std::fmt;

/// Where a shard stands among those of its service. At the global name the first tier answers that anybody is
/// in; zones and regions are answered by active shards alone.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Tier {
    /// It answers.
    Active,
    /// It answers where no active shard is left in the world.
    Standby,
    /// It answers where neither an active nor a standby shard is left.
    Reserve,
    /// It never answers.
    Out,
}

impl Tier {
    /// All of them, in their order.
    pub const ALL: [Self; 4] = [Self::Active, Self::Standby, Self::Reserve, Self::Out];

    /// Its word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Standby => "standby",
            Self::Reserve => "reserve",
            Self::Out => "out",
        }
    }
}

impl fmt::Display for Tier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Why a shard that could answer waits until no other does.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum Spare {
    /// Annotation `fedns.dev/weight: "0"`.
    WeightZero,
    /// No endpoint is ready, but one serves on while it is ended.
    Terminating,
    /// It is pinned to another cluster.
    PinnedAway,
    /// It is drained.
    Drained,
}

impl Spare {
    /// The tier in which it waits.
    pub fn tier(self) -> Tier {
        match self {
            Self::WeightZero | Self::Terminating => Tier::Standby,
            Self::PinnedAway | Self::Drained => Tier::Reserve,
        }
    }
}

impl fmt::Display for Spare {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::WeightZero => "standby by annotation fedns.dev/weight",
            Self::PinnedAway => "reserve: pinned to another cluster",
            Self::Drained => "reserve: drained",
            Self::Terminating => "standby: its last endpoints are terminating",
        })
    }
}

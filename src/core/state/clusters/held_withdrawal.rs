//! Held withdrawals: what is absent from a cluster's list and not believed yet.
//!
//! In: what a list did not have. Out: the same, kept until a second list comes.
//! Does not know how much absence is too much.

use std::collections::{BTreeMap, BTreeSet};

use crate::core::service::SourceId;
use crate::core::time::Moment;

/// The held withdrawals of a cluster, by source.
pub(super) type HeldWithdrawals = BTreeMap<SourceId, HeldWithdrawal>;

/// What is absent from one list and held until a second one says so too.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(super) struct HeldWithdrawal {
    /// When the first such list came.
    pub(super) since: Moment,
    /// The keys of services that would lose something.
    pub(super) services: BTreeSet<Box<[u8]>>,
    /// The names of nodes.
    pub(super) nodes: BTreeSet<Box<str>>,
    /// Of how many services or nodes that is.
    pub(super) of: usize,
}

impl HeldWithdrawal {
    /// How many services and nodes are held.
    pub(super) fn absent(&self) -> usize {
        self.services.len() + self.nodes.len()
    }
}

//! Parts: what the credentials, the probe and the feeds of one cluster share.
//!
//! Out: [`Parts`], owned by the one task that watches the cluster. Does not know who does what.

use super::credentials::Credentials;
use super::identity::Identity;
use super::pace::Pace;
use super::session::Sessions;
use super::voice::Voice;
use crate::clusters::vitals::Vital;
use crate::core::name::Label;

/// What an entry says of a cluster that is watched.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Entry {
    /// How to reach its API server.
    pub credentials: Credentials,
    /// The namespaces that count, where they are given by name and not by pattern: they are read
    /// one by one where all at once is forbidden.
    pub namespaces: Vec<Label>,
    /// Whether region and zones are given, so that nodes need not be read.
    pub has_places: bool,
}

/// What the parts of a watch share.
pub(super) struct Parts {
    pub(super) entry: Entry,
    pub(super) pace: Pace,
    pub(super) sessions: Sessions,
    pub(super) identity: Identity,
    pub(super) voice: Voice,
}

impl Parts {
    /// The numbers of the cluster.
    pub(super) fn vital(&self) -> &Vital {
        &self.voice.vital
    }
}

//! The watch of a cluster: what the credentials, the probe and the reflectors of one cluster share.
//!
//! Out: [`ClusterWatch`], owned by the one task that watches the cluster. Does not know who does what.

use super::credentials::Credentials;
use super::event_sink::EventSink;
use super::identity::Identity;
use super::session::Sessions;
use super::timing::Timing;
use crate::clusters::vitals::Vital;
use crate::core::name::Label;

/// What an entry says of a cluster that is watched.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ApiServer {
    /// How to reach its API server.
    pub credentials: Credentials,
    /// The namespaces that count, where they are given by name and not by pattern: they are read
    /// one by one where all at once is forbidden.
    pub namespaces: Vec<Label>,
    /// Whether region and zones are given, so that nodes need not be read.
    pub has_places: bool,
}

/// What the parts of a watch share.
pub(super) struct ClusterWatch {
    pub(super) entry: ApiServer,
    pub(super) timing: Timing,
    pub(super) sessions: Sessions,
    pub(super) identity: Identity,
    pub(super) sink: EventSink,
}

impl ClusterWatch {
    /// The numbers of the cluster.
    pub(super) fn vital(&self) -> &Vital {
        &self.sink.vital
    }
}

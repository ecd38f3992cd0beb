//! The watch of a cluster: what credentials, server health and reflectors of one cluster share.
//!
//! Out: [`ClusterWatch`], owned by the one task that watches the cluster. Does not know who does what.

use std::time::Duration;

use super::event_sink::EventSink;
use super::identity::{Identity, Watcher};
use super::sight::Sight;
use crate::clusters::api::credentials::Credentials;
use crate::clusters::api::patience::Patience;
use crate::clusters::api::session::Sessions;
use crate::clusters::api::timing::Timing;
use crate::clusters::list_watch::list_turns::ClusterTurns;
use crate::clusters::watch_control::WatchControl;
use crate::core::event::Scope;
use crate::core::name::Label;
use crate::core::state::{ResumePoint, ResumePoints};

/// How many answers of its server longer a cluster may be out of sight: of a server that needs ten seconds
/// for each, no watch is begun anew within two.
const ANSWERS: u32 = 4;

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
    /// Whether the entry says in which one place all who ask from the cluster are, and what their
    /// networks are, so that nothing that nodes say is needed but their labels.
    pub has_askers: bool,
}

/// What the parts of a watch share.
pub(super) struct ClusterWatch {
    pub(super) server: ApiServer,
    pub(super) timing: Timing,
    pub(super) patience: Patience,
    pub(super) sessions: Sessions,
    pub(super) identity: Identity,
    pub(super) events: EventSink,
    pub(super) sight: Sight,
    pub(super) control: WatchControl,
    pub(super) turns: ClusterTurns,
    /// From where watches go on that an earlier run began.
    pub(super) resumes: Option<ResumePoints>,
}

impl ClusterWatch {
    /// From where the watch of these objects goes on.
    pub(super) fn resume_point(&self, scope: &Scope) -> Option<&ResumePoint> {
        self.resumes.as_ref()?.points.iter().find(|point| point.scope == *scope)
    }

    /// Who looks which cluster answers.
    pub(super) fn watcher(&self) -> Watcher<'_> {
        Watcher { events: &self.events, control: &self.control, patience: &self.patience }
    }

    /// How long nothing has to show the cluster until it counts as lost.
    pub(super) fn blind(&self) -> Duration {
        self.timing.blind + self.patience.answer() * ANSWERS
    }
}

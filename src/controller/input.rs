//! Inputs: what clusters and resolvers say, what the keeper tells, another configuration, or one that
//! could not be read.
//!
//! In: inputs, in the order in which they were sent. Out: ground state that follows them, not yet
//! published. Does not know when that happens, nor files.

use crate::core::event::{ClusterEvent, Facts, Object, ObjectKey};
use crate::core::history::{EventKind, News};
use crate::core::hostname::Resolution;
use crate::core::name::Label;
use crate::core::state::Changes;
use crate::core::verdict::{Notice, reload_failed};
use crate::state_dir::KeeperReport;

use super::reload::PlanChange;
use super::{Controller, OverridesRead, Readiness};

/// What the controller is told, in the order in which it is told. Nobody waits for an answer.
#[derive(Debug)]
pub enum Input {
    /// A cluster said something.
    Said(Label, ClusterEvent),
    /// A load-balancer hostname was asked for.
    Resolved(Box<str>, Resolution),
    /// The keeper of the state folder tells of itself.
    Kept(KeeperReport),
    /// Clusters came or went, or have other entries, and the configuration is as before.
    ClustersChanged(Box<PlanChange>),
    /// What operators say was read.
    Overrides(OverridesRead),
    /// The configuration was read again, and has no fault.
    Reloaded(Box<PlanChange>),
    /// The configuration has changed and can not be used: why. The old one keeps running.
    ReloadFailed(String),
    /// The process is to end: it is not ready any more.
    Leaving,
}

impl Input {
    /// Whether it is about one shard at most, so that following it takes microseconds.
    pub(super) fn is_small(&self) -> bool {
        let Self::Said(_, event) = self else { return false };
        match event {
            ClusterEvent::Applied(_, Object { facts, .. })
            | ClusterEvent::Modified(_, Object { facts, .. }) => !matches!(facts, Facts::Node(..)),
            ClusterEvent::Removed(key) => {
                matches!(key, ObjectKey::Service(_) | ObjectKey::Slice(..))
            }
            ClusterEvent::Flawed(..)
            | ClusterEvent::ListMoves
            | ClusterEvent::Triggered(_)
            | ClusterEvent::Versioned(..)
            | ClusterEvent::Well => true,
            ClusterEvent::Broken(_)
            | ClusterEvent::Contact(_)
            | ClusterEvent::Identified(_)
            | ClusterEvent::Listed(_)
            | ClusterEvent::Resumed(..)
            | ClusterEvent::Synced { .. } => false,
        }
    }
}

impl From<KeeperReport> for Input {
    fn from(report: KeeperReport) -> Self {
        Self::Kept(report)
    }
}

impl From<(Label, ClusterEvent)> for Input {
    fn from((cluster, event): (Label, ClusterEvent)) -> Self {
        Self::Said(cluster, event)
    }
}

impl From<(Box<str>, Resolution)> for Input {
    fn from((hostname, resolution): (Box<str>, Resolution)) -> Self {
        Self::Resolved(hostname, resolution)
    }
}

impl Controller {
    /// Applies one input without publishing what it changed.
    pub(super) fn follow(&mut self, input: Input) -> Changes {
        let mut changes = self.follow_one(input);
        // Not held until something is published: the answers are wanted by then.
        self.request_resolving(std::mem::take(&mut changes.resolve_requests));
        changes
    }

    fn follow_one(&mut self, input: Input) -> Changes {
        match input {
            Input::Said(cluster, event) => self.apply(&cluster, event),
            Input::Resolved(hostname, resolution) => {
                self.counts.count_resolution(&resolution.finding);
                self.state.resolve(self.clock.reading(), &hostname, resolution)
            }
            Input::Kept(report) => self.kept(report),
            Input::ClustersChanged(change) => self.change_plan(*change),
            Input::Overrides(read) => self.take_overrides(read),
            Input::Reloaded(change) => {
                self.reload_fault = None;
                self.counts.reloads.tried += 1;
                self.counts.reloads.succeeded_at = Some(self.clock.unix_seconds());
                let news = "the configuration was read again, and is in effect";
                self.note(News::info(EventKind::Configuration, news));
                self.change_plan(*change)
            }
            Input::ReloadFailed(fault) => {
                let since = self.reload_fault.take().map_or(self.clock.now(), |it| it.since);
                self.note(News::warning(EventKind::Configuration, reload_failed(&fault)));
                self.reload_fault = Some(Notice { text: fault.into(), since });
                self.counts.reloads.tried += 1;
                self.counts.reloads.failed += 1;
                Changes::default()
            }
            Input::Leaving => {
                self.is_leaving = true;
                self.note(News::info(EventKind::Process, "fedns was told to stop"));
                self.readiness.send_replace(Readiness::NotReady("told to stop".to_owned()));
                Changes::default()
            }
        }
    }
}

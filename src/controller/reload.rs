//! Orders: what clusters and resolvers say, another configuration, or one that could not be read.
//!
//! In: a new plan. Out: ground state that follows it, published once. What the plan does not
//! change is not touched. Does not know files.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::config::ClusterEntry;
use crate::core::event::ClusterEvent;
use crate::core::hostname::Resolution;
use crate::core::name::Label;
use crate::core::state::{Changes, Teller};
use crate::state_dir::Report;

use super::{Controller, Plan};

/// What the controller is told, in the order in which it is told.
#[derive(Debug)]
pub enum Order {
    /// A cluster said something.
    Said(Label, ClusterEvent),
    /// A load-balancer hostname was asked for.
    Resolved(Box<str>, Resolution),
    /// The keeper of the state folder tells of itself.
    Kept(Report),
    /// Clusters came or went, or have other entries, and the configuration is as before.
    Register(Box<Reload>),
    /// The configuration has changed.
    Reload(Box<Reload>),
    /// The configuration has changed and can not be used: why. The old one keeps running.
    ReloadFailed(String),
}

impl From<Report> for Order {
    fn from(report: Report) -> Self {
        Self::Kept(report)
    }
}

impl From<(Label, ClusterEvent)> for Order {
    fn from((cluster, event): (Label, ClusterEvent)) -> Self {
        Self::Said(cluster, event)
    }
}

impl From<(Box<str>, Resolution)> for Order {
    fn from((hostname, resolution): (Box<str>, Resolution)) -> Self {
        Self::Resolved(hostname, resolution)
    }
}

/// Another set of clusters, or another configuration.
#[derive(Debug)]
pub struct Reload {
    /// What is wanted now.
    pub plan: Plan,
    /// Clusters that stay and are read from somewhere else from now on.
    pub moved: Vec<Label>,
}

impl Controller {
    /// Applies one order without publishing what it changed.
    pub(super) fn follow(&mut self, order: Order) -> Changes {
        let mut changes = self.follow_one(order);
        // Not held until something is published: the answers are wanted by then.
        self.request_resolving(std::mem::take(&mut changes.resolve_requests));
        changes
    }

    fn follow_one(&mut self, order: Order) -> Changes {
        match order {
            Order::Said(cluster, event) => self.apply(&cluster, event),
            Order::Resolved(hostname, resolution) => {
                self.counts.count_resolution(&resolution.finding);
                self.state.resolve(self.clock.reading(), &hostname, resolution)
            }
            Order::Kept(report) => self.kept(report),
            Order::Register(reload) => self.change_plan(*reload),
            Order::Reload(reload) => {
                self.reload_fault = None;
                self.counts.reloads.tried += 1;
                self.counts.reloads.succeeded_at = Some(self.clock.unix_seconds());
                self.change_plan(*reload)
            }
            Order::ReloadFailed(fault) => {
                self.reload_fault = Some(fault);
                self.counts.reloads.tried += 1;
                self.counts.reloads.failed += 1;
                Changes::default()
            }
        }
    }

    fn change_plan(&mut self, Reload { plan, moved }: Reload) -> Changes {
        let mut changes = Changes::default();
        let wanted: BTreeSet<&Label> = plan.clusters.iter().map(|it| &it.name).collect();
        let known = self.state.clusters().map(|it| (it.name.clone(), it.policy.clone()));
        let known: Vec<_> = known.collect();
        for (name, _) in known.iter().filter(|(name, _)| !wanted.contains(name)) {
            tracing::info!("{name} is no longer registered");
            changes.merge(self.state.deregister(name));
        }
        moved.iter().for_each(|name| self.state.move_cluster(name));
        self.sources.clear();
        for ClusterEntry { name, policy, source } in plan.clusters {
            self.sources.insert(name.clone(), source);
            match known.iter().find(|(it, _)| *it == name) {
                None => {
                    tracing::info!("{name} is registered");
                    changes.merge(self.state.register(name, policy));
                }
                Some((_, former)) if *former != policy => {
                    tracing::info!("{name} has another entry");
                    changes.merge(self.state.change_cluster(&name, policy));
                }
                Some(_) => {}
            }
        }
        if **self.state.policy() != plan.policy {
            changes.merge(self.state.change_policy(Arc::new(plan.policy)));
        }
        // Last, when those that were expected are there.
        changes.merge(self.state.expect_clusters(plan.expects_clusters));
        self.warnings = plan.warnings;
        changes.merge(self.state.complain(Teller::Configuration, plan.complaints));
        self.registrations = plan.registrations;
        changes
    }
}

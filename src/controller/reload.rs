//! Another plan: clusters came or went, or the configuration has changed.
//!
//! In: a new plan. Out: ground state that follows it, published once. What the plan does not
//! change is not touched. Does not know files.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::config::ClusterEntry;
use crate::core::history::{EventKind, News};
use crate::core::name::Label;
use crate::core::state::{Changes, Teller};

use super::{Controller, Plan};

/// Another set of clusters, or another configuration.
#[derive(Debug)]
pub struct PlanChange {
    /// What is wanted now.
    pub plan: Plan,
    /// Clusters that stay and are read from somewhere else from now on.
    pub moved: Vec<Label>,
}

impl Controller {
    /// Follows another plan without publishing what it changed.
    pub(super) fn change_plan(&mut self, PlanChange { plan, moved }: PlanChange) -> Changes {
        let mut changes = Changes::default();
        let wanted: BTreeSet<&Label> = plan.clusters.iter().map(|it| &it.name).collect();
        let known = self.state.clusters().map(|it| (it.name.clone(), it.policy.clone()));
        let known: Vec<_> = known.collect();
        for (name, _) in known.iter().filter(|(name, _)| !wanted.contains(name)) {
            self.tell_entry(name, "is no longer registered");
            changes.merge(self.state.deregister(name));
        }
        moved.iter().for_each(|name| self.state.move_cluster(name));
        self.sources.clear();
        for ClusterEntry { name, policy, source } in plan.clusters {
            self.sources.insert(name.clone(), source);
            match known.iter().find(|(it, _)| *it == name) {
                None => {
                    self.tell_entry(&name, "is registered");
                    changes.merge(self.state.register(name, policy));
                }
                Some((_, former)) if *former != policy => {
                    self.tell_entry(&name, "has another entry");
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
        changes
    }

    /// Tells what became of a cluster's entry.
    fn tell_entry(&mut self, name: &Label, what: &str) {
        tracing::info!("{name} {what}");
        self.note(News::info(EventKind::Cluster, format!("{name} {what}")).of_cluster(name));
    }
}

//! Questions to the controller: what only the owner of ground state can answer.
//!
//! In: a [`Question`]. Out: a document, as JSON, whose shape is one of [`crate::documents`]. Nothing is
//! changed.
//! Does not know HTTP or who asks.

use std::net::IpAddr;

use serde::Serialize;
use serde_json::Value;

use crate::core::name::Label;
use crate::core::state::ClusterState;
use crate::documents::DocumentInput;
use crate::documents::address::address;
use crate::documents::clusters::{ClustersWanted, clusters};
use crate::documents::complaints;
use crate::documents::events::{EventFilter, events};
use crate::documents::explain::explain;
use crate::documents::overrides::overrides;
use crate::documents::overview::overview;
use crate::documents::removal_impact::removal_impact;
use crate::documents::services::{ServiceFilter, ServicesForm, services};
use crate::documents::status::{ConfigurationNote, status};
use crate::documents::verdict::standing;
use crate::local_query::LocalQuery;

use super::Controller;

/// What can be asked.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Question {
    /// How things stand in one word, and why.
    Verdict,
    /// How things stand.
    Status,
    /// What the status page shows first.
    Overview,
    /// Why an answer is what it is.
    Explain(LocalQuery),
    /// Whose an address is.
    Address(IpAddr),
    /// A page of services, and how much is told of each.
    Services(ServiceFilter, ServicesForm),
    /// The clusters, one row each: those in one state, or all.
    Clusters(Option<ClusterState>),
    /// The row of one cluster, if there is one of that name.
    Cluster(String),
    /// The complaints of a kind that come after the first so many.
    Complaints(String, usize),
    /// What is drained and pinned.
    Overrides,
    /// What changed.
    Events(EventFilter),
    /// A page of what would go with a cluster, after the last service of the page before.
    RemovalImpact(Label, Option<String>),
}

/// A document, or what is wrong with the question or the command.
pub type Document = Result<Value, String>;

impl Controller {
    /// Answers a question.
    ///
    /// # Errors
    /// Says what is wrong with the question.
    pub fn answer(&self, question: &Question) -> Document {
        let snapshot = self.published.load();
        let (state, stats, now) = (&self.state, &self.stats, self.clock.now());
        let input = DocumentInput { state, snapshot: &snapshot, stats, now };
        match question {
            Question::Verdict => document(standing(&input, self.reload_fault.as_ref())),
            Question::Status => document(status(&input, &self.configuration())),
            Question::Overview => document(overview(&input, &self.configuration())),
            Question::Explain(query) => match explain(state, &snapshot, now, query) {
                Ok(explanation) => document(explanation),
                Err(bad) => Err(bad.to_string()),
            },
            Question::Address(wanted) => document(address(&input, *wanted)),
            Question::Services(filter, form) => match services(&input, filter, *form) {
                Ok(services) => document(services),
                Err(bad) => Err(bad.to_string()),
            },
            Question::Clusters(wanted) => {
                let wanted = wanted.map_or(ClustersWanted::All, ClustersWanted::In);
                document(clusters(state, now, stats, &wanted))
            }
            Question::Cluster(name) => {
                document(clusters(state, now, stats, &ClustersWanted::Named(name.clone())))
            }
            Question::Complaints(kind, skip) => document(complaints::of_kind(&input, kind, *skip)),
            Question::Overrides => document(overrides(state)),
            Question::Events(filter) => {
                match events(self.history(), state, self.clock.reading(), filter) {
                    Ok(events) => document(events),
                    Err(bad) => Err(bad.to_string()),
                }
            }
            Question::RemovalImpact(cluster, after) => {
                match removal_impact(&input, cluster, after.as_deref()) {
                    Ok(page) => document(page),
                    Err(bad) => Err(bad.to_string()),
                }
            }
        }
    }

    fn configuration(&self) -> ConfigurationNote<'_> {
        let reload_fault = self.reload_fault.as_ref();
        ConfigurationNote { warnings: &self.warnings, reload_fault }
    }
}

/// A value as a document.
pub(super) fn document(value: impl Serialize) -> Document {
    Ok(serde_json::to_value(value).expect("documents hold nothing that JSON can not say"))
}

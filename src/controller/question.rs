//! Questions to the controller: what only the owner of ground state can answer.
//!
//! In: a [`Question`]. Out: a document, as JSON, whose shape is that of `status`, `services`,
//! [`crate::documents::explain`] or [`crate::documents::overview`]. Nothing is changed.
//! Does not know HTTP or who asks.

use serde::Serialize;
use serde_json::Value;

use crate::core::name::Label;
use crate::core::state::SyncState;
use crate::documents::explain::explain;
use crate::documents::overview::{self, ServicesWanted};
use crate::documents::removal_impact;
use crate::local_query::LocalQuery;

use super::Controller;
use super::services::Filter;

/// What can be asked.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Question {
    /// How things stand.
    Status,
    /// Why an answer is what it is.
    Explain(LocalQuery),
    /// A page of services, one row each.
    Services(ServicesWanted),
    /// The clusters, one row each: those in one state, or all.
    Clusters(Option<SyncState>),
    /// A page of what would go with a cluster, after the last service of the page before.
    RemovalImpact(Label, Option<String>),
    /// A page of services with their levels.
    ServicePage(Filter),
}

/// A document, or what is wrong with the question or the command.
pub type Document = Result<Value, String>;

impl Controller {
    /// Answers a question.
    ///
    /// # Errors
    /// Says what is wrong with the question.
    pub fn answer(&self, question: &Question) -> Document {
        match question {
            Question::Status => document(self.status()),
            Question::Explain(query) => {
                let snapshot = self.published.load();
                document(explain(&self.state, &snapshot, self.clock.now(), query))
            }
            Question::Services(wanted) => match overview::services(&self.state, wanted) {
                Ok(services) => document(services),
                Err(bad) => Err(bad.to_string()),
            },
            Question::Clusters(wanted) => {
                let now = self.clock.now();
                document(overview::clusters(&self.state, now, &self.vitals, *wanted))
            }
            Question::RemovalImpact(cluster, after) => {
                match removal_impact::removal_impact(&self.state, cluster, after.clone()) {
                    Ok(page) => document(page),
                    Err(bad) => Err(bad.to_string()),
                }
            }
            Question::ServicePage(filter) => document(self.service_page(filter)),
        }
    }
}

/// A value as a document.
pub(super) fn document(value: impl Serialize) -> Document {
    Ok(serde_json::to_value(value).expect("documents hold nothing that JSON can not say"))
}

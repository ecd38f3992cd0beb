//! Questions to the controller: what only the owner of ground state can answer.
//!
//! In: [`Question`]s over one channel. Out: documents, as JSON, whose shapes are those of
//! [`crate::documents`].
//! Does not know HTTP or who asks.

use serde::Serialize;
use serde_json::Value;
use tokio::sync::oneshot;

use crate::core::name::Label;
use crate::core::state::SyncState;
use crate::documents::DocumentInput;
use crate::documents::clusters::clusters;
use crate::documents::explain::explain;
use crate::documents::removal_impact::removal_impact;
use crate::documents::services::{ServiceFilter, ServicesForm, services};
use crate::documents::status::{ConfigurationNote, status};
use crate::local_query::LocalQuery;

use super::Controller;

/// What can be asked.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Question {
    /// That a cluster is another one now shall be accepted, and who says so. Only a running server
    /// can.
    Accept(Label, Box<str>),
    /// How things stand.
    Status,
    /// Why an answer is what it is.
    Explain(LocalQuery),
    /// A page of services, and how much is told of each.
    Services(ServiceFilter, ServicesForm),
    /// The clusters, one row each: those in one state, or all.
    Clusters(Option<SyncState>),
    /// A page of what would go with a cluster, after the last service of the page before.
    RemovalImpact(Label, Option<String>),
}

/// A document, or what is wrong with the question.
pub type Document = Result<Value, String>;

/// A question, and where the controller answers it.
#[derive(Debug)]
pub struct Ask {
    /// The question.
    pub question: Question,
    /// Where the answer goes.
    pub reply: oneshot::Sender<Document>,
}

impl Controller {
    /// Answers a question.
    ///
    /// # Errors
    /// Says what is wrong with the question.
    pub fn answer(&self, question: &Question) -> Document {
        let snapshot = self.published.load();
        let (state, stats, now) = (&self.state, &self.vitals, self.clock.now());
        let input = DocumentInput { state, snapshot: &snapshot, stats, now };
        match question {
            Question::Accept(..) => Err("only a running server can accept a cluster".to_owned()),
            Question::Status => {
                let reload_fault = self.reload_fault.as_deref();
                let configuration = ConfigurationNote { warnings: &self.warnings, reload_fault };
                document(status(&input, &configuration))
            }
            Question::Explain(query) => document(explain(state, &snapshot, now, query)),
            Question::Services(filter, form) => match services(&input, filter, *form) {
                Ok(services) => document(services),
                Err(bad) => Err(bad.to_string()),
            },
            Question::Clusters(wanted) => document(clusters(state, now, stats, *wanted)),
            Question::RemovalImpact(cluster, after) => {
                match removal_impact(&input, cluster, after.as_deref()) {
                    Ok(page) => document(page),
                    Err(bad) => Err(bad.to_string()),
                }
            }
        }
    }

    /// Answers whoever asks.
    pub(super) fn answer_ask(&mut self, ask: Ask) {
        // Whoever asked may have gone: then nobody misses the answer.
        if ask.reply.is_closed() {
            return;
        }
        let answer = match &ask.question {
            Question::Accept(name, operator) => self.accept(name, operator),
            question => self.answer(question),
        };
        _ = ask.reply.send(answer);
    }

    fn accept(&mut self, name: &Label, operator: &str) -> Document {
        let (was_foreign, changes) = self.state.accept(name);
        if !was_foreign {
            return Err(match self.state.find_cluster(name) {
                Some(_) => format!("{name} is the cluster that it was: there is nothing to accept"),
                None => format!("no cluster is called {name}"),
            });
        }
        tracing::info!("{name} is another cluster now, as {operator} accepts");
        self.held.merge(changes);
        self.publish_held();
        document(serde_json::json!({ "accepted": name.to_string() }))
    }
}

fn document(value: impl Serialize) -> Document {
    Ok(serde_json::to_value(value).expect("documents hold nothing that JSON can not say"))
}

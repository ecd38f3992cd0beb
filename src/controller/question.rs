//! Questions to the controller: what only the owner of ground state can answer.
//!
//! In: [`Question`]s over one channel. Out: documents, as JSON, whose shapes are those of
//! `status`, `services`, [`crate::explain`] and [`crate::overview`].
//! Does not know HTTP or who asks.

use serde::Serialize;
use serde_json::Value;
use tokio::sync::oneshot;

use crate::core::state::SyncState;
use crate::explain::explain;
use crate::inquiry::Inquiry;
use crate::overview::{self, ServicesWanted};

use super::Controller;
use super::services::Filter;

/// What can be asked.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Question {
    /// How things stand.
    Status,
    /// Why an answer is what it is.
    Explain(Inquiry),
    /// A page of services, one row each.
    Services(ServicesWanted),
    /// The clusters, one row each: those in one state, or all.
    Clusters(Option<SyncState>),
    /// A page of services with their levels.
    ServicePage(Filter),
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
        match question {
            Question::Status => document(self.status()),
            Question::Explain(inquiry) => {
                let snapshot = self.published.load();
                document(explain(&self.state, &snapshot, self.clock.now(), inquiry))
            }
            Question::Services(wanted) => match overview::services(&self.state, wanted) {
                Ok(services) => document(services),
                Err(bad) => Err(bad.to_string()),
            },
            Question::Clusters(wanted) => {
                let now = self.clock.now();
                document(overview::clusters(&self.state, now, &self.vitals, *wanted))
            }
            Question::ServicePage(filter) => document(self.service_page(filter)),
        }
    }

    /// Answers whoever asks.
    pub(super) fn answer_ask(&self, ask: Ask) {
        // Whoever asked may have gone: then nobody misses the answer.
        if ask.reply.is_closed() {
            return;
        }
        _ = ask.reply.send(self.answer(&ask.question));
    }
}

fn document(value: impl Serialize) -> Document {
    Ok(serde_json::to_value(value).expect("documents hold nothing that JSON can not say"))
}

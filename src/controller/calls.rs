//! Calls: questions and commands on their way to the controller, and the answers on theirs back.
//!
//! In: a [`Question`] or a [`Command`] of somebody who waits. Out: a document. The two have a queue
//! each, beside that of inputs, so that neither waits for a storm of the others.
//! Does not know what is asked, or who asks.

use std::sync::Arc;

use tokio::sync::{broadcast, mpsc, oneshot};

use crate::core::history::Event;

use super::command::Command;
use super::events::FEED;
use super::question::{Document, Question};

/// How many calls of a sort may wait, and have their turn together.
const WAITING: usize = 4;

/// A question or a command, and where the controller answers it.
#[derive(Debug)]
pub struct Call<T> {
    /// What is asked or told.
    pub request: T,
    /// Where the answer goes.
    pub reply: oneshot::Sender<Document>,
}

impl<T> Call<T> {
    /// Answers, unless whoever called has gone: then nobody misses the answer, and a command is
    /// not followed of which nobody would hear.
    pub(super) fn answer(self, answer: impl FnOnce(&T) -> Document) {
        if !self.reply.is_closed() {
            let document = answer(&self.request);
            _ = self.reply.send(document);
        }
    }
}

/// The calls that wait for a controller.
#[derive(Debug)]
pub struct Calls {
    /// Those that change nothing.
    pub questions: mpsc::Receiver<Call<Question>>,
    /// Those that change something.
    pub commands: mpsc::Receiver<Call<Command>>,
    /// Where it is told what changed, as that happens.
    pub events: broadcast::Sender<Arc<Event>>,
}

/// Where a controller is called.
#[derive(Clone, Debug)]
pub struct ControllerClient {
    questions: mpsc::Sender<Call<Question>>,
    commands: mpsc::Sender<Call<Command>>,
    events: broadcast::Sender<Arc<Event>>,
}

/// Where a controller is to be called, and what it is to answer.
pub fn calls() -> (ControllerClient, Calls) {
    let (questions, questions_in) = mpsc::channel(WAITING);
    let (commands, commands_in) = mpsc::channel(WAITING);
    let events = broadcast::Sender::new(FEED);
    let calls = Calls { questions: questions_in, commands: commands_in, events: events.clone() };
    (ControllerClient { questions, commands, events }, calls)
}

impl ControllerClient {
    /// Asks; `None` when the controller is gone.
    pub async fn ask(&self, question: Question) -> Option<Document> {
        call(&self.questions, question).await
    }

    /// What changes from now on. Who reads too slowly misses some of it, and is told so.
    pub fn follow(&self) -> broadcast::Receiver<Arc<Event>> {
        self.events.subscribe()
    }

    /// Commands; `None` when the controller is gone.
    pub async fn command(&self, command: Command) -> Option<Document> {
        call(&self.commands, command).await
    }
}

async fn call<T>(queue: &mpsc::Sender<Call<T>>, request: T) -> Option<Document> {
    let (reply, document) = oneshot::channel();
    queue.send(Call { request, reply }).await.ok()?;
    document.await.ok()
}

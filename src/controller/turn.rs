//! Turns: what waits for the controller, and how nobody waits long.
//!
//! In: inputs, calls, requests of the keeper, the passing of time, until it is told to stop. Out: their
//! turns. In each turn inputs are followed first, all together, and published once; then come a slice
//! for the keeper, commands, and questions. Each of it is bounded, so that a storm of one sort delays
//! the others by one turn. Does not know what any of it means.

use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;

use crate::core::event::ClusterEvent;
use crate::core::state::Changes;
use crate::core::time::Moment;
use crate::state_dir::KeeperRequest;

use super::calls::{Call, Calls};
use super::command::Command;
use super::input::Input;
use super::persistence::Persistence;
use super::question::Question;
use super::{Controller, FiguresTold, SERIAL_STEP};

/// What has its turn together.
#[derive(Default)]
struct Turn {
    input: Option<Input>,
    of_keeper: Option<KeeperRequest>,
    commands: Vec<Call<Command>>,
    questions: Vec<Call<Question>>,
}

impl Turn {
    /// Adds what waits already, up to what the queues hold: of the keeper one request, which takes
    /// less than the inputs of a turn do.
    fn gather(&mut self, calls: &mut Calls, keeping: &mut Persistence) {
        self.of_keeper = self.of_keeper.take().or_else(|| keeping.waiting());
        fill(&mut self.commands, &mut calls.commands);
        fill(&mut self.questions, &mut calls.questions);
    }

    /// Whether somebody waits for an answer who calls.
    fn has_calls(&self) -> bool {
        !self.commands.is_empty() || !self.questions.is_empty()
    }
}

fn fill<T>(taken: &mut Vec<T>, queue: &mut mpsc::Receiver<T>) {
    while taken.len() < queue.max_capacity()
        && let Ok(next) = queue.try_recv()
    {
        taken.push(next);
    }
}

impl Controller {
    /// Follows inputs and answers calls until `stop`.
    pub async fn run(
        mut self,
        mut inputs: mpsc::Receiver<Input>,
        mut calls: Calls,
        stop: CancellationToken,
    ) {
        self.figures_told = FiguresTold::At(self.clock.now());
        self.events.feed_to(calls.events.clone());
        loop {
            let next = stop.run_until_cancelled(self.next(&mut inputs, &mut calls)).await;
            let Some(mut turn) = next else { return self.wind_up().await };
            turn.gather(&mut calls, &mut self.keeping);
            self.take(turn, &mut inputs);
        }
    }

    /// Waits until something has its turn: nothing, where it is time that has passed. Who can not
    /// call any more is waited for no more.
    async fn next(&mut self, inputs: &mut mpsc::Receiver<Input>, calls: &mut Calls) -> Turn {
        let time = self.next_change().map(|moment| self.clock.instant(moment));
        let mut turn = Turn::default();
        tokio::select! {
            biased;
            Some(input) = inputs.recv() => turn.input = Some(input),
            request = self.keeping.next() => turn.of_keeper = Some(request),
            Some(command) = calls.commands.recv() => turn.commands.push(command),
            Some(question) = calls.questions.recv() => turn.questions.push(question),
            () = async { sleep_until(time.unwrap_or_else(Instant::now)).await },
                if time.is_some() => {}
        }
        turn
    }

    /// Gives everybody in a turn what is theirs.
    fn take(&mut self, turn: Turn, inputs: &mut mpsc::Receiver<Input>) {
        // Whoever calls hears of all that had come by then, and waits for nothing that came later.
        // While nobody does: as many as the channel holds, so that a storm delays a snapshot by a
        // bounded number of inputs.
        let most = if turn.has_calls() { inputs.len() } else { inputs.max_capacity() };
        let rest = (0..most).map_while(|_| inputs.try_recv().ok());
        self.follow_all(turn.input.into_iter().chain(rest));
        self.pass_time();
        turn.of_keeper.into_iter().for_each(|request| self.answer_keeper(request));
        turn.commands.into_iter().for_each(|call| call.answer(|command| self.command(command)));
        turn.questions.into_iter().for_each(|call| call.answer(|question| self.answer(question)));
    }

    /// Follows inputs, if there are any, and publishes once.
    fn follow_all(&mut self, inputs: impl Iterator<Item = Input>) {
        let (mut changes, mut is_news) = (Changes::default(), false);
        for input in inputs {
            let is_move = matches!(input, Input::Said(_, ClusterEvent::ListMoves));
            is_news |= !is_move;
            changes.merge(self.follow(input));
        }
        // That a list moves is nothing that a snapshot would wait for.
        if !is_news && changes == Changes::default() {
            return;
        }
        let now = self.clock.now();
        let (first, _) = self.held_since.unwrap_or((now, now));
        self.held_since = Some((first, now));
        self.held.merge(changes);
        self.publish_held();
    }

    /// Publishes what has changed by time alone, where its moment has come.
    fn pass_time(&mut self) {
        let now = self.clock.now();
        if self.next_change().is_some_and(|moment| moment <= now) {
            let changes = self.state.advance(self.clock.reading());
            self.held.merge(changes);
            self.publish_held();
        }
        if self.figures_due().is_some() {
            self.tell_figures();
        }
        if self.history().due().is_some_and(|moment| moment <= now) {
            self.events.pass(self.clock.reading());
            self.tell_keeper();
        }
    }

    /// When there is something to publish though nobody says anything.
    fn next_change(&self) -> Option<Moment> {
        let published = self.published.load().as_of;
        let serial = self.publisher.owes_serial().then(|| Moment(published.0 + SERIAL_STEP));
        // What is held goes out together with a serial that is owed: until then that has to wait,
        // or its moment, long past, would wake this task again and again.
        let next = self.held_until().or(serial);
        let told = self.figures_due().into_iter().chain(self.history().due());
        self.state.next_change().into_iter().chain(next).chain(told).min()
    }
}

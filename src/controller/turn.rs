//! Turns: what waits for the controller, and how nobody waits long.
//!
//! In: inputs, calls, requests of the keeper, the passing of time, until it is told to stop. Out: their
//! turns. In each turn inputs are followed first, all together, and published once; then come a slice
//! for the keeper, commands, and questions. Each of it is bounded, so that a storm of one sort delays
//! the others by one turn. A turn that may be long lets go of its thread's other tasks first.
//! Does not know what any of it means.

use std::pin::{Pin, pin};

use tokio::runtime::{Handle, RuntimeFlavor};
use tokio::sync::mpsc;
use tokio::task::{block_in_place, yield_now};
use tokio::time::{Instant, Sleep, sleep_until};
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

/// Inputs that say little each are followed so many at once on a thread that others wait for: a millisecond.
const FEW: usize = 64;

/// What has its turn together.
#[derive(Default)]
struct Turn {
    inputs: Vec<Input>,
    of_keeper: Option<KeeperRequest>,
    commands: Vec<Call<Command>>,
    questions: Vec<Call<Question>>,
}

impl Turn {
    /// Adds what waits already, up to what the queues hold: of the keeper one request, which takes
    /// less than the inputs of a turn do.
    fn gather(
        &mut self,
        inputs: &mut mpsc::Receiver<Input>,
        calls: &mut Calls,
        keeping: &mut Persistence,
    ) {
        self.of_keeper = self.of_keeper.take().or_else(|| keeping.waiting());
        fill(&mut self.commands, &mut calls.commands);
        fill(&mut self.questions, &mut calls.questions);
        // Whoever calls hears of all that had come by then, and waits for nothing that came later.
        // While nobody does: as many as the channel holds, so that a storm delays a snapshot by a
        // bounded number of inputs.
        let most = if self.has_calls() { inputs.len() } else { inputs.max_capacity() };
        self.inputs.extend((0..most).map_while(|_| inputs.try_recv().ok()));
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

/// Does what may take long while other threads go on with what waits for this one. A runtime that has one
/// thread alone has nobody who could.
fn away_from_others(work: impl FnOnce()) {
    match Handle::current().runtime_flavor() {
        RuntimeFlavor::MultiThread => block_in_place(work),
        _ => work(),
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
        let mut alarm = pin!(sleep_until(Instant::now()));
        self.events.feed_to(calls.events.clone());
        loop {
            let next = self.next(&mut inputs, &mut calls, alarm.as_mut());
            let Some(mut turn) = stop.run_until_cancelled(next).await else {
                // What was said before the end belongs to what is kept: that there is an end, too.
                let last = (0..inputs.max_capacity()).map_while(|_| inputs.try_recv().ok());
                self.follow_all(last);
                return self.wind_up().await;
            };
            if !turn.inputs.is_empty() {
                // Watches of which something came at the same moment say it first: no time passes, but
                // that which they take to read it, and all of it is published once.
                yield_now().await;
            }
            turn.gather(&mut inputs, &mut calls, &mut self.keeping);
            match self.may_take_long(&turn) {
                true => away_from_others(|| self.take(turn)),
                false => self.take(turn),
            }
        }
    }

    /// Waits until something has its turn: nothing, where it is time that has passed. Who can not
    /// call any more is waited for no more. `alarm` rings when it is time, and is set anew only where that is
    /// another time than before.
    async fn next(
        &mut self,
        inputs: &mut mpsc::Receiver<Input>,
        calls: &mut Calls,
        mut alarm: Pin<&mut Sleep>,
    ) -> Turn {
        let time = self.next_change().map(|moment| self.clock.instant(moment));
        if let Some(time) = time.filter(|time| *time != alarm.deadline()) {
            alarm.as_mut().reset(time);
        }
        let mut turn = Turn::default();
        tokio::select! {
            biased;
            Some(input) = inputs.recv() => turn.inputs.push(input),
            request = self.keeping.next() => turn.of_keeper = Some(request),
            Some(command) = calls.commands.recv() => turn.commands.push(command),
            Some(question) = calls.questions.recv() => turn.questions.push(question),
            () = alarm, if time.is_some() => {}
        }
        turn
    }

    /// Whether a turn may keep its thread busy for longer than a few small inputs do.
    fn may_take_long(&self, turn: &Turn) -> bool {
        turn.has_calls()
            || turn.of_keeper.is_some()
            || turn.inputs.len() > FEW
            || !turn.inputs.iter().all(Input::is_small)
            // All that is held is compiled in one go.
            || !self.state.is_settled()
            || self.state.next_change().is_some_and(|moment| moment <= self.clock.now())
    }

    /// Gives everybody in a turn what is theirs.
    fn take(&mut self, turn: Turn) {
        self.follow_all(turn.inputs.into_iter());
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
        // What is held goes out together with a serial that is owed: until then that has to wait,
        // or its moment, long past, would wake this task again and again.
        let next = self.held_until().or(self.serial_due());
        let told = self.figures_due().into_iter().chain(self.history().due());
        self.state.next_change().into_iter().chain(next).chain(told).min()
    }

    /// When a serial that is owed can step, if one is.
    pub(super) fn serial_due(&self) -> Option<Moment> {
        let published = self.published.load().as_of;
        self.publisher.owes_serial().then(|| Moment(published.0 + SERIAL_STEP))
    }
}

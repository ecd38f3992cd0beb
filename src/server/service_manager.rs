//! What a service manager such as systemd is told of this process (`sd_notify(3)`).
//!
//! In: readiness, reloads, the end. Out: READY when `/readyz` is 200 for the first time, RELOADING and READY
//! around a reload, STOPPING, a line of status, and WATCHDOG for as long as the controller answers and the
//! threads of answers take work. Nothing at all where NOTIFY_SOCKET is not set.
//! Does not know who runs the process.

use std::env;
use std::time::Duration;

use sd_notify::NotifyState;
use tokio::runtime::Handle;
use tokio::sync::watch;
use tokio::time::{MissedTickBehavior, interval, timeout};
use tokio_util::sync::CancellationToken;

use crate::controller::{ControllerClient, Question, Readiness};

use super::tasks::Tasks;

/// The service manager, as long as the process runs.
#[derive(Clone)]
pub(super) struct ServiceManager {
    readiness: watch::Receiver<Readiness>,
}

/// Whom a sign of life is asked of.
pub(super) struct Alive {
    pub(super) controller: ControllerClient,
    /// Where answers run.
    pub(super) answers: Handle,
}

impl ServiceManager {
    /// Tells of readiness as it changes, and gives signs of life, until `stop`; where there is a manager.
    pub(super) fn start(
        readiness: watch::Receiver<Readiness>,
        alive: Alive,
        stop: &CancellationToken,
        tasks: &mut Tasks,
    ) -> Self {
        let manager = Self { readiness };
        if env::var_os("NOTIFY_SOCKET").is_some() {
            let (mut told, stop) = (manager.clone(), stop.clone());
            tasks.start("the word to the service manager", async move {
                stop.run_until_cancelled(told.follow(&alive)).await;
                stop.cancelled().await;
                Ok(())
            });
        }
        manager
    }

    async fn follow(&mut self, alive: &Alive) {
        // Twice in the time after which silence counts as death, as the manual says.
        let every = sd_notify::watchdog_enabled().map(|limit| limit / 2);
        let every = every.filter(|it| !it.is_zero());
        let mut beats = interval(every.unwrap_or(Duration::from_secs(1)));
        beats.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut is_told = false;
        self.readiness.mark_changed();
        loop {
            tokio::select! {
                changed = self.readiness.changed() => {
                    if changed.is_err() {
                        return;
                    }
                    let now = self.readiness.borrow_and_update().clone();
                    let status = words(&now);
                    if !is_told && is_ready(&now) {
                        is_told = true;
                        tell(&[NotifyState::Ready, NotifyState::Status(&status)]);
                    } else {
                        tell(&[NotifyState::Status(&status)]);
                    }
                }
                _ = beats.tick(), if every.is_some() => if alive.answers_within(beats.period()).await {
                    tell(&[NotifyState::Watchdog]);
                },
            }
        }
    }

    /// Tells that the configuration is read again, until what is given is dropped. A process that is not
    /// ready yet, or not any more, says nothing: READY would be taken for the end of its start.
    pub(super) fn reloading(&self) -> Option<Reloading> {
        is_ready(&self.readiness.borrow()).then(|| {
            let began = NotifyState::monotonic_usec_now().ok();
            let states = [NotifyState::Reloading].into_iter().chain(began).collect::<Vec<_>>();
            tell(&states);
            Reloading
        })
    }
}

/// A reload that goes on.
pub(super) struct Reloading;

impl Drop for Reloading {
    fn drop(&mut self) {
        tell(&[NotifyState::Ready]);
    }
}

/// Tells that the process is about to end.
pub(super) fn stopping() {
    tell(&[NotifyState::Stopping]);
}

impl Alive {
    /// Whether the controller answers, and the threads of answers do something, before the next sign is due.
    async fn answers_within(&self, limit: Duration) -> bool {
        let nobody = Question::Cluster(String::new());
        let asked = timeout(limit, self.controller.ask(nobody)).await;
        let ran = timeout(limit, self.answers.spawn(async {})).await;
        matches!(asked, Ok(Some(_))) && matches!(ran, Ok(Ok(())))
    }
}

fn is_ready(readiness: &Readiness) -> bool {
    !matches!(readiness, Readiness::NotReady(_))
}

/// A line for whoever asks the manager how it goes; names of clusters are labels, and so is it one line.
fn words(readiness: &Readiness) -> String {
    match readiness {
        Readiness::Ready => "answers are complete".to_owned(),
        Readiness::Incomplete(reason) => format!("answers go without some; {reason}"),
        Readiness::NotReady(reason) => format!("not ready: {reason}"),
    }
}

/// Where it can not be told nobody waits either, or the manager ends the process and says so itself.
fn tell(states: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(states) {
        tracing::warn!("the service manager can not be told: {error}");
    }
}

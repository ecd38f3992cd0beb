//! The tasks of the process, by name.
//!
//! In: tasks. Out: which of them ended, and of what. Does not know what they do.

use std::future::Future;

use anyhow::anyhow;
use tokio::task::{JoinSet, spawn_blocking};

use crate::panics;

/// Every task of the process, by name.
#[derive(Default)]
pub(super) struct Tasks {
    pub(super) running: JoinSet<anyhow::Result<()>>,
    names: Vec<(tokio::task::Id, String)>,
}

/// How a task ended.
type Ended = Result<(tokio::task::Id, anyhow::Result<()>), tokio::task::JoinError>;

impl Tasks {
    /// Starts a task.
    pub(super) fn start(
        &mut self,
        name: impl Into<String>,
        task: impl Future<Output = anyhow::Result<()>> + Send + 'static,
    ) {
        let id = self.running.spawn(task).id();
        self.names.push((id, name.into()));
    }

    /// Starts a task that keeps a thread busy.
    pub(super) fn start_blocking(
        &mut self,
        name: impl Into<String>,
        work: impl FnOnce() + Send + 'static,
    ) {
        self.start(name, async {
            let ended = spawn_blocking(work).await;
            ended.map_err(|error| anyhow!(panics::words(&error)))
        });
    }

    /// Says in words which task ended, and of what.
    pub(super) fn death(&self, ended: Ended) -> String {
        let (id, reason) = match ended {
            Ok((id, Ok(()))) => (id, "without being told to".to_owned()),
            Ok((id, Err(error))) => (id, format!("{error:#}")),
            Err(error) => (error.id(), panics::words(&error).to_owned()),
        };
        let name = self.names.iter().find(|(it, _)| *it == id).map_or("a part", |(_, name)| name);
        format!("{name} ended: {reason}")
    }

    /// Waits until all have ended.
    pub(super) async fn join(&mut self) {
        while let Some(ended) = self.running.join_next_with_id().await {
            if !matches!(ended, Ok((_, Ok(())))) {
                tracing::warn!("while stopping: {}", self.death(ended));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_task_that_panics_is_named_without_what_it_says() {
        let secret = String::from("hunter2");
        let mut tasks = Tasks::default();
        tasks.start("another", std::future::pending());
        tasks.start_blocking("the controller", move || panic!("{secret}"));
        let ended = tasks.running.join_next_with_id().await.expect("it ends");
        let words = tasks.death(ended);
        assert!(words.starts_with("the controller ended: it panicked"), "{words}");
        assert!(!words.contains("hunter2"), "{words}");
        let secret = String::from("hunter2");
        tasks.start("the DNS listeners", async move { panic!("{secret}") });
        let ended = tasks.running.join_next_with_id().await.expect("it ends");
        let words = tasks.death(ended);
        assert!(words.starts_with("the DNS listeners ended: it panicked"), "{words}");
        assert!(!words.contains("hunter2"), "{words}");
    }
}

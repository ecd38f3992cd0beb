//! What the keeper asks the owner of ground state, and waits for.
//!
//! In: what is wanted. Out: the same, or that nobody answers any more. Does not know files.

use tokio::sync::oneshot;

use super::{Failed, Keeper};
use crate::core::history::EventSlice;
use crate::core::name::Label;
use crate::core::state::{Cursor, Part, Slice};
use crate::state_dir::requests::{FileContent, KeeperRequest, Survey};

impl<S> Keeper<S> {
    /// What there is to keep.
    pub(super) async fn survey(&self) -> Result<Survey, Failed> {
        let (reply, answer) = oneshot::channel();
        self.access
            .requests
            .send(KeeperRequest::Survey(reply))
            .await
            .map_err(|_| Failed::Nobody)?;
        answer.await.map_err(|_| Failed::Nobody)
    }

    /// The next slice of a file; `None` where there is nothing to keep any more.
    pub(super) async fn slice(
        &self,
        content: FileContent,
        cursor: Option<Cursor>,
    ) -> Result<Option<Slice>, Failed> {
        let (reply, answer) = oneshot::channel();
        let request = KeeperRequest::Slice(content, cursor, reply);
        self.access.requests.send(request).await.map_err(|_| Failed::Nobody)?;
        answer.await.map_err(|_| Failed::Nobody)
    }

    /// The events from a number on, as many as one slice holds.
    pub(super) async fn events(&self, from: u64) -> Result<EventSlice, Failed> {
        let (reply, answer) = oneshot::channel();
        let request = KeeperRequest::Events(from, reply);
        self.access.requests.send(request).await.map_err(|_| Failed::Nobody)?;
        answer.await.map_err(|_| Failed::Nobody)
    }

    /// What has changed of a cluster; `None` where that is to be the whole.
    pub(super) async fn part(&self, name: &Label) -> Result<Option<Part>, Failed> {
        let (reply, answer) = oneshot::channel();
        let request = KeeperRequest::Part(name.clone(), reply);
        self.access.requests.send(request).await.map_err(|_| Failed::Nobody)?;
        answer.await.map_err(|_| Failed::Nobody)
    }
}

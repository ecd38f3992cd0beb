//! Sinks: what takes the objects that a reflector reads, and who hears how the reading goes.
//!
//! In: objects of one kind, one by one; what became of requests. Out: whatever a sink makes of them.
//! Does not know requests or connections.

use std::future::ready;
use std::time::Duration;

use super::lines::TooLarge;
use super::watch_event::WatchEvent;
use crate::clusters::api::credentials_listener::Unheard;
use crate::clusters::api::failure::Failure;
use crate::clusters::api::http_connection::HttpConnection;
use crate::clusters::api::session::Session;

/// After so many failures in a row someone should know.
pub(super) const TELLING: u32 = 3;

/// Takes the objects of one kind.
pub(in crate::clusters) trait Sink {
    /// What an object says.
    type Object: Send;

    /// Reads an item of a list.
    fn item(&self, octets: &[u8]) -> Self::Object;

    /// Reads a line of a watch.
    fn line(&self, octets: &[u8]) -> WatchEvent<Self::Object>;

    /// The server was heard.
    fn hear(&self);

    /// A list begins. What has come of one before that was not whole is forgotten.
    fn begin_list(&mut self);

    /// A watch begins. What has come of a list that was not whole is forgotten.
    fn drop_list(&mut self);

    /// An item of the list that is coming.
    fn collect(&mut self, item: Result<Self::Object, TooLarge>);

    /// A change while a list comes by watch: mostly new objects, now and then one that changes.
    fn collect_change(&mut self, change: Change, object: Self::Object);

    /// How many things are kept of the list that is coming.
    fn collected(&self) -> usize;

    /// The list is whole and takes effect. It `took` so long.
    fn finish_list(
        &mut self,
        took: Duration,
    ) -> impl Future<Output = Result<Acceptance, Unheard>> + Send;

    /// A line, of a list by watch too, that can not be read; says why.
    fn note_unreadable(&mut self, line: Unreadable);

    /// An object is new or changed.
    fn apply(
        &mut self,
        object: Self::Object,
        is_new: bool,
    ) -> impl Future<Output = Result<(), Unheard>> + Send;

    /// An object is gone.
    fn delete(&mut self, object: Self::Object) -> impl Future<Output = Result<(), Unheard>> + Send;

    /// All that came together was taken.
    fn settle(&mut self) -> impl Future<Output = Result<(), Unheard>> + Send;

    /// All that was told so far is at least as new as this version: a watch could go on from there.
    fn note_version(&mut self, version: &str) -> impl Future<Output = Result<(), Unheard>> + Send {
        _ = version;
        ready(Ok(()))
    }
}

/// How an object changed while a list comes by watch.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(in crate::clusters) enum Change {
    /// The object is new: the list has no other one of its name.
    Added,
    /// The object says something else than in the list.
    Modified,
    /// The object is gone.
    Deleted,
}

/// Whether a list is believed.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(in crate::clusters) enum Acceptance {
    /// The list has taken effect.
    Accepted,
    /// The list is to come once more before it takes effect.
    Doubted,
}

/// Why a line can not be read.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(in crate::clusters) enum Unreadable {
    /// The line is too large, and was skipped.
    TooLarge,
    /// The line is not what lines are; says why.
    Garbage(Box<str>),
}

/// Why a request did not come to its end.
#[derive(Clone, Debug)]
pub(in crate::clusters) enum Abort {
    /// The request failed.
    Failed(Failure),
    /// Nobody listens.
    Unheard,
}

impl From<Failure> for Abort {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

impl From<Unheard> for Abort {
    fn from(_: Unheard) -> Self {
        Self::Unheard
    }
}

/// What comes of one kind.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(in crate::clusters) enum Part {
    /// A list that is not whole yet.
    List,
    /// A watch.
    Watch,
}

/// What was asked for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(in crate::clusters) enum Verb {
    /// A list.
    List,
    /// A watch of what comes after a list.
    Watch,
}

impl Verb {
    /// The verb in roles (Kubernetes, "Using RBAC Authorization").
    pub(in crate::clusters) fn name(self) -> &'static str {
        match self {
            Self::List => "list",
            Self::Watch => "watch",
        }
    }
}

/// What is wrong with reading, where someone should know.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(in crate::clusters) enum Trouble<'f> {
    /// Another cluster answers than before.
    AnotherCluster(&'f Failure),
    /// The server forbids it.
    Forbidden(Verb),
    /// The server does not do what is asked, again and again.
    Failing(&'f Failure),
    /// The server does not take the credentials.
    Unauthorized(&'f Failure),
    /// There is no connection, or nothing comes over it, again and again.
    Unreachable(&'f Failure),
}

impl<'f> Trouble<'f> {
    /// What a failure is, so many in a row; `None` where nobody needs to know, or not yet.
    pub(super) fn of(failure: &'f Failure, verb: Verb, in_a_row: u32) -> Option<Self> {
        match failure {
            Failure::AnotherCluster { .. } => Some(Self::AnotherCluster(failure)),
            Failure::Status { code: 401, .. } => Some(Self::Unauthorized(failure)),
            Failure::Status { code: 403, .. } => Some(Self::Forbidden(verb)),
            // That a version is forgotten is in the order of things.
            Failure::Status { code: 410, .. } => None,
            _ if in_a_row < TELLING => None,
            Failure::TimedOut(_) | Failure::Unreachable(_) => Some(Self::Unreachable(failure)),
            Failure::Garbage(_) | Failure::Status { .. } => Some(Self::Failing(failure)),
        }
    }
}

/// That the next list waits.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(in crate::clusters) struct HeldList {
    /// How many lists there were in a row.
    pub(in crate::clusters) lists: u32,
    /// For how long it waits.
    pub(in crate::clusters) pause: Duration,
}

/// What becomes of a reflector after some trouble.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(in crate::clusters) enum Verdict {
    /// The reflector asks again in a while.
    GoOn,
    /// The reflector ends: others read in its place.
    GiveUp,
}

/// Hears how a reflector's reading goes. `relists` is how often it had been wished that everything be
/// listed, when the present list was begun.
pub(in crate::clusters) trait Observer {
    /// Looks who answers over a connection, before anything is believed that comes over it.
    fn identify(
        &mut self,
        connection: &mut HttpConnection,
        session: &Session,
    ) -> impl Future<Output = Result<(), Abort>> + Send;

    /// How many kinds of objects of the cluster were never listed.
    fn missing(&self) -> usize {
        0
    }

    /// Counts a request that failed.
    fn count(&self, failure: &Failure);

    /// The server has begun a watch.
    fn watching(&self) {}

    /// Something that can be understood has come.
    fn heard(&self, _of: Part) {}

    /// A request ended as it should, or was given up for another one.
    fn ended(&self) {}

    /// The server has just answered, and is not asked for the list before this reflector has its turn.
    fn waiting(&self) {}

    /// All objects were listed.
    fn listed(&mut self, relists: u64) -> impl Future<Output = Result<(), Unheard>> + Send;

    /// A watch goes on where an earlier run stopped: nothing has to be listed.
    fn resumed(&mut self, relists: u64) -> impl Future<Output = Result<(), Unheard>> + Send {
        _ = relists;
        ready(Ok(()))
    }

    /// The server does not know the kind, which is optional: there are none of its objects now.
    fn not_served(&mut self, relists: u64) -> impl Future<Output = Result<(), Unheard>> + Send;

    /// Nothing is wrong with the requests.
    fn succeed(&mut self) -> impl Future<Output = Result<(), Unheard>> + Send;

    /// Lists follow each other too soon, so that the next one waits; `None`: they do so no more.
    fn hold_lists(
        &mut self,
        _held: Option<HeldList>,
    ) -> impl Future<Output = Result<(), Unheard>> + Send {
        ready(Ok(()))
    }

    /// Something is wrong with them.
    fn trouble(
        &mut self,
        trouble: Trouble<'_>,
        relists: u64,
    ) -> impl Future<Output = Result<Verdict, Unheard>> + Send;
}

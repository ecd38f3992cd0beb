//! Who hears how reading one kind of a cluster goes, and tells it as events of the cluster.
//!
//! In: what a reflector meets. Out: complaints, what is known of a source, what shows the cluster, and whether
//! the kind is read namespace by namespace. Does not know objects.

use tokio::time::Instant;

use super::event_sink::Complainant;
use super::resource::Resource;
use super::shared::ClusterWatch;
use crate::clusters::api::credentials_listener::{Finder, Unheard};
use crate::clusters::api::failure::Failure;
use crate::clusters::api::http_connection::HttpConnection;
use crate::clusters::api::session::Session;
use crate::clusters::list_watch::sink::{Abort, HeldList, Observer, Part, Trouble, Verb, Verdict};
use crate::core::complaint::Flaw;
use crate::core::event::{ClusterEvent, Contact};
use crate::core::service::SourceId;

/// Hears how one kind is read, in all namespaces or in one.
pub(super) struct ResourceObserver<'w> {
    pub(super) watch: &'w ClusterWatch,
    pub(super) resource: Resource,
    pub(super) namespace: Option<Box<str>>,
    pub(super) source: SourceId,
}

impl ResourceObserver<'_> {
    async fn set_flaw(&self, flaw: Option<Flaw>) -> Result<(), Unheard> {
        let (plural, flaws) = (self.resource.plural, flaw.into_iter().collect());
        self.watch.events.complain(plural, self.source, Complainant::Observer, flaws).await
    }

    /// The server takes the credentials.
    async fn accept(&self) -> Result<(), Unheard> {
        self.watch.sessions.accept();
        self.watch.events.judge_credentials(Finder::Server, None).await
    }

    /// Nodes need not be read where the entry says where the cluster stands.
    fn is_needless(&self) -> bool {
        !self.resource.is_namespaced() && self.watch.server.has_places
    }

    async fn forbidden(&self, verb: Verb, relists: u64) -> Result<Verdict, Unheard> {
        if verb == Verb::Watch {
            // Lists have to do.
            self.watch.sight.change(|feeds| feeds.rest(self.source));
        }
        let is_namespaced = self.resource.is_namespaced();
        let may_part = is_namespaced && self.namespace.is_none();
        if verb == Verb::List && may_part && !self.watch.server.namespaces.is_empty() {
            return Ok(Verdict::GiveUp);
        }
        if !self.is_needless() {
            let flaw = Flaw::Forbidden {
                verb: verb.name(),
                resource: self.resource.plural,
                group: self.resource.group,
                namespace: self.namespace.clone(),
            };
            self.set_flaw(Some(flaw)).await?;
        }
        if !is_namespaced && verb == Verb::List {
            self.watch.events.known(self.source, self.is_needless(), relists).await?;
        }
        Ok(Verdict::GoOn)
    }
}

impl Observer for ResourceObserver<'_> {
    async fn identify(
        &mut self,
        connection: &mut HttpConnection,
        session: &Session,
    ) -> Result<(), Abort> {
        self.watch.identity.check(connection, session, self.watch.watcher()).await
    }

    fn missing(&self) -> usize {
        self.watch.events.awaited()
    }

    fn count(&self, failure: &Failure) {
        self.watch.events.stats.count_error(failure.sort());
        let (now, why) = (Instant::now(), failure.to_string().into());
        self.watch.sight.change(|feeds| feeds.fail(self.source, now, why));
    }

    fn watching(&self) {
        self.watch.sight.change(|feeds| feeds.open(self.source, Instant::now()));
    }

    fn heard(&self, of: Part) {
        match of {
            Part::List => self.watch.sight.move_on(self.source),
            Part::Watch => self.watch.sight.deliver(self.source),
        }
    }

    fn ended(&self) {
        self.watch.sight.change(|feeds| feeds.end(self.source, Instant::now()));
    }

    fn waiting(&self) {
        self.watch.sight.change(|feeds| feeds.wait(self.source));
    }

    async fn listed(&mut self, relists: u64) -> Result<(), Unheard> {
        self.accept().await?;
        self.watch.sight.change(|feeds| feeds.list(self.source));
        // That a cluster is in sight is said before that it is read.
        self.watch.events.contact(Contact::Reached).await?;
        self.watch.events.known(self.source, true, relists).await
    }

    async fn resumed(&mut self, relists: u64) -> Result<(), Unheard> {
        let scope = {
            let form = self.resource.form(&self.watch.server);
            self.resource.scope(self.namespace.as_deref(), form)
        };
        self.watch.events.say(ClusterEvent::Resumed(self.source, scope)).await?;
        self.watch.events.known(self.source, true, relists).await
    }

    async fn not_served(&mut self, relists: u64) -> Result<(), Unheard> {
        self.set_flaw(None).await?;
        self.watch.events.known(self.source, true, relists).await
    }

    async fn succeed(&mut self) -> Result<(), Unheard> {
        self.accept().await?;
        self.set_flaw(None).await
    }

    async fn hold_lists(&mut self, held: Option<HeldList>) -> Result<(), Unheard> {
        let flaw = held.map(|HeldList { lists, pause }| {
            let pause = pause.as_secs_f64().ceil() as u64;
            Flaw::ListedTooOften { lists, pause }
        });
        let (plural, flaws) = (self.resource.plural, flaw.into_iter().collect());
        self.watch.events.complain(plural, self.source, Complainant::Pace, flaws).await
    }

    async fn trouble(&mut self, trouble: Trouble<'_>, relists: u64) -> Result<Verdict, Unheard> {
        let events = &self.watch.events;
        match trouble {
            Trouble::Forbidden(verb) => return self.forbidden(verb, relists).await,
            Trouble::Unauthorized(failure) => {
                let flaw = events.refused(failure);
                events.judge_credentials(Finder::Server, Some(flaw)).await?;
            }
            Trouble::Failing(failure) => {
                let flaw = Flaw::ReadingFails(failure.to_string().into());
                self.set_flaw(Some(flaw)).await?;
            }
            // The sight of the cluster says so once for all kinds.
            Trouble::AnotherCluster(_) | Trouble::Unreachable(_) => {}
        }
        Ok(Verdict::GoOn)
    }
}

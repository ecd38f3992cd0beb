//! Who hears how reading one kind of a cluster goes, and tells it as events of the cluster.
//!
//! In: what a reflector meets. Out: complaints, what is known of a source, and whether the kind is read
//! namespace by namespace. Does not know objects.

use super::event_sink::Complainant;
use super::resource::Resource;
use super::shared::ClusterWatch;
use crate::clusters::api::credentials_listener::{Finder, Unheard};
use crate::clusters::api::failure::Failure;
use crate::clusters::api::http_connection::HttpConnection;
use crate::clusters::api::session::Session;
use crate::clusters::list_watch::sink::{Abort, Observer, Trouble, Verb, Verdict};
use crate::core::complaint::Flaw;
use crate::core::event::ClusterEvent;
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

    /// Nodes need not be read where the entry says where the cluster stands.
    fn is_needless(&self) -> bool {
        !self.resource.is_namespaced() && self.watch.server.has_places
    }

    async fn forbidden(&self, verb: Verb, relists: u64) -> Result<Verdict, Unheard> {
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

    fn count(&self, failure: &Failure) {
        self.watch.events.stats.count_error(failure.sort());
    }

    async fn listed(&mut self, relists: u64) -> Result<(), Unheard> {
        self.watch.events.known(self.source, true, relists).await
    }

    async fn resumed(&mut self, relists: u64) -> Result<(), Unheard> {
        let scope = self.resource.scope(self.namespace.as_deref());
        self.watch.events.say(ClusterEvent::Resumed(self.source, scope)).await?;
        self.watch.events.known(self.source, true, relists).await
    }

    async fn not_served(&mut self, relists: u64) -> Result<(), Unheard> {
        self.set_flaw(None).await?;
        self.watch.events.known(self.source, true, relists).await
    }

    async fn succeed(&mut self) -> Result<(), Unheard> {
        self.set_flaw(None).await
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
            // The health of the server says so once for all kinds.
            Trouble::AnotherCluster(_) | Trouble::Unreachable(_) => {}
        }
        Ok(Verdict::GoOn)
    }
}

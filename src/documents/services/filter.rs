//! Which services are wanted, and the page of them that comes next.
//!
//! In: ground state and a filter. Out: one page of the services that pass, ordered by namespace and
//! name. A page costs one look at each service and unpacks none, so that no question holds up events
//! for long, however many services there are. Does not know what is told of a service.

use serde::Deserialize;

use crate::core::policy::{Federation, Publish};
use crate::core::state::{Health, Overview, State};
use crate::core::topology::ClusterIndex;
use crate::documents::near::{find_cluster, known};

pub use crate::documents::near::UnknownName;

/// How a service that is wanted does.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "lowercase")]
pub enum StateFilter {
    /// However it does.
    #[default]
    #[serde(rename = "")]
    Any,
    /// Some cluster publishes it.
    Published,
    /// [`Health::Healthy`].
    Healthy,
    /// [`Health::Degraded`].
    Degraded,
    /// [`Health::Down`].
    Down,
    /// [`Health::Idle`].
    Idle,
    /// [`Health::Unpublished`].
    Unpublished,
}

impl StateFilter {
    fn passes(self, health: Health) -> bool {
        match self {
            Self::Any => true,
            Self::Published => health != Health::Unpublished,
            Self::Healthy => health == Health::Healthy,
            Self::Degraded => health == Health::Degraded,
            Self::Down => health == Health::Down,
            Self::Idle => health == Health::Idle,
            Self::Unpublished => health == Health::Unpublished,
        }
    }

    /// Its word, as questions have it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Any => "",
            Self::Published => "published",
            Self::Healthy => Health::Healthy.as_str(),
            Self::Degraded => Health::Degraded.as_str(),
            Self::Down => Health::Down.as_str(),
            Self::Idle => Health::Idle.as_str(),
            Self::Unpublished => Health::Unpublished.as_str(),
        }
    }
}

impl From<Health> for StateFilter {
    fn from(health: Health) -> Self {
        match health {
            Health::Healthy => Self::Healthy,
            Health::Degraded => Self::Degraded,
            Health::Down => Self::Down,
            Health::Idle => Self::Idle,
            Health::Unpublished => Self::Unpublished,
        }
    }
}

/// Which services are wanted. Texts that are empty or absent do not filter.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq)]
#[serde(default, deny_unknown_fields)]
pub struct ServiceFilter {
    /// As this federation sees them; which one it is where none is named, the form of the document
    /// says.
    pub federation: String,
    /// A part of `namespace/name`.
    pub search: String,
    /// The namespace.
    pub namespace: String,
    /// A cluster that has a shard of it, healthy or not.
    pub cluster: String,
    /// How it does.
    pub state: StateFilter,
    /// Most services wanted on a page; the form of the document says how many there can be.
    pub limit: Option<usize>,
    /// `namespace/name` of the last service of the page before.
    pub after: String,
}

/// One page of the services that pass a filter.
#[derive(Debug, Default)]
pub(in crate::documents) struct ServicePage<'s> {
    /// Ordered by namespace and name.
    pub services: Vec<Overview<'s>>,
    /// How many pass the filter, on all pages.
    pub matching: usize,
    /// What to give as `after` for the next page, if there is one.
    pub next: Option<String>,
}

impl ServiceFilter {
    /// The page that comes after `after`, of at most `most` services, which do as they do in federations
    /// that take part as `publish` says.
    pub(in crate::documents) fn page<'s>(
        &self,
        state: &'s State,
        publish: Publish,
        most: usize,
    ) -> Result<ServicePage<'s>, UnknownName> {
        let mut found = self.matching(state, publish)?;
        let matching = found.len();
        if !self.after.is_empty() {
            let after = self.after.split_once('/').unwrap_or((&self.after, ""));
            found.retain(|service| service.names() > after);
        }
        let is_cut = found.len() > most;
        if is_cut {
            // Sorting all to show a few would cost more than all the rest.
            found.select_nth_unstable_by(most - 1, |a, b| a.names().cmp(&b.names()));
            found.truncate(most);
        }
        found.sort_unstable_by(|a, b| a.names().cmp(&b.names()));
        let last = found.last().filter(|_| is_cut).map(Overview::names);
        let next = last.map(|(namespace, name)| format!("{namespace}/{name}"));
        Ok(ServicePage { services: found, matching, next })
    }

    /// The services that pass, on all pages, in no order.
    fn matching<'s>(
        &self,
        state: &'s State,
        publish: Publish,
    ) -> Result<Vec<Overview<'s>>, UnknownName> {
        let cluster = self.cluster(state)?;
        let search = self.search.trim().to_ascii_lowercase();
        let mut text = String::new();
        let mut passes = |service: &Overview<'_>| {
            let (namespace, name) = service.names();
            if !self.namespace.is_empty() && namespace != self.namespace {
                return false;
            }
            text.clear();
            text.extend([namespace, "/", name]);
            text.contains(&search)
                && cluster.is_none_or(|cluster| service.has_shard_in(cluster))
                && self.state.passes(service.health(publish))
        };
        Ok(state.overviews().filter(|service| passes(service)).collect())
    }

    /// The cluster that services are to have a shard in, if one is named.
    fn cluster(&self, state: &State) -> Result<Option<ClusterIndex>, UnknownName> {
        let is_named = !self.cluster.is_empty();
        is_named.then(|| find_cluster(state, &self.cluster)).transpose()
    }

    /// The federation that is named, if one is.
    pub(super) fn federation<'s>(
        &self,
        state: &'s State,
    ) -> Result<Option<&'s Federation>, UnknownName> {
        let (all, asked) = (&state.policy().federations, &self.federation);
        if asked.is_empty() {
            return Ok(None);
        }
        let found = all.iter().find(|federation| federation.name.as_str() == asked);
        let names = || all.iter().map(|federation| federation.name.to_string());
        let unknown = || known(asked, "federations", names());
        found.map(Some).ok_or_else(|| UnknownName::Federation(asked.clone(), unknown()))
    }
}

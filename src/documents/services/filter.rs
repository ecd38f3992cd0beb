//! Which services are wanted, and the page of them that comes next.
//!
//! In: ground state and a filter. Out: one page of the services that pass, in the order that is wanted.
//! A page costs one look at each service and unpacks none, so that no question holds up events for
//! long, however many services there are; whose an address is costs one look at each shard. Does not
//! know what is told of a service.

use std::collections::BTreeSet;
use std::net::IpAddr;

use serde::Deserialize;

use crate::core::policy::{Federation, Publish};
use crate::core::state::{Health, Overview, State};
use crate::core::topology::ClusterIndex;
use crate::documents::DocumentInput;
use crate::documents::address::address;
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

/// In which order services come.
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "lowercase")]
pub enum ServiceOrder {
    /// By namespace and name.
    #[default]
    Name,
    /// Those that are down first, then those that are degraded: of these, the one first of which most
    /// clusters do not answer. Then the others; among equals by namespace and name.
    Fault,
}

/// Where a service stands in an order.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
struct Position<'a> {
    /// How it does: what is worst stands first.
    rank: u32,
    /// Clusters that answer, of as many as there can be: who lacks most stands first.
    rest: u32,
    names: (&'a str, &'a str),
}

impl<'a> Position<'a> {
    fn of(service: &Overview<'a>, order: ServiceOrder, publish: Publish) -> Self {
        let names = service.names();
        let health = (order == ServiceOrder::Fault).then(|| service.health(publish));
        let (rank, left_out) = match health {
            None => (0, 0),
            Some(Health::Down) => (0, service.left_out(publish)),
            Some(Health::Degraded) => (1, service.left_out(publish)),
            Some(Health::Healthy | Health::Idle | Health::Unpublished) => (2, 0),
        };
        Self { rank, rest: u32::MAX - left_out, names }
    }

    /// The text that [`Position::parse`] reads.
    fn text(&self, order: ServiceOrder) -> String {
        let Self { rank, rest, names: (namespace, name) } = self;
        match order {
            ServiceOrder::Name => format!("{namespace}/{name}"),
            ServiceOrder::Fault => format!("{rank}.{}.{namespace}/{name}", u32::MAX - rest),
        }
    }

    /// That of a text; whatever is no such text stands before all.
    fn parse(text: &'a str, order: ServiceOrder) -> Self {
        let names = |text: &'a str| text.split_once('/').unwrap_or((text, ""));
        let mut parts = text.splitn(3, '.');
        let mut of_fault = || -> Option<Self> {
            let rank = parts.next()?.parse().ok()?;
            let left_out: u32 = parts.next()?.parse().ok()?;
            Some(Self { rank, rest: u32::MAX - left_out, names: names(parts.next()?) })
        };
        match order {
            ServiceOrder::Name => Self { rank: 0, rest: u32::MAX, names: names(text) },
            ServiceOrder::Fault => of_fault().unwrap_or(Self { rank: 0, rest: 0, names: ("", "") }),
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
    /// A part of `namespace/name`, or an address that some cluster has for it.
    pub search: String,
    /// The namespace.
    pub namespace: String,
    /// The name.
    pub name: String,
    /// A cluster that has a shard of it, healthy or not.
    pub cluster: String,
    /// How it does.
    pub state: StateFilter,
    /// Most services wanted on a page; the form of the document says how many there can be.
    pub limit: Option<usize>,
    /// In which order they come.
    pub order: ServiceOrder,
    /// What the page before gave as `next`.
    pub after: String,
}

/// One page of the services that pass a filter.
#[derive(Debug, Default)]
pub(in crate::documents) struct ServicePage<'s> {
    /// In the order that is wanted.
    pub services: Vec<Overview<'s>>,
    /// How many pass the filter, on all pages.
    pub matching: usize,
    /// How many of these stand on pages before it.
    pub before: usize,
    /// What to give as `after` for the next page, if there is one.
    pub next: Option<String>,
}

impl ServiceFilter {
    /// The page that comes after `after`, of at most `most` services, which do as they do in federations
    /// that take part as `publish` says.
    pub(in crate::documents) fn page<'s>(
        &self,
        input: &DocumentInput<'s>,
        publish: Publish,
        most: usize,
    ) -> Result<ServicePage<'s>, UnknownName> {
        let order = self.order;
        let found = self.matching(input, publish)?.into_iter();
        let mut found: Vec<_> = found.map(|it| (Position::of(&it, order, publish), it)).collect();
        let matching = found.len();
        if !self.after.is_empty() {
            let after = Position::parse(&self.after, order);
            found.retain(|(position, _)| *position > after);
        }
        let before = matching - found.len();
        let is_cut = found.len() > most;
        if is_cut {
            // Sorting all to show a few would cost more than all the rest.
            found.select_nth_unstable_by(most - 1, |(a, _), (b, _)| a.cmp(b));
            found.truncate(most);
        }
        found.sort_unstable_by_key(|(position, _)| *position);
        let last = found.last().filter(|_| is_cut);
        let next = last.map(|(position, _)| position.text(order));
        let services = found.into_iter().map(|(_, service)| service).collect();
        Ok(ServicePage { services, matching, before, next })
    }

    /// The services that pass, on all pages, in no order.
    fn matching<'s>(
        &self,
        input: &DocumentInput<'s>,
        publish: Publish,
    ) -> Result<Vec<Overview<'s>>, UnknownName> {
        let state = input.state;
        let cluster = self.cluster(state)?;
        let search = self.search.trim().to_ascii_lowercase();
        let owners = search.parse::<IpAddr>().ok().map(|wanted| Owners::of(input, wanted));
        let mut text = String::new();
        let mut is_found = |namespace: &str, name: &str| match &owners {
            Some(owners) => owners.has(namespace, name),
            None => {
                text.clear();
                text.extend([namespace, "/", name]);
                text.contains(&search)
            }
        };
        let mut passes = |service: &Overview<'_>| {
            let (namespace, name) = service.names();
            let is_named = |given: &str, wanted: &str| wanted.is_empty() || given == wanted;
            is_named(namespace, &self.namespace)
                && is_named(name, &self.name)
                && is_found(namespace, name)
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

/// The services that have an address, as namespace and name.
struct Owners(BTreeSet<(String, String)>);

impl Owners {
    fn of(input: &DocumentInput<'_>, wanted: IpAddr) -> Self {
        let note = address(input, wanted);
        let shards = note.shards.into_iter().map(|it| (it.namespace, it.name));
        let inside = note.inside.into_iter().map(|it| (it.namespace, it.name));
        Self(shards.chain(inside).collect())
    }

    fn has(&self, namespace: &str, name: &str) -> bool {
        self.0.iter().any(|(of, called)| of == namespace && called == name)
    }
}

//! The services: how each does, and, where that is wanted, who has it and who answers at each level.
//!
//! In: what is known, and a filter. Out: one page of the document behind `/services`,
//! `/overview/services`, `/overview/rows`, the status page and `fedns services`.
//! A page costs one look at each service and a selection for those on it. Does not know HTTP or
//! tables.

mod filter;
mod levels;
mod brief;

use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use crate::core::answer::{FallbackChain, Node};
use crate::core::compiled::AddressBuffer;
use crate::core::policy::{Federation, Publish};
use crate::core::selection::{Candidate, Selection};
use crate::core::state::{ClusterState, Health, Overview, State};
use crate::core::topology::{PlaceId, PlaceMap};

use super::DocumentInput;
use super::canonical_names::CanonicalNames;
use super::explain::{AllDownNote, all_down};
use super::hostname::HostnameNote;

pub use brief::{ServiceBrief, ServiceLack};
use filter::ServicePage;
pub use filter::{ServiceFilter, ServiceOrder, StateFilter, UnknownName};
use levels::Levels;
pub use levels::{PlaceRow, ServiceLeftOutRow, ServiceLevelRow};

/// How much is told of each service.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum ServicesForm {
    /// Its numbers, who answers and why others do not, each in a few words: as the first of the
    /// federations sees it in which most takes part, where the filter names none; 25 on a page, or as
    /// many as are wanted up to 100.
    Brief,
    /// Its numbers alone: as the first federation sees it, where the filter names none; at most 5,000
    /// on a page.
    Numbers,
    /// Who has it and who answers at each level, too: as the first of the federations sees it in which
    /// most takes part, where the filter names none; 50 on a page, or as many as are wanted up to 500.
    Levels,
}

impl ServicesForm {
    /// How many services a page of it has at most.
    pub(super) fn most(self, wanted: Option<usize>) -> usize {
        let (usual, most) = match self {
            Self::Brief => (25, 100),
            Self::Numbers => (5000, 5000),
            Self::Levels => (50, 500),
        };
        wanted.unwrap_or(usual).clamp(1, most)
    }
}

/// Services, as one federation sees them.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Services {
    /// The federation; absent where there is none.
    pub federation: Option<String>,
    /// One row each, in the order that is wanted.
    pub services: Vec<ServiceRow>,
    /// Which of them these are; absent where all pages were put together.
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    pub page: Option<PageNote>,
}

/// A page of services.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(default)]
pub struct PageNote {
    /// The generation of the snapshot that answers.
    pub generation: u64,
    /// All services, of any type.
    pub known: usize,
    /// Those that pass the filter, on all pages.
    pub matching: usize,
    /// How many of these stand on pages before it.
    pub before: usize,
    /// What to give as `after` for the next page, if there is one.
    pub next: Option<String>,
}

fn is_zero(number: &usize) -> bool {
    *number == 0
}

/// One service.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ServiceRow {
    /// The namespace.
    pub namespace: String,
    /// The name.
    pub name: String,
    /// How it is.
    pub state: Health,
    /// For how long nothing has answered for it, where something did before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unanswered_seconds: Option<u64>,
    /// Clusters whose shard answers.
    pub healthy_clusters: usize,
    /// Those of them of which nothing is heard: what they said last answers.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub unheard_clusters: usize,
    /// Clusters that publish it.
    pub published_clusters: usize,
    /// Zones and regions at whose names a shard answers.
    pub places: usize,
    /// Addresses of shards that answer at the global name; what is said while none does is no part of
    /// it.
    pub addresses: usize,
    /// The TTL of what stands at the global name, in seconds.
    pub ttl: u32,
    /// Who answers and why others do not, in a few words, where that is wanted.
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    pub brief: Option<ServiceBrief>,
    /// More of it, where that is wanted.
    #[serde(flatten, skip_serializing_if = "Option::is_none")]
    pub detail: Option<ServiceDetail>,
}

/// Who has a service, and who answers at each level.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ServiceDetail {
    /// The federations that publish it.
    pub federations: Vec<String>,
    /// What decides while no shard answers anywhere.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when_all_down: Option<AllDownNote>,
    /// What each cluster brings that has anything of it.
    pub clusters: Vec<ServiceShardRow>,
    /// The world, the regions, the zones; none of a service without names.
    pub levels: Vec<ServiceLevelRow>,
}

/// What one cluster brings.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ServiceShardRow {
    /// The cluster.
    pub cluster: String,
    /// Whether it publishes the service.
    pub published: bool,
    /// Whether its shard answers.
    pub answers: bool,
    /// Why it does not.
    pub reason: Option<String>,
    /// Its addresses.
    pub addresses: Vec<IpAddr>,
    /// Its endpoints that count as ready.
    #[serde(default)]
    pub ready_endpoints: u64,
    /// All of its endpoints.
    #[serde(default)]
    pub endpoints: u64,
    /// The TTL that it asks for.
    pub ttl_seconds: Option<u32>,
    /// What is known of the hostnames of its load balancer.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hostnames: Vec<HostnameNote>,
}

/// The page of services that `filter` asks for.
///
/// # Errors
/// Says which federation or cluster there is not.
pub fn services(
    input: &DocumentInput<'_>,
    filter: &ServiceFilter,
    form: ServicesForm,
) -> Result<Services, UnknownName> {
    let DocumentInput { state, snapshot, .. } = *input;
    let named = filter.federation(state)?;
    let (federation, publish) = seen_by(state, named, form);
    let page = match filter.page(input, publish, form.most(filter.limit)) {
        // Who looks again and again sees by an empty page that a cluster has gone.
        Err(UnknownName::Cluster(..)) if form != ServicesForm::Numbers => ServicePage::default(),
        page => page?,
    };
    let levels = Levels::new(&snapshot.places);
    let gathered = AddressBuffer::default();
    let mut rows = Rows { input, federation, publish, levels, gathered };
    let services = page.services.iter().map(|service| match form {
        ServicesForm::Brief => rows.brief(service),
        ServicesForm::Numbers => rows.numbers(service),
        ServicesForm::Levels => rows.with_levels(service),
    });
    Ok(Services {
        federation: federation.map(|federation| federation.name.to_string()),
        services: services.collect(),
        page: Some(PageNote {
            generation: snapshot.generation,
            known: state.service_count(),
            matching: page.matching,
            before: page.before,
            next: page.next,
        }),
    })
}

/// The federation whose names are told of, and which Services take part.
fn seen_by<'s>(
    state: &'s State,
    named: Option<&'s Federation>,
    form: ServicesForm,
) -> (Option<&'s Federation>, Publish) {
    let widest = state.widest_class();
    let mut all = state.policy().federations.iter();
    let federation = named.or_else(|| match form {
        ServicesForm::Numbers => all.next(),
        ServicesForm::Brief | ServicesForm::Levels => {
            all.find(|federation| federation.publish == widest)
        }
    });
    (federation, federation.map_or(widest, |federation| federation.publish))
}

/// Makes rows.
struct Rows<'i> {
    input: &'i DocumentInput<'i>,
    federation: Option<&'i Federation>,
    publish: Publish,
    levels: Levels<'i>,
    gathered: AddressBuffer,
}

/// What stands at the global name.
struct World {
    ttl: u32,
    when_all_down: Option<AllDownNote>,
}

impl<'i> Rows<'i> {
    fn selection(&self, service: &Overview<'i>) -> Selection<'i> {
        Selection::new(self.input.state, service.key(), self.publish)
    }

    /// The names of a service; `None` where it has none.
    fn names(
        &self,
        service: &Overview<'_>,
        selection: &Selection<'_>,
    ) -> Option<CanonicalNames<'i>> {
        let federation = self.federation.filter(|_| selection.is_published())?;
        CanonicalNames::find(self.input.snapshot, federation, service.key())
    }

    fn numbers(&mut self, service: &Overview<'i>) -> ServiceRow {
        let selection = self.selection(service);
        let names = self.names(service, &selection);
        let world = self.world(names.as_ref());
        self.row(service, &selection, names.as_ref(), world.ttl)
    }

    fn brief(&mut self, service: &Overview<'i>) -> ServiceRow {
        let selection = self.selection(service);
        let names = self.names(service, &selection);
        let world = self.world(names.as_ref());
        let row = self.row(service, &selection, names.as_ref(), world.ttl);
        let unanswered = self.levels.places(&selection).saturating_sub(row.places);
        let brief = ServiceBrief::new(&selection, unanswered);
        ServiceRow { brief: Some(brief), ..row }
    }

    fn with_levels(&mut self, service: &Overview<'i>) -> ServiceRow {
        let selection = self.selection(service);
        let names = self.names(service, &selection);
        let world = self.world(names.as_ref());
        let row = self.row(service, &selection, names.as_ref(), world.ttl);
        let federations = self.input.state.policy().federations.iter();
        let publishing = federations.filter(|it| service.health(it.publish) != Health::Unpublished);
        let shards = selection.candidates.iter();
        let levels = names.map(|names| self.levels.rows(&selection, &names));
        let detail = ServiceDetail {
            federations: publishing.map(|federation| federation.name.to_string()).collect(),
            when_all_down: world.when_all_down,
            clusters: shards.map(|shard| self.shard(service, &selection, shard)).collect(),
            levels: levels.unwrap_or_default(),
        };
        ServiceRow { detail: Some(detail), ..row }
    }

    fn row(
        &self,
        service: &Overview<'_>,
        selection: &Selection<'_>,
        names: Option<&CanonicalNames<'_>>,
        ttl: u32,
    ) -> ServiceRow {
        let (namespace, name) = service.names();
        let unanswered = service.healthy_until(self.publish);
        let healthy_clusters = selection.answering(PlaceId::GLOBAL).count();
        let unheard = selection.answering(PlaceId::GLOBAL).filter(|it| {
            let state = self.input.state.cluster(it.index).state();
            matches!(state, ClusterState::Lost | ClusterState::Silent | ClusterState::Restored)
        });
        ServiceRow {
            namespace: namespace.to_owned(),
            name: name.to_owned(),
            state: service.health(self.publish),
            unanswered_seconds: unanswered.map(|since| since.age(self.input.now).as_secs()),
            healthy_clusters,
            unheard_clusters: unheard.count(),
            published_clusters: selection.candidates.iter().filter(|it| it.is_published()).count(),
            places: self.levels.answering_places(selection, names),
            addresses: selection.addresses(PlaceId::GLOBAL).len(),
            ttl,
            brief: None,
            detail: None,
        }
    }

    /// What queries of the global name find.
    fn world(&mut self, names: Option<&CanonicalNames<'_>>) -> World {
        let (gathered, now) = (&mut self.gathered, self.input.now);
        let find = |chain: &FallbackChain<'_>, _: &Node<'_>| {
            let end = chain.end(gathered, now);
            // What a cluster that has not spoken yet may change is not answered before it has.
            let is_down = !end.is_healthy() && !chain.is_guessed(&end);
            let when_all_down = is_down.then(|| all_down(chain, gathered));
            World { ttl: chain.ttl(&end), when_all_down }
        };
        let found = names.and_then(|names| names.at(PlaceMap::GLOBAL, find).ok());
        let ttl = self.federation.map_or(0, |federation| federation.ttl);
        found.unwrap_or(World { ttl, when_all_down: None })
    }

    fn shard(
        &self,
        service: &Overview<'_>,
        selection: &Selection<'_>,
        candidate: &Candidate<'_>,
    ) -> ServiceShardRow {
        let DocumentInput { state, now, .. } = *self.input;
        let left_out = selection.left_out(candidate, PlaceId::GLOBAL);
        let hostnames = candidate.hostnames.iter();
        let shard = state.shard(service.key(), candidate.index).unwrap_or_default();
        ServiceShardRow {
            cluster: candidate.cluster.to_string(),
            published: candidate.is_published(),
            answers: left_out.is_none(),
            reason: left_out.map(|reason| reason.to_string()),
            addresses: candidate.addresses.clone(),
            ready_endpoints: shard.ready_endpoints(),
            endpoints: shard.endpoints(),
            ttl_seconds: candidate.ttl,
            hostnames: hostnames.filter_map(|name| HostnameNote::find(state, name, now)).collect(),
        }
    }
}

//! Who asks: which cluster, and from where in it.
//!
//! In: ground state; then what a packet tells of its sender. Out: [`Asker`]: by the cluster's own
//! listener, else by the word of a trusted forwarder, else by the source address; with the place
//! whose names are nearest. Looked up for in-cluster names only, so that no other name pays for it.
//! Does not know names, zones or what is answered.

use std::net::IpAddr;
use std::sync::Arc;

use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use prefix_trie::PrefixMap;

use crate::core::name::Label;
use crate::core::policy::{Policy, TrustedClients};
use crate::core::state::{Cluster, ClusterIndex, State};
use crate::core::topology::{Place, PlaceId, PlaceMap};

/// What a packet tells of who sent it.
#[derive(Clone, Copy, Debug)]
pub struct Asking<'p> {
    /// The address it came from.
    pub client: IpAddr,
    /// The cluster whose own listener was asked.
    pub listener: Option<&'p Label>,
    /// The cluster id in EDNS option 65001, as it came.
    pub id: Option<&'p [u8]>,
}

/// Who asks.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Asker {
    /// The cluster, where it is known.
    pub cluster: Option<ClusterIndex>,
    /// Where in it, as a position in the map of places: the world where nothing is known.
    pub location: usize,
    /// What decided.
    pub by: By,
}

/// What decides who asks.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum By {
    /// The listener that was asked; without a cluster: of one that is no longer registered.
    Listener,
    /// EDNS option 65001; without a cluster: it names none that is registered.
    Option,
    /// The source address lies in the cluster's networks.
    Source,
    /// The longest network that holds the source address is that of several clusters.
    Shared,
    /// Nothing: no network of a cluster holds the source address.
    Nothing,
}

/// Values by network, of both families; the longest network that holds an address counts.
#[derive(Clone, Debug)]
struct Networks<T> {
    v4: PrefixMap<Ipv4Net, T>,
    v6: PrefixMap<Ipv6Net, T>,
}

impl<T> Default for Networks<T> {
    fn default() -> Self {
        Self { v4: PrefixMap::new(), v6: PrefixMap::new() }
    }
}

impl<T: Copy + PartialEq> Networks<T> {
    /// Puts a value; where another one stands for the very same network, `both` does.
    fn put(&mut self, network: IpNet, value: T, both: T) {
        match canonical(network) {
            IpNet::V4(network) => match self.v4.get_mut(&network) {
                Some(known) if *known != value => *known = both,
                Some(_) => {}
                None => _ = self.v4.insert(network, value),
            },
            IpNet::V6(network) => match self.v6.get_mut(&network) {
                Some(known) if *known != value => *known = both,
                Some(_) => {}
                None => _ = self.v6.insert(network, value),
            },
        }
    }

    /// The longest network that holds an address, and its value.
    fn find(&self, address: IpAddr) -> Option<(IpNet, T)> {
        match address.to_canonical() {
            IpAddr::V4(address) => {
                let (network, value) = self.v4.get_lpm(&Ipv4Net::from(address))?;
                Some((network.into(), *value))
            }
            IpAddr::V6(address) => {
                let (network, value) = self.v6.get_lpm(&Ipv6Net::from(address))?;
                Some((network.into(), *value))
            }
        }
    }
}

/// RFC 4291, section 2.5.5.2: addresses of IPv4 inside of IPv6 are addresses of IPv4.
fn canonical(network: IpNet) -> IpNet {
    if let IpNet::V6(six) = network
        && let (Some(address), Some(length)) =
            (six.addr().to_ipv4_mapped(), six.prefix_len().checked_sub(96))
    {
        return Ipv4Net::new(address, length).map_or(network, IpNet::V4);
    }
    network
}

/// One cluster, as askers are told apart by it.
#[derive(Debug)]
struct AskingCluster {
    /// That of the cluster it was made of.
    revision: u64,
    /// Its networks by configuration; empty = those of its nodes.
    networks: Vec<IpNet>,
    /// Where it stands, if that is one place.
    place: PlaceId,
    /// Where its nodes stand, if that makes a difference.
    of_nodes: Networks<PlaceId>,
}

impl AskingCluster {
    fn new(state: &State, cluster: &Cluster) -> Self {
        let standing = &cluster.standing;
        let place = match (&standing.zones[..], &standing.regions[..]) {
            ([zone], _) => *zone,
            (_, [region]) => *region,
            _ => PlaceId::GLOBAL,
        };
        let mut of_nodes = Networks::default();
        // Where there is one zone, or no zone and one region, every node leads there.
        let is_one = standing.is_one();
        for node in cluster.nodes.values().map(|it| &it.facts).filter(|_| !is_one) {
            let of_node = node_place(state, cluster, cluster.place_of(node)).unwrap_or(place);
            node.networks().for_each(|network| of_nodes.put(network, of_node, place));
        }
        let networks = cluster.policy.networks.clone();
        Self { revision: cluster.revision, networks, place, of_nodes }
    }

    /// Whether the same addresses are this cluster's as were that one's.
    fn claims_as(&self, former: &Self) -> bool {
        !self.networks.is_empty() && self.networks == former.networks
    }
}

/// The zone of a node, if that is one of its cluster's; else its region, if it is.
fn node_place(state: &State, cluster: &Cluster, place: Option<Place>) -> Option<PlaceId> {
    let of_cluster = |place: &Place| {
        state.place_id(place).filter(|&id| id != PlaceId::GLOBAL && cluster.standing.counts_at(id))
    };
    let place = place?;
    of_cluster(&place).or_else(|| match place {
        Place::Zone(Some(region), _) => of_cluster(&Place::Region(region)),
        Place::Zone(None, _) | Place::Region(_) => None,
    })
}

/// All that tells askers apart. Immutable where it is published; what did not change is shared
/// with the one before.
#[derive(Clone, Debug, Default)]
pub struct Askers {
    /// By number.
    clusters: Vec<Option<Arc<AskingCluster>>>,
    /// Numbers by name, sorted.
    names: Vec<(Label, ClusterIndex)>,
    /// Whose network it is; `None`: of several clusters.
    sources: Arc<Networks<Option<ClusterIndex>>>,
    /// Whose word counts; `None`: that of this host and of the clusters' own networks.
    trusted: Option<Arc<Networks<()>>>,
    /// By the number of a place: its position in the map of places.
    locations: Arc<[usize]>,
}

impl Askers {
    /// Follows clusters that came, changed or went. What costs as much as there are nodes is done
    /// anew for a changed cluster alone; and the map of all networks, only where the networks of a
    /// cluster changed: nodes that come and go in a cluster with `networks` of its own do not touch
    /// it.
    pub fn follow_clusters(&mut self, state: &State) {
        let former = std::mem::take(&mut self.clusters);
        let mut is_alike = true;
        self.names.clear();
        for (name, index) in state.clusters_by_name() {
            let (cluster, at) = (state.cluster(index), usize::from(index.0));
            let known = former.get(at).and_then(Option::as_ref);
            let is_same = |known: &&Arc<AskingCluster>| known.revision == cluster.revision;
            let next = known.filter(is_same).cloned().unwrap_or_else(|| {
                let next = AskingCluster::new(state, cluster);
                is_alike &= known.is_some_and(|known| next.claims_as(known));
                Arc::new(next)
            });
            if self.clusters.len() <= at {
                self.clusters.resize(at + 1, None);
            }
            self.clusters[at] = Some(next);
            self.names.push((name.clone(), index));
        }
        let gone = former.iter().enumerate().any(|(at, known)| {
            known.is_some() && self.clusters.get(at).is_none_or(Option::is_none)
        });
        if !is_alike || gone {
            self.sources = Arc::new(sources(state));
        }
    }

    /// Follows a policy.
    pub fn follow_policy(&mut self, policy: &Policy) {
        self.trusted = match &policy.trusted_clients {
            TrustedClients::Clusters => None,
            TrustedClients::Networks(networks) => {
                let mut trusted = Networks::default();
                networks.iter().for_each(|network| trusted.put(*network, (), ()));
                Some(Arc::new(trusted))
            }
        };
    }

    /// Follows places that came or went.
    pub fn follow_places(&mut self, places: &PlaceMap) {
        let of_all = places.locations().iter().flat_map(|location| &location.places);
        let of_all = of_all.map(|place| place.0 as usize);
        let mut locations = vec![PlaceMap::GLOBAL; 1 + of_all.max().unwrap_or(0)];
        // A zone in its region stands before its zone-only name: that one is its canonical name.
        for (at, location) in places.locations().iter().enumerate().rev() {
            location.places.iter().for_each(|place| locations[place.0 as usize] = at);
        }
        self.locations = locations.into();
    }

    /// Who asks.
    pub fn asker(&self, asking: &Asking<'_>) -> Asker {
        if let Some(name) = asking.listener {
            return self.named(name.as_str().as_bytes(), By::Listener);
        }
        if let Some(id) = asking.id.filter(|_| self.trusts(asking.client)) {
            return self.named(id, By::Option);
        }
        match self.sources.find(asking.client) {
            Some((_, Some(cluster))) => {
                let place = self.cluster(cluster).map_or(PlaceId::GLOBAL, |it| {
                    it.of_nodes.find(asking.client).map_or(it.place, |(_, place)| place)
                });
                Asker { cluster: Some(cluster), location: self.location(place), by: By::Source }
            }
            Some((_, None)) => Asker { by: By::Shared, ..Asker::NOBODY },
            None => Asker::NOBODY,
        }
    }

    /// The cluster of that name, whatever its case, at its one place: behind a forwarder the source
    /// is the forwarder's node and not the asker's.
    fn named(&self, name: &[u8], by: By) -> Asker {
        let lowered = || name.iter().map(u8::to_ascii_lowercase);
        let found = self.names.binary_search_by(|(it, _)| it.as_str().bytes().cmp(lowered()));
        let Ok(at) = found else { return Asker { by, ..Asker::NOBODY } };
        let (_, cluster) = self.names[at];
        let place = self.cluster(cluster).map_or(PlaceId::GLOBAL, |it| it.place);
        Asker { cluster: Some(cluster), location: self.location(place), by }
    }

    /// Whether the word of `client` on the asking cluster counts.
    pub fn trusts(&self, client: IpAddr) -> bool {
        match &self.trusted {
            Some(trusted) => trusted.find(client).is_some(),
            None => client.to_canonical().is_loopback() || self.sources.find(client).is_some(),
        }
    }

    /// The longest network of a cluster that holds an address.
    pub fn network_of(&self, address: IpAddr) -> Option<IpNet> {
        self.sources.find(address).map(|(network, _)| network)
    }

    /// The network by which an address is told to be on one node of a cluster, where its nodes stand
    /// in several places.
    pub fn node_network_of(&self, cluster: ClusterIndex, address: IpAddr) -> Option<IpNet> {
        self.cluster(cluster)?.of_nodes.find(address).map(|(network, _)| network)
    }

    fn cluster(&self, index: ClusterIndex) -> Option<&AskingCluster> {
        self.clusters.get(usize::from(index.0))?.as_deref()
    }

    fn location(&self, place: PlaceId) -> usize {
        self.locations.get(place.0 as usize).copied().unwrap_or(PlaceMap::GLOBAL)
    }
}

impl Asker {
    /// Somebody of whom nothing is known.
    const NOBODY: Self = Self { cluster: None, location: PlaceMap::GLOBAL, by: By::Nothing };

    /// Whether the source address had to decide.
    pub fn is_by_source(&self) -> bool {
        matches!(self.by, By::Source | By::Shared | By::Nothing)
    }
}

/// All networks of all clusters: those of the configuration, else those of the nodes.
fn sources(state: &State) -> Networks<Option<ClusterIndex>> {
    let mut sources = Networks::default();
    for (_, index) in state.clusters_by_name() {
        let cluster = state.cluster(index);
        let mut claim = |network| sources.put(network, Some(index), None);
        if cluster.policy.networks.is_empty() {
            cluster.nodes.values().flat_map(|it| it.facts.networks()).for_each(&mut claim);
        } else {
            cluster.policy.networks.iter().copied().for_each(&mut claim);
        }
    }
    sources
}

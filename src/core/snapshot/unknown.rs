//! What is not known because clusters have not said it, and which answers that could change.
//!
//! In: ground state. Out: [`Unknown`], made anew when clusters sync, come or go. While answers wait for
//! clusters, one that they could change is a guess and not given; afterwards it is given for a short time.
//! Does not know what is answered.

use std::sync::Arc;

use wildmatch::WildMatch;

use crate::core::state::{Cluster, ClusterIndex, State, SyncState};
use crate::core::topology::{Location, Place, PlaceId};

/// What is not known because clusters have not said it.
#[derive(Clone, Debug, Default)]
pub struct Unknown {
    /// Some cluster has never said all it has: a name that nobody has may still exist.
    pub has_names: bool,
    /// Whether answers wait for clusters that were never read.
    is_awaited: bool,
    /// Clusters may be registered that nobody has told of yet: they may stand anywhere, have anything and
    /// ask from anywhere.
    expects_clusters: bool,
    /// Whether something was never read that could change answers.
    is_any: bool,
    /// Clusters that were never read.
    unread: Arc<[Unread]>,
    /// Whether one of them is told by its nodes: anybody may be asking from there.
    has_askers: bool,
}

/// A cluster that was never read, and what its entry says of it.
#[derive(Clone, Debug)]
struct Unread {
    cluster: ClusterIndex,
    /// Globs of namespaces it may publish; none: all.
    namespaces: Vec<WildMatch>,
    /// The places that exist where it may turn out to stand; `None` = all.
    places: Option<Vec<PlaceId>>,
    /// Whether it may bring zones and regions, of which one may be called like another region's zone.
    brings_zones: bool,
}

impl Unread {
    fn new(state: &State, index: ClusterIndex) -> Self {
        let cluster = state.cluster(index);
        Self {
            cluster: index,
            namespaces: cluster.policy.namespaces.clone(),
            places: places(state, cluster),
            brings_zones: cluster.may_stand_anywhere(),
        }
    }

    fn may_change(&self, namespace: &str, location: &Location) -> bool {
        let may_stand_there =
            |places: &Vec<PlaceId>| location.places.iter().any(|place| places.contains(place));
        let admits = || self.namespaces.iter().any(|glob| glob.matches(namespace));
        // Where such a name leads follows from the places that there are, whoever has the service.
        (self.brings_zones && location.is_zone_only())
            || (self.places.as_ref().is_none_or(may_stand_there)
                && (self.namespaces.is_empty() || admits()))
    }
}

/// Where a cluster may turn out to stand that was never read; `None` = anywhere.
fn places(state: &State, cluster: &Cluster) -> Option<Vec<PlaceId>> {
    let region = cluster.policy.region.as_ref()?;
    let standing = &cluster.standing;
    let mut places = vec![PlaceId::GLOBAL];
    places.extend(standing.zones.iter().chain(&standing.regions));
    if cluster.may_stand_anywhere() {
        // Its nodes say in which zones of the region.
        let shown = state.clusters().flat_map(|it| &it.shown);
        let within = shown.filter(|it| matches!(it, Place::Zone(Some(of), _) if of == region));
        places.extend(within.filter_map(|place| state.place_id(place)));
    }
    Some(places)
}

impl Unknown {
    /// What `state` does not know.
    pub(super) fn new(state: &State) -> Self {
        let expects_clusters = state.expects_clusters();
        let clusters = state.clusters_by_name().map(|(_, index)| index);
        // One that was read in part has said what it can: no answer waits for it.
        let unread: Arc<[_]> = clusters
            .filter(|index| state.cluster(*index).sync == SyncState::Awaited)
            .map(|index| Unread::new(state, index))
            .collect();
        let is_told_by_nodes = |it: &Unread| state.cluster(it.cluster).policy.networks.is_empty();
        Self {
            has_names: expects_clusters || state.clusters().any(|cluster| !cluster.is_known()),
            is_awaited: !state.is_settled(),
            expects_clusters,
            is_any: expects_clusters || !unread.is_empty(),
            has_askers: expects_clusters || unread.iter().any(is_told_by_nodes),
            unread,
        }
    }

    /// Whether answers wait for something that was never read: what that could change is a guess. Resolvers keep
    /// good data under SERVFAIL and lose it under a guess.
    #[inline(always)]
    pub fn is_any_awaited(&self) -> bool {
        self.is_awaited && self.is_any
    }

    /// Whether what is answered of services of a namespace, a label in lower case, at a location could be
    /// changed by something that was never read.
    // Mostly nothing is: whoever asks looks at that first, and then at no namespace and no place.
    #[inline(never)]
    pub fn may_change(&self, namespace: &[u8], location: &Location) -> bool {
        // A label is ASCII; of another one nobody has a service.
        let Ok(namespace) = std::str::from_utf8(namespace) else { return false };
        self.expects_clusters || self.unread.iter().any(|it| it.may_change(namespace, location))
    }

    /// Whether answers go without something that was never read, and wait for it no longer.
    #[inline(always)]
    pub fn is_any_missed(&self) -> bool {
        !self.is_awaited && self.is_any
    }

    /// Whether "the asker's cluster has no such Service" would be a guess: it was never read. `is_by_source`:
    /// where nobody says which one it is, its address could.
    pub fn is_own_guess(&self, cluster: Option<ClusterIndex>, is_by_source: bool) -> bool {
        self.is_any_awaited()
            && match cluster {
                Some(cluster) => self.is_unread(cluster),
                None => self.has_askers && is_by_source,
            }
    }

    /// Whether an answer goes without what the asker's own cluster may have, or who asks could be told otherwise:
    /// by a cluster that was never read. `is_by_source`: the asker is told by its address, if at all.
    pub fn is_own_missed(&self, cluster: Option<ClusterIndex>, is_by_source: bool) -> bool {
        self.is_any_missed()
            && ((self.has_askers && is_by_source) || cluster.is_some_and(|it| self.is_unread(it)))
    }

    fn is_unread(&self, cluster: ClusterIndex) -> bool {
        self.unread.iter().any(|it| it.cluster == cluster)
    }
}

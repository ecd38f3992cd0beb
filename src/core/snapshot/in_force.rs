//! Overrides in force, as far as answers read them: which clusters wait or are out, and when that ends.
//!
//! In: ground state. Out: [`InForce`], made anew when an override begins or ends, or a cluster stands elsewhere.
//! Drains of clusters and places are kept here and not in services, so that none of them is compiled again for
//! one. Does not know what is answered.

use std::collections::HashMap;

use foldhash::fast::FixedState;

use crate::core::compiled::View;
use crate::core::overrides::{Action, Target};
use crate::core::state::{ClusterIndex, State};
use crate::core::time::Moment;
use crate::core::topology::ClusterSet;

/// No answer that an override is about lives shorter than this for that, in seconds.
const LEAST_TTL: u32 = 5;

/// What overrides in force mean for answers.
#[derive(Clone, Debug)]
pub struct InForce {
    /// The clusters whose shards wait until no other answers.
    pub reserve: ClusterSet,
    /// The clusters whose shards do not answer at all.
    pub out: ClusterSet,
    /// When drains of clusters and places end, and whom they are about.
    clusters: Vec<Ending>,
    /// When overrides of a service end, by its key.
    services: HashMap<Box<[u8]>, Vec<ServiceEnding>, FixedState>,
}

/// When a drain ends, and the clusters that it is about.
#[derive(Clone, Debug)]
struct Ending {
    clusters: ClusterSet,
    at: Moment,
}

/// When an override of a service ends, and whose shards it is about.
#[derive(Clone, Debug)]
struct ServiceEnding {
    of: Whose,
    /// Whether their addresses stand in no record meanwhile.
    is_hard: bool,
    at: Moment,
}

/// Whose shards of a service an override is about.
#[derive(Clone, Copy, Debug)]
enum Whose {
    Every,
    One(Option<ClusterIndex>),
    AllBut(Option<ClusterIndex>),
}

impl Whose {
    fn is(self, cluster: ClusterIndex) -> bool {
        match self {
            Self::Every => true,
            Self::One(one) => one == Some(cluster),
            Self::AllBut(one) => one != Some(cluster),
        }
    }
}

impl InForce {
    /// What `state` has in force; `None` where that is nothing.
    pub(super) fn new(state: &State) -> Option<Self> {
        let mut annotated = state.annotated_drains().peekable();
        if state.overrides().is_empty() && annotated.peek().is_none() {
            return None;
        }
        let now = state.told();
        let moment = |until: u64| {
            let left = until.saturating_sub(now.unix_seconds);
            Moment(now.moment.0 + std::time::Duration::from_secs(left))
        };
        let [reserve, out] = state.drained();
        let mut clusters = Vec::new();
        let mut services: HashMap<_, Vec<_>, FixedState> = HashMap::default();
        for (it, until) in state.overrides().iter().filter_map(|it| Some((it, it.until?))) {
            let at = moment(until);
            let find = |name| state.find_cluster(name);
            let (of, is_hard) = match &it.action {
                Action::Drain { target: Target::Service(_, None), is_hard } => {
                    (Whose::Every, *is_hard)
                }
                Action::Drain { target: Target::Service(_, Some(cluster)), is_hard } => {
                    (Whose::One(find(cluster)), *is_hard)
                }
                Action::Pin { cluster, .. } => (Whose::AllBut(find(cluster)), false),
                Action::Drain { .. } => {
                    clusters.push(Ending { clusters: about(state, &it.action), at });
                    continue;
                }
            };
            if let Some(service) = it.action.service() {
                let ending = ServiceEnding { of, is_hard, at };
                services.entry(service.wire().into()).or_default().push(ending);
            }
        }
        for (key, cluster, until) in annotated {
            let Some(until) = until else { continue };
            // Whether it is hard stands in the shard: it is told as if it were.
            let ending =
                ServiceEnding { of: Whose::One(Some(cluster)), is_hard: true, at: moment(until) };
            services.entry(key.into()).or_default().push(ending);
        }
        Some(Self { reserve, out, clusters, services })
    }

    /// The longest that an answer may live at `now`, in seconds: until an override ends that is about a shard of
    /// the service, of a cluster that stands where the answer is given, whatever else is said of that one. `key`
    /// is the service's, and `standing` those who stand there, drained or not.
    pub fn limit(&self, key: &[u8], view: View<'_>, standing: &ClusterSet, now: Moment) -> u32 {
        let lists = [view.healthy(), view.standby(), view.reserve()];
        let has = |is_it: &dyn Fn(ClusterIndex) -> bool| {
            lists.iter().any(|list| list.has(|it| standing.contains(it) && is_it(it)))
        };
        let found = if self.services.is_empty() { None } else { self.services.get(key) };
        let of_service = found.map_or(&[][..], Vec::as_slice);
        // What is drained hard stands in no list: then whoever stands there may have been it.
        let is_hidden = of_service.iter().any(|it| it.is_hard);
        let of_clusters = self.clusters.iter().filter(|it| match is_hidden {
            true => standing.shares(&it.clusters),
            false => has(&|cluster| it.clusters.contains(cluster)),
        });
        let of_service = of_service.iter().filter(|it| match (is_hidden, it.of) {
            (true, Whose::One(cluster)) => cluster.is_some_and(|it| standing.contains(it)),
            (true, _) => !standing.is_empty(),
            (false, of) => has(&|cluster| of.is(cluster)),
        });
        let ends = of_clusters.map(|it| it.at).chain(of_service.map(|it| it.at));
        let left = ends.min().map(|at| at.0.saturating_sub(now.0).as_secs());
        left.map_or(u32::MAX, |left| u32::try_from(left).unwrap_or(u32::MAX).max(LEAST_TTL))
    }
}

/// The clusters that a drain of one, or of a place, is about.
fn about(state: &State, action: &Action) -> ClusterSet {
    let mut found = ClusterSet::default();
    for (name, index) in state.clusters_by_name() {
        if action.is_about(name, &state.cluster(index).places) {
            found.insert(index);
        }
    }
    found
}

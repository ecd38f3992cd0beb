//! What changes of ground state make of history.
//!
//! In: changes, and ground state after them. Out: events, in the words of the log and of the verdict.
//! Does not know which of them are told one by one.

use crate::core::service::ServiceKey;
use crate::core::spell::Spell;
use crate::core::state::{
    Changes, Cluster, ClusterState, Move, Outage, OutageTurn, State, StateChange, Step,
};
use crate::core::time::Now;
use crate::core::topology::{ClusterIndex, Place, Standing};
use crate::core::verdict;

use super::History;
use super::event::{EventKind, News};
use super::surplus::Change;

/// Places of one cluster that an event names.
const MOST_PLACES: usize = 3;

/// Takes in what changed.
pub(super) fn record(history: &mut History, now: Now, state: &State, changes: &Changes) {
    for change in &changes.states {
        history.add(now, Change::Other, || state_news(state, change));
    }
    // Reading a cluster for the first time is one event, which its state makes.
    for step in changes.moves.iter().filter(|step| !step.is_first) {
        let change = match step.step {
            Step::Joins(_) => Change::Joins,
            Step::Leaves(_) | Step::Ends => Change::Leaves,
            Step::Readdresses(_) | Step::Waits(_) => Change::Moves,
        };
        history.add(now, change, || Some(of_move(state, step)));
    }
    for turn in &changes.overrides {
        history.add(now, Change::Other, || Some(News::info(EventKind::Override, turn.to_string())));
    }
    for outage in &changes.outages {
        let change = match outage.turn {
            OutageTurn::Begins(_) => Change::Falls,
            OutageTurn::Ends(_) => Change::Rises,
        };
        history.add(now, change, || Some(of_outage(outage)));
    }
}

/// A cluster that is in another state: the sentence of the verdict, and how it was before. That one is not read yet
/// that has just come is no news.
pub fn state_news(state: &State, change: &StateChange) -> Option<News> {
    if change.before.is_none() && change.state == ClusterState::Awaited {
        return None;
    }
    let cluster = state.cluster(state.find_cluster(&change.cluster)?);
    let before = change.before.map(|before| {
        let (word, lasted) = (before.as_str(), Spell(change.lasted));
        format!("; it was {word} for {lasted}")
    });
    let text =
        format!("{}{}", verdict::sentence(cluster, change.state), before.unwrap_or_default());
    let news = match change.state {
        ClusterState::Synced | ClusterState::Restored => News::info(EventKind::Cluster, text),
        _ => News::warning(EventKind::Cluster, text),
    };
    Some(news.of_cluster(&change.cluster))
}

fn of_outage(outage: &Outage) -> News {
    let news = match outage.turn {
        OutageTurn::Begins(_) => News::warning(EventKind::Service, outage.to_string()),
        OutageTurn::Ends(_) => News::info(EventKind::Service, outage.to_string()),
    };
    let news = news.of_service(&outage.service);
    match &outage.cluster {
        Some(cluster) => news.of_cluster(cluster),
        None => news,
    }
}

/// A shard that changed its part, and the levels that are answered from elsewhere for that.
fn of_move(state: &State, step: &Move) -> News {
    let text = format!("{step}{}", levels(state, step).unwrap_or_default());
    let news = News::info(EventKind::Service, text);
    news.of_service(&step.service).of_cluster(&step.cluster)
}

/// At which places of a cluster another level answers now; nothing where none does.
fn levels(state: &State, step: &Move) -> Option<String> {
    let index = state.find_cluster(&step.cluster)?;
    let answering = Answering::new(state, &step.service);
    let joins = match step.step {
        Step::Joins(_) => true,
        Step::Leaves(_) => false,
        Step::Ends | Step::Readdresses(_) | Step::Waits(_) => return None,
    };
    // What has changed once more since is told by itself.
    if answering.clusters.contains(&index) != joins {
        return None;
    }
    let cluster = state.cluster(index);
    let turns = cluster.places.iter().filter_map(|place| {
        let others = answering.level_without(index, cluster, place)?;
        let answers = if joins { own_level(place) } else { others };
        Some(format!("at {place} {answers}"))
    });
    let turns: Vec<_> = turns.collect();
    let shown = turns.iter().take(MOST_PLACES).cloned().collect::<Vec<_>>().join(", ");
    let more = match turns.len().checked_sub(MOST_PLACES) {
        Some(more) if more > 0 => format!(", and so at {more} more places"),
        _ => String::new(),
    };
    (!turns.is_empty()).then(|| format!("; {shown}{more}"))
}

fn own_level(place: &Place) -> &'static str {
    match place {
        Place::Zone(..) => "the zone itself answers",
        Place::Region(_) => "the region itself answers",
    }
}

/// Which clusters answer a service.
struct Answering<'s> {
    state: &'s State,
    clusters: Vec<ClusterIndex>,
}

impl<'s> Answering<'s> {
    fn new(state: &'s State, service: &ServiceKey) -> Self {
        Self { state, clusters: state.answering(&service.wire()).collect() }
    }

    /// The level that answers at a place of a cluster without it; `None` where that is the same one, or none.
    fn level_without(
        &self,
        index: ClusterIndex,
        cluster: &Cluster,
        place: &Place,
    ) -> Option<&'static str> {
        let others = self.clusters.iter().filter(|other| **other != index);
        let others: Vec<&Standing> =
            others.map(|other| &self.state.cluster(*other).standing).collect();
        let place_id = self.state.place_id(place)?;
        if others.is_empty() || others.iter().any(|it| it.counts_at(place_id)) {
            return None;
        }
        let region = match place {
            Place::Zone(Some(region), _) => {
                self.state.place_id(&Place::Region(region.clone())).filter(|region| {
                    cluster.standing.regions.contains(region)
                        && others.iter().any(|it| it.counts_at(*region))
                })
            }
            Place::Zone(None, _) | Place::Region(_) => None,
        };
        Some(if region.is_some() { "the region answers" } else { "the world answers" })
    }
}

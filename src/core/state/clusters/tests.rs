//! Clusters alone: numbers, silences, identity and what the guard holds, without a state around them.

use std::time::Duration;

use super::*;
use crate::core::event::{Contact, NodeFacts};
use crate::core::policy::{SILENT_AFTER, WhenSilent};
use crate::core::service::SourceId;
use crate::core::time::Moment;

fn at(seconds: u64) -> Moment {
    Moment(Duration::from_secs(seconds))
}

fn label(text: &str) -> Label {
    Label::parse(text).expect("a label")
}

fn add(clusters: &mut Clusters, name: &str, policy: ClusterPolicy) -> ClusterIndex {
    clusters.register(label(name), policy).expect("the name is free")
}

#[test]
fn a_number_is_free_again_when_its_cluster_is_gone() {
    let mut clusters = Clusters::default();
    let (east, west) = (add(&mut clusters, "east", ClusterPolicy::default()), ClusterIndex(1));
    assert_eq!(add(&mut clusters, "west", ClusterPolicy::default()), west);
    assert_eq!(clusters.register(label("east"), ClusterPolicy::default()), None);
    clusters.remove(east);
    assert_eq!((clusters.find(&label("east")), clusters.find(&label("west"))), (None, Some(west)));
    assert_eq!(add(&mut clusters, "north", ClusterPolicy::default()), east);
    assert_eq!(clusters.by_name().map(|(_, index)| index).collect::<Vec<_>>(), [east, west]);
}

#[test]
fn silence_grows_by_time_alone_and_ends_at_a_word() {
    let mut clusters = Clusters::default();
    let policy = ClusterPolicy { when_silent: WhenSilent::Withdraw, ..ClusterPolicy::default() };
    let east = add(&mut clusters, "east", policy);
    clusters.note_contact(east, at(5), Contact::Lost("gone".into()));
    let look = clusters.look(at(5), BTreeSet::new());
    assert_eq!(look.ends, [(east, None)], "what never said anything is awaited, and not silent");
    clusters.note_synced(east, true);
    let until = Moment(at(5).0 + SILENT_AFTER);
    assert_eq!(clusters.look(at(6), BTreeSet::new()).ends, [(east, Some(until))]);
    // Nothing has changed, and it is not due.
    assert!(clusters.look(at(7), BTreeSet::new()).ends.is_empty());
    let look = clusters.look(until, BTreeSet::from([east]));
    assert!(look.withdrawn_before.is_some() && look.changes[0].silence == Silence::Withdrawn);
    assert!(clusters.withdrawn().contains(east) && clusters.silent().contains(east));
    clusters.note_contact(east, at(90), Contact::Reached);
    let look = clusters.look(at(90), BTreeSet::new());
    assert!(look.withdrawn_before.is_some() && look.changes[0].silence == Silence::Heard);
    assert!(clusters.withdrawn().is_empty());
}

#[test]
fn another_cluster_is_foreign_until_it_is_accepted_or_time_does_it() {
    let mut clusters = Clusters::default();
    let limit = Some(Duration::from_secs(100));
    let policy = ClusterPolicy { stale_limit: limit, ..ClusterPolicy::default() };
    let east = add(&mut clusters, "east", policy);
    clusters.identify(east, at(0), "one".into());
    let identified = clusters.identify(east, at(1), "two".into());
    assert_eq!((identified.former.as_deref(), identified.is_back), (Some("one"), false));
    assert!(clusters.identify(east, at(2), "one".into()).is_back);
    assert!(!clusters.accept(east));
    clusters.identify(east, at(3), "two".into());
    assert_eq!(clusters.look(at(3), BTreeSet::new()).ends, [(east, Some(at(103)))]);
    assert!(!clusters.is_accepted(east, at(102)) && clusters.is_accepted(east, at(103)));
    assert!(clusters.accept(east));
    assert_eq!(clusters.get(east).answering(), Some("two"));
}

#[test]
fn clusters_with_one_api_server_are_twins_as_long_as_it_is_so() {
    let mut clusters = Clusters::default();
    let [east, west] = ["east", "west"].map(|it| add(&mut clusters, it, ClusterPolicy::default()));
    for index in [east, west] {
        let former = clusters.identify(index, at(0), "one".into()).former;
        clusters.match_anew(index, former.as_deref());
    }
    assert_eq!(*clusters.get(east).twins, [label("west")]);
    let former = clusters.forget_identity(west);
    assert_eq!(clusters.match_anew(west, former.as_deref()), [west, east]);
    assert!(clusters.get(east).twins.is_empty() && clusters.get(west).twins.is_empty());
}

#[test]
fn much_that_is_absent_is_held_once_and_believed_the_second_time() {
    let mut clusters = Clusters::default();
    let policy = ClusterPolicy { withdraw_guard: Some(50), ..ClusterPolicy::default() };
    let east = add(&mut clusters, "east", policy);
    let absent = |count: u8| Absent {
        services: (0..count).map(|it| Box::from([it])).collect(),
        nodes: BTreeSet::new(),
        of: Extent { services: 4, nodes: 0 },
    };
    let few = clusters.hold(east, SourceId(0), at(0), absent(2));
    assert!(!few.is_held && !few.is_news && few.held.services.is_empty());
    let many = clusters.hold(east, SourceId(0), at(1), absent(3));
    assert!(many.is_held && many.held.services.len() == 3);
    assert_eq!(clusters.get(east).unheard_since(), Some(at(1)));
    let again = clusters.hold(east, SourceId(0), at(2), absent(3));
    assert!(!again.is_held && again.is_news && again.held.services.is_empty());
    assert_eq!(clusters.get(east).unheard_since(), None);
}

#[test]
fn an_empty_source_is_not_believed_where_something_was_kept() {
    let mut clusters = Clusters::default();
    let east = add(&mut clusters, "east", ClusterPolicy::default());
    let nodes = [("n1".into(), NodeFacts::default())];
    let kept = RestoredFacts {
        as_of: 7,
        is_complete: true,
        uid: Some("one"),
        shown: &[],
        nodes: &nodes,
        shards: 0,
    };
    clusters.restore(east, at(1), kept);
    clusters.end_restoring(east);
    assert!(clusters.get(east).is_known() && clusters.get(east).unheard_since() == Some(at(1)));
    assert!(!clusters.believes_reading(east, at(2), true));
    assert_eq!(clusters.is_emptied_no_more(east), None);
    assert!(clusters.put_node(east, SourceId(0), "n2".into(), NodeFacts::default()));
    assert_eq!(clusters.is_emptied_no_more(east), Some(true));
    assert!(clusters.believes_reading(east, at(3), true));
    let synced = clusters.note_synced(east, true);
    assert!(synced.is_news && synced.is_all_read && synced.is_kept_otherwise);
    assert!(clusters.forget_former_nodes(east) && !clusters.forget_former_nodes(east));
}

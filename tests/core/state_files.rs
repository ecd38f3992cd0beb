//! State files as octets: what is kept of ground state is what is restored, and whatever a disk
//! makes of a file is refused in words, never believed and never a panic.

use crate::support;
use crate::worlds;
use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use fedns::core::answer::{Scratch, Transport};
use fedns::core::complaint::{Flaw, Subject};
use fedns::core::event::{ClusterEvent, Facts, ObjectKey, Scope};
use fedns::core::hostname::{Answer, Finding, Resolution};
use fedns::core::policy::{ClusterPolicy, Policy};
use fedns::core::service::{Ingress, ServiceFacts};
use fedns::core::snapshot::{Publisher, Snapshot};
use fedns::core::state::{
    Changes, Cluster, Kept, LaterVersions, ResourceVersion, ResumePoint, Serials, State, SyncState,
    read_services,
};
use fedns::core::state_file::{Encoder, FORMAT, Kind, Unusable, whole_checksum};
use fedns::core::time::{Moment, Now};
use proptest::prelude::*;

use crate::support::kept::{self, AS_OF, SOURCE, keep, keep_services};
use crate::support::packet::Ask;
use crate::support::{START, answer_with, facts, label, request};
use crate::worlds::Step;

fn read(file: &[u8]) -> Result<Kept, Unusable> {
    Kept::read(file.to_vec(), &ClusterPolicy::default())
}

fn play(policy: &Policy, steps: &[Step]) -> State {
    let mut state = State::new(Arc::new(policy.clone()), Now::default(), Duration::ZERO);
    steps.iter().for_each(|step| _ = step.apply(&mut state));
    state
}

/// The state that a process has that starts from what `state` kept.
fn restarted(state: &State) -> State {
    kept::restarted(state, Now::default(), Duration::from_secs(30)).0
}

fn snapshot(state: &State) -> Snapshot {
    let mut publisher = Publisher::new(state, 1);
    publisher.publish(state, &Changes::default(), START)
}

fn answers(snapshot: &Snapshot, names: &BTreeSet<String>) -> Vec<(String, Vec<u8>)> {
    let (mut scratch, mut buffer) = (Scratch::default(), vec![0; 65_535]);
    let mut all = Vec::new();
    for (name, kind) in names.iter().flat_map(|name| ["A", "AAAA", "ANY"].map(|it| (name, it))) {
        let packet = Ask::new(name, kind).packet();
        let request = request(&packet, Transport::Tcp, Moment::default(), 0);
        let (reply, _) = answer_with(snapshot, &request, &mut scratch, &mut buffer);
        all.push((format!("{name} {kind}"), reply.to_vec()));
    }
    all
}

/// The label of the namespace of `namespace/service`, in wire form.
fn namespace(key: &str) -> Vec<u8> {
    let mut wire = Vec::new();
    facts::key(key).namespace.write_wire(&mut wire);
    wire
}

fn config() -> ProptestConfig {
    // `PROPTEST_CASES` is read by the default; without it the file must stay quick.
    let default = ProptestConfig::default();
    let cases = if std::env::var_os("PROPTEST_CASES").is_some() { default.cases } else { 60 };
    ProptestConfig { cases, failure_persistence: None, ..default }
}

proptest! {
    #![proptest_config(config())]

    /// restore(keep(state)) answers like state, also for what has no healthy shard; and what is
    /// restored is settled at once.
    #[test]
    fn what_was_kept_answers_as_before(world in worlds::world()) {
        let state = play(&world.policy, &world.steps);
        let next = restarted(&state);
        prop_assert!(next.is_settled());
        prop_assert!(next.clusters().all(|it| it.sync == SyncState::Restored));
        let names = worlds::names();
        let (before, after) = (answers(&snapshot(&state), &names), answers(&snapshot(&next), &names));
        let differing = before.iter().zip(&after).find(|(a, b)| a != b);
        prop_assert!(differing.is_none(), "{differing:?}");
        let counts = |state: &State| {
            (state.service_count(), state.published(), state.health_counts(state.widest_class())
                .map(|(_, count)| count).collect::<Vec<_>>())
        };
        prop_assert_eq!(counts(&state), counts(&next));
        let shards = |state: &State| state.clusters().map(|it| it.shards).collect::<Vec<_>>();
        let local = |state: &State| {
            let of = |it: &Cluster| worlds::SERVICES.map(|key| {
                it.taking_part_in(&namespace(key))
            });
            state.clusters().map(of).collect::<Vec<_>>()
        };
        prop_assert_eq!(local(&state), local(&next));
        prop_assert_eq!(shards(&state), shards(&next));
        let like = |state: &State| state.complaint_counts().remove("federation_like_namespace");
        prop_assert_eq!(like(&state).unwrap_or(0), like(&next).unwrap_or(0));
    }

    /// A restart that reads everything again ends where no restart would have: what clusters do
    /// not say any more is gone, and nothing else.
    #[test]
    fn reading_everything_again_leaves_nothing_of_before(
        before in worlds::world(),
        after in worlds::world(),
    ) {
        let mut next = restarted(&play(&after.policy, &before.steps));
        // A source that holds nothing at all would not be believed.
        let ends = worlds::CLUSTERS.iter().flat_map(|name| {
            let node = facts::applied(facts::node("a.north"));
            [Step::Say(name, node), Step::Say(name, facts::SYNCED)]
        });
        let steps: Vec<_> = after.steps.iter().cloned().chain(ends).collect();
        let fresh = play(&after.policy, &steps);
        steps.iter().for_each(|step| _ = step.apply(&mut next));
        prop_assert_eq!(fresh.service_count(), next.service_count());
        prop_assert_eq!(fresh.published(), next.published());
        for key in fresh.service_keys() {
            let shards = |state: &State| state.shards(key).collect::<Vec<_>>();
            prop_assert_eq!(shards(&fresh), shards(&next));
        }
    }
}

proptest! {
    #![proptest_config(config())]

    /// Whatever stands in sections with good checksums: it is refused, or it can be restored.
    #[test]
    fn no_section_panics(
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..6),
        cut in any::<prop::sample::Index>(),
        tag in 1..10_u8,
        noise in prop::collection::vec(any::<u8>(), 0..200),
    ) {
        let state = busy();
        let name = label("alpha");
        let mut sections = vec![state.head(&name, SOURCE, AS_OF).unwrap()];
        let mut cursor = None;
        loop {
            let mut slice = state.slice_cluster(&name, cursor).unwrap();
            slice.settle();
            cursor = slice.next.clone();
            sections.push(slice);
            if cursor.is_none() {
                break;
            }
        }
        for (at, octet) in &changes {
            let section = &mut sections[at.index(4)].octets;
            if !section.is_empty() {
                let at = at.index(section.len());
                section[at] = *octet;
            }
        }
        let last = sections.last_mut().unwrap();
        last.octets.truncate(cut.index(2 * last.octets.len() + 1));
        let mut out = Vec::new();
        let mut encoder = Encoder::start(Kind::Cluster, &mut out);
        sections.iter().for_each(|it| encoder.section(it.tag, &it.octets, &mut out));
        encoder.section(tag, &noise, &mut out);
        encoder.end(&mut out);
        if let Ok(kept) = read(&out) {
            let (policy, grace) = (state.policy().clone(), Duration::ZERO);
            let mut next = State::new(policy, Now::default(), grace);
            next.register(kept.head.cluster.clone(), ClusterPolicy::default());
            next.restore(&[kept]);
            snapshot(&next);
        }
        for kind in [Kind::Services, Kind::Serials] {
            let mut out = Vec::new();
            let mut encoder = Encoder::start(kind, &mut out);
            encoder.section(tag, &noise, &mut out);
            encoder.end(&mut out);
            if let (Kind::Services, Ok(sets)) = (kind, read_services(&out)) {
                busy().restore_services(sets);
            }
            _ = Serials::read(&out);
        }
    }
}

fn busy() -> State {
    worlds::busy(play)
}

#[test]
fn a_file_cut_anywhere_is_refused() {
    let file = keep(&busy(), "alpha");
    assert!(file.len() > 500 && read(&file).is_ok());
    for length in 0..file.len() {
        assert!(read(&file[..length]).is_err(), "{length} octets");
    }
}

#[test]
fn a_file_with_a_bit_flipped_is_refused() {
    let file = keep(&busy(), "alpha");
    for bit in (0..8 * file.len()).step_by(7) {
        let mut flipped = file.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        assert!(read(&flipped).is_err(), "bit {bit}");
    }
}

#[test]
fn a_file_of_another_version_or_another_kind_is_refused_by_name() {
    let mut file = keep(&busy(), "alpha");
    assert_eq!(read_services(&file), Err(Unusable::OtherKind));
    assert_eq!(read(b"hello").unwrap_err(), Unusable::NotOurs);
    for format in [0, FORMAT - 1, FORMAT + 1] {
        file[8..10].copy_from_slice(&format.to_le_bytes());
        assert_eq!(read(&file).unwrap_err(), Unusable::OtherFormat(format));
    }
}

/// The file that the version before wrote of the cluster of [`the_layout_is_that_of_this_format`]: it
/// is refused in the words that docs/operations.md promises, whatever its sections would say now.
#[test]
fn a_file_of_the_version_before_is_not_half_read() {
    let file = include_bytes!(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/fuzz/corpus/state_file/format_3_cluster"
    ));
    let refused = read(file).unwrap_err();
    assert_eq!(refused, Unusable::OtherFormat(3));
    assert_eq!(
        refused.to_string(),
        format!("it has format 3, and this version reads format {FORMAT}")
    );
    let mut renumbered = file.to_vec();
    renumbered[8] = FORMAT as u8;
    assert!(matches!(read(&renumbered).unwrap_err(), Unusable::Damaged(_)));
}

/// Up to where a cluster was read comes back with what was read, and what was noted beside the file only
/// where it is of this very file.
#[test]
fn watches_go_on_from_what_was_kept_with_these_facts() {
    let mut state = busy();
    let alpha = label("alpha");
    let say = |state: &mut State, event| _ = state.apply(Now::default(), &alpha, event);
    let scope = |text: &str| Scope::parse(text).unwrap();
    let points = |state: &State, later: &[LaterVersions]| {
        let points = read(&keep(state, "alpha")).unwrap().resume_points(later);
        let of = |it: ResumePoint| (it.scope.to_string(), it.version.to_string(), it.objects);
        points.map(|it| it.points.into_iter().map(of).collect::<Vec<_>>())
    };
    say(&mut state, ClusterEvent::Versioned(scope("services"), "7".into()));
    assert_eq!(points(&state, &[]), None, "it is not known which cluster it is");
    say(&mut state, ClusterEvent::Identified("uid".into()));
    say(&mut state, ClusterEvent::Versioned(scope("namespaces/shop/endpointslices"), "8".into()));
    say(&mut state, ClusterEvent::Versioned(scope("nodes"), "1\u{e9}".into()));
    let of = |text: &str, objects| (text.to_owned(), objects);
    let counted = points(&state, &[]).unwrap();
    let index = state.find_cluster(&alpha).unwrap();
    let shards: Vec<_> = state
        .service_keys()
        .flat_map(|key| state.shards(key).map(|it| (key.to_vec(), it)).collect::<Vec<_>>())
        .filter(|(_, (cluster, _))| *cluster == index)
        .map(|(key, (_, shard))| (key, shard))
        .collect();
    let of_shop = shards.iter().filter(|(key, _)| key.ends_with(b"\x04shop"));
    let expected = [
        of("nodes", state.cluster(index).nodes.len()),
        of("services", shards.iter().filter(|(_, it)| it.service.is_some()).count()),
        of("namespaces/shop/endpointslices", of_shop.map(|(_, it)| it.slices.len()).sum()),
    ];
    let counts = counted.iter().map(|(text, _, objects)| (text.clone(), *objects as usize));
    assert_eq!(counts.collect::<BTreeSet<_>>(), BTreeSet::from(expected));
    // Beside it: of this file, or of one that was replaced.
    let file = keep(&state, "alpha");
    let version =
        |kind: &str, version: &str| ResourceVersion { kind: kind.into(), version: version.into() };
    let mut later = LaterVersions {
        cluster: alpha.clone(),
        file: whole_checksum(&file),
        versions: vec![version("services", "70"), version("nodes", "71")],
    };
    later.follow(&[version("services", "72"), version("pods", "1")]);
    let versions = |later: &[LaterVersions]| {
        let points = points(&state, later).unwrap().into_iter();
        points.map(|(kind, version, _)| format!("{kind} {version}")).collect::<BTreeSet<_>>()
    };
    let is = |all: &[&str]| all.iter().map(|it| (*it).to_owned()).collect::<BTreeSet<_>>();
    assert_eq!(versions(&[later.clone()]), is(&["services 72", "nodes 71"]));
    later.file += 1;
    let of_head = is(&["services 7", "nodes 1\u{e9}", "namespaces/shop/endpointslices 8"]);
    assert_eq!(versions(&[later]), of_head);
    // Of a kind of which something is wrong nothing is kept.
    let object = Subject::Service("shop".into(), "cart".into());
    say(&mut state, ClusterEvent::Flawed(object, vec![Flaw::EmptyIngress]));
    let kinds = points(&state, &[]).unwrap().into_iter().map(|(kind, ..)| kind);
    assert!(kinds.eq(["nodes", "namespaces/shop/endpointslices"].map(str::to_owned)));
}

/// Sections with good checksums that say what no version says: someone made them.
#[test]
fn a_file_that_was_made_up_is_refused() {
    let state = busy();
    let head = state.head(&label("alpha"), SOURCE, AS_OF).unwrap();
    let shards: [&[u8]; 5] = [
        b"\x00",
        b"\x06\x01a\x01b\x00\x00\x00\x00",
        b"\x04\x01a\x01b\xff\xff\xff\xff",
        b"\x04\x01a\x01b\x02\x00\x00\x00\x00\x00",
        b"\x04\x01A\x01b\x02\x00\x00\x00\x01\x00",
    ];
    for row in shards {
        let mut out = Vec::new();
        let mut encoder = Encoder::start(Kind::Cluster, &mut out);
        encoder.section(head.tag, &head.octets, &mut out);
        encoder.section(4, row, &mut out);
        encoder.end(&mut out);
        assert!(matches!(read(&out), Err(Unusable::Damaged(_))), "{row:?}");
    }
}

#[test]
fn places_shown_come_back_unless_the_entry_is_another_one() {
    let state = busy();
    let file = keep(&state, "alpha");
    let policy = ClusterPolicy { region: Some(label("else")), ..ClusterPolicy::default() };
    let shown = |policy: &ClusterPolicy| {
        let mut next = State::new(state.policy().clone(), Now::default(), Duration::ZERO);
        next.register(label("alpha"), policy.clone());
        next.restore(&[Kept::read(file.clone(), policy).unwrap()]);
        next.clusters().next().unwrap().shown.len()
    };
    let before = state.find_cluster(&label("alpha")).map(|it| state.cluster(it).shown.len());
    assert_eq!(Some(shown(&ClusterPolicy::default())), before);
    // What nodes say under the new entry, and no more.
    assert!(shown(&policy) <= before.unwrap() + 1);
}

#[test]
fn copying_while_services_come_and_go_misses_none_that_stay() {
    let policy = Policy { federations: vec![facts::federation("f", "s")], ..Policy::default() };
    let mut state = State::new(Arc::new(policy), Now::default(), Duration::ZERO);
    let cluster = label("alpha");
    state.register(cluster.clone(), ClusterPolicy::default());
    let key = |number: usize| facts::key(&format!("n/s{number}"));
    let address = ["192.0.2.1".parse().unwrap()];
    let say = |state: &mut State, event| _ = state.apply(Now::default(), &cluster, event);
    for number in 0..7000 {
        let facts = Facts::Service(key(number), facts::load_balancer(&address));
        say(&mut state, facts::applied(facts));
    }
    say(&mut state, facts::SYNCED);
    let mut out = Vec::new();
    let mut encoder = Encoder::start(Kind::Cluster, &mut out);
    let head = state.head(&cluster, SOURCE, AS_OF).unwrap();
    encoder.section(head.tag, &head.octets, &mut out);
    let (mut cursor, mut turn) = (None, 0);
    loop {
        let mut slice = state.slice_cluster(&cluster, cursor).unwrap();
        slice.settle();
        encoder.section(slice.tag, &slice.octets, &mut out);
        cursor = slice.next;
        if cursor.is_none() {
            break;
        }
        // Between slices, services from all over the store go, and the last ones move there.
        for number in (turn..7000).step_by(97) {
            let gone = ObjectKey::Service(key(number));
            say(&mut state, ClusterEvent::Removed(gone));
        }
        turn += 1;
    }
    encoder.end(&mut out);
    let mut next = State::new(state.policy().clone(), Now::default(), Duration::ZERO);
    next.register(cluster.clone(), ClusterPolicy::default());
    next.restore(&[read(&out).unwrap()]);
    assert!(turn > 3 && state.service_count() < 6900);
    for key in state.service_keys() {
        assert_eq!(next.shards(key).count(), 1);
    }
}

/// The same facts in the same octets as ever: where this fails, what was kept by an earlier version
/// would be misread, and [`FORMAT`] has to go up (and this file be written anew).
#[test]
fn the_layout_is_that_of_this_format() {
    let mut state = State::new(Arc::new(Policy::default()), Now::default(), Duration::ZERO);
    let cluster = label("east");
    state.register(cluster.clone(), ClusterPolicy::default());
    let key = facts::key("shop/cart");
    let service = ServiceFacts {
        ttl: Some(30),
        ingress: vec![
            Ingress::Address("192.0.2.1".parse().unwrap()),
            Ingress::Hostname("lb.example.net".into()),
        ],
        ..facts::load_balancer(&[])
    };
    for facts in [
        facts::node("a.us"),
        Facts::Slice(key.clone(), facts::slice(&key, 3, 1)),
        Facts::Service(key, service),
    ] {
        state.apply(Now::default(), &cluster, facts::applied(facts));
    }
    state.apply(Now::default(), &cluster, facts::SYNCED);
    let serials = Serials {
        apexes: vec![(b"\x01s\0".to_vec(), 7)],
        heard: vec![(cluster, 9)],
        ..Serials::default()
    };
    let addresses = vec!["192.0.2.7".parse().unwrap(), "2001:db8::7".parse().unwrap()];
    let aliases = vec!["alias.example.net".into()];
    let answer = Answer { addresses, aliases, ..Answer::default() };
    let resolution =
        Resolution { finding: Finding::Answered(answer), again_in: Duration::from_secs(60) };
    state.resolve(Now::default(), "lb.example.net", resolution);
    let mut file = keep(&state, "east");
    file.extend(keep_services(&state));
    serials.sections().iter().for_each(|(tag, octets)| {
        file.push(*tag);
        file.extend_from_slice(octets);
    });
    let lines: Vec<String> = file.chunks(32).map(|it| it.escape_ascii().to_string()).collect();
    let path = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/core/state_files.expect"));
    let written = std::fs::read_to_string(path).unwrap_or_default();
    let actual = format!("format {FORMAT}\n{}\n", lines.join("\n"));
    support::expect::check(path, &written, &actual).unwrap();
}

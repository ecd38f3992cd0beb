//! Journals: what changes of a cluster is added behind its file, and comes back with it.

use std::sync::Arc;
use std::time::Duration;

use fedns::clock::Clock;
use fedns::controller::{Controller, Input, calls};
use fedns::core::event::{ClusterEvent, FactKind, Facts, Listing, Object, ObjectKey, Scope};
use fedns::core::policy::{ClusterPolicy, Policy};
use fedns::core::service::SliceFacts;
use fedns::core::state::{Kept, State};
use fedns::core::state_file::{Unusable, whole_checksum};
use fedns::core::time::Now;
use fedns::state_dir::{Folder, Keeper, KeeperStart, Registrations};
use proptest::prelude::*;
use tokio::sync::{mpsc, watch};
use tokio_util::sync::CancellationToken;

use crate::support::facts::{self, SYNCED, key};
use crate::support::kept::keep;
use crate::support::{entry, label, plan};
use crate::worlds::{self, Step};

const NAME: &str = "alpha";

/// What a process restores from these.
fn restored(file: &[u8], journal: &[u8]) -> (State, Result<(), Unusable>) {
    let policy = ClusterPolicy::default();
    let mut kept = Kept::read(file.to_vec(), &policy).unwrap();
    let added = kept.add(journal, &policy);
    let mut state = State::new(Arc::new(Policy::default()), Now::default(), Duration::ZERO);
    state.register(label(NAME), policy);
    state.restore(&[kept]);
    (state, added)
}

/// What a cluster says, whoever said it.
fn facts_of(state: &State) -> Vec<String> {
    let index = state.find_cluster(&label(NAME)).unwrap();
    let keys = state.service_keys();
    let shards = keys.flat_map(|key| state.shards(key).map(move |shard| (key, shard)));
    let own = shards.filter(|(_, (cluster, _))| *cluster == index);
    let text = |(key, (_, shard)): (&[u8], (_, fedns::core::service::Shard))| {
        let slices: Vec<_> = shard.slices.iter().map(|slice| &slice.facts).collect();
        format!("{} {:?} {slices:?}", key.escape_ascii(), shard.facts())
    };
    let mut all: Vec<_> = own.map(text).collect();
    all.sort();
    all
}

fn say(state: &mut State, event: ClusterEvent) {
    state.apply(Now::default(), &label(NAME), event);
}

/// A Service with this address.
fn service(number: usize, address: u8) -> ClusterEvent {
    let address = [192, 0, 2, address].into();
    facts::applied(Facts::Service(
        key(&format!("shop/s{number}")),
        facts::load_balancer(&[address]),
    ))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, failure_persistence: None, ..ProptestConfig::default() })]

    /// A file and the parts behind it say what a file says that is written anew, but for numbers of
    /// endpoints from which nothing follows.
    #[test]
    fn parts_behind_a_file_are_as_good_as_a_file(world in worlds::world(), every in 1_usize..9) {
        let mut state = State::new(Arc::new(world.policy.clone()), Now::default(), Duration::ZERO);
        let mut file = None;
        let (mut journal, mut checksum) = (Vec::new(), 0);
        for (at, step) in world.steps.iter().enumerate() {
            step.apply(&mut state);
            if matches!(step, Step::Register(_)) || at % every != 0 {
                continue;
            }
            match state.part(&label(NAME)) {
                Some(part) => checksum = part.write(checksum, &mut journal),
                None => {
                    let revision = revision(&state);
                    state.begin_copy(&label(NAME), revision);
                    let whole = keep(&state, NAME);
                    checksum = whole_checksum(&whole);
                    (file, journal) = (Some(whole), Vec::new());
                }
            }
        }
        let Some(file) = file else { return Ok(()) };
        let last = state.part(&label(NAME));
        prop_assume!(last.is_some());
        last.unwrap().write(checksum, &mut journal);
        let (of_parts, added) = restored(&file, &journal);
        prop_assert!(added.is_ok(), "{added:?}");
        let (of_whole, _) = restored(&keep(&state, NAME), &[]);
        let keys = |state: &State| {
            let mut keys: Vec<_> = state.service_keys().map(<[u8]>::to_vec).collect();
            keys.sort();
            keys
        };
        prop_assert_eq!(keys(&of_parts), keys(&of_whole));
        for key in of_whole.service_keys() {
            let shards = |state: &State| state.shards(key).map(|(_, shard)| shard).collect::<Vec<_>>();
            let (one, other) = (shards(&of_parts), shards(&of_whole));
            prop_assert!(one[0].means_as(&other[0]), "{one:?} {other:?}");
        }
    }
}

/// At which revision the head of the file stands that is copied now.
fn revision(state: &State) -> u64 {
    state.marks().find(|mark| mark.name == label(NAME)).expect("it is registered").revision
}

#[test]
fn a_torn_part_is_left_out_and_a_damaged_one_is_told_of() {
    let mut state = State::new(Arc::new(Policy::default()), Now::default(), Duration::ZERO);
    state.register(label(NAME), ClusterPolicy::default());
    (0..20).for_each(|number| say(&mut state, service(number, 1)));
    say(&mut state, SYNCED);
    let head = revision(&state);
    state.begin_copy(&label(NAME), head);
    let file = keep(&state, NAME);
    let mut stages = vec![facts_of(&state)];
    let (mut journal, mut ends) = (Vec::new(), vec![0]);
    let mut checksum = whole_checksum(&file);
    for number in 0..4 {
        say(&mut state, service(number, 9));
        say(
            &mut state,
            ClusterEvent::Removed(ObjectKey::Service(key(&format!("shop/s{}", 10 + number)))),
        );
        checksum = state.part(&label(NAME)).unwrap().write(checksum, &mut journal);
        stages.push(facts_of(&state));
        ends.push(journal.len());
    }
    for length in 0..=journal.len() {
        let whole = ends.iter().rposition(|end| *end <= length).unwrap();
        let (state, added) = restored(&file, &journal[..length]);
        assert_eq!((added, facts_of(&state)), (Ok(()), stages[whole].clone()), "{length} octets");
    }
    for bit in (8 * ends[1]..8 * ends[3]).step_by(7) {
        let mut flipped = journal.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        let whole = ends.iter().rposition(|end| 8 * *end <= bit).unwrap();
        let (state, added) = restored(&file, &flipped);
        // A length that leads beyond the end looks as if the rest were torn off.
        let is_length = bit / 8 < ends[whole] + 4;
        assert!(added.is_err() || is_length, "bit {bit}");
        assert_eq!(facts_of(&state), stages[whole], "bit {bit}");
    }
    // Of another file nothing is taken in.
    say(&mut state, service(19, 7));
    let next = keep(&state, NAME);
    let (of_next, added) = restored(&next, &journal);
    assert_eq!((added, facts_of(&of_next)), (Ok(()), facts_of(&state)));
}

#[test]
fn parts_of_a_file_that_was_replaced_hide_none_behind_them() {
    let mut state = State::new(Arc::new(Policy::default()), Now::default(), Duration::ZERO);
    state.register(label(NAME), ClusterPolicy::default());
    (0..20).for_each(|number| say(&mut state, service(number, 1)));
    say(&mut state, SYNCED);
    let (mut journal, mut old) = (Vec::new(), 0);
    for turn in 0..2 {
        // A file, and parts behind it; of the first one they are still there when the second one is.
        let head = revision(&state);
        state.begin_copy(&label(NAME), head);
        let file = keep(&state, NAME);
        let mut checksum = whole_checksum(&file);
        for number in 0..3 {
            say(&mut state, service(number, 2 + turn));
            checksum = state.part(&label(NAME)).unwrap().write(checksum, &mut journal);
        }
        let (restored_state, added) = restored(&file, &journal);
        assert_eq!((added, facts_of(&restored_state)), (Ok(()), facts_of(&state)), "file {turn}");
        // Damage among what says nothing is no damage; nor is it hidden where nothing else follows.
        let mut damaged = journal.clone();
        damaged[old / 2 + 40] ^= 1;
        let (of_damaged, added) = restored(&file, &damaged);
        assert_eq!(added.is_ok(), turn == 1, "file {turn}");
        assert_eq!(facts_of(&of_damaged) == facts_of(&state), turn == 1, "file {turn}");
        old = journal.len();
    }
}

/// The services of a cluster, each with ten endpoints that are ready.
const SERVICES: usize = 1000;

fn slice(number: usize, ready: u32, not_ready: u32) -> Object {
    let key = key(&format!("shop/s{number}"));
    let name = format!("s{number}-1").into();
    let slice = SliceFacts { name, ..facts::slice(&key, ready, not_ready) };
    Object { facts: Facts::Slice(key, slice), flaws: Vec::new() }
}

/// A day in which Deployments roll all the time, and now and then a service changes its address: as many
/// files as were written when each change was one, and the octets of the day.
#[tokio::test(start_paused = true)]
async fn a_day_of_rolling_deployments_writes_next_to_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let plan = plan(vec![facts::federation("fed", "example.com")], vec![entry("east")]);
    let clock = Clock::start();
    let mut controller = Controller::new(plan, clock);
    let (inputs, inputs_in) = mpsc::channel::<Input>(64);
    let (_registrations, registrations) = watch::channel(Registrations::default());
    let survey = controller.survey();
    let start = KeeperStart { survey, registrations, later: Vec::new(), refused: Vec::new() };
    let access = controller.keeping();
    let keeper = Keeper::new(Folder::new(folder.path()), start, access, inputs.clone(), clock);
    let (figures, stop) = (controller.figures(), CancellationToken::new());
    let (_client, calls) = calls();
    let tell = |event| {
        let inputs = inputs.clone();
        async move { inputs.send(Input::from((label("east"), event))).await.unwrap() }
    };
    let work = async {
        let services = (0..SERVICES).map(|number| match service(number, 1) {
            ClusterEvent::Applied(_, object) => object,
            _ => unreachable!(),
        });
        let slices = (0..SERVICES).map(|number| slice(number, 10, 0));
        let objects = services.chain(slices).collect();
        let source = facts::SOURCE;
        tell(ClusterEvent::Identified("uid".into())).await;
        tell(ClusterEvent::Listed(vec![Listing { source, objects }])).await;
        tell(SYNCED).await;
        tokio::time::sleep(Duration::from_secs(60)).await;
        let size =
            |name: &str| std::fs::metadata(folder.path().join(name)).map_or(0, |it| it.len());
        let whole = size("cluster-east.state");
        let before = figures.borrow().kept.writes;
        for minute in 0..24 * 60 {
            for turn in 0..6 {
                let (number, ready) =
                    ((minute * 6 + turn) % SERVICES, 10 - (minute + turn) as u32 % 4);
                tell(ClusterEvent::Modified(source, slice(number, ready, 10 - ready))).await;
                let scope = Scope { kind: FactKind::Slice, namespace: None, selection: "".into() };
                tell(ClusterEvent::Versioned(scope, format!("{minute}{turn}").into())).await;
                tokio::time::sleep(Duration::from_secs(10)).await;
            }
            if minute % 60 == 59 {
                tell(service(minute % SERVICES, 2 + (minute / 60) as u8)).await;
            }
        }
        let writes = figures.borrow().kept.writes - before;
        stop.cancel();
        println!("{:?}", std::fs::read_dir(folder.path()).map(Iterator::collect::<Vec<_>>));
        (
            whole,
            writes,
            size("cluster-east.state"),
            size("cluster-east.state.journal"),
            size("serials.state"),
        )
    };
    let (told, (), ()) = tokio::join!(
        work,
        controller.run(inputs_in, calls, stop.clone()),
        keeper.run(stop.clone()),
    );
    let (whole, writes, whole_now, added, serials) = told;
    assert!(whole > 50_000 && whole_now == whole, "{whole} {whole_now}");
    assert!(added > 0, "24 addresses stand behind the file");
    // Each write but those of addresses was one of serials.
    let octets = added + writes * serials;
    let former = whole * 24 * 360;
    println!("{octets} octets in {writes} writes; {former} when each change wrote the file");
    assert!(octets * 100 < former, "{octets} of {former}");
}

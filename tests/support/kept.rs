//! What a process would keep of a world: state files as octets, without a folder.
//!
//! In: ground state. Out: files, and the ground state that a process starts from with them.

use std::time::Duration;

use fedns::core::policy::ClusterPolicy;
use fedns::core::state::{Changes, Kept, State, read_services};
use fedns::core::state_file::{Encoder, Kind};
use fedns::core::time::Now;

use super::{START, label};

pub const SOURCE: &str = "the folder /clusters/east";
pub const AS_OF: Now = START;

/// A cluster's file.
pub fn keep(state: &State, name: &str) -> Vec<u8> {
    let name = label(name);
    let mut out = Vec::new();
    let mut encoder = Encoder::start(Kind::Cluster, &mut out);
    let head = state.head(&name, SOURCE, AS_OF).unwrap();
    encoder.section(head.tag, &head.octets, &mut out);
    let mut cursor = None;
    loop {
        let mut slice = state.slice_cluster(&name, cursor).unwrap();
        slice.settle();
        encoder.section(slice.tag, &slice.octets, &mut out);
        cursor = slice.next;
        if cursor.is_none() {
            encoder.end(&mut out);
            return out;
        }
    }
}

/// The file of what is kept by service.
pub fn keep_services(state: &State) -> Vec<u8> {
    let mut out = Vec::new();
    let mut encoder = Encoder::start(Kind::Services, &mut out);
    let mut cursor = None;
    loop {
        let slice = state.slice_services(cursor);
        encoder.section(slice.tag, &slice.octets, &mut out);
        cursor = slice.next;
        if cursor.is_none() {
            encoder.end(&mut out);
            return out;
        }
    }
}

/// The state of a process that starts at `now` from what `state` kept, with the same configuration.
pub fn restarted(state: &State, now: Now, sync_grace: Duration) -> (State, Changes) {
    let files = state.clusters().map(|cluster| keep(state, cluster.name.as_str())).collect();
    started(state, now, sync_grace, files, &keep_services(state))
}

/// The state of a process that starts at `now` from these files, with the configuration of `state`.
pub fn started(
    state: &State,
    now: Now,
    sync_grace: Duration,
    files: Vec<Vec<u8>>,
    services: &[u8],
) -> (State, Changes) {
    let mut next = State::new(state.policy().clone(), now, sync_grace);
    let mut changes = Changes::default();
    for cluster in state.clusters() {
        changes.merge(next.register(cluster.name.clone(), cluster.policy.clone()));
    }
    // Of which cluster a file is stands in its head.
    let read = |octets: Vec<u8>| {
        let head = Kept::read(octets.clone(), &ClusterPolicy::default()).unwrap().head;
        let cluster = state.clusters().find(|it| it.name == head.cluster).unwrap();
        Kept::read(octets, &cluster.policy).unwrap()
    };
    let files: Vec<_> = files.into_iter().map(read).collect();
    let said = || state.said_overrides().to_vec();
    // What the operator says may be known before what clusters said, or after it.
    let is_first = now.moment.0.as_secs().is_multiple_of(2);
    if is_first {
        changes.merge(next.set_overrides(now, said()));
    }
    changes.merge(next.restore(&files));
    changes.merge(next.restore_services(read_services(services).unwrap()));
    if !is_first {
        changes.merge(next.set_overrides(now, said()));
    }
    changes.merge(next.advance(now));
    (next, changes)
}

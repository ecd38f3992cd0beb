//! A virtual world for tests: ground state, publisher and snapshot under a clock that tests move.
//!
//! In: clusters, events, packets. Out: replies as octets; [`render`] turns those into text.
//! Nothing here sleeps or looks at a real clock.
#![allow(dead_code, unreachable_pub, clippy::unwrap_used)]

pub mod expect;
pub mod facts;
pub mod kept;
pub mod law;
pub mod packet;
pub mod render;

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::time::Duration;

use fedns::config::{ClusterEntry, SourceIdentity};
use fedns::controller::Plan;
use fedns::core::answer::{Outcome, Reply, Request, Scratch, Transport, answer};
use fedns::core::compiled::{Table, compile_all};
use fedns::core::event::ClusterEvent;
use fedns::core::history::{Event, History, KeptEvents};
use fedns::core::hostname::{Finding, Resolution, ResolveRequest};
use fedns::core::name::Label;
use fedns::core::overrides::Override;
use fedns::core::policy::{ClusterPolicy, Federation, Policy};
use fedns::core::snapshot::{Publisher, Snapshot};
use fedns::core::state::{Changes, State};
use fedns::core::time::{Moment, Now};
use fedns::documents::hostname::HostnameNote;

use packet::Ask;

/// Unix seconds at moment zero, so that serials are readable: 14 November 2023.
pub const UNIX_AT_START: u64 = 1_700_000_000;
/// Moment zero by both clocks.
pub const START: Now = Now { moment: Moment(Duration::ZERO), unix_seconds: UNIX_AT_START };

/// The virtual world.
pub struct Sim {
    /// What clusters said.
    pub state: State,
    /// What queries read.
    pub snapshot: Snapshot,
    /// The virtual clock.
    pub now: Moment,
    /// What the wall clock showed at moment zero, in unix seconds.
    pub unix_at_start: i64,
    /// Every move since the log was taken last, in words.
    pub moves: Vec<String>,
    /// The hostnames that are wanted.
    pub requested: BTreeSet<Box<str>>,
    /// The hostnames that were wanted and then no more, since somebody took these.
    pub forgotten: BTreeSet<Box<str>>,
    publisher: Publisher,
    scratch: Scratch,
    buffer: Vec<u8>,
    /// What changed.
    history: History,
    /// The first event that was not asked for yet.
    shown: u64,
}

/// That a snapshot, however it came to be, holds what compiling all of `state` gives, octet by octet.
pub fn assert_compiled(snapshot: &Snapshot, state: &State, when: &str) {
    let whole = compile_all(99, state);
    let sorted = |table: &Table| {
        let mut records: Vec<_> = table.records().map(<[u8]>::to_vec).collect();
        records.sort_unstable();
        records
    };
    assert_eq!(sorted(&snapshot.table), sorted(&whole.table), "federated, {when}");
    assert_eq!(sorted(&snapshot.in_cluster), sorted(&whole.in_cluster), "in clusters, {when}");
}

impl Sim {
    /// A world at moment zero, without clusters.
    pub fn new(policy: Policy, sync_grace: Duration) -> Self {
        let now = START.moment;
        let state = State::new(Arc::new(policy), START, sync_grace);
        let mut publisher = Publisher::new(&state, 1);
        let snapshot = publisher.publish(&state, &Changes::default(), START);
        let (moves, requested, scratch) = (Vec::new(), BTreeSet::new(), Scratch::default());
        let (forgotten, buffer) = (BTreeSet::new(), vec![0; usize::from(u16::MAX)]);
        let unix_at_start = UNIX_AT_START as i64;
        Self {
            state,
            snapshot,
            now,
            unix_at_start,
            moves,
            requested,
            forgotten,
            publisher,
            scratch,
            buffer,
            history: History::new(KeptEvents::default(), START),
            shown: 0,
        }
    }

    /// Registers a cluster; one that is registered already gets the other entry.
    pub fn register(&mut self, name: &Label, policy: ClusterPolicy) {
        let changes = if self.knows(name) {
            self.state.change_cluster(name, policy)
        } else {
            self.state.register(name.clone(), policy)
        };
        self.publish(changes);
    }

    /// Takes a cluster out.
    pub fn deregister(&mut self, name: &Label) {
        let changes = self.state.deregister(name);
        self.publish(changes);
    }

    /// Accepts that a cluster is another one now.
    pub fn accept(&mut self, name: &Label) {
        let changes = self.state.accept(name);
        let changes = changes.unwrap_or_else(|| panic!("{name} is the cluster that it was"));
        self.publish(changes);
    }

    /// Takes in all that the operator says of what answers.
    pub fn set_overrides(&mut self, said: Vec<Override>) {
        let changes = self.state.set_overrides(self.told(), said);
        self.publish(changes);
    }

    /// Changes what holds for all.
    pub fn change_policy(&mut self, policy: Policy) {
        let changes = self.state.change_policy(Arc::new(policy));
        self.publish(changes);
    }

    /// Whether a cluster is registered.
    pub fn knows(&self, name: &Label) -> bool {
        self.state.clusters().any(|cluster| cluster.name == *name)
    }

    /// Applies what a cluster says and publishes.
    pub fn say(&mut self, cluster: &Label, event: ClusterEvent) {
        let changes = self.state.apply(self.told(), cluster, event);
        self.publish(changes);
    }

    /// Tells what came of asking for a hostname, and publishes.
    pub fn resolve(&mut self, hostname: &str, finding: Finding) {
        let resolution = Resolution { finding, again_in: Duration::from_secs(60) };
        let changes = self.state.resolve(self.told(), hostname, resolution);
        self.publish(changes);
    }

    /// The hostnames that are known of, a line each.
    pub fn hostnames(&self) -> Vec<String> {
        let line = |(name, _)| {
            let note = HostnameNote::find(&self.state, name, self.now).unwrap();
            let asked = if self.requested.contains(name) { "" } else { "; nobody asks for it" };
            format!("{note}{asked}")
        };
        self.state.hostnames().map(line).collect()
    }

    /// Moves the clock.
    pub fn pass_to(&mut self, now: Moment) {
        assert!(now >= self.now, "time does not run backwards");
        self.now = now;
        let changes = self.state.advance(self.told());
        self.publish(changes);
    }

    /// Sets the wall clock; the one by which time passes goes on.
    pub fn set_wall_clock(&mut self, unix_seconds: i64) {
        self.unix_at_start = unix_seconds - self.now.0.as_secs() as i64;
    }

    /// Replaces the process by one that starts from what this one kept.
    pub fn restart(&mut self, sync_grace: Duration) {
        let (state, changes) = kept::restarted(&self.state, self.told(), sync_grace);
        self.start_from(state, changes);
    }

    /// Replaces the process by one that starts with this state.
    pub fn start_from(&mut self, state: State, changes: Changes) {
        self.publisher = Publisher::new(&state, 1);
        self.state = state;
        self.requested.clear();
        self.publish(changes);
    }

    /// What changed since that was asked last, the first first.
    pub fn events(&mut self) -> Vec<String> {
        let line = |event: &Arc<Event>| {
            let Event { at, kind, severity, text, .. } = &**event;
            let (at, kind) = (at.saturating_sub(UNIX_AT_START), kind.as_str());
            format!("{at}s {kind} {}: {text}", severity.as_str())
        };
        let lines = self.history.from(self.shown).map(line).collect();
        self.shown = self.history.next();
        lines
    }

    fn publish(&mut self, changes: Changes) {
        self.history.record(self.told(), &self.state, &changes);
        self.moves.extend(changes.moves.iter().map(ToString::to_string));
        self.moves.extend(changes.outages.iter().map(ToString::to_string));
        self.moves.extend(changes.overrides.iter().map(ToString::to_string));
        self.moves.extend(changes.silences.iter().map(ToString::to_string));
        self.moves.extend(changes.relists.iter().map(|name| format!("{name} is to list again")));
        for request in &changes.resolve_requests {
            match request {
                ResolveRequest::Ask(name) => {
                    assert!(self.requested.insert(name.clone()), "{name}: asked twice")
                }
                ResolveRequest::Forget(name) => {
                    assert!(self.requested.remove(name), "{name}: not asked");
                    self.forgotten.insert(name.clone());
                }
            }
        }
        self.snapshot = self.publisher.publish(&self.state, &changes, self.told());
    }

    /// That what was compiled change by change is what compiling all of it gives.
    pub fn assert_compiled(&self, when: &str) {
        assert_compiled(&self.snapshot, &self.state, when);
    }

    /// What both clocks show.
    pub fn told(&self) -> Now {
        let unix = self.unix_at_start + self.now.0.as_secs() as i64;
        Now { moment: self.now, unix_seconds: u64::try_from(unix).unwrap_or(0) }
    }

    /// Answers a packet; the reply is empty where nothing is sent.
    pub fn answer(&mut self, packet: &[u8], transport: Transport, draw: u64) -> (&[u8], Outcome) {
        answer_with(
            &self.snapshot,
            &request(packet, transport, self.now, draw),
            &mut self.scratch,
            &mut self.buffer,
        )
    }

    /// Builds the packet of a question and answers it.
    pub fn ask(&mut self, ask: &Ask) -> Vec<u8> {
        let packet = ask.packet();
        let request = Request {
            client: ask.client,
            idle: ask.idle,
            listener: ask.listener.as_ref(),
            ..request(&packet, ask.transport, self.now, ask.draw)
        };
        let (scratch, buffer) = (&mut self.scratch, &mut self.buffer);
        answer_with(&self.snapshot, &request, scratch, buffer).0.to_vec()
    }
}

/// A client nobody knows.
pub const NOBODY: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 200));

/// How long a connection may be idle, unless a question says something else.
pub const IDLE: Duration = Duration::from_secs(10);

/// A request from a client nobody knows.
pub fn request(packet: &[u8], transport: Transport, now: Moment, draw: u64) -> Request<'_> {
    let client = NOBODY;
    Request { packet, transport, client, idle: IDLE, listener: None, now, draw }
}

/// Answers one packet from any snapshot.
pub fn answer_with<'b>(
    snapshot: &Snapshot,
    request: &Request<'_>,
    scratch: &mut Scratch,
    buffer: &'b mut [u8],
) -> (&'b [u8], Outcome) {
    let mut reply = Reply::new(buffer);
    let outcome = answer(snapshot, request, scratch, &mut reply);
    let len = reply.octets().len();
    (&buffer[..len], outcome)
}

/// A label that a test knows to be one.
pub fn label(text: &str) -> Label {
    Label::parse(text).unwrap_or_else(|error| panic!("{text:?}: {error}"))
}

/// What a controller of these starts from, which waits for no cluster.
pub fn plan(federations: Vec<Federation>, clusters: Vec<ClusterEntry>) -> Plan {
    Plan {
        policy: Policy { federations, ..Policy::default() },
        clusters,
        expects_clusters: false,
        sync_grace: Duration::ZERO,
        warnings: Vec::new(),
        complaints: Vec::new(),
    }
}

/// A cluster that says nothing of itself but its name.
pub fn entry(name: &str) -> ClusterEntry {
    let source = SourceIdentity::Manifests(format!("/clusters/{name}").into());
    ClusterEntry { name: label(name), policy: ClusterPolicy::default(), source }
}

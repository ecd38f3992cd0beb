//! The pipeline alone: what it says of a fake API server is applied to ground state, as the
//! controller does. Its pace is quick where things go well, and patient with a slow machine.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use fedns::clusters::api::{Credentials, Timing};
use fedns::clusters::cluster_watch::{ApiServer, ListTurns, WatchHandle, watch};
use fedns::clusters::watch_control::WatchControl;
use fedns::clusters::watch_stats::{ClusterStats, ErrorSort};
use fedns::core::event::{ClusterEvent, Contact};
use fedns::core::name::Label;
use fedns::core::policy::{ClusterPolicy, Policy};
use fedns::core::service::ServiceKey;
use fedns::core::state::{State, SyncState};
use fedns::core::time::{Moment, Now};
use serde_json::Value;
use tempfile::TempDir;
use tokio::runtime::Runtime;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::fake_api::{FakeApi, PATIENCE, node, service, slice};

pub(crate) fn pace() -> Timing {
    let millis = Duration::from_millis;
    Timing {
        connect: millis(5000),
        head: millis(10_000),
        silence: millis(10_000),
        progress: millis(10_000),
        list: millis(60_000),
        watch: millis(4000),
        watch_slack: millis(1000),
        poll: millis(100),
        resync: Duration::from_secs(3600),
        relist_pause: millis(20),
        longest_relist_pause: millis(200),
        relists_forgotten: millis(60_000),
        absent: millis(1000),
        first_pause: millis(20),
        longest_pause: millis(200),
        probe: millis(100),
        probe_patience: millis(5000),
        blind: millis(100),
        identify: millis(100),
        glance: millis(20),
        exec: millis(15_000),
    }
}

/// One that gives up soon: for what does not come at all.
pub(crate) fn hasty() -> Timing {
    let soon = Duration::from_millis(500);
    Timing { head: soon, silence: soon, probe_patience: soon, ..pace() }
}

pub(crate) fn label(text: &str) -> Label {
    Label::parse(text).unwrap()
}

pub(crate) fn entry(path: PathBuf) -> ApiServer {
    ApiServer {
        credentials: Credentials::Files { paths: vec![path], context: None, allow_exec: false },
        namespaces: Vec::new(),
        has_places: false,
        has_askers: false,
    }
}

/// A pipeline that runs, and ground state that follows what it says.
pub(crate) struct Rig {
    pub(crate) folder: TempDir,
    pub(crate) stats: Arc<ClusterStats>,
    pub(crate) control: WatchControl,
    pub(crate) state: State,
    /// What was said, in short.
    pub(crate) said: Vec<String>,
    events: mpsc::Receiver<(Label, ClusterEvent)>,
    cancel: CancellationToken,
    runtime: Option<Runtime>,
    began: Instant,
    skipped: Duration,
}

impl Drop for Rig {
    fn drop(&mut self) {
        self.cancel.cancel();
        self.runtime.take().unwrap().shutdown_background();
    }
}

impl Rig {
    pub(crate) fn start(api: &FakeApi) -> Self {
        Self::start_with(api, pace(), |entry| entry)
    }

    pub(crate) fn start_with(
        api: &FakeApi,
        pace: Timing,
        change: impl FnOnce(ApiServer) -> ApiServer,
    ) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("config");
        api.write_kubeconfig(&path);
        Self::of(folder, pace, change(entry(path)))
    }

    /// Lists when it is its turn.
    pub(crate) fn start_in_turn(api: &FakeApi, turns: &ListTurns) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("config");
        api.write_kubeconfig(&path);
        let turns = turns.of(&label("east"));
        let watching = |handle: WatchHandle<_>, cancel| {
            watch(entry(path), pace(), WatchHandle { turns, ..handle }, cancel)
        };
        Self::run(folder, watching)
    }

    pub(crate) fn of(folder: TempDir, pace: Timing, entry: ApiServer) -> Self {
        Self::run(folder, |handle, cancel| watch(entry, pace, handle, cancel))
    }

    /// What watches is made of the cluster as it knows it, and what ends it.
    pub(crate) fn run<F: Future<Output = ()> + Send + 'static>(
        folder: TempDir,
        watching: impl FnOnce(WatchHandle<(Label, ClusterEvent)>, CancellationToken) -> F,
    ) -> Self {
        _ = rustls::crypto::ring::default_provider().install_default();
        let (sender, events) = mpsc::channel(64);
        let (stats, control) = (Arc::new(ClusterStats::default()), WatchControl::default());
        let cancel = CancellationToken::new();
        let handle = WatchHandle {
            cluster: label("east"),
            events: sender,
            stats: stats.clone(),
            control: control.clone(),
            turns: ListTurns::default().of(&label("east")),
            resumes: None,
        };
        let runtime = Runtime::new().unwrap();
        runtime.spawn(watching(handle, cancel.clone()));
        let policy = Arc::new(Policy::default());
        let mut state = State::new(policy, Now::default(), Duration::ZERO);
        state.register(label("east"), ClusterPolicy::default());
        let (said, began, runtime) = (Vec::new(), Instant::now(), Some(runtime));
        let skipped = Duration::ZERO;
        Self { folder, stats, control, state, said, events, cancel, runtime, began, skipped }
    }

    pub(crate) fn path(&self) -> PathBuf {
        self.folder.path().join("config")
    }

    /// Follows events until this holds.
    #[track_caller]
    pub(crate) fn until(&mut self, what: &str, holds: impl Fn(&Self) -> bool) {
        let end = Instant::now() + PATIENCE;
        while !holds(self) {
            assert!(
                Instant::now() < end,
                "{what}\n{}\n{}",
                self.said.join("\n"),
                self.complaints()
            );
            match self.events.try_recv() {
                Ok((cluster, event)) => {
                    self.said.push(short(&event));
                    let now = self.now();
                    self.state.apply(now, &cluster, event);
                }
                Err(_) => std::thread::sleep(Duration::from_millis(1)),
            }
        }
    }

    #[track_caller]
    pub(crate) fn until_synced(&mut self) {
        self.until("it syncs", |rig| rig.cluster().sync == SyncState::Synced);
    }

    /// Waits until so many endpoints of a service are ready; `None`: until there is no service.
    #[track_caller]
    pub(crate) fn until_ready(&mut self, name: &str, ready: Option<u32>) {
        let what = format!("{name} has {ready:?} ready");
        self.until(&what, |rig| rig.ready(name) == ready);
    }

    #[track_caller]
    pub(crate) fn until_complaint(&mut self, words: &str) {
        self.until(words, |rig| rig.complaints().contains(words));
    }

    #[track_caller]
    pub(crate) fn until_no_complaint(&mut self, words: &str) {
        self.until(words, |rig| !rig.complaints().contains(words));
    }

    #[track_caller]
    pub(crate) fn until_contact(&mut self, is_reached: bool) {
        self.until("contact", |rig| {
            let contact = rig.cluster().contact.as_ref();
            contact.is_some_and(|it| match it.contact {
                Contact::Reached => is_reached,
                Contact::Lost(_) => !is_reached,
                Contact::Waiting(_) => false,
            })
        });
    }

    /// Ground state takes so much time to have passed.
    pub(crate) fn skip(&mut self, time: Duration) {
        self.skipped += time;
        let now = self.now();
        self.state.advance(now);
    }

    fn now(&self) -> Now {
        Now { moment: Moment(self.began.elapsed() + self.skipped), unix_seconds: 0 }
    }

    /// Waits until it waits for its turn to list, and gives what has failed before.
    #[track_caller]
    pub(crate) fn until_waiting(&mut self) -> Option<Box<str>> {
        let waiting = |rig: &Self| match rig.cluster().contact.as_ref().map(|it| &it.contact) {
            Some(Contact::Waiting(failure)) => Some(failure.clone()),
            _ => None,
        };
        self.until("it waits", |rig| waiting(rig).is_some());
        waiting(self).unwrap()
    }

    pub(crate) fn is_reached(&self) -> bool {
        let contact = self.cluster().contact.as_ref();
        contact.is_some_and(|it| it.contact == Contact::Reached)
    }

    /// How often contact was said to be lost.
    pub(crate) fn losses(&self) -> usize {
        self.said.iter().filter(|said| said.starts_with("Contact(Lost")).count()
    }

    pub(crate) fn cluster(&self) -> &fedns::core::state::Cluster {
        self.state.clusters().next().unwrap()
    }

    pub(crate) fn complaints(&self) -> String {
        self.state.complaints().iter().map(|it| format!("{it}\n")).collect()
    }

    pub(crate) fn ready(&self, name: &str) -> Option<u32> {
        let key = ServiceKey { namespace: label("shop"), name: label(name) }.wire();
        let (_, shard) = self.state.shards(&key).next()?;
        shard.service.as_ref()?;
        Some(shard.slices.iter().map(|slice| slice.facts.ready).sum())
    }

    pub(crate) fn lists(&self) -> u64 {
        self.stats.lists.load(Ordering::Relaxed)
    }

    pub(crate) fn errors(&self, kind: &str) -> u64 {
        let sort = ErrorSort::ALL.into_iter().find(|it| it.name() == kind).unwrap();
        self.stats.errors(sort)
    }
}

fn short(event: &ClusterEvent) -> String {
    let mut text = format!("{event:?}");
    text.truncate(text.char_indices().nth(600).map_or(text.len(), |(end, _)| end));
    text
}

/// The paths of services and slices.
pub(crate) const SERVICES: &str = "/api/v1/services";
pub(crate) const SLICES: &str = "/apis/discovery.k8s.io/v1/endpointslices";

/// A server with a node and a service that has one ready endpoint.
pub(crate) fn api() -> FakeApi {
    let api = FakeApi::start();
    api.put(world());
    api
}

pub(crate) fn world() -> [Value; 3] {
    [node("n1", "us", "a"), service("cart", "192.0.2.1"), slice("cart", 1)]
}

//! A farm of API servers: many clusters of many services, in one process, over TLS.
//!
//! In: how many, and what changes. Out: ports that lists and watches are asked for, and what that took of
//! requests and octets. Keeps a few octets of each service; what is sent is written as it is sent.

use std::net::{SocketAddr, TcpListener};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;

use serde_json::json;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use super::objects::{Item, Shard, Templates};
use super::serve;
use crate::tls::Tls;

/// All endpoints of a slice are ready.
const ALL: u16 = (1 << super::objects::ENDPOINTS) - 1;

/// What was asked for and sent.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Count {
    pub(crate) lists: u64,
    pub(crate) watches: u64,
    pub(crate) others: u64,
    /// Octets of bodies, before TLS.
    pub(crate) octets: u64,
}

impl Count {
    pub(crate) fn since(self, before: Self) -> Self {
        Self {
            lists: self.lists - before.lists,
            watches: self.watches - before.watches,
            others: self.others - before.others,
            octets: self.octets - before.octets,
        }
    }

    pub(crate) fn megabytes(self) -> f64 {
        self.octets as f64 / 1e6
    }
}

/// What is counted of the farm.
#[derive(Default)]
pub(super) struct Counters {
    pub(super) lists: AtomicU64,
    pub(super) watches: AtomicU64,
    pub(super) others: AtomicU64,
    pub(super) octets: AtomicU64,
}

/// A change, as a watch tells it.
#[derive(Clone, Copy)]
pub(super) struct Change {
    pub(super) service: u32,
    pub(super) item: Item,
}

/// What one cluster holds.
pub(super) struct World {
    shards: Vec<State>,
    /// What happened behind the version `first`, in the order of versions.
    pub(super) changes: Vec<Change>,
    pub(super) first: u64,
    /// Watches can not begin before this.
    pub(super) oldest: u64,
    /// Grows when all open watches are to be cut.
    pub(super) cuts: u64,
}

#[derive(Clone, Copy)]
struct State {
    revision: u32,
    ready: [u16; 2],
}

impl World {
    pub(super) fn version(&self) -> u64 {
        self.first + self.changes.len() as u64
    }

    fn note(&mut self, service: usize, item: Item) {
        self.changes.push(Change { service: service as u32, item });
    }
}

/// A cluster, and whoever waits for what happens there.
pub(super) struct Cluster {
    pub(super) number: usize,
    pub(super) services: usize,
    world: Mutex<World>,
    pub(super) news: watch::Sender<u64>,
    pub(super) templates: Arc<Templates>,
    pub(super) counters: Arc<Counters>,
    /// Nobody is answered, nor connected.
    pub(super) is_dead: Arc<AtomicBool>,
}

impl Cluster {
    pub(super) fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A service as it is now.
    pub(super) fn shard(&self, world: &World, service: usize) -> Shard {
        let State { revision, ready } = world.shards[service];
        Shard { cluster: self.number, service, revision, ready }
    }

    /// How many objects of this kind there are.
    pub(super) fn len(&self, plural: &str) -> usize {
        match plural {
            "nodes" => super::objects::NODES,
            "services" => self.services,
            _ => 2 * self.services,
        }
    }

    /// Which object stands at this place of a list.
    pub(super) fn at(plural: &str, place: usize) -> Change {
        match plural {
            "nodes" => Change { service: 0, item: Item::Node(place) },
            "services" => Change { service: place as u32, item: Item::Service },
            _ => Change { service: (place / 2) as u32, item: Item::Slice(place % 2) },
        }
    }

    fn change(&self, change: impl FnOnce(&mut World)) {
        change(&mut self.world());
        self.news.send_modify(|news| *news += 1);
    }
}

/// Clusters that can be asked as long as this lives.
pub(crate) struct Farm {
    clusters: Vec<Arc<Cluster>>,
    addresses: Vec<SocketAddr>,
    counters: Arc<Counters>,
    is_dead: Arc<AtomicBool>,
    hang_ups: watch::Sender<u64>,
    tls: Tls,
    stop: CancellationToken,
    thread: Option<JoinHandle<()>>,
}

impl Drop for Farm {
    fn drop(&mut self) {
        self.stop.cancel();
        if let Some(thread) = self.thread.take() {
            // What went wrong there was printed.
            _ = thread.join();
        }
    }
}

impl Farm {
    pub(crate) fn start(clusters: usize, services: usize) -> Self {
        let (counters, templates) = (Arc::new(Counters::default()), Arc::new(Templates::new()));
        let is_dead = Arc::new(AtomicBool::new(false));
        let made = |number| {
            let shards = vec![State { revision: 0, ready: [ALL; 2] }; services];
            let world = World { shards, changes: Vec::new(), first: 1000, oldest: 0, cuts: 0 };
            Arc::new(Cluster {
                number,
                services,
                world: Mutex::new(world),
                news: watch::Sender::new(0),
                templates: Arc::clone(&templates),
                counters: Arc::clone(&counters),
                is_dead: Arc::clone(&is_dead),
            })
        };
        let clusters: Vec<_> = (0..clusters).map(made).collect();
        let listen = |_| {
            let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
            listener.set_nonblocking(true).expect("a listener that does not wait");
            listener
        };
        let listeners: Vec<_> = (0..clusters.len()).map(listen).collect();
        let address = |it: &TcpListener| it.local_addr().expect("an address");
        let addresses = listeners.iter().map(address).collect();
        let (tls, hang_ups) = (Tls::new(), watch::Sender::new(0));
        let stop = CancellationToken::new();
        let doors = serve::Doors {
            acceptor: tls.acceptor(),
            hang_ups: hang_ups.clone(),
            stop: stop.clone(),
            clusters: clusters.clone(),
        };
        let thread = Some(std::thread::spawn(move || doors.serve(listeners)));
        Self { clusters, addresses, counters, is_dead, hang_ups, tls, stop, thread }
    }

    /// How many clusters there are.
    pub(crate) fn len(&self) -> usize {
        self.clusters.len()
    }

    /// The kubeconfig of a cluster.
    pub(crate) fn kubeconfig(&self, cluster: usize) -> String {
        let mut at = self.tls.trusted();
        at["server"] = format!("https://{}", self.addresses[cluster]).into();
        json!({
            "apiVersion": "v1", "kind": "Config", "current-context": "here",
            "clusters": [{ "name": "here", "cluster": at }],
            "users": [{ "name": "me", "user": { "token": "abc" } }],
            "contexts": [{ "name": "here", "context": { "cluster": "here", "user": "me" } }],
        })
        .to_string()
    }

    pub(crate) fn count(&self) -> Count {
        let read = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        let Counters { lists, watches, others, octets } = &*self.counters;
        Count {
            lists: read(lists),
            watches: read(watches),
            others: read(others),
            octets: read(octets),
        }
    }

    /// A service as it is now.
    pub(crate) fn shard(&self, cluster: usize, service: usize) -> Shard {
        let cluster = &self.clusters[cluster];
        cluster.shard(&cluster.world(), service)
    }

    /// A load balancer gets another address.
    pub(crate) fn readdress(&self, cluster: usize, service: usize) -> Shard {
        let cluster = &self.clusters[cluster];
        cluster.change(|world| {
            world.shards[service].revision += 1;
            world.note(service, Item::Service);
        });
        cluster.shard(&cluster.world(), service)
    }

    /// A pod of a service ends or begins, as in a rolling deployment: the service stays ready. A `stray`
    /// slice is as long, and means nothing.
    pub(crate) fn roll(&self, cluster: usize, service: usize, turn: usize, is_stray: bool) {
        self.clusters[cluster].change(|world| {
            let at = turn % 2;
            // One of ten is down, each time another one.
            world.shards[service].ready[at] = ALL & !(1 << (turn / 2 % super::objects::ENDPOINTS));
            world.note(service, if is_stray { Item::Stray(at) } else { Item::Slice(at) });
        });
    }

    /// Changes an address without a word to open watches, which are cut: their versions are forgotten.
    pub(crate) fn forget_all(&self, changed: usize) {
        for cluster in &self.clusters {
            cluster.change(|world| {
                for shard in &mut world.shards[..changed] {
                    shard.revision += 1;
                }
                world.first = world.version() + changed as u64;
                world.oldest = world.first;
                world.changes.clear();
                world.cuts += 1;
            });
        }
    }

    /// Whether no cluster answers anybody. Who is connected then is connected no more.
    pub(crate) fn set_dead(&self, is_dead: bool) {
        self.is_dead.store(is_dead, Ordering::Relaxed);
        self.hang_ups.send_modify(|times| *times += 1);
    }
}

//! The admin address, run for a test, with a controller that the test plays.
#![allow(dead_code, unreachable_pub)]

#[path = "../support/http.rs"]
pub mod http;

use std::net::SocketAddr;
use std::sync::Arc;

use arc_swap::ArcSwap;
use fedns::admin::{Access, Admin, Sources};
use fedns::clock::Clock;
use fedns::clusters::kubernetes::ObjectKind;
use fedns::clusters::watch_stats::{RegistryStats, WatchStats};
use fedns::controller::{Calls, ControllerStats, Readiness, calls};
use fedns::core::name::Label;
use fedns::core::snapshot::Snapshot;
use fedns::core::time::Moment;
use fedns::core::verdict::Grade;
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

pub struct Server {
    pub address: SocketAddr,
    pub readiness: watch::Sender<Readiness>,
    pub figures: watch::Sender<ControllerStats>,
    pub calls: Calls,
    pub stop: CancellationToken,
    pub run: JoinHandle<()>,
}

/// Those of one cluster, with every number that there can be.
fn stats() -> WatchStats {
    let stats = WatchStats::default();
    stats.show_registries(vec![RegistryStats {
        registry: "in-cluster, namespace fedns".into(),
        id: "fedns".into(),
        clusters: 4,
        read_since: None,
        complaints: Vec::new(),
    }]);
    let cluster_stats = stats.of(&Label::parse("east").expect("a label"));
    cluster_stats.set_expiry(Some(1_800_000_000));
    ObjectKind::ALL.into_iter().for_each(|kind| cluster_stats.hear(kind));
    stats
}

impl Server {
    pub fn start() -> Self {
        Self::with(Access::default())
    }

    pub fn with(access: Access) -> Self {
        let address = SocketAddr::from(([127, 0, 0, 1], 0));
        let admin = Admin::bind(address).expect("port 0 is free");
        Self::of(admin.with_access(access))
    }

    pub fn of(admin: Admin) -> Self {
        let nowhere = SocketAddr::from(([127, 0, 0, 1], 0));
        let address = admin.address().unwrap_or(nowhere);
        let waiting = Readiness::NotReady("waiting for cluster east".to_owned());
        let (readiness, readiness_seen) = watch::channel(waiting);
        let mut known =
            ControllerStats { published: Some(Moment::default()), ..ControllerStats::default() };
        known.verdict = Some(Grade::Fine);
        known.counts.reloads.succeeded_at = Some(1_700_000_000);
        let (figures, figures_seen) = watch::channel(known);
        let (controller, calls) = calls();
        let stop = CancellationToken::new();
        let sources = Sources {
            snapshot: Arc::new(ArcSwap::from_pointee(Snapshot::default())),
            counters: Arc::new([]),
            readiness: readiness_seen,
            figures: figures_seen,
            controller,
            stats: stats(),
            clock: Clock::start(),
        };
        let run = tokio::spawn(admin.run(sources, stop.clone()));
        Self { address, readiness, figures, calls, stop, run }
    }

    pub async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.expect("the listener accepts")
    }

    /// The whole response, without the date.
    pub async fn ask(&self, request: &str) -> String {
        http::ask(self.address, request, "").await
    }
}

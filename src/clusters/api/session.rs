//! Sessions: how an API server is reached, for as long as its credentials are good.
//!
//! In: an entry's credentials, files that change, a server's refusals. Out: the present session.
//! Where a new one can not be made the old one stays: what was said stays in any case.
//! Does not know what is asked.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tokio::sync::{Notify, watch};
use tokio::time::{Instant, sleep, sleep_until};

use super::credentials::{self, Access, Credentials, FromFiles, SeenFile};
use super::credentials_listener::{CredentialsListener, Unheard};
use super::http_connection::{HttpConnection, Route};
use super::timing::{Timing, draw};
use crate::clusters::kubeconfig::Held;
use crate::panics::away;

/// How long a file that has changed may still be being written.
const SETTLED: Duration = Duration::from_millis(200);
/// How long before they expire credentials are renewed.
const AHEAD: Duration = Duration::from_secs(60);
/// Longest time until credentials are renewed: what expires later is renewed meanwhile.
const LONGEST_LIFE: Duration = Duration::from_secs(30 * 86_400);
/// Least time between two runs of a program that gives credentials, unless they are refused.
const LEAST_LIFE: Duration = Duration::from_secs(10);

/// How an API server is reached.
pub(in crate::clusters) struct Session {
    route: Route,
    /// Another number for each session, from 1.
    pub(in crate::clusters) number: u64,
    /// Where it leads.
    pub(in crate::clusters) server: String,
    /// Whether the server is to be asked for lists by watch.
    pub(in crate::clusters) streams: AtomicBool,
}

/// The connection of one who asks; none yet, or one of the session of this number.
#[derive(Default)]
pub(in crate::clusters) struct OwnConnection {
    session: u64,
    connection: Option<HttpConnection>,
}

impl Session {
    /// The connection of one who asks, made anew where that was one of another session.
    pub(in crate::clusters) fn connection<'o>(
        &self,
        own: &'o mut OwnConnection,
    ) -> &'o mut HttpConnection {
        if own.session != self.number {
            *own = OwnConnection { session: self.number, connection: None };
        }
        own.connection.get_or_insert_with(|| self.route.connection())
    }
}

/// The present session of a cluster.
pub(in crate::clusters) struct Sessions {
    current: watch::Sender<Option<Arc<Session>>>,
    refused: Notify,
    /// How often in a row a server refused the credentials.
    refusals: AtomicU32,
}

impl Sessions {
    pub(in crate::clusters) fn new() -> Self {
        Self {
            current: watch::Sender::new(None),
            refused: Notify::new(),
            refusals: AtomicU32::new(0),
        }
    }

    /// Where sessions are seen.
    pub(in crate::clusters) fn subscribe(&self) -> watch::Receiver<Option<Arc<Session>>> {
        self.current.subscribe()
    }

    /// The server does not take the credentials: they are read again.
    pub(in crate::clusters) fn refuse(&self) {
        self.refused.notify_one();
    }

    /// The server takes them.
    pub(in crate::clusters) fn accept(&self) {
        self.refusals.store(0, Ordering::Relaxed);
    }

    /// Makes a session, and another one whenever that is called for.
    pub(in crate::clusters) async fn keep(
        &self,
        credentials: &Credentials,
        listener: &impl CredentialsListener,
        timing: &Timing,
    ) -> Unheard {
        let (mut number, mut failures, mut files) = (0, 0_u32, Vec::new());
        let mut held = credentials.held();
        loop {
            held.iter_mut().for_each(watch::Receiver::mark_unchanged);
            let FromFiles { files: seen, outcome } = credentials::open(credentials, timing).await;
            if !seen.is_empty() {
                files = seen;
            }
            let (told, again) = match outcome {
                Ok(access) => {
                    (number, failures) = (number + 1, 0);
                    let Access { route, server, expiry, is_renewable, weakness } = access;
                    let streams = AtomicBool::new(self.remembered(&server));
                    let session = Session { route, number, server, streams };
                    self.current.send_replace(Some(Arc::new(session)));
                    let renewal = expiry.filter(|_| is_renewable).map(renewal);
                    (listener.opened(expiry, weakness).await, renewal)
                }
                Err(flaw) => {
                    let has_session = self.current.borrow().is_some();
                    let pause = pause(failures, timing);
                    failures = failures.saturating_add(1);
                    (listener.unusable(flaw, has_session).await, Some(pause))
                }
            };
            if let Err(unheard) = told {
                return unheard;
            }
            self.wait(&files, &mut held, again, timing).await;
        }
    }

    /// What is known of a server from the session before.
    fn remembered(&self, server: &str) -> bool {
        let before = self.current.borrow();
        let before = before.as_ref().filter(|before| before.server == server);
        before.is_none_or(|before| before.streams.load(Ordering::Relaxed))
    }

    /// Waits until credentials are to be read again.
    async fn wait(
        &self,
        files: &[SeenFile],
        held: &mut Option<watch::Receiver<Held>>,
        again: Option<Duration>,
        timing: &Timing,
    ) {
        let end = again.map(|again| Instant::now() + again);
        loop {
            tokio::select! {
                () = async { sleep_until(end.unwrap_or_else(Instant::now)).await },
                    if end.is_some() => return,
                () = has_changed(held) => return,
                () = self.refused.notified() => {
                    let refusals = self.refusals.fetch_add(1, Ordering::Relaxed);
                    return if refusals > 0 { sleep(pause(refusals, timing)).await };
                }
                () = sleep(timing.glance) => {
                    let looked = away({
                        let files = files.to_vec();
                        move || files.iter().any(SeenFile::has_changed)
                    });
                    if looked.await == Some(true) {
                        return sleep(SETTLED).await;
                    }
                }
            }
        }
    }
}

/// Waits for a session.
pub(in crate::clusters) async fn present(
    sessions: &mut watch::Receiver<Option<Arc<Session>>>,
) -> Result<Arc<Session>, Unheard> {
    let session = sessions.wait_for(Option::is_some).await.map_err(|_| Unheard)?;
    session.clone().ok_or(Unheard)
}

/// Waits for another kubeconfig in the place of one that is held.
async fn has_changed(held: &mut Option<watch::Receiver<Held>>) {
    let is_changed = match held {
        Some(held) => held.changed().await.is_ok(),
        None => false,
    };
    // Whoever gave the kubeconfig gives no other any more: the cluster is about to go.
    if !is_changed {
        std::future::pending().await
    }
}

fn renewal(expiry: i64) -> Duration {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let expiry = Duration::from_secs(u64::try_from(expiry).unwrap_or_default());
    expiry.saturating_sub(now + AHEAD).clamp(LEAST_LIFE, LONGEST_LIFE)
}

fn pause(failures: u32, timing: &Timing) -> Duration {
    let doubled = timing.first_pause.saturating_mul(1 << failures.min(16));
    doubled.min(timing.longest_pause).mul_f64(1.0 - draw() / 2.0)
}

//! Hostnames, resolved in the background and again as their records' TTL ends.
//!
//! In: requests to resolve, the resolvers' addresses, the resolvers' answers. Out: what came of each asking,
//! on a channel. `schedule` decides when what is asked, `lookup` asks them in turn,
//! `upstream` one of them, `resolver_reply` reads; `early` is told of a family that comes before the other. Does not know services, ground state or what follows from an answer.

pub mod resolver_reply;
pub mod schedule;
mod early;
mod upstream;
mod lookup;

use std::hash::{BuildHasher, RandomState};
use std::net::SocketAddr;
use std::sync::Arc;

use futures::stream::{FuturesUnordered, StreamExt};
use tokio::sync::mpsc::{Sender, UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::sync::watch;
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;

use crate::clock::Clock;
use crate::core::hostname::{Resolution, ResolveRequest};
use crate::panics::caught;

use early::Early;
use lookup::{PATIENCE, Upstreams};
use resolver_reply::ResolverReply;
use schedule::{Asked, Schedule};

/// Asks for the hostnames that are wanted, and tells what came of it, until `stop` fires or
/// nobody listens. `servers` are those to ask; none stands for those of `/etc/resolv.conf`.
/// `at_once` hostnames are asked for at the same time: with 32 a start with thousands is spread over
/// what a resolver takes without dropping, and a resolver that answers in 10 ms is through 3,000 of
/// them in a second. Each takes some sockets.
pub async fn run<S: From<(Box<str>, Resolution)> + Send + 'static>(
    mut requests: UnboundedReceiver<ResolveRequest>,
    (mut servers, at_once): (watch::Receiver<Vec<SocketAddr>>, usize),
    tell: Sender<S>,
    clock: Clock,
    stop: CancellationToken,
) {
    let mut upstreams = Arc::new(Upstreams::new(&servers.borrow_and_update()));
    let mut schedule = Schedule::new(at_once);
    let mut asked = FuturesUnordered::new();
    // What is known early of those that are asked for: at most one word for each.
    let (tell_early, mut early) = unbounded_channel();
    // Hostnames that are due together must not be due together for ever.
    let dice = RandomState::new();
    loop {
        while let Some(one) = schedule.start(clock.now()) {
            asked.push(ask(upstreams.clone(), one, tell_early.clone()));
        }
        let next = schedule.next().map(|moment| clock.instant(moment));
        tokio::select! {
            biased;
            () = stop.cancelled() => return,
            request = requests.recv() => match request {
                Some(ResolveRequest::Ask(name)) => schedule.want(clock.now(), name),
                Some(ResolveRequest::Forget(name)) => schedule.forget(&name),
                None => return stop.cancelled().await,
            },
            Some((one, said)) = early.recv() => {
                if !schedule.is_asked(&one) {
                    continue;
                }
                let resolution = Resolution { finding: said.finding, again_in: PATIENCE };
                let sending = tell.send((one.hostname, resolution).into());
                if !matches!(stop.run_until_cancelled(sending).await, Some(Ok(()))) {
                    return;
                }
            }
            Some((one, said)) = asked.next() => {
                let draw = dice.hash_one((one.ticket, &one.hostname));
                let Some(again_in) = schedule.settle(clock.now(), &one, &said, draw)
                else { continue };
                let resolution = Resolution { finding: said.finding, again_in };
                let sending = tell.send((one.hostname, resolution).into());
                if !matches!(stop.run_until_cancelled(sending).await, Some(Ok(()))) {
                    return;
                }
            }
            Ok(()) = servers.changed() => {
                let others = Upstreams::new(&servers.borrow_and_update());
                // Other servers may say something else, or know what these could not say.
                if others.addresses() != upstreams.addresses() {
                    tracing::info!("hostnames are asked of {:?} now", others.addresses());
                    upstreams = Arc::new(others);
                    schedule.restart(clock.now());
                }
            }
            () = async { sleep_until(next.unwrap_or_else(Instant::now)).await }, if next.is_some() => {}
        }
    }
}

/// Asks for one hostname; what is known before all is goes to `early`.
async fn ask(
    upstreams: Arc<Upstreams>,
    one: Asked,
    early: UnboundedSender<(Asked, ResolverReply)>,
) -> (Asked, ResolverReply) {
    let tell = |said| _ = early.send((one.clone(), said));
    // What a stranger's server sends is read by others' code.
    let said = caught(upstreams.ask(&one.hostname, &Early::new(&tell))).await;
    let said = said.unwrap_or_else(|panic| {
        let why = format!("this is a fault of fedns: {panic}; please report it");
        ResolverReply::failed(why)
    });
    (one, said)
}

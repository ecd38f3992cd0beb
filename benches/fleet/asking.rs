//! Asking while the farm changes: what a start answers, and how late answers show what happened.
//!
//! In: a server, shards with the addresses that they have. Out: times, and how many answers were wrong.

use std::collections::VecDeque;
use std::net::UdpSocket;
use std::sync::mpsc::{Receiver, TryRecvError};
use std::time::{Duration, Instant};

use super::farm::Farm;
use super::objects::Shard;
use crate::client;
use crate::server::Server;
use crate::world::Dice;

/// From then on an answer that does not show a change counts as wrong.
const LATE: Duration = Duration::from_secs(2);
/// Longest wait for a server to become ready.
const PATIENCE: f64 = 180.0;

/// How a start went, in seconds since the process began.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Started {
    pub(crate) first_answer: f64,
    pub(crate) ready: f64,
    pub(crate) asked: u32,
    /// Answers that were neither right nor SERVFAIL, until some seconds behind "ready".
    pub(crate) wrong: u32,
}

/// Asks for random shards, each in its own zone, until the server is ready and a while longer. The service
/// `but` is asked for by others: it changes while no server runs, which nobody can know before it is read.
pub(crate) fn start(server: &Server, farm: &Farm, services: usize, but: usize) -> Started {
    let (socket, mut dice) = (server.connect(), Dice::new(5));
    let mut started = Started::default();
    let (mut looked, mut until) = (Instant::now(), None);
    while until.is_none_or(|until| Instant::now() < until) {
        let (cluster, service) = (dice.below(farm.len()), dice.below(services));
        if service == but {
            continue;
        }
        let shard = farm.shard(cluster, service);
        if let Some(reply) = client::ask(&socket, &shard.name(), started.asked as u16) {
            started.asked += 1;
            let is_right = reply[3] & 15 == 0 && reply.ends_with(&shard.address());
            if is_right && started.first_answer == 0.0 {
                started.first_answer = server.age();
            }
            let is_wrong = !is_right && reply[3] & 15 != 2;
            if is_wrong && started.wrong < 3 {
                eprintln!(
                    "wrong {:.2} s after the start: {} {reply:?}",
                    server.age(),
                    shard.name()
                );
            }
            started.wrong += u32::from(is_wrong);
        }
        if until.is_none() && looked.elapsed() > Duration::from_millis(50) {
            looked = Instant::now();
            if server.is_ready() {
                started.ready = server.age();
                until = Some(Instant::now() + LATE);
            }
            assert!(server.age() < PATIENCE, "the server does not become ready: {started:?}");
        }
        std::thread::sleep(Duration::from_millis(3));
    }
    started
}

/// A change that is waited for.
pub(crate) struct Awaited {
    pub(crate) shard: Shard,
    pub(crate) since: Instant,
}

/// How late answers were right.
#[derive(Default)]
pub(crate) struct Shown {
    pub(crate) milliseconds: Vec<f64>,
    pub(crate) late: usize,
}

/// Asks for each change that comes, again and again, until its answer shows it.
pub(crate) fn follow(server: &Server, changes: &Receiver<Awaited>) -> Shown {
    let socket = server.connect();
    let mut shown = Shown::default();
    let mut waiting: VecDeque<Awaited> = VecDeque::new();
    let mut id = 0_u16;
    loop {
        loop {
            match changes.try_recv() {
                Ok(awaited) => waiting.push_back(awaited),
                Err(TryRecvError::Empty) => break,
                Err(TryRecvError::Disconnected) if waiting.is_empty() => return shown,
                Err(TryRecvError::Disconnected) => break,
            }
        }
        // Each of those that wait has one turn.
        for _ in 0..waiting.len() {
            let Some(awaited) = waiting.pop_front() else { break };
            id = id.wrapping_add(1);
            if is_shown(&socket, &awaited.shard, id) {
                shown.milliseconds.push(awaited.since.elapsed().as_secs_f64() * 1000.0);
            } else if awaited.since.elapsed() > LATE {
                shown.late += 1;
            } else {
                waiting.push_back(awaited);
            }
        }
        std::thread::sleep(Duration::from_micros(200));
    }
}

/// Whether the answer is as new as that, or newer.
fn is_shown(socket: &UdpSocket, shard: &Shard, id: u16) -> bool {
    let reply = client::ask(socket, &shard.name(), id).unwrap_or_default();
    let Some([first, rest @ ..]) = reply.last_chunk::<4>() else { return false };
    let [wanted, same @ ..] = shard.address();
    rest == &same && (i32::from(*first) - i32::from(wanted)).rem_euclid(100) < 50
}

/// Waits until the answers of these shards show what the farm holds; seconds from `since`.
pub(crate) fn all_right(
    server: &Server,
    farm: &Farm,
    shards: &[[usize; 2]],
    since: Instant,
) -> f64 {
    let socket = server.connect();
    for (turn, &[cluster, service]) in shards.iter().enumerate() {
        let shard = farm.shard(cluster, service);
        while !is_shown(&socket, &shard, turn as u16) {
            assert!(since.elapsed().as_secs_f64() < PATIENCE, "{} is not right", shard.name());
            std::thread::sleep(Duration::from_millis(2));
        }
    }
    since.elapsed().as_secs_f64()
}

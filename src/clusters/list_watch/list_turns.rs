//! Turns: few clusters list at once, in the whole process.
//!
//! In: reflectors that are about to list. Out: [`Turn`]s, for as long as a list goes on; whoever drops
//! one, or stops waiting for it, gives it up. Who goes first, and who is passed over, is the queue's to
//! say. A turn is no lock: whoever has one may wait for anything, and others go on.
//! Does not know what is listed.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;
use tokio::time::{Instant, sleep_until};

use super::list_queue::{ClusterNumber, ListQueue, Rank, Ticket};
use crate::core::name::Label;

/// The turns of all clusters of a process.
#[derive(Clone, Debug, Default)]
pub struct ListTurns {
    shared: Arc<Mutex<Shared>>,
    /// The clusters of which something is known from before a restart.
    restored: Arc<BTreeSet<Label>>,
}

#[derive(Debug, Default)]
struct Shared {
    queue: ListQueue,
    waiting: HashMap<Ticket, oneshot::Sender<()>>,
    clusters: u64,
}

impl Shared {
    fn grant(&mut self) {
        for ticket in self.queue.grant(Instant::now()) {
            // Whoever no longer waits is about to give it up.
            _ = self.waiting.remove(&ticket).map(|waiting| waiting.send(()));
        }
    }
}

impl ListTurns {
    /// Turns of a process that knows these clusters from before a restart.
    pub fn new(restored: impl IntoIterator<Item = Label>) -> Self {
        Self { shared: Arc::default(), restored: Arc::new(restored.into_iter().collect()) }
    }

    /// Those of one cluster.
    pub fn of(&self, cluster: &Label) -> ClusterTurns {
        let mut shared = lock(&self.shared);
        shared.clusters += 1;
        let number = ClusterNumber(shared.clusters);
        let is_restored = self.restored.contains(cluster);
        ClusterTurns { shared: Arc::clone(&self.shared), number, is_restored }
    }
}

/// The turns of one cluster.
#[derive(Clone, Debug)]
pub struct ClusterTurns {
    shared: Arc<Mutex<Shared>>,
    number: ClusterNumber,
    is_restored: bool,
}

impl ClusterTurns {
    /// The rank of a first list of one kind, where so many kinds are missing.
    pub(super) fn first(&self, missing: usize) -> Rank {
        if self.is_restored { Rank::Restored(missing) } else { Rank::Missing(missing) }
    }

    /// Waits for a turn.
    pub(super) async fn take(&self, rank: Rank) -> Turn {
        let (granted, mut is_granted) = oneshot::channel();
        let ticket = {
            let mut shared = lock(&self.shared);
            let ticket = shared.queue.wish(self.number, rank);
            shared.waiting.insert(ticket, granted);
            shared.grant();
            ticket
        };
        // From here on it is given up wherever this ends.
        let turn = Turn { shared: Arc::clone(&self.shared), number: self.number, ticket };
        loop {
            let look = lock(&self.shared).queue.next_look();
            tokio::select! {
                biased;
                _ = &mut is_granted => return turn,
                () = async { sleep_until(look.unwrap_or_else(Instant::now)).await },
                    if look.is_some() => lock(&self.shared).grant(),
            }
        }
    }
}

/// That a cluster may list now.
#[derive(Debug)]
pub(super) struct Turn {
    shared: Arc<Mutex<Shared>>,
    number: ClusterNumber,
    ticket: Ticket,
}

impl Turn {
    /// Something came of the list.
    pub(super) fn move_on(&self) {
        lock(&self.shared).queue.move_on(self.number, Instant::now());
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let mut shared = lock(&self.shared);
        shared.waiting.remove(&self.ticket);
        shared.queue.end(self.number, self.ticket);
        shared.grant();
    }
}

fn lock(shared: &Mutex<Shared>) -> MutexGuard<'_, Shared> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::time::timeout;

    use super::*;

    fn label(number: usize) -> Label {
        Label::parse(&format!("c{number}")).expect("a label")
    }

    const SOON: Duration = Duration::from_millis(50);

    #[tokio::test(start_paused = true)]
    async fn a_turn_that_is_dropped_is_another_one_s() {
        let turns = ListTurns::default();
        let clusters: Vec<_> = (0..6).map(|number| turns.of(&label(number))).collect();
        let mut taken = Vec::new();
        for cluster in &clusters[..4] {
            let turn = cluster.take(Rank::Missing(1)).await;
            turn.move_on();
            taken.push(turn);
        }
        // Who stops waiting waits no more.
        assert!(timeout(SOON, clusters[4].take(Rank::Wished)).await.is_err());
        let fifth = clusters[5].take(Rank::Stale);
        tokio::pin!(fifth);
        assert!(timeout(SOON, &mut fifth).await.is_err());
        taken.pop();
        assert!(timeout(SOON, &mut fifth).await.is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn one_who_hangs_with_a_turn_keeps_nobody_waiting() {
        let turns = ListTurns::default();
        let mut hanging = Vec::new();
        for number in 0..100 {
            let turn = turns.of(&label(number)).take(Rank::Missing(3)).await;
            if number % 2 == 0 {
                turn.move_on();
            }
            hanging.push(turn);
        }
    }

    /// Each cluster lists three kinds, by themselves a second each.
    async fn list(cluster: ClusterTurns) {
        let kinds = (0..3).map(async |_| {
            let turn = cluster.take(Rank::Missing(3)).await;
            for _ in 0..20 {
                tokio::time::sleep(Duration::from_millis(50)).await;
                turn.move_on();
            }
        });
        futures::future::join_all(kinds).await;
    }

    #[tokio::test(start_paused = true)]
    async fn the_first_are_ready_long_before_the_last() {
        let (turns, began) = (ListTurns::default(), Instant::now());
        let clusters = (0..20).map(async |number| {
            list(turns.of(&label(number))).await;
            began.elapsed().as_secs()
        });
        let ready = futures::future::join_all(clusters).await;
        assert_eq!(ready, (0..20).map(|number| 1 + number / 4).collect::<Vec<_>>());
    }

    #[test]
    fn a_cluster_from_before_a_restart_is_known() {
        let turns = ListTurns::new([label(1)]);
        assert_eq!(turns.of(&label(1)).first(2), Rank::Restored(2));
        assert_eq!(turns.of(&label(2)).first(2), Rank::Missing(2));
    }
}

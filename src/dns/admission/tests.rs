//! Connections that come, are served, are called and go, in virtual time.

use tokio::time::advance;

use super::*;

fn admission(connections: usize, connections_per_client: usize) -> Arc<Admission> {
    let limits = TcpLimits { connections, connections_per_client, ..TcpLimits::default() };
    Arc::new(Admission::new(limits))
}

/// A connection that goes when it is called.
fn open(permit: Permit) -> tokio::task::JoinHandle<()> {
    tokio::spawn(async move { permit.leave().cancelled().await })
}

async fn admit(admission: &Arc<Admission>, address: &str) -> Option<Permit> {
    admission.admit(address.parse().expect("an address")).await
}

async fn pass(seconds: u64) {
    advance(Duration::from_secs(seconds)).await;
}

#[tokio::test(start_paused = true)]
async fn a_full_table_makes_room_for_whoever_comes() {
    let admission = admission(3, 64);
    let mut connections = Vec::new();
    for address in ["192.0.2.1", "192.0.2.2", "192.0.2.3"] {
        connections.push(open(admit(&admission, address).await.expect("room")));
        pass(2).await;
    }
    let fourth = admit(&admission, "192.0.2.4").await.expect("one goes for it");
    assert_eq!(admission.total.load(Relaxed), 3);
    let gone: Vec<_> = connections.iter().map(|it| it.is_finished()).collect();
    assert_eq!(gone, [true, false, false], "the one that was idle longest");
    assert!(fourth.occupancy().is_full());
}

#[tokio::test(start_paused = true)]
async fn a_client_that_has_its_share_makes_room_itself() {
    let admission = admission(100, 2);
    let first = open(admit(&admission, "192.0.2.1").await.expect("room"));
    pass(1).await;
    let second = admit(&admission, "192.0.2.1").await.expect("room");
    second.note_busy(Instant::now());
    let other = open(admit(&admission, "192.0.2.2").await.expect("room"));
    let third = admit(&admission, "192.0.2.1").await.expect("its own goes for it");
    assert!(first.is_finished() && !other.is_finished());
    third.note_busy(Instant::now());
    assert!(admit(&admission, "192.0.2.1").await.is_none(), "queries are under way on all it has");
    assert!(!second.seat.leave.is_cancelled() && !third.seat.leave.is_cancelled());
    second.note_asked(Instant::now());
    _ = open(second);
    assert!(admit(&admission, "192.0.2.1").await.is_some());
}

#[tokio::test(start_paused = true)]
async fn who_does_not_go_when_called_keeps_its_place() {
    let admission = admission(1, 64);
    let held = admit(&admission, "192.0.2.1").await.expect("room");
    let start = Instant::now();
    assert!(admit(&admission, "192.0.2.2").await.is_none());
    assert_eq!(start.elapsed(), LEAVING);
    assert!(held.seat.leave.is_cancelled());
    drop(held);
    assert!(admit(&admission, "192.0.2.2").await.is_some());
}

#[tokio::test(start_paused = true)]
async fn an_ipv6_network_is_one_client() {
    let admission = admission(10, 1);
    let permit = admit(&admission, "2001:db8::1").await.expect("room");
    permit.note_busy(Instant::now());
    assert!(admit(&admission, "2001:db8::ffff").await.is_none());
    assert!(admit(&admission, "2001:db8:0:1::1").await.is_some());
}

#[tokio::test(start_paused = true)]
async fn where_descriptors_are_few_connections_go_for_whoever_comes_until_they_are_as_few() {
    let admission = admission(16, 100);
    let mut connections = Vec::new();
    for host in 0..16 {
        let address = format!("192.0.2.{host}");
        connections.push(open(admit(&admission, &address).await.expect("room")));
    }
    pass(2).await;
    admission.give_way();
    let held = admit(&admission, "192.0.2.100").await.expect("three go for it");
    assert_eq!(admission.total.load(Relaxed), 14);
    assert!(held.occupancy().is_full());
    pass(LEAN.as_secs()).await;
    for host in 101..103 {
        let permit = admit(&admission, &format!("192.0.2.{host}")).await;
        connections.push(open(permit.expect("room again")));
    }
    assert_eq!(admission.total.load(Relaxed), 16);
    admission.set_limit(4);
    assert!(admit(&admission, "192.0.2.104").await.is_some());
    assert_eq!(admission.total.load(Relaxed), 3, "with the one that went just now");
}

#[tokio::test(start_paused = true)]
async fn nothing_is_remembered_of_those_who_left() {
    let admission = admission(10, 1);
    drop(admit(&admission, "192.0.2.1").await);
    assert!(admission.by_client.is_empty());
    assert_eq!(admission.total.load(Relaxed), 0);
}

//! A storm of orders that comes faster than the controller follows them.

use fedns::clock::Clock;
use fedns::controller::{Ask, Controller, Order, Plan, Question};
use fedns::core::event::Facts;
use fedns::core::policy::Policy;
use tokio::sync::{mpsc, oneshot};
use tokio_util::sync::CancellationToken;

use crate::support::facts::{self, SYNCED, key};
use crate::support::{entry, label};

/// The channel is as small as can be, so that it is full and being filled all the time.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_order_of_a_storm_is_lost() {
    const MANY: usize = 3000;
    let east = label("east");
    let plan = Plan {
        policy: Policy {
            federations: vec![facts::federation("fed", "example.com")],
            ..Policy::default()
        },
        clusters: vec![entry("east")],
        expects_clusters: false,
        sync_grace: std::time::Duration::ZERO,
        warnings: Vec::new(),
        complaints: Vec::new(),
        registrations: Default::default(),
    };
    let controller = Controller::new(plan, Clock::start());
    let (orders, orders_in) = mpsc::channel(1);
    let (asks, asks_in) = mpsc::channel(1);
    let stop = CancellationToken::new();
    let run = tokio::spawn(controller.run(orders_in, asks_in, stop.clone()));
    let storm = tokio::task::spawn_blocking(move || {
        orders.blocking_send(Order::from((east.clone(), SYNCED))).unwrap();
        for number in 0..MANY {
            let service = Facts::Service(
                key(&format!("shop/s{number}")),
                facts::load_balancer(&["192.0.2.1".parse().unwrap()]),
            );
            let event = facts::applied(service);
            orders.blocking_send(Order::from((east.clone(), event))).unwrap();
        }
        orders
    });
    let orders = storm.await.unwrap();
    let (reply, answer) = oneshot::channel();
    asks.send(Ask { question: Question::Status, reply }).await.unwrap();
    // Orders go before questions, so that all have been followed by then.
    let status = answer.await.unwrap().unwrap();
    assert_eq!(status["services"]["known"], MANY, "{status}");
    stop.cancel();
    run.await.unwrap();
    drop(orders);
}

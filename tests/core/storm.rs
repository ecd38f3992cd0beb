//! A storm of inputs that comes faster than the controller follows them.

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::Poll;
use std::time::Duration;

use fedns::clock::Clock;
use fedns::controller::{Command, Controller, Document, Input, Question, calls};
use fedns::core::event::{ClusterEvent, Facts, Object};
use fedns::core::service::SliceFacts;
use futures::future::{MaybeDone, maybe_done};
use tokio::sync::{Notify, mpsc};
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

use crate::support::facts::{self, SYNCED, key};
use crate::support::{entry, label, plan};

fn controller() -> Controller {
    let plan = plan(vec![facts::federation("fed", "example.com")], vec![entry("east")]);
    Controller::new(plan, Clock::start())
}

/// A service more, of a name of its own.
fn input(number: usize) -> Input {
    let service = Facts::Service(
        key(&format!("shop/s{number}")),
        facts::load_balancer(&["192.0.2.1".parse().unwrap()]),
    );
    Input::from((label("east"), facts::applied(service)))
}

/// How many services a status tells of.
fn services(status: Option<Document>) -> usize {
    status.unwrap().unwrap()["services"]["known"].as_u64().unwrap() as usize
}

/// A call that is in its queue, where there is room, or answered.
async fn in_line<F: Future<Output = Option<Document>>>(call: F) -> Pin<Box<MaybeDone<F>>> {
    let mut call = Box::pin(maybe_done(call));
    poll_fn(|context| Poll::Ready(_ = call.as_mut().poll(context))).await;
    call
}

async fn answer<F: Future<Output = Option<Document>>>(
    mut call: Pin<Box<MaybeDone<F>>>,
) -> Option<Document> {
    call.as_mut().await;
    call.as_mut().take_output().unwrap()
}

/// So many endpoints of a slice are ready, and so many are not.
fn slice(number: usize, ready: u32, not_ready: u32) -> ClusterEvent {
    let key = key("shop/cart");
    let name = format!("cart-{number}").into();
    let slice = SliceFacts { name, ..facts::slice(&key, ready, not_ready) };
    let object = Object { facts: Facts::Slice(key, slice), flaws: Vec::new() };
    ClusterEvent::Modified(facts::SOURCE, object)
}

/// Twenty endpoints in two slices are replaced one by one, as by a Deployment: no answer changes.
#[test]
fn a_rolling_deployment_compiles_nothing_and_publishes_nothing() {
    let (mut controller, east) = (controller(), label("east"));
    let say = |controller: &mut Controller, event| {
        let changes = controller.apply(&east, event);
        controller.publish(&changes);
    };
    let address = ["192.0.2.1".parse().unwrap()];
    let service = Facts::Service(key("shop/cart"), facts::load_balancer(&address));
    for event in [facts::applied(service), slice(1, 10, 0), slice(2, 10, 0), SYNCED] {
        say(&mut controller, event);
    }
    let figures = controller.figures();
    let done = |controller: &Controller| {
        let counts = &figures.borrow().counts;
        let made = (counts.changed_services, counts.publishing.clone());
        (made, controller.published().load().generation, controller.state().kept_revision())
    };
    let before = done(&controller);
    for number in [1, 2] {
        for _ in 0..10 {
            for (ready, not_ready) in [(10, 1), (9, 1), (9, 2), (10, 0)] {
                say(&mut controller, slice(number, ready, not_ready));
            }
        }
    }
    // Nor is there anything to keep.
    assert_eq!(done(&controller), before);
    // Whoever looks sees what is.
    let ready = |controller: &Controller| -> u64 {
        let key = key("shop/cart").wire();
        controller.state().shards(&key).map(|(_, shard)| shard.ready_endpoints()).sum()
    };
    say(&mut controller, slice(2, 7, 3));
    assert_eq!(ready(&controller), 17);
    // And the last one that goes is news.
    [1, 2].into_iter().for_each(|number| say(&mut controller, slice(number, 0, 10)));
    assert!(done(&controller).1 > before.1);
}

/// Numbers of endpoints that change are told several times in the second in which a serial can not step yet.
#[tokio::test(start_paused = true)]
async fn a_serial_that_is_owed_is_published_once_and_when_it_can_step() {
    let (inputs, inputs_in) = mpsc::channel(16);
    let (client, calls) = calls();
    let stop = CancellationToken::new();
    let controller = controller();
    let (published, began) = (controller.published(), Instant::now());
    let run = tokio::spawn(controller.run(inputs_in, calls, stop.clone()));
    let address = ["192.0.2.1".parse().unwrap()];
    let service = Facts::Service(key("shop/cart"), facts::load_balancer(&address));
    for event in [facts::applied(service), slice(1, 10, 0), SYNCED] {
        inputs.send(Input::from((label("east"), event))).await.unwrap();
    }
    assert_eq!(services(client.ask(Question::Status).await), 1);
    let first = published.load_full();
    for ready in [9, 10].into_iter().cycle() {
        inputs.send(Input::from((label("east"), slice(1, ready, 0)))).await.unwrap();
        assert_eq!(services(client.ask(Question::Status).await), 1);
        let now = published.load();
        let has_stepped = now.serials != first.serials;
        assert_eq!(now.generation, first.generation + u64::from(has_stepped));
        if began.elapsed() > Duration::from_secs(3) {
            assert!(has_stepped);
            break;
        }
        sleep(Duration::from_millis(30)).await;
    }
    stop.cancel();
    run.await.unwrap();
}

/// Whoever is awake when something is said says theirs before it is published. No clock is looked at for that:
/// here none moves.
#[tokio::test(start_paused = true)]
async fn what_is_said_at_one_moment_is_published_once() {
    let (inputs, inputs_in) = mpsc::channel(16);
    let (client, calls) = calls();
    let stop = CancellationToken::new();
    let controller = controller();
    let published = controller.published();
    let run = tokio::spawn(controller.run(inputs_in, calls, stop.clone()));
    inputs.send(Input::from((label("east"), SYNCED))).await.unwrap();
    assert_eq!(services(client.ask(Question::Status).await), 0);
    // Each wakes the next one only behind what it says, when the controller is awake already.
    const MANY: usize = 5;
    let before = published.load().generation;
    let turns: Vec<_> = (0..=MANY).map(|_| Arc::new(Notify::new())).collect();
    for number in 0..MANY {
        let (inputs, mine) = (inputs.clone(), turns[number].clone());
        let next = turns[number + 1].clone();
        tokio::spawn(async move {
            mine.notified().await;
            inputs.try_send(input(number)).unwrap();
            next.notify_one();
        });
    }
    turns[0].notify_one();
    turns[MANY].notified().await;
    assert_eq!(services(client.ask(Question::Status).await), MANY);
    assert_eq!(published.load().generation, before + 1);
    // One that comes alone waits for nobody.
    inputs.send(input(MANY)).await.unwrap();
    assert_eq!(services(client.ask(Question::Status).await), MANY + 1);
    assert_eq!(published.load().generation, before + 2);
    stop.cancel();
    run.await.unwrap();
}

/// The channel is as small as can be, so that it is full and being filled all the time.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_input_of_a_storm_is_lost() {
    const MANY: usize = 3000;
    let (inputs, inputs_in) = mpsc::channel(1);
    let (client, calls) = calls();
    let stop = CancellationToken::new();
    let run = tokio::spawn(controller().run(inputs_in, calls, stop.clone()));
    let storm = tokio::task::spawn_blocking(move || {
        inputs.blocking_send(Input::from((label("east"), SYNCED))).unwrap();
        (0..MANY).for_each(|number| inputs.blocking_send(input(number)).unwrap());
        inputs
    });
    let inputs = storm.await.unwrap();
    // Whoever asks hears of all that came before.
    let status = client.ask(Question::Status).await.unwrap().unwrap();
    assert_eq!(status["services"]["known"], MANY, "{status}");
    stop.cancel();
    run.await.unwrap();
    drop(inputs);
}

/// Each input makes a service more, so that a status tells how many were followed before it was
/// answered. The storm goes on until everything was answered, or it has become far too many.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn who_asks_or_commands_waits_for_two_turns_of_a_storm_at_most() {
    const CHANNEL: usize = 8;
    const SOURCES: usize = 3;
    const TOO_MANY: usize = 50_000;
    const TURN: usize = CHANNEL + 1;
    let (inputs, inputs_in) = mpsc::channel(CHANNEL);
    let (client, calls) = calls();
    let (stop, calm) = (CancellationToken::new(), CancellationToken::new());
    let run = tokio::spawn(controller().run(inputs_in, calls, stop.clone()));
    let sent = Arc::new(AtomicUsize::new(0));
    let source = || {
        let (inputs, calm, sent) = (inputs.clone(), calm.clone(), sent.clone());
        move || {
            while !calm.is_cancelled() && sent.load(Ordering::SeqCst) < TOO_MANY {
                let number = sent.fetch_add(1, Ordering::SeqCst);
                inputs.blocking_send(input(number)).unwrap();
            }
        }
    };
    let storm: Vec<_> = (0..SOURCES).map(|_| tokio::task::spawn_blocking(source())).collect();
    for _ in 0..20 {
        let status = in_line(client.ask(Question::Status)).await;
        let before = sent.load(Ordering::SeqCst);
        // The turn that is on when somebody asks, and the one that is theirs.
        let followed = services(answer(status).await);
        assert!(followed <= before + 2 * TURN, "{followed} inputs, {before} were sent by then");

        let accept = Command::Accept { cluster: label("west"), operator: "a test".into() };
        let refused = in_line(client.command(accept)).await;
        let status = in_line(client.ask(Question::Status)).await;
        let before = sent.load(Ordering::SeqCst);
        // Commands come before questions; the question may have come a turn later.
        assert_eq!(answer(refused).await, Some(Err("no cluster is called west".to_owned())));
        let followed = services(answer(status).await);
        assert!(followed <= before + 3 * TURN, "{followed} inputs, {before} were sent by then");
    }
    assert!(sent.load(Ordering::SeqCst) < TOO_MANY, "the storm was on all the time");
    calm.cancel();
    for source in storm {
        source.await.unwrap();
    }
    stop.cancel();
    run.await.unwrap();
}

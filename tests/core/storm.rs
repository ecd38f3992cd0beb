//! A storm of inputs that comes faster than the controller follows them.

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::Poll;
use std::time::Duration;

use fedns::clock::Clock;
use fedns::controller::{Command, Controller, Document, Input, Plan, Question, calls};
use fedns::core::event::Facts;
use fedns::core::policy::Policy;
use futures::future::{MaybeDone, maybe_done};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::support::facts::{self, SYNCED, key};
use crate::support::{entry, label};

fn controller() -> Controller {
    let plan = Plan {
        policy: Policy {
            federations: vec![facts::federation("fed", "example.com")],
            ..Policy::default()
        },
        clusters: vec![entry("east")],
        expects_clusters: false,
        sync_grace: Duration::ZERO,
        warnings: Vec::new(),
        complaints: Vec::new(),
    };
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

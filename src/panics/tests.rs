//! Tests of confinement, in virtual time.

use std::sync::{Arc, Mutex, Once};

use super::*;

/// Notes panics as the process does, and prints them as tests do.
fn noting() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let printing = panic::take_hook();
        tell_panics(move |_, info| printing(info));
    });
}

const RESTS: Rests = Rests {
    first: Duration::from_secs(1),
    longest: Duration::from_secs(5),
    calm: Duration::from_secs(60),
};

/// Seconds since the start, and what was told.
type Told = Arc<Mutex<Vec<(u64, News)>>>;

/// Confines what `task` does in each run, counted from 0, and tells after how many seconds what.
async fn run<F: Future<Output = ()>>(task: impl Fn(usize) -> F, cancel: CancellationToken) -> Told {
    noting();
    let (told, start) = (Told::default(), Instant::now());
    let mut runs = 0..;
    let tell = |news| {
        told.lock().expect("nobody panics here").push((start.elapsed().as_secs(), news));
        async {}
    };
    confined(|| task(runs.next().expect("numbers have no end")), tell, RESTS, cancel).await;
    told
}

fn moments(told: &Told) -> Vec<(u64, bool)> {
    let told = told.lock().expect("nobody panics here");
    told.iter().map(|(at, news)| (*at, *news == News::Well)).collect()
}

#[tokio::test(start_paused = true)]
async fn a_task_that_panics_begins_anew_after_pauses_that_double() {
    let task = async |run| assert!(run >= 5, "a panic that quotes {run}");
    let told = run(task, CancellationToken::new()).await;
    let at = [0, 1, 3, 7, 12].map(|at| (at, false));
    assert_eq!(moments(&told), at);
}

#[tokio::test(start_paused = true)]
async fn one_that_runs_for_long_is_well_again_and_begins_with_short_pauses() {
    let task = async |run| match run {
        0 | 1 => panic!("at once"),
        2 => {
            sleep_until(Instant::now() + Duration::from_secs(100)).await;
            panic!("late");
        }
        _ => {}
    };
    let told = run(task, CancellationToken::new()).await;
    assert_eq!(moments(&told), [(0, false), (1, false), (63, true), (103, false)]);
}

#[tokio::test(start_paused = true)]
async fn a_task_that_rests_ends_when_it_is_told_to() {
    let cancel = CancellationToken::new();
    let stop = cancel.clone();
    let end = async move {
        sleep_until(Instant::now() + Duration::from_secs(2)).await;
        stop.cancel();
    };
    let (told, ()) = tokio::join!(run(async |_| panic!("always"), cancel), end);
    assert_eq!(moments(&told), [(0, false), (1, false)]);
}

#[tokio::test]
async fn a_panic_says_where_it_was_and_quotes_nothing() {
    noting();
    let secret = String::from("hunter2");
    let line = line!() + 1;
    let quoting = caught(async { panic!("can not read {secret}") }).await;
    let panic = quoting.expect_err("it panicked");
    assert_eq!(panic.to_string(), format!("a panic at src/panics/tests.rs:{line}"));
    let own = caught(async { panic!("a text of the source") }).await;
    let panic = own.expect_err("it panicked");
    assert!(panic.to_string().ends_with(" (a text of the source)"), "{panic}");
}

#[tokio::test]
async fn a_panic_on_another_thread_is_that_of_whoever_waits() {
    noting();
    let before = count();
    let line = line!() + 1;
    let waiting = caught(away(|| assert_eq!(1, 2, "elsewhere"))).await;
    let panic = waiting.expect_err("it panicked");
    assert_eq!(&*panic.place, format!("src/panics/tests.rs:{line}"));
    assert!(count() > before);
    assert_eq!(away(|| 7).await, Some(7));
}

#[tokio::test]
async fn how_a_task_ended_is_said_without_what_its_panic_says() {
    noting();
    let secret = String::from("hunter2");
    let panicked = tokio::spawn(async move { panic!("{secret}") });
    let error = panicked.await.expect_err("it panicked");
    assert!(error.to_string().contains("hunter2"));
    assert!(words(&error).starts_with("it panicked, which is a fault of fedns"));
}

#[test]
fn a_place_is_said_without_the_folders_of_whoever_built_it() {
    for (path, said) in [
        ("src/cli/mod.rs", "src/cli/mod.rs"),
        (
            "/home/x/.cargo/registry/src/index.crates.io-1949/http-1.3.1/src/uri/mod.rs",
            "http-1.3.1/src/uri/mod.rs",
        ),
        ("/rustc/0123abc/library/core/src/option.rs", "library/core/src/option.rs"),
    ] {
        assert_eq!(short(path), said);
    }
}

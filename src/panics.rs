//! Panics: caught, told without what they quote, and confined to the task that they began in.
//!
//! In: tasks that may panic, because data of others reaches code of others. Out: [`Panic`], which
//! says where in the source it was; a task that begins anew after a pause. What a panic says may
//! quote what it stumbled over, a credential too: it is shown only where it stands in the source
//! word for word. Does not know what the tasks do.

use std::any::Any;
use std::cell::RefCell;
use std::fmt;
use std::future::Future;
use std::io;
use std::panic::{self, AssertUnwindSafe, Location, PanicHookInfo};
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use futures::FutureExt;
use tokio::sync::oneshot;
use tokio::task::{JoinError, spawn_blocking};
use tokio::time::{Instant, sleep_until};
use tokio_util::sync::CancellationToken;

thread_local! {
    /// The last panic of this thread that nobody has caught yet.
    static LAST: RefCell<Option<Panic>> = const { RefCell::new(None) };
}

/// How many panics there were.
static COUNT: AtomicU64 = AtomicU64::new(0);

/// A panic: a fault of fedns.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Panic {
    /// File and line of the source, such as `src/main.rs:12`; without the folders of whoever
    /// built it.
    pub place: Box<str>,
    /// What it says, where that is text of the source and quotes nothing.
    pub words: Option<&'static str>,
}

impl Panic {
    fn of(info: &PanicHookInfo<'_>) -> Self {
        let place = info.location().map_or_else(unknown, place);
        // Text that was put together is a `String`.
        Self { place, words: info.payload().downcast_ref::<&'static str>().copied() }
    }

    /// The panic that was just caught in this thread, by what it left behind.
    fn caught(payload: &(dyn Any + Send)) -> Self {
        let last = LAST.with_borrow_mut(Option::take);
        // One that has come over from another thread says itself where it was.
        let handed = payload.downcast_ref::<Self>().cloned();
        handed.or(last).unwrap_or_else(|| Self { place: unknown(), words: None })
    }
}

impl fmt::Display for Panic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a panic at {}", self.place)?;
        self.words.map_or(Ok(()), |words| write!(f, " ({words})"))
    }
}

fn unknown() -> Box<str> {
    "a place that is not known".into()
}

fn place(location: &Location<'_>) -> Box<str> {
    format!("{}:{}", short(location.file()), location.line()).into()
}

/// The path of a source file without what is so only where it was built: a crate's from its name
/// on, the standard library's from `library` on.
fn short(path: &str) -> &str {
    let of_crate = path.split_once("/registry/src/").and_then(|(_, rest)| rest.split_once('/'));
    let of_rust = || path.find("/library/").map(|at| &path[at + 1..]);
    of_crate.map(|(_, rest)| rest).or_else(of_rust).unwrap_or(path)
}

/// From now on every panic of the process is noted where it happens, counted, and told in place of
/// what is else printed. `tell` is given all that the panic says, too: what of that is shown is for
/// it to judge.
pub fn tell_panics(tell: impl Fn(&Panic, &PanicHookInfo<'_>) + Send + Sync + 'static) {
    panic::set_hook(Box::new(move |info| {
        let panic = Panic::of(info);
        COUNT.fetch_add(1, Ordering::Relaxed);
        LAST.with_borrow_mut(|last| *last = Some(panic.clone()));
        tell(&panic, info);
    }));
}

/// How many panics there were since the process began.
pub fn count() -> u64 {
    COUNT.load(Ordering::Relaxed)
}

/// How a task ended that was not told to, without what its panic says.
pub fn words(error: &JoinError) -> &'static str {
    match error.is_panic() {
        true => "it panicked, which is a fault of fedns: the log says where; please report that",
        false => "it was given up",
    }
}

/// Runs a future; what it was about must not be used any more once it has panicked.
///
/// # Errors
/// The panic that it ended with.
pub async fn caught<F: Future>(future: F) -> Result<F::Output, Panic> {
    let ended = AssertUnwindSafe(future).catch_unwind().await;
    ended.map_err(|payload| Panic::caught(&*payload))
}

/// Does something that blocks away from the runtime's threads. If it panics, so does whoever
/// waits for it; `None` where the runtime is shutting down.
pub async fn away<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Option<T> {
    let work = move || {
        panic::catch_unwind(AssertUnwindSafe(work)).map_err(|payload| Panic::caught(&*payload))
    };
    let done = spawn_blocking(work).await.ok()?;
    Some(done.unwrap_or_else(|panic| again(panic)))
}

/// Does something in a thread of its own that is called `name`. If it panics, so does whoever waits for it.
///
/// # Errors
/// The system's, where it gives no thread.
pub fn thread<T: Send + 'static>(
    name: String,
    work: impl FnOnce() -> T + Send + 'static,
) -> io::Result<impl Future<Output = T>> {
    let (send, ended) = oneshot::channel();
    let work = move || {
        let done = panic::catch_unwind(AssertUnwindSafe(work));
        // Nobody waits any more where the process ends.
        _ = send.send(done.map_err(|payload| Panic::caught(&*payload)));
    };
    thread::Builder::new().name(name).spawn(work)?;
    Ok(async move {
        match ended.await {
            Ok(Ok(done)) => done,
            Ok(Err(panic)) => again(panic),
            Err(_) => again(Panic { place: unknown(), words: None }),
        }
    })
}

/// Panics once more with what was caught elsewhere. It was told of and counted there.
pub fn again(panic: Panic) -> ! {
    panic::resume_unwind(Box::new(panic))
}

/// How long a task rests that panicked.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Rests {
    /// After the first panic; it doubles with each one.
    pub first: Duration,
    /// At most.
    pub longest: Duration,
    /// A task that has run for so long is well again.
    pub calm: Duration,
}

impl Default for Rests {
    fn default() -> Self {
        let seconds = Duration::from_secs;
        Self { first: seconds(1), longest: seconds(300), calm: seconds(600) }
    }
}

/// What is told of a task that is confined.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum News {
    /// It panicked, and begins anew after a pause.
    Broken(Panic),
    /// It has run for long since.
    Well,
}

/// Runs a task that ends only when it is told to. One that panics is told of and begun anew after
/// a pause, until `cancel`; nobody else notices. `begin` makes a new one each time.
pub async fn confined<F: Future<Output = ()>, T: Future<Output = ()>>(
    mut begin: impl FnMut() -> F,
    mut tell: impl FnMut(News) -> T,
    rests: Rests,
    cancel: CancellationToken,
) {
    let mut panics = 0_u32;
    loop {
        let began = Instant::now();
        let mut run = std::pin::pin!(caught(async { begin().await }));
        let ended = tokio::select! {
            biased;
            ended = &mut run => ended,
            () = sleep_until(began + rests.calm), if panics > 0 => {
                panics = 0;
                // A channel that is full holds up what is told, and not the task.
                tokio::join!(run, tell(News::Well)).0
            }
        };
        let Err(panic) = ended else { return };
        let pause = rests.first.saturating_mul(1 << panics.min(16)).min(rests.longest);
        panics = panics.saturating_add(1);
        let rest = async {
            tell(News::Broken(panic)).await;
            sleep_until(Instant::now() + pause).await;
        };
        if cancel.run_until_cancelled(rest).await.is_none() {
            return;
        }
    }
}

#[cfg(test)]
mod tests;

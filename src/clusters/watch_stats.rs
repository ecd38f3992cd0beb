//! Statistics of watches: numbers of each cluster whose API server is watched, for status and metrics, and
//! how registries do.
//!
//! In: what a watch notices. Out: values that anyone may read at any time, without waiting.
//! Does not know what is shown of them or where.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, LazyLock, Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use crate::clusters::kubernetes::ObjectKind;
use crate::core::complaint::{Flaw, Subject};
use crate::core::name::Label;

/// The sorts of errors of API servers that are counted.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum ErrorSort {
    /// The server forbids what is asked (403).
    Forbidden,
    /// What came is not what an API server says.
    Garbage,
    /// The server does not know a version any more (410).
    Gone,
    /// The server refuses what is asked for another reason.
    Refused,
    /// The server says that it failed (500 and above).
    Server,
    /// The server wants to be asked later (429).
    Throttled,
    /// An answer took too long.
    Timeout,
    /// The server does not take the credentials (401).
    Unauthorized,
    /// There was no connection, or it broke.
    Unreachable,
    /// The credentials could not be read or used here.
    Credentials,
}

impl ErrorSort {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::Forbidden,
        Self::Garbage,
        Self::Gone,
        Self::Refused,
        Self::Server,
        Self::Throttled,
        Self::Timeout,
        Self::Unauthorized,
        Self::Unreachable,
        Self::Credentials,
    ];

    /// Its name in metrics.
    pub fn name(self) -> &'static str {
        match self {
            Self::Forbidden => "forbidden",
            Self::Garbage => "garbage",
            Self::Gone => "gone",
            Self::Refused => "refused",
            Self::Server => "server",
            Self::Throttled => "throttled",
            Self::Timeout => "timeout",
            Self::Unauthorized => "unauthorized",
            Self::Unreachable => "unreachable",
            Self::Credentials => "credentials",
        }
    }
}

/// The numbers of all clusters whose API servers are watched, by name.
#[derive(Clone, Debug, Default)]
pub struct WatchStats {
    clusters: Arc<Mutex<BTreeMap<Label, Arc<ClusterStats>>>>,
    registries: Arc<Mutex<Vec<RegistryStats>>>,
    own: Arc<Mutex<Own>>,
    /// Since when what is shown of registries and the process is wrong, as [`uptime_millis`].
    since: Arc<Mutex<BTreeMap<(Subject, Flaw), u64>>>,
}

/// What is wrong with the process itself, by its parts.
type Own = BTreeMap<&'static str, Vec<(Subject, Flaw)>>;

/// What is wrong with a registry or the process, and for how long it has been.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct AgedFlaw {
    /// With what.
    pub subject: Subject,
    /// What.
    pub flaw: Flaw,
    /// For how long.
    pub age: Duration,
}

/// How a registry does.
#[derive(Clone, Debug)]
pub struct RegistryStats {
    /// Where it is.
    pub registry: Box<str>,
    /// The same as a word for metrics: its namespace, of a later one with that `NAMESPACE_2`.
    pub id: Box<str>,
    /// Clusters that it has registered.
    pub clusters: usize,
    /// Since when it can be read, in unix seconds; `None` while it can not.
    pub read_since: Option<u64>,
    /// What is wrong with it and with its Secrets.
    pub complaints: Vec<(Subject, Flaw)>,
}

impl WatchStats {
    /// The numbers of a cluster, from now on; new where there are none.
    pub fn of(&self, cluster: &Label) -> Arc<ClusterStats> {
        Arc::clone(self.lock().entry(cluster.clone()).or_default())
    }

    /// The numbers of a cluster, if its API server is watched.
    pub fn find(&self, cluster: &Label) -> Option<Arc<ClusterStats>> {
        self.lock().get(cluster).cloned()
    }

    /// Forgets a cluster.
    pub fn forget(&self, cluster: &Label) {
        self.lock().remove(cluster);
    }

    /// All of them, in the order of their names.
    pub fn all(&self) -> Vec<(Label, Arc<ClusterStats>)> {
        self.lock().iter().map(|(name, stats)| (name.clone(), Arc::clone(stats))).collect()
    }

    /// Shows how registries do from now on.
    pub fn show_registries(&self, registries: Vec<RegistryStats>) {
        *self.registries.lock().unwrap_or_else(PoisonError::into_inner) = registries;
        self.note_since();
    }

    /// How registries do, in the order of the configuration.
    pub fn registries(&self) -> Vec<RegistryStats> {
        self.registries.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Shows what is wrong with a part of the process itself from now on; gives what was not wrong
    /// before.
    pub fn show_own(
        &self,
        part: &'static str,
        complaints: Vec<(Subject, Flaw)>,
    ) -> Vec<(Subject, Flaw)> {
        let mut own = self.own.lock().unwrap_or_else(PoisonError::into_inner);
        let former = own.insert(part, complaints.clone()).unwrap_or_default();
        drop(own);
        self.note_since();
        complaints.into_iter().filter(|complaint| !former.contains(complaint)).collect()
    }

    /// What is wrong with the process itself.
    pub fn own(&self) -> Vec<(Subject, Flaw)> {
        let own = self.own.lock().unwrap_or_else(PoisonError::into_inner);
        own.values().flatten().cloned().collect()
    }

    /// What is wrong with registries, then with the process, and for how long.
    pub fn flaws(&self) -> Vec<AgedFlaw> {
        let (all, now) = (self.shown(), uptime_millis());
        let since = self.since.lock().unwrap_or_else(PoisonError::into_inner);
        let aged = all.into_iter().map(|told| {
            let since = since.get(&told).copied().unwrap_or(now);
            let (subject, flaw) = told;
            AgedFlaw { subject, flaw, age: Duration::from_millis(now.saturating_sub(since)) }
        });
        aged.collect()
    }

    fn shown(&self) -> Vec<(Subject, Flaw)> {
        let of_registries = self.registries().into_iter().flat_map(|it| it.complaints);
        of_registries.chain(self.own()).collect()
    }

    /// Keeps since when what is shown is wrong: what is shown again is as old as it was.
    fn note_since(&self) {
        let (all, now) = (self.shown(), uptime_millis());
        let mut since = self.since.lock().unwrap_or_else(PoisonError::into_inner);
        let known = std::mem::take(&mut *since);
        let aged = all.into_iter().map(|it| {
            let since = known.get(&it).copied().unwrap_or(now);
            (it, since)
        });
        *since = aged.collect();
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, BTreeMap<Label, Arc<ClusterStats>>> {
        self.clusters.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The numbers of one cluster.
#[derive(Debug, Default)]
pub struct ClusterStats {
    /// Whether some watch of it is open or some list moves.
    pub is_up: AtomicBool,
    /// Whether everything of it was listed once.
    pub is_synced: AtomicBool,
    /// Lists that came in whole.
    pub lists: AtomicU64,
    /// Lines of watches that told of objects.
    pub events: AtomicU64,
    /// From the trigger of a change to its being published.
    pub programming: Programming,
    /// Objects and errors, by the positions of their kinds and sorts.
    objects: [AtomicU64; ObjectKind::ALL.len()],
    errors: [AtomicU64; ErrorSort::ALL.len()],
    /// Microseconds that the last list took.
    list_micros: AtomicU64,
    /// When each kind was heard of last, and when something last changed, as [`uptime_millis`];
    /// 0 = never.
    heard: [AtomicU64; ObjectKind::ALL.len()],
    changed: AtomicU64,
    /// When the credentials expire, in unix seconds; 0 = that is not known.
    expiry: AtomicI64,
    version: Mutex<Option<Box<str>>>,
}

impl ClusterStats {
    /// A kind was heard of: a list, a line, a watch that began.
    pub fn hear(&self, kind: ObjectKind) {
        self.heard[kind as usize].store(uptime_millis(), Ordering::Relaxed);
    }

    /// How many objects of a kind there are.
    pub fn objects(&self, kind: ObjectKind) -> u64 {
        self.objects[kind as usize].load(Ordering::Relaxed)
    }

    /// There are so many objects of a kind in one source of them, where there were `former`.
    pub fn change_objects(&self, kind: ObjectKind, former: u64, now: u64) {
        let objects = &self.objects[kind as usize];
        objects.fetch_add(now.wrapping_sub(former), Ordering::Relaxed);
    }

    /// How many errors of a sort there were.
    pub fn errors(&self, sort: ErrorSort) -> u64 {
        self.errors[sort as usize].load(Ordering::Relaxed)
    }

    /// Counts an error.
    pub fn count_error(&self, sort: ErrorSort) {
        self.errors[sort as usize].fetch_add(1, Ordering::Relaxed);
    }

    /// An object changed.
    pub fn note_event(&self) {
        self.events.fetch_add(1, Ordering::Relaxed);
        self.changed.store(uptime_millis(), Ordering::Relaxed);
    }

    /// A list came in whole.
    pub fn note_list(&self, took: Duration) {
        self.lists.fetch_add(1, Ordering::Relaxed);
        self.list_micros.store(took.as_micros() as u64, Ordering::Relaxed);
    }

    /// How long the last list took; zero before the first.
    pub fn list_duration(&self) -> Duration {
        Duration::from_micros(self.list_micros.load(Ordering::Relaxed))
    }

    /// How long the kind was not heard of that was silent longest; `None` until all were heard of.
    pub fn age(&self) -> Option<Duration> {
        let heard = self.heard.iter().map(|heard| heard.load(Ordering::Relaxed)).min()?;
        (heard > 0).then(|| Duration::from_millis(uptime_millis().saturating_sub(heard)))
    }

    /// How long ago an object changed last; `None` where none did.
    pub fn since_event(&self) -> Option<Duration> {
        let changed = self.changed.load(Ordering::Relaxed);
        (changed > 0).then(|| Duration::from_millis(uptime_millis().saturating_sub(changed)))
    }

    /// Keeps when the credentials expire, in unix seconds.
    pub fn set_expiry(&self, expiry: Option<i64>) {
        self.expiry.store(expiry.unwrap_or(0), Ordering::Relaxed);
    }

    /// When the credentials expire, in unix seconds.
    pub fn expiry(&self) -> Option<i64> {
        Some(self.expiry.load(Ordering::Relaxed)).filter(|expiry| *expiry != 0)
    }

    /// How long the credentials are still good; zero once they are not.
    pub fn expires_in(&self) -> Option<Duration> {
        let seconds = self.expiry()?.saturating_sub(unix_seconds() as i64);
        Some(Duration::from_secs(seconds.max(0) as u64))
    }

    /// Keeps the version of the API server.
    pub fn set_version(&self, version: Option<Box<str>>) {
        *self.version.lock().unwrap_or_else(PoisonError::into_inner) = version;
    }

    /// The version of the API server, such as `v1.33.1`.
    pub fn version(&self) -> Option<Box<str>> {
        self.version.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// How long changes took to be published, by length.
#[derive(Debug, Default)]
pub struct Programming {
    counts: [AtomicU64; Self::BOUNDS.len() + 1],
    sum_micros: AtomicU64,
}

impl Programming {
    /// The bounds of what is counted together, in seconds.
    pub const BOUNDS: [f64; 12] =
        [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0, 60.0, 300.0];

    /// Counts a change that was triggered so long after 1970 and is published now.
    pub fn count(&self, triggered: Duration) {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        // Clocks differ: what seems to come from the future took no time.
        let took = now.saturating_sub(triggered);
        let at = Self::BOUNDS.partition_point(|bound| *bound < took.as_secs_f64());
        self.counts[at].fetch_add(1, Ordering::Relaxed);
        self.sum_micros.fetch_add(took.as_micros() as u64, Ordering::Relaxed);
    }

    /// How many took no longer than each bound and longer than the one before, the last more than
    /// all; and the sum in seconds.
    pub fn read(&self) -> ([u64; Self::BOUNDS.len() + 1], f64) {
        let counts = std::array::from_fn(|at| self.counts[at].load(Ordering::Relaxed));
        (counts, self.sum_micros.load(Ordering::Relaxed) as f64 / 1e6)
    }
}

fn unix_seconds() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

/// Milliseconds since this was asked first, and one: ages are not to change when the wall clock is set.
fn uptime_millis() -> u64 {
    static STARTED: LazyLock<Instant> = LazyLock::new(Instant::now);
    STARTED.elapsed().as_millis() as u64 + 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_shown_again_is_as_old_as_it_was() {
        let stats = WatchStats::default();
        let few = |connections| {
            let (most, clusters, enough) = (10, 1, 20);
            (Subject::Process, Flaw::DescriptorsFew { most, clusters, connections, enough })
        };
        let since = |flaw| stats.since.lock().expect("no panic").get(&flaw).copied();
        stats.show_own("descriptors", vec![few(1)]);
        let first = since(few(1));
        while uptime_millis() == first.expect("it is shown") {}
        stats.show_own("descriptors", vec![few(1), few(2)]);
        assert!(since(few(1)) == first && since(few(2)) > first);
        stats.show_own("descriptors", Vec::new());
        assert_eq!(stats.flaws(), []);
    }

    #[test]
    fn what_was_never_heard_of_has_no_age() {
        let stats = ClusterStats::default();
        stats.hear(ObjectKind::Node);
        stats.hear(ObjectKind::Service);
        assert_eq!(stats.age(), None);
        stats.hear(ObjectKind::EndpointSlice);
        assert!(stats.age().is_some_and(|age| age < Duration::from_secs(60)));
    }

    #[test]
    fn changes_are_counted_by_how_long_they_took() {
        let programming = Programming::default();
        let now = Duration::from_secs(unix_seconds());
        programming.count(now + Duration::from_secs(100));
        programming.count(now - Duration::from_secs(1000));
        let (counts, sum) = programming.read();
        assert_eq!((counts[0], counts[12], counts.iter().sum::<u64>()), (1, 1, 2));
        assert!((999.0..2000.0).contains(&sum), "{sum}");
    }

    #[test]
    fn expired_credentials_have_no_time_left() {
        let stats = ClusterStats::default();
        assert_eq!(stats.expires_in(), None);
        stats.set_expiry(Some(5));
        assert_eq!((stats.expiry(), stats.expires_in()), (Some(5), Some(Duration::ZERO)));
    }
}

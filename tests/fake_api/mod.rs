//! An API server of our own: lists by page and by watch, watches with bookmarks, and whatever a real
//! one can not be made to do. It runs in a thread of its own until it is dropped.
#![allow(dead_code, unreachable_pub, unused_imports, clippy::unwrap_used)]

mod objects;
mod serve;
mod tls;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::sync::watch;
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;

pub use objects::{node, secret, service, slice};
pub use tls::Tls;

pub const PATIENCE: Duration = Duration::from_secs(60);

/// What is asked for.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Verb {
    Any,
    Get,
    /// A list of one object, for the version that it shows.
    Glance,
    List,
    Stream,
    Watch,
}

/// What goes wrong.
#[derive(Clone, Debug)]
pub enum Fault {
    /// This status, and seconds after which to ask again.
    Status(u16, Option<u64>),
    /// No head comes.
    Hang,
    /// A head comes, and half of a body.
    HangInBody,
    /// The connection ends in the middle of a body.
    Cut,
    /// This in place of the body.
    Body(Vec<u8>),
    /// This code, with this body.
    Refusal(u16, Vec<u8>),
    /// A list of nothing.
    Empty,
    /// The right answer, in pieces of so many octets with a pause before each.
    Slow(usize, Duration),
    /// A body that begins like this, and goes on like that without an end.
    Endless(String, String),
}

struct Rule {
    verb: Verb,
    /// A path, or `*`.
    path: String,
    fault: Fault,
    /// How often; `None` = always.
    times: Option<usize>,
}

/// A change, as watches tell it.
#[derive(Clone)]
struct Change {
    version: u64,
    kind: &'static str,
    plural: String,
    object: Value,
}

struct World {
    version: u64,
    /// By plural, namespace and name.
    objects: BTreeMap<(String, String, String), Value>,
    changes: Vec<Change>,
    /// Watches can not begin before this.
    oldest: u64,
    uid: String,
    rules: Vec<Rule>,
    requests: Vec<String>,
    page: usize,
    has_bookmarks: bool,
    /// Watches that are open say nothing, and do not end.
    is_frozen: bool,
    /// Whether each connection ends behind one answer.
    is_closing: bool,
    /// Grows when all open watches are to be cut.
    cuts: u64,
    /// Lines that all open watches say next.
    lines: Vec<Vec<u8>>,
    /// Values of `authorization` that are taken; none: all are.
    known: Vec<String>,
    /// Whether a client that has shown a certificate is taken, whichever that is.
    knows_certificates: bool,
    /// What responses say the time is; else what it is.
    date: Option<String>,
    /// That versions are forgotten is said by HTTP and not by an event.
    says_gone_by_status: bool,
    /// How long each answer takes.
    delay: Duration,
}

struct Shared {
    world: Mutex<World>,
    news: watch::Sender<u64>,
    /// What certificate the next connection is shown; `None` without TLS.
    acceptor: Mutex<Option<TlsAcceptor>>,
    /// Grows when all connections are to end.
    hang_ups: watch::Sender<u64>,
    /// Octets of bodies without an end that were sent.
    sent: AtomicU64,
    /// Octets of all bodies that were sent.
    octets: AtomicU64,
}

impl Shared {
    fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

pub struct FakeApi {
    pub address: SocketAddr,
    scheme: &'static str,
    shared: Arc<Shared>,
    stop: CancellationToken,
    thread: Option<std::thread::JoinHandle<()>>,
}

impl Drop for FakeApi {
    fn drop(&mut self) {
        self.stop.cancel();
        if let Some(thread) = self.thread.take() {
            _ = thread.join();
        }
    }
}

impl FakeApi {
    pub fn start() -> Self {
        Self::listen(([127, 0, 0, 1], 0).into(), None)
    }

    pub fn start_tls(tls: &Tls) -> Self {
        Self::listen(([127, 0, 0, 1], 0).into(), Some(tls))
    }

    /// Listens where another one listened before.
    pub fn listen(address: SocketAddr, tls: Option<&Tls>) -> Self {
        let world = World {
            version: 100,
            objects: BTreeMap::new(),
            changes: Vec::new(),
            oldest: 0,
            uid: "uid-1".into(),
            rules: Vec::new(),
            requests: Vec::new(),
            page: 500,
            has_bookmarks: true,
            is_frozen: false,
            is_closing: false,
            cuts: 0,
            lines: Vec::new(),
            known: Vec::new(),
            knows_certificates: false,
            date: None,
            says_gone_by_status: false,
            delay: Duration::ZERO,
        };
        let scheme = if tls.is_some() { "https" } else { "http" };
        let shared = Arc::new(Shared {
            world: Mutex::new(world),
            news: watch::Sender::new(0),
            acceptor: Mutex::new(tls.map(Tls::acceptor)),
            hang_ups: watch::Sender::new(0),
            sent: AtomicU64::new(0),
            octets: AtomicU64::new(0),
        });
        let stop = CancellationToken::new();
        let listener = std::net::TcpListener::bind(address).unwrap();
        listener.set_nonblocking(true).unwrap();
        let address = listener.local_addr().unwrap();
        let thread = std::thread::spawn({
            let (shared, stop) = (shared.clone(), stop.clone());
            move || {
                let mut builder = tokio::runtime::Builder::new_current_thread();
                let runtime = builder.enable_all().build().unwrap();
                runtime.block_on(serve::serve(listener, shared, stop));
            }
        });
        Self { address, scheme, shared, stop, thread: Some(thread) }
    }

    /// A kubeconfig that leads here; `user` and `cluster` are further fields in JSON.
    pub fn kubeconfig(&self, user: Value, cluster: Value) -> String {
        let mut at = json!({ "server": format!("{}://{}", self.scheme, self.address) });
        at.as_object_mut().unwrap().extend(cluster.as_object().unwrap().clone());
        json!({
            "apiVersion": "v1", "kind": "Config", "current-context": "here",
            "clusters": [{ "name": "here", "cluster": at }],
            "users": [{ "name": "me", "user": user }],
            "contexts": [{ "name": "here", "context": { "cluster": "here", "user": "me" } }],
        })
        .to_string()
    }

    pub fn write_kubeconfig(&self, path: &Path) {
        replace(path, &self.kubeconfig(json!({}), json!({})));
    }

    fn change<R>(&self, change: impl FnOnce(&mut World) -> R) -> R {
        let done = change(&mut self.shared.world());
        self.shared.news.send_modify(|news| *news += 1);
        done
    }

    /// Creates or changes objects.
    pub fn put(&self, objects: impl IntoIterator<Item = Value>) {
        self.change(|world| objects.into_iter().for_each(|object| world.put(object)));
    }

    /// Deletes an object.
    pub fn delete(&self, plural: &str, namespace: &str, name: &str) {
        self.change(|world| world.delete(plural, namespace, name));
    }

    /// Changes objects without telling watches, as if everything that happened were forgotten.
    pub fn put_in_secret(&self, objects: impl IntoIterator<Item = Value>) {
        self.change(|world| {
            objects.into_iter().for_each(|object| world.put(object));
            world.forget();
        });
    }

    /// Forgets all versions but the present one; open watches are cut.
    pub fn forget(&self) {
        self.change(|world| {
            world.version += 1;
            world.forget();
            world.cuts += 1;
        });
    }

    /// Ends all connections, and shows this certificate to the next ones.
    pub fn present(&self, tls: &Tls) {
        *self.shared.acceptor.lock().unwrap() = Some(tls.acceptor());
        self.shared.hang_ups.send_modify(|times| *times += 1);
    }

    /// Is what it was at an earlier version, with these objects, as after a restore from a backup.
    /// Who was connected is not any more.
    pub fn go_back(&self, version: u64, objects: impl IntoIterator<Item = Value>) {
        self.change(|world| {
            (world.version, world.oldest) = (version, 0);
            world.objects.clear();
            objects.into_iter().for_each(|object| world.put(object));
            world.changes.clear();
        });
        self.shared.hang_ups.send_modify(|times| *times += 1);
    }

    /// From now on each connection ends behind one answer.
    pub fn close_each(&self) {
        self.change(|world| world.is_closing = true);
    }

    pub fn cut_watches(&self) {
        self.change(|world| world.cuts += 1);
    }

    pub fn freeze(&self, is_frozen: bool) {
        self.change(|world| world.is_frozen = is_frozen);
    }

    /// All open watches say this line.
    pub fn say(&self, line: &[u8]) {
        self.change(|world| world.lines.push([line, b"\n"].concat()));
    }

    /// Something goes wrong from now on, so many times or always.
    pub fn fail(&self, verb: Verb, path: &str, fault: Fault, times: Option<usize>) {
        let rule = Rule { verb, path: path.to_owned(), fault, times };
        self.change(|world| world.rules.push(rule));
    }

    /// Nothing goes wrong any more.
    pub fn heal(&self) {
        self.change(|world| world.rules.clear());
    }

    pub fn become_another(&self, uid: &str) {
        self.change(|world| world.uid = uid.to_owned());
    }

    pub fn require_token(&self, token: &str) {
        self.change(|world| world.known = vec![format!("Bearer {token}")]);
    }

    /// Takes these values of `authorization`, and who shows a certificate.
    pub fn require(&self, known: &[&str]) {
        self.change(|world| {
            world.known = known.iter().map(|it| (*it).to_owned()).collect();
            world.knows_certificates = true;
        });
    }

    /// Its clock stands at this date, in the form of HTTP.
    pub fn date(&self, date: &str) {
        self.change(|world| world.date = Some(date.to_owned()));
    }

    pub fn page(&self, items: usize) {
        self.change(|world| world.page = items);
    }

    pub fn has_no_bookmarks(&self) {
        self.change(|world| world.has_bookmarks = false);
    }

    pub fn says_gone_by_status(&self) {
        self.change(|world| world.says_gone_by_status = true);
    }

    /// Answers each request so long after it came.
    pub fn take_long(&self, delay: Duration) {
        self.change(|world| world.delay = delay);
    }

    /// It knows no lists by watch.
    pub fn is_old(&self) {
        self.fail(Verb::Stream, "*", Fault::Status(422, None), None);
    }

    /// Requests so far that contain these words, each as `VERB path?query`.
    pub fn requests(&self, words: &str) -> usize {
        self.shared.world().requests.iter().filter(|request| request.contains(words)).count()
    }

    /// Octets of bodies without an end that were sent so far.
    pub fn sent(&self) -> u64 {
        self.shared.sent.load(Ordering::Relaxed)
    }

    /// Octets of all bodies that were sent so far.
    pub fn octets(&self) -> u64 {
        self.shared.octets.load(Ordering::Relaxed)
    }

    pub fn all_requests(&self) -> Vec<String> {
        self.shared.world().requests.clone()
    }

    /// Waits until there were so many requests that contain these words.
    #[track_caller]
    pub fn wait_for_requests(&self, words: &str, count: usize) {
        let end = Instant::now() + PATIENCE;
        while self.requests(words) < count {
            assert!(Instant::now() < end, "{words} x {count}: {:?}", self.all_requests());
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

impl World {
    fn put(&mut self, mut object: Value) {
        self.version += 1;
        object["metadata"]["resourceVersion"] = self.version.to_string().into();
        let key = key_of(&object);
        let is_new = self.objects.insert(key.clone(), object.clone()).is_none();
        let kind = if is_new { "ADDED" } else { "MODIFIED" };
        self.changes.push(Change { version: self.version, kind, plural: key.0, object });
    }

    fn delete(&mut self, plural: &str, namespace: &str, name: &str) {
        let key = (plural.to_owned(), namespace.to_owned(), name.to_owned());
        let mut object = self.objects.remove(&key).expect("it is there");
        self.version += 1;
        object["metadata"]["resourceVersion"] = self.version.to_string().into();
        let change = Change { version: self.version, kind: "DELETED", plural: key.0, object };
        self.changes.push(change);
    }

    fn forget(&mut self) {
        self.oldest = self.version;
        self.changes.clear();
    }

    /// The fault of a request, if one is to happen.
    fn fault(&mut self, verb: Verb, path: &str) -> Option<Fault> {
        let rule = self.rules.iter_mut().find(|rule| {
            // Who may not list may not list one; what is wrong with a list is not wrong with that.
            let is_refused = rule.verb == Verb::List && matches!(rule.fault, Fault::Status(..));
            (rule.verb == Verb::Any
                || rule.verb == verb
                || (verb == Verb::Glance && is_refused && rule.times.is_none()))
                && (rule.path == "*" || rule.path == path)
                && rule.times != Some(0)
        })?;
        if let Some(times) = &mut rule.times {
            *times -= 1;
        }
        Some(rule.fault.clone())
    }
}

fn key_of(object: &Value) -> (String, String, String) {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let plural = format!("{}s", text(&object["kind"]).to_lowercase());
    (plural, text(&object["metadata"]["namespace"]), text(&object["metadata"]["name"]))
}

/// Puts a file in the place of another one at once.
pub fn replace(path: &Path, text: &str) {
    let next = path.with_extension("next");
    std::fs::write(&next, text).unwrap();
    std::fs::rename(&next, path).unwrap();
}

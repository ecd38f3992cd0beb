//! The HTTP side of the fake API server.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt, Full, StreamBody};
use hyper::body::{Bytes, Frame, Incoming};
use hyper::header::HeaderValue;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, sleep_until};
use tokio_util::sync::CancellationToken;

use super::{Change, Fault, Shared, Verb, World};

type Body = BoxBody<Bytes, std::io::Error>;

/// Octets that are on their way at once, as between machines: in one machine it would be megabytes,
/// and no other thread has its core while the system copies them.
const WINDOW: usize = 64 << 10;

pub(super) async fn serve(
    listener: std::net::TcpListener,
    shared: Arc<Shared>,
    stop: CancellationToken,
) {
    let mut hang_ups = shared.hang_ups.subscribe();
    let listener = tokio::net::TcpListener::from_std(listener).unwrap();
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            Some(_) = connections.join_next() => {}
            Ok(()) = hang_ups.changed() => connections.abort_all(),
            Ok((stream, _)) = listener.accept() => {
                let (acceptor, shared) = (shared.acceptor.lock().unwrap().clone(), shared.clone());
                connections.spawn(async move {
                    _ = stream.set_nodelay(true);
                    _ = socket2::SockRef::from(&stream).set_send_buffer_size(WINDOW);
                    match acceptor {
                        None => connection(stream, shared, false).await,
                        Some(acceptor) => if let Ok(stream) = acceptor.accept(stream).await {
                            let is_certified = stream.get_ref().1.peer_certificates().is_some();
                            connection(stream, shared, is_certified).await;
                        },
                    }
                });
            }
        }
    }
}

/// Serves a connection; `is_certified`: its client has shown a certificate.
async fn connection(
    stream: impl AsyncRead + AsyncWrite + Unpin,
    shared: Arc<Shared>,
    is_certified: bool,
) {
    let service = service_fn(|request| {
        let shared = shared.clone();
        async move {
            let (date, is_closing) = {
                let world = shared.world();
                (world.date.clone(), world.is_closing)
            };
            let counted = shared.clone();
            let response = answer(&request, shared, is_certified).await;
            let mut response = response.map(|body| {
                let count = move |frame: Frame<Bytes>| {
                    let octets = frame.data_ref().map_or(0, Bytes::len) as u64;
                    counted.octets.fetch_add(octets, Ordering::Relaxed);
                    frame
                };
                body.map_frame(count).boxed()
            });
            if let Some(date) = date {
                response.headers_mut().insert("date", date.parse().unwrap());
            }
            if is_closing {
                response.headers_mut().insert("connection", HeaderValue::from_static("close"));
            }
            Ok::<_, Infallible>(response)
        }
    });
    _ = hyper::server::conn::http1::Builder::new()
        .serve_connection(TokioIo::new(stream), service)
        .await;
}

fn whole(status: u16, body: impl Into<Bytes>) -> Response<Body> {
    let body = Full::new(body.into()).map_err(|never| match never {}).boxed();
    Response::builder().status(status).body(body).unwrap()
}

fn refusal(code: u16) -> Response<Body> {
    let text = json!({
        "kind": "Status", "apiVersion": "v1", "status": "Failure", "code": code,
        "message": format!("the fake says {code}"),
    });
    whole(code, text.to_string())
}

/// Pieces with what comes behind them: an end, a cut, or nothing for ever.
fn pieces(all: Vec<Bytes>, last: Option<std::io::Error>, hangs: bool) -> Body {
    let all = all.into_iter().map(|piece| Ok(Frame::data(piece))).chain(last.map(Err));
    let stream = futures::stream::iter(all);
    let rest = futures::stream::unfold(hangs, |hangs| async move {
        if hangs {
            std::future::pending::<()>().await;
        }
        None::<(Result<Frame<Bytes>, std::io::Error>, bool)>
    });
    BodyExt::boxed(StreamBody::new(futures::StreamExt::chain(stream, rest)))
}

/// The same body, in pieces of so many octets with a pause before each.
fn slowly(response: Response<Body>, octets: usize, pause: Duration) -> Response<Body> {
    response.map(|body| {
        let pieces =
            futures::stream::unfold((body, Bytes::new()), move |(mut body, mut rest)| async move {
                while rest.is_empty() {
                    match body.frame().await? {
                        Ok(frame) => rest = frame.into_data().unwrap_or_default(),
                        Err(error) => return Some((Err(error), (body, rest))),
                    }
                }
                sleep(pause).await;
                let piece = rest.split_to(octets.min(rest.len()));
                Some((Ok(Frame::data(piece)), (body, rest)))
            });
        BodyExt::boxed(StreamBody::new(pieces))
    })
}

fn endless(begin: String, again: String, shared: Arc<Shared>) -> Response<Body> {
    let pieces = (Bytes::from(begin), Bytes::from(again));
    let stream = futures::stream::unfold(pieces, move |(next, again)| {
        shared.sent.fetch_add(next.len() as u64, Ordering::Relaxed);
        async move { Some((Ok(Frame::data(next)), (again.clone(), again))) }
    });
    Response::new(BodyExt::boxed(StreamBody::new(stream)))
}

/// What is asked.
struct Asked {
    verb: Verb,
    path: String,
    query: BTreeMap<String, String>,
    /// Whether the metadata of objects is enough.
    is_brief: bool,
}

impl Asked {
    fn of(request: &Request<Incoming>) -> Self {
        let path = request.uri().path().to_owned();
        let text = request.uri().query().unwrap_or_default();
        let query: BTreeMap<String, String> = text
            .split('&')
            .filter_map(|pair| pair.split_once('='))
            .map(|(key, value)| (key.to_owned(), value.to_owned()))
            .collect();
        let verb = match (query.contains_key("sendInitialEvents"), query.contains_key("watch")) {
            (true, _) => Verb::Stream,
            (_, true) => Verb::Watch,
            _ if parts(&path).is_some() => {
                if query.get("limit").is_some_and(|it| it == "1") {
                    Verb::Glance
                } else {
                    Verb::List
                }
            }
            _ => Verb::Get,
        };
        let accepted = request.headers().get("accept").and_then(|it| it.to_str().ok());
        let is_brief = accepted.is_some_and(|it| it.contains("as=PartialObjectMetadata"));
        Self { verb, path, query, is_brief }
    }

    /// An object in the form that is wanted.
    fn shown(&self, object: &Value) -> Value {
        match self.is_brief {
            true => json!({
                "kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1",
                "metadata": object["metadata"],
            }),
            false => object.clone(),
        }
    }
}

async fn answer(
    request: &Request<Incoming>,
    shared: Arc<Shared>,
    is_certified: bool,
) -> Response<Body> {
    let asked = Asked::of(request);
    let (verb, path) = (asked.verb, &asked.path);
    let (fault, is_known, is_frozen, delay) = {
        let mut world = shared.world();
        let text = request.uri().query().unwrap_or_default();
        world.requests.push(format!("{verb:?} {path}?{text}"));
        let given = request.headers().get("authorization").and_then(|it| it.to_str().ok());
        let is_known = world.known.is_empty()
            || world.known.iter().any(|known| given == Some(known))
            || (is_certified && world.knows_certificates);
        (world.fault(verb, path), is_known, world.is_frozen, world.delay)
    };
    sleep(delay).await;
    if is_frozen {
        std::future::pending::<()>().await;
    }
    match fault {
        Some(Fault::Hang) => std::future::pending().await,
        Some(Fault::Status(code, retry_after)) => {
            let mut response = refusal(code);
            if let Some(seconds) = retry_after {
                response.headers_mut().insert("retry-after", seconds.into());
            }
            response
        }
        Some(Fault::Body(body)) => whole(200, body),
        Some(Fault::Refusal(code, body)) => whole(code, body),
        Some(Fault::Endless(begin, again)) => endless(begin, again, shared),
        Some(Fault::Slow(octets, pause)) => slowly(right(shared, asked), octets, pause),
        Some(Fault::Empty) if verb == Verb::List => {
            let mut list = list(&shared.world(), &asked);
            list["items"] = json!([]);
            whole(200, list.to_string())
        }
        Some(fault) if verb == Verb::List => {
            let text = list(&shared.world(), &asked).to_string();
            let half = Bytes::from(text.as_bytes()[..text.len() / 2].to_vec());
            let is_cut = matches!(fault, Fault::Cut);
            let cut = is_cut.then(|| std::io::Error::other("cut"));
            Response::new(pieces(vec![half], cut, !is_cut))
        }
        Some(_) => Response::new(pieces(Vec::new(), None, true)),
        None if !is_known => refusal(401),
        None => right(shared, asked),
    }
}

/// What a server says with which nothing is wrong.
fn right(shared: Arc<Shared>, asked: Asked) -> Response<Body> {
    match asked.verb {
        Verb::Glance | Verb::List => whole(200, list(&shared.world(), &asked).to_string()),
        Verb::Stream | Verb::Watch => watch(shared, asked),
        Verb::Any | Verb::Get => get(&shared.world(), &asked.path),
    }
}

fn get(world: &World, path: &str) -> Response<Body> {
    match path {
        "/readyz" => whole(200, "ok"),
        "/version" => whole(200, json!({ "gitVersion": "v1.33.0-fake" }).to_string()),
        "/api/v1/namespaces/kube-system" => {
            let metadata = json!({ "name": "kube-system", "uid": world.uid });
            whole(200, json!({ "kind": "Namespace", "metadata": metadata }).to_string())
        }
        _ => refusal(404),
    }
}

/// The plural and the namespace (empty: all) that a path names.
fn parts(path: &str) -> Option<(&str, &str)> {
    let rest = path
        .strip_prefix("/api/v1/")
        .or_else(|| path.strip_prefix("/apis/discovery.k8s.io/v1/"))?;
    match rest.split('/').collect::<Vec<_>>()[..] {
        [plural @ ("nodes" | "services" | "endpointslices")] => Some((plural, "")),
        ["namespaces", namespace, plural] => Some((plural, namespace)),
        _ => None,
    }
}

fn objects<'w>(world: &'w World, path: &str) -> Vec<&'w Value> {
    let (plural, namespace) = parts(path).unwrap();
    let all = world.objects.iter().filter(|((kind, within, _), _)| {
        kind == plural && (namespace.is_empty() || within == namespace)
    });
    all.map(|(_, object)| object).collect()
}

fn list(world: &World, asked: &Asked) -> Value {
    let Asked { path, query, .. } = asked;
    let start: usize = query.get("continue").map_or(0, |next| next.parse().unwrap());
    let wanted = query.get("limit").map_or(usize::MAX, |limit| limit.parse().unwrap());
    let all = objects(world, path);
    let end = start.saturating_add(wanted.min(world.page.max(1))).min(all.len());
    let end = if query.contains_key("limit") { end } else { all.len() };
    let next = if end < all.len() { end.to_string() } else { String::new() };
    let mut metadata = json!({ "resourceVersion": world.version.to_string(), "continue": next });
    if end < all.len() {
        metadata["remainingItemCount"] = (all.len() - end).into();
    }
    let items: Vec<_> = all[start..end].iter().map(|object| asked.shown(object)).collect();
    json!({ "kind": "List", "apiVersion": "v1", "metadata": metadata, "items": items })
}

/// An open watch.
struct Open {
    shared: Arc<Shared>,
    asked: Asked,
    /// The version up to which it has told.
    version: u64,
    cuts: u64,
    lines: usize,
    begin: Vec<u8>,
    until: Instant,
    is_over: bool,
}

fn watch(shared: Arc<Shared>, asked: Asked) -> Response<Body> {
    let query = &asked.query;
    let keep: u64 = query.get("timeoutSeconds").map_or(300, |it| it.parse().unwrap());
    let mut begin = Vec::new();
    let (version, cuts, lines) = {
        let world = shared.world();
        let version = match query.get("resourceVersion") {
            Some(version) => version.parse().unwrap(),
            None => world.version,
        };
        if version < world.oldest {
            let status = json!({
                "kind": "Status", "status": "Failure", "code": 410, "reason": "Expired",
                "message": format!("too old resource version: {version}"),
            });
            return match world.says_gone_by_status {
                true => whole(410, status.to_string()),
                false => whole(200, json!({ "type": "ERROR", "object": status }).to_string()),
            };
        }
        if asked.verb == Verb::Stream {
            for object in objects(&world, &asked.path) {
                begin.extend(line("ADDED", &asked.shown(object)));
            }
            begin.extend(bookmark(world.version, true));
        }
        (version, world.cuts, world.lines.len())
    };
    let until = Instant::now() + Duration::from_secs(keep);
    let open = Open { shared, asked, version, cuts, lines, begin, until, is_over: false };
    let stream = futures::stream::unfold(open, |mut open| async move {
        open.next().await.map(|piece| (piece.map(Frame::data), open))
    });
    Response::new(BodyExt::boxed(StreamBody::new(stream)))
}

fn line(kind: &str, object: &Value) -> Vec<u8> {
    format!("{}\n", json!({ "type": kind, "object": object })).into_bytes()
}

fn bookmark(version: u64, is_list_end: bool) -> Vec<u8> {
    let mut metadata = json!({ "resourceVersion": version.to_string() });
    if is_list_end {
        metadata["annotations"] = json!({ "k8s.io/initial-events-end": "true" });
    }
    line("BOOKMARK", &json!({ "metadata": metadata }))
}

impl Open {
    async fn next(&mut self) -> Option<std::io::Result<Bytes>> {
        let mut news = self.shared.news.subscribe();
        if !self.begin.is_empty() {
            return Some(Ok(std::mem::take(&mut self.begin).into()));
        }
        if self.is_over {
            return None;
        }
        loop {
            news.mark_unchanged();
            if let Some(said) = self.look() {
                return Some(said);
            }
            tokio::select! {
                _ = news.changed() => {}
                () = sleep_until(self.until) => {
                    if self.shared.world().is_frozen {
                        std::future::pending::<()>().await;
                    }
                    self.is_over = true;
                    let world = self.shared.world();
                    return world.has_bookmarks.then(|| Ok(bookmark(world.version, false).into()));
                }
            }
        }
    }

    /// What there is to say now.
    fn look(&mut self) -> Option<std::io::Result<Bytes>> {
        let world = self.shared.world();
        if world.is_frozen {
            return None;
        }
        if world.cuts > self.cuts {
            return Some(Err(std::io::Error::other("cut")));
        }
        let (plural, namespace) = parts(&self.asked.path)?;
        let is_told = |change: &&Change| {
            let within = change.object["metadata"]["namespace"].as_str().unwrap_or_default();
            change.version > self.version
                && change.plural == plural
                && (namespace.is_empty() || within == namespace)
        };
        let mut text: Vec<u8> = Vec::new();
        for change in world.changes.iter().filter(is_told) {
            text.extend(line(change.kind, &self.asked.shown(&change.object)));
        }
        world.lines[self.lines..].iter().for_each(|line| text.extend(line));
        (self.version, self.lines) = (world.version, world.lines.len());
        (!text.is_empty()).then(|| Ok(text.into()))
    }
}

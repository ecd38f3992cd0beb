//! The HTTP side of the farm: lists by page and by watch, watches with bookmarks, who answers.
//!
//! In: connections. Out: objects, written into pieces of 32 KiB as they are sent.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::io::Write;
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt, Full, StreamBody};
use hyper::body::{Bytes, Frame, Incoming};
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use serde_json::json;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until};
use tokio_rustls::TlsAcceptor;
use tokio_util::sync::CancellationToken;

use super::farm::{Change, Cluster};
use super::objects::Item;

type Body = BoxBody<Bytes, Infallible>;

/// Octets that are written at once.
const PIECE: usize = 32 << 10;
/// Octets that are on their way at once, as between machines.
const WINDOW: usize = 64 << 10;

/// What serves all clusters.
pub(super) struct Doors {
    pub(super) acceptor: TlsAcceptor,
    /// Grows when all connections are to end.
    pub(super) hang_ups: watch::Sender<u64>,
    pub(super) stop: CancellationToken,
    pub(super) clusters: Vec<Arc<Cluster>>,
}

impl Doors {
    /// Serves each cluster at its listener until it is stopped.
    pub(super) fn serve(self, listeners: Vec<TcpListener>) {
        let mut builder = tokio::runtime::Builder::new_multi_thread();
        let runtime = builder.worker_threads(2).enable_all().build().expect("threads");
        let stop = self.stop.clone();
        runtime.block_on(async move {
            let mut all = JoinSet::new();
            for (cluster, listener) in self.clusters.iter().zip(listeners) {
                let (cluster, acceptor) = (Arc::clone(cluster), self.acceptor.clone());
                all.spawn(accept(cluster, listener, acceptor, self.hang_ups.subscribe()));
            }
            stop.cancelled().await;
        });
        runtime.shutdown_background();
    }
}

async fn accept(
    cluster: Arc<Cluster>,
    listener: TcpListener,
    acceptor: TlsAcceptor,
    mut hang_ups: watch::Receiver<u64>,
) {
    let listener = tokio::net::TcpListener::from_std(listener).expect("a listener");
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            Some(_) = connections.join_next() => {}
            Ok(()) = hang_ups.changed() => connections.abort_all(),
            Ok((stream, _)) = listener.accept() => {
                if cluster.is_dead.load(Ordering::Relaxed) {
                    continue;
                }
                let (cluster, acceptor) = (Arc::clone(&cluster), acceptor.clone());
                connections.spawn(async move {
                    _ = stream.set_nodelay(true);
                    _ = socket2::SockRef::from(&stream).set_send_buffer_size(WINDOW);
                    let Ok(stream) = acceptor.accept(stream).await else { return };
                    let service = service_fn(|request| {
                        let cluster = Arc::clone(&cluster);
                        async move { Ok::<_, Infallible>(answer(&request, cluster)) }
                    });
                    let http = hyper::server::conn::http1::Builder::new();
                    _ = http.serve_connection(TokioIo::new(stream), service).await;
                });
            }
        }
    }
}

fn whole(cluster: &Cluster, status: u16, body: impl Into<Bytes>) -> Response<Body> {
    let body = body.into();
    cluster.counters.octets.fetch_add(body.len() as u64, Ordering::Relaxed);
    Response::builder().status(status).body(Full::new(body).boxed()).expect("a response")
}

fn answer(request: &Request<Incoming>, cluster: Arc<Cluster>) -> Response<Body> {
    let path = request.uri().path();
    let text = request.uri().query().unwrap_or_default();
    let query: BTreeMap<&str, &str> =
        text.split('&').filter_map(|pair| pair.split_once('=')).collect();
    let plural = ["nodes", "services", "endpointslices"]
        .into_iter()
        .find(|plural| path.rsplit('/').next() == Some(plural));
    let counters = &cluster.counters;
    let is_list = query.contains_key("sendInitialEvents")
        || (!query.contains_key("watch") && query.get("limit") != Some(&"1"));
    let counter = match (plural, is_list, query.contains_key("watch")) {
        (None, ..) | (Some(_), false, false) => &counters.others,
        (_, true, _) => &counters.lists,
        (_, _, true) => &counters.watches,
    };
    counter.fetch_add(1, Ordering::Relaxed);
    match (path, plural) {
        ("/readyz", _) => whole(&cluster, 200, "ok"),
        ("/version", _) => {
            whole(&cluster, 200, json!({ "gitVersion": "v1.33.0-farm" }).to_string())
        }
        ("/api/v1/namespaces/kube-system", _) => {
            let uid = format!("uid-{}", cluster.number);
            let text = json!({ "metadata": { "name": "kube-system", "uid": uid } }).to_string();
            whole(&cluster, 200, text)
        }
        (_, Some(plural)) if query.contains_key("watch") => watch(cluster, plural, &query),
        (_, Some(plural)) => list(&cluster, plural, &query),
        _ => whole(&cluster, 404, json!({ "kind": "Status", "code": 404 }).to_string()),
    }
}

fn list(cluster: &Cluster, plural: &str, query: &BTreeMap<&str, &str>) -> Response<Body> {
    let number = |key: &str| query.get(key).and_then(|text| text.parse::<usize>().ok());
    let (start, all) = (number("continue").unwrap_or(0), cluster.len(plural));
    let end = start.saturating_add(number("limit").unwrap_or(all)).min(all);
    let next = if end < all { end.to_string() } else { String::new() };
    let world = cluster.world();
    let version = world.version();
    let mut out = format!(
        "{{\"kind\":\"List\",\"apiVersion\":\"v1\",\"metadata\":{{\"resourceVersion\":\"{version}\",\
         \"continue\":\"{next}\"}},\"items\":["
    )
    .into_bytes();
    for place in start..end {
        if place > start {
            out.push(b',');
        }
        let Change { service, item } = Cluster::at(plural, place);
        let shard = cluster.shard(&world, service as usize);
        cluster.templates.write(item, &shard, version, &mut out);
    }
    drop(world);
    out.extend_from_slice(b"]}");
    whole(cluster, 200, out)
}

/// An open watch.
struct Open {
    cluster: Arc<Cluster>,
    plural: &'static str,
    /// The place in the list with which it begins; none where it begins with a version.
    place: Option<usize>,
    /// The version up to which it has told.
    version: u64,
    cuts: u64,
    until: Instant,
    is_over: bool,
    news: watch::Receiver<u64>,
}

fn watch(
    cluster: Arc<Cluster>,
    plural: &'static str,
    query: &BTreeMap<&str, &str>,
) -> Response<Body> {
    let number = |key: &str| query.get(key).and_then(|text| text.parse::<u64>().ok());
    let until = Instant::now() + Duration::from_secs(number("timeoutSeconds").unwrap_or(300));
    let (version, cuts) = {
        let world = cluster.world();
        let version = number("resourceVersion").unwrap_or(world.version());
        if version < world.oldest {
            let object =
                json!({ "kind": "Status", "status": "Failure", "code": 410, "reason": "Expired" });
            drop(world);
            return whole(&cluster, 200, json!({ "type": "ERROR", "object": object }).to_string());
        }
        (version, world.cuts)
    };
    let place = query.contains_key("sendInitialEvents").then_some(0);
    let news = cluster.news.subscribe();
    let open = Open { cluster, plural, place, version, cuts, until, is_over: false, news };
    let stream = futures::stream::unfold(open, |mut open| async move {
        let piece = open.next().await?;
        open.cluster.counters.octets.fetch_add(piece.len() as u64, Ordering::Relaxed);
        Some((Ok(Frame::data(Bytes::from(piece))), open))
    });
    Response::new(BodyExt::boxed(StreamBody::new(stream)))
}

impl Open {
    async fn next(&mut self) -> Option<Vec<u8>> {
        if self.is_over {
            return None;
        }
        if let Some(place) = self.place {
            return Some(self.begin(place));
        }
        loop {
            self.news.mark_unchanged();
            if self.cluster.world().cuts > self.cuts {
                return None;
            }
            if let Some(said) = self.look() {
                return Some(said);
            }
            tokio::select! {
                _ = self.news.changed() => {}
                () = sleep_until(self.until) => {
                    self.is_over = true;
                    let mut out = Vec::new();
                    bookmark(self.version, false, &mut out);
                    return Some(out);
                }
            }
        }
    }

    /// The next part of the list with which it begins.
    fn begin(&mut self, mut place: usize) -> Vec<u8> {
        let (mut out, all) =
            (Vec::with_capacity(PIECE + (PIECE >> 1)), self.cluster.len(self.plural));
        let world = self.cluster.world();
        while place < all && out.len() < PIECE {
            let change = Cluster::at(self.plural, place);
            line(
                &self.cluster,
                &world,
                change,
                Line { kind: "ADDED", version: self.version },
                &mut out,
            );
            place += 1;
        }
        drop(world);
        self.place = Some(place);
        if place == all {
            bookmark(self.version, true, &mut out);
            self.place = None;
        }
        out
    }

    /// What there is to say now.
    fn look(&mut self) -> Option<Vec<u8>> {
        let world = self.cluster.world();
        let at = self.version.saturating_sub(world.first) as usize;
        let mut out = Vec::new();
        for &change in world.changes.get(at..)? {
            if out.len() >= PIECE {
                break;
            }
            self.version += 1;
            if plural_of(change.item) == self.plural {
                let how = Line { kind: "MODIFIED", version: self.version };
                line(&self.cluster, &world, change, how, &mut out);
            }
        }
        (!out.is_empty()).then_some(out)
    }
}

fn plural_of(item: Item) -> &'static str {
    match item {
        Item::Node(_) => "nodes",
        Item::Service => "services",
        Item::Slice(_) | Item::Stray(_) => "endpointslices",
    }
}

struct Line {
    kind: &'static str,
    version: u64,
}

fn line(
    cluster: &Cluster,
    world: &super::farm::World,
    change: Change,
    how: Line,
    out: &mut Vec<u8>,
) {
    let Line { kind, version } = how;
    write!(out, "{{\"type\":\"{kind}\",\"object\":").expect("room in memory");
    let shard = cluster.shard(world, change.service as usize);
    cluster.templates.write(change.item, &shard, version, out);
    out.extend_from_slice(b"}\n");
}

fn bookmark(version: u64, is_list_end: bool, out: &mut Vec<u8>) {
    let mut metadata = json!({ "resourceVersion": version.to_string() });
    if is_list_end {
        metadata["annotations"] = json!({ "k8s.io/initial-events-end": "true" });
    }
    let text = json!({ "type": "BOOKMARK", "object": { "metadata": metadata } });
    writeln!(out, "{text}").expect("room in memory");
}

//! Preflights: one look at an API server, for somebody who waits.
//!
//! In: an entry, and how long it may take. Out: [`Preflight`]: what is there, what may be read, and
//! what is missing, in words. Reading is tried and not asked about: a server may allow what it
//! then refuses. Does not know what an operator makes of it.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use futures::future::join_all;
use hyper::Request;
use hyper::header::{ACCEPT, DATE};
use serde::Deserialize;
use serde_json::Value;
use tokio::time::{Instant, timeout};

use super::objects::{Said, item};
use super::resource::Resource;
use super::shared::ApiServer;
use crate::clusters::api::credentials::{self, Access};
use crate::clusters::api::failure::{Failure, brief};
use crate::clusters::api::http::{Answer, Form, open, open_watch, send, whole};
use crate::clusters::api::http_connection::{HttpConnection, Route};
use crate::clusters::api::timing::Timing;
use crate::clusters::kubernetes::ObjectKind;
use crate::clusters::list_watch::sink::Verb;
use crate::core::complaint::Flaw;
use crate::core::event::Object;
use crate::core::name::Label;
use crate::panics::caught;

/// Longest page that is read, in octets, and objects on one.
const MAX_PAGE: usize = 32 << 20;
const PAGE: usize = 500;
/// How long a watch is asked for.
const WATCH: Duration = Duration::from_secs(1);

/// What was seen of an API server.
#[derive(Debug, Default)]
pub struct Preflight {
    /// Where it is.
    pub server: String,
    /// How long it took until it answered the first time; `None` where it did not.
    pub reached: Option<Duration>,
    /// Its version, such as `v1.33.1`.
    pub version: Option<String>,
    /// When the credentials expire, in unix seconds, where they say so.
    pub expiry: Option<i64>,
    /// How many seconds its clock is ahead of ours.
    pub ahead: Option<i64>,
    /// The UID of its namespace `kube-system`.
    pub uid: Option<String>,
    /// What was read.
    pub readings: Vec<ResourceReading>,
    /// Its nodes.
    pub nodes: Vec<Object>,
    /// What keeps fedns from watching it, in words.
    pub missing: Vec<String>,
    /// What is worth a look, in words.
    pub notes: Vec<String>,
}

/// One kind of objects, in all namespaces or in one.
#[derive(Debug)]
pub struct ResourceReading {
    /// Its plural, as in roles.
    pub resource: &'static str,
    /// The namespace, where not all can be read at once.
    pub namespace: Option<Label>,
    /// How many there are; `None` where they can not be listed.
    pub objects: Option<u64>,
    /// Whether they can be watched.
    pub is_watched: bool,
    /// What it was refused, or where it failed: what was tried, and why.
    refused: Option<Refusal>,
}

/// What was tried, and why it failed.
#[derive(Debug)]
struct Refusal {
    verb: Verb,
    failure: Failure,
}

/// What came of reading one kind, in all namespaces or in one.
struct Tried {
    reading: ResourceReading,
    nodes: Vec<Object>,
}

/// Looks at an API server; it takes `patience` at most.
pub async fn preflight(entry: &ApiServer, patience: Duration) -> Preflight {
    let mut preflight = Preflight::default();
    // The limits of single requests stand behind that of the whole: of two that are the same, now one
    // and now the other ended first, and what was told differed.
    match timeout(patience, caught(preflight.look(entry, 2 * patience))).await {
        Ok(Ok(())) => {}
        Ok(Err(panic)) => {
            preflight.missing.push(Flaw::Panicked(panic.to_string().into()).to_string());
        }
        Err(_) => {
            preflight.missing.push(format!("not all could be seen within {} s", patience.as_secs()))
        }
    }
    preflight
}

impl Preflight {
    async fn look(&mut self, entry: &ApiServer, patience: Duration) {
        // That of a credential program stands before: that one hangs is told by its name.
        let timing = Timing { exec: patience * 2 / 5, ..Timing::default() };
        let Access { route, server, expiry, weakness, .. } =
            match credentials::open(&entry.credentials, &timing).await.outcome {
                Ok(access) => access,
                Err(Flaw::CredentialsUnusable(why)) => return self.missing.push(why.into()),
                Err(flaw) => return self.missing.push(flaw.to_string()),
            };
        (self.server, self.expiry) = (server, expiry);
        self.notes.extend(weakness.map(|flaw| flaw.to_string()));
        let is_over = expiry.is_some_and(|expiry| expiry <= unix_seconds());
        if is_over {
            self.missing.push("the credentials have expired: renew them".to_owned());
        }
        let mut connection = route.connection();
        match self.greet(&mut connection, patience).await {
            Ok(()) => {}
            Err(failure @ Failure::Status { code: 401, .. }) => {
                let why = format!("the API server does not take the credentials: {failure}");
                return self.missing.push(why);
            }
            Err(Failure::Status { code: 403 | 404, .. }) => {}
            Err(failure) => return self.missing.push(failure.to_string()),
        }
        self.identify(&mut connection, patience).await;
        let readings = Resource::ALL.map(|resource| read(&route, resource, entry, patience));
        for Tried { reading, nodes } in join_all(readings).await.into_iter().flatten() {
            self.judge(&reading, entry);
            self.readings.push(reading);
            self.nodes.extend(nodes);
        }
    }

    /// The first question: version, time, clock.
    async fn greet(
        &mut self,
        connection: &mut HttpConnection,
        patience: Duration,
    ) -> Result<(), Failure> {
        let start = Instant::now();
        let request = Request::get("/version").header(ACCEPT, "application/json");
        let answered = send(connection, request, patience).await;
        if matches!(answered, Ok(_) | Err(Failure::Status { .. })) {
            self.reached = Some(start.elapsed());
        }
        let Answer { headers, body } = answered?;
        let date = headers.get(DATE).and_then(|date| date.to_str().ok());
        let date = date.and_then(|date| jiff::fmt::rfc2822::parse(date).ok());
        self.ahead = date.map(|date| date.timestamp().as_second() - unix_seconds());
        let text = whole(body, MAX_PAGE, patience).await?;
        let text: Value = serde_json::from_slice(&text)
            .map_err(|error| Failure::Garbage(error.to_string().into()))?;
        self.version = text["gitVersion"].as_str().map(|version| brief(version).into());
        Ok(())
    }

    async fn identify(&mut self, connection: &mut HttpConnection, patience: Duration) {
        let path = "/api/v1/namespaces/kube-system";
        let namespace = async {
            let body = open(connection, path, Form::Whole, patience).await?;
            whole(body, MAX_PAGE, patience).await
        };
        match namespace.await {
            Ok(text) => {
                let text: Value = serde_json::from_slice(&text).unwrap_or_default();
                self.uid = text["metadata"]["uid"].as_str().map(|uid| brief(uid).into());
            }
            Err(failure) => self.notes.push(format!(
                "the namespace kube-system, by which one cluster is told from another, can not be \
                 read ({failure}); to a ClusterRole of this user add {{apiGroups: [\"\"], \
                 resources: [namespaces], resourceNames: [kube-system], verbs: [get]}}"
            )),
        }
    }

    fn judge(&mut self, reading: &ResourceReading, entry: &ApiServer) {
        let Some(Refusal { verb, failure }) = &reading.refused else { return };
        let verb = verb.name();
        let resource = reading.resource;
        if resource == "nodes" && entry.has_places && failure.code() == Some(403) {
            let why = "nodes can not be read, and need not: region and zones are given";
            return self.notes.push(why.to_owned());
        }
        let group = Resource::ALL.into_iter().find(|it| it.plural == resource);
        let group = group.map_or("", |it| it.group);
        self.missing.push(match failure {
            Failure::Status { code: 403, .. } => {
                let namespace = reading.namespace.as_ref().map(|name| name.as_str().into());
                let flaw = Flaw::Forbidden { verb, resource, group, namespace };
                format!("{resource}: {flaw}")
            }
            failure => format!("{resource}: {verb}: {failure}"),
        });
    }
}

/// Reads one kind: all at once, or where that is forbidden the entry's namespaces one by one.
async fn read(
    route: &Route,
    resource: Resource,
    entry: &ApiServer,
    patience: Duration,
) -> Vec<Tried> {
    let all = try_out(route, resource, None, patience).await;
    // As the reflectors do: where they may list and not watch, they list again and again.
    let is_forbidden = matches!(
        all.reading.refused,
        Some(Refusal { verb: Verb::List, failure: Failure::Status { code: 403, .. } })
    );
    if !is_forbidden || entry.namespaces.is_empty() || !resource.is_namespaced() {
        return vec![all];
    }
    let one_by_one = entry.namespaces.iter();
    let one_by_one = one_by_one.map(|name| try_out(route, resource, Some(name), patience));
    join_all(one_by_one).await
}

async fn try_out(
    route: &Route,
    resource: Resource,
    namespace: Option<&Label>,
    patience: Duration,
) -> Tried {
    let mut reading = ResourceReading {
        resource: resource.plural,
        namespace: namespace.cloned(),
        objects: None,
        is_watched: false,
        refused: None,
    };
    let namespace = namespace.map(Label::as_str);
    let mut connection = route.connection();
    let listed = match list(&mut connection, resource, namespace, patience).await {
        Ok(listed) => listed,
        Err(failure) => {
            reading.refused = Some(Refusal { verb: Verb::List, failure });
            return Tried { reading, nodes: Vec::new() };
        }
    };
    reading.objects = Some(listed.count);
    let path = resource.objects(namespace).watch(&listed.version, WATCH);
    match open_watch(&mut connection, &path, Form::Metadata, patience).await {
        Ok(_) => reading.is_watched = true,
        Err(failure) => reading.refused = Some(Refusal { verb: Verb::Watch, failure }),
    }
    Tried { reading, nodes: listed.nodes }
}

/// A page of a list.
#[derive(Deserialize)]
struct Page {
    metadata: PageMetadata,
    items: Option<Vec<Value>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct PageMetadata {
    #[serde(default)]
    resource_version: String,
    #[serde(default, rename = "continue")]
    next: String,
    remaining_item_count: Option<u64>,
}

struct Listed {
    count: u64,
    version: String,
    nodes: Vec<Object>,
}

/// Counts objects, and reads those that say where the cluster stands.
async fn list(
    connection: &mut HttpConnection,
    resource: Resource,
    namespace: Option<&str>,
    patience: Duration,
) -> Result<Listed, Failure> {
    let is_read = resource.kind == ObjectKind::Node;
    let mut listed = Listed { count: 0, version: String::new(), nodes: Vec::new() };
    let (mut limit, mut next) = (if is_read { PAGE } else { 1 }, None);
    loop {
        let path = resource.objects(namespace).some(limit, next.as_deref());
        let request = Request::get(path).header(ACCEPT, Form::Metadata.of_list());
        let Answer { body, .. } = send(connection, request, patience).await?;
        let text = whole(body, MAX_PAGE, patience).await?;
        let page: Page = serde_json::from_slice(&text)
            .map_err(|error| Failure::Garbage(brief(&error.to_string())))?;
        let items = page.items.unwrap_or_default();
        listed.count += items.len() as u64;
        listed.version = page.metadata.resource_version;
        if is_read {
            listed.nodes.extend(items.iter().filter_map(node));
        } else if let Some(rest) = page.metadata.remaining_item_count {
            listed.count += rest;
            return Ok(listed);
        }
        if page.metadata.next.is_empty() {
            return Ok(listed);
        }
        // A server that does not say how many there are is asked for all of them.
        (limit, next) = (PAGE, Some(page.metadata.next));
    }
}

fn node(item_of_list: &Value) -> Option<Object> {
    match item(ObjectKind::Node, item_of_list.to_string().as_bytes()) {
        Said::Object(object, _) => Some(object),
        Said::Nothing(_) | Said::Unusable(..) => None,
    }
}

fn unix_seconds() -> i64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(now.as_secs()).unwrap_or(i64::MAX)
}

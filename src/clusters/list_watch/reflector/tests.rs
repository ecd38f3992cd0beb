//! A reflector of its own, with a sink that keeps names, against the fake API server: a kind that a
//! cluster may lack.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use serde_json::Value;
use tokio::time::timeout;

use super::*;
use crate::clusters::api::Credentials;
use crate::clusters::api::credentials_listener::CredentialsListener;
use crate::clusters::api::http::Form;
use crate::clusters::api::http_connection::HttpConnection;
use crate::clusters::list_watch::lines::TooLarge;
use crate::clusters::list_watch::sink::{Change, TELLING, Trouble, Unreadable, Verdict};
use crate::clusters::list_watch::watch_event::WatchEvent;
use crate::core::complaint::Flaw;

#[path = "../../../../tests/fake_api/mod.rs"]
mod fake_api;

use fake_api::{FakeApi, Fault, PATIENCE, service};

const PATH: &str = "/api/v1/services";

/// What was told, as both the sink and the observer hear it.
#[derive(Debug, Default)]
struct Told {
    names: BTreeSet<String>,
    listed: u32,
    not_served: u32,
    troubles: Vec<String>,
    errors: u32,
}

#[derive(Default)]
struct Log(Mutex<Told>);

impl Log {
    fn change(&self, change: impl FnOnce(&mut Told)) {
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner));
    }

    fn holds(&self, holds: impl Fn(&Told) -> bool) -> bool {
        holds(&self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    async fn until(&self, what: &str, holds: impl Fn(&Told) -> bool) {
        let waiting = async {
            while !self.holds(&holds) {
                sleep(Duration::from_millis(2)).await;
            }
        };
        assert!(timeout(PATIENCE, waiting).await.is_ok(), "{what}: {:?}", self.0.lock());
    }
}

struct Names<'l> {
    log: &'l Log,
    listing: BTreeSet<String>,
}

fn name_of(object: &Value) -> String {
    object["metadata"]["name"].as_str().unwrap_or_default().to_owned()
}

impl Sink for Names<'_> {
    type Object = String;

    fn item(&self, octets: &[u8]) -> String {
        name_of(&serde_json::from_slice(octets).unwrap_or_default())
    }

    fn line(&self, octets: &[u8]) -> WatchEvent<String> {
        let line: Value = serde_json::from_slice(octets).unwrap_or_default();
        let metadata = &line["object"]["metadata"];
        let version = metadata["resourceVersion"].as_str().unwrap_or_default().into();
        let is_list_end = !metadata["annotations"].is_null();
        let object = name_of(&line["object"]);
        match line["type"].as_str() {
            Some("ADDED") => WatchEvent::Applied { version, is_new: true, object },
            Some("DELETED") => WatchEvent::Deleted { version, object },
            Some("BOOKMARK") => WatchEvent::Bookmark { version, is_list_end },
            other => WatchEvent::Unreadable(format!("{other:?}").into()),
        }
    }

    fn hear(&self) {}

    fn begin_list(&mut self) {
        self.listing.clear();
    }

    fn drop_list(&mut self) {
        self.listing.clear();
    }

    fn collect(&mut self, item: Result<String, TooLarge>) {
        self.listing.extend(item.ok());
    }

    fn collect_change(&mut self, _: Change, object: String) {
        self.listing.insert(object);
    }

    fn collected(&self) -> usize {
        self.listing.len()
    }

    async fn finish_list(&mut self, _: Duration) -> Result<Acceptance, Unheard> {
        let names = std::mem::take(&mut self.listing);
        self.log.change(|told| told.names = names);
        Ok(Acceptance::Accepted)
    }

    fn note_unreadable(&mut self, line: Unreadable) {
        self.log.change(|told| told.troubles.push(format!("{line:?}")));
    }

    async fn apply(&mut self, object: String, _: bool) -> Result<(), Unheard> {
        self.log.change(|told| _ = told.names.insert(object));
        Ok(())
    }

    async fn delete(&mut self, object: String) -> Result<(), Unheard> {
        self.log.change(|told| _ = told.names.remove(&object));
        Ok(())
    }

    async fn settle(&mut self) -> Result<(), Unheard> {
        Ok(())
    }
}

struct Witness<'l>(&'l Log);

impl Observer for Witness<'_> {
    async fn identify(&mut self, _: &mut HttpConnection, _: &Session) -> Result<(), Abort> {
        Ok(())
    }

    fn count(&self, _: &Failure) {
        self.0.change(|told| told.errors += 1);
    }

    async fn listed(&mut self, _: u64) -> Result<(), Unheard> {
        self.0.change(|told| told.listed += 1);
        Ok(())
    }

    async fn not_served(&mut self, _: u64) -> Result<(), Unheard> {
        self.0.change(|told| told.not_served += 1);
        Ok(())
    }

    async fn succeed(&mut self) -> Result<(), Unheard> {
        Ok(())
    }

    async fn trouble(&mut self, trouble: Trouble<'_>, _: u64) -> Result<Verdict, Unheard> {
        self.0.change(|told| told.troubles.push(format!("{trouble:?}")));
        Ok(Verdict::GoOn)
    }
}

impl CredentialsListener for Log {
    async fn opened(&self, _: Option<i64>, _: Option<Flaw>) -> Result<(), Unheard> {
        Ok(())
    }

    async fn unusable(&self, flaw: Flaw, _: bool) -> Result<(), Unheard> {
        self.change(|told| told.troubles.push(flaw.to_string()));
        Ok(())
    }
}

/// Reflects the services of a server for as long as `story` goes on.
fn reflect<'l>(
    api: &FakeApi,
    presence: Presence,
    log: &'l Log,
    story: impl Future<Output = ()> + 'l,
) {
    _ = rustls::crypto::ring::default_provider().install_default();
    let timing = Timing {
        absent: Duration::from_millis(50),
        first_pause: Duration::from_millis(5),
        longest_pause: Duration::from_millis(20),
        ..Timing::default()
    };
    let text = api.kubeconfig(serde_json::json!({}), serde_json::json!({}));
    let credentials = Credentials::Text(text.into());
    let (sessions, control) = (Sessions::new(), WatchControl::default());
    let target = Target {
        group: "",
        plural: "services",
        form: Form::Whole,
        namespace: None,
        presence,
        streams: true,
        resumes: true,
    };
    let link = Link { sessions: &sessions, control: &control, timing: &timing, turns: None };
    let sink = Names { log, listing: BTreeSet::new() };
    let reflector = Reflector::new(target, link, sink, Witness(log));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.expect("a runtime").block_on(async {
        tokio::select! {
            Unheard = sessions.keep(&credentials, log, &timing) => {}
            _ = reflector.run() => {}
            () = story => {}
        }
    });
}

/// A server that does not know services, whatever is asked of them.
fn without_services() -> FakeApi {
    let api = FakeApi::start();
    api.put([service("cart", "192.0.2.1")]);
    api.fail(fake_api::Verb::Any, PATH, Fault::Status(404, None), None);
    api
}

#[test]
fn an_optional_kind_that_is_not_served_is_no_failure_and_is_asked_for_again() {
    let (api, log) = (without_services(), Log::default());
    reflect(&api, Presence::Optional, &log, async {
        log.until("it is told, and again", |told| told.not_served > 1).await;
        assert!(log.holds(|told| told.listed == 0 && told.errors == 0));
        // It is served from now on: lists by watch are not held against the server.
        api.heal();
        log.until("it is listed", |told| told.names.contains("cart")).await;
        assert_eq!(api.requests("List "), 0);
    });
}

#[test]
fn one_that_is_served_no_more_is_told_too_and_comes_back() {
    let (api, log) = (FakeApi::start(), Log::default());
    api.put([service("cart", "192.0.2.1")]);
    reflect(&api, Presence::Optional, &log, async {
        log.until("it is listed", |told| told.names.contains("cart")).await;
        api.fail(fake_api::Verb::Any, PATH, Fault::Status(404, None), None);
        api.cut_watches();
        log.until("it is told", |told| told.not_served > 0).await;
        api.heal();
        log.until("it is listed again", |told| told.listed > 1).await;
    });
}

#[test]
fn a_required_kind_that_is_not_found_is_a_failure() {
    let (api, log) = (without_services(), Log::default());
    reflect(&api, Presence::Required, &log, async {
        log.until("someone should know", |told| !told.troubles.is_empty()).await;
        assert!(log.holds(|told| told.not_served == 0 && told.errors >= TELLING));
        assert!(log.holds(|told| told.troubles[0].starts_with("Failing(")));
        api.heal();
        log.until("it is listed", |told| told.names.contains("cart")).await;
    });
}

//! The task that watches the Secrets of a registry.
//!
//! In: how to reach the cluster that holds them, and their namespace. Out: a [`RegistryReport`] whenever
//! something changed. While they can not be read, what was read before stays. It ends when it is
//! cancelled or nobody receives any more.
//! Does not know what becomes of the clusters that Secrets tell of.

use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use super::report::{RegistryReport, RegistryReporter};
use super::secret_sink::SecretSink;
use crate::clusters::api::cluster_uid::cluster_uid;
use crate::clusters::api::credentials::Credentials;
use crate::clusters::api::credentials_listener::{Finder, Unheard};
use crate::clusters::api::failure::Failure;
use crate::clusters::api::http::Form;
use crate::clusters::api::http_connection::HttpConnection;
use crate::clusters::api::patience::Patience;
use crate::clusters::api::session::{Session, Sessions};
use crate::clusters::api::timing::Timing;
use crate::clusters::list_watch::reflector::{Link, Reflector};
use crate::clusters::list_watch::sink::{Abort, Observer, Trouble, Verdict};
use crate::clusters::list_watch::target::{Presence, Target};
use crate::clusters::watch_control::WatchControl;
use crate::core::complaint::Flaw;
use crate::core::name::Label;

/// The plural of Secrets, in the core group.
const SECRETS: &str = "secrets";

/// Where Secrets are.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct RegistryNamespace {
    /// How to reach the API server.
    pub credentials: Credentials,
    /// Their namespace.
    pub namespace: Label,
    /// Whether programs that they name may be run.
    pub allow_exec: bool,
}

/// Watches the Secrets of a namespace and tells what they say of clusters, each time all of it with
/// `number`, until `cancel` fires or the channel is closed.
pub async fn watch_secrets(
    place: RegistryNamespace,
    timing: Timing,
    number: u64,
    out: mpsc::Sender<(u64, RegistryReport)>,
    cancel: CancellationToken,
) {
    let RegistryNamespace { credentials, namespace, allow_exec } = place;
    let reporter = RegistryReporter::new(number, out);
    let (sessions, control) = (Sessions::new(), WatchControl::default());
    // Secrets are few: all are listed over a new connection, and nothing is missed.
    let target = Target {
        group: "",
        plural: SECRETS,
        form: Form::Whole,
        namespace: Some(namespace.as_str().into()),
        presence: Presence::Required,
        streams: false,
        resumes: false,
    };
    let observer = RegistryObserver {
        namespace: &namespace,
        sessions: &sessions,
        reporter: &reporter,
        patience: Patience::new(&timing),
        uid: None,
    };
    // What clusters there are is known before what they hold.
    let link = Link { sessions: &sessions, control: &control, timing: &timing, turns: None };
    let sink = SecretSink::new(allow_exec, &reporter);
    tokio::select! {
        biased;
        () = cancel.cancelled() => {}
        Unheard = sessions.keep(&credentials, &reporter, &timing) => {}
        _ = Reflector::new(target, link, sink, observer).run() => {}
    }
}

/// Hears how the Secrets are read.
struct RegistryObserver<'r> {
    namespace: &'r Label,
    sessions: &'r Sessions,
    reporter: &'r RegistryReporter,
    patience: Patience,
    /// Which cluster it is, where it lets us look.
    uid: Option<Box<str>>,
}

impl RegistryObserver<'_> {
    /// The server takes the credentials.
    async fn accept(&self, is_read: bool) -> Result<(), Unheard> {
        self.sessions.accept();
        self.reporter
            .tell(|told| {
                told.credentials.set(Finder::Server, None);
                told.reading = told.reading.take().filter(|_| !is_read);
            })
            .await
    }
}

impl Observer for RegistryObserver<'_> {
    /// A registry keeps to the cluster that answered first: another one in its place is not heard.
    async fn identify(
        &mut self,
        connection: &mut HttpConnection,
        _: &Session,
    ) -> Result<(), Abort> {
        let uid = cluster_uid(connection, &self.patience).await?;
        match (&self.uid, uid) {
            (Some(before), Some(now)) if *before != now => {
                return Err(Failure::AnotherCluster { before: before.clone(), now }.into());
            }
            (_, Some(now)) => self.uid = Some(now),
            (_, None) => {}
        }
        Ok(())
    }

    /// Nothing is counted of registries.
    fn count(&self, _: &Failure) {}

    async fn listed(&mut self, _: u64) -> Result<(), Unheard> {
        self.accept(false).await
    }

    async fn not_served(&mut self, _: u64) -> Result<(), Unheard> {
        self.accept(true).await
    }

    async fn succeed(&mut self) -> Result<(), Unheard> {
        self.accept(true).await
    }

    async fn trouble(&mut self, trouble: Trouble<'_>, _: u64) -> Result<Verdict, Unheard> {
        let why = match trouble {
            Trouble::Unauthorized(failure) => {
                let flaw = Flaw::CredentialsRefused(failure.to_string().into());
                self.reporter
                    .tell(|told| _ = told.credentials.set(Finder::Server, Some(flaw)))
                    .await?;
                return Ok(Verdict::GoOn);
            }
            Trouble::Forbidden(verb) => Flaw::Forbidden {
                verb: verb.name(),
                resource: SECRETS,
                group: "",
                namespace: Some(self.namespace.as_str().into()),
            },
            Trouble::AnotherCluster(failure)
            | Trouble::Failing(failure)
            | Trouble::Unreachable(failure) => Flaw::ReadingFails(failure.to_string().into()),
        };
        self.reporter.tell(|told| told.reading = Some(format!("{SECRETS}: {why}"))).await?;
        Ok(Verdict::GoOn)
    }
}

//! Access: from what an entry says to the route to an API server.
//!
//! In: credentials. Out: a route, when it has to be made anew, and the files that it came from, each as
//! it was when it was read; or a client, for somebody who waits. Files are read away from the runtime's
//! threads, and all that they say is validated before any library sees it.
//! Does not know what is asked.

use std::time::Duration;

use kube::Client;
use tokio::time::timeout;

use super::Credentials;
use super::exec;
use super::files::{self, CredentialFiles, SeenFile};
use crate::clusters::api::connector;
use crate::clusters::api::http_connection::Route;
use crate::clusters::api::timing::Timing;
use crate::clusters::kubeconfig::{Environment, Fault, Settings};
use crate::core::complaint::Flaw;
use crate::panics::away;

/// Longest time that reading files may take: they may lie on a file system that is dead.
const READING: Duration = Duration::from_secs(10);

/// Why nothing comes of what is begun while the process ends.
const ENDING: &str = "fedns is ending";

/// How a server is reached now, with what must be known of it.
pub(in crate::clusters) struct Access {
    pub(in crate::clusters) route: Route,
    /// Where it leads.
    pub(in crate::clusters) server: String,
    /// When the credentials expire, in unix seconds.
    pub(in crate::clusters) expiry: Option<i64>,
    /// Whether a program can give new ones before that.
    pub(in crate::clusters) is_renewable: bool,
    /// What of this lets others in between, and keeps nobody from asking.
    pub(in crate::clusters) weakness: Option<Flaw>,
}

/// What came of files, and which they are, each as it was when it was read.
pub(in crate::clusters) struct FromFiles<T> {
    pub(in crate::clusters) files: Vec<SeenFile>,
    pub(in crate::clusters) outcome: Result<T, Flaw>,
}

/// Settings, and whether a program gave what they hold.
struct Made {
    settings: Settings,
    is_renewable: bool,
}

/// Makes a client for somebody who waits for each of its answers, but no longer than `patience`.
/// Nothing is asked yet.
///
/// # Errors
/// Says in words why there is none.
pub async fn dial(credentials: &Credentials, patience: Duration) -> Result<Client, String> {
    let made = async { make(settle(credentials).await.outcome?, credentials, patience).await };
    match made.await {
        Ok(made) => Ok(connector::client(made.settings, patience)),
        Err(Flaw::CredentialsUnusable(why)) => Err(why.into()),
        Err(flaw) => Err(flaw.to_string()),
    }
}

/// Makes a route; gives the files that it came from in any case.
pub(in crate::clusters) async fn open(
    credentials: &Credentials,
    timing: &Timing,
) -> FromFiles<Access> {
    let FromFiles { files, outcome } = settle(credentials).await;
    let access = async {
        let Made { settings, is_renewable } = make(outcome?, credentials, timing.exec).await?;
        let (expiry, weakness) = (settings.expiry, weakness(&settings));
        let server = settings.shown.clone();
        let route = Route::new(settings, timing.connect);
        Ok(Access { route, server, expiry, is_renewable, weakness })
    };
    FromFiles { files, outcome: access.await }
}

/// What of these settings lets those in who stand between here and the server. A server on this host
/// is no exception: whoever takes its port is told the credentials.
fn weakness(settings: &Settings) -> Option<Flaw> {
    if settings.server.scheme_str() != Some("https") {
        // What says who asks stands in the head of each request.
        return (!settings.headers.is_empty()).then_some(Flaw::ServerUnencrypted);
    }
    settings.is_unverified.then_some(Flaw::ServerUnverified)
}

/// Reads what credentials say, away from the runtime's threads.
async fn settle(credentials: &Credentials) -> FromFiles<CredentialFiles> {
    let own = credentials.clone();
    let read = away(move || {
        let mut files = Vec::new();
        let outcome = files::read(&own, &mut files).map_err(unusable);
        FromFiles { files, outcome }
    });
    let unread = |why| FromFiles { files: Vec::new(), outcome: Err(unusable(why)) };
    match timeout(READING, read).await {
        Ok(read) => read.unwrap_or_else(|| unread(ENDING)),
        Err(_) => unread("reading the kubeconfig took too long"),
    }
}

/// What keeps credentials from being used, as far as their files tell: no server is asked and no program run.
pub fn flaw_of_files(credentials: &Credentials) -> Option<Flaw> {
    let CredentialFiles { kubeconfig, contents } = match files::read(credentials, &mut Vec::new()) {
        Ok(read) => read,
        Err(why) => return Some(unusable(why)),
    };
    if let Some(name) = kubeconfig.program_name().filter(|_| !credentials.allow_exec()) {
        return Some(Flaw::ExecRefused(name.into()));
    }
    let look = || {
        kubeconfig.check()?;
        match kubeconfig.program(&contents)? {
            // What it will give is not known.
            Some(_) => Ok(()),
            None => kubeconfig.settings(&contents, None, &Environment::of_process()).map(drop),
        }
    };
    look().err().map(|fault: Fault| unusable(fault.to_string()))
}

fn unusable(why: impl Into<String>) -> Flaw {
    Flaw::CredentialsUnusable(why.into().into())
}

/// Makes settings, with what a program gives where that is wanted.
async fn make(
    material: CredentialFiles,
    credentials: &Credentials,
    patience: Duration,
) -> Result<Made, Flaw> {
    let CredentialFiles { kubeconfig, contents } = material;
    if let Some(name) = kubeconfig.program_name().filter(|_| !credentials.allow_exec()) {
        return Err(Flaw::ExecRefused(name.into()));
    }
    kubeconfig.check().map_err(|fault| unusable(fault.to_string()))?;
    let program = kubeconfig.program(&contents).map_err(|fault| unusable(fault.to_string()))?;
    let supplied = match program {
        Some(program) => Some(exec::run(&program, patience).await.map_err(unusable)?),
        None => None,
    };
    let is_renewable = supplied.is_some();
    // Reads the authorities of this host where no other is given.
    let made =
        away(move || kubeconfig.settings(&contents, supplied.as_ref(), &Environment::of_process()));
    let settings = made.await.ok_or_else(|| unusable(ENDING))?;
    let settings = settings.map_err(|fault| unusable(fault.to_string()))?;
    Ok(Made { settings, is_renewable })
}

//! Access: from what an entry says to the route to an API server.
//!
//! In: kubeconfigs, in files or held, and a context, or the word that this is a pod. Out: a route, when
//! it has to be made anew, and the files that it came from, each as it was when it was read.
//! Files are read away from the runtime's threads. Does not know what is asked.

use std::path::{Path, PathBuf};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use kube::config::{AuthInfo, KubeConfigOptions, Kubeconfig};
use kube::{Client, Config};
use serde_json::Value;
use tokio::sync::watch;
use tokio::time::timeout;

use super::exec::{self, Given};
use super::expiry;
use super::failure::{Failure, words};
use super::pace::Pace;
use super::wire::Route;
use crate::clusters::secrets::{self, Held};
use crate::clusters::stamp::Stamp;
use crate::confine::away as away_from_runtime;
use crate::core::complaint::Flaw;

/// Where a pod finds its credentials.
const POD: &str = "/var/run/secrets/kubernetes.io/serviceaccount";

/// Longest time that reading files may take: they may lie on a file system that is dead.
const READING: Duration = Duration::from_secs(10);

/// Why nothing comes of what is begun while the process ends.
const ENDING: &str = "fedns is ending";

/// How to reach an API server.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Credentials {
    /// By kubeconfig files, of which the first to say something counts.
    Files {
        /// The files.
        paths: Vec<PathBuf>,
        /// The context; the current one where `None`.
        context: Option<String>,
        /// Whether programs that they name may be run.
        allow_exec: bool,
    },
    /// By a kubeconfig that is held in memory, and that may change there.
    Held(Latest),
    /// By the service account of the pod that this runs in.
    InCluster,
    /// By the text of a kubeconfig that fedns wrote itself: it refers to no file and no program.
    Text(Box<str>),
}

impl Credentials {
    /// What is held in memory, and changes there.
    pub(super) fn held(&self) -> Option<watch::Receiver<Held>> {
        match self {
            Self::Held(Latest(held)) => Some(held.clone()),
            Self::Files { .. } | Self::InCluster | Self::Text(_) => None,
        }
    }

    fn allow_exec(&self) -> bool {
        match self {
            Self::Files { allow_exec, .. } => *allow_exec,
            Self::Held(Latest(held)) => held.borrow().allow_exec,
            Self::InCluster | Self::Text(_) => false,
        }
    }
}

/// The latest of what a [`watch::Sender`] gives. Two are equal where they follow the same one:
/// what that gives may change, and whoever follows it goes on.
#[derive(Clone, Debug)]
pub struct Latest(pub(super) watch::Receiver<Held>);

impl Latest {
    /// What `sender` gives.
    pub fn of(sender: &watch::Sender<Held>) -> Self {
        Self(sender.subscribe())
    }
}

impl PartialEq for Latest {
    fn eq(&self, other: &Self) -> bool {
        self.0.same_channel(&other.0)
    }
}

impl Eq for Latest {}

/// A file, and how it was when it was read.
pub(super) type Seen = (PathBuf, Option<Stamp>);

/// How a server is reached now, with what must be known of it.
pub(super) struct Access {
    pub(super) route: Route,
    /// Where it leads.
    pub(super) server: String,
    /// When the credentials expire, in unix seconds.
    pub(super) expiry: Option<i64>,
    /// Whether a program can give new ones before that.
    pub(super) is_renewable: bool,
    /// What of this lets others in between, and keeps nobody from asking.
    pub(super) weakness: Option<Flaw>,
}

/// A configuration that is complete: nothing of it has to be read or run any more.
struct Complete {
    config: Config,
    expiry: Option<i64>,
    is_renewable: bool,
}

/// Makes a client for somebody who waits for each of its answers, but no longer than `patience`.
/// Nothing is asked yet.
///
/// # Errors
/// Says in words why there is none.
pub async fn dial(credentials: &Credentials, patience: Duration) -> Result<Client, String> {
    let made = async {
        let config = settle(credentials).await.1?;
        let mut config = complete(config, credentials, patience).await?.config;
        // Whoever waits is told what failed, and not what was tried again.
        config.default_retry = false;
        config.connect_timeout = Some(patience);
        config.write_timeout = Some(patience);
        config.read_timeout = Some(patience);
        away(move || Client::try_from(config)).await
    };
    made.await.map_err(|flaw| match flaw {
        Flaw::CredentialsUnusable(why) => why.into(),
        flaw => flaw.to_string(),
    })
}

/// Makes a route; gives the files that it came from in any case.
pub(super) async fn open(
    credentials: &Credentials,
    pace: &Pace,
) -> (Vec<Seen>, Result<Access, Flaw>) {
    let (files, config) = settle(credentials).await;
    let access = async {
        let Complete { config, expiry, is_renewable } =
            complete(config?, credentials, pace.exec).await?;
        let (server, patience) = (config.cluster_url.to_string(), pace.connect);
        let weakness = weakness(&config);
        let route = away(move || Route::new(config, patience)).await?;
        Ok(Access { route, server, expiry, is_renewable, weakness })
    };
    (files, access.await)
}

/// What of a configuration lets those in who stand between here and its server.
fn weakness(config: &Config) -> Option<Flaw> {
    if is_unencrypted(&config.cluster_url, config.proxy_url.is_some()) {
        let user = &config.auth_info;
        let is_known = user.token.is_some() || user.token_file.is_some() || user.username.is_some();
        return is_known.then_some(Flaw::ServerUnencrypted);
    }
    config.accept_invalid_certs.then_some(Flaw::ServerUnverified)
}

/// Whether what is said to a server goes over a network without TLS: by plain http to another host,
/// or through a proxy to whatever that takes for the host.
fn is_unencrypted(server: &hyper::Uri, has_proxy: bool) -> bool {
    let host = server.host().unwrap_or_default().trim_matches(['[', ']']);
    let address: Option<std::net::IpAddr> = host.parse().ok();
    let is_here = host.eq_ignore_ascii_case("localhost")
        || address.is_some_and(|address| address.to_canonical().is_loopback());
    server.scheme_str() != Some("https") && (has_proxy || !is_here)
}

/// Makes something of a configuration away from the runtime's threads: it may read files.
async fn away<T: Send + 'static>(
    make: impl FnOnce() -> Result<T, kube::Error> + Send + 'static,
) -> Result<T, Flaw> {
    let made = away_from_runtime(make).await.ok_or_else(|| unusable(ENDING))?;
    made.map_err(|error| unusable(Failure::of(&error).to_string()))
}

/// Reads what credentials say, away from the runtime's threads.
async fn settle(credentials: &Credentials) -> (Vec<Seen>, Result<Config, Flaw>) {
    let own = credentials.clone();
    let read = away_from_runtime(move || {
        let mut files = Vec::new();
        let config = read(&own, &mut files);
        (files, config)
    });
    match timeout(READING, read).await {
        Ok(Some((files, config))) => (files, config.map_err(unusable)),
        Ok(None) => (Vec::new(), Err(unusable(ENDING))),
        Err(_) => (Vec::new(), Err(unusable("reading the kubeconfig took too long"))),
    }
}

fn unusable(why: impl Into<String>) -> Flaw {
    Flaw::CredentialsUnusable(why.into().into())
}

/// Reads all files but those of keys, which the client reads.
fn read(credentials: &Credentials, files: &mut Vec<Seen>) -> Result<Config, String> {
    let mut config = match credentials {
        Credentials::InCluster => {
            look(Path::new(POD).join("token"), files);
            look(Path::new(POD).join("ca.crt"), files);
            Config::incluster().map_err(|error| {
                format!("this is no pod with a service account: {}", words(&error))
            })?
        }
        Credentials::Text(text) => {
            let made = Kubeconfig::from_yaml(text).map(|kubeconfig| {
                let options = KubeConfigOptions::default();
                tokio::runtime::Handle::current()
                    .block_on(Config::from_custom_kubeconfig(kubeconfig, &options))
            });
            made.and_then(|config| config).map_err(|error| words(&error))?
        }
        Credentials::Files { paths, context, .. } => {
            let kubeconfig = read_files(paths, files)?;
            let shown = paths.first().map(|path| path.display().to_string()).unwrap_or_default();
            look_at_references(&kubeconfig, files);
            chosen(kubeconfig, context.clone()).map_err(|why| format!("{shown}: {why}"))?
        }
        Credentials::Held(Latest(held)) => {
            let held = held.borrow().clone();
            let config = secrets::kubeconfig(&held)
                .and_then(|kubeconfig| chosen(kubeconfig, held.context.map(String::from)));
            config.map_err(|why| format!("the kubeconfig of its Secret: {why}"))?
        }
    };
    // The client would read it once a minute, and not take a line end behind it.
    if let Some(path) = config.auth_info.token_file.take() {
        let token = std::fs::read_to_string(&path)
            .map_err(|error| format!("token file {path}: {error}"))?;
        if config.auth_info.token.is_none() {
            patch(&mut config.auth_info, &[("token", token.trim())])?;
        }
    }
    Ok(config)
}

/// What a kubeconfig says of a context.
fn chosen(kubeconfig: Kubeconfig, context: Option<String>) -> Result<Config, String> {
    let options = KubeConfigOptions { context, ..Default::default() };
    let clusters = kubeconfig.clusters.iter().filter_map(|named| named.cluster.as_ref());
    let proxies: Vec<_> = clusters.filter_map(|it| it.proxy_url.clone()).collect();
    let mut config = tokio::runtime::Handle::current()
        .block_on(Config::from_custom_kubeconfig(kubeconfig, &options))
        .map_err(|error| words(&error))?;
    // Else it is that of the environment, which says too for whom it is not.
    let is_own =
        |proxy: &hyper::Uri| proxies.iter().any(|it| it.parse().ok().as_ref() == Some(proxy));
    let host = config.cluster_url.host().unwrap_or_default();
    let exempt = std::env::var("NO_PROXY").or_else(|_| std::env::var("no_proxy"));
    if is_exempt(host, &exempt.unwrap_or_default()) {
        config.proxy_url = config.proxy_url.filter(is_own);
    }
    Ok(config)
}

/// Whether no proxy is for this host, as `NO_PROXY` says: names with all below them, addresses,
/// networks, or `*`. This host itself never is for one.
fn is_exempt(host: &str, exempt: &str) -> bool {
    let host = host.trim_matches(['[', ']']);
    let address: Option<std::net::IpAddr> = host.parse().ok();
    if host == "localhost" || address.is_some_and(|address| address.is_loopback()) {
        return true;
    }
    exempt.split(',').map(str::trim).filter(|one| !one.is_empty()).any(|one| {
        let network: Option<ipnet::IpNet> = one.parse().ok();
        let name = one.trim_start_matches("*.").trim_start_matches('.');
        let is_below =
            host.strip_suffix(name).is_some_and(|rest| rest.is_empty() || rest.ends_with('.'));
        one == "*" || is_below || address.zip(network).is_some_and(|(it, net)| net.contains(&it))
    })
}

fn look(path: PathBuf, files: &mut Vec<Seen>) {
    let stamp = Stamp::at(&path);
    files.push((path, stamp));
}

/// The files as one (kubectl, "Merging kubeconfig files"): of several, those that are missing are
/// passed over.
fn read_files(paths: &[PathBuf], files: &mut Vec<Seen>) -> Result<Kubeconfig, String> {
    let mut merged: Option<Kubeconfig> = None;
    for path in paths {
        look(path.clone(), files);
        if paths.len() > 1 && !path.exists() {
            continue;
        }
        let fault = |error| format!("{}: {}", path.display(), words(&error));
        let next = Kubeconfig::read_from(path).map_err(fault)?;
        merged = Some(match merged {
            Some(merged) => merged.merge(next).map_err(fault)?,
            None => next,
        });
    }
    let names = || paths.iter().map(|path| path.display().to_string()).collect::<Vec<_>>();
    merged.ok_or_else(|| format!("none of {} is there", names().join(", ")))
}

/// The files that it refers to, whatever the context: they are few.
fn look_at_references(kubeconfig: &Kubeconfig, files: &mut Vec<Seen>) {
    let clusters = kubeconfig.clusters.iter().filter_map(|named| named.cluster.as_ref());
    let authorities = clusters.filter_map(|cluster| cluster.certificate_authority.as_ref());
    let users = kubeconfig.auth_infos.iter().filter_map(|named| named.auth_info.as_ref());
    let of_users = users.flat_map(|user| {
        [&user.client_certificate, &user.client_key, &user.token_file].into_iter().flatten()
    });
    authorities.chain(of_users).for_each(|path| look(path.into(), files));
}

/// Gets what a program gives.
async fn complete(
    mut config: Config,
    credentials: &Credentials,
    patience: Duration,
) -> Result<Complete, Flaw> {
    if config.auth_info.auth_provider.is_some() {
        return Err(unusable(
            "the kubeconfig has an `auth-provider`, which Kubernetes 1.26 took away; use `exec`",
        ));
    }
    let (mut told, mut is_renewable) = (None, false);
    if let Some(exec) = config.auth_info.exec.take() {
        if !credentials.allow_exec() {
            let command = exec.command.as_deref().unwrap_or_default();
            return Err(Flaw::ExecRefused(command.into()));
        }
        let got = exec::run(&exec, patience).await.map_err(unusable)?;
        take(&mut config.auth_info, &got).map_err(unusable)?;
        (told, is_renewable) = (got.expiry(), true);
    }
    let expiry = told.or_else(|| expiry_of(&config.auth_info));
    Ok(Complete { config, expiry, is_renewable })
}

/// Puts what a program gave in its place.
fn take(info: &mut AuthInfo, given: &Given) -> Result<(), String> {
    let encode = |pem: &String| STANDARD.encode(pem);
    let certificate = given.client_certificate_data.as_ref().map(encode);
    let key = given.client_key_data.as_ref().map(encode);
    let all = [
        ("token", given.token.as_deref().map(str::trim)),
        ("client-certificate-data", certificate.as_deref()),
        ("client-key-data", key.as_deref()),
    ];
    let all: Vec<_> = all.into_iter().filter_map(|(key, value)| Some((key, value?))).collect();
    patch(info, &all)
}

/// Sets fields of a user. They are secrets of a type that is made by reading alone.
fn patch(info: &mut AuthInfo, fields: &[(&str, &str)]) -> Result<(), String> {
    let patched = serde_json::to_value(&*info).and_then(|mut value| {
        fields.iter().for_each(|(key, text)| value[*key] = Value::from(*text));
        serde_json::from_value(value)
    });
    *info = patched.map_err(|error| error.to_string())?;
    Ok(())
}

/// When the first of its credentials expires, in unix seconds.
fn expiry_of(info: &AuthInfo) -> Option<i64> {
    let value = serde_json::to_value(info).ok()?;
    let token = value["token"].as_str().and_then(expiry::of_token);
    let pem = match &info.client_certificate_data {
        Some(data) => STANDARD.decode(data.trim()).ok(),
        None => info.client_certificate.as_ref().and_then(|path| std::fs::read(path).ok()),
    };
    let certificate = pem.as_deref().and_then(expiry::of_certificate);
    token.into_iter().chain(certificate).min()
}

#[cfg(test)]
mod tests {
    use super::{is_exempt, is_unencrypted};

    #[test]
    fn tls_is_missed_where_others_stand_on_the_way() {
        let is = |server: &str, has_proxy| {
            is_unencrypted(&server.parse().expect("an address"), has_proxy)
        };
        for server in [
            "https://192.0.2.1/",
            "http://127.0.0.1:8001/",
            "http://127.9.9.9",
            "http://[::1]:80/",
            "http://[::ffff:127.0.0.1]:80/",
            "http://LocalHost:8080",
        ] {
            assert!(!is(server, false), "{server}");
        }
        for server in [
            "http://192.0.2.1:8080/",
            "http://10.0.0.1",
            "http://api.example.com/",
            "http://localhost.example.com/",
            "http://[2001:db8::1]:80/",
        ] {
            assert!(is(server, false), "{server}");
        }
        assert!(is("http://127.0.0.1:8001/", true) && !is("https://127.0.0.1:8001/", true));
    }

    #[test]
    fn no_proxy_is_for_those_that_are_exempt() {
        let exempt = "10.0.0.0/8, .internal,api.example.com,192.0.2.1";
        for host in [
            "10.1.2.3",
            "a.internal",
            "api.example.com",
            "192.0.2.1",
            "127.0.0.1",
            "localhost",
            "[::1]",
        ] {
            assert!(is_exempt(host, exempt), "{host}");
        }
        for host in ["11.0.0.1", "notinternal", "example.com", "192.0.2.11"] {
            assert!(!is_exempt(host, exempt), "{host}");
        }
        assert!(is_exempt("anyone", "*") && !is_exempt("anyone", ""));
    }
}

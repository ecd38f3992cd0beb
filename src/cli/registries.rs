//! Registries: clusters that come and go by Secrets, joined with those of the configuration.
//!
//! In: registries of the configuration, and what their watches tell. Out: all clusters that are to
//! be registered now; what is wrong, for the status. A name belongs to whoever had it first, and
//! above all to the configuration. A Secret that says something of no use changes nothing, and so
//! does a watch that panics: it is begun anew.
//! Does not know what becomes of clusters.

mod watched;

use std::collections::BTreeMap;
use std::time::Duration;

use tokio::sync::{mpsc, watch};
use tokio::task::JoinSet;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use crate::clusters::api::{Credentials, Latest, Timing};
use crate::clusters::kubeconfig::{Held, Server};
use crate::clusters::registries::{Claim, RegistryNamespace, RegistryReport, watch_secrets};
use crate::clusters::watch_stats::{RegistryStats, WatchStats};
use crate::config::{Config, Registry};
use crate::confine::{self, News, Rests, caught, confined};
use crate::core::complaint::{Flaw, Subject};
use crate::core::name::Label;
use crate::core::policy::ClusterPolicy;
use crate::state_dir::{Registration, Registrations};

use super::plan::members;
use super::watches::{Member, Watched, credentials};
use watched::Watch;

/// Keys of a cluster's entry, and values.
type Entry = BTreeMap<Box<str>, Box<str>>;

/// Reports that may wait.
const REPORTS: usize = 16;

/// All registries that are watched, and the clusters that they have registered.
pub(super) struct Registries {
    /// In the order of the configuration.
    watched: Vec<Watch>,
    tasks: JoinSet<u64>,
    out: mpsc::Sender<(u64, RegistryReport)>,
    reports: mpsc::Receiver<(u64, RegistryReport)>,
    /// Where it is told that a watch panicked, or is well again.
    tell: mpsc::Sender<(u64, News)>,
    news: mpsc::Receiver<(u64, News)>,
    /// How many watches were begun.
    begun: u64,
    registered: BTreeMap<Label, Registered>,
    /// What an earlier run kept, of registries that have not been read since.
    kept: Registrations,
    vitals: WatchStats,
}

/// A cluster that a registry has registered.
struct Registered {
    /// The registry and the Secret.
    owner: (String, Box<str>),
    /// What annotations say of it, and what that means.
    entry: Entry,
    policy: ClusterPolicy,
    /// Where it leads. As long as that is the same its kubeconfig may change, and its watch goes on.
    server: (Server, bool),
    kubeconfig: watch::Sender<Held>,
}

impl Registries {
    /// None yet; what is known of them is shown in `vitals`. `kept` is what an earlier run knew.
    pub(super) fn new(vitals: WatchStats, kept: Registrations) -> Self {
        let (out, reports) = mpsc::channel(REPORTS);
        let (tell, news) = mpsc::channel(REPORTS);
        Self {
            watched: Vec::new(),
            tasks: JoinSet::new(),
            out,
            reports,
            tell,
            news,
            begun: 0,
            registered: BTreeMap::new(),
            kept,
            vitals,
        }
    }

    /// Watches these registries and no others.
    pub(super) fn follow(&mut self, wanted: &[Registry]) {
        let mut former = std::mem::take(&mut self.watched);
        for registry in wanted {
            let known = former.iter().position(|it| it.registry == *registry);
            let watch = known.map(|at| former.swap_remove(at));
            let watch = watch.unwrap_or_else(|| self.start(registry.clone()));
            self.watched.push(watch);
        }
        former.iter().for_each(|watch| watch.stop.cancel());
    }

    fn start(&mut self, registry: Registry) -> Watch {
        self.begun += 1;
        let (number, stop) = (self.begun, CancellationToken::new());
        let place = place(&registry);
        let (out, tell, cancel) = (self.out.clone(), self.tell.clone(), stop.clone());
        let begin = {
            let cancel = cancel.clone();
            move || {
                watch_secrets(place.clone(), Timing::default(), number, out.clone(), cancel.clone())
            }
        };
        let tell = move |news| {
            let tell = tell.clone();
            // Nobody receives when the process is ending.
            async move { _ = tell.send((number, news)).await }
        };
        self.tasks.spawn(async move {
            confined(begin, tell, Rests::default(), cancel).await;
            number
        });
        Watch::new(registry, number, stop)
    }

    /// Waits until a registry tells something new.
    ///
    /// # Errors
    /// Which one ended without being told to.
    pub(super) async fn news(&mut self) -> Result<(), String> {
        loop {
            tokio::select! {
                Some((number, report)) = self.reports.recv() => {
                    let told = self.watched.iter_mut().find(|watch| watch.number == number);
                    if let Some(watch) = told {
                        watch.take(report);
                        return Ok(());
                    }
                }
                Some((number, news)) = self.news.recv() => {
                    let told = self.watched.iter_mut().find(|watch| watch.number == number);
                    if let Some(watch) = told {
                        watch.note(news);
                        return Ok(());
                    }
                }
                Some(ended) = self.tasks.join_next() => {
                    let number = ended.map_err(|error| {
                        format!("a registry ended: {}", confine::words(&error))
                    })?;
                    if let Some(watch) = self.watched.iter().find(|it| it.number == number) {
                        let registry = &watch.registry;
                        return Err(format!("registry {registry} ended: it was not told to"));
                    }
                }
            }
        }
    }

    /// Whether a registry was never read: more clusters may come.
    pub(super) fn expects_clusters(&self) -> bool {
        let unread = self.watched.iter().filter(|watch| watch.report.found.is_none());
        unread.into_iter().any(|watch| !was_read(&self.kept, &watch.registry))
    }

    /// What is to be kept for the next run.
    pub(super) fn registrations(&self) -> Registrations {
        let mut all = self.kept.clone();
        let read = self.watched.iter().filter(|watch| watch.report.found.is_some());
        all.read.extend(read.map(|watch| watch.registry.to_string().into()));
        all.clusters.extend(self.registered.iter().map(|(name, it)| Registration {
            cluster: name.clone(),
            registry: it.owner.0.as_str().into(),
            secret: it.owner.1.clone(),
            entry: it.entry.iter().map(|(key, value)| (key.clone(), value.clone())).collect(),
        }));
        all
    }

    /// Ends all watches.
    pub(super) async fn stop_all(&mut self) {
        self.watched.iter().for_each(|watch| watch.stop.cancel());
        while self.tasks.join_next().await.is_some() {}
    }

    /// All clusters that are to be registered now: those of the configuration, then the others by
    /// name.
    pub(super) fn join(&mut self, config: &Config) -> Vec<Member> {
        let mut former = std::mem::take(&mut self.registered);
        let watched = &self.watched;
        let is_unread = |registry: &str| {
            let mut unread = watched.iter().filter(|watch| watch.report.found.is_none());
            unread.any(|watch| watch.registry.to_string() == registry)
        };
        self.kept.read.retain(|registry| is_unread(registry));
        self.kept.clusters.retain(|it| is_unread(&it.registry));
        let mut all: Vec<Member> = members(config).collect();
        let mut complaints = Vec::new();
        let awaited = awaited(config, &self.kept);
        let candidates = candidates(&self.watched, &former);
        for candidate in candidates {
            let name = &candidate.claim.name;
            let taken = self.registered.get(name).map(|it| {
                let (registry, secret) = &it.owner;
                format!("secret {secret} of registry {registry}")
            });
            let has = |members: &[Member]| members.iter().any(|it| it.name == *name);
            let of_file = has(&all).then(|| "the configuration".into());
            let of_unread = has(&awaited).then(|| "a registry that can not be read now".into());
            let flaw = match of_file.or(taken).or(of_unread) {
                Some(by) => Some(Flaw::NameTaken(name.clone(), by.into())),
                None => {
                    let (registered, flaw) = read(config, &candidate, former.remove(name));
                    self.registered.extend(registered.map(|it| (name.clone(), it)));
                    flaw
                }
            };
            let subject = candidate.subject();
            complaints.extend(flaw.map(|flaw| (candidate.at, (subject, flaw))));
        }
        all.extend(self.registered.iter().map(|(name, it)| it.member(name)));
        all.extend(awaited);
        self.tell(complaints);
        all
    }

    /// Tells what is wrong: in the log what is new, in the status all of it.
    fn tell(&mut self, of_clusters: Vec<(usize, (Subject, Flaw))>) {
        let mut complaints: Vec<Vec<_>> = self.watched.iter().map(Watch::faults).collect();
        of_clusters.into_iter().for_each(|(at, complaint)| complaints[at].push(complaint));
        let (mut vitals, mut seen) = (Vec::new(), BTreeMap::new());
        for (watch, complaints) in self.watched.iter_mut().zip(complaints) {
            let registry = watch.registry.to_string();
            for complaint in complaints.iter().filter(|it| !watch.complaints.contains(it)) {
                let (subject, flaw) = complaint;
                tracing::warn!("registry {registry}: {subject}: {flaw}");
            }
            let is_own = |it: &&Registered| it.owner.0 == registry;
            let namespace = &watch.registry.namespace;
            let turn = seen.entry(namespace.clone()).and_modify(|turn| *turn += 1).or_insert(1);
            let id = if *turn == 1 { namespace.to_string() } else { format!("{namespace}_{turn}") };
            vitals.push(RegistryStats {
                clusters: self.registered.values().filter(is_own).count(),
                id: id.into(),
                registry: registry.into(),
                read_since: watch.read_since,
                complaints: complaints.clone(),
            });
            watch.complaints = complaints;
        }
        self.vitals.show_registries(vitals);
    }
}

/// What is to be registered under a name that is free, and what is wrong with its entry. One that
/// was good keeps what it said.
fn read(
    config: &Config,
    candidate: &Candidate<'_>,
    former: Option<Registered>,
) -> (Option<Registered>, Option<Flaw>) {
    let Claim { name, held, server, entry } = candidate.claim;
    let said = config.defaults.entry(entry.iter().map(|(key, value)| (&**key, &**value)));
    let (policy, flaw) = match said {
        Ok(policy) => (policy, None),
        Err(why) => {
            let why = format!("annotations of `{name}`: {why}");
            let flaw = Some(Flaw::SecretUnusable(why.into()));
            match former.as_ref().filter(|former| former.owner == candidate.owner) {
                Some(former) => (former.policy.clone(), flaw),
                None => return (None, flaw),
            }
        }
    };
    let server = (server.clone(), held.allow_exec);
    let kubeconfig = match former.filter(|former| former.server == server) {
        Some(former) => {
            former.kubeconfig.send_if_modified(|now| {
                let is_new = now != held;
                now.clone_from(held);
                is_new
            });
            former.kubeconfig
        }
        None => watch::Sender::new(held.clone()),
    };
    let owner = candidate.owner.clone();
    let entry = if flaw.is_none() { entry.clone() } else { Entry::new() };
    (Some(Registered { owner, entry, policy, server, kubeconfig }), flaw)
}

fn place(registry: &Registry) -> RegistryNamespace {
    RegistryNamespace {
        credentials: credentials(&registry.kubeconfig),
        namespace: registry.namespace.clone(),
        allow_exec: registry.allow_exec,
    }
}

/// Reads a registry once, within `patience`: the clusters that it would register beside those of the
/// configuration, and what is wrong with it and with its Secrets, in words.
///
/// # Errors
/// Why it can not be read.
pub(super) async fn read_once(
    config: &Config,
    registry: &Registry,
    patience: Duration,
) -> Result<(Vec<Member>, Vec<String>), String> {
    let (out, mut reports) = mpsc::channel(REPORTS);
    let watching =
        watch_secrets(place(registry), Timing::default(), 0, out, CancellationToken::new());
    let told = async {
        loop {
            let (_, report) = reports.recv().await?;
            if report.is_read || !report.faults.is_empty() {
                return Some(report);
            }
        }
    };
    let report = tokio::select! {
        ended = caught(watching) => match ended {
            Ok(()) => None,
            Err(panic) => return Err(Flaw::Panicked(panic.to_string().into()).to_string()),
        },
        report = timeout(patience, told) => report.ok().flatten(),
    };
    let report = report.ok_or_else(|| format!("no answer within {} s", patience.as_secs()))?;
    let Some(secrets) = report.found.filter(|_| report.is_read) else {
        return Err(report.faults.join("; "));
    };
    let (mut all, mut faults): (Vec<Member>, _) = (Vec::new(), report.faults);
    faults.extend(report.warnings.iter().map(ToString::to_string));
    for (secret, found) in secrets {
        let of_secret = |why: &String| format!("Secret {secret}: {why}");
        faults.extend(found.faults.iter().map(of_secret));
        for claim in &found.claims {
            let owner = (registry.to_string(), secret.clone());
            let candidate = Candidate { at: 0, namespace: &registry.namespace, owner, claim };
            let (registered, flaw) = read(config, &candidate, None);
            faults.extend(flaw.map(|flaw| of_secret(&flaw.to_string())));
            let is_taken = config.clusters.iter().any(|it| it.name == claim.name)
                || all.iter().any(|it| it.name == claim.name);
            match registered {
                Some(_) if is_taken => faults.push(of_secret(&format!("{} is taken", claim.name))),
                registered => all.extend(registered.map(|it| it.member(&claim.name))),
            }
        }
    }
    Ok((all, faults))
}

/// The clusters that an earlier run knew of, of registries that stand in the configuration: nobody
/// knows yet how they are reached. One whose entry can not be used any more is none.
pub(super) fn awaited(config: &Config, kept: &Registrations) -> Vec<Member> {
    let of_file = |name: &Label| config.clusters.iter().any(|it| it.name == *name);
    let member = |it: &Registration| {
        let entry = it.entry.iter().map(|(key, value)| (&**key, &**value));
        let policy = config.defaults.entry(entry).ok()?;
        let source = source_text(&it.registry, &it.secret);
        Some(Member { name: it.cluster.clone(), policy, watched: None, source })
    };
    let is_wanted = |it: &&Registration| {
        !of_file(&it.cluster)
            && config.registries.iter().any(|registry| *registry.to_string() == *it.registry)
    };
    kept.clusters.iter().filter(is_wanted).filter_map(member).collect()
}

/// Whether an earlier run has read a registry.
pub(super) fn was_read(kept: &Registrations, registry: &Registry) -> bool {
    kept.read.iter().any(|it| **it == *registry.to_string())
}

/// Where the facts of a registered cluster are read. What its Secret leads to may move; that it is
/// still the same cluster is seen by its UID.
fn source_text(registry: &str, secret: &str) -> Box<str> {
    format!("the server of Secret {secret} of registry {registry}").into()
}

impl Registered {
    fn member(&self, name: &Label) -> Member {
        let credentials = Credentials::Held(Latest::of(&self.kubeconfig));
        Member {
            name: name.clone(),
            policy: self.policy.clone(),
            watched: Some(Watched::server(credentials, &self.policy)),
            source: source_text(&self.owner.0, &self.owner.1),
        }
    }
}

/// A cluster that wants to be registered.
struct Candidate<'w> {
    /// The position of its registry.
    at: usize,
    namespace: &'w Label,
    owner: (String, Box<str>),
    claim: &'w Claim,
}

impl Candidate<'_> {
    fn subject(&self) -> Subject {
        Subject::Secret(self.namespace.as_str().into(), self.owner.1.clone())
    }
}

/// All clusters that want to be registered. First come those that are, then the older Secrets.
fn candidates<'w>(
    watched: &'w [Watch],
    registered: &BTreeMap<Label, Registered>,
) -> Vec<Candidate<'w>> {
    let mut all = Vec::new();
    for (at, watch) in watched.iter().enumerate() {
        let registry = watch.registry.to_string();
        for (secret, found) in watch.report.found.iter().flatten() {
            for claim in &found.claims {
                let owner = (registry.clone(), secret.clone());
                let is_new = registered.get(&claim.name).is_none_or(|it| it.owner != owner);
                let namespace = &watch.registry.namespace;
                all.push((is_new, &found.created, Candidate { at, namespace, owner, claim }));
            }
        }
    }
    all.sort_by(|(is_new, created, a), (is_newer, later, b)| {
        (is_new, created, a.at, &a.owner).cmp(&(is_newer, later, b.at, &b.owner))
    });
    all.into_iter().map(|(_, _, candidate)| candidate).collect()
}

//! What is known of each hostname: those of load balancers of published Services, and those that
//! ExternalName Services stand for.
//!
//! In: shards that come and go, resolutions, the passing of time. Out: what a cluster may rely
//! on, which shards a change touches, when time alone changes something. A hostname that no
//! shard names any more is forgotten.
//! Does not know what a shard's eligibility follows from, nor how hostnames are asked for.

mod resolved_alias;

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::core::complaint::Flaw;
use crate::core::family::Family;
use crate::core::hostname::{Answer, Finding, Known, Resolution, ResolveRequest};
use crate::core::time::Moment;

use super::cluster::ClusterIndex;

pub use resolved_alias::ResolvedAlias;

/// NXDOMAIN is a fact when it is said again after so long: what was said first may be the
/// negative cache of a resolver that asked a moment before the name was made.
const DENIAL_HOLDS: Duration = Duration::from_secs(30);
/// Tries in a row that come to nothing before that is a complaint.
const PATIENCE: u32 = 3;

/// How a hostname does, in one word.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum HostnameState {
    /// It can not be resolved now; its last good addresses count.
    Failing,
    /// It does not exist: NXDOMAIN twice.
    Gone,
    /// It lies in a zone of ours or leads into one: it is not followed.
    Own,
    /// Its last answer counts.
    Resolved,
    /// It can not be resolved for longer than some cluster's `hostnameStaleLimit`.
    Stale,
    /// It could not be resolved so far.
    Unresolved,
    /// Nobody has asked for it yet.
    Untried,
}

impl HostnameState {
    /// All of them, in their own order.
    pub const ALL: [Self; 7] = [
        Self::Failing,
        Self::Gone,
        Self::Own,
        Self::Resolved,
        Self::Stale,
        Self::Unresolved,
        Self::Untried,
    ];

    /// One word for people and metrics.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Failing => "failing",
            Self::Gone => "gone",
            Self::Own => "own",
            Self::Resolved => "resolved",
            Self::Stale => "stale",
            Self::Unresolved => "unresolved",
            Self::Untried => "untried",
        }
    }
}

/// A shard, as hostnames know it: its cluster and its service's key.
pub(super) type User = (ClusterIndex, Box<[u8]>);

/// The last good addresses of one family.
#[derive(Clone, Debug, Default)]
struct Held {
    /// Sorted, each once.
    addresses: Vec<IpAddr>,
    /// When resolving began to fail, as long as it does.
    failing_since: Option<Moment>,
}

/// What is kept of a hostname across restarts: its last good addresses.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub(super) struct KeptHostname {
    name: Box<str>,
    addresses: Vec<IpAddr>,
    aliases: Vec<Box<str>>,
}

impl KeptHostname {
    pub(super) fn name(&self) -> &str {
        &self.name
    }
}

/// What is known of one hostname.
#[derive(Clone, Debug)]
pub struct Hostname {
    users: BTreeSet<User>,
    /// It lies in a zone of ours, so that nobody asks for it.
    is_own: bool,
    /// An alias of it lies in a zone of ours.
    leads_home: bool,
    aliases: Vec<Box<str>>,
    /// The least TTL of its last answer, in seconds.
    ttl: Option<u32>,
    families: [Held; 2],
    denied_since: Option<Moment>,
    is_gone: bool,
    /// Tries in a row that brought no address.
    failures: u32,
    /// Why the last try brought none.
    trouble: Option<Box<str>>,
    next_try: Option<Moment>,
    /// Whether the limit of some cluster that names it has passed.
    is_over: bool,
    /// When the limit of the next such cluster passes.
    over_at: Option<Moment>,
    since: Moment,
}

impl Hostname {
    fn new(now: Moment, is_own: bool) -> Self {
        Self {
            users: BTreeSet::new(),
            is_own,
            leads_home: false,
            aliases: Vec::new(),
            ttl: None,
            families: Default::default(),
            denied_since: None,
            is_gone: false,
            failures: 0,
            trouble: None,
            next_try: None,
            is_over: false,
            over_at: None,
            since: now,
        }
    }

    /// How it does.
    pub fn state(&self) -> HostnameState {
        if self.is_own || self.leads_home {
            HostnameState::Own
        } else if self.next_try.is_none() {
            HostnameState::Untried
        } else if self.is_gone {
            HostnameState::Gone
        } else if self.failures == 0 {
            HostnameState::Resolved
        } else if self.addresses().next().is_none() {
            HostnameState::Unresolved
        } else if self.is_over {
            HostnameState::Stale
        } else {
            HostnameState::Failing
        }
    }

    /// Since when it does so.
    pub fn since(&self) -> Moment {
        self.since
    }

    /// When it is asked for again; `None` before the first try, and where nobody asks.
    pub fn next_try(&self) -> Option<Moment> {
        self.next_try.filter(|_| !self.is_own)
    }

    /// Why the last try brought no address.
    pub fn trouble(&self) -> Option<&str> {
        self.trouble.as_deref()
    }

    /// The clusters whose Services name it, in the order of their numbers.
    pub fn clusters(&self) -> impl Iterator<Item = ClusterIndex> {
        let clusters: BTreeSet<_> = self.users.iter().map(|(cluster, _)| *cluster).collect();
        clusters.into_iter()
    }

    /// Its last good addresses.
    pub fn addresses(&self) -> impl Iterator<Item = IpAddr> {
        self.families.iter().flat_map(|held| held.addresses.iter().copied())
    }

    /// What is kept of it, where it has addresses.
    fn keep(&self, name: &str) -> Option<KeptHostname> {
        let addresses: Vec<_> = self.addresses().collect();
        let aliases = self.aliases.clone();
        (!addresses.is_empty()).then(|| KeptHostname { name: name.into(), addresses, aliases })
    }

    fn known(&self, limit: Option<Duration>, now: Moment) -> Known {
        if self.is_own || self.leads_home {
            return Known::Addresses { found: Vec::new(), ttl: None };
        }
        if self.next_try.is_none() {
            return Known::Untried;
        }
        Known::Addresses { found: self.counted(limit, now).collect(), ttl: self.ttl }
    }

    /// The addresses that count at `now` for a cluster with this limit.
    fn counted(&self, limit: Option<Duration>, now: Moment) -> impl Iterator<Item = IpAddr> {
        let counts = move |held: &&Held| held.ends(limit).is_none_or(|end| now < end);
        self.families.iter().filter(counts).flat_map(|held| held.addresses.iter().copied())
    }

    fn learn(&mut self, now: Moment, Resolution { finding, again_in }: Resolution) {
        self.next_try = Some(Moment(now.0.saturating_add(again_in)));
        match finding {
            Finding::Answered(answer) => self.hold(now, answer),
            Finding::Denied => {
                self.fail(now, "NXDOMAIN".into());
                let first = *self.denied_since.get_or_insert(now);
                if now.0.saturating_sub(first.0) >= DENIAL_HOLDS {
                    self.is_gone = true;
                    self.families = Default::default();
                }
            }
            Finding::Failed(why) => self.fail(now, why),
        }
    }

    fn hold(&mut self, now: Moment, answer: Answer) {
        for family in Family::ALL {
            let held = &mut self.families[family.index()];
            if answer.failed == Some(family) {
                held.failing_since.get_or_insert(now);
                continue;
            }
            let of_family = answer.addresses.iter().filter(|it| Family::of(**it) == family);
            let found: BTreeSet<IpAddr> = of_family.copied().collect();
            *held = Held { addresses: found.into_iter().collect(), failing_since: None };
        }
        (self.aliases, self.ttl) = (answer.aliases, answer.ttl);
        (self.denied_since, self.is_gone) = (None, false);
        (self.failures, self.trouble) = (0, None);
    }

    fn fail(&mut self, now: Moment, why: Box<str>) {
        self.failures = self.failures.saturating_add(1);
        self.trouble = Some(why);
        for held in &mut self.families {
            held.failing_since.get_or_insert(now);
        }
    }
}

impl Held {
    /// When it counts no more for a cluster with this limit.
    fn ends(&self, limit: Option<Duration>) -> Option<Moment> {
        Some(Moment(self.failing_since?.0.saturating_add(limit?)))
    }
}

/// All hostnames that are named.
#[derive(Clone, Debug, Default)]
pub(super) struct Hostnames {
    entries: BTreeMap<Box<str>, Hostname>,
    /// When which one is over for some cluster.
    ends: BTreeSet<(Moment, Box<str>)>,
    /// How many do how, in the order of [`HostnameState::ALL`].
    counts: [u64; HostnameState::ALL.len()],
}

impl Hostnames {
    pub(super) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    pub(super) fn find(&self, name: &str) -> Option<&Hostname> {
        self.entries.get(name)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, &Hostname)> {
        self.entries.iter().map(|(name, hostname)| (&**name, hostname))
    }

    pub(super) fn counts(&self) -> impl Iterator<Item = (HostnameState, u64)> {
        HostnameState::ALL.into_iter().zip(self.counts)
    }

    /// What a cluster with this `hostnameStaleLimit` may rely on.
    pub(super) fn known(&self, name: &str, limit: Option<Duration>, now: Moment) -> Known {
        self.entries.get(name).map_or(Known::Untried, |hostname| hostname.known(limit, now))
    }

    /// What is wrong with a hostname, whoever names it.
    pub(super) fn flaw(&self, name: &str) -> Option<Flaw> {
        let hostname = self.entries.get(name)?;
        match hostname.state() {
            HostnameState::Own => Some(Flaw::HostnameInOwnZone(name.into())),
            HostnameState::Gone => Some(Flaw::HostnameGone(name.into())),
            _ if hostname.failures >= PATIENCE => Some(Flaw::HostnameUnresolved(name.into())),
            _ => None,
        }
    }

    /// The shards that name one of these.
    pub(super) fn users_of(&self, names: &[Box<str>]) -> BTreeSet<User> {
        let found = names.iter().filter_map(|name| self.entries.get(name));
        found.flat_map(|hostname| hostname.users.iter().cloned()).collect()
    }

    /// A shard names these hostnames now and, of `before`, no others.
    pub(super) fn link(
        &mut self,
        now: Moment,
        user: &User,
        (before, names): (&BTreeSet<Box<str>>, &BTreeSet<Box<str>>),
        is_own: impl Fn(&str) -> bool,
        resolve_requests: &mut Vec<ResolveRequest>,
    ) {
        for name in names {
            if !self.entries.contains_key(name) {
                let hostname = Hostname::new(now, is_own(name));
                if !hostname.is_own {
                    resolve_requests.push(ResolveRequest::Ask(name.clone()));
                }
                self.counts[hostname.state() as usize] += 1;
                self.entries.insert(name.clone(), hostname);
            }
            self.entries.get_mut(name).map(|hostname| hostname.users.insert(user.clone()));
        }
        for name in before.difference(names) {
            let Some(hostname) = self.entries.get_mut(name) else { continue };
            hostname.users.remove(user);
            if hostname.users.is_empty() {
                self.forget(name, resolve_requests);
            }
        }
    }

    fn forget(&mut self, name: &str, resolve_requests: &mut Vec<ResolveRequest>) {
        let Some((name, hostname)) = self.entries.remove_entry(name) else { return };
        self.counts[hostname.state() as usize] -= 1;
        if !hostname.is_own {
            resolve_requests.push(ResolveRequest::Forget(name.clone()));
        }
        if let Some(end) = hostname.over_at {
            self.ends.remove(&(end, name));
        }
    }

    /// Takes in what a resolver said of a hostname that is wanted.
    pub(super) fn learn(
        &mut self,
        now: Moment,
        name: &str,
        resolution: Resolution,
        is_own: impl Fn(&str) -> bool,
    ) {
        self.change(now, name, |hostname| {
            hostname.learn(now, resolution);
            hostname.leads_home = hostname.aliases.iter().any(|alias| is_own(alias));
        });
    }

    /// What is kept of one hostname.
    pub(super) fn keep(&self, name: &str) -> Option<KeptHostname> {
        self.entries.get(name)?.keep(name)
    }

    /// Takes in what an earlier run kept of a hostname: good until it is asked for, like what was
    /// known of one that can not be resolved since `now`.
    pub(super) fn restore(
        &mut self,
        now: Moment,
        kept: KeptHostname,
        is_own: impl Fn(&str) -> bool,
    ) {
        let KeptHostname { name, addresses, aliases } = kept;
        self.change(now, &name, |hostname| {
            hostname.hold(now, Answer { addresses, aliases, ..Answer::default() });
            hostname.fail(now, "it was not asked for since the restart".into());
            hostname.leads_home = hostname.aliases.iter().any(|alias| is_own(alias));
            hostname.next_try = Some(now);
        });
    }

    /// Whether the world asks for a hostname.
    pub(super) fn is_wanted(&self, name: &str) -> bool {
        self.entries.get(name).is_some_and(|hostname| !hostname.is_own)
    }

    /// Those that lie in a zone of ours, or lead there, and did not before, or the reverse.
    pub(super) fn moved(&self, is_own: impl Fn(&str) -> bool) -> Vec<Box<str>> {
        let has_moved = |(name, it): &(&str, &Hostname)| {
            it.is_own != is_own(name) || it.leads_home != it.aliases.iter().any(|it| is_own(it))
        };
        self.iter().filter(has_moved).map(|(name, _)| name.into()).collect()
    }

    /// Zones of ours have changed around a hostname. What was known of one that is asked for no
    /// more is forgotten.
    pub(super) fn move_one(
        &mut self,
        now: Moment,
        name: &str,
        is_own: impl Fn(&str) -> bool,
        resolve_requests: &mut Vec<ResolveRequest>,
    ) {
        self.change(now, name, |hostname| {
            let was_own = hostname.is_own;
            hostname.is_own = is_own(name);
            hostname.leads_home = hostname.aliases.iter().any(|alias| is_own(alias));
            if was_own != hostname.is_own {
                let users = std::mem::take(&mut hostname.users);
                // Its end is taken back when it is reckoned again.
                let over_at = hostname.over_at;
                *hostname = Hostname { users, over_at, ..Hostname::new(now, hostname.is_own) };
                let request = if was_own { ResolveRequest::Ask } else { ResolveRequest::Forget };
                resolve_requests.push(request(name.into()));
            }
        });
    }

    fn change(&mut self, now: Moment, name: &str, change: impl FnOnce(&mut Hostname)) {
        let Some(hostname) = self.entries.get_mut(name) else { return };
        let before = hostname.state();
        change(hostname);
        let after = hostname.state();
        self.counts[before as usize] -= 1;
        self.counts[after as usize] += 1;
        if before != after {
            hostname.since = now;
        }
    }

    /// Reckons when time alone will change what counts of a hostname; `limit` is that of a
    /// cluster.
    pub(super) fn reckon(
        &mut self,
        now: Moment,
        name: &str,
        limit: impl Fn(ClusterIndex) -> Option<Duration>,
    ) {
        let Some(hostname) = self.entries.get(name) else { return };
        let limits: BTreeSet<_> =
            hostname.users.iter().filter_map(|(cluster, _)| limit(*cluster)).collect();
        let held = hostname.families.iter().filter(|held| !held.addresses.is_empty());
        let ends: BTreeSet<Moment> = held
            .flat_map(|held| limits.iter().filter_map(|limit| held.ends(Some(*limit))))
            .collect();
        let before = hostname.over_at;
        let after = ends.iter().find(|end| **end > now).copied();
        let is_over = ends.first().is_some_and(|end| *end <= now);
        self.change(now, name, |hostname| {
            (hostname.is_over, hostname.over_at) = (is_over, after);
        });
        if let Some(before) = before {
            self.ends.remove(&(before, name.into()));
        }
        if let Some(after) = after {
            self.ends.insert((after, name.into()));
        }
    }

    /// When the next one is over for some cluster.
    pub(super) fn next_end(&self) -> Option<Moment> {
        self.ends.first().map(|(end, _)| *end)
    }

    /// Those that are over for some cluster at `now`, and were not before.
    pub(super) fn ended(&self, now: Moment) -> Vec<Box<str>> {
        let ended = self.ends.iter().take_while(|(end, _)| *end <= now);
        ended.map(|(_, name)| name.clone()).collect()
    }
}

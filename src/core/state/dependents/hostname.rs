//! A hostname as what shards depend on: those of load balancers of published Services, and those that
//! ExternalName Services stand for.
//!
//! In: resolutions, moments. Out: what a cluster may rely on, and what is wrong with a hostname.
//! Does not know who names it, what a shard's eligibility follows from, nor how it is asked for.

mod resolved_alias;

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::core::complaint::Flaw;
use crate::core::family::Family;
use crate::core::hostname::{Answer, Finding, Known, Resolution, ResolveRequest};
use crate::core::policy::LEAST_HOSTNAME_TTL;
use crate::core::time::Moment;

use super::{Subject, Wanted};

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

/// The last good addresses of one family.
#[derive(Clone, Debug, Default)]
struct Held {
    /// Sorted, each once.
    addresses: Vec<IpAddr>,
    /// When resolving began to fail, as long as it does.
    failing_since: Option<Moment>,
    /// Whether anybody has said since the start what the family has, if only that it has nothing.
    is_said: bool,
}

/// What is kept of a hostname across restarts: its last good addresses.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub(in crate::core::state) struct KeptHostname {
    name: Box<str>,
    addresses: Vec<IpAddr>,
    aliases: Vec<Box<str>>,
}

impl KeptHostname {
    pub(in crate::core::state) fn name(&self) -> &str {
        &self.name
    }
}

/// A hostname that shards name.
pub type Hostname = Wanted<HostnameFacts>;

/// What is known of one hostname.
#[derive(Clone, Debug)]
pub struct HostnameFacts {
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
}

impl Hostname {
    /// How it does.
    pub fn state(&self) -> HostnameState {
        self.facts.condition()
    }

    /// When it is asked for again; `None` before the first try, and where nobody asks.
    pub fn next_try(&self) -> Option<Moment> {
        self.facts.next_try.filter(|_| !self.facts.is_own)
    }

    /// Why the last try brought no address.
    pub fn trouble(&self) -> Option<&str> {
        self.facts.trouble.as_deref()
    }

    /// Its last good addresses.
    pub fn addresses(&self) -> impl Iterator<Item = IpAddr> {
        self.facts.addresses()
    }
}

impl Subject for HostnameFacts {
    type Key = Box<str>;
    type Condition = HostnameState;
    type Request = ResolveRequest;

    fn condition(&self) -> HostnameState {
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

    fn is_asked(&self) -> bool {
        !self.is_own
    }

    fn ask(name: Box<str>) -> ResolveRequest {
        ResolveRequest::Ask(name)
    }

    fn forget(name: Box<str>) -> ResolveRequest {
        ResolveRequest::Forget(name)
    }

    fn ends(&self, limit: Duration) -> impl Iterator<Item = Moment> {
        let held = self.families.iter().filter(|held| !held.addresses.is_empty());
        held.filter_map(move |held| held.ends(Some(limit)))
    }

    fn note_over(&mut self, is_over: bool) {
        self.is_over = is_over;
    }
}

impl HostnameFacts {
    /// A hostname of which nothing is known but whether it lies in a zone of ours.
    pub(in crate::core::state) fn new(is_own: bool) -> Self {
        Self {
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
        }
    }

    fn addresses(&self) -> impl Iterator<Item = IpAddr> {
        self.families.iter().flat_map(|held| held.addresses.iter().copied())
    }

    /// What is kept of it, where it has addresses.
    pub(in crate::core::state) fn keep(&self, name: &str) -> Option<KeptHostname> {
        let addresses: Vec<_> = self.addresses().collect();
        let aliases = self.aliases.clone();
        (!addresses.is_empty()).then(|| KeptHostname { name: name.into(), addresses, aliases })
    }

    /// What a cluster with this `hostnameStaleLimit` may rely on at `now`.
    pub(in crate::core::state) fn known(&self, limit: Option<Duration>, now: Moment) -> Known {
        if self.is_own || self.leads_home {
            return Known::Addresses { found: Vec::new(), ttl: None };
        }
        if self.next_try.is_none() {
            return Known::Untried;
        }
        Known::Addresses { found: self.counted(limit, now).collect(), ttl: self.lifetime() }
    }

    /// How long what is known of it may be kept, in seconds; `None` where nobody told. Not long where a
    /// family was never spoken of: it may come at any moment. That is so of both after a restart.
    fn lifetime(&self) -> Option<u32> {
        let is_whole = self.families.iter().all(|held| held.is_said);
        let bound = (!is_whole).then_some(LEAST_HOSTNAME_TTL);
        self.ttl.into_iter().chain(bound).min()
    }

    /// The addresses that count at `now` for a cluster with this limit.
    fn counted(&self, limit: Option<Duration>, now: Moment) -> impl Iterator<Item = IpAddr> {
        let counts = move |held: &&Held| held.ends(limit).is_none_or(|end| now < end);
        self.families.iter().filter(counts).flat_map(|held| held.addresses.iter().copied())
    }

    /// What is wrong with it, whoever names it.
    pub(in crate::core::state) fn flaw(&self, name: &str) -> Option<Flaw> {
        match self.condition() {
            HostnameState::Own => Some(Flaw::HostnameInOwnZone(name.into())),
            HostnameState::Gone => Some(Flaw::HostnameGone(name.into())),
            _ if self.failures >= PATIENCE => Some(Flaw::HostnameUnresolved(name.into())),
            _ => None,
        }
    }

    /// Takes in what a resolver said.
    pub(in crate::core::state) fn learn(
        &mut self,
        now: Moment,
        resolution: Resolution,
        is_own: impl Fn(&str) -> bool,
    ) {
        self.note(now, resolution);
        self.leads_home = self.leads_to(is_own);
    }

    /// Takes in what an earlier run kept: good until it is asked for, like what was known of one
    /// that can not be resolved since `now`.
    pub(in crate::core::state) fn restore(
        &mut self,
        now: Moment,
        kept: KeptHostname,
        is_own: impl Fn(&str) -> bool,
    ) {
        let KeptHostname { addresses, aliases, .. } = kept;
        self.hold(now, Answer { addresses, aliases, ..Answer::default() });
        self.families.iter_mut().for_each(|held| held.is_said = false);
        self.fail(now, "it was not asked for since the restart".into());
        self.leads_home = self.leads_to(is_own);
        self.next_try = Some(now);
    }

    /// Whether it lies in a zone of ours, or leads there, and did not before, or the reverse.
    pub(in crate::core::state) fn has_moved(
        &self,
        name: &str,
        is_own: impl Fn(&str) -> bool,
    ) -> bool {
        self.is_own != is_own(name) || self.leads_home != self.leads_to(is_own)
    }

    /// Zones of ours have changed around it. What was known of one that nobody asked for, or that
    /// nobody asks for any more, is forgotten.
    pub(in crate::core::state) fn move_zones(&mut self, name: &str, is_own: impl Fn(&str) -> bool) {
        if self.is_own == is_own(name) {
            self.leads_home = self.leads_to(is_own);
        } else {
            *self = Self::new(!self.is_own);
        }
    }

    fn leads_to(&self, is_own: impl Fn(&str) -> bool) -> bool {
        self.aliases.iter().any(|alias| is_own(alias))
    }

    fn note(&mut self, now: Moment, Resolution { finding, again_in }: Resolution) {
        self.next_try = Some(Moment(now.0.saturating_add(again_in)));
        match finding {
            Finding::Answered(answer) if self.would_be_empty(&answer) => {
                self.fail(now, "it has no address of one family, and the other fails".into());
            }
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

    /// Whether an answer without addresses would leave none: that is never a fact.
    fn would_be_empty(&self, answer: &Answer) -> bool {
        let stays = |family: &Family| [answer.failed, answer.awaited].contains(&Some(*family));
        let mut staying = Family::ALL.iter().filter(|family| stays(family));
        answer.addresses.is_empty()
            && staying.all(|family| self.families[family.index()].addresses.is_empty())
    }

    /// Takes in an answer: of each family that it speaks of what it says, of the other what was known.
    fn hold(&mut self, now: Moment, answer: Answer) {
        for family in Family::ALL {
            let held = &mut self.families[family.index()];
            if answer.awaited == Some(family) {
                continue;
            }
            if answer.failed == Some(family) {
                held.failing_since.get_or_insert(now);
                continue;
            }
            let of_family = answer.addresses.iter().filter(|it| Family::of(**it) == family);
            let found: BTreeSet<IpAddr> = of_family.copied().collect();
            let addresses = found.into_iter().collect();
            *held = Held { addresses, failing_since: None, is_said: true };
        }
        if !answer.addresses.is_empty() {
            // Else those of before stay, with what led to them.
            (self.aliases, self.ttl) = (answer.aliases, answer.ttl);
        }
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

//! When which hostname is asked for: a value that is told what happens, and never sleeps.
//!
//! In: requests to resolve, findings, moments, random numbers. Out: what is to be asked now, and when to look
//! again. At most so many are asked for at once; who waited longest is next.
//! Does not know resolvers or tasks.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use crate::core::hostname::Finding;
use crate::core::time::Moment;

use super::resolver_reply::ResolverReply;

/// However short a TTL is, no hostname is asked for more often.
const LEAST: Duration = Duration::from_secs(5);
/// However long it is, an address that moves is seen after so long.
const MOST: Duration = Duration::from_secs(600);
/// After a first failure; each further one doubles it.
const FIRST_RETRY: Duration = Duration::from_secs(1);
/// A resolver that comes back is noticed after so long at the latest.
const LAST_RETRY: Duration = Duration::from_secs(60);
/// After NXDOMAIN: the third try then stands 30 seconds behind the first, which makes it a fact.
const DENIED_RETRY: Duration = Duration::from_secs(10);
/// How often in a row that is done. Then the name is taken for gone, and asked for rarely.
const DENIED_TRIES: u32 = 4;

#[derive(Debug)]
struct Entry {
    /// When it is due; `None` while it is asked for.
    due: Option<Moment>,
    /// What it is asked with, if it is.
    ticket: u64,
    failures: u32,
    denials: u32,
}

/// A hostname that is asked for, and the ticket that its finding is told by.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct Asked {
    /// The hostname.
    pub hostname: Box<str>,
    /// Another one each time that it is asked for.
    pub ticket: u64,
}

/// All hostnames that are wanted.
#[derive(Debug)]
pub struct Schedule {
    entries: BTreeMap<Box<str>, Entry>,
    due: BTreeSet<(Moment, Box<str>)>,
    most: usize,
    asked: usize,
    tickets: u64,
}

impl Schedule {
    /// A schedule of nothing; at most `most` are asked for at once.
    pub fn new(most: usize) -> Self {
        let (entries, due) = (BTreeMap::new(), BTreeSet::new());
        Self { entries, due, most, asked: 0, tickets: 0 }
    }

    /// A hostname is wanted from now on: it is due.
    pub fn want(&mut self, now: Moment, name: Box<str>) {
        let entry = Entry { due: Some(now), ticket: 0, failures: 0, denials: 0 };
        self.forget(&name);
        self.due.insert((now, name.clone()));
        self.entries.insert(name, entry);
    }

    /// It is wanted no more. What is still being asked for it says nothing.
    pub fn forget(&mut self, name: &str) {
        if let Some((name, Entry { due: Some(due), .. })) = self.entries.remove_entry(name) {
            self.due.remove(&(due, name));
        }
    }

    /// All are due: whom they were asked of has changed.
    pub fn restart(&mut self, now: Moment) {
        let names: Vec<_> = self.entries.keys().cloned().collect();
        names.into_iter().for_each(|name| self.want(now, name));
    }

    /// A hostname to ask for now.
    pub fn start(&mut self, now: Moment) -> Option<Asked> {
        if self.asked >= self.most || self.due.first()?.0 > now {
            return None;
        }
        let (_, name) = self.due.pop_first()?;
        let entry = self.entries.get_mut(&name)?;
        self.tickets += 1;
        self.asked += 1;
        (entry.due, entry.ticket) = (None, self.tickets);
        Some(Asked { hostname: name, ticket: self.tickets })
    }

    /// Whether it is still being asked for with this ticket: what is said of it counts.
    pub fn is_asked(&self, Asked { hostname, ticket }: &Asked) -> bool {
        self.entries.get(hostname).is_some_and(|it| it.due.is_none() && it.ticket == *ticket)
    }

    /// What was asked for has come to an end; `draw` is random. Gives how long until it is asked
    /// for again; `None` where it is wanted no more, or is already asked for anew.
    pub fn settle(
        &mut self,
        now: Moment,
        asked: &Asked,
        said: &ResolverReply,
        draw: u64,
    ) -> Option<Duration> {
        self.asked -= 1;
        if !self.is_asked(asked) {
            return None;
        }
        let hostname = &asked.hostname;
        let entry = self.entries.get_mut(hostname)?;
        let again_in = entry.again_in(said, draw);
        let due = Moment(now.0 + again_in);
        entry.due = Some(due);
        self.due.insert((due, hostname.clone()));
        Some(again_in)
    }

    /// When the next one is due; `None` while nothing is, or no more may be asked for.
    pub fn next(&self) -> Option<Moment> {
        let (due, _) = self.due.first()?;
        (self.asked < self.most).then_some(*due)
    }
}

impl Entry {
    fn again_in(&mut self, said: &ResolverReply, draw: u64) -> Duration {
        let share = |of: Duration| of.mul_f64((draw >> 11) as f64 / (1_u64 << 53) as f64);
        let (denials, failures) = (self.denials + 1, self.failures + 1);
        (self.denials, self.failures) = (0, 0);
        let ttl = said.ttl.clamp(LEAST, MOST);
        // Later than the TTL's end: a moment before it a resolver's cache would say the same.
        let refresh = ttl + share(ttl / 10);
        let doubled = FIRST_RETRY.saturating_mul(1 << (failures - 1).min(16)).min(LAST_RETRY);
        let retry = doubled / 2 + share(doubled / 2);
        match &said.finding {
            Finding::Answered(answer) if answer.failed.is_none() => refresh,
            Finding::Answered(_) => {
                self.failures = failures;
                refresh.min(retry)
            }
            Finding::Denied => {
                self.denials = denials;
                let wait = if denials <= DENIED_TRIES { DENIED_RETRY } else { LAST_RETRY };
                wait + wait / 50 + share(wait / 10)
            }
            Finding::Failed(_) => {
                (self.denials, self.failures) = (denials - 1, failures);
                retry
            }
        }
    }
}

#[cfg(test)]
mod tests;

//! The operator's word: drains and pins, their ends, and what they leave of a shard.
//!
//! In: a run, at whatever moment its dice choose. Out: who waits, who is out, and when that ends, read off the list
//! of what was said. Does not know how ground state follows it.

use fedns::core::overrides::{Action, Override, Source, Target};

use super::model::{Cluster, SERVICES, key};
use super::run::{PLACES, Run};
use crate::support::label;

/// What the operator's word leaves of a shard.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct Word {
    pub(crate) waits: bool,
    pub(crate) is_out: bool,
    /// When the first of what is said of it ends, in unix seconds.
    pub(crate) ends: Option<u64>,
}

impl Run {
    /// An operator says something, or takes something back.
    pub(crate) fn speak(&mut self) {
        let now = self.sim.told().unix_seconds;
        let is_taken_back = self.dice.is_once_in(3) && !self.said.is_empty();
        if is_taken_back {
            let at = self.dice.below(self.said.len());
            let taken = self.said.remove(at);
            self.last = format!("release of {}", taken.action);
        } else {
            let action = self.action();
            self.last = format!("{action}");
            let until = Some(now + [4, 70, 101, 170, 900, 7_200][self.dice.below(6)]);
            self.words += 1;
            self.said.push(Override {
                id: format!("o{}", self.words).into(),
                action,
                until,
                since: Some(now),
                reason: "it".into(),
                by: None,
                source: Source::Command,
            });
        }
        // What ended long ago is said by nobody any more.
        self.said.retain(|it| it.until.is_some_and(|until| until + 10_000 > now));
        self.sim.set_overrides(self.said.clone());
    }

    fn action(&mut self) -> Action {
        let service = key(self.dice.below(SERVICES));
        let at = self.dice.below(PLACES.len());
        let cluster = self.clusters[at].name.clone();
        let (zone, region) = PLACES[at].split_once('.').unwrap();
        let target = match self.dice.below(7) {
            0 => Target::Cluster(cluster),
            1 => Target::Region(label(region)),
            2 => Target::Zone(label(zone), Some(label(region))),
            3 => Target::Zone(label(zone), None),
            4 => Target::Service(service, None),
            5 => Target::Service(service, Some(cluster)),
            _ => return Action::Pin { service, cluster },
        };
        Action::Drain { target, is_hard: self.dice.is_once_in(4) }
    }

    /// Somebody sets the wall clock, and the process looks at it.
    pub(crate) fn set_clock(&mut self) {
        let now = self.sim.told().unix_seconds as i64;
        let step = [-7_000, -60, 60, 900, 7_000][self.dice.below(5)];
        self.sim.set_wall_clock(now + step);
        self.sim.pass_to(self.sim.now);
        self.last = format!("clock set by {step} seconds");
    }

    /// What is said of a cluster's shard of a service now.
    pub(crate) fn word(&self, cluster: &Cluster, service: usize) -> Word {
        let now = self.sim.told().unix_seconds;
        let mut word = Word::default();
        let own = cluster.heard[service].balancer.and_then(|it| it.drain());
        let own = own.map(|drain| Said { until: drain.until.unwrap(), is_hard: drain.is_hard });
        let said = self.said.iter().filter_map(|it| {
            let is_hard = is_hard_on(&it.action, cluster, service)?;
            Some(Said { until: it.until.unwrap(), is_hard })
        });
        for said in said.chain(own).filter(|it| now < it.until) {
            word.waits = true;
            word.is_out |= said.is_hard;
            word.ends = word.ends.into_iter().chain([said.until]).min();
        }
        word
    }
}

struct Said {
    until: u64,
    is_hard: bool,
}

/// Whether what is said touches the shard, and then whether it is hard.
fn is_hard_on(action: &Action, cluster: &Cluster, service: usize) -> Option<bool> {
    let (zone, region) = cluster.place.split_once('.').unwrap();
    match action {
        Action::Pin { service: of, cluster: to } => {
            (*of == key(service) && *to != cluster.name).then_some(false)
        }
        Action::Drain { target, is_hard } => {
            let is_about = match target {
                Target::Cluster(of) => *of == cluster.name,
                Target::Region(of) => of.as_str() == region,
                Target::Zone(of, within) => {
                    of.as_str() == zone && within.as_ref().is_none_or(|it| it.as_str() == region)
                }
                Target::Service(of, within) => {
                    *of == key(service) && within.as_ref().is_none_or(|it| *it == cluster.name)
                }
            };
            is_about.then_some(*is_hard)
        }
    }
}

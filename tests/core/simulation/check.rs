//! What is answered, held against what was heard or kept last.
//!
//! In: a run at any moment. Out: a panic that says which answer was wrong, after which step.
//! Does not know how the run came there.

use std::collections::BTreeSet;
use std::net::Ipv4Addr;

use fedns::core::policy::{Publish, SILENT_AFTER};
use hickory_proto::op::{Message, ResponseCode};
use hickory_proto::rr::RData;
use hickory_proto::rr::rdata::opt::EdnsOption;

use super::model::{Balancer, Cluster, SERVICES};
use super::run::{PLACES, Run};
use crate::support::Sim;
use crate::support::packet::Ask;

/// What an answer may rest on.
#[derive(Default)]
struct Expected {
    addresses: BTreeSet<Ipv4Addr>,
    is_stale: bool,
    is_untried: bool,
    /// Whether they wait behind others that there are not.
    waits: bool,
    /// The longest that it may live, by what the operator said of shards that stand there, in seconds.
    lives: Option<u64>,
}

/// Behind whom a shard waits.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
enum Wait {
    No,
    ForActive,
    ForStandby,
}

impl Run {
    /// The addresses that answer for a service, whether one of them is vouched for by silent
    /// clusters alone, and whether a hostname was not tried yet.
    fn expected(&self, service: usize, place: &str) -> Expected {
        let now = self.now();
        let here = self.clusters.iter().filter(|it| it.counts(now) && it.place.ends_with(place));
        let here: Vec<_> = here.collect();
        let mut expected = Expected::default();
        let mut vouched = BTreeSet::new();
        let waits = here.iter().filter_map(|it| self.waits(it, service)).min();
        // At places active shards alone answer.
        let wait = waits.filter(|wait| place.is_empty() || *wait == Wait::No);
        expected.waits = wait.is_some_and(|wait| wait != Wait::No);
        for cluster in here {
            let word = self.word(cluster, service);
            if let Some(Balancer::Hostname(host)) = cluster.heard[service].served_balancer(service)
            {
                expected.is_untried |= !self.hosts[host].is_tried && !word.waits;
            }
            let addresses = self.addresses(cluster, service);
            if !addresses.is_empty() {
                let left = word.ends.map(|end| end - self.sim.told().unix_seconds);
                expected.lives = expected.lives.into_iter().chain(left).min();
            }
            if wait.is_none() || self.waits(cluster, service) != wait {
                continue;
            }
            expected.addresses.extend(&addresses);
            if cluster.silence(now) < SILENT_AFTER {
                vouched.extend(addresses);
            }
        }
        expected.is_stale = !expected.addresses.is_subset(&vouched);
        expected
    }

    /// Behind whom a cluster's shard waits; `None` where it does not answer at all.
    fn waits(&self, cluster: &Cluster, service: usize) -> Option<Wait> {
        let word = self.word(cluster, service);
        if word.is_out || self.addresses(cluster, service).is_empty() {
            return None;
        }
        Some(match (word.waits, cluster.heard[service].stands_by()) {
            (true, _) => Wait::ForStandby,
            (false, true) => Wait::ForActive,
            (false, false) => Wait::No,
        })
    }

    /// How many services do how, by what was heard.
    pub(crate) fn check_counts(&self) {
        let mut expected = [0; 3];
        for service in 0..SERVICES {
            let registered = self.clusters.iter().filter(|it| it.is_registered);
            let published: Vec<_> =
                registered.filter(|it| it.heard[service].balancer.is_some()).collect();
            let answer = published.iter().filter(|it| self.waits(it, service).is_some()).count();
            match (answer, published.len()) {
                (_, 0) => {}
                (0, _) => expected[2] += 1,
                (answer, published) => expected[usize::from(answer < published)] += 1,
            }
        }
        let counts = self.sim.state.health_counts(Publish::All);
        let counts: Vec<_> = counts.map(|(_, count)| count).collect();
        // Whether somebody misses what does not answer is another question.
        let counts = [counts[0], counts[1], counts[2] + counts[3]];
        assert_eq!(counts, expected, "healthy, degraded and neither after {}", self.last);
    }

    /// The addresses of a shard that count now.
    fn addresses(&self, cluster: &Cluster, service: usize) -> Vec<Ipv4Addr> {
        if !cluster.counts(self.now()) {
            return Vec::new();
        }
        match cluster.heard[service].served_balancer(service) {
            None => Vec::new(),
            Some(Balancer::Address(address)) => vec![address],
            Some(Balancer::Hostname(host)) => {
                self.hosts[host].counts(cluster.hostname_limit, self.now()).to_vec()
            }
        }
    }

    /// Asks for a service at some place.
    pub(crate) fn check(&mut self, service: usize) {
        let place = PLACES[self.dice.below(PLACES.len())];
        let region = place.split_once('.').unwrap().1;
        let reply = ask(&mut self.sim, service, place);
        let is_published =
            self.clusters.iter().any(|it| it.is_registered && it.heard[service].balancer.is_some());
        let told = || format!("s{service} at {place} after {}: {reply}", self.last);
        if !is_published {
            // A cluster of which nothing is known may have it. A place that no registered cluster has
            // shown is no name.
            let is_awaited = self.clusters.iter().any(|it| it.is_registered && !it.is_known);
            let expected = if is_awaited { ResponseCode::ServFail } else { ResponseCode::NXDomain };
            return assert_eq!(reply.metadata.response_code, expected, "{}", told());
        }
        let shows = |it: &Cluster| it.is_registered && it.is_known && it.place == place;
        let exists = self.clusters.iter().any(shows);
        if !exists {
            return;
        }
        assert_eq!(reply.metadata.response_code, ResponseCode::NoError, "{}", told());
        let levels = [place, region, ""].map(|level| self.expected(service, level));
        let end = levels.iter().position(|it| !it.addresses.is_empty()).unwrap_or(2);
        let expected = &levels[end];
        let given: BTreeSet<_> = reply
            .answers
            .iter()
            .filter_map(|record| if let RData::A(a) = &record.data { Some(a.0) } else { None })
            .collect();
        assert_eq!(given, expected.addresses, "{}", told());
        assert_eq!(reply.answers.len() - given.len(), end, "{}", told());
        let most = expected.lives.map_or(u64::MAX, |lives| lives.max(5));
        let most = most.min(if expected.waits { 30 } else { 180 });
        for record in &reply.answers {
            assert!(u64::from(record.ttl) <= most, "{most} s at most: {}", told());
        }
        if expected.is_untried {
            let is_short = reply.answers.iter().all(|record| record.ttl <= 5);
            assert!(is_short, "a hostname was not tried: {}", told());
        }
        let errors = extended_errors(&reply);
        assert!(!expected.is_stale || errors.contains(&3), "EDE 3 is missing: {}", told());
        // The grace is over from the start: what was never read is gone without, for a short time.
        let is_missed = self.clusters.iter().any(|it| it.is_registered && !it.is_known);
        assert_eq!(errors.contains(&14), is_missed, "EDE 14: {}", told());
        if is_missed {
            let is_short = reply.answers.iter().all(|record| record.ttl <= 5);
            assert!(is_short, "a cluster was never read: {}", told());
        }
    }
}

/// The codes of a reply's extended errors (RFC 8914, section 2).
fn extended_errors(reply: &Message) -> BTreeSet<u16> {
    let options = reply.edns.iter().flat_map(|edns| &edns.options().options);
    let code = |option: &EdnsOption| match option {
        EdnsOption::Unknown(15, data) if data.len() >= 2 => {
            Some(u16::from_be_bytes([data[0], data[1]]))
        }
        _ => None,
    };
    options.filter_map(|(_, option)| code(option)).collect()
}

pub(crate) fn ask(sim: &mut Sim, service: usize, place: &str) -> Message {
    let name = format!("s{service}.shop.fed.svc.{place}.example.com");
    let mut ask = Ask::new(&name, "A");
    _ = ask.edns.get_or_insert_default();
    Message::from_vec(&sim.ask(&ask)).unwrap()
}

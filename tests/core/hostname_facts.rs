//! What ground state makes of hostnames, held against a naive model that remembers all that was
//! said and reckons from the beginning each time.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use fedns::core::answer::{Scratch, Transport};
use fedns::core::event::{ClusterEvent, Facts, ObjectKey};
use fedns::core::family::Family;
use fedns::core::hostname::{Answer, Finding, Resolution, ResolveRequest};
use fedns::core::policy::{ClusterPolicy, Policy, Publish};
use fedns::core::selection::Selection;
use fedns::core::service::{Ingress, ServiceFacts};
use fedns::core::snapshot::Publisher;
use fedns::core::state::{Changes, State};
use fedns::core::time::{Moment, Now};
use fedns::core::topology::PlaceId;
use proptest::prelude::*;
use proptest::sample::select;

use crate::support::facts::{self, SYNCED, key};
use crate::support::packet::Ask;
use crate::support::{START, UNIX_AT_START, answer_with, label, request};

const CLUSTERS: [&str; 2] = ["east", "west"];
const SERVICES: [&str; 3] = ["shop/a", "shop/b", "shop/c"];
const HOSTS: [&str; 4] = ["one.test", "two.test", "lb.example.com", "lb.example.org"];
const DOMAINS: [&str; 2] = ["example.com", "example.org"];

#[derive(Clone, Debug)]
enum Step {
    Names(&'static str, &'static str, Vec<&'static str>),
    Loses(&'static str, &'static str),
    Resolved(&'static str, Finding),
    Passes(u64),
    Domain(&'static str),
    Limit(&'static str, Option<u64>),
}

fn step() -> impl Strategy<Value = Step> {
    let cluster = || select(CLUSTERS.to_vec());
    let service = || select(SERVICES.to_vec());
    let hosts = prop::collection::vec(select(HOSTS.to_vec()), 0..3);
    let limit = prop::option::of(select(vec![0, 20, 45]));
    prop_oneof![
        4 => (cluster(), service(), hosts).prop_map(|(c, s, hosts)| Step::Names(c, s, hosts)),
        1 => (cluster(), service()).prop_map(|(c, s)| Step::Loses(c, s)),
        8 => (select(HOSTS.to_vec()), finding()).prop_map(|(host, it)| Step::Resolved(host, it)),
        4 => (1..40_u64).prop_map(Step::Passes),
        1 => select(DOMAINS.to_vec()).prop_map(Step::Domain),
        1 => (cluster(), limit).prop_map(|(cluster, limit)| Step::Limit(cluster, limit)),
    ]
}

fn finding() -> impl Strategy<Value = Finding> {
    let address = select(vec!["192.0.2.1", "192.0.2.2", "2001:db8::1", "2001:db8::2", "127.0.0.1"]);
    let addresses = prop::collection::vec(address.prop_map(|text| text.parse().unwrap()), 1..4);
    // Of a family it is said that nobody can say anything, or that more is said soon.
    let unsaid = (prop::option::weighted(0.4, select(Family::ALL.to_vec())), any::<bool>());
    let aliases = prop::option::weighted(0.2, select(vec!["x.test", "x.example.org"]));
    let answer =
        (addresses, unsaid, aliases).prop_map(|(addresses, (unsaid, has_failed), alias)| {
            let is_said = |address: &IpAddr| Some(Family::of(*address)) != unsaid;
            let addresses: Vec<_> = addresses.into_iter().filter(is_said).collect();
            let aliases = alias.into_iter().map(Into::into).collect();
            let (failed, awaited) = if has_failed { (unsaid, None) } else { (None, unsaid) };
            Finding::Answered(Answer { addresses, failed, awaited, aliases, ttl: None })
        });
    let answer = answer.prop_filter(
        "an answer has addresses",
        |it| matches!(it, Finding::Answered(answer) if !answer.addresses.is_empty()),
    );
    prop_oneof![
        3 => answer,
        2 => Just(Finding::Failed("SERVFAIL".into())),
        3 => Just(Finding::Denied),
    ]
}

/// All that was said, and what follows from it by the letter of the contract.
struct Model {
    now: u64,
    domain: &'static str,
    limits: BTreeMap<&'static str, u64>,
    shards: BTreeMap<(&'static str, &'static str), Vec<&'static str>>,
    /// By hostname that is wanted: what was said of it since, and when.
    said: BTreeMap<&'static str, Vec<(u64, Finding)>>,
}

impl Model {
    fn is_own(&self, host: &str) -> bool {
        host == self.domain || host.ends_with(&format!(".{}", self.domain))
    }

    fn wanted(&self) -> BTreeSet<&'static str> {
        let named = self.shards.values().flatten().copied();
        named.filter(|host| !self.is_own(host)).collect()
    }

    fn hear(&mut self, step: &Step) {
        match step {
            Step::Names(cluster, service, hosts) => {
                self.shards.insert((cluster, service), hosts.clone());
            }
            Step::Loses(cluster, service) => _ = self.shards.remove(&(*cluster, *service)),
            Step::Resolved(host, finding) => {
                let now = self.now;
                if let Some(said) = self.said.get_mut(host) {
                    said.push((now, finding.clone()));
                }
            }
            Step::Passes(seconds) => self.now += seconds,
            Step::Domain(domain) => self.domain = domain,
            Step::Limit(cluster, Some(limit)) => _ = self.limits.insert(cluster, *limit),
            Step::Limit(cluster, None) => _ = self.limits.remove(cluster),
        }
        let wanted = self.wanted();
        self.said.retain(|host, _| wanted.contains(host));
        for host in wanted {
            self.said.entry(host).or_default();
        }
    }

    /// The addresses of a hostname that count for a cluster.
    fn known(&self, cluster: &str, host: &str) -> BTreeSet<IpAddr> {
        let said = self.said.get(host).map_or(&[][..], Vec::as_slice);
        let answers = said.iter().enumerate().filter_map(|(at, (_, finding))| match finding {
            Finding::Answered(answer) => Some((at, answer)),
            _ => None,
        });
        let answers: Vec<_> = answers.collect();
        let Some((last, latest)) = answers.last() else { return BTreeSet::new() };
        let leads_home = latest.aliases.iter().any(|alias| self.is_own(alias));
        let denied = |from: usize| -> Vec<u64> {
            let is_denied = |(_, finding): &&(u64, Finding)| *finding == Finding::Denied;
            said[from..].iter().filter(is_denied).map(|(at, _)| *at).collect()
        };
        let is_gone = |denied: &[u64]| denied.last().is_some_and(|at| at - denied[0] >= 30);
        if leads_home || is_gone(&denied(last + 1)) {
            return BTreeSet::new();
        }
        Family::ALL.into_iter().flat_map(|family| self.of_family(cluster, said, family)).collect()
    }

    fn of_family(
        &self,
        cluster: &str,
        said: &[(u64, Finding)],
        family: Family,
    ) -> BTreeSet<IpAddr> {
        let mut held = BTreeSet::new();
        let mut failing_since = None;
        let mut denied: Vec<u64> = Vec::new();
        for (at, finding) in said {
            match finding {
                Finding::Answered(answer) => {
                    denied.clear();
                    if answer.failed == Some(family) {
                        failing_since = failing_since.or(Some(*at));
                    } else if answer.awaited != Some(family) {
                        let found = answer.addresses.iter().copied();
                        held = found.filter(|it| Family::of(*it) == family).collect();
                        failing_since = None;
                    }
                }
                Finding::Denied => {
                    denied.push(*at);
                    failing_since = failing_since.or(Some(*at));
                    if at - denied[0] >= 30 {
                        held.clear();
                        failing_since = None;
                    }
                }
                Finding::Failed(_) => failing_since = failing_since.or(Some(*at)),
            }
        }
        let limit = self.limits.get(cluster);
        let is_over = |since: u64| limit.is_some_and(|limit| self.now - since >= *limit);
        if failing_since.is_some_and(is_over) { BTreeSet::new() } else { held }
    }

    fn addresses(&self, service: &str) -> BTreeSet<IpAddr> {
        let shards = self.shards.iter().filter(|((_, it), _)| *it == service);
        let known = shards.flat_map(|((cluster, _), hosts)| {
            hosts.iter().flat_map(|host| self.known(cluster, host)).collect::<Vec<_>>()
        });
        known.filter(|address| !address.is_loopback()).collect()
    }

    fn is_pending(&self, service: &str) -> bool {
        let shards = self.shards.iter().filter(|((_, it), _)| *it == service);
        let mut shards = shards.map(|((cluster, _), hosts)| (cluster, hosts));
        shards.any(|(cluster, hosts)| {
            let has_none =
                hosts.iter().all(|host| self.known(cluster, host).iter().all(IpAddr::is_loopback));
            let is_untried = |host: &&str| self.said.get(host).is_some_and(Vec::is_empty);
            has_none && hosts.iter().any(is_untried)
        })
    }
}

fn policy(domain: &str) -> Arc<Policy> {
    let federations = vec![facts::federation("fed", domain)];
    Arc::new(Policy { federations, ..Policy::default() })
}

fn told(seconds: u64) -> Now {
    let moment = Moment(Duration::from_secs(seconds));
    Now { moment, unix_seconds: UNIX_AT_START + seconds }
}

fn apply(state: &mut State, now: Now, step: &Step) -> Changes {
    match step {
        Step::Names(cluster, service, hosts) => {
            let ingress = hosts.iter().map(|host| Ingress::Hostname((*host).into())).collect();
            let facts = ServiceFacts { ingress, ..facts::load_balancer(&[]) };
            let key = key(service);
            let slice = Facts::Slice(key.clone(), facts::slice(&key, 1, 0));
            let slice = facts::applied(slice);
            let mut changes = state.apply(now, &label(cluster), slice);
            let service = facts::applied(Facts::Service(key, facts));
            changes.merge(state.apply(now, &label(cluster), service));
            changes
        }
        Step::Loses(cluster, service) => {
            let gone = ClusterEvent::Removed(ObjectKey::Service(key(service)));
            state.apply(now, &label(cluster), gone)
        }
        Step::Resolved(host, finding) => {
            let again_in = Duration::from_secs(60);
            state.resolve(now, host, Resolution { finding: finding.clone(), again_in })
        }
        Step::Passes(_) => state.advance(now),
        Step::Domain(domain) => state.change_policy(policy(domain)),
        Step::Limit(cluster, limit) => {
            let hostname_stale_limit = limit.map(Duration::from_secs);
            let policy = ClusterPolicy { hostname_stale_limit, ..ClusterPolicy::default() };
            state.change_cluster(&label(cluster), policy)
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig {
        cases: if std::env::var_os("PROPTEST_CASES").is_some() {
            ProptestConfig::default().cases
        } else {
            200
        },
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn state_says_what_follows_from_all_that_was_said(
        steps in prop::collection::vec(step(), 1..60),
    ) {
        let mut model = Model {
            now: 0,
            domain: DOMAINS[0],
            limits: BTreeMap::new(),
            shards: BTreeMap::new(),
            said: BTreeMap::new(),
        };
        let mut state = State::new(policy(DOMAINS[0]), told(0), Duration::ZERO);
        for cluster in CLUSTERS {
            state.register(label(cluster), ClusterPolicy::default());
            state.apply(told(0), &label(cluster), SYNCED);
        }
        let mut publisher = Publisher::new(&state, 1);
        let mut requested: BTreeSet<Box<str>> = BTreeSet::new();
        for step in &steps {
            model.hear(step);
            let now = told(model.now);
            let changes = apply(&mut state, now, step);
            if let Step::Resolved(host, _) = step {
                let names = |service: &&str| {
                    let mut of_service = model.shards.iter().filter(|((_, it), _)| it == service);
                    of_service.any(|(_, hosts)| hosts.contains(host))
                };
                let touched: BTreeSet<_> = SERVICES.iter().filter(|it| names(it)).collect();
                for changed in &changes.services {
                    let is_it = |it: &&&str| key(it).wire() == *changed.key;
                    prop_assert!(touched.iter().any(is_it), "{host} touched another");
                }
            }
            for request in &changes.resolve_requests {
                let is_new = match request {
                    ResolveRequest::Ask(name) => requested.insert(name.clone()),
                    ResolveRequest::Forget(name) => requested.remove(name),
                };
                prop_assert!(is_new, "{request:?} twice");
            }
            let wanted: BTreeSet<Box<str>> = model.wanted().into_iter().map(Into::into).collect();
            prop_assert_eq!(&requested, &wanted);
            prop_assert!(state.next_change().is_none_or(|next| next > now.moment), "time stands still");
            let counted: u64 = state.hostname_counts().map(|(_, count)| count).sum();
            prop_assert_eq!(counted as usize, state.hostnames().count());
            // All in one second: serials tell how often it was published, and not what.
            let snapshot = publisher.publish(&state, &changes, START);
            let scratch = Publisher::new(&state, 9)
                .publish(&state, &Changes::default(), START);
            for service in SERVICES {
                let wire = key(service).wire();
                let selection = Selection::new(&state, &wire, Publish::All);
                let found = selection.addresses(PlaceId::GLOBAL).into_iter().collect();
                prop_assert_eq!(model.addresses(service), found, "{} at {}", service, model.now);
                prop_assert_eq!(model.is_pending(service), selection.is_pending(), "{}", service);
                let name = format!("{}.shop.fed.svc.{}", key(service).name, model.domain);
                for record_type in ["A", "AAAA"] {
                    let packet = Ask::new(&name, record_type).packet();
                    let request = request(&packet, Transport::Udp, now.moment, 0);
                    let reply = |snapshot| {
                        let mut buffer = vec![0; 4096];
                        let mut scratch = Scratch::default();
                        answer_with(snapshot, &request, &mut scratch, &mut buffer).0.to_vec()
                    };
                    prop_assert_eq!(reply(&snapshot), reply(&scratch), "{} {}", name, record_type);
                }
            }
        }
    }
}

//! The names that Services of type ExternalName stand for: which of them are asked for.
//!
//! In: shards that come, change and go. Out: at most so many of those names of each cluster are
//! linked as hostnames, always the first in their order, whichever came first; what is known of one;
//! complaints. Not asked for are names in zones of ours, which are followed here, and those of the
//! cluster itself, which mean something else outside.
//! Does not know what resolvers say.

use std::collections::{BTreeMap, BTreeSet};

use crate::core::complaint::Flaw;
use crate::core::service::Shard;

use super::State;
use super::changes::Changes;
use super::cluster::ClusterIndex;
use super::hostnames::ResolvedAlias;

/// Most names of one cluster that are asked for.
pub const MAX_EXTERNAL_NAMES: usize = 1000;

type Name = Box<str>;
type Keys = BTreeSet<Box<[u8]>>;

/// The names that Services of each cluster stand for to askers there, and the keys of those.
#[derive(Clone, Debug, Default)]
pub(super) struct ExternalNames {
    by_cluster: BTreeMap<ClusterIndex, BTreeMap<Name, Keys>>,
}

/// Names, with the Services that stand for them, that others have moved across the limit.
#[derive(Default)]
struct Shifted {
    entered: Vec<(Name, Keys)>,
    left: Vec<(Name, Keys)>,
}

impl ExternalNames {
    /// A Service stands for `new`, and no more for `old`.
    fn change(
        &mut self,
        cluster: ClusterIndex,
        key: &[u8],
        old: Option<&str>,
        new: Option<&str>,
    ) -> Shifted {
        let names = self.by_cluster.entry(cluster).or_default();
        let before = limit(names).cloned();
        if let Some(keys) = old.and_then(|old| names.get_mut(old)) {
            keys.remove(key);
        }
        if let Some(new) = new {
            names.entry(new.into()).or_default().insert(key.into());
        }
        if let Some(old) = old.filter(|old| names.get(*old).is_some_and(Keys::is_empty)) {
            names.remove(old);
        }
        let after = limit(names).cloned();
        let between = |from: &Option<Name>, to: &Option<Name>| {
            let Some(from) = from else { return Vec::new() };
            let behind = names.range(from.clone()..);
            let between = behind.take_while(|(name, _)| to.as_ref().is_none_or(|to| *name < to));
            between.map(|(name, keys)| (name.clone(), keys.clone())).collect()
        };
        let shifted = Shifted { entered: between(&before, &after), left: between(&after, &before) };
        if names.is_empty() {
            self.by_cluster.remove(&cluster);
        }
        shifted
    }

    /// Whether a name is beyond the limit of its cluster.
    fn is_beyond(&self, cluster: ClusterIndex, name: &str) -> bool {
        let limit = self.by_cluster.get(&cluster).and_then(limit);
        limit.is_some_and(|limit| name >= &**limit)
    }
}

/// The first name that is not asked for.
fn limit(names: &BTreeMap<Name, Keys>) -> Option<&Name> {
    // Nearly always there are few: then nothing is counted.
    (names.len() > MAX_EXTERNAL_NAMES).then(|| names.keys().nth(MAX_EXTERNAL_NAMES)).flatten()
}

impl State {
    /// What is known of the name that a cluster's Service stands for.
    pub fn resolved_alias(
        &self,
        cluster: ClusterIndex,
        key: &[u8],
        shard: &Shard,
    ) -> ResolvedAlias {
        let name = shard.service.as_ref().and_then(|(_, facts)| facts.external_name());
        let hostname = name.and_then(|name| self.hostnames.find(name));
        let Some(hostname) = hostname.filter(|it| it.is_named_by(cluster, key)) else {
            return ResolvedAlias::default();
        };
        let limit = self.cluster(cluster).policy.hostname_stale_limit;
        hostname.resolved_alias(limit, self.now, |name| self.policy.owns(name))
    }

    /// Keeps which hostnames of load balancers a shard names now, and which it did before; and which
    /// name its Service stands for: `external` is the one of before. One name may be both, one after
    /// the other.
    pub(super) fn link_names(
        &mut self,
        key: &[u8],
        cluster: ClusterIndex,
        (mut before, mut names): (BTreeSet<Name>, BTreeSet<Name>),
        (external, new): (Option<Name>, &Shard),
        changes: &mut Changes,
    ) {
        let user = (cluster, key.into());
        let name = self.external_name(cluster, new).map(Name::from);
        if external.is_none() && name.is_none() {
            return self.link(&user, (&before, &names), changes);
        }
        let shifted = self.externals.change(cluster, key, external.as_deref(), name.as_deref());
        let within = |name: &Name| !self.externals.is_beyond(cluster, name);
        names.extend(name.into_iter().filter(within));
        before.extend(external);
        self.link(&user, (&before, &names), changes);
        changes.local_services.push(key.into());
        let none = BTreeSet::new();
        for (name, keys) in shifted.left {
            self.shift(cluster, keys, (&BTreeSet::from([name]), &none), changes);
        }
        for (name, keys) in shifted.entered {
            self.shift(cluster, keys, (&none, &BTreeSet::from([name])), changes);
        }
    }

    fn shift(
        &mut self,
        cluster: ClusterIndex,
        keys: Keys,
        (left, entered): (&BTreeSet<Name>, &BTreeSet<Name>),
        changes: &mut Changes,
    ) {
        for key in keys {
            self.link(&(cluster, key.clone()), (left, entered), changes);
            if let Some(shard) = self.shard(&key, cluster) {
                self.complain_about_shard(cluster, &key, &shard);
            }
            changes.local_services.push(key);
        }
    }

    /// Looks again at which names are asked for: what is ours, or who takes part, is otherwise now.
    pub(super) fn link_externals_again(&mut self, changes: &mut Changes) {
        let mut found = Vec::new();
        for entry in self.services.iter() {
            let named = entry.shards.iter().filter(|shard| shard.has_hostnames);
            found.extend(named.map(|shard| (entry.key.clone(), shard.cluster, shard.unpack())));
        }
        for (key, cluster, shard) in found {
            self.link_hostnames(&key, cluster, &shard, changes);
            self.complain_about_shard(cluster, &key, &shard);
        }
    }

    /// What is wrong with the name that a Service stands for.
    pub(super) fn external_flaw(
        &self,
        cluster: ClusterIndex,
        key: &[u8],
        shard: &Shard,
    ) -> Option<Flaw> {
        let name = self.external_name(cluster, shard)?;
        if self.externals.is_beyond(cluster, name) {
            return Some(Flaw::ExternalNamesTooMany(name.into(), MAX_EXTERNAL_NAMES));
        }
        let hostname = self.hostnames.find(name).filter(|it| it.is_named_by(cluster, key))?;
        hostname.is_hopeless().then(|| Flaw::ExternalNameUnresolved(name.into()))
    }

    /// The name that a shard stands for to askers in its cluster, where it is asked of resolvers.
    fn external_name<'s>(&self, cluster: ClusterIndex, shard: &'s Shard) -> Option<&'s str> {
        let is_reachable = self.policy.serves_inside(shard.takes_part()?);
        let name = shard.service.as_ref().and_then(|(_, facts)| facts.external_name());
        let is_inside = |name: &str| self.cluster(cluster).policy.has_inside(name);
        name.filter(|name| is_reachable && !is_inside(name) && !self.policy.owns(name))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use super::*;
    use crate::core::event::{ClusterEvent, Facts, Object, ObjectKey};
    use crate::core::hostname::{Answer, Finding, Resolution, ResolveRequest};
    use crate::core::name::{Label, Name as DnsName};
    use crate::core::policy::{ClusterPolicy, Federation, Nameserver, Policy};
    use crate::core::policy::{Publish, WhenAllDown};
    use crate::core::service::{Inside, ServiceFacts, ServiceKey, SourceId};
    use crate::core::time::Moment;

    fn label(text: &str) -> Label {
        Label::parse(text).expect("a label")
    }

    fn key(number: usize) -> ServiceKey {
        ServiceKey { namespace: label("shop"), name: label(&format!("s{number}")) }
    }

    fn state() -> State {
        let name = |text| DnsName::parse(text).expect("a name");
        let federation = Federation {
            name: label("myfed"),
            domain: name("example.com"),
            ttl: 180,
            when_all_down: WhenAllDown::Nodata,
            publish: Publish::All,
            nameservers: vec![Nameserver { name: name("ns1.example.com"), addresses: Vec::new() }],
        };
        let policy = Policy { federations: vec![federation], ..Policy::default() };
        let mut state = State::new(Arc::new(policy), Moment::default(), Duration::ZERO);
        state.register(label("east"), ClusterPolicy::default());
        state
    }

    fn names(state: &mut State, service: usize, external: usize) -> Changes {
        let inside = Inside::ExternalName(format!("h{external:04}.example.net").into());
        let facts =
            Facts::Service(key(service), ServiceFacts { inside, ..ServiceFacts::default() });
        let event = ClusterEvent::Applied(SourceId(0), Object { facts, flaws: Vec::new() });
        state.apply(Moment::default(), &label("east"), event)
    }

    fn reaches(state: &State, service: usize) -> bool {
        let (cluster, shard) = state.shards(&key(service).wire()).next().expect("a shard");
        !state.resolved_alias(cluster, &key(service).wire(), &shard).addresses.is_empty()
    }

    #[test]
    fn the_first_names_are_asked_for_whichever_came_first() {
        let mut state = state();
        for number in (1..=MAX_EXTERNAL_NAMES).rev() {
            let ask = ResolveRequest::Ask(format!("h{number:04}.example.net").into());
            assert_eq!(names(&mut state, number, number).resolve_requests, [ask]);
        }
        let answer = Answer { addresses: vec![[192, 0, 2, 1].into()], ..Answer::default() };
        let finding = Finding::Answered(answer);
        let resolution = Resolution { finding, again_in: Duration::from_secs(9) };
        let last = format!("h{MAX_EXTERNAL_NAMES:04}.example.net");
        state.resolve(Moment::default(), &last, resolution);
        assert!(reaches(&state, MAX_EXTERNAL_NAMES));

        // One in front of the last one.
        let changes = names(&mut state, 2000, 0);
        let ask = ResolveRequest::Ask("h0000.example.net".into());
        assert_eq!(changes.resolve_requests, [ask, ResolveRequest::Forget(last.as_str().into())]);
        assert!(changes.local_services.contains(&key(MAX_EXTERNAL_NAMES).wire().into()));
        assert!(!reaches(&state, MAX_EXTERNAL_NAMES));
        assert_eq!(state.complaints().len(), 2, "that, and the federation's one name server");

        // One behind all.
        assert_eq!(names(&mut state, 2001, 9000).resolve_requests, []);
        assert_eq!(state.complaints().len(), 3);

        // Room again.
        let gone = ClusterEvent::Removed(ObjectKey::Service(key(2000)));
        let changes = state.apply(Moment::default(), &label("east"), gone);
        let forget = ResolveRequest::Forget("h0000.example.net".into());
        assert_eq!(changes.resolve_requests, [forget, ResolveRequest::Ask(last.as_str().into())]);
        assert_eq!(state.complaints().len(), 2);
        names(&mut state, 1, 2);
        assert!(state.hostname("h9000.example.net").is_some());
        assert_eq!(state.complaints().len(), 1);
        state.deregister(&label("east"));
        assert_eq!(state.hostnames().count(), 0);
    }
}

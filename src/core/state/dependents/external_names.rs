//! The names that Services of type ExternalName stand for: which of them are asked for.
//!
//! In: the names of Services that come, change and go. Out: which of them others have moved across the
//! limit: at most so many of each cluster are asked for, always the first in their order, whichever
//! came first. Does not know what resolvers say.

use std::collections::{BTreeMap, BTreeSet};

use crate::core::topology::ClusterIndex;

/// Most names of one cluster that are asked for.
pub const MAX_EXTERNAL_NAMES: usize = 1000;

type Name = Box<str>;
/// The keys of Services that stand for one name.
pub(in crate::core::state) type Keys = BTreeSet<Box<[u8]>>;

/// The names that Services of each cluster stand for to askers there, and the keys of those.
#[derive(Clone, Debug, Default)]
pub(in crate::core::state) struct ExternalNames {
    by_cluster: BTreeMap<ClusterIndex, BTreeMap<Name, Keys>>,
}

/// Names, with the Services that stand for them, that others have moved across the limit.
#[derive(Debug, Default)]
pub(in crate::core::state) struct Shifted {
    /// Those that are asked for now.
    pub(in crate::core::state) entered: Vec<(Name, Keys)>,
    /// Those that are no more.
    pub(in crate::core::state) left: Vec<(Name, Keys)>,
}

impl ExternalNames {
    /// A Service stands for `new`, and no more for `old`.
    pub(in crate::core::state) fn change(
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
    pub(in crate::core::state) fn is_beyond(&self, cluster: ClusterIndex, name: &str) -> bool {
        let limit = self.by_cluster.get(&cluster).and_then(limit);
        limit.is_some_and(|limit| name >= &**limit)
    }
}

/// The first name that is not asked for.
fn limit(names: &BTreeMap<Name, Keys>) -> Option<&Name> {
    // Nearly always there are few: then nothing is counted.
    (names.len() > MAX_EXTERNAL_NAMES).then(|| names.keys().nth(MAX_EXTERNAL_NAMES)).flatten()
}

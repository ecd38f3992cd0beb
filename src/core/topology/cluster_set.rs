//! Sets of clusters, as bits.
//!
//! In: clusters by number. Out: whether one is in a set, and whether two sets have one in common: what
//! every answer asks of each shard. Does not know places or services.

/// A cluster by number, as shards name it.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub struct ClusterIndex(pub u16);

/// A set of clusters.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct ClusterSet {
    /// The first 64, so that mostly no other memory is looked at.
    first: u64,
    rest: Vec<u64>,
    folded: Folded,
}

/// A set of clusters folded to 64 bits: one bit for all clusters whose numbers are alike modulo 64.
/// Two that have no bit in common have no cluster in common.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Folded(pub u64);

impl Folded {
    /// Puts a cluster in.
    pub fn insert(&mut self, cluster: ClusterIndex) {
        self.0 |= 1 << (cluster.0 % 64);
    }
}

impl ClusterSet {
    /// Whether the cluster is in the set.
    pub fn contains(&self, cluster: ClusterIndex) -> bool {
        let (word, bit) = (usize::from(cluster.0 / 64), cluster.0 % 64);
        let octets =
            if word == 0 { self.first } else { self.rest.get(word - 1).map_or(0, |it| *it) };
        octets >> bit & 1 == 1
    }

    /// Whether the set may have a cluster of a folded one.
    pub fn may_share(&self, folded: Folded) -> bool {
        self.folded.0 & folded.0 != 0
    }

    /// Whether there is no cluster in it.
    pub fn is_empty(&self) -> bool {
        self.folded.0 == 0
    }

    /// Whether some cluster is in both sets.
    pub fn shares(&self, other: &Self) -> bool {
        let mut rest = self.rest.iter().zip(&other.rest);
        self.first & other.first != 0 || rest.any(|(a, b)| a & b != 0)
    }

    /// Puts a cluster in.
    pub fn insert(&mut self, cluster: ClusterIndex) {
        let (word, bit) = (usize::from(cluster.0 / 64), cluster.0 % 64);
        self.folded.insert(cluster);
        if word == 0 {
            self.first |= 1 << bit;
            return;
        }
        self.rest.resize(self.rest.len().max(word), 0);
        self.rest[word - 1] |= 1 << bit;
    }

    /// Puts in all that `other` has.
    pub(super) fn extend(&mut self, other: &Self) {
        self.first |= other.first;
        self.folded.0 |= other.folded.0;
        self.rest.resize(self.rest.len().max(other.rest.len()), 0);
        self.rest.iter_mut().zip(&other.rest).for_each(|(word, more)| *word |= more);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(clusters: &[u16]) -> ClusterSet {
        let mut set = ClusterSet::default();
        clusters.iter().for_each(|number| set.insert(ClusterIndex(*number)));
        set
    }

    #[test]
    fn sets_know_their_members_in_every_word() {
        let members = [0, 63, 64, 127, 128, 1000];
        let all = set(&members);
        for number in 0..1100 {
            assert_eq!(all.contains(ClusterIndex(number)), members.contains(&number), "{number}");
        }
        assert!(set(&[]).is_empty() && !all.is_empty());
        assert!(all.shares(&set(&[1000])) && !all.shares(&set(&[1001])));
        let mut sum = set(&[5]);
        sum.extend(&set(&[700]));
        assert!(sum.contains(ClusterIndex(5)) && sum.contains(ClusterIndex(700)));
    }

    #[test]
    fn folded_sets_may_share_what_whole_ones_do_not() {
        let mut folded = Folded::default();
        folded.insert(ClusterIndex(136));
        assert!(set(&[8]).may_share(folded) && !set(&[8]).contains(ClusterIndex(136)));
        assert!(!set(&[9]).may_share(folded));
    }
}

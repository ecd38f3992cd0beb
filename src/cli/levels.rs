//! The levels of a service, as `fedns explain` prints them: who answers at each, and why the others do not.
//!
//! In: notes. Out: text. Of a level of more than ten clusters, those that are alike stand in one line, unless each
//! is wanted; one whose facts are old never does. Does not decide anything itself.

use std::fmt::Write as _;

use crate::documents::explain::{LeftOutNote, LevelNote, ServiceNote, ShardNote};
use crate::documents::stale::StaleNote;

use super::format::{Mood, Paint};

/// Most clusters of a level of which each has a line.
const FEW: usize = 10;
/// Most that are alike, and of those summed up the first that are named.
const NAMED: usize = 3;

/// The levels of one service.
pub(super) struct Levels<'e> {
    pub(super) service: &'e ServiceNote,
    pub(super) paint: Paint,
    /// Whether each cluster has its line.
    pub(super) is_all: bool,
}

/// Clusters that are left out for the same reason.
struct Alike<'e> {
    reason: &'e str,
    shards: Vec<&'e LeftOutNote>,
}

impl Levels<'_> {
    /// Writes all of them, and what is known of the clusters beside them.
    pub(super) fn write(&self, out: &mut String) -> std::fmt::Result {
        let Self { service, paint, .. } = self;
        for level in &service.levels {
            let title = match &*level.place {
                "" => level.level.clone(),
                place => format!("{} {place}", level.level),
            };
            writeln!(out, "\n  {}{}", paint.text(Mood::Title, &title), verdict(level))?;
            self.answering(out, level)?;
            self.left_out(out, level)?;
        }
        if !service.hostnames.is_empty() {
            writeln!(out, "\n  {}", paint.text(Mood::Title, "hostnames"))?;
            for note in &service.hostnames {
                writeln!(out, "    {} {note}", note.clusters.join(", "))?;
            }
        }
        if !service.without.is_empty() {
            writeln!(out, "\n  clusters without anything of it: {}", self.without())?;
        }
        for note in &service.restored {
            let (cluster, as_of) = (&note.cluster, &note.as_of);
            writeln!(out, "  {cluster}: restored, as of {as_of}; not read in whole since")?;
        }
        let is_cut = |level: &LevelNote| self.is_long(level);
        if service.levels.iter().any(is_cut) || self.is_cut(service.without.len()) {
            writeln!(out, "\n  clusters that are alike are summed up; --all shows each")?;
        }
        Ok(())
    }

    fn is_cut(&self, count: usize) -> bool {
        !self.is_all && count > FEW
    }

    fn is_long(&self, level: &LevelNote) -> bool {
        self.is_cut(level.answering.len() + level.left_out.len())
    }

    fn stale(&self, cluster: &str) -> Option<&StaleNote> {
        self.service.stale.iter().find(|note| note.cluster == cluster)
    }

    fn answering(&self, out: &mut String, level: &LevelNote) -> std::fmt::Result {
        let answers = self.paint.text(Mood::Good, "answers");
        let is_fresh = |shard: &&ShardNote| self.stale(&shard.cluster).is_none();
        let fresh: Vec<_> = level.answering.iter().filter(is_fresh).collect();
        let is_sum = self.is_long(level) && fresh.len() > NAMED;
        if is_sum {
            let addresses: usize = fresh.iter().map(|shard| shard.addresses.len()).sum();
            let names = first(fresh.iter().map(|shard| &*shard.cluster));
            let count = fresh.len();
            let answer = self.paint.text(Mood::Good, "answer");
            writeln!(out, "    {count} clusters {answer}, with {addresses} addresses: {names}")?;
        }
        for shard in &level.answering {
            let ShardNote { cluster, addresses, tier } = shard;
            let tier = tier.as_ref().map(|tier| format!(" ({tier})")).unwrap_or_default();
            let addresses = format!("{}{tier}", addresses.join(", "));
            match self.stale(cluster) {
                Some(stale) => {
                    let facts = self.paint.text(Mood::Odd, &format!("from {stale}"));
                    writeln!(out, "    {cluster} {answers} {facts}: {addresses}")?;
                }
                None if is_sum => {}
                None => writeln!(out, "    {cluster} {answers}: {addresses}")?,
            }
        }
        Ok(())
    }

    fn left_out(&self, out: &mut String, level: &LevelNote) -> std::fmt::Result {
        if !self.is_long(level) {
            let mut all = level.left_out.iter();
            return all.try_for_each(|it| left_out(out, it, self.stale(&it.cluster), self.paint));
        }
        let mut alike: Vec<Alike<'_>> = Vec::new();
        for shard in &level.left_out {
            let stale = self.stale(&shard.cluster);
            match alike.iter_mut().find(|it| it.reason == shard.reason) {
                _ if stale.is_some() => left_out(out, shard, stale, self.paint)?,
                Some(it) => it.shards.push(shard),
                None => alike.push(Alike { reason: &shard.reason, shards: vec![shard] }),
            }
        }
        for Alike { reason, shards } in alike {
            if shards.len() <= NAMED {
                shards.iter().try_for_each(|it| left_out(out, it, None, self.paint))?;
                continue;
            }
            let reason = self.paint.text(Mood::Odd, reason);
            let names = first(shards.iter().map(|shard| &*shard.cluster));
            writeln!(out, "    {} clusters left out: {reason}: {names}", shards.len())?;
        }
        Ok(())
    }

    /// The clusters that have nothing of it; of many, those that were read and are heard are counted.
    fn without(&self) -> String {
        let all = &self.service.without;
        let is_cut = self.is_cut(all.len());
        let is_plain = |state: &str| state == "synced";
        let counted = all.iter().filter(|note| is_cut && is_plain(&note.state)).count();
        let named = all.iter().filter(|note| !is_cut || !is_plain(&note.state));
        let named = named.map(|note| match (self.stale(&note.cluster), &*note.state) {
            (Some(stale), _) => format!("{} by {stale}", note.cluster),
            (None, "synced") => note.cluster.clone(),
            (None, state) => format!("{} ({state})", note.cluster),
        });
        let counted = (counted > 0).then(|| format!("{counted} synced"));
        counted.into_iter().chain(named).collect::<Vec<_>>().join(", ")
    }
}

/// The first names of several.
fn first<'e>(names: impl ExactSizeIterator<Item = &'e str>) -> String {
    let more = names.len().saturating_sub(NAMED);
    let first = names.take(NAMED).collect::<Vec<_>>().join(", ");
    if more == 0 { first } else { format!("{first} and {more} more") }
}

fn verdict(level: &LevelNote) -> &'static str {
    match (level.is_end, level.is_guess, level.answering.is_empty()) {
        (_, true, true) => ": not known, a cluster that may answer here has not synced",
        (true, _, true) => ": nobody answers anywhere",
        (true, _, false) => ": the chain ends here",
        (false, _, _) => "",
    }
}

/// A shard that does not answer, and why.
pub(super) fn left_out(
    out: &mut String,
    shard: &LeftOutNote,
    stale: Option<&StaleNote>,
    paint: Paint,
) -> std::fmt::Result {
    let stands = match shard.stands.is_empty() {
        true => "no known place".to_owned(),
        false => shard.stands.join(", "),
    };
    let stands = paint.text(Mood::Dim, &format!("({stands})"));
    let facts = stale.map(|stale| format!(", by {stale}")).unwrap_or_default();
    let reason = paint.text(Mood::Odd, &format!("{}{facts}", shard.reason));
    writeln!(out, "    {} left out: {reason} {stands}", shard.cluster)
}

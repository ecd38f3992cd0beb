//! Entries of clusters that no file lists: what annotations say, joined with `clusterDefaults`.
//!
//! In: keys of a cluster's entry with their values as text, lists with commas between their items.
//! Out: what the entry means; or every fault of it in one sentence each.
//! Does not know where annotations stand.

use crate::config::clusters::{check_keys, check_places, policy};
use crate::config::read::{Notes, Read};
use crate::config::resolved::ClusterDefaults;
use crate::config::spec::Cluster;
use crate::config::tree::{self, Words};
use crate::core::overrides::Source;
use crate::core::policy::{ClusterPolicy, EntryDrain};
use crate::core::service::Drain;

/// Keys whose values are lists.
const LISTS: [&str; 4] = ["addresses", "namespaces", "networks", "zones"];
/// Keys that make a cluster of the file, or that take a restart.
const OF_FILE: [&str; 4] = ["name", "kubeconfig", "manifests", "listen"];

impl ClusterDefaults {
    /// What an entry with these keys means. Keys may be written as in the file or, as is usual for
    /// annotations, with hyphens: `clusterDomain`, `cluster-domain`.
    ///
    /// # Errors
    /// All that is wrong with it.
    pub fn entry<'a>(
        &self,
        keys: impl Iterator<Item = (&'a str, &'a str)>,
    ) -> Result<ClusterPolicy, String> {
        let mut notes = Notes::default();
        let entries = keys.map(|(key, text)| {
            let key = joined(key);
            let is_list = LISTS.contains(&key.as_str());
            (key, if is_list { Words::List(text) } else { Words::One(text) })
        });
        let (of_file, entries): (Vec<_>, Vec<_>) =
            entries.partition(|(key, _)| OF_FILE.contains(&key.as_str()));
        // It is one text here, as it is on a Service.
        let (drains, entries): (Vec<_>, Vec<_>) =
            entries.into_iter().partition(|(key, _)| key == "drain");
        let mut faults: Vec<String> = of_file
            .iter()
            .map(|(key, _)| format!("`{key}` can not be given by an annotation"))
            .collect();
        let own = Cluster::read(&tree::mapping(entries.into_iter()), &mut notes);
        let meant = own.and_then(|own| {
            check_keys(&own, &mut notes);
            check_places(&own, &self.0, "the cluster", &mut notes);
            policy(&own, &self.0, &mut notes)
        });
        faults.extend(notes.faults.into_iter().map(|fault| {
            let parts = [Some(fault.title), Some(fault.label), fault.help];
            let parts = parts.into_iter().flatten().filter(|part| !part.is_empty());
            parts.collect::<Vec<_>>().join("; ")
        }));
        let mut drain = None;
        for text in drains.iter().map(|(_, words)| words.text()) {
            match Drain::parse(text) {
                Ok(parsed) => {
                    drain = parsed.map(|drain| EntryDrain { drain, source: Source::Secret });
                }
                Err(expected) => faults.push(format!("`drain` {text:?}; expected {expected}")),
            }
        }
        match meant {
            Some(meant) if faults.is_empty() => Ok(ClusterPolicy { drain, ..meant }),
            _ => Err(faults.join("; ")),
        }
    }
}

/// Equal are those that mean the same for a cluster that says nothing itself.
impl PartialEq for ClusterDefaults {
    fn eq(&self, other: &Self) -> bool {
        let empty = std::iter::empty;
        self.entry(empty()) == other.entry(empty())
    }
}

/// A key as the file has it: a hyphen and a letter are a capital letter.
fn joined(key: &str) -> String {
    let mut parts = key.split('-');
    let mut joined = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let mut letters = part.chars();
        joined.extend(letters.next().map(|first| first.to_ascii_uppercase()));
        joined.push_str(letters.as_str());
    }
    joined
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::config::Config;

    fn entry(keys: &[(&str, &str)]) -> Result<ClusterPolicy, String> {
        let text = "apiVersion: fedns.dev/v1\nkind: Config\n\
                    clusterDefaults: { region: us, onClusterLost: withdraw }\n";
        let config = Config::parse(text, Path::new("fedns.yaml")).expect("good");
        config.defaults.entry(keys.iter().copied())
    }

    #[test]
    fn a_drain_is_one_text_as_it_is_on_a_service() {
        let drained = entry(&[("drain", "until=2026-12-01T18:00:00Z; reason=a, b; hard")]);
        let drain = drained.expect("good").drain.expect("it is drained");
        assert_eq!((&*drain.drain.reason, drain.drain.is_hard), ("a, b", true));
        assert_eq!(drain.source, Source::Secret);
        assert_eq!(entry(&[("drain", "false")]).expect("good").drain, None);
        assert!(entry(&[("drain", "until=tomorrow")]).is_err());
    }

    #[test]
    fn annotations_say_what_an_entry_says() {
        let said = entry(&[
            ("zones", "a, b"),
            ("networks", "10.8.0.0/14"),
            ("cluster-domain", "east.local"),
            ("staleLimit", "1h"),
        ]);
        let text = "apiVersion: fedns.dev/v1\nkind: Config\nclusters: [{ name: x, \
                    kubeconfig: in-cluster, region: us, onClusterLost: withdraw, zones: [a, b], \
                    networks: [10.8.0.0/14], clusterDomain: east.local, staleLimit: 1h }]\n";
        let config = Config::parse(text, Path::new("fedns.yaml")).expect("good");
        assert_eq!(said.as_ref(), Ok(&config.clusters[0].policy));
        assert!(entry(&[]).is_ok_and(|it| it.region.is_some()), "defaults alone");
    }

    #[test]
    fn every_fault_is_told() {
        for (key, text, words) in [
            ("regoin", "us", "did you mean `region`?"),
            ("region", "u s", "is not a DNS label"),
            ("zones", "a,svc", "`svc` can not stand here"),
            ("networks", "10.8.0.0/99", "an IPv4 prefix is a number from 0 to 32"),
            ("namespaces", " , ", "`namespaces` is empty"),
            ("listen", "127.0.0.1:53", "can not be given by an annotation"),
            ("kubeconfig", "in-cluster", "can not be given by an annotation"),
        ] {
            let why = entry(&[(key, text)]).expect_err(key);
            assert!(why.contains(words), "{why}");
        }
        let why = entry(&[("region", "-"), ("zones", "-")]).expect_err("two");
        assert!(why.contains("region: ") && why.contains("zones[0]: "), "{why}");
    }
}

//! Near misses: which of the names that there are is meant by one that there is not.
//!
//! In: what was asked for, and what there is. Out: the nearest names, and errors that offer them.
//! Does not know who asks.

use strsim::osa_distance;

use crate::core::name::Label;
use crate::core::policy::Publish;
use crate::core::state::{ClusterIndex, Health, Overview, State};

/// Most names that are offered.
const MOST: usize = 3;
/// How far off a service of the very name is that stands in a namespace of another name.
const ELSEWHERE: usize = 9;

/// What a question names and there is not.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum UnknownName {
    /// A federation.
    #[error("no federation {0}; {1}")]
    Federation(String, String),
    /// A cluster.
    #[error("no cluster {0}; {1}")]
    Cluster(String, String),
}

/// A name that may be meant, and how far off it is.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
struct Near<T> {
    distance: usize,
    name: T,
}

/// A service that may be meant.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(super) struct NearService {
    pub(super) namespace: String,
    pub(super) name: String,
}

/// How many letters differ, are missing, too many or exchanged; `None` where that is more than a third
/// of those asked for, or more than three.
fn distance(asked: &str, known: &str) -> Option<usize> {
    let most = (asked.len() / 3).min(3);
    let may_be = asked.len().abs_diff(known.len()) <= most;
    may_be.then(|| osa_distance(asked, known)).filter(|distance| *distance <= most)
}

/// The first of those than which none is nearer.
fn first<T: Ord>(mut found: Vec<Near<T>>) -> Vec<T> {
    found.sort();
    found.dedup();
    let least = found.first().map_or(0, |near| near.distance);
    let nearest = found.into_iter().take_while(|near| near.distance == least);
    nearest.take(MOST).map(|near| near.name).collect()
}

/// The names than which none is nearer.
pub(super) fn nearest(asked: &str, known: impl IntoIterator<Item = String>) -> Vec<String> {
    let near = |name: String| Some(Near { distance: distance(asked, &name)?, name });
    first(known.into_iter().filter_map(near).collect())
}

/// The services than which none is nearer, of those that are published so: by both parts of their names, else by their own in
/// another namespace. One look at each service.
pub(super) fn nearest_services(
    state: &State,
    publish: Publish,
    namespace: &str,
    name: &str,
) -> Vec<NearService> {
    let is_published = |service: &Overview<'_>| service.health(publish) != Health::Unpublished;
    let near = |service: Overview<'_>| {
        let (its_namespace, its_name) = service.names();
        let of = |asked: &str, known: &str| match asked == known {
            true => Some(0),
            false => distance(asked, known),
        };
        let (of_name, of_namespace) = (of(name, its_name)?, of(namespace, its_namespace));
        let elsewhere = || (of_name == 0).then_some(ELSEWHERE);
        let distance = of_name + of_namespace.or_else(elsewhere)?;
        let (namespace, name) = (its_namespace.to_owned(), its_name.to_owned());
        is_published(&service).then_some(Near { distance, name: NearService { namespace, name } })
    };
    first(state.overviews().filter_map(near).collect())
}

/// The cluster that a question names.
///
/// # Errors
/// There is none; says which there are, the near ones first.
pub(super) fn find_cluster(state: &State, asked: &str) -> Result<ClusterIndex, UnknownName> {
    let found = Label::parse(asked).ok().and_then(|name| state.find_cluster(&name));
    let names = || state.clusters().map(|cluster| cluster.name.to_string());
    found.ok_or_else(|| UnknownName::Cluster(asked.to_owned(), known(asked, "clusters", names())))
}

/// What there is instead.
pub(super) fn known(asked: &str, what: &str, names: impl Iterator<Item = String>) -> String {
    let names: Vec<_> = names.collect();
    let near = nearest(asked, names.iter().cloned());
    let hint = match near.is_empty() {
        true => String::new(),
        false => format!("did you mean {}? ", near.join(" or ")),
    };
    format!("{hint}known {what}: {}", names.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_is_a_third_of_the_letters_at_most() {
        let known = ["us-central1-a", "us-central1-b", "europe-west1-b", "web", "db"];
        let near = |asked| nearest(asked, known.map(ToOwned::to_owned));
        assert_eq!(near("us-central1-c"), ["us-central1-a", "us-central1-b"]);
        assert_eq!(near("europe-wets1-b"), ["europe-west1-b"]);
        assert_eq!(near("wbe"), ["web"]);
        assert!(near("dv").is_empty() && near("mars").is_empty() && near("").is_empty());
    }
}

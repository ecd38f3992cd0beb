//! A service in a few words: who answers, who does not and why.
//!
//! In: a selection. Out: [`ServiceBrief`], whose size does not grow with the number of clusters.
//! Does not know levels or names.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use crate::core::selection::Selection;
use crate::core::topology::PlaceId;

/// Clusters and addresses that are named at most.
const MOST_NAMED: usize = 3;
/// Reasons that are told at most.
const MOST_REASONS: usize = 4;

/// Who answers for a service, and why others do not.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ServiceBrief {
    /// The first of the clusters that answer.
    pub answering: Vec<String>,
    /// The first of their addresses.
    pub first_addresses: Vec<IpAddr>,
    /// Why others do not, what is true of most first.
    pub lacks: Vec<ServiceLack>,
    /// How many of its zones and regions nobody answers at.
    pub unanswered_places: usize,
}

/// A reason that keeps clusters from answering.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct ServiceLack {
    /// The reason.
    pub reason: String,
    /// How many clusters it keeps from answering.
    pub number: usize,
    /// The first of them.
    pub clusters: Vec<String>,
}

impl ServiceBrief {
    pub(super) fn new(selection: &Selection<'_>, unanswered_places: usize) -> Self {
        let answering = selection.answering(PlaceId::GLOBAL).take(MOST_NAMED);
        let addresses = selection.addresses(PlaceId::GLOBAL).into_iter().take(MOST_NAMED);
        let mut lacks: Vec<ServiceLack> = Vec::new();
        for candidate in &selection.candidates {
            let Some(reason) = selection.left_out(candidate, PlaceId::GLOBAL) else { continue };
            let (reason, cluster) = (reason.to_string(), candidate.cluster.to_string());
            match lacks.iter_mut().find(|it| it.reason == reason) {
                Some(lack) => {
                    lack.number += 1;
                    if lack.clusters.len() < MOST_NAMED {
                        lack.clusters.push(cluster);
                    }
                }
                None => lacks.push(ServiceLack { reason, number: 1, clusters: vec![cluster] }),
            }
        }
        lacks.sort_by_key(|lack| std::cmp::Reverse(lack.number));
        lacks.truncate(MOST_REASONS);
        Self {
            answering: answering.map(|it| it.cluster.to_string()).collect(),
            first_addresses: addresses.collect(),
            lacks,
            unanswered_places,
        }
    }
}

//! What clusters make of the verdict: those that are not read and heard, and what that means for clients.
//!
//! In: ground state. Out: reasons. Does not know when a cluster counts as silent.

use crate::core::count::Count;
use crate::core::state::{Cluster, ClusterState, State};
use crate::core::time::{Moment, Past, rfc3339};

use super::{Grade, Reason};

/// Whether nothing was ever read, though there is something to read.
pub(super) fn is_nothing_read(state: &State) -> bool {
    let mut clusters = state.clusters().peekable();
    let is_any = clusters.peek().is_some() || state.expects_clusters();
    is_any && clusters.all(|cluster| cluster.state() == ClusterState::Awaited)
}

/// The clusters that are not read and heard, the worst first.
pub(super) fn reasons(state: &State) -> Vec<Reason> {
    let mut reasons = Vec::new();
    if is_nothing_read(state) {
        let text = "no cluster was ever read: clients get SERVFAIL for every service";
        reasons.push(whole("nothing_read", Grade::Hurt, text));
    }
    let mut clusters: Vec<&Cluster> =
        state.clusters().filter(|it| it.state() != ClusterState::Synced).collect();
    clusters.sort_by(|a, b| (a.state(), &a.name).cmp(&(b.state(), &b.name)));
    reasons.extend(clusters.into_iter().map(|cluster| Reason {
        grade: Grade::Attention,
        kind: cluster.state().as_str(),
        cluster: Some(cluster.name.clone()),
        service: None,
        text: sentence(cluster, cluster.state()),
        since: Some(Past::at(cluster.state_since())),
    }));
    if state.expects_clusters() {
        let text =
            "not all registries were read: clients get SERVFAIL for services that no cluster has";
        reasons.push(whole("registries_unread", Grade::Attention, text));
    }
    reasons
}

/// What holds since the process started.
fn whole(kind: &'static str, grade: Grade, text: &str) -> Reason {
    let since = Some(Past::at(Moment::default()));
    Reason { grade, kind, cluster: None, service: None, text: text.to_owned(), since }
}

/// What is so of a cluster that is in that state, and what it means.
pub fn sentence(cluster: &Cluster, state: ClusterState) -> String {
    let (name, services) = (&cluster.name, Count(cluster.shards, "service"));
    let why = cluster.lost_because().map(|why| format!(": {why}")).unwrap_or_default();
    match state {
        ClusterState::Foreign => format!(
            "another cluster answers in the place of {name}: what {name} said last stays, until \
             `fedns clusters accept {name}`"
        ),
        ClusterState::Withdrawn => {
            format!("{name} is withdrawn: it is silent, and answers go without its {services}{why}")
        }
        ClusterState::Awaited => format!("{name} is awaited: {}", unread(cluster)),
        ClusterState::Silent => {
            format!("{name} is silent: clients go on to get what its {services} had last{why}")
        }
        ClusterState::Lost => {
            format!("{name} is lost: clients go on to get what its {services} had last{why}")
        }
        ClusterState::Held => format!(
            "{name} is held: much is absent from its lists at once, and stays until a second list \
             says so too"
        ),
        ClusterState::Restored => {
            let as_of = cluster.restored.map(|it| format!(", as of {}", rfc3339(it.as_of)));
            let as_of = as_of.unwrap_or_default();
            format!("{name} is restored: what an earlier run kept of its {services} answers{as_of}")
        }
        ClusterState::Partial => {
            format!("{name} is partial: something of it could not be read, see its complaints")
        }
        ClusterState::Synced => format!("{name} is synced: read and heard, with {services}"),
    }
}

/// Why a cluster was never read, and for whom that means SERVFAIL.
pub fn unread(cluster: &Cluster) -> String {
    let why = cluster.lost_because().unwrap_or("what it lists has not come in whole yet");
    let globs: Vec<_> = cluster.policy.namespaces.iter().map(ToString::to_string).collect();
    let within = match globs.is_empty() {
        true => String::new(),
        false => format!(" of {}", globs.join(", ")),
    };
    format!(
        "it was never read ({why}); clients get SERVFAIL for services{within} that no other cluster has"
    )
}

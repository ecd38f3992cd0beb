//! The look at a member with its new credentials.
//!
//! In: a member and its kubeconfig. Out: what is there, in words, on standard error.
//! Does not know how the credentials came to be.

use std::time::Duration;

use anyhow::bail;

use crate::cli::online::{count, places};
use crate::cli::print::tell;
use crate::clusters::api::Credentials;
use crate::clusters::cluster_watch::{ApiServer, preflight};
use crate::core::count::Count;
use crate::core::policy::ClusterPolicy;
use crate::onboarding::join_manifests::JoiningCluster;

/// How long the look may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// Reads what fedns will read, and says what is there.
///
/// # Errors
/// Something can not be read.
pub(super) async fn verify(member: &JoiningCluster, kubeconfig: String) -> anyhow::Result<()> {
    let name = &member.name;
    let entry = ApiServer {
        credentials: Credentials::Text(kubeconfig.into()),
        namespaces: member.namespaces.clone(),
        has_places: !member.reads_nodes(),
        has_askers: false,
    };
    let seen = preflight(&entry, PATIENCE).await;
    let policy = ClusterPolicy {
        region: member.region.clone(),
        zones: member.zones.clone(),
        ..ClusterPolicy::default()
    };
    let version = seen.version.as_deref().unwrap_or("of unknown version");
    tell(format_args!("{name}: {} ({version}) answers with the new credentials", seen.server));
    for one in ["node", "service", "endpointslice"] {
        if let Some(objects) = count(&seen, &format!("{one}s")) {
            tell(format_args!("{name}: {}", Count(objects as usize, one)));
        }
    }
    match places(name, &policy, &seen) {
        places if places.is_empty() => tell(format_args!(
            "{name}: no region and zone known, so it counts in global answers only; label its \
             nodes topology.kubernetes.io/region and /zone, or say --region and --zones"
        )),
        places => tell(format_args!("{name}: stands in {}", places.join(", "))),
    }
    seen.notes.iter().for_each(|note| tell(format_args!("{name}: {note}")));
    match seen.missing.is_empty() {
        true => Ok(()),
        false => bail!("{name}: {}", seen.missing.join("; ")),
    }
}

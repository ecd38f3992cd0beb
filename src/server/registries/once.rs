//! A registry read once, for somebody who waits.
//!
//! In: a registry, and how long it may take. Out: the clusters that it would register, and what is
//! wrong, in words. Does not know what else is registered but by the configuration.

use std::time::Duration;

use tokio::sync::mpsc;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use crate::clusters::api::Timing;
use crate::clusters::registries::{RegistryReport, watch_secrets};
use crate::config::{Config, Registry, RegistryIdentity};
use crate::core::complaint::Flaw;
use crate::panics::caught;
use crate::server::watches::RegisteredCluster;

use super::claims::{Candidate, Owner};
use super::watched::place;

/// What a registry would register.
pub(crate) struct ReadOnce {
    /// The clusters.
    pub(crate) clusters: Vec<RegisteredCluster>,
    /// What is wrong with it and with its Secrets.
    pub(crate) faults: Vec<String>,
}

/// Reads a registry once, within `patience`: the clusters that it would register beside those of the
/// configuration, and what is wrong with it and with its Secrets, in words.
///
/// # Errors
/// Why it can not be read.
pub(crate) async fn read_once(
    config: &Config,
    registry: &Registry,
    patience: Duration,
) -> Result<ReadOnce, String> {
    let report = report(registry, patience).await?;
    let Some(secrets) = report.found.filter(|_| report.is_read) else {
        return Err(report.faults.join("; "));
    };
    let (mut clusters, mut faults): (Vec<RegisteredCluster>, _) = (Vec::new(), report.faults);
    faults.extend(report.warnings.iter().map(ToString::to_string));
    let identity = RegistryIdentity::of(registry);
    for (secret, found) in secrets {
        let of_secret = |why: &String| format!("Secret {secret}: {why}");
        faults.extend(found.faults.iter().map(of_secret));
        for claim in &found.claims {
            let owner = Owner { registry: identity.clone(), secret: secret.clone() };
            let candidate = Candidate { at: 0, namespace: &registry.namespace, owner, claim };
            let (registered, flaw) = candidate.register(config, None);
            faults.extend(flaw.map(|flaw| of_secret(&flaw.to_string())));
            let is_taken = config.clusters.iter().any(|it| it.name == claim.name)
                || clusters.iter().any(|it| *it.name() == claim.name);
            match registered {
                Some(_) if is_taken => faults.push(of_secret(&format!("{} is taken", claim.name))),
                registered => clusters.extend(registered.map(|it| it.cluster(&claim.name))),
            }
        }
    }
    Ok(ReadOnce { clusters, faults })
}

/// The first report that says anything.
async fn report(registry: &Registry, patience: Duration) -> Result<RegistryReport, String> {
    let (out, mut reports) = mpsc::channel(1);
    let watching =
        watch_secrets(place(registry), Timing::default(), 0, out, CancellationToken::new());
    let told = async {
        loop {
            let (_, report) = reports.recv().await?;
            if report.is_read || !report.faults.is_empty() {
                return Some(report);
            }
        }
    };
    let report = tokio::select! {
        ended = caught(watching) => match ended {
            Ok(()) => None,
            Err(panic) => return Err(Flaw::Panicked(panic.to_string().into()).to_string()),
        },
        report = timeout(patience, told) => report.ok().flatten(),
    };
    report.ok_or_else(|| format!("no answer within {} s", patience.as_secs()))
}

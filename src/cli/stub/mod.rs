//! `fedns stub`: what a cluster's own DNS, or a resolver, needs in order to ask fedns.
//!
//! In: the configuration and flags. Out: text on standard output; or, with `--apply` and
//! `--remove`, another Corefile in a cluster.
//! Does not know how each product is told: that is [`crate::onboarding::stub`].

mod arguments;
mod configmap;
mod change;
mod verify;

use std::io::{Write, stdout};
use std::net::SocketAddr;
use std::path::PathBuf;

use anyhow::{Context, bail};
use tokio::runtime::Builder;

use crate::cli::print::tell;
use crate::config::{Cluster, Config, Kubeconfig, Source};
use crate::onboarding::stub::{MOST_SERVERS, Placement, Stub, default_servers};

use super::connect::Target;
use configmap::Keeper;

pub(super) use arguments::{StubArguments, address};

/// Prints a stub, or puts it into a cluster, or takes it out.
pub(super) fn stub(config: &Config, arguments: &StubArguments) -> anyhow::Result<()> {
    let product = arguments.product.meaning();
    if arguments.remove {
        let cluster = cluster(config, arguments, false)?;
        return block_on(change::remove(&keeper(cluster, arguments)?, arguments));
    }
    if config.policy.federations.is_empty() {
        bail!("the configuration has no federation, so there is nothing to ask fedns for");
    }
    let cluster = cluster(config, arguments, product.is_in_cluster())?;
    let servers = servers(config, cluster, &arguments.addresses)?;
    let stub = Stub::new(config, cluster, servers);
    if arguments.apply {
        let keeper = keeper(cluster, arguments)?;
        block_on(change::apply(&keeper, &stub, arguments))?;
        return match arguments.verify.filter(|_| !arguments.dry_run) {
            Some(server) => verify::verify(server, &stub, config),
            None => Ok(()),
        };
    }
    let text = stub.write(product, &Placement::default(), arguments.coredns_version);
    Ok(stdout().lock().write_all(text.as_bytes())?)
}

fn block_on(work: impl Future<Output = anyhow::Result<()>>) -> anyhow::Result<()> {
    Builder::new_current_thread().enable_all().build().context("no runtime")?.block_on(work)
}

/// The cluster that is meant.
fn cluster<'c>(
    config: &'c Config,
    arguments: &StubArguments,
    is_needed: bool,
) -> anyhow::Result<Option<&'c Cluster>> {
    let names = || {
        let names = config.clusters.iter().map(|cluster| cluster.name.as_str());
        match names.collect::<Vec<_>>().join(", ") {
            names if names.is_empty() => "the configuration has no cluster".to_owned(),
            names => format!("the configuration has {names}"),
        }
    };
    match (&arguments.cluster, &config.clusters[..]) {
        (Some(name), all) => {
            let found = all.iter().find(|cluster| cluster.name.as_str() == name);
            found.with_context(|| format!("no cluster is called {name:?}: {}", names())).map(Some)
        }
        (None, [only]) => Ok(Some(only)),
        (None, _) if is_needed => {
            bail!("which cluster's DNS is it for? Say --cluster NAME: {}", names())
        }
        (None, _) => Ok(None),
    }
}

fn servers(
    config: &Config,
    cluster: Option<&Cluster>,
    given: &[SocketAddr],
) -> anyhow::Result<Vec<SocketAddr>> {
    let servers = match given {
        [] => default_servers(config, cluster)?,
        given => given.to_vec(),
    };
    if servers.len() > MOST_SERVERS {
        bail!("{} addresses of fedns: `forward` takes {MOST_SERVERS} at most", servers.len());
    }
    if let Some(loopback) = servers.iter().find(|server| server.ip().is_loopback()) {
        tell(format_args!("warning: {loopback} is reached by DNS servers on this very host only"));
    }
    Ok(servers)
}

/// Where the Corefile is kept.
fn keeper(cluster: Option<&Cluster>, arguments: &StubArguments) -> anyhow::Result<Keeper> {
    let (mut path, mut context): (Option<PathBuf>, _) =
        (arguments.kubeconfig.clone(), arguments.context.clone());
    if let Some(Source::Kubeconfig(Kubeconfig::Files { paths, context: own_context, .. })) =
        cluster.map(|cluster| &cluster.source)
    {
        // A context without a file may well be of another file than the configuration's.
        if context.is_none() && path.is_none() {
            (path, context) = (paths.first().cloned(), own_context.clone());
        }
    } else if context.is_none() && path.is_none() {
        bail!("in which cluster? Say --context NAME, as in `kubectl config get-contexts`");
    }
    let target = Target { kubeconfig: path, context };
    Ok(Keeper { target, namespace: arguments.namespace.clone(), name: arguments.configmap.clone() })
}

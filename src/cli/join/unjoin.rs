//! `fedns unjoin`: what answers would lose without a cluster, and then the cluster taken out.
//!
//! In: a name, and where it is to be removed. Out: the loss on standard output; what was removed,
//! a line each, on standard error. Does not know how the loss is counted.

use std::io::{Write, stdout};
use std::path::Path;

use anyhow::bail;

use crate::cli::confirm::confirmed;
use crate::cli::connect::Target;
use crate::cli::print::{line, say, tell};
use crate::cli::reach::Source;
use crate::cli::running_server::{RunningServer, escape};
use crate::config::Config;
use crate::controller::Question;
use crate::core::count::Count;
use crate::core::name::Label;
use crate::documents::removal_impact::{RemovalImpact, ServiceLoss};
use crate::onboarding::join_manifests::JoiningCluster;

use super::arguments::UnjoinArguments;
use super::objects::Objects;
use super::runtime;

/// Says what would be lost, and takes the cluster out where that is asked for.
pub(in crate::cli) fn unjoin(
    path: &Path,
    config: Config,
    arguments: &UnjoinArguments,
) -> anyhow::Result<()> {
    let name = &arguments.name;
    let is_written = config.clusters.iter().any(|cluster| cluster.name == *name);
    // What a server has that reads no registry, it has by its configuration.
    let may_be_registered = !is_written && !config.registries.is_empty();
    let source = Source { offline: arguments.offline, ..Source::default() };
    let mut is_served = false;
    let server = RunningServer::new(config.into(), &source)?;
    match loss(&server, name) {
        Ok(impact) => {
            print_loss(&impact)?;
            is_served = !server.is_offline() && !may_be_registered;
        }
        Err(error) if is_written || arguments.apply => {
            tell(format_args!("what answers would lose without {name} is not known: {error:#}"));
        }
        Err(error) => return Err(error),
    }
    if is_written {
        say(format_args!(
            "{name} is an entry of {}: take it out of `clusters` there; a server that runs follows",
            path.display()
        ));
    }
    if arguments.hub_context.is_none() && arguments.context.is_none() {
        if arguments.apply {
            say(format_args!("nothing is removed: say --hub-context, --context or both"));
        }
        return Ok(());
    }
    if is_served && !arguments.force {
        bail!(
            "nothing is removed: {} still has {name} in its configuration, and would go on with what it knows \
             of it; take it out of `clusters` there first, or say --force",
            server.origin()
        );
    }
    runtime()?.block_on(remove(arguments))
}

/// All pages of what would be lost.
fn loss(server: &RunningServer, name: &Label) -> anyhow::Result<RemovalImpact> {
    let mut after: Option<String> = None;
    let mut all: Option<RemovalImpact> = None;
    loop {
        let page = after.as_deref().map(|after| format!("&after={}", escape(after)));
        let path = format!("/departure?cluster={name}{}", page.unwrap_or_default());
        let question = Question::RemovalImpact(name.clone(), after.take());
        let page: RemovalImpact = server.document_of_server(&path, &question)?;
        match &mut all {
            Some(all) => all.add(page),
            None => all = Some(page),
        }
        if let Some(all) = all.take_if(|all| all.next.is_none()) {
            return Ok(all);
        }
        after = all.as_ref().and_then(|all| all.next.clone());
    }
}

fn print_loss(impact: &RemovalImpact) -> anyhow::Result<()> {
    let out = &mut stdout().lock();
    let RemovalImpact { cluster, services, emptied, changes, places, .. } = impact;
    if *services == 0 {
        line(out, format_args!("Without {cluster} no service would lose an address."))?;
    } else {
        writeln!(
            out,
            "Without {cluster} {} would lose addresses: {} at zones, {} at \
             regions, {} at the world; {emptied} of them would have none left.",
            Count(*services, "service"),
            impact.zone_addresses,
            impact.region_addresses,
            impact.global_addresses
        )?;
    }
    if !places.is_empty() {
        line(
            out,
            format_args!("Names at these places would not exist any more: {}.", places.join(", ")),
        )?;
    }
    changes.iter().try_for_each(|change| line(out, format_args!("  {}", describe(change))))?;
    if *services > changes.len() {
        line(out, format_args!("  and {} more", services - changes.len()))?;
    }
    Ok(())
}

fn describe(change: &ServiceLoss) -> String {
    let lost = change.levels.iter().filter(|level| level.lost > 0);
    let levels = lost.map(|level| {
        let of = level.lost + level.left;
        format!("{} of {of} at {}", level.lost, level.place)
    });
    let nothing = if change.is_emptied() { "; nothing is left" } else { "" };
    let levels: Vec<_> = levels.collect();
    format!("{}/{}: {}{nothing}", change.namespace, change.name, levels.join(", "))
}

async fn remove(arguments: &UnjoinArguments) -> anyhow::Result<()> {
    let name = &arguments.name;
    let target = |kubeconfig: &Option<_>, context: &String| Target {
        kubeconfig: kubeconfig.clone(),
        context: Some(context.clone()),
    };
    let mut what = Vec::new();
    let mut hub = None;
    if let Some(context) = &arguments.hub_context {
        let objects = Objects::of(&target(&arguments.hub_kubeconfig, context)).await?;
        let secrets = objects.secrets_of(name, &arguments.hub_namespace).await?;
        match &secrets[..] {
            [] => tell(format_args!(
                "{context}: no Secret of namespace {} is labelled for {name}",
                arguments.hub_namespace
            )),
            _ => what.push(format!("Secret {} from {context}", secrets.join(", "))),
        }
        hub = Some((objects, secrets));
    }
    let mut member = None;
    if let Some(context) = &arguments.context {
        member = Some(Objects::of(&target(&arguments.kubeconfig, context)).await?);
        what.push(format!("what joining made from {context}"));
    }
    if what.is_empty() {
        return Ok(());
    }
    if !arguments.yes && !confirmed(&format!("Remove {}?", what.join(", and ")))? {
        say(format_args!("nothing is removed"));
        return Ok(());
    }
    if let Some((objects, secrets)) = hub {
        for secret in secrets {
            objects.remove_secret(&secret, &arguments.hub_namespace).await?;
        }
    }
    let Some(objects) = member else { return Ok(()) };
    // Where it stands does not matter here: all that joining may have made has the same name.
    let mut member = JoiningCluster {
        name: name.clone(),
        namespace: arguments.namespace.clone(),
        namespaces: arguments.namespaces.clone(),
        region: None,
        zones: Vec::new(),
    };
    member.namespaces = objects.namespaces_of(&member.account(), &member.namespaces).await;
    // The rights go last, so that what was begun can be seen to its end; the namespace stays.
    for manifest in member.manifests(true).iter().rev() {
        objects.remove(manifest).await?;
    }
    Ok(())
}

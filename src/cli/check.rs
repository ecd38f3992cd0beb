//! `fedns check`: what a configuration and its manifests come to, and all that is wrong with them.
//!
//! In: a configuration that has no fault. Out: a summary on standard output.
//! Does not touch the network.

use std::io::stdout;
use std::path::Path;

use anyhow::anyhow;

use crate::config::{Cluster as Entry, Config, Source};
use crate::controller::Question;
use crate::core::count::Count;
use crate::core::state::Cluster;

use super::format::{Format, print_document};
use super::offline;
use super::print::line;

/// Prints what the configuration comes to.
pub(super) fn check(path: &Path, config: Config, format: Format) -> anyhow::Result<()> {
    let controller = offline::load(&config)?;
    if format != Format::Table {
        let status = controller.answer(&Question::Status).map_err(|bad| anyhow!(bad))?;
        return print_document(&status, format);
    }
    let state = controller.state();
    let out = &mut stdout().lock();
    line(out, format_args!("{}: no faults", path.display()))?;
    for federation in &config.policy.federations {
        let [first, second] = [federation.name.as_str(), &federation.domain.to_string()];
        line(out, format_args!("  federation {first} in {second} (TTL {} s)", federation.ttl))?;
    }
    for cluster in state.clusters() {
        let is_it = |it: &&Entry| it.name == cluster.name;
        match config.clusters.iter().find(is_it).map(|it| &it.source) {
            Some(Source::Kubeconfig(_)) => {
                line(
                    out,
                    format_args!("  cluster {}: an API server, which --online asks", cluster.name),
                )?;
            }
            _ => line(out, format_args!("  {}", describe(cluster)))?,
        }
    }
    for registry in &config.registries {
        line(out, format_args!("  registry {registry}: Secrets, which --online reads"))?;
    }
    let [published, _] = state.published();
    let published = Count(published as usize, "service");
    line(out, format_args!("  {published} published, of {} known", state.service_count()))?;
    for warning in &config.warnings {
        line(out, format_args!("warning: {warning}"))?;
    }
    for complaint in controller.state().complaints() {
        line(out, format_args!("complaint: {complaint}"))?;
    }
    Ok(())
}

fn describe(cluster: &Cluster) -> String {
    let places: Vec<_> = cluster.places.iter().map(ToString::to_string).collect();
    let places = if places.is_empty() { "no place".into() } else { places.join(", ") };
    let (name, sync) = (&cluster.name, cluster.sync.as_str());
    let (nodes, services) = (cluster.nodes.len(), cluster.shards);
    let (nodes, services) = (Count(nodes, "node"), Count(services, "service"));
    format!("cluster {name} {sync}: {nodes} in {places}, {services}")
}

//! `fedns check`: what a configuration and its manifests come to, and all that is wrong with them.
//!
//! In: a configuration that has no fault. Out: a summary on standard output.
//! Does not touch the network.

use std::io::{stderr, stdout};
use std::path::Path;
use std::process::ExitCode;

use anyhow::anyhow;
use serde_json::json;

use crate::config::{Cluster as Entry, Config, Fault, Faults, Source};
use crate::controller::{Controller, Question};
use crate::core::count::Count;
use crate::core::state::Cluster;
use crate::zone_files::ZoneFolder;

use super::format::{Format, print_document};
use super::offline;
use super::print::line;

/// Prints what the configuration comes to.
pub(super) fn check(
    path: &Path,
    mut config: Config,
    is_strict: bool,
    format: Format,
) -> anyhow::Result<ExitCode> {
    let zones = ZoneFolder::load(&mut config);
    let controller = offline::load_with_zones(&config)?;
    let faults = zones.as_ref().map(ZoneFolder::faults).unwrap_or_default();
    let notices = zones.as_ref().map(ZoneFolder::notices).unwrap_or_default();
    let has_findings = !config.warnings.is_empty()
        || !controller.state().complaints().is_empty()
        || !notices.is_empty();
    let code = match !faults.is_empty() || is_strict && has_findings {
        true => ExitCode::FAILURE,
        false => ExitCode::SUCCESS,
    };
    match format.is_table() {
        true => {
            print_zone_faults(&faults)?;
            print(path, &config, &controller, zones.as_ref())?;
        }
        false => {
            let status = controller.answer(&Question::Status).map_err(|bad| anyhow!(bad))?;
            print_document(&status, format)?;
        }
    }
    Ok(code)
}

/// Prints the faults of a file for programs.
pub(super) fn print_faults(path: &Path, faults: &Faults, format: Format) -> anyhow::Result<()> {
    let fault = |fault: &Fault| {
        let position = faults.position(fault);
        json!({
            "line": position.map(|it| it.line),
            "column": position.map(|it| it.column),
            "fault": fault.title,
            "why": fault.label,
            "help": fault.help,
        })
    };
    let all: Vec<_> = faults.iter().map(fault).collect();
    print_document(&json!({ "file": path.display().to_string(), "faults": all }), format)
}

/// The faults of static zones, each with its line, on standard error as those of the configuration are.
fn print_zone_faults(faults: &[String]) -> anyhow::Result<()> {
    let out = &mut stderr().lock();
    for fault in faults.iter().flat_map(|fault| fault.lines()) {
        line(out, format_args!("{fault}"))?;
    }
    Ok(())
}

fn print(
    path: &Path,
    config: &Config,
    controller: &Controller,
    zones: Option<&ZoneFolder>,
) -> anyhow::Result<()> {
    let state = controller.state();
    let out = &mut stdout().lock();
    let of_zones = zones.map_or(0, ZoneFolder::fault_count);
    match of_zones {
        0 => line(out, format_args!("{}: no faults", path.display()))?,
        count => {
            let count = Count(count, "fault");
            line(out, format_args!("{}: {count} in static zones", path.display()))?;
        }
    }
    for federation in &config.policy.federations {
        let [first, second] = [federation.name.as_str(), &federation.domain.to_string()];
        line(out, format_args!("  federation {first} in {second} (TTL {} s)", federation.ttl))?;
    }
    for zone in zones.iter().flat_map(|zones| zones.summary()) {
        line(out, format_args!("  {zone}"))?;
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
    for notice in zones.iter().flat_map(|zones| zones.notices()) {
        line(out, format_args!("notice: {notice}"))?;
    }
    for complaint in controller.state().complaints() {
        line(out, format_args!("complaint: {complaint}"))?;
    }
    Ok(())
}

fn describe(cluster: &Cluster) -> String {
    let places: Vec<_> = cluster.places.iter().map(ToString::to_string).collect();
    let places = if places.is_empty() { "no place".into() } else { places.join(", ") };
    let (name, sync) = (&cluster.name, cluster.state().as_str());
    let (nodes, services) = (cluster.nodes.len(), cluster.shards);
    let (nodes, services) = (Count(nodes, "node"), Count(services, "service"));
    format!("cluster {name} {sync}: {nodes} in {places}, {services}")
}

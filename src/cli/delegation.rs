//! `fedns delegation`: what the parent zone needs, and what its servers have.
//!
//! In: the configuration; addresses of servers to ask. Out: records in the form of a master file,
//! and below them, as comments, what differs. Does not know what a difference is.

use std::io::{Write, stdout};
use std::net::{IpAddr, SocketAddr};

use anyhow::{Context, bail};
use clap::Args;
use hickory_proto::rr::{Name as DnsName, RecordType};
use serde::Serialize;

use crate::config::Config;
use crate::core::policy::Nameserver;
use crate::onboarding::delegation::{
    Delegation, Difference, DifferenceKind, RecordRow, Served, delegations, dns_name,
};
use crate::presentation;

use super::format::{Format, Mood, Paint, print_document};
use super::lookup;
use super::print::line;
use super::stub::address;

#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  fedns delegation myfederation
  fedns delegation example.com --parent 192.0.2.1 --parent 192.0.2.2
  fedns delegation -o json

Prints NS of the domain, and addresses of those name servers that lie inside it. There is no DS:
fedns does not sign.

--parent asks servers of the parent zone what they have, and the name servers themselves whether
they serve the domain: missing or other NS and addresses, TTLs under 300 s, DS, name servers that
are silent or have no authority. Where something differs the exit code is 1.")]
pub(super) struct DelegationArguments {
    /// A federation, or a domain; else all
    #[arg(value_name = "FEDERATION|DOMAIN")]
    wanted: Option<String>,
    /// A server of the parent zone, which is asked what it has; may be given more than once
    #[arg(long = "parent", value_name = "IP[:PORT]", value_parser = address)]
    parents: Vec<SocketAddr>,
    /// Where name servers are asked
    #[arg(long, value_name = "PORT", requires = "parents", default_value_t = 53,
        value_parser = clap::value_parser!(u16).range(1..))]
    port: u16,
}

/// All that is said of a domain.
#[derive(Debug, Serialize)]
struct Report {
    domain: String,
    federations: Vec<String>,
    records: Vec<RecordRow>,
    notes: Vec<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    parents: Vec<Asked>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    nameservers: Vec<Asked>,
}

/// What was seen at one server.
#[derive(Debug, Serialize)]
struct Asked {
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    address: SocketAddr,
    differences: Vec<Difference>,
}

/// Prints what parents need, and what is wrong with what they have.
///
/// # Errors
/// No such domain, or something differs.
pub(super) fn delegation(
    config: &Config,
    arguments: &DelegationArguments,
    format: Format,
) -> anyhow::Result<()> {
    let wanted = wanted(delegations(&config.policy), arguments.wanted.as_deref())?;
    let reports: Vec<Report> = wanted.iter().map(|it| report(it, arguments)).collect();
    match format {
        Format::Table | Format::Wide => print(&reports)?,
        _ => print_document(&reports, format)?,
    }
    let asked = reports.iter().flat_map(|report| report.parents.iter().chain(&report.nameservers));
    match asked.map(|asked| asked.differences.len()).sum() {
        0 => Ok(()),
        1 => bail!("one thing is not as it should be"),
        count => bail!("{count} things are not as they should be"),
    }
}

fn wanted(all: Vec<Delegation>, wanted: Option<&str>) -> anyhow::Result<Vec<Delegation>> {
    let Some(wanted) = wanted else {
        if all.is_empty() {
            bail!("the configuration has no federation, so there is nothing to delegate");
        }
        return Ok(all);
    };
    let lower = wanted.to_ascii_lowercase();
    let is_meant = |it: &Delegation| {
        it.federations.contains(&lower)
            || it.domain.to_string().trim_end_matches('.') == lower.trim_end_matches('.')
    };
    let known: Vec<_> = all.iter().map(|it| it.domain.to_string()).collect();
    let found = all.into_iter().find(is_meant);
    let found = found.with_context(|| {
        format!("no federation or domain is called {wanted:?}; domains: {}", known.join(" "))
    })?;
    Ok(vec![found])
}

fn report(delegation: &Delegation, arguments: &DelegationArguments) -> Report {
    let mut notes = Vec::new();
    if let Some(parent) = &delegation.parent {
        notes.push(format!("{parent} is served here too: the names need no delegation there"));
    }
    match delegation.nameservers.len() {
        0 => notes.push("the name servers stand in its zone file, not in the configuration".into()),
        1 => notes.push("one name server only: give it a second one in another network".into()),
        _ => {}
    }
    let mut report = Report {
        domain: delegation.domain.to_string(),
        federations: delegation.federations.clone(),
        records: delegation.rows(),
        notes,
        parents: Vec::new(),
        nameservers: Vec::new(),
    };
    if arguments.parents.is_empty() {
        return report;
    }
    let mut places = own_places(delegation);
    for parent in &arguments.parents {
        let ParentReply { asked, served } = ask_parent(delegation, *parent);
        report.parents.push(asked);
        // Whoever the world is led to is asked, also where it is none of ours.
        for (name, address, _) in served.glue {
            let is_listed = served.nameservers.iter().any(|(listed, _)| *listed == name);
            let place = ServerPlace { name, address };
            if is_listed && !places.contains(&place) {
                places.push(place);
            }
        }
    }
    for ServerPlace { name, address } in places {
        let address = SocketAddr::new(address, arguments.port);
        report.nameservers.push(ask_nameserver(delegation, &name, address));
    }
    report
}

/// A name server at one of its addresses.
#[derive(PartialEq)]
struct ServerPlace {
    name: DnsName,
    address: IpAddr,
}

fn own_places(delegation: &Delegation) -> Vec<ServerPlace> {
    let of = |server: &Nameserver| {
        let name = dns_name(&server.name);
        server
            .addresses
            .clone()
            .into_iter()
            .map(move |address| ServerPlace { name: name.clone(), address })
    };
    delegation.nameservers.iter().flat_map(of).collect()
}

/// What came of asking a parent's server.
struct ParentReply {
    asked: Asked,
    served: Served,
}

fn ask_parent(delegation: &Delegation, address: SocketAddr) -> ParentReply {
    let name = dns_name(&delegation.domain);
    let mut served = Served::default();
    let mut differences = Vec::new();
    match lookup::ask(address, &name, RecordType::NS) {
        Err(why) => differences.push(Difference::new(DifferenceKind::Unreachable, why)),
        Ok(reply) => match Served::read(&delegation.domain, &reply) {
            Err(difference) => differences.push(difference),
            Ok(read) => {
                differences = delegation.compare(&read);
                let ds = lookup::ask(address, &name, RecordType::DS);
                differences.extend(ds.ok().and_then(|reply| delegation.judge_ds(&reply)));
                served = read;
            }
        },
    }
    ParentReply { asked: Asked { name: None, address, differences }, served }
}

fn ask_nameserver(delegation: &Delegation, name: &DnsName, address: SocketAddr) -> Asked {
    let domain = dns_name(&delegation.domain);
    let difference = match lookup::ask(address, &domain, RecordType::SOA) {
        Err(why) => Some(Difference::new(DifferenceKind::Unreachable, why)),
        Ok(reply) => delegation.judge_soa(&reply).or_else(|| {
            let reply = lookup::ask(address, &domain, RecordType::NS).ok()?;
            delegation.judge_ns(&reply)
        }),
    };
    let differences = difference.into_iter().collect();
    Asked { name: Some(presentation::name(name)), address, differences }
}

fn print(reports: &[Report]) -> anyhow::Result<()> {
    let paint = Paint::new();
    let out = &mut stdout().lock();
    for (index, report) in reports.iter().enumerate() {
        if index > 0 {
            writeln!(out)?;
        }
        let title = format!("; The parent zone of {} needs", report.domain);
        writeln!(out, "{}", paint.text(Mood::Title, &title))?;
        for note in &report.notes {
            line(out, format_args!("; {note}"))?;
        }
        let width = report.records.iter().map(|row| row.name.len()).max().unwrap_or(0);
        for RecordRow { name, ttl, record_type, data } in &report.records {
            line(out, format_args!("{name:width$}  {ttl}  IN  {record_type:4}  {data}"))?;
        }
        for asked in report.parents.iter().chain(&report.nameservers) {
            let who = match &asked.name {
                Some(name) => format!("; name server {name} at {}", asked.address),
                None => format!("; the parent's server {}", asked.address),
            };
            writeln!(out, "{}", paint.text(Mood::Title, &who))?;
            for difference in &asked.differences {
                writeln!(out, ";   {}", paint.text(Mood::Bad, &difference.text))?;
            }
            if asked.differences.is_empty() {
                writeln!(out, ";   {}", paint.text(Mood::Good, "as it should be"))?;
            }
        }
    }
    Ok(())
}

//! After `fedns stub --apply`: does the cluster's DNS pass questions on to fedns?
//!
//! In: that DNS's address, the zones. Out: what it answers for the SOA of each, once that comes
//! from fedns, or at last. A ConfigMap reaches CoreDNS after a minute or two.
//! Does not know the Corefile.

use std::net::SocketAddr;
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::bail;
use hickory_proto::op::{Message, ResponseCode};
use hickory_proto::rr::{Name, RData, RecordType};

use crate::cli::lookup;
use crate::cli::print::{say, tell};
use crate::config::Config;
use crate::core::wire::Rcode;
use crate::onboarding::delegation::dns_name;
use crate::onboarding::stub::{Stub, StubZone};
use crate::presentation;

/// How long a change may take to arrive: the kubelet's sync, then CoreDNS's `reload`.
const PATIENCE: Duration = Duration::from_secs(180);
/// How long between two looks.
const PAUSE: Duration = Duration::from_secs(2);

/// Asks until all zones are answered by fedns.
///
/// # Errors
/// Some are not, after some minutes.
pub(super) fn verify(server: SocketAddr, stub: &Stub, config: &Config) -> anyhow::Result<()> {
    let end = Instant::now() + PATIENCE;
    let mut is_told = false;
    for zone in &stub.zones {
        loop {
            let said = look(server, zone, config);
            match said {
                Ok(soa) => {
                    say(format_args!("{server} answers {}: SOA {soa}", zone.name));
                    break;
                }
                Err(why) if Instant::now() >= end => {
                    bail!("{server} does not pass {} on to fedns: {why}", zone.name)
                }
                Err(why) => {
                    if !is_told {
                        tell(format_args!("waiting for {server} ({}: {why})", zone.name));
                    }
                    is_told = true;
                    sleep(PAUSE);
                }
            }
        }
    }
    Ok(())
}

/// The SOA of a zone, or why it is none of ours.
fn look(server: SocketAddr, zone: &StubZone, config: &Config) -> Result<String, String> {
    let name = dns_name(&zone.name);
    let reply = lookup::ask(server, &name, RecordType::SOA)?;
    if reply.metadata.response_code != ResponseCode::NoError {
        return Err(Rcode(u16::from(reply.metadata.response_code)).as_str().to_owned());
    }
    let Soa { primary, text } = soa(&reply, &name).ok_or("no SOA")?;
    let mut known = config.policy.federations.iter().filter(|it| it.domain == zone.name);
    let ours = known.find_map(|federation| federation.nameservers.first());
    match ours.map(|server| server.name.to_string()) {
        Some(ours) if !ours.eq_ignore_ascii_case(&primary) => {
            Err(format!("its SOA names {primary}, and that of fedns {ours}"))
        }
        _ => Ok(text),
    }
}

/// A SOA in presentation form.
struct Soa {
    /// Its primary name server.
    primary: String,
    /// All of its data.
    text: String,
}

fn soa(reply: &Message, name: &Name) -> Option<Soa> {
    reply.answers.iter().filter(|record| record.name == *name).find_map(|record| {
        match &record.data {
            RData::SOA(soa) => Some(Soa {
                primary: presentation::name(&soa.mname),
                text: presentation::data(&record.data),
            }),
            _ => None,
        }
    })
}

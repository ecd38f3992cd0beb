//! `fedns zone`: all names of a zone, as a master file.
//!
//! In: a federation or a domain. Out: the file on standard output, as it comes.
//! Does not know what stands in it.

use std::io::{BufWriter, Write, stdout};

use crate::documents::zone_text;

use super::print::Tamed;
use super::running_server::{RunningServer, escape};

/// Octets that are written at once.
const PIECE: usize = 64 * 1024;

/// Prints a zone.
pub(super) fn zone(server: &RunningServer, federation: &str) -> anyhow::Result<()> {
    let mut out = Tamed::new(BufWriter::with_capacity(PIECE, stdout().lock()));
    if !server.get_to(&format!("/zone?federation={}", escape(federation)), &mut out)? {
        server.say_offline("; ", &mut out)?;
        let snapshot = server.offline()?.published().load_full();
        let zone = zone_text::find(&snapshot, federation)?;
        zone_text::write(&snapshot, zone, &mut out)?;
    }
    Ok(out.flush()?)
}

//! `fedns resolve`: what is answered for one name, as text.
//!
//! In: a name and a type. Out: the reply, as dig prints it, from the running server where there
//! is one. Both ways end in the very function of the query path.
//! Does not decide anything itself.

use std::io::{Write, stdout};

use anyhow::Context;

use crate::clock::Clock;
use crate::local_query::{LocalQuery, ReplyNote};
use crate::presentation;

use super::format::Format;
use super::message;
use super::running_server::{RunningServer, escape};

/// Prints what is answered.
pub(super) fn resolve(
    server: &RunningServer,
    query: &LocalQuery,
    format: Format,
) -> anyhow::Result<()> {
    let (octets, origin) = match server.get(&path("resolve", query))? {
        Some(octets) => (octets, server.origin()),
        None => {
            let controller = server.offline()?;
            let octets = query.ask(&controller.published().load(), Clock::start().now());
            (octets, "the configuration".to_owned())
        }
    };
    if !format.is_table() {
        let reply = ReplyNote::read(&octets).context("the reply can not be decoded")?;
        return server.print_document(&reply, format);
    }
    let text = message::render(&octets, &origin)?;
    let mut out = stdout().lock();
    server.say_offline(";; ", &mut out)?;
    Ok(out.write_all(text.as_bytes())?)
}

/// The path of a document about a query.
pub(super) fn path(document: &str, query: &LocalQuery) -> String {
    let name = escape(&presentation::name(&query.name));
    let (record_type, client) = (query.record_type, query.client);
    let cluster = query.cluster.iter().map(|cluster| format!("&cluster={cluster}"));
    let cluster: String = cluster.collect();
    format!("/{document}?name={name}&type={record_type}&from={client}{cluster}")
}

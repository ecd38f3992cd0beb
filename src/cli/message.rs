//! DNS messages as text, the way dig prints them.
//!
//! In: octets of a reply. Out: text. Another decoder than our own reads them, so that what is
//! shown is what others see. Does not know where the octets come from.

use std::fmt::Write;

use anyhow::Context;
use hickory_proto::op::{Message, ResponseCode};
use hickory_proto::rr::Record;

use crate::local_query::{self, RecordNote};
use crate::presentation;

/// Prints a reply and where it came from.
pub(super) fn render(octets: &[u8], origin: &str) -> anyhow::Result<String> {
    let message = Message::from_vec(octets).context("the reply can not be decoded")?;
    let mut text = String::new();
    let head = &message.metadata;
    let status = status(head.response_code);
    let flags = [
        (true, " qr"),
        (head.authoritative, " aa"),
        (head.truncation, " tc"),
        (head.recursion_desired, " rd"),
    ];
    let flags: String = flags.into_iter().filter(|(is_set, _)| *is_set).map(|(_, it)| it).collect();
    let (questions, answers) = (message.queries.len(), message.answers.len());
    let (authorities, additionals) = (message.authorities.len(), message.additionals.len());
    writeln!(text, ";; opcode: QUERY, status: {status}")?;
    writeln!(
        text,
        ";; flags:{flags}; QUERY: {questions}, ANSWER: {answers}, AUTHORITY: {authorities}, \
         ADDITIONAL: {additionals}"
    )?;
    if let Some(info) = local_query::extended_error(&message) {
        writeln!(text, ";; EDE: {info}{}", extended_error(info))?;
    }
    writeln!(text, "\n;; QUESTION SECTION:")?;
    for query in &message.queries {
        let (name, kind) = (query.name(), query.query_type());
        let (name, kind) = (presentation::name(name), presentation::record_type(kind));
        writeln!(text, ";{name}\tIN\t{kind}")?;
    }
    section(&mut text, "ANSWER", &message.answers)?;
    section(&mut text, "AUTHORITY", &message.authorities)?;
    section(&mut text, "ADDITIONAL", &message.additionals)?;
    writeln!(text, "\n;; FROM: {origin}")?;
    Ok(text)
}

fn section(text: &mut String, title: &str, records: &[Record]) -> std::fmt::Result {
    if records.is_empty() {
        return Ok(());
    }
    writeln!(text, "\n;; {title} SECTION:")?;
    records.iter().try_for_each(|record| {
        let RecordNote { name, ttl, record_type, data } = RecordNote::new(record);
        writeln!(text, "{name}\t{ttl}\tIN\t{record_type}\t{data}")
    })
}

fn status(code: ResponseCode) -> &'static str {
    crate::core::wire::Rcode(u16::from(code)).as_str()
}

/// The names of RFC 8914, section 4, that we send.
pub(super) fn extended_error(code: u16) -> &'static str {
    match code {
        3 => " (Stale Answer)",
        14 => " (Not Ready)",
        _ => "",
    }
}

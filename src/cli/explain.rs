//! `fedns explain`: why a question gets the answer it gets, as text.
//!
//! In: an [`Explanation`], from the running server where there is one. Out: its text.
//! Does not decide anything itself.

use std::fmt::Write as _;
use std::io::{Write, stdout};
use std::process::ExitCode;
use std::time::Duration;

use crate::controller::Question;
use crate::core::spell::Spell;
use crate::documents::explain::{
    AllDownNote, Explanation, LevelNote, NameKind, ServiceNote, SnapshotNote,
};
use crate::local_query::LocalQuery;

use super::format::{Format, Mood, Paint};
use super::levels::{Levels, left_out};
use super::message::extended_error;
use super::print::printable;
use super::resolve::path;
use super::running_server::RunningServer;

/// Prints why an answer is what it is; of a level of many clusters each, where `is_all` says so.
pub(super) fn explain(
    server: &RunningServer,
    query: LocalQuery,
    is_all: bool,
    format: Format,
) -> anyhow::Result<ExitCode> {
    let path = path("explain", &query);
    let explanation: Explanation = server.document(&path, &Question::Explain(query))?;
    let code = match explanation.what.kind {
        // Who asks for a place that is not there has a fault in what he asks.
        NameKind::NoPlace | NameKind::NoFederation => ExitCode::FAILURE,
        _ => ExitCode::SUCCESS,
    };
    if !format.is_table() {
        server.print_document(&explanation, format)?;
        return Ok(code);
    }
    let text = render(&printable(explanation)?, is_all, Paint::new())?;
    let mut out = stdout().lock();
    server.say_offline("", &mut out)?;
    out.write_all(text.as_bytes())?;
    Ok(code)
}

fn render(
    explanation: &Explanation,
    is_all: bool,
    paint: Paint,
) -> Result<String, std::fmt::Error> {
    let mut text = String::new();
    let out = &mut text;
    let question = &explanation.question;
    let asked = format!("{} {}", question.name, question.record_type);
    writeln!(out, "{}, asked from {}", paint.text(Mood::Title, &asked), question.from)?;
    if let Some(asker) = &explanation.asker {
        let who = match (&asker.cluster, &*asker.place) {
            (None, _) => "not known".to_owned(),
            (Some(name), "") => format!("cluster {name}, at no one place"),
            (Some(name), place) => format!("cluster {name}, in {place}"),
        };
        writeln!(out, "asker: {}: {}", paint.text(Mood::Title, &who), asker.why)?;
    }
    match &explanation.service {
        Some(service) => {
            let title = format!("{}/{}", service.namespace, service.name);
            writeln!(out, "{}: {}", paint.text(Mood::Title, &title), explanation.what.text)?;
            Levels { service, paint, is_all }.write(out)?;
        }
        None => {
            writeln!(out, "{}", explanation.what.text)?;
            let mut shards = explanation.what.left_out.iter();
            shards.try_for_each(|shard| left_out(out, shard, None, paint))?;
        }
    }
    if !explanation.what.near.is_empty() {
        writeln!(out, "did you mean {}?", explanation.what.near.join(" or "))?;
    }
    reply(out, explanation, paint)?;
    if let Some(service) = &explanation.service {
        ttl(out, service)?;
        if let Some(note) = &service.when_all_down {
            when_all_down(out, note, explanation)?;
        }
    }
    snapshot_line(out, &explanation.snapshot)?;
    for complaint in &explanation.complaints {
        writeln!(out, "{}: {complaint}", paint.text(Mood::Odd, "complaint"))?;
    }
    if explanation.more_complaints > 0 {
        writeln!(out, "and {} more complaints; /status lists them", explanation.more_complaints)?;
    }
    Ok(text)
}

/// Which snapshot answered, and how old it is.
pub(super) fn snapshot_line(out: &mut String, snapshot: &SnapshotNote) -> std::fmt::Result {
    let age = Spell(Duration::from_millis(snapshot.age_millis));
    writeln!(out, "snapshot: generation {}; the last change was {age} ago", snapshot.generation)
}

fn reply(out: &mut String, explanation: &Explanation, paint: Paint) -> std::fmt::Result {
    let reply = &explanation.reply;
    let is_good = reply.rcode == "NOERROR" && !reply.answer.is_empty();
    let rcode = paint.text(if is_good { Mood::Good } else { Mood::Odd }, &reply.rcode);
    let without = if reply.answer.is_empty() { ", no record" } else { "" };
    let error = reply.extended_error.map(|code| format!(", EDE {code}{}", extended_error(code)));
    writeln!(out, "\nanswer: {rcode}{without}{}", error.unwrap_or_default())?;
    for record in &reply.answer {
        writeln!(out, "  {} {} {} {}", record.name, record.ttl, record.record_type, record.data)?;
    }
    let question = &explanation.question;
    let has_family = reply.answer.iter().any(|record| record.record_type == question.record_type);
    let is_address = matches!(&*question.record_type, "A" | "AAAA");
    let answering = explanation.service.iter().flat_map(|it| &it.levels).find(|it| it.is_end);
    let has_shard = answering.is_some_and(|level| !level.answering.is_empty());
    if explanation.what.kind == NameKind::Service && has_shard && is_address && !has_family {
        let family = if question.record_type == "A" { "IPv4" } else { "IPv6" };
        writeln!(out, "  shards answer here, but none has an {family} address")?;
    }
    Ok(())
}

/// Whether who answers at the end of the chain waited until no active shard was left.
fn has_waited(level: &LevelNote) -> bool {
    level.is_end && level.answering.iter().any(|shard| shard.tier.is_some())
}

fn ttl(out: &mut String, service: &ServiceNote) -> std::fmt::Result {
    let ttl = &service.ttl;
    let source = match ttl.annotated_by.is_empty() {
        true => format!("of federation {}", service.federation),
        false => format!("annotation fedns.dev/ttl of {}", ttl.annotated_by.join(", ")),
    };
    match ttl.shortened_from {
        None => writeln!(out, "TTL: {} s, {source}", ttl.seconds),
        Some(full) => {
            let why = if ttl.is_pending {
                "as a hostname has not been asked for yet"
            } else if ttl.is_missed {
                "as a cluster was never read that could change it"
            } else if ttl.is_of_override {
                "as a drain or a pin that is about it ends by then"
            } else if ttl.is_of_hostname {
                "as a hostname was answered with it"
            } else if service.levels.iter().any(has_waited) {
                "as no active shard is left"
            } else {
                "as it rests on nothing healthy"
            };
            writeln!(out, "TTL: {} s, shortened from {full} s ({source}), {why}", ttl.seconds)
        }
    }
}

fn when_all_down(
    out: &mut String,
    note: &AllDownNote,
    explanation: &Explanation,
) -> std::fmt::Result {
    let policy = &note.policy;
    if explanation.reply.rcode == "SERVFAIL" {
        return writeln!(out, "whenAllDown: {policy}, once the clusters have synced");
    }
    let says = match (&**policy, note.addresses.is_empty()) {
        ("nodata", _) => "no record".to_owned(),
        ("nxdomain", _) => "the name does not exist".to_owned(),
        (_, true) => "no address is known to give".to_owned(),
        (_, false) => note.addresses.join(", "),
    };
    writeln!(out, "whenAllDown decides: {policy}: {says}")
}

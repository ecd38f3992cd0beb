//! `fedns explain ADDRESS`: whose an address is, as text.
//!
//! In: an address. Out: the services, clusters and levels that answer with it, and those that have it and do
//! not answer. Does not decide anything itself.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::io::{Write, stdout};
use std::net::IpAddr;

use crate::controller::Question;
use crate::core::count::Count;
use crate::documents::address::{AddressInside, AddressLevel, AddressNote, AddressShard};
use crate::documents::stale::StaleNote;

use super::explain::snapshot_line;
use super::format::{Format, Mood, Paint};
use super::print::printable;
use super::running_server::RunningServer;

/// Prints whose an address is.
pub(super) fn address(
    server: &RunningServer,
    address: IpAddr,
    format: Format,
) -> anyhow::Result<()> {
    let path = format!("/address?address={address}");
    let note: AddressNote = server.document(&path, &Question::Address(address))?;
    if !format.is_table() {
        return server.print_document(&note, format);
    }
    let text = render(&printable(note)?, Paint::new())?;
    let mut out = stdout().lock();
    server.say_offline("", &mut out)?;
    Ok(out.write_all(text.as_bytes())?)
}

fn render(note: &AddressNote, paint: Paint) -> Result<String, std::fmt::Error> {
    let mut text = String::new();
    let out = &mut text;
    writeln!(out, "{}: {}", paint.text(Mood::Title, &note.address), headline(note))?;
    for name in &note.nameservers {
        writeln!(out, "it is of our name server {name}")?;
    }
    let mut before = None;
    for shard in &note.shards {
        let service = (&shard.namespace, &shard.name, &shard.federation);
        if before != Some(service) {
            let title = format!("{}/{}", shard.namespace, shard.name);
            let title = paint.text(Mood::Title, &title);
            writeln!(out, "\n{title} in federation {}", shard.federation)?;
            before = Some(service);
        }
        of_shard(out, shard, stale(note, &shard.cluster), paint)?;
    }
    if !note.inside.is_empty() {
        writeln!(out, "\n{}", paint.text(Mood::Title, "inside clusters"))?;
        note.inside.iter().try_for_each(|it| inside(out, it, paint))?;
    }
    if note.more_services > 0 {
        writeln!(out, "\nand {} more that have it", Count(note.more_services, "service"))?;
    }
    writeln!(out)?;
    if !note.unread.is_empty() {
        writeln!(out, "never read, and may have it too: {}", note.unread.join(", "))?;
    }
    snapshot_line(out, &note.snapshot)?;
    Ok(text)
}

fn headline(note: &AddressNote) -> String {
    let outside = note.shards.iter().filter(|it| !it.answers_at.is_empty());
    let inside = note.inside.iter().filter(|it| !it.federations.is_empty());
    let answering = outside.map(|it| &it.cluster).chain(inside.map(|it| &it.cluster));
    let answering = answering.collect::<BTreeSet<_>>().len();
    let is_had = !note.shards.is_empty() || !note.inside.is_empty();
    match (answering, is_had, note.nameservers.is_empty()) {
        (0, false, true) => "no cluster that was read has it, and no name server".to_owned(),
        (0, false, false) => "no cluster that was read has it".to_owned(),
        (0, true, _) => "no cluster answers with it".to_owned(),
        (1, ..) => "1 cluster answers with it".to_owned(),
        (count, ..) => format!("{count} clusters answer with it"),
    }
}

/// How old the facts of a cluster are, if nobody confirms them.
fn stale<'n>(note: &'n AddressNote, cluster: &str) -> Option<&'n StaleNote> {
    note.stale.iter().find(|it| it.cluster == cluster)
}

fn of_shard(
    out: &mut String,
    shard: &AddressShard,
    stale: Option<&StaleNote>,
    paint: Paint,
) -> std::fmt::Result {
    let AddressShard { cluster, .. } = shard;
    let old = |word: &str| stale.map(|it| paint.text(Mood::Odd, &format!(", {word} {it}")));
    let Some(reason) = &shard.reason else {
        let answers = paint.text(Mood::Good, "answers");
        let levels: Vec<_> = shard.answers_at.iter().map(level).collect();
        let (levels, old) = (levels.join(", "), old("from").unwrap_or_default());
        return writeln!(out, "  {cluster} {answers} with it{old}: {levels}");
    };
    let stands = match shard.stands.is_empty() {
        true => "no known place".to_owned(),
        false => shard.stands.join(", "),
    };
    let stands = paint.text(Mood::Dim, &format!("({stands})"));
    let (reason, old) = (paint.text(Mood::Odd, reason), old("by").unwrap_or_default());
    writeln!(out, "  {cluster} has it and does not answer: {reason}{old} {stands}")?;
    match &shard.when_all_down {
        Some(policy) => {
            writeln!(out, "    given all the same: nothing is healthy, and whenAllDown is {policy}")
        }
        None => Ok(()),
    }
}

fn level(level: &AddressLevel) -> String {
    match &*level.place {
        "" => level.level.clone(),
        place => format!("{} {place}", level.level),
    }
}

fn inside(out: &mut String, row: &AddressInside, paint: Paint) -> std::fmt::Result {
    let AddressInside { namespace, name, cluster, federations, .. } = row;
    let Some(reason) = &row.reason else {
        let answers = paint.text(Mood::Good, "answers");
        let federations = federations.join(", ");
        return writeln!(
            out,
            "  {cluster} {answers} its own askers with it: {namespace}/{name} in {federations}"
        );
    };
    let reason = paint.text(Mood::Odd, reason);
    writeln!(out, "  {cluster} has it and does not answer: {namespace}/{name}: {reason}")
}

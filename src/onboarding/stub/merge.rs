//! Our block in somebody's Corefile: put there, renewed, taken out again.
//!
//! In: the Corefile's text, a [`Stub`]. Out: the text with our blocks between two marks, all else
//! byte for byte as it was; or why not. They stand first, where no missing line end and no
//! block without braces is in its way, so that taking it out gives the very text of before.
//! Does not know where the Corefile is kept.

use std::ops::Range;

use super::cluster_domain::adapted;
use super::coredns::{Placement, blocks};
use super::corefile::{Block, Corefile, Import};
use super::key::{Key, has_variable, is_same_port};
use super::lexer::{BadCorefile, Comment, shown};
use super::listeners::placements;
use super::version::Version;
use super::{Stub, plain};

/// The mark above our block.
const BEGIN: &str = "# BEGIN fedns: written by `fedns stub --apply`, taken out by `--remove`";
/// The mark above our block without its words, which people may shorten.
const BEGINS: &str = "# BEGIN fedns";
/// The mark below our block.
const END: &str = "# END fedns";

/// A Corefile with our block in it.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Merged {
    /// The Corefile.
    pub text: String,
    /// What its keeper should know, a sentence each.
    pub notes: Vec<String>,
}

/// Puts our blocks into a Corefile, or renews them: one for each set of sockets at which the root
/// is listened for. Where the Corefile's cluster has another domain than `stub` says, it gets that.
///
/// # Errors
/// The Corefile can not be read, somebody else's block serves one of our zones, or our marks are
/// not as we left them.
pub fn apply(text: &str, stub: &Stub, version: Option<Version>) -> Result<Merged, BadCorefile> {
    let corefile = Corefile::read(text)?;
    let ours = marked(&corefile)?;
    let is_ours = |span: &Range<usize>| {
        ours.as_ref().is_some_and(|ours| ours.start <= span.start && span.end <= ours.end)
    };
    let others: Vec<&Block> = corefile.blocks.iter().filter(|it| !is_ours(&it.span)).collect();
    let mut notes = Vec::new();
    let stub = adapted(stub, &others, &mut notes);
    let placements = placements(&others, &mut notes);
    for block in &others {
        check(block, &stub, &placements, &mut notes)?;
    }
    import_notes(&corefile, &others, &mut notes);
    notes.extend(reload_note(&corefile, &others));
    let blocks = blocks(&stub, &placements, version);
    let blocks = format!("{BEGIN}\n{blocks}{END}\n");
    let span = ours.unwrap_or_else(|| {
        let start = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
        start..start
    });
    let text = format!("{}{blocks}{}", &text[..span.start], &text[span.end..]);
    check_whole(&text, &others, placements.len())?;
    Ok(Merged { text, notes: notes.iter().map(|note| shown(note)).collect() })
}

/// Reads the Corefile that was made: all blocks of others are in it as before, and ours are `own`.
fn check_whole(text: &str, others: &[&Block], own: usize) -> Result<(), BadCorefile> {
    let made = Corefile::read(text)?;
    let ours = marked(&made)?.unwrap_or_default();
    let is_ours = |block: &&Block| ours.start <= block.span.start && block.span.end <= ours.end;
    let (found, kept): (Vec<_>, Vec<_>) = made.blocks.iter().partition(is_ours);
    let is_same = kept.iter().map(|it| &it.keys).eq(others.iter().map(|it| &it.keys));
    if found.len() == own && is_same {
        return Ok(());
    }
    let line = 1 + text[..ours.start].matches('\n').count();
    let what = "our marks stand where no server block can begin; take them out by hand";
    Err(BadCorefile::new(line, what))
}

/// Takes our block out of a Corefile; a Corefile without it stays as it is.
///
/// # Errors
/// The Corefile can not be read, or our marks are not as we left them.
pub fn remove(text: &str) -> Result<String, BadCorefile> {
    let ours = marked(&Corefile::read(text)?)?;
    Ok(match ours {
        Some(span) => format!("{}{}", &text[..span.start], &text[span.end..]),
        None => text.to_owned(),
    })
}

/// What stands between our marks, marks included.
fn marked(corefile: &Corefile) -> Result<Option<Range<usize>>, BadCorefile> {
    let is_begin = |comment: &Comment| {
        let words = comment.text.strip_prefix(BEGINS);
        words.is_some_and(|words| words.is_empty() || words.starts_with([':', ' ']))
    };
    let is_mark = |comment: &&Comment| is_begin(comment) || comment.text == END;
    let advice = "put our marks back, or take them and what is between them out by hand";
    if let Some(inner) = corefile.inner_comments.iter().find(is_mark) {
        let what = format!("a mark of fedns stands inside a server block; {advice}");
        return Err(BadCorefile::new(inner.line, what));
    }
    let marks: Vec<&Comment> = corefile.comments.iter().filter(is_mark).collect();
    match marks[..] {
        [] => Ok(None),
        [begin, end] if is_begin(begin) && end.text == END => {
            Ok(Some(begin.span.start..end.span.end))
        }
        [first, ..] => {
            let what = format!(
                "`# BEGIN fedns` and `# END fedns` do not stand there once each, in this order; \
                 {advice}"
            );
            Err(BadCorefile::new(first.line, what))
        }
    }
}

/// Refuses a block that serves a zone of ours at a port of ours; notes one that takes names below
/// it, and one of which that can not be told.
fn check(
    block: &Block,
    stub: &Stub,
    placements: &[Placement],
    notes: &mut Vec<String>,
) -> Result<(), BadCorefile> {
    for key in block.keys.iter().filter(|key| key.transport.is_none()) {
        let Some(is_known) = meets(key, placements) else { continue };
        if key.is_unknown() {
            notes.push(format!(
                "which zone `{}` at line {} is, the Corefile does not say",
                key.text, block.line
            ));
            continue;
        }
        for zone in stub.zones.iter().map(|zone| plain(&zone.name)) {
            let is_below = key.zone.strip_suffix(&zone).is_some_and(|rest| rest.ends_with('.'));
            if key.zone == zone && is_known {
                let what = format!(
                    "a server block that is not ours serves {zone} already; take {zone} out of it \
                     first"
                );
                return Err(BadCorefile::new(block.line, what));
            }
            if key.zone == zone {
                notes.push(format!(
                    "whether `{}` at line {} stands at a port of our block, which serves {zone} \
                     too, the Corefile does not say: CoreDNS does not start if it does",
                    key.text, block.line
                ));
            } else if is_below {
                notes.push(format!(
                    "the server block at line {} keeps {} and the names below it for itself",
                    block.line, key.zone
                ));
            }
        }
    }
    Ok(())
}

/// Whether a key stands at a port of ours, and whether that is known; `None` where it does not.
fn meets(key: &Key, placements: &[Placement]) -> Option<bool> {
    let port = key.port.as_deref();
    let mut ours = placements.iter().flat_map(|it| &it.ports).map(Option::as_deref);
    if ours.clone().any(|it| is_same_port(it, port)) {
        return Some(true);
    }
    let is_open = |port: Option<&str>| port.is_some_and(has_variable);
    (is_open(port) || ours.any(is_open)).then_some(false)
}

/// What could not be looked into.
fn import_notes(corefile: &Corefile, others: &[&Block], notes: &mut Vec<String>) {
    for Import { pattern, line } in &corefile.imports {
        let keeper = match pattern.contains("/custom/") {
            true => {
                "; whoever wrote that (AKS, K3s) may write this Corefile anew: see `--for aks` and \
                 `--for k3s`"
            }
            false => "",
        };
        notes.push(format!("{pattern}, imported at line {line}, was not looked into{keeper}"));
    }
    let roots = others.iter().filter(|block| block.keys.iter().any(Key::is_plain_root));
    for Import { pattern, line } in roots.flat_map(|block| &block.imports) {
        notes.push(format!(
            "{pattern}, imported into the root's block at line {line}, was not looked into: if \
             `bind` stands in it, no question reaches our block"
        ));
    }
}

fn reload_note(corefile: &Corefile, others: &[&Block]) -> Option<String> {
    if others.iter().any(|block| block.named("reload").next().is_some()) {
        return None;
    }
    let is_all = corefile.imports.is_empty() && others.iter().all(|it| it.imports.is_empty());
    let unless = if is_all { "" } else { ", unless an imported file says it" };
    Some(format!(
        "no block of the Corefile says `reload`: CoreDNS has to be restarted to read it{unless}"
    ))
}

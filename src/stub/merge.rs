//! Our block in somebody's Corefile: put there, renewed, taken out again.
//!
//! In: the Corefile's text, a [`Stub`]. Out: the text with our block between two marks, all else
//! byte for byte as it was; or why not. The block stands first, where no missing line end and no
//! block without braces is in its way, so that taking it out gives the very text of before.
//! Does not know where the Corefile is kept.

use std::ops::Range;

use super::coredns::{Placement, block};
use super::corefile::{BadCorefile, Block, Comment, Corefile, Key};
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

/// Puts the block into a Corefile, or renews it. It listens where the root's block listens.
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
    let placement = placement(&others);
    let mut notes = Vec::new();
    for block in &others {
        check(block, stub, &placement, &mut notes)?;
    }
    for import in &corefile.imports {
        notes.push(import_note(&import.pattern, import.line));
    }
    if !others.iter().any(|block| block.arguments("reload").next().is_some()) {
        notes.push(
            "no block of the Corefile says `reload`: CoreDNS has to be restarted to read it"
                .to_owned(),
        );
    }
    let block = block(stub, &placement, version);
    let block = format!("{BEGIN}\n{block}{END}\n");
    let span = ours.unwrap_or_else(|| {
        let start = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
        start..start
    });
    let text = format!("{}{block}{}", &text[..span.start], &text[span.end..]);
    check_whole(&text, &others)?;
    Ok(Merged { text, notes })
}

/// Reads the Corefile that was made: all blocks of others are in it as before, and ours is one.
fn check_whole(text: &str, others: &[&Block]) -> Result<(), BadCorefile> {
    let made = Corefile::read(text)?;
    let ours = marked(&made)?.unwrap_or_default();
    let is_ours = |block: &&Block| ours.start <= block.span.start && block.span.end <= ours.end;
    let (own, kept): (Vec<_>, Vec<_>) = made.blocks.iter().partition(is_ours);
    let is_same = kept.iter().map(|it| &it.keys).eq(others.iter().map(|it| &it.keys));
    if own.len() == 1 && is_same {
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

/// Port and addresses of the root's block; of the one at port 53, if there are several.
fn placement(others: &[&Block]) -> Placement {
    let root = |block: &&&Block, port: Option<&str>| {
        let serves = |key: &Key| {
            key.transport == "dns" && key.zone.is_empty() && port.is_none_or(|it| it == key.port)
        };
        block.keys.iter().any(serves)
    };
    let at_53 = others.iter().find(|block| root(block, Some("53")));
    let Some(block) = at_53.or_else(|| others.iter().find(|block| root(block, None))) else {
        return Placement::default();
    };
    let is_root = |key: &&Key| key.transport == "dns" && key.zone.is_empty();
    let port = match at_53 {
        Some(_) => None,
        None => block.keys.iter().find(is_root).map(|key| key.port.as_str()),
    };
    Placement {
        port: port.unwrap_or("53").to_owned(),
        bind: block.arguments("bind").flatten().cloned().collect(),
    }
}

/// Refuses a block that serves a zone of ours; notes one that takes names below it.
fn check(
    block: &Block,
    stub: &Stub,
    placement: &Placement,
    notes: &mut Vec<String>,
) -> Result<(), BadCorefile> {
    let here = |key: &&Key| key.transport == "dns" && key.port == placement.port;
    for key in block.keys.iter().filter(here) {
        for zone in stub.zones.iter().map(|zone| plain(&zone.name)) {
            if key.zone == zone {
                let what = format!(
                    "a server block that is not ours serves {zone} already; take {zone} out of it \
                     first"
                );
                return Err(BadCorefile::new(block.line, what));
            }
            if key.zone.strip_suffix(&zone).is_some_and(|rest| rest.ends_with('.')) {
                notes.push(format!(
                    "the server block at line {} keeps {} and the names below it for itself",
                    block.line, key.zone
                ));
            }
        }
        if key.zone.contains('{') {
            notes.push(format!(
                "which zone `{}` at line {} is, the Corefile does not say",
                key.zone, block.line
            ));
        }
    }
    Ok(())
}

fn import_note(pattern: &str, line: usize) -> String {
    let keeper = match pattern.contains("/custom/") {
        true => {
            "; whoever wrote that (AKS, K3s) may write this Corefile anew: see `--for aks` and \
             `--for k3s`"
        }
        false => "",
    };
    format!("{pattern}, imported at line {line}, was not looked into{keeper}")
}

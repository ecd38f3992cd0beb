//! `fedns stub --apply` and `--remove`: another Corefile in a cluster, after a look and a yes.
//!
//! In: where the Corefile is kept, what to change. Out: the difference on standard output; the
//! ConfigMap written. Does not know how a Corefile is read.

use std::fmt::Write as _;
use std::io::{Write, stdout};

use similar::{ChangeTag, TextDiff};

use crate::cli::confirm::confirmed;
use crate::cli::format::{Mood, Paint};
use crate::cli::print::{say, tell};
use crate::onboarding::stub::{Stub, apply as merge, remove as take_out};

use super::arguments::StubArguments;
use super::configmap::{BACKUP, Keeper};

/// Lines around a change that are shown.
const AROUND: usize = 3;

/// Puts the block in, or renews it.
pub(super) async fn apply(
    keeper: &Keeper,
    stub: &Stub,
    arguments: &StubArguments,
) -> anyhow::Result<()> {
    let kept = keeper.read().await?;
    let version = match arguments.coredns_version {
        Some(version) => Some(version),
        None => keeper.version(&kept).await,
    };
    match version {
        Some(version) => tell(format_args!("{}: CoreDNS {version}", keeper.describe())),
        None => tell(format_args!(
            "{}: CoreDNS's version is not known (--coredns-version says it)",
            keeper.describe()
        )),
    }
    let merged = merge(&kept.corefile, stub, version)?;
    for note in &merged.notes {
        tell(format_args!("note: {note}"));
    }
    if merged.text == kept.corefile {
        say(format_args!("nothing to change: the block is there"));
        return Ok(());
    }
    show(&kept.corefile, &merged.text)?;
    if arguments.dry_run || !confirm(keeper, arguments)? {
        say(format_args!("nothing is written"));
        return Ok(());
    }
    let before = kept.corefile.clone();
    keeper.write(kept, &merged.text, Some(&before)).await?;
    say(format_args!("written; the annotation {BACKUP} has the Corefile of before"));
    Ok(())
}

/// Takes the block out.
pub(super) async fn remove(keeper: &Keeper, arguments: &StubArguments) -> anyhow::Result<()> {
    let kept = keeper.read().await?;
    let text = take_out(&kept.corefile)?;
    if text == kept.corefile {
        say(format_args!("nothing to change: no block of fedns is there"));
        return Ok(());
    }
    show(&kept.corefile, &text)?;
    if arguments.dry_run || !confirm(keeper, arguments)? {
        say(format_args!("nothing is written"));
        return Ok(());
    }
    keeper.write(kept, &text, None).await?;
    say(format_args!("written"));
    Ok(())
}

/// Shows the difference, coloured in a terminal.
fn show(before: &str, after: &str) -> anyhow::Result<()> {
    let paint = Paint::new();
    let mut text = String::new();
    let diff = TextDiff::from_lines(before, after);
    for hunk in diff.unified_diff().context_radius(AROUND).iter_hunks() {
        writeln!(text, "{}", paint.text(Mood::Dim, &hunk.header().to_string()))?;
        for change in hunk.iter_changes() {
            let (sign, mood) = match change.tag() {
                ChangeTag::Delete => ("-", Mood::Bad),
                ChangeTag::Insert => ("+", Mood::Good),
                ChangeTag::Equal => (" ", Mood::Plain),
            };
            let line = format!("{sign}{}", change.value().trim_end_matches(['\r', '\n']));
            writeln!(text, "{}", paint.text(mood, &line))?;
        }
    }
    Ok(stdout().lock().write_all(text.as_bytes())?)
}

fn confirm(keeper: &Keeper, arguments: &StubArguments) -> anyhow::Result<bool> {
    Ok(arguments.yes || confirmed(&format!("Write this to {}?", keeper.describe()))?)
}

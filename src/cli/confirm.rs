//! A question to the person at the terminal.
//!
//! In: what is about to be done. Out: whether it may. Does not know what it is.

use std::io::{IsTerminal, Write, stderr, stdin};

use anyhow::{Context, bail};

/// Asks whether something may be done; anything but a yes is a no.
///
/// # Errors
/// Nobody is there to ask.
pub(super) fn confirmed(question: &str) -> anyhow::Result<bool> {
    if !stdin().is_terminal() {
        bail!("nobody is there to ask, so nothing is written; say --yes to write without asking");
    }
    write!(stderr(), "{question} [y/N] ")?;
    stderr().flush()?;
    let mut said = String::new();
    stdin().read_line(&mut said).context("no word came")?;
    Ok(matches!(said.trim().to_ascii_lowercase().as_str(), "y" | "yes"))
}

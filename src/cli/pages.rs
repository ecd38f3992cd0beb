//! `fedns completions` and `fedns man`: what shells and readers need, made from the arguments.
//!
//! In: the command line's own description. Out: a script on standard output, or pages in a
//! folder. Does not know what commands do.

use std::io::{Write, stdout};
use std::path::Path;

use anyhow::Context;
use clap::Command;
use clap_complete::Shell;

/// Prints the completions for a shell.
pub(super) fn completions(mut command: Command, shell: Shell) -> anyhow::Result<()> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut command, "fedns", &mut script);
    Ok(stdout().lock().write_all(&script)?)
}

/// Writes the manual pages, one for each command, into a folder that is made where needed.
pub(super) fn man(command: Command, folder: &Path) -> anyhow::Result<()> {
    let written = std::fs::create_dir_all(folder)
        .and_then(|()| clap_mangen::generate_to(command.disable_help_subcommand(true), folder));
    written.with_context(|| format!("no manual pages in {}", folder.display()))
}

//! `--watch`: a command again and again, until somebody ends it.
//!
//! In: what prints once. Out: that every two seconds; in a terminal on a screen that is cleared first. A server
//! that does not answer is told, and asked again. Does not know what is printed.

use std::io::{IsTerminal, Write, stdout};
use std::process::ExitCode;
use std::thread::sleep;
use std::time::Duration;

use super::print::tell;
use super::running_server::NotAsked;

/// How often it is printed.
const EVERY: Duration = Duration::from_secs(2);

/// Prints once, or for ever.
///
/// # Errors
/// What printing once came to, but for a server that does not answer while it is watched.
pub(super) fn repeat(
    is_watched: bool,
    print: impl Fn() -> anyhow::Result<ExitCode>,
) -> anyhow::Result<ExitCode> {
    if !is_watched {
        return print();
    }
    loop {
        if stdout().is_terminal() {
            stdout().lock().write_all(b"\x1b[H\x1b[2J")?;
        }
        match print() {
            Err(error) if error.is::<NotAsked>() => tell(format_args!("fedns: {error:#}")),
            done => _ = done?,
        }
        stdout().lock().flush()?;
        sleep(EVERY);
    }
}

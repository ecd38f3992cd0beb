//! The command line: arguments in, exit codes out (0 done, 1 fault, 2 usage, 3 no server to ask).
//!
//! What is printed is plain in a pipe and pleasant in a terminal. Does not run anything: that is the
//! server's. Does not decide anything about answers.

mod print;
mod reach;
mod admin_client;
mod message;
mod offline;
mod format;
mod confirm;
mod connect;
mod lookup;
mod running_server;
mod online;
mod join;
mod stub;
mod delegation;
mod arguments;
mod check;
mod resolve;
mod explain;
mod lists;
mod zone;
mod pages;

use std::io::{ErrorKind, IsTerminal, stderr};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;
use clap::{CommandFactory, Parser};

use crate::config::Config;
use crate::core::name::Label;
use crate::core::printable::{self, Printable};
use crate::core::state::{Health, SyncState};
use crate::documents::services::{ServiceFilter, StateFilter};
use crate::local_query::{BadLocalQuery, LocalQuery};
use crate::panics;
use crate::server;

use arguments::{Arguments, ClusterDeed, Command, QueryArguments};
use format::Format;
use running_server::{NotAsked, RunningServer};

/// Where the configuration is looked for when nobody says.
const DEFAULT_CONFIGS: [&str; 2] = ["./fedns.yaml", "/etc/fedns/fedns.yaml"];

/// Runs the command line of this process.
pub fn run() -> ExitCode {
    // Until a log takes over, and with one that can not be written to, nobody is told.
    panics::tell_panics(|panic, _| {
        print::tell(format_args!("fedns: {panic}: this is a fault of fedns; please report it"));
    });
    let arguments = Arguments::parse();
    if arguments.output.is_some() && arguments.command.has_one_form() {
        return misused("-o: the result of this command has one form only");
    }
    if let Command::Resolve { question, .. } | Command::Explain { question, .. } =
        &arguments.command
        && let Err(bad) = query(question)
    {
        return misused(&bad.to_string());
    }
    let misuse = match &arguments.command {
        Command::Stub(stub) => stub.misuse(),
        Command::Join(join) => join.misuse(),
        _ => None,
    };
    if let Some(misuse) = misuse {
        return misused(misuse);
    }
    let format = arguments.output.unwrap_or_default();
    let done = match arguments.command {
        Command::Completions { shell } => pages::completions(Arguments::command(), shell),
        Command::Join(arguments) => join::join(&arguments),
        Command::Man { folder } => pages::man(Arguments::command(), &folder),
        command if command.names_server() => ask(command, None, format),
        command => {
            let path = match find_config(arguments.config) {
                Ok(path) => path,
                Err(error) => return fail(&error),
            };
            match Config::load(&path) {
                Ok(config) => run_with(command, &path, config, format),
                Err(faults) => {
                    let has_color = stderr().is_terminal() && !format::has_no_color();
                    let text = faults.render(has_color);
                    // In colour there are escapes of our own.
                    let text = if has_color { text } else { printable::lines(&text) };
                    eprintln!("{text}");
                    return ExitCode::FAILURE;
                }
            }
        }
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        // Whoever reads our output has seen enough of it, as `head` does.
        Err(error) if is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => fail(&error),
    }
}

/// Runs a command that needs a configuration.
fn run_with(command: Command, path: &Path, config: Config, format: Format) -> anyhow::Result<()> {
    match command {
        Command::Serve => server::serve(path, config),
        Command::Check { online: false } => check::check(path, config, format),
        Command::Check { online: true } => online::online(&config, format),
        Command::Unjoin(arguments) => join::unjoin(path, config, &arguments),
        Command::Stub(arguments) => stub::stub(&config, &arguments),
        Command::Delegation(arguments) => delegation::delegation(&config, &arguments, format),
        command => ask(command, Some(config), format),
    }
}

/// Runs a command that asks a running server, or else a configuration.
fn ask(command: Command, config: Option<Config>, format: Format) -> anyhow::Result<()> {
    match command {
        Command::Resolve { question, source } => {
            resolve::resolve(&RunningServer::new(config, &source)?, &query(&question)?, format)
        }
        Command::Explain { question, source } => {
            explain::explain(&RunningServer::new(config, &source)?, query(&question)?, format)
        }
        Command::Services { federation, namespace, cluster, state, source } => {
            let state = state.as_deref().and_then(Health::parse).map(StateFilter::from);
            let filter = ServiceFilter {
                federation: federation.unwrap_or_default(),
                namespace: namespace.unwrap_or_default(),
                cluster: cluster.unwrap_or_default(),
                state: state.unwrap_or_default(),
                ..ServiceFilter::default()
            };
            lists::services(&RunningServer::new(config, &source)?, filter, format)
        }
        Command::Clusters { deed: Some(ClusterDeed::Accept { name, reach, bearer }), .. } => {
            let name = Label::parse(&name).with_context(|| format!("{name:?} is no name"))?;
            RunningServer::reached(config, &reach, bearer.token()?)?
                .post(&format!("/clusters/{name}/accept"))
        }
        Command::Clusters { deed: None, state, source } => {
            let state = state.as_deref().and_then(SyncState::parse);
            lists::clusters(&RunningServer::new(config, &source)?, state, format)
        }
        Command::Zone { federation, source } => {
            zone::zone(&RunningServer::new(config, &source)?, &federation)
        }
        // The others ask nobody.
        _ => Ok(()),
    }
}

fn query(question: &QueryArguments) -> Result<LocalQuery, BadLocalQuery> {
    LocalQuery::parse(&question.name, &question.record_type, question.from)?
        .at_cluster(question.cluster.as_deref())
}

fn find_config(given: Option<PathBuf>) -> anyhow::Result<PathBuf> {
    let found = || DEFAULT_CONFIGS.into_iter().map(Path::new).find(|path| path.exists());
    given.or_else(|| found().map(Into::into)).with_context(|| {
        let [here, there] = DEFAULT_CONFIGS;
        format!("there is no configuration at {here} or {there}; name one with --config FILE")
    })
}

/// Of our own output alone: a server that breaks off is named as the cause of another error.
fn is_broken_pipe(error: &anyhow::Error) -> bool {
    let own = error.downcast_ref::<std::io::Error>();
    own.is_some_and(|error| error.kind() == ErrorKind::BrokenPipe)
}

/// Prints an error with all its causes, once.
fn fail(error: &anyhow::Error) -> ExitCode {
    print::tell(format_args!("fedns: {error:#}"));
    match error.downcast_ref::<NotAsked>() {
        Some(_) => ExitCode::from(3),
        None => ExitCode::FAILURE,
    }
}

/// Says what is wrong with the arguments, as clap does.
fn misused(why: &str) -> ExitCode {
    eprintln!("error: {}\n\nFor more information, try '--help'.", Printable(why));
    ExitCode::from(2)
}

//! The command line: arguments in, exit codes out (`exit`).
//!
//! What is printed is plain in a pipe and pleasant in a terminal. Does not run anything: that is the
//! server's. Does not decide anything about answers.

mod print;
mod reach;
mod admin_client;
mod message;
mod offline;
mod exit;
mod format;
mod table;
mod confirm;
mod connect;
mod lookup;
mod running_server;
mod online;
mod resolve;
mod wrap;
mod events;
mod overrides;
mod wait;
mod join;
mod stub;
mod delegation;
mod arguments;
mod check;
mod levels;
mod explain;
mod address;
mod lists;
mod status;
mod watch;
mod zone;
mod pages;

use std::io::{ErrorKind, IsTerminal, stderr};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;
use clap::{CommandFactory, FromArgMatches};

use crate::config::{self, Config, Faults};
use crate::core::count::Count;
use crate::core::name::Label;
use crate::core::printable::{self, Printable};
use crate::core::state::{ClusterState, Health};
use crate::documents::services::{ServiceFilter, StateFilter};
use crate::local_query::{BadLocalQuery, LocalQuery};
use crate::panics;
use crate::server;

use arguments::{Arguments, ClusterDeed, Command, QueryArguments};
use running_server::{Known, NotAsked, RunningServer};
use watch::repeat;

/// Where the configuration is looked for when nobody says.
const DEFAULT_CONFIGS: [&str; 2] = ["./fedns.yaml", "/etc/fedns/fedns.yaml"];

/// The file name of the program as it was called.
fn invoked_as() -> String {
    let path = std::env::args_os().next().map(PathBuf::from).unwrap_or_default();
    path.file_stem().unwrap_or_default().to_string_lossy().into_owned()
}

/// The arguments of this process, whose help says how it is called: kubectl runs `kubectl-fedns` for
/// `kubectl fedns`.
fn arguments(invoked_as: &str) -> Arguments {
    let is_plugin = invoked_as == "kubectl-fedns";
    let command = Arguments::command();
    let command = if is_plugin { command.bin_name("kubectl fedns") } else { command };
    match Arguments::from_arg_matches(&command.get_matches()) {
        Ok(arguments) => arguments,
        Err(error) => error.exit(),
    }
}

/// Runs the command line of this process.
pub fn run() -> ExitCode {
    // Until a log takes over, and with one that can not be written to, nobody is told.
    panics::tell_panics(|panic, _| {
        print::tell(format_args!("fedns: {panic}: this is a fault of fedns; please report it"));
    });
    let arguments = arguments(&invoked_as());
    let asked = match &arguments.command {
        Command::Explain { question, .. } if question.address().is_some() => None,
        Command::Resolve { question, .. } | Command::Explain { question, .. } => Some(question),
        _ => None,
    };
    if let Some(Err(bad)) = asked.map(query) {
        return misused(&bad.to_string());
    }
    if let Command::Wait(wait) = &arguments.command
        && let Some(bad) = wait.misuse()
    {
        return misused(&bad.to_string());
    }
    let misuse = match &arguments.command {
        Command::Explain { question, .. } => question.misuse(),
        Command::Stub(stub) => stub.misuse(),
        Command::Join(join) => join.misuse(),
        _ => None,
    };
    if let Some(misuse) = misuse {
        return misused(misuse);
    }
    let done = match arguments.command {
        Command::Completions { shell } => done(pages::completions(Arguments::command(), shell)),
        Command::Join(arguments) => done(join::join(&arguments)),
        Command::Man { folder } => done(pages::man(Arguments::command(), &folder)),
        command if command.names_server() => ask(command, Known::default()),
        command => {
            let path = match find_config(arguments.config) {
                Ok(path) => path,
                Err(error) => return fail(&error),
            };
            match Config::load(&path) {
                Ok(config) => run_with(command, &path, config),
                Err(faults) => run_with_faults(command, &path, &faults),
            }
        }
    };
    match done {
        Ok(code) => code,
        // Whoever reads our output has seen enough of it, as `head` does.
        Err(error) if is_broken_pipe(&error) => ExitCode::SUCCESS,
        Err(error) => fail(&error),
    }
}

fn done(done: anyhow::Result<()>) -> anyhow::Result<ExitCode> {
    done.map(|()| ExitCode::SUCCESS)
}

/// Runs a command that needs a configuration.
fn run_with(command: Command, path: &Path, config: Config) -> anyhow::Result<ExitCode> {
    match command {
        Command::Serve => done(server::serve(path, config)),
        Command::Check { online: false, strict, form } => {
            check::check(path, config, strict, form.output)
        }
        Command::Check { online: true, form, .. } => done(online::online(&config, form.output)),
        Command::Unjoin(arguments) => done(join::unjoin(path, config, &arguments)),
        Command::Stub(arguments) => done(stub::stub(&config, &arguments)),
        Command::Delegation { arguments, form } => {
            done(delegation::delegation(&config, &arguments, form.output))
        }
        command => ask(command, config.into()),
    }
}

/// Runs a command though the configuration has faults: whoever only asks a server is told of them, and asks
/// where the file says that it is.
fn run_with_faults(command: Command, path: &Path, faults: &Faults) -> anyhow::Result<ExitCode> {
    if command.only_asks()
        && let Ok(text) = std::fs::read_to_string(path)
    {
        let count = Count(faults.count(), "fault");
        let shown = path.display();
        print::tell(format_args!("{shown} has {count} (`fedns check`); asking the server"));
        let admin = config::lenient::admin(&text, path);
        return ask(command, Known { config: None, admin });
    }
    if let Command::Check { form, .. } = &command
        && !form.output.is_table()
    {
        check::print_faults(path, faults, form.output)?;
        return Ok(ExitCode::FAILURE);
    }
    let has_color = stderr().is_terminal() && !format::has_no_color();
    let text = faults.render(has_color);
    // In colour there are escapes of our own.
    let text = if has_color { text } else { printable::lines(&text) };
    eprintln!("{text}");
    Ok(ExitCode::FAILURE)
}

/// Runs a command that asks a running server, or a configuration.
fn ask(command: Command, known: Known) -> anyhow::Result<ExitCode> {
    match command {
        Command::Resolve { question, source, form } => {
            let server = RunningServer::new(known, &source)?;
            done(resolve::resolve(&server, &query(&question)?, form.output))
        }
        Command::Explain { question, all, source, form } => {
            let server = RunningServer::new(known, &source)?;
            match question.address() {
                Some(address) => done(address::address(&server, address, form.output)),
                None => explain::explain(&server, query(&question)?, all, form.output),
            }
        }
        Command::Status { watch, reach, form } => {
            // Nothing stands in for a server here.
            let known = Known { config: None, ..known };
            let server = RunningServer::reached(known, &reach, None)?;
            repeat(watch.watch, || status::status(&server, form.output))
        }
        Command::Services { federation, namespace, cluster, state, watch, source, form } => {
            let state = state.as_deref().and_then(Health::parse).map(StateFilter::from);
            let filter = ServiceFilter {
                federation: federation.unwrap_or_default(),
                namespace: namespace.unwrap_or_default(),
                cluster: cluster.unwrap_or_default(),
                state: state.unwrap_or_default(),
                ..ServiceFilter::default()
            };
            let server = RunningServer::new(known, &source)?;
            repeat(watch.watch, || done(lists::services(&server, filter.clone(), form.output)))
        }
        Command::Clusters { deed: Some(ClusterDeed::Accept { name, reach, bearer }), .. } => {
            let name = Label::parse(&name).with_context(|| format!("{name:?} is no name"))?;
            let server = RunningServer::reached(known, &reach, bearer.token()?)?;
            done(server.post(&format!("/clusters/{name}/accept")))
        }
        Command::Clusters { deed: None, state, watch, source, form } => {
            let state = state.as_deref().and_then(ClusterState::parse);
            let server = RunningServer::new(known, &source)?;
            repeat(watch.watch, || done(lists::clusters(&server, state, form.output)))
        }
        Command::Events(arguments) => {
            let known = Known { config: None, ..known };
            events::events(&RunningServer::reached(known, &arguments.reach, None)?, &arguments)
        }
        Command::Overrides(arguments) => {
            let known = Known { config: None, ..known };
            done(overrides::overrides(known, &arguments))
        }
        Command::Wait(arguments) => {
            let known = Known { config: None, ..known };
            wait::wait(&RunningServer::reached(known, &arguments.reach, None)?, &arguments)
        }
        Command::Zone { federation, source } => {
            done(zone::zone(&RunningServer::new(known, &source)?, &federation))
        }
        // The others ask nobody.
        _ => Ok(ExitCode::SUCCESS),
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
        Some(_) => exit::not_asked(),
        None => ExitCode::FAILURE,
    }
}

/// Says what is wrong with the arguments, as clap does.
fn misused(why: &str) -> ExitCode {
    eprintln!("error: {}\n\nFor more information, try '--help'.", Printable(why));
    exit::misused()
}

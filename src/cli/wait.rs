//! `fedns wait`: until a name is answered as it is expected to be, so that what follows in a script sees that.
//!
//! In: a name, the clusters that are to answer for it or not, and for how long that may take. Out: nothing, and an
//! exit code. Asks the running server what `explain` asks; decides nothing itself.

use std::collections::BTreeSet;
use std::net::{IpAddr, Ipv4Addr};
use std::process::ExitCode;
use std::thread::sleep;
use std::time::{Duration, Instant};

use anyhow::bail;
use clap::Args;

use crate::documents::explain::Explanation;
use crate::documents::verdict::Standing;
use crate::local_query::{BadLocalQuery, LocalQuery};

use super::reach::Reach;
use super::resolve;
use super::running_server::RunningServer;

/// How soon the server is asked again.
const PAUSE: Duration = Duration::from_millis(50);

/// What is waited for.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  fedns wait
  fedns wait mynamespace/nginx --for us-central1-a
  fedns wait mynamespace/nginx --without us-central1-a --timeout 10s
  fedns wait nginx.mynamespace.myfederation.svc.us-central1-a.us-central1.example.com --for us-central1-b

Waits until each cluster of --for answers for the name and none of --without does; with neither, until
any does. A name is what `fedns explain` takes: at a place it is answered by the clusters there, or one
level wider; NAMESPACE/NAME is the name of the whole world. Without a name it waits until the server is
ready. Whoever asks by DNS after that is answered so.

Prints nothing. Exit code 1 says that it did not come to be in time, and what is so instead; 3 that no
server could be asked in all that time.")]
pub(super) struct WaitArguments {
    /// The name; without one, until the server is ready
    name: Option<String>,
    /// Until this cluster answers for it
    #[arg(long = "for", value_name = "CLUSTER", requires = "name")]
    with: Vec<String>,
    /// Until this cluster does not answer for it
    #[arg(long, value_name = "CLUSTER", requires = "name")]
    without: Vec<String>,
    /// How long to wait
    #[arg(long, value_name = "TIME", default_value = "60s")]
    timeout: humantime::Duration,
    #[command(flatten)]
    pub(super) reach: Reach,
}

impl WaitArguments {
    /// What is wrong with the name.
    pub(super) fn misuse(&self) -> Option<BadLocalQuery> {
        self.query().transpose().err()
    }

    fn query(&self) -> Option<Result<LocalQuery, BadLocalQuery>> {
        let client = IpAddr::V4(Ipv4Addr::LOCALHOST);
        self.name.as_deref().map(|name| LocalQuery::parse(name, "A", client))
    }
}

/// Waits.
///
/// # Errors
/// It did not come to be in time.
pub(super) fn wait(server: &RunningServer, arguments: &WaitArguments) -> anyhow::Result<ExitCode> {
    let query = arguments.query().transpose()?;
    // Not the moment at which it ends: of the longest time-outs there is none.
    let began = Instant::now();
    let is_over = || began.elapsed() >= *arguments.timeout;
    loop {
        let so = match &query {
            Some(query) => so_far(server, query, arguments),
            None => is_ready(server),
        };
        match so {
            Ok(None) => return Ok(ExitCode::SUCCESS),
            Ok(Some(so)) if is_over() => {
                bail!("not within {}: {so}", arguments.timeout)
            }
            // One that is busy, or has not begun to listen, may answer a moment later.
            Err(error) if is_over() => return Err(error),
            Ok(Some(_)) | Err(_) => sleep(PAUSE),
        }
    }
}

/// What keeps the server from being ready.
fn is_ready(server: &RunningServer) -> anyhow::Result<Option<String>> {
    let standing: Standing = server.document_of_server_alone("/verdict")?;
    let why = || format!("the server is not ready: {}", standing.verdict.headline);
    Ok((!standing.ready).then(why))
}

/// How a name is answered, where that is not as wanted.
fn so_far(
    server: &RunningServer,
    query: &LocalQuery,
    wanted: &WaitArguments,
) -> anyhow::Result<Option<String>> {
    let explanation: Explanation =
        server.document_of_server_alone(&resolve::path("explain", query))?;
    let service = explanation.service.as_ref();
    let end = service.and_then(|it| it.levels.iter().find(|level| level.is_end));
    let answering: BTreeSet<&str> =
        end.into_iter().flat_map(|it| &it.answering).map(|it| it.cluster.as_str()).collect();
    let answers = |cluster: &String| answering.contains(cluster.as_str());
    let is_so = match (&wanted.with[..], &wanted.without[..]) {
        ([], []) => !answering.is_empty(),
        (with, without) => with.iter().all(answers) && !without.iter().any(answers),
    };
    if is_so {
        return Ok(None);
    }
    let name = wanted.name.as_deref().unwrap_or_default();
    Ok(Some(match (service, answering.is_empty()) {
        (None, _) => format!("{name}: {}", explanation.what.text),
        (Some(_), true) => format!("no cluster answers for {name}"),
        (Some(_), false) => {
            let answering: Vec<_> = answering.into_iter().collect();
            format!("{name} is answered by {}", answering.join(", "))
        }
    }))
}

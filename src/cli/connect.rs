//! A client of one cluster's API server, by kubeconfig and context, as kubectl finds them.
//!
//! In: a file (else `$KUBECONFIG`, then `~/.kube/config`) and a context (else the current one).
//! Out: a client that gives up in time. Does not know what is asked.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context, anyhow};
use kube::config::{KubeConfigOptions, Kubeconfig};
use kube::{Client, Config};

/// How long an API server may take for a connection, and for an answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// Makes the client; nothing is asked yet.
///
/// # Errors
/// No such file, context or credentials.
pub(super) async fn client(
    kubeconfig: Option<&Path>,
    context: Option<&str>,
) -> anyhow::Result<Client> {
    let read = match kubeconfig {
        Some(path) => Kubeconfig::read_from(path),
        None => Kubeconfig::read(),
    };
    // Its own text tells the cause already.
    let read = read.map_err(|error| anyhow!("{error}; name another by --kubeconfig"))?;
    let options =
        KubeConfigOptions { context: context.map(str::to_owned), ..KubeConfigOptions::default() };
    let name = context.unwrap_or("that is current").to_owned();
    let mut config = Config::from_custom_kubeconfig(read, &options)
        .await
        .with_context(|| format!("the context {name} can not be used"))?;
    config.connect_timeout = Some(PATIENCE);
    config.read_timeout = Some(PATIENCE);
    // A person waits: one clear error is better than minutes of trying.
    config.default_retry = false;
    // Making a client runs the credentials' program, if there is one, and waits for it.
    let made = tokio::task::spawn_blocking(move || Client::try_from(config)).await?;
    made.with_context(|| format!("the context {name} gives no client"))
}

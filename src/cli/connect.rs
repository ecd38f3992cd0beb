//! A client of one cluster's API server, by kubeconfig and context, as kubectl finds them.
//!
//! In: a file (else `$KUBECONFIG`, then `~/.kube/config`) and a context (else the current one).
//! Out: a client that gives up in time; how the server is reached. Does not know what is asked.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context, anyhow};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use kube::config::{Cluster, Kubeconfig};
use kube::{Client, Error};

use crate::clusters::api::{Credentials, dial};

/// How long an API server may take for a connection, and for an answer.
const PATIENCE: Duration = Duration::from_secs(10);

/// Which kubeconfig and context are meant.
#[derive(Clone, Debug)]
pub(super) struct Target {
    pub(super) kubeconfig: Option<PathBuf>,
    pub(super) context: Option<String>,
}

impl Target {
    /// Makes the client; nothing is asked yet. Programs that give credentials are run, as by
    /// kubectl: it is the operator who names the file.
    ///
    /// # Errors
    /// No such file, context or credentials.
    pub(super) async fn client(&self) -> anyhow::Result<Client> {
        let credentials = Credentials::Files {
            paths: self.paths(),
            context: self.context.clone(),
            allow_exec: true,
        };
        let client = dial(&credentials, PATIENCE).await;
        client.map_err(|why| anyhow!(why)).with_context(|| self.fault())
    }

    /// How the server of the context is reached, with its authority and not the file of it.
    ///
    /// # Errors
    /// No such file or context.
    pub(super) fn cluster(&self) -> anyhow::Result<Cluster> {
        let paths = self.paths();
        let mut merged = Kubeconfig::default();
        for path in paths.iter().filter(|path| paths.len() == 1 || path.exists()) {
            let read = Kubeconfig::read_from(path).map_err(|error| anyhow!("{error}"))?;
            merged = merged.merge(read)?;
        }
        let context = self.context.as_ref().or(merged.current_context.as_ref());
        let contexts = merged.contexts.iter().find(|named| Some(&named.name) == context);
        let name = contexts.and_then(|named| Some(&named.context.as_ref()?.cluster));
        let found = merged.clusters.iter().find(|named| Some(&named.name) == name);
        let mut cluster = found
            .and_then(|named| named.cluster.clone())
            .with_context(|| format!("{}: there is none of that name", self.fault()))?;
        if let Some(path) = cluster.certificate_authority.take() {
            let read = std::fs::read(&path).with_context(|| format!("{path} can not be read"))?;
            cluster.certificate_authority_data.get_or_insert(STANDARD.encode(read));
        }
        cluster.extensions = None;
        Ok(cluster)
    }

    fn paths(&self) -> Vec<PathBuf> {
        let written = std::env::var_os("KUBECONFIG").unwrap_or_default();
        let written = std::env::split_paths(&written).filter(|path| !path.as_os_str().is_empty());
        match &self.kubeconfig {
            Some(path) => vec![path.clone()],
            None => match written.collect::<Vec<_>>() {
                paths if !paths.is_empty() => paths,
                _ => vec![
                    Path::new(&std::env::var_os("HOME").unwrap_or_default()).join(".kube/config"),
                ],
            },
        }
    }

    fn fault(&self) -> String {
        let name = self.context.as_deref().unwrap_or("that is current");
        format!("the context {name} can not be used")
    }
}

/// An API server's refusal as one sentence; the error's own text tells it twice.
pub(super) fn in_words(error: Error) -> anyhow::Error {
    match error {
        Error::Api(status) => anyhow!("{} ({})", status.message, status.code),
        other => other.into(),
    }
}

//! Where commands get their answers: the running server, else the configuration.
//!
//! In: a configuration, and whether a running server is to be asked. Out: bodies of the admin
//! address, or a controller that read the manifests. Does not know what is asked.

use std::cell::OnceCell;
use std::io::Write;
use std::net::SocketAddr;

use anyhow::{Context, anyhow, bail};
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::config::{Config, Source};
use crate::controller::{Controller, Question};

use super::admin_client::{self, Asked};
use super::offline;

pub(super) use super::admin_client::escape;

/// The running server, or what stands in for it.
pub(super) struct Server {
    config: Config,
    admin: Option<SocketAddr>,
    controller: OnceCell<Controller>,
}

impl Server {
    /// The server of a configuration; `is_offline` asks nobody.
    pub(super) fn new(config: Config, is_offline: bool) -> Self {
        let admin = config.admin.filter(|_| !is_offline);
        Self { config, admin, controller: OnceCell::new() }
    }

    /// The running server in words.
    pub(super) fn origin(&self) -> String {
        match self.admin {
            Some(admin) => format!("the server at {admin}"),
            None => "the configuration".to_owned(),
        }
    }

    /// The body at a path of the running server; `None` where there is none to ask.
    pub(super) fn get(&self, path: &str) -> anyhow::Result<Option<Vec<u8>>> {
        let Some(admin) = self.admin else { return Ok(None) };
        match admin_client::get(admin, path)? {
            Asked::Answered(octets) => Ok(Some(octets)),
            Asked::NobodyThere(why) => {
                tell_absence(admin, &why);
                Ok(None)
            }
        }
    }

    /// Tells the running server to do something.
    pub(super) fn post(&self, path: &str) -> anyhow::Result<()> {
        let admin = self.admin.context("only a running server can do that")?;
        match admin_client::post(admin, path)? {
            None => Ok(()),
            Some(why) => bail!("no server answers at {admin} ({why})"),
        }
    }

    /// Writes the body at a path of the running server; false where there is none to ask.
    pub(super) fn get_to(&self, path: &str, out: &mut dyn Write) -> anyhow::Result<bool> {
        let Some(admin) = self.admin else { return Ok(false) };
        let nobody = admin_client::get_to(admin, path, out)?;
        if let Some(why) = &nobody {
            tell_absence(admin, why);
        }
        Ok(nobody.is_none())
    }

    /// A document: from the running server at a path, else from a controller by a question.
    pub(super) fn document<T: DeserializeOwned>(
        &self,
        path: &str,
        question: &Question,
    ) -> anyhow::Result<T> {
        let value: Value = match self.get(path)? {
            Some(octets) => serde_json::from_slice(&octets).context("the server sent no JSON")?,
            None => self.offline()?.answer(question).map_err(|bad| anyhow!(bad))?,
        };
        serde_json::from_value(value).context("the server is of another version than this command")
    }

    /// A document of the running server alone, unless all clusters are folders: what API servers
    /// hold is known to nobody else.
    pub(super) fn document_of_server<T: DeserializeOwned>(
        &self,
        path: &str,
        question: &Question,
    ) -> anyhow::Result<T> {
        let is_readable = self.config.clusters.iter().all(|cluster| match cluster.source {
            Source::Manifests(_) => true,
            Source::Kubeconfig(_) => false,
        });
        if is_readable && self.config.registries.is_empty() {
            return self.document(path, question);
        }
        let octets = self.get(path)?.context("no server runs that could say it")?;
        serde_json::from_slice(&octets)
            .context("the server is of another version than this command")
    }

    /// A controller that knows what the manifests say.
    pub(super) fn offline(&self) -> anyhow::Result<&Controller> {
        if self.controller.get().is_none() {
            // Set once: this is the one place that sets it.
            _ = self.controller.set(offline::load(&self.config)?);
        }
        Ok(self.controller.get().expect("it was set above"))
    }
}

fn tell_absence(admin: SocketAddr, why: &str) {
    eprintln!("no server answers at {admin} ({why}): reading the configuration");
}

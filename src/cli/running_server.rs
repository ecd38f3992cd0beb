//! Where commands get their answers: the running server, else the configuration.
//!
//! In: which server is meant, and a configuration. Out: bodies of the admin address, or a controller
//! that read the manifests. Does not know what is asked.

use std::cell::{OnceCell, RefCell};
use std::io::Write;

use anyhow::{Context, anyhow, bail};
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::cli::print::tell;
use crate::config::{Config, Source as ClusterSource};
use crate::controller::{Controller, Question};

use super::admin_client::{self, NobodyThere};
use super::offline;
use super::reach::{Reach, Source, Ways};

pub(super) use super::admin_client::escape;

/// The running server, or what stands in for it.
pub(super) struct RunningServer {
    /// `None` where the command line alone says who is asked.
    config: Option<Config>,
    ways: Ways,
    token: Option<String>,
    /// Which way answered.
    answered: RefCell<Option<String>>,
    controller: OnceCell<Controller>,
}

/// A server that has to be asked and can not be.
#[derive(Debug, thiserror::Error)]
#[error("no server answers at {0}")]
pub(super) struct NotAsked(String);

impl RunningServer {
    /// The server that the command line says, else that of a configuration; or the configuration
    /// alone.
    ///
    /// # Errors
    /// A URL that can not be used.
    pub(super) fn new(config: Option<Config>, source: &Source) -> anyhow::Result<Self> {
        if source.offline {
            return Ok(Self {
                ways: Ways::default(),
                ..Self::reached(config, &Reach::default(), None)?
            });
        }
        Self::reached(config, &source.reach, None)
    }

    /// The server that the command line says, else that of a configuration; `token` is to let
    /// this command change something there.
    ///
    /// # Errors
    /// A URL that can not be used.
    pub(super) fn reached(
        config: Option<Config>,
        reach: &Reach,
        token: Option<String>,
    ) -> anyhow::Result<Self> {
        let ways = reach.ways(config.as_ref().map(|config| &config.admin), token.is_some())?;
        Ok(Self { config, ways, token, answered: RefCell::default(), controller: OnceCell::new() })
    }

    /// The running server in words.
    pub(super) fn origin(&self) -> String {
        match &*self.answered.borrow() {
            Some(way) => format!("the server at {way}"),
            None => "the configuration".to_owned(),
        }
    }

    /// The body at a path of the running server; `None` where there is none to ask.
    pub(super) fn get(&self, path: &str) -> anyhow::Result<Option<Vec<u8>>> {
        let mut body = Vec::new();
        Ok(self.get_to(path, &mut body)?.then_some(body))
    }

    /// Writes the body at a path of the running server; false where there is none to ask.
    pub(super) fn get_to(&self, path: &str, out: &mut dyn Write) -> anyhow::Result<bool> {
        let mut absent = Vec::new();
        for way in &self.ways.to_read {
            match admin_client::get(way, path, out)? {
                Ok(()) => {
                    *self.answered.borrow_mut() = Some(way.to_string());
                    return Ok(true);
                }
                Err(NobodyThere(why)) => absent.push(format!("{way} ({why})")),
            }
        }
        let absent = absent.join(" or ");
        if self.config.is_none() {
            bail!(NotAsked(absent));
        }
        if !absent.is_empty() {
            tell(format_args!("no server answers at {absent}: reading the configuration"));
        }
        Ok(false)
    }

    /// Tells the running server to do something.
    pub(super) fn post(&self, path: &str) -> anyhow::Result<()> {
        let Some(way) = self.ways.to_change.first() else {
            bail!(
                "only a running server can do that, and the configuration gives it no socket: say \
                 --socket PATH, or --server URL with --token-file FILE"
            );
        };
        match admin_client::post(way, path, self.token.as_deref())? {
            Ok(()) => Ok(()),
            Err(NobodyThere(why)) => bail!(NotAsked(format!("{way} ({why})"))),
        }
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
        let is_folder = |source: &ClusterSource| matches!(source, ClusterSource::Manifests(_));
        let is_readable = self.config.as_ref().is_some_and(|config| {
            config.registries.is_empty() && config.clusters.iter().all(|it| is_folder(&it.source))
        });
        if is_readable {
            return self.document(path, question);
        }
        let octets = self.get(path)?.context("no server runs that could say it")?;
        serde_json::from_slice(&octets)
            .context("the server is of another version than this command")
    }

    /// A controller that knows what the manifests say.
    pub(super) fn offline(&self) -> anyhow::Result<&Controller> {
        if self.controller.get().is_none() {
            let config = self.config.as_ref().context("there is no configuration to read")?;
            // Set once: this is the one place that sets it.
            _ = self.controller.set(offline::load(config)?);
        }
        Ok(self.controller.get().expect("it was set above"))
    }
}

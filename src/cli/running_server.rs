//! Where commands get their answers: the running server, else the configuration.
//!
//! In: which server is meant, and a configuration. Out: bodies of the admin address, or a controller
//! that read the manifests. Does not know what is asked.

use std::cell::{OnceCell, RefCell};
use std::io::Write;

use anyhow::{Context, anyhow, bail};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::config::{Admin, Config, Source as ClusterSource};
use crate::controller::{Controller, Question};

use super::admin_client::{self, Ask, NobodyThere};
use super::format::{Format, print_document};
use super::offline;
use super::reach::{Reach, Source, Ways};

pub(super) use super::admin_client::escape;

/// The running server, or what stands in for it.
pub(super) struct RunningServer {
    /// What is read where no server is to be asked.
    config: Option<Config>,
    is_offline: bool,
    ways: Ways,
    token: Option<String>,
    /// Which way answered.
    answered: RefCell<Option<String>>,
    controller: OnceCell<Controller>,
}

/// What the file at hand says.
#[derive(Debug, Default)]
pub(super) struct Known {
    /// All of it; `None` where it has faults, or nobody looked.
    pub(super) config: Option<Config>,
    /// Where operators look.
    pub(super) admin: Option<Admin>,
}

impl From<Config> for Known {
    fn from(config: Config) -> Self {
        Self { admin: Some(config.admin.clone()), config: Some(config) }
    }
}

/// A server that has to be asked and can not be.
#[derive(Debug, thiserror::Error)]
pub(super) enum NotAsked {
    /// It does not answer where it should.
    #[error("no server answers at {place}{hint}")]
    At {
        /// Where.
        place: String,
        /// What can be done instead.
        hint: &'static str,
    },
    /// Nobody says where it is.
    #[error("nobody says where the server is: {0}")]
    Nowhere(&'static str),
}

/// A document that was made without a server says so in its first line.
#[derive(Serialize)]
struct Marked<'d, T> {
    source: &'static str,
    #[serde(flatten)]
    document: &'d T,
}

impl RunningServer {
    /// The server that the command line says, else that of a configuration; or the configuration
    /// alone.
    ///
    /// # Errors
    /// A URL that can not be used.
    pub(super) fn new(known: Known, source: &Source) -> anyhow::Result<Self> {
        let server = Self::reached(known, &source.reach, None)?;
        Ok(Self { is_offline: source.offline, ..server })
    }

    /// The server that the command line says, else that of a configuration; `token` is to let
    /// this command change something there.
    ///
    /// # Errors
    /// A URL that can not be used.
    pub(super) fn reached(
        known: Known,
        reach: &Reach,
        token: Option<String>,
    ) -> anyhow::Result<Self> {
        let Known { config, admin } = known;
        let ways = reach.ways(admin.as_ref(), token.is_some())?;
        let (answered, controller) = (RefCell::default(), OnceCell::new());
        Ok(Self { config, is_offline: false, ways, token, answered, controller })
    }

    /// Whether no server is to be asked.
    pub(super) fn is_offline(&self) -> bool {
        self.is_offline
    }

    /// Says in the first line of what is printed for people that no server was asked; `comment` begins a comment.
    pub(super) fn say_offline(&self, comment: &str, out: &mut dyn Write) -> std::io::Result<()> {
        match self.is_offline {
            true => {
                writeln!(out, "{comment}offline: the configuration was read, and no server asked")
            }
            false => Ok(()),
        }
    }

    /// Prints a document for programs, with `source` where no server was asked.
    pub(super) fn print_document(
        &self,
        document: &impl Serialize,
        format: Format,
    ) -> anyhow::Result<()> {
        match self.is_offline {
            true => print_document(&Marked { source: "offline", document }, format),
            false => print_document(document, format),
        }
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
        self.ask(Ask::document(path), out)
    }

    /// Writes what a running server answers; false where there is none to ask.
    pub(super) fn ask(&self, ask: Ask<'_>, out: &mut dyn Write) -> anyhow::Result<bool> {
        if self.is_offline {
            return Ok(false);
        }
        let mut absent = Vec::new();
        for way in &self.ways.to_read {
            match admin_client::get(way, ask, out)? {
                Ok(()) => {
                    *self.answered.borrow_mut() = Some(way.to_string());
                    return Ok(true);
                }
                Err(NobodyThere(why)) => absent.push(format!("{way} ({why})")),
            }
        }
        match absent.is_empty() {
            true => bail!(NotAsked::Nowhere(
                "the configuration has neither `admin.listen` nor a socket; say --server URL"
            )),
            false => bail!(NotAsked::At { place: absent.join(" or "), hint: self.hint() }),
        }
    }

    /// What can be done where no server answers.
    fn hint(&self) -> &'static str {
        match self.config {
            Some(_) => "; --offline reads the configuration instead",
            None => "",
        }
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
            Err(NobodyThere(why)) => {
                bail!(NotAsked::At { place: format!("{way} ({why})"), hint: "" })
            }
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

    /// A document of the running server, whatever the configuration says.
    pub(super) fn document_of_server_alone<T: DeserializeOwned>(
        &self,
        path: &str,
    ) -> anyhow::Result<T> {
        let octets = self.get(path)?.context("no server was asked")?;
        serde_json::from_slice(&octets)
            .context("the server is of another version than this command")
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

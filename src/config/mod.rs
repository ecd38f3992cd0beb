//! Configuration: [`Spec`] is a file as written, [`Config`] is what it means.
//!
//! In: a YAML or JSON file. Out: [`Config`] with names, addresses and durations parsed, defaults
//! applied and paths resolved; or [`Faults`], all of them at once, each with its place.
//! Does not know clusters' contents, sockets, or who uses which key.
//!
//! ```text
//! text -> tree (nodes with places) -> Spec (each value on its own) -> Config (values together)
//! ```

pub mod fault;
mod tree;
pub mod read;
pub mod scalars;
pub mod choices;
pub mod spec;
pub mod defaults;
mod resolved;
mod source_identity;
mod cluster_entry;
mod checks;
mod folder;
mod federations;
pub mod overrides;
mod clusters;
mod entry;
mod listeners;
mod admin;
mod unsupported;
mod resolve;
pub mod lenient;

use std::path::Path;

use crate::config::fault::Source as SourceText;
use crate::config::read::{Notes, Read, Warning};
use crate::config::spec::Spec;
use crate::config::tree::Value;

pub use choices::{LogFormat, LogLevel, OnClusterLost};
pub use cluster_entry::ClusterEntry;
pub use fault::{Earlier, Fault, Faults, Position};

pub use overrides::parse_overrides;
pub use resolved::{
    Admin, AdminSocket, Chosen, Cluster, ClusterDefaults, Config, Kubeconfig, Listen, Log,
    Registry, Source,
};
pub use source_identity::{BadIdentity, RegistryIdentity, ServerIdentity, SourceIdentity};

impl Config {
    /// Reads the file at `path`.
    ///
    /// # Errors
    /// Every fault of the file at once, or that it can not be read.
    pub fn load(path: &Path) -> Result<Self, Faults> {
        let unreadable =
            |why: String| Faults::new(SourceText::new(path, ""), vec![Fault::without_source(why)]);
        let octets =
            std::fs::read(path).map_err(|error| unreadable(format!("can not be read: {error}")))?;
        let text = String::from_utf8(octets).map_err(|error| {
            let at = error.utf8_error().valid_up_to();
            let line = 1 + error.as_bytes()[..at].iter().filter(|octet| **octet == b'\n').count();
            unreadable(format!("line {line} is not UTF-8"))
        })?;
        Self::parse(&text, path)
    }

    /// Reads `text` as the file at `path`: paths in it are relative to its folder.
    ///
    /// # Errors
    /// Every fault of the text at once.
    pub fn parse(text: &str, path: &Path) -> Result<Self, Faults> {
        let source = SourceText::new(path, text);
        let mut notes = Notes::default();
        let root = match tree::parse(text, &mut notes.faults) {
            Ok(root) => root,
            Err(fault) => {
                notes.fault(*fault);
                return Err(Faults::new(source, notes.faults));
            }
        };
        let spec = match root.value {
            Value::Null => Some(Spec::default()),
            _ => Spec::read(&root, &mut notes),
        };
        let config = spec.map(|spec| resolve::config(&spec, &root.mark(), path, &mut notes));
        let Some(mut config) = config.filter(|_| notes.faults.is_empty()) else {
            return Err(Faults::new(source, notes.faults));
        };
        // What stands in `clusterDefaults` is read once for each cluster, and told once.
        notes.warnings.sort_by_key(|it| (it.span.start, it.text.clone()));
        notes.warnings.dedup();
        config.warnings.extend(notes.warnings.iter().map(|Warning { span, text }| {
            let Position { line, column } = source.position(span.start);
            format!("{}:{line}:{column}: {text}", path.display())
        }));
        Ok(config)
    }
}

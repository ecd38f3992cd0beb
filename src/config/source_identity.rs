//! What a cluster's facts are read from, as a value: it is compared, and kept across restarts.
//!
//! In: a cluster or a registry, as the configuration means it. Out: an identity that is equal for the
//! same source and for no other; its encoding, for files; words for people, which nothing is compared
//! by, so that they may change. Does not know who answers at a source: only the cluster does, by the
//! UID of its namespace `kube-system`.

use std::ffi::OsString;
use std::fmt;
use std::iter::Peekable;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};
use std::str::Split;

use serde::{Deserialize, Serialize};

use crate::config::resolved::{Cluster, Kubeconfig, Registry, Source};
use crate::core::name::Label;

/// The version of the encoding, which stands first in it.
const VERSION: &str = "1";

/// What a cluster's facts are read from.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum SourceIdentity {
    /// A folder of manifests, by its absolute path.
    Manifests(PathBuf),
    /// An API server that the configuration names.
    ApiServer(ServerIdentity),
    /// The API server of a cluster that a registry has registered. What its Secret leads to may
    /// move: that it is the same cluster still is seen by its UID.
    Registered {
        /// The registry.
        registry: RegistryIdentity,
        /// The name of the Secret in its namespace.
        secret: Box<str>,
    },
}

/// An API server, by how it is reached.
#[derive(Clone, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum ServerIdentity {
    /// That of the cluster in which fedns runs.
    InCluster,
    /// By kubeconfigs.
    Kubeconfig {
        /// Their absolute paths; of what several say, the first counts.
        files: Vec<PathBuf>,
        /// The context; `None` = their current one, whichever that is.
        context: Option<String>,
    },
}

/// Where the Secrets of a registry are: another registry is somewhere else.
#[derive(Clone, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(into = "String", try_from = "String")]
pub struct RegistryIdentity {
    /// The cluster that holds them.
    pub server: ServerIdentity,
    /// Their namespace.
    pub namespace: Label,
}

/// A text that is no identity of this version's encoding.
#[derive(Clone, Copy, Debug, Eq, PartialEq, thiserror::Error)]
#[error("it is no identity that this version can read")]
pub struct BadIdentity;

impl SourceIdentity {
    /// That of a cluster of the configuration.
    pub fn of(cluster: &Cluster) -> Self {
        match &cluster.source {
            Source::Manifests(path) => Self::Manifests(absolute(path)),
            Source::Kubeconfig(kubeconfig) => Self::ApiServer(ServerIdentity::of(kubeconfig)),
        }
    }

    /// The identity as ASCII text: the version, a kind and fields, with one space between any two.
    ///
    /// ```text
    /// source:   1 manifests folder=PATH
    ///           1 SERVER
    ///           1 secret name=NAME REGISTRY
    /// SERVER:   in-cluster
    ///           kubeconfig file=PATH [file=PATH ..] [context=NAME]
    /// REGISTRY: registry namespace=NAME SERVER
    /// ```
    ///
    /// Octets of values are percent-encoded, but for the unreserved ones of RFC 3986, section 2.3,
    /// and the slash. Where anything of this changes, so does the version, and the format of the
    /// files that hold it.
    pub fn encode(&self) -> String {
        let mut out = String::from(VERSION);
        match self {
            Self::Manifests(folder) => {
                out.push_str(" manifests");
                field(&mut out, "folder", folder.as_os_str().as_bytes());
            }
            Self::ApiServer(server) => server.write(&mut out),
            Self::Registered { registry, secret } => {
                out.push_str(" secret");
                field(&mut out, "name", secret.as_bytes());
                registry.write(&mut out);
            }
        }
        out
    }

    /// Reads what [`SourceIdentity::encode`] wrote.
    ///
    /// # Errors
    /// Any other text, and one of another version.
    pub fn decode(text: &str) -> Result<Self, BadIdentity> {
        let mut words = Words::begin(text)?;
        let identity = match words.peek() {
            Some("manifests") => {
                words.skip();
                Self::Manifests(words.path("folder").ok_or(BadIdentity)?)
            }
            Some("secret") => {
                words.skip();
                let secret = words.text("name").ok_or(BadIdentity)?.into();
                Self::Registered { secret, registry: RegistryIdentity::read(&mut words)? }
            }
            _ => Self::ApiServer(ServerIdentity::read(&mut words)?),
        };
        words.end()?;
        Ok(identity)
    }
}

impl ServerIdentity {
    fn of(kubeconfig: &Kubeconfig) -> Self {
        Self::with_paths(kubeconfig, absolute)
    }

    /// The same with paths that `written` makes of those of the configuration.
    fn with_paths(kubeconfig: &Kubeconfig, written: fn(&Path) -> PathBuf) -> Self {
        match kubeconfig {
            Kubeconfig::InCluster => Self::InCluster,
            Kubeconfig::Files { paths, context, .. } => Self::Kubeconfig {
                files: paths.iter().map(|path| written(path)).collect(),
                context: context.clone(),
            },
        }
    }

    fn write(&self, out: &mut String) {
        match self {
            Self::InCluster => out.push_str(" in-cluster"),
            Self::Kubeconfig { files, context } => {
                out.push_str(" kubeconfig");
                files.iter().for_each(|path| field(out, "file", path.as_os_str().as_bytes()));
                context.iter().for_each(|name| field(out, "context", name.as_bytes()));
            }
        }
    }

    fn read(words: &mut Words<'_>) -> Result<Self, BadIdentity> {
        match words.next() {
            Some("in-cluster") => Ok(Self::InCluster),
            Some("kubeconfig") => {
                let files = std::iter::from_fn(|| words.path("file")).collect();
                Ok(Self::Kubeconfig { files, context: words.text("context") })
            }
            _ => Err(BadIdentity),
        }
    }
}

impl RegistryIdentity {
    /// That of a registry of the configuration.
    pub fn of(registry: &Registry) -> Self {
        let server = ServerIdentity::of(&registry.kubeconfig);
        Self { server, namespace: registry.namespace.clone() }
    }

    fn write(&self, out: &mut String) {
        out.push_str(" registry");
        field(out, "namespace", self.namespace.as_str().as_bytes());
        self.server.write(out);
    }

    fn read(words: &mut Words<'_>) -> Result<Self, BadIdentity> {
        if words.next() != Some("registry") {
            return Err(BadIdentity);
        }
        let namespace = words.text("namespace").ok_or(BadIdentity)?;
        let namespace = Label::parse(&namespace).map_err(|_| BadIdentity)?;
        Ok(Self { namespace, server: ServerIdentity::read(words)? })
    }
}

impl From<RegistryIdentity> for String {
    /// `1 REGISTRY`, as [`SourceIdentity::encode`] has it.
    fn from(identity: RegistryIdentity) -> Self {
        let mut out = Self::from(VERSION);
        identity.write(&mut out);
        out
    }
}

impl TryFrom<String> for RegistryIdentity {
    type Error = BadIdentity;

    fn try_from(text: String) -> Result<Self, BadIdentity> {
        let mut words = Words::begin(&text)?;
        let identity = Self::read(&mut words)?;
        words.end()?;
        Ok(identity)
    }
}

impl fmt::Display for SourceIdentity {
    /// For people.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Manifests(folder) => write!(f, "the folder {}", folder.display()),
            Self::ApiServer(ServerIdentity::InCluster) => f.write_str("the cluster it runs in"),
            Self::ApiServer(ServerIdentity::Kubeconfig { files, context }) => {
                let context = context.as_deref().unwrap_or("the current one");
                write!(f, "kubeconfig {}, context {context}", joined(files))
            }
            Self::Registered { registry, secret } => {
                write!(f, "the server of Secret {secret} of registry {registry}")
            }
        }
    }
}

impl fmt::Display for RegistryIdentity {
    /// For people.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.server {
            ServerIdentity::InCluster => f.write_str("in-cluster")?,
            ServerIdentity::Kubeconfig { files, context } => {
                f.write_str(&joined(files))?;
                context.iter().try_for_each(|name| write!(f, " {name}"))?;
            }
        }
        write!(f, ", namespace {}", self.namespace)
    }
}

impl fmt::Display for Registry {
    /// For people: paths are as the configuration has them.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let server = ServerIdentity::with_paths(&self.kubeconfig, Path::to_owned);
        RegistryIdentity { server, namespace: self.namespace.clone() }.fmt(f)
    }
}

fn joined(files: &[PathBuf]) -> String {
    let files: Vec<_> = files.iter().map(|path| path.display().to_string()).collect();
    files.join(":")
}

/// A path that is the same wherever the process was started, and however it is written.
fn absolute(path: &Path) -> PathBuf {
    // It only fails for an empty path, which is nothing that could be read.
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    path.components().collect()
}

fn field(out: &mut String, key: &str, value: &[u8]) {
    out.push(' ');
    out.push_str(key);
    out.push('=');
    for octet in value {
        match octet {
            b'-' | b'.' | b'_' | b'~' | b'/' => out.push(char::from(*octet)),
            octet if octet.is_ascii_alphanumeric() => out.push(char::from(*octet)),
            octet => out.push_str(&format!("%{octet:02X}")),
        }
    }
}

/// The words of an encoding, from the first that was not read yet.
struct Words<'t>(Peekable<Split<'t, char>>);

impl<'t> Words<'t> {
    /// The words behind the version.
    fn begin(text: &'t str) -> Result<Self, BadIdentity> {
        let mut words = Self(text.split(' ').peekable());
        (words.next() == Some(VERSION)).then_some(words).ok_or(BadIdentity)
    }

    fn next(&mut self) -> Option<&'t str> {
        self.0.next()
    }

    fn peek(&mut self) -> Option<&'t str> {
        self.0.peek().copied()
    }

    fn skip(&mut self) {
        self.0.next();
    }

    fn end(mut self) -> Result<(), BadIdentity> {
        self.next().map_or(Ok(()), |_| Err(BadIdentity))
    }

    /// The value of a field, where that is the next word and `read` can read its octets.
    fn field<T>(&mut self, key: &str, read: impl Fn(Vec<u8>) -> Option<T>) -> Option<T> {
        let octets = decoded(self.peek()?.strip_prefix(key)?.strip_prefix('=')?)?;
        let value = read(octets)?;
        self.skip();
        Some(value)
    }

    fn text(&mut self, key: &str) -> Option<String> {
        self.field(key, |octets| String::from_utf8(octets).ok())
    }

    fn path(&mut self, key: &str) -> Option<PathBuf> {
        self.field(key, |octets| Some(OsString::from_vec(octets).into()))
    }
}

fn decoded(value: &str) -> Option<Vec<u8>> {
    let mut octets = Vec::with_capacity(value.len());
    let mut rest = value.bytes();
    while let Some(octet) = rest.next() {
        octets.push(match octet {
            b'%' => {
                let digit = |octet: u8| char::from(octet).to_digit(16);
                let (high, low) = (digit(rest.next()?)?, digit(rest.next()?)?);
                u8::try_from(16 * high + low).ok()?
            }
            octet => octet,
        });
    }
    Some(octets)
}

#[cfg(test)]
mod tests;

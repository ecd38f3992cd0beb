//! Kubeconfigs: from text to settings that can be used.
//!
//! In: the text of kubeconfigs, the files that they name, the environment. Out: [`Settings`], by the
//! rules of kubectl, or a [`Fault`]: what it can not read, which no library is given, and of which
//! nothing is repeated in words. All of it is pure but for the authorities of this host.
//! Does not know who reads files, runs programs and connects.

mod hidden;
mod fault;
mod base64;
mod yaml;
mod fields;
mod parts;
mod document;
mod rules;
mod url;
mod headers;
mod environment;
mod proxy;
mod certificate;
mod tls;
mod expiry;
mod program;
mod settings;
mod in_memory;
mod in_secret;

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

pub use environment::Environment;
pub use fault::Fault;
pub use hidden::Hidden;
pub use in_memory::Held;
pub(in crate::clusters) use in_secret::read as read_held;
pub use in_secret::{Server, server};
pub use program::Program;
pub use proxy::{Login, Proxy, masked};
pub use settings::{Contents, Settings, Supplied};
pub(in crate::clusters) use tls::Disbelief;
pub use yaml::TextSource;

use document::Chosen;
use fields::Text;
use settings::Sources;

/// A kubeconfig as it was read.
pub struct File<'f> {
    /// Its text.
    pub octets: &'f [u8],
    /// Where that comes from.
    pub source: TextSource,
    /// What its paths are relative to.
    pub folder: &'f Path,
}

/// What kubeconfigs say of one context.
pub struct Kubeconfig(Chosen);

impl Kubeconfig {
    /// Reads what files say of a context, of the current one where `context` is `None`; the first file
    /// that says something counts. `hint` is how a context is named, such as `--context`.
    ///
    /// # Errors
    /// What is wrong, and where.
    pub fn read(files: &[File<'_>], context: Option<&str>, hint: &str) -> Result<Self, Fault> {
        let documents =
            files.iter().map(|file| document::read(file.octets, &file.source, file.folder));
        let documents = documents.collect::<Result<Vec<_>, _>>()?;
        document::choose(&documents, context, hint).map(Self)
    }

    /// The service account of a pod: its API server by host and port, what was mounted in `folder`
    /// (Kubernetes, "Accessing the Kubernetes API from a Pod").
    ///
    /// # Errors
    /// What is wrong.
    pub fn of_pod(host: &str, port: &str, folder: &Path) -> Result<Self, Fault> {
        let is_v6 = host.contains(':') && !host.starts_with('[');
        let host = if is_v6 { format!("[{host}]") } else { host.to_owned() };
        let text = json!({
            "current-context": "pod",
            "contexts": [{ "name": "pod", "context": { "cluster": "pod", "user": "pod" } }],
            "clusters": [{ "name": "pod", "cluster": {
                "server": format!("https://{host}:{port}"), "certificate-authority": "ca.crt",
            }}],
            "users": [{ "name": "pod", "user": { "tokenFile": "token" } }],
        });
        let name = "the service account of this pod".into();
        let source = TextSource { name, has_lines: false };
        Self::read(&[File { octets: text.to_string().as_bytes(), source, folder }], None, "")
    }

    /// Where it leads, as it is written.
    ///
    /// # Errors
    /// That can not be asked.
    pub fn server(&self) -> Result<Hidden, Fault> {
        settings::server(&self.0.cluster).map(|(text, _)| text.hidden())
    }

    /// The authority that stands in it, as it is written.
    pub fn authority(&self) -> Option<Hidden> {
        self.0.cluster.authority.data.as_ref().map(Text::hidden)
    }

    /// Whether its context names a user that is there.
    pub fn has_user(&self) -> bool {
        self.0.user.is_some()
    }

    /// Whether it names an `auth-provider`.
    pub fn has_auth_provider(&self) -> bool {
        self.0.user.as_ref().is_some_and(|user| user.auth_provider.is_some())
    }

    /// The key of a file that it names.
    pub fn named_file(&self) -> Option<&'static str> {
        settings::files(&self.0).first().map(|file| file.text.key())
    }

    /// Looks for what kubectl refuses.
    ///
    /// # Errors
    /// What is wrong, and where.
    pub fn check(&self) -> Result<(), Fault> {
        rules::check(&self.0)
    }

    /// The files that it names.
    pub fn files(&self) -> Vec<PathBuf> {
        settings::files(&self.0).into_iter().map(|file| file.path.clone()).collect()
    }

    /// The program that it wants to be run for credentials; `None` where it has others.
    ///
    /// # Errors
    /// What the program is told of the cluster can not be used.
    pub fn program(&self, contents: &Contents) -> Result<Option<Program>, Fault> {
        let Some(exec) = self.exec() else { return Ok(None) };
        let cluster = &self.0.cluster;
        let authority = self.sources(contents, None, &Environment::default()).authority()?;
        Ok(Some(Program::of(exec, cluster, authority.as_deref())))
    }

    /// What is shown of that program, without a look at what it is told.
    pub fn program_name(&self) -> Option<String> {
        self.exec().map(program::shown)
    }

    fn exec(&self) -> Option<&parts::Exec> {
        let user = self.0.user.as_ref().filter(|user| !user.is_enough())?;
        user.exec.as_ref()
    }

    /// What a connection needs.
    ///
    /// # Errors
    /// What can not be used, and where it stands.
    pub fn settings(
        &self,
        contents: &Contents,
        supplied: Option<&Supplied>,
        environment: &Environment,
    ) -> Result<Settings, Fault> {
        self.sources(contents, supplied, environment).settings()
    }

    fn sources<'s>(
        &'s self,
        contents: &'s Contents,
        supplied: Option<&'s Supplied>,
        environment: &'s Environment,
    ) -> Sources<'s> {
        Sources { chosen: &self.0, contents, supplied, environment }
    }

    /// The `cluster` of a kubeconfig that says the same of the server, and names no file.
    ///
    /// # Errors
    /// What can not be used, and where it stands.
    pub fn cluster(&self, contents: &Contents) -> Result<Value, Fault> {
        let cluster = &self.0.cluster;
        settings::server(cluster)?;
        cluster.proxy_url.as_ref().map_or(Ok(()), proxy::check)?;
        let authority = self.sources(contents, None, &Environment::default()).authority()?;
        let mut told = program::info(cluster, authority.as_deref());
        told.as_object_mut().into_iter().for_each(|told| _ = told.remove("config"));
        Ok(told)
    }
}

#[cfg(test)]
mod tests;

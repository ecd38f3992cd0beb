//! Parts of a kubeconfig: what it says of a cluster and of a user (Kubernetes, "Client Configuration
//! (v1)").
//!
//! In: mappings. Out: [`Cluster`], [`User`]. What other keys say is passed over, as by kubectl.
//! Does not know what of it can be used.

use std::path::{Path, PathBuf};

use serde_json::Value as Json;

use super::fault::{Fault, Spot};
use super::fields::{Fields, FileName, Keyed, Text};

/// By what name a cluster says something to programs that give credentials.
const EXEC_EXTENSION: &str = "client.authentication.k8s.io/exec";

/// What is given as it is, or in a file.
#[derive(Clone, Default)]
pub(super) struct Given {
    /// In base64.
    pub(super) data: Option<Text>,
    pub(super) file: Option<FileName>,
}

impl Given {
    fn read(fields: &Fields<'_>, keys: [&'static str; 2], folder: &Path) -> Result<Self, Fault> {
        let [data, file] = keys;
        Ok(Self { data: fields.text(data)?, file: fields.file(file, folder)? })
    }

    pub(super) fn is_there(&self) -> bool {
        self.text().is_some()
    }

    /// Where it stands.
    pub(super) fn text(&self) -> Option<&Text> {
        self.data.as_ref().or(self.file.as_ref().map(|file| &file.text))
    }
}

/// How an API server is reached.
#[derive(Clone, Default)]
pub(super) struct Cluster {
    pub(super) server: Option<Text>,
    pub(super) tls_server_name: Option<Text>,
    pub(super) is_unverified: bool,
    pub(super) authority: Given,
    pub(super) proxy_url: Option<Text>,
    pub(super) disable_compression: bool,
    /// What it says to programs that give credentials.
    pub(super) exec_config: Option<Json>,
}

impl Cluster {
    pub(super) fn read(fields: &Fields<'_>, folder: &Path) -> Result<Self, Fault> {
        let mut exec_config = None;
        for extension in fields.items("extensions")? {
            let extension = Fields::of("extensions", extension)?;
            let name = extension.text("name")?;
            if name.is_some_and(|name| name.reveal() == EXEC_EXTENSION) {
                exec_config = extension.json("extension");
            }
        }
        let authority = ["certificate-authority-data", "certificate-authority"];
        Ok(Self {
            server: fields.text("server")?,
            tls_server_name: fields.text("tls-server-name")?,
            is_unverified: fields.flag("insecure-skip-tls-verify")?,
            authority: Given::read(fields, authority, folder)?,
            proxy_url: fields.text("proxy-url")?,
            disable_compression: fields.flag("disable-compression")?,
            exec_config,
        })
    }
}

/// Whom a request claims to come from.
#[derive(Clone, Default)]
pub(super) struct Impersonation {
    pub(super) user: Option<Text>,
    pub(super) uid: Option<Text>,
    pub(super) groups: Vec<Text>,
    pub(super) extra: Vec<Keyed>,
}

/// Who asks.
#[derive(Clone, Default)]
pub(super) struct User {
    pub(super) token: Option<Text>,
    pub(super) token_file: Option<FileName>,
    pub(super) name: Option<Text>,
    pub(super) password: Option<Text>,
    pub(super) certificate: Given,
    pub(super) key: Given,
    pub(super) impersonation: Impersonation,
    pub(super) exec: Option<Exec>,
    /// Where it names an `auth-provider`.
    pub(super) auth_provider: Option<Spot>,
}

impl User {
    pub(super) fn read(fields: &Fields<'_>, folder: &Path) -> Result<Self, Fault> {
        let exec = fields.fields("exec")?;
        let exec = exec.map(|fields| Exec::read(&fields, folder)).transpose()?;
        let certificate = ["client-certificate-data", "client-certificate"];
        Ok(Self {
            token: fields.text("token")?,
            token_file: fields.file("tokenFile", folder)?,
            name: fields.text("username")?,
            password: fields.text("password")?,
            certificate: Given::read(fields, certificate, folder)?,
            key: Given::read(fields, ["client-key-data", "client-key"], folder)?,
            impersonation: Impersonation {
                user: fields.text("as")?,
                uid: fields.text("as-uid")?,
                groups: fields.texts("as-groups")?,
                extra: fields.lists("as-user-extra")?,
            },
            exec,
            auth_provider: fields.node("auth-provider").map(|node| node.spot.clone()),
        })
    }

    /// Whether it is known who asks without running a program: then none is run, as by kubectl.
    pub(super) fn is_enough(&self) -> bool {
        let has_token = self.token.is_some() || self.token_file.is_some();
        has_token || self.name.is_some() || self.certificate.is_there()
    }
}

/// A variable of the environment.
#[derive(Clone)]
pub(super) struct Variable {
    pub(super) name: Text,
    pub(super) value: Option<Text>,
}

/// A program that gives credentials.
#[derive(Clone)]
pub(super) struct Exec {
    pub(super) spot: Spot,
    pub(super) command: Option<Text>,
    /// The command as it is run: relative to the file where it is a path.
    pub(super) program: PathBuf,
    pub(super) args: Vec<Text>,
    pub(super) env: Vec<Variable>,
    pub(super) api_version: Option<Text>,
    pub(super) interactive_mode: Option<Text>,
    pub(super) has_install_hint: bool,
    pub(super) provide_cluster_info: bool,
}

impl Exec {
    fn read(fields: &Fields<'_>, folder: &Path) -> Result<Self, Fault> {
        let command = fields.text("command")?;
        let name = command.as_ref().map_or("", Text::reveal);
        // A bare name is looked for in PATH.
        let program = if name.contains('/') { folder.join(name) } else { name.into() };
        let mut env = Vec::new();
        for variable in fields.items("env")? {
            let variable = Fields::of("env", variable)?;
            let name = variable.text("name")?.ok_or_else(|| {
                variable.spot.fault("a variable of `env` has no `name`; expected one")
            })?;
            env.push(Variable { name, value: variable.text("value")? });
        }
        Ok(Self {
            spot: fields.spot.clone(),
            command,
            program,
            args: fields.texts("args")?,
            env,
            api_version: fields.text("apiVersion")?,
            interactive_mode: fields.text("interactiveMode")?,
            has_install_hint: fields.text("installHint")?.is_some(),
            provide_cluster_info: fields.flag("provideClusterInfo")?,
        })
    }
}

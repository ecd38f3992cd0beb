//! Programs that give credentials, as they are to be run (client.authentication.k8s.io).
//!
//! In: the `exec` of a user, and its cluster. Out: [`Program`]. Does not know how programs run.

use std::path::PathBuf;

use serde_json::{Value, json};

use super::base64;
use super::fields::Text;
use super::hidden::Hidden;
use super::parts::{Cluster, Exec};

/// Longest name of a program that is shown: what is longer may be a token in the wrong place.
const MAX_NAME: usize = 40;

/// A variable of a program's environment.
#[derive(Clone, Debug)]
pub struct Variable {
    /// Its name.
    pub name: Hidden,
    /// Its value.
    pub value: Hidden,
}

/// A program that gives credentials.
#[derive(Clone, Debug)]
pub struct Program {
    /// What is shown of it.
    pub name: String,
    /// Where it is; a bare name is looked for in `PATH`.
    pub path: PathBuf,
    /// What it is called with.
    pub args: Vec<Hidden>,
    /// What it finds in its environment beside what we have.
    pub env: Vec<Variable>,
    /// `apiVersion` of what it is told and of what it prints.
    pub api_version: Box<str>,
    /// What it is told of the cluster, where it wants to know.
    pub cluster: Option<Value>,
    /// Whether the kubeconfig says how it is installed.
    pub has_install_hint: bool,
}

impl Program {
    /// That of a user; `authority` of the cluster is in PEM.
    pub(super) fn of(exec: &Exec, cluster: &Cluster, authority: Option<&[u8]>) -> Self {
        let value = |text: &Option<Text>| text.as_ref().map_or("".into(), Text::hidden);
        let env = exec.env.iter();
        Self {
            name: shown(exec),
            path: exec.program.clone(),
            args: exec.args.iter().map(Text::hidden).collect(),
            env: env
                .map(|it| Variable { name: it.name.hidden(), value: value(&it.value) })
                .collect(),
            api_version: exec.api_version.as_ref().map_or("", Text::reveal).into(),
            cluster: exec.provide_cluster_info.then(|| info(cluster, authority)),
            has_install_hint: exec.has_install_hint,
        }
    }
}

/// The command, where it looks like the name of a program, without the folder.
pub(super) fn shown(exec: &Exec) -> String {
    let name = exec.command.as_ref().map_or("", Text::reveal);
    let last = name.rsplit('/').next().unwrap_or_default();
    let is_word = |c: char| c.is_ascii_alphanumeric() || "._-+".contains(c);
    match !last.is_empty() && last.len() <= MAX_NAME && last.chars().all(is_word) {
        true => last.to_owned(),
        false => "a program".to_owned(),
    }
}

/// What is told of a cluster: keys of a kubeconfig that name no file.
pub(super) fn info(cluster: &Cluster, authority: Option<&[u8]>) -> Value {
    let mut info = json!({});
    let texts = [
        ("server", &cluster.server),
        ("tls-server-name", &cluster.tls_server_name),
        ("proxy-url", &cluster.proxy_url),
    ];
    for (key, text) in texts {
        if let Some(text) = text {
            info[key] = text.reveal().into();
        }
    }
    let flags = [
        ("insecure-skip-tls-verify", cluster.is_unverified),
        ("disable-compression", cluster.disable_compression),
    ];
    for (key, _) in flags.into_iter().filter(|(_, is_set)| *is_set) {
        info[key] = true.into();
    }
    if let Some(pem) = authority {
        info["certificate-authority-data"] = base64::encode(pem).into();
    }
    if let Some(config) = &cluster.exec_config {
        info["config"] = config.clone();
    }
    info
}

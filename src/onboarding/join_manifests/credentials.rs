//! What fedns needs of a member: a kubeconfig, and a Secret or an entry that leads to it.
//!
//! In: where the member's API server is, a token. Out: YAML and objects.
//! Does not know where the token comes from.

use std::path::Path;

use anyhow::Context;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::core::name::Label;

use super::{CLUSTER_LABEL, JoiningCluster, MANAGED_BY, MANAGER};

/// What leads to a member. It has no `Debug`: nobody shows it by mistake.
#[derive(Clone, PartialEq)]
pub struct Credential {
    /// The `cluster` of a kubeconfig: server, authority, and how else it is reached.
    pub cluster: Value,
    /// The token of the service account.
    pub token: String,
}

/// YAML of an object.
///
/// # Errors
/// It holds what YAML can not say, which objects do not.
pub fn yaml(object: &Value) -> anyhow::Result<String> {
    let mut text = serde_saphyr::to_string(object).context("no YAML")?;
    if !text.ends_with('\n') {
        text.push('\n');
    }
    Ok(text)
}

impl JoiningCluster {
    /// A kubeconfig with this one member in it.
    ///
    /// # Errors
    /// As [`yaml`].
    pub fn kubeconfig(&self, credential: &Credential) -> anyhow::Result<String> {
        let name = self.name.as_str();
        yaml(&json!({
            "apiVersion": "v1", "kind": "Config", "current-context": name,
            "clusters": [{ "name": name, "cluster": credential.cluster }],
            "contexts": [{ "name": name, "context": { "cluster": name, "user": self.account() } }],
            "users": [{ "name": self.account(), "user": { "token": credential.token } }],
        }))
    }

    /// What the Secret of a member is called.
    pub fn secret_name(name: &Label) -> String {
        format!("fedns-cluster-{name}")
    }

    /// The Secret by which a registry finds the member.
    pub fn secret(&self, namespace: &Label, kubeconfig: &str) -> Value {
        let mut secret = json!({
            "apiVersion": "v1", "kind": "Secret",
            "metadata": {
                "name": Self::secret_name(&self.name), "namespace": namespace.as_str(),
                "labels": { CLUSTER_LABEL: self.name.as_str(), MANAGED_BY: MANAGER },
            },
            "type": "Opaque",
            "data": { "kubeconfig": STANDARD.encode(kubeconfig) },
        });
        let list =
            |labels: &[Label]| labels.iter().map(Label::as_str).collect::<Vec<_>>().join(",");
        let region = self.region.as_ref().map(ToString::to_string).unwrap_or_default();
        for (key, value) in [
            ("fedns.dev/region", region),
            ("fedns.dev/zones", list(&self.zones)),
            ("fedns.dev/namespaces", list(&self.namespaces)),
        ] {
            if !value.is_empty() {
                secret["metadata"]["annotations"][key] = value.into();
            }
        }
        secret
    }

    /// The entry of the configuration.
    pub fn entry(&self, kubeconfig: &Path) -> String {
        let list = |labels: &[Label]| labels.iter().map(scalar).collect::<Vec<_>>().join(", ");
        let path = json!(kubeconfig.display().to_string());
        let mut text = format!(
            "clusters:\n  - name: {}\n    kubeconfig: {{ path: {path} }}\n",
            scalar(&self.name)
        );
        if let Some(region) = &self.region {
            text.push_str(&format!("    region: {}\n", scalar(region)));
        }
        for (key, labels) in [("zones", &self.zones), ("namespaces", &self.namespaces)] {
            if !labels.is_empty() {
                text.push_str(&format!("    {key}: [{}]\n", list(labels)));
            }
        }
        text
    }
}

/// A label as YAML reads it back as text.
fn scalar(label: &Label) -> String {
    let is_word = matches!(label.as_str(), "true" | "false" | "yes" | "no" | "on" | "off" | "null")
        || matches!(label.as_str(), "y" | "n" | "nan" | "inf");
    match is_word || label.as_str().starts_with(|first: char| first.is_ascii_digit()) {
        true => format!("\"{label}\""),
        false => label.to_string(),
    }
}

//! The Secret of a cluster as Argo CD keeps it, as a kubeconfig.
//!
//! In: `server` and the JSON of `config` (Argo CD, "Declarative Setup", "Clusters"). Out: the text
//! of a kubeconfig that says the same; or what is wrong, in words that repeat nothing of it.
//! Does not know names.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::{Map, Value, json};

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Config {
    bearer_token: String,
    username: String,
    password: String,
    tls_client_config: TlsClientConfig,
    exec_provider_config: Option<ExecProviderConfig>,
    aws_auth_config: Option<AwsAuthConfig>,
    proxy_url: String,
    disable_compression: bool,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct TlsClientConfig {
    insecure: bool,
    server_name: String,
    /// In base64, like a kubeconfig has it.
    ca_data: Option<String>,
    cert_data: Option<String>,
    key_data: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct ExecProviderConfig {
    command: String,
    args: Option<Vec<String>>,
    env: Option<BTreeMap<String, String>>,
    api_version: String,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct AwsAuthConfig {
    cluster_name: String,
    #[serde(rename = "roleARN")]
    role_arn: String,
    profile: String,
}

/// The kubeconfig of a cluster.
pub(super) fn kubeconfig(server: &str, config: &str) -> Result<String, String> {
    let config: Config = serde_json::from_str(config).map_err(|error| {
        // Its own words would repeat what stands there.
        let (line, column) = (error.line(), error.column());
        format!("data key `config` is not the JSON of Argo CD (line {line}, column {column})")
    })?;
    let user = user(&config);
    if user.is_empty() {
        return Err(
            "data key `config` has no credentials: expected `bearerToken`, `username` with \
                    `password`, or `certData` with `keyData`"
                .into(),
        );
    }
    let tls = &config.tls_client_config;
    let mut cluster = Map::new();
    cluster.insert("server".into(), server.trim().into());
    put(&mut cluster, "certificate-authority-data", tls.ca_data.as_deref());
    put(&mut cluster, "tls-server-name", Some(&tls.server_name));
    put(&mut cluster, "proxy-url", Some(&config.proxy_url));
    for (key, is_set) in [
        ("insecure-skip-tls-verify", tls.insecure),
        ("disable-compression", config.disable_compression),
    ] {
        if is_set {
            cluster.insert(key.into(), true.into());
        }
    }
    let context = json!({ "cluster": "argocd", "user": "argocd" });
    let kubeconfig = json!({
        "apiVersion": "v1", "kind": "Config", "current-context": "argocd",
        "clusters": [{ "name": "argocd", "cluster": cluster }],
        "users": [{ "name": "argocd", "user": user }],
        "contexts": [{ "name": "argocd", "context": context }],
    });
    Ok(kubeconfig.to_string())
}

fn user(config: &Config) -> Map<String, Value> {
    let mut user = Map::new();
    put(&mut user, "token", Some(&config.bearer_token));
    put(&mut user, "username", Some(&config.username));
    put(&mut user, "password", Some(&config.password));
    put(&mut user, "client-certificate-data", config.tls_client_config.cert_data.as_deref());
    put(&mut user, "client-key-data", config.tls_client_config.key_data.as_deref());
    let exec = config.exec_provider_config.as_ref().map(exec);
    if let Some(exec) = exec.or_else(|| config.aws_auth_config.as_ref().map(aws)) {
        user.insert("exec".into(), exec);
    }
    user
}

fn put(values: &mut Map<String, Value>, key: &str, text: Option<&str>) {
    if let Some(text) = text.filter(|text| !text.is_empty()) {
        values.insert(key.into(), text.into());
    }
}

fn exec(exec: &ExecProviderConfig) -> Value {
    let variable = |(name, value): (&String, &String)| json!({ "name": name, "value": value });
    let env: Vec<Value> = exec.env.iter().flatten().map(variable).collect();
    json!({
        "apiVersion": exec.api_version, "command": exec.command, "args": exec.args, "env": env,
        "interactiveMode": "Never",
    })
}

/// The same by the tool of AWS ("Connect kubectl to an EKS cluster").
fn aws(aws: &AwsAuthConfig) -> Value {
    let mut args =
        vec!["--output", "json", "eks", "get-token", "--cluster-name", &aws.cluster_name];
    if !aws.role_arn.is_empty() {
        args.extend(["--role-arn", &aws.role_arn]);
    }
    if !aws.profile.is_empty() {
        args.extend(["--profile", &aws.profile]);
    }
    json!({
        "apiVersion": "client.authentication.k8s.io/v1beta1", "command": "aws", "args": args,
        "interactiveMode": "Never",
    })
}

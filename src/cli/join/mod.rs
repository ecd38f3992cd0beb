//! `fedns join` and `fedns unjoin`: clusters that come and go.
//!
//! In: contexts and flags. Out: YAML on standard output, or objects in clusters and a kubeconfig
//! file, with a line about each on standard error.
//! Does not know what a member has to hold: that is [`crate::onboarding::join_manifests`].

mod arguments;
mod objects;
mod visit;
mod unjoin;

use std::fs::{self, OpenOptions};
use std::io::{Write, stdout};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context;
use serde_json::json;
use tokio::runtime::{Builder, Runtime};

use crate::cli::print::tell;
use crate::clusters::kubeconfig::masked;
use crate::core::complaint::Flaw;
use crate::onboarding::join_manifests::{
    Credential, JoiningCluster, Manifest, name_of_context, yaml,
};

use super::connect::Target;
use arguments::Form;
use objects::Objects;

pub(super) use arguments::{JoinArguments, UnjoinArguments};
pub(super) use unjoin::unjoin;

/// Lets a cluster join, or prints what that takes.
pub(super) fn join(arguments: &JoinArguments) -> anyhow::Result<()> {
    let member = member(arguments)?;
    let target = Target {
        kubeconfig: arguments.kubeconfig.clone(),
        context: Some(arguments.context.clone()),
    };
    let mut cluster = target.cluster()?;
    // With --apply the look with the new credentials says so.
    if cluster["insecure-skip-tls-verify"] == true && !arguments.apply {
        tell(format_args!("{}: note: {}", member.name, Flaw::ServerUnverified));
    }
    if arguments.apply {
        return runtime()?.block_on(apply(arguments, &member, &target, cluster));
    }
    // What is printed may be kept anywhere.
    if let Some(shown) = cluster["proxy-url"].as_str().and_then(masked) {
        eprintln!("{}: note: NAME:PASSWORD below stands for the login of the proxy", member.name);
        cluster["proxy-url"] = shown.into();
    }
    let credential = Credential { cluster, token: "TOKEN".to_owned() };
    let mut text = String::new();
    for manifest in member.manifests(true) {
        text.push_str(&format!("---\n{}", yaml(&manifest.object)?));
    }
    text.push_str(&comments(arguments, &member, &credential)?);
    Ok(stdout().lock().write_all(text.as_bytes())?)
}

fn member(arguments: &JoinArguments) -> anyhow::Result<JoiningCluster> {
    let context = &arguments.context;
    let name = match &arguments.name {
        Some(name) => name.clone(),
        None => {
            let name = name_of_context(context)
                .with_context(|| format!("{context:?} gives no name: say --name"))?;
            tell(format_args!(
                "the cluster is called {name}, after its context; --name calls it otherwise"
            ));
            name
        }
    };
    Ok(JoiningCluster {
        name,
        namespace: arguments.namespace.clone(),
        namespaces: arguments.namespaces.clone(),
        region: arguments.region.clone(),
        zones: arguments.zones.clone(),
    })
}

fn runtime() -> anyhow::Result<Runtime> {
    // Reading files blocks on the runtime from another thread.
    Builder::new_multi_thread().worker_threads(1).enable_all().build().context("no runtime")
}

/// What fedns needs once the member holds all this. It is for another place, so it is a comment.
fn comments(
    arguments: &JoinArguments,
    member: &JoiningCluster,
    credential: &Credential,
) -> anyhow::Result<String> {
    let kubeconfig = member.kubeconfig(credential)?;
    let (name, token, namespace) = (&member.name, member.token(), &member.namespace);
    let mut text = format!(
        "The member needs what stands above, and fedns what stands below. --apply does both.\n\
         TOKEN is, once the member holds the above, what this prints:\n  \
         kubectl --context {} --namespace {namespace} get secret {token} \
         --output jsonpath={{.data.token}} | base64 --decode\n\n",
        arguments.context
    );
    let path = PathBuf::from(format!("./{name}.conf"));
    match arguments.form() {
        Form::Entry => {
            text.push_str(&format!("The entry of the configuration:\n\n{}\n", member.entry(&path)));
            text.push_str(&format!("{}, readable by fedns alone:\n\n{kubeconfig}", path.display()));
        }
        Form::Secret => {
            let mut secret = member.secret(&arguments.hub_namespace, &kubeconfig);
            // Text, so that the token can be written into it.
            secret["data"] = json!(null);
            secret["stringData"] = json!({ "kubeconfig": kubeconfig });
            if let Some(fields) = secret.as_object_mut() {
                fields.remove("data");
            }
            text.push_str(&format!("The Secret in the cluster of fedns:\n\n{}", yaml(&secret)?));
        }
    }
    Ok(text.lines().map(|line| format!("# {line}").trim_end().to_owned() + "\n").collect())
}

async fn apply(
    arguments: &JoinArguments,
    member: &JoiningCluster,
    target: &Target,
    cluster: serde_json::Value,
) -> anyhow::Result<()> {
    let objects = Objects::of(target).await?;
    for manifest in member.manifests(arguments.ttl.is_none()) {
        objects.put(&manifest).await?;
    }
    let token = match arguments.ttl {
        Some(ttl) => objects.request_token(member, ttl).await?,
        None => objects.await_token(member).await?,
    };
    let kubeconfig = member.kubeconfig(&Credential { cluster, token })?;
    match arguments.form() {
        Form::Secret => give_secret(arguments, member, &kubeconfig).await?,
        Form::Entry => give_entry(arguments, member, &kubeconfig)?,
    }
    visit::verify(member, kubeconfig).await
}

async fn give_secret(
    arguments: &JoinArguments,
    member: &JoiningCluster,
    kubeconfig: &str,
) -> anyhow::Result<()> {
    let secret = member.secret(&arguments.hub_namespace, kubeconfig);
    let Some(context) = &arguments.hub_context else {
        return Ok(stdout().lock().write_all(yaml(&secret)?.as_bytes())?);
    };
    let hub =
        Target { kubeconfig: arguments.hub_kubeconfig.clone(), context: Some(context.clone()) };
    let objects = Objects::of(&hub).await?;
    objects.put(&Manifest::namespace_called(arguments.hub_namespace.as_str())).await?;
    objects.put(&Manifest { plural: "secrets", object: secret }).await
}

fn give_entry(
    arguments: &JoinArguments,
    member: &JoiningCluster,
    kubeconfig: &str,
) -> anyhow::Result<()> {
    let out = &mut stdout().lock();
    match &arguments.out {
        Some(path) => {
            write_private(path, kubeconfig)
                .with_context(|| format!("{} can not be written", path.display()))?;
            tell(format_args!("{}: written, readable by its owner alone", path.display()));
            Ok(out.write_all(member.entry(path).as_bytes())?)
        }
        None => {
            let path = PathBuf::from(format!("./{}.conf", member.name));
            let entry = member.entry(&path);
            let entry: String = entry.lines().map(|line| format!("# {line}\n")).collect();
            Ok(write!(out, "# {}\n{entry}{kubeconfig}", path.display())?)
        }
    }
}

/// Puts a file in the place of another one at once; nobody else could read it at any time.
fn write_private(path: &Path, text: &str) -> std::io::Result<()> {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{}.new", std::process::id()));
    let new = path.with_file_name(name);
    let written = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&new);
    let written = written.and_then(|mut file| {
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        fs::rename(&new, path)
    });
    written.inspect_err(|_| _ = fs::remove_file(&new))
}

/// How long the token's Secret may take to be filled.
const TOKEN: Duration = Duration::from_secs(20);

//! A kubeconfig that came in a Secret: whether it can be used, and where it leads.
//!
//! In: its text. Out: the kubeconfig, or what is wrong with it in words that repeat nothing of it.
//! What a Secret says is the word of whoever may write Secrets: files of this machine are none of
//! its business, and programs run only where the registry says so.
//! Does not know Secrets.

use hyper::Uri;
use kube::config::{AuthInfo, Cluster, Kubeconfig};

use super::held::{Held, Hidden};

/// Where a kubeconfig leads, and whom it believes there. Where this changes it may lead to another
/// cluster.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Server {
    url: Hidden,
    authority: Option<Hidden>,
}

/// Where a kubeconfig leads.
///
/// # Errors
/// Why it can not be used.
pub fn server(held: &Held) -> Result<Server, String> {
    let kubeconfig = read(held)?;
    let (cluster, _) = chosen(&kubeconfig, held.context.as_deref())?;
    Ok(Server {
        url: Hidden::new(cluster.server.as_deref().unwrap_or_default()),
        authority: cluster.certificate_authority_data.as_deref().map(Hidden::new),
    })
}

/// Reads a kubeconfig and looks at what it asks for.
pub(in crate::clusters) fn read(held: &Held) -> Result<Kubeconfig, String> {
    let kubeconfig = Kubeconfig::from_yaml(held.kubeconfig.reveal())
        .map_err(|_| "what stands there can not be read as a kubeconfig".to_owned())?;
    let (cluster, user) = chosen(&kubeconfig, held.context.as_deref())?;
    let uri: Option<Uri> = cluster.server.as_ref().and_then(|url| url.parse().ok());
    let is_url = uri.is_some_and(|uri| {
        matches!(uri.scheme_str(), Some("http" | "https")) && uri.host().is_some()
    });
    if !is_url {
        return Err("its `server` is no URL such as https://HOST:6443".into());
    }
    let files = [
        ("certificate-authority", &cluster.certificate_authority),
        ("client-certificate", &user.client_certificate),
        ("client-key", &user.client_key),
        ("tokenFile", &user.token_file),
    ];
    if let Some((key, _)) = files.iter().find(|(_, path)| path.is_some()) {
        return Err(format!(
            "its `{key}` names a file, which a Secret can not bring; put its content there, as \
             `kubectl config view --flatten` does"
        ));
    }
    if user.auth_provider.is_some() {
        return Err("it has an `auth-provider`, which Kubernetes 1.26 took away".into());
    }
    if user.exec.is_some() && !held.allow_exec {
        return Err(EXEC.into());
    }
    Ok(kubeconfig)
}

/// Why a program is not run.
pub(super) const EXEC: &str = "it runs a program for credentials, which the registry does not \
    allow; if it should, add `allowExec: true` to `secrets` of the registry";

/// The cluster and the user of a context.
fn chosen<'k>(
    kubeconfig: &'k Kubeconfig,
    context: Option<&str>,
) -> Result<(&'k Cluster, &'k AuthInfo), String> {
    let name = context.or(kubeconfig.current_context.as_deref()).filter(|name| !name.is_empty());
    let name =
        name.ok_or("it has no `current-context`; name one by annotation fedns.dev/context")?;
    let found = kubeconfig.contexts.iter().find(|named| named.name == name);
    let context = found.and_then(|named| named.context.as_ref()).ok_or(match context {
        Some(_) => "it has no context of the name that annotation fedns.dev/context says",
        None => "its `current-context` is none of its `contexts`",
    })?;
    let cluster = kubeconfig.clusters.iter().find(|named| named.name == context.cluster);
    let cluster = cluster.and_then(|named| named.cluster.as_ref());
    let cluster = cluster.ok_or("the cluster of its context is none of its `clusters`")?;
    let user = kubeconfig.auth_infos.iter();
    let user = user.into_iter().find(|named| Some(&named.name) == context.user.as_ref());
    let user = user.and_then(|named| named.auth_info.as_ref());
    Ok((cluster, user.ok_or("the user of its context is none of its `users`")?))
}

//! A kubeconfig that came in a Secret: whether it can be used, and where it leads.
//!
//! In: its text. Out: the kubeconfig, or what is wrong with it in words that repeat nothing of it.
//! What a Secret says is the word of whoever may write Secrets: files of this machine are none of
//! its business, and programs run only where the registry says so.
//! Does not know Secrets.

use std::path::Path;

use super::{Fault, File, Held, Hidden, Kubeconfig, TextSource};

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
pub fn server(held: &Held) -> Result<Server, Fault> {
    let kubeconfig = read(held)?;
    Ok(Server { url: kubeconfig.server()?, authority: kubeconfig.authority() })
}

/// Reads a kubeconfig and looks at what it asks for.
pub(in crate::clusters) fn read(held: &Held) -> Result<Kubeconfig, Fault> {
    let name = "the kubeconfig of its Secret".into();
    let file = File {
        octets: held.kubeconfig.reveal().as_bytes(),
        source: TextSource { name, has_lines: !held.is_made },
        folder: Path::new(""),
    };
    let hint = "annotation fedns.dev/context";
    let kubeconfig = Kubeconfig::read(&[file], held.context.as_deref(), hint)?;
    if !kubeconfig.has_user() {
        return Err(Fault::new("the user of its context is none of its `users`"));
    }
    kubeconfig.server()?;
    if let Some(key) = kubeconfig.named_file() {
        return Err(Fault::new(format!(
            "its `{key}` names a file, which a Secret can not bring; put its content there, as \
             `kubectl config view --flatten` does"
        )));
    }
    if kubeconfig.program_name().is_some() && !held.allow_exec {
        return Err(Fault::new(EXEC));
    }
    if kubeconfig.has_auth_provider() {
        let why = "it has an `auth-provider`, most of which Kubernetes 1.26 took away";
        return Err(Fault::new(why));
    }
    Ok(kubeconfig)
}

/// Why a program is not run.
const EXEC: &str = "it runs a program for credentials, which the registry does not allow; if it \
    should, add `allowExec: true` to `secrets` of the registry";

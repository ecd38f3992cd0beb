//! Files of credentials: what credentials say, read from disk.
//!
//! In: credentials. Out: a kubeconfig and the files that it names, and of each file how it was when it
//! was read. Files are bounded: what is longer is none of what is looked for.
//! Does not know what of it can be used.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::{Credentials, Latest};
use crate::clusters::file_stamp::Stamp;
use crate::clusters::kubeconfig::{self, Contents, Fault, Kubeconfig, TextSource};

/// Where a pod finds its credentials.
const POD: &str = "/var/run/secrets/kubernetes.io/serviceaccount";
/// Longest kubeconfig, in octets: of thousands of clusters.
const MAX_KUBECONFIG: u64 = 32 << 20;
/// Longest file that a kubeconfig names, in octets: a bundle of authorities.
const MAX_FILE: u64 = 4 << 20;

/// A file, and how it was when it was read.
#[derive(Clone, Debug)]
pub(in crate::clusters) struct SeenFile {
    path: PathBuf,
    stamp: Option<Stamp>,
}

impl SeenFile {
    fn at(path: PathBuf) -> Self {
        let stamp = Stamp::at(&path);
        Self { path, stamp }
    }

    /// Whether it is another one now.
    pub(in crate::clusters) fn has_changed(&self) -> bool {
        Stamp::at(&self.path) != self.stamp
    }
}

/// What credentials say.
pub(super) struct CredentialFiles {
    pub(super) kubeconfig: Kubeconfig,
    /// The files that it names.
    pub(super) contents: Contents,
}

/// Reads what credentials say, and remembers which files that took.
pub(super) fn read(
    credentials: &Credentials,
    seen: &mut Vec<SeenFile>,
) -> Result<CredentialFiles, String> {
    let kubeconfig = match credentials {
        Credentials::InCluster => of_pod(seen)?,
        Credentials::Text(text) => {
            let name = "the kubeconfig that was made".into();
            let source = TextSource { name, has_lines: true };
            let octets = text.reveal().as_bytes();
            let file = kubeconfig::File { octets, source, folder: Path::new("") };
            Kubeconfig::read(&[file], None, "`current-context`").map_err(words)?
        }
        Credentials::Files { paths, context, .. } => {
            let hint = match context {
                Some(context) => format!("`context` {context:?}"),
                None => "`context`".into(),
            };
            of_files(paths, context.as_deref(), &hint, seen)?
        }
        Credentials::Held(Latest(held)) => {
            let held = held.borrow().clone();
            let name = "the kubeconfig of its Secret";
            kubeconfig::read_held(&held).map_err(|fault| format!("{name}: {}", fault.inside()))?
        }
    };
    let mut contents = Contents::new();
    for path in kubeconfig.files() {
        seen.push(SeenFile::at(path.clone()));
        let read = contents_of(&path, MAX_FILE).map_err(|error| error.to_string());
        contents.insert(path, read);
    }
    Ok(CredentialFiles { kubeconfig, contents })
}

/// How the server that credentials lead to is reached: the `cluster` of a kubeconfig, which names no
/// file.
///
/// # Errors
/// What can not be read or used, in words.
pub fn cluster(credentials: &Credentials) -> Result<Value, String> {
    let CredentialFiles { kubeconfig, contents } = read(credentials, &mut Vec::new())?;
    kubeconfig.cluster(&contents).map_err(words)
}

fn words(fault: Fault) -> String {
    fault.to_string()
}

fn of_pod(seen: &mut Vec<SeenFile>) -> Result<Kubeconfig, String> {
    let variable = |name: &str| {
        std::env::var(name).ok().filter(|value| !value.is_empty()).ok_or_else(|| {
            format!("this is no pod with a service account: {name} is not in the environment")
        })
    };
    // What is watched also where it is not there yet.
    seen.extend(["token", "ca.crt"].map(|name| SeenFile::at(Path::new(POD).join(name))));
    let (host, port) = (variable("KUBERNETES_SERVICE_HOST")?, variable("KUBERNETES_SERVICE_PORT")?);
    Kubeconfig::of_pod(&host, &port, Path::new(POD)).map_err(words)
}

/// The files as one (kubectl, "Merging kubeconfig files"): of several, those that are missing are
/// passed over.
fn of_files(
    paths: &[PathBuf],
    context: Option<&str>,
    hint: &str,
    seen: &mut Vec<SeenFile>,
) -> Result<Kubeconfig, String> {
    let mut texts = Vec::new();
    for path in paths {
        seen.push(SeenFile::at(path.clone()));
        match contents_of(path, MAX_KUBECONFIG) {
            Ok(octets) => texts.push((path, octets)),
            Err(error) if paths.len() > 1 && error.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(format!("{}: {error}", path.display())),
        }
    }
    if texts.is_empty() {
        let names = paths.iter().map(|path| path.display().to_string()).collect::<Vec<_>>();
        return Err(format!("none of {} is there", names.join(", ")));
    }
    let files = texts.iter().map(|(path, octets)| kubeconfig::File {
        octets,
        source: TextSource { name: path.display().to_string().into(), has_lines: true },
        folder: path.parent().unwrap_or(Path::new("")),
    });
    let files: Vec<_> = files.collect();
    Kubeconfig::read(&files, context, hint).map_err(words)
}

/// A file as it is.
fn contents_of(path: &Path, most: u64) -> io::Result<Vec<u8>> {
    let mut octets = Vec::new();
    File::open(path)?.take(most + 1).read_to_end(&mut octets)?;
    match octets.len() as u64 > most {
        true => Err(io::Error::other(format!("it has more than {most} octets"))),
        false => Ok(octets),
    }
}

//! Conventions: by what each convention is known, and where it puts what.
//!
//! In: a Secret. Out: the clusters that it tells of, each with a kubeconfig; or what is wrong, in
//! words that repeat nothing of its data. A convention is a row of [`CONVENTIONS`]; the first row that
//! knows a Secret counts. Does not know which other Secrets there are.

use std::collections::BTreeMap;

use super::argo_cd;
use super::secret::Secret;
use crate::clusters::kubeconfig::{self, Held, Server};
use crate::core::name::Label;

/// What annotations of ours begin with.
const OURS: &str = "fedns.dev/";

/// A cluster that a Secret tells of.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Claim {
    /// Its name.
    pub name: Label,
    /// Its kubeconfig.
    pub held: Held,
    /// Where that leads.
    pub server: Server,
    /// What annotations of ours say of it: keys of a cluster's entry, and values.
    pub entry: BTreeMap<Box<str>, Box<str>>,
}

/// A convention.
struct Convention {
    mark: Mark,
    name: Named,
    payload: Payload,
}

/// By what its Secrets are known.
enum Mark {
    /// A label with any value.
    Label(&'static str),
    /// A label with this value.
    LabelOf(&'static str, &'static str),
    /// A type, and what the Secret's name ends with.
    Type(&'static str, &'static str),
}

/// What a cluster is called.
enum Named {
    /// As a label says.
    Label(&'static str),
    /// As one of these labels says, else like the Secret without what it begins with.
    LabelElse(&'static [&'static str], &'static str),
    /// As a key of the data says.
    Data(&'static str),
    /// Like the Secret.
    Secret,
    /// Like the key of its kubeconfig.
    Key,
}

/// Where kubeconfigs are.
enum Payload {
    /// Under this key.
    Key(&'static str),
    /// Under each key.
    Keys,
    /// `server` and `config` stand for one.
    ArgoCd,
}

/// All of them: our own; Argo CD; Istio; Cluster API; multicluster-runtime; Kuadrant; Linkerd.
const CONVENTIONS: [Convention; 7] = [
    Convention {
        mark: Mark::Label("fedns.dev/cluster"),
        name: Named::Label("fedns.dev/cluster"),
        payload: Payload::Key("kubeconfig"),
    },
    Convention {
        mark: Mark::LabelOf("argocd.argoproj.io/secret-type", "cluster"),
        name: Named::Data("name"),
        payload: Payload::ArgoCd,
    },
    Convention {
        mark: Mark::LabelOf("istio/multiCluster", "true"),
        name: Named::Key,
        payload: Payload::Keys,
    },
    // Certificates of a cluster have the same type and other names.
    Convention {
        mark: Mark::Type("cluster.x-k8s.io/secret", "-kubeconfig"),
        name: Named::Label("cluster.x-k8s.io/cluster-name"),
        payload: Payload::Key("value"),
    },
    Convention {
        mark: Mark::LabelOf("sigs.k8s.io/multicluster-runtime-kubeconfig", "true"),
        name: Named::Secret,
        payload: Payload::Key("kubeconfig"),
    },
    Convention {
        mark: Mark::LabelOf("kuadrant.io/multicluster-kubeconfig", "true"),
        name: Named::Secret,
        payload: Payload::Key("kubeconfig"),
    },
    Convention {
        mark: Mark::Type("mirror.linkerd.io/remote-kubeconfig", ""),
        name: Named::LabelElse(
            &["mirror.linkerd.io/cluster-name", "multicluster.linkerd.io/cluster-name"],
            "cluster-credentials-",
        ),
        payload: Payload::Key("kubeconfig"),
    },
];

impl Mark {
    fn is_on(&self, secret: &Secret) -> bool {
        match *self {
            Self::Label(key) => secret.label(key).is_some(),
            Self::LabelOf(key, value) => secret.label(key) == Some(value),
            Self::Type(word, end) => secret.secret_type() == word && secret.name().ends_with(end),
        }
    }
}

/// The clusters that a Secret tells of, and what is wrong with each that can not be used; `None`
/// where no convention knows it, or its owner says that it is to be passed over.
pub fn claims(secret: &Secret, allow_exec: bool) -> Option<Vec<Result<Claim, String>>> {
    let convention = CONVENTIONS.iter().find(|convention| convention.mark.is_on(secret))?;
    let is_skipped = matches!(convention.payload, Payload::ArgoCd)
        && secret.annotation("argocd.argoproj.io/skip-reconcile") == Some("true");
    if is_skipped {
        return None;
    }
    let kubeconfigs = match convention.payload {
        Payload::Key(key) => vec![(key, text(secret, key))],
        Payload::Keys => secret.keys().map(|key| (key, text(secret, key))).collect(),
        Payload::ArgoCd => vec![("config", of_argo_cd(secret))],
    };
    if kubeconfigs.is_empty() {
        return Some(vec![Err("it has no data; expected a kubeconfig under each key".into())]);
    }
    let is_alone = kubeconfigs.len() == 1;
    let claim = |(key, kubeconfig): (&str, Result<String, String>)| {
        let name = name(secret, &convention.name, key, is_alone)?;
        let mut entry: BTreeMap<Box<str>, Box<str>> =
            secret.annotations_of(OURS).map(|(key, value)| (key.into(), value.into())).collect();
        entry.remove("name");
        let context = entry.remove("context");
        let (kubeconfig, is_made) =
            (kubeconfig?.into(), matches!(convention.payload, Payload::ArgoCd));
        let held = Held { kubeconfig, is_made, context, allow_exec };
        let server = kubeconfig::server(&held);
        let server =
            server.map_err(|fault| format!("kubeconfig of `{name}`: {}", fault.inside()))?;
        Ok(Claim { name, held, server, entry })
    };
    Some(kubeconfigs.into_iter().map(claim).collect())
}

fn text(secret: &Secret, key: &str) -> Result<String, String> {
    let missing = || Err(format!("data key `{key}` is missing; expected a kubeconfig there"));
    secret.text(key).unwrap_or_else(missing)
}

fn of_argo_cd(secret: &Secret) -> Result<String, String> {
    let part = |key: &str| {
        let missing =
            || Err(format!("data key `{key}` is missing; Argo CD has `server`, `config`"));
        secret.text(key).unwrap_or_else(missing)
    };
    argo_cd::kubeconfig(&part("server")?, &part("config")?)
}

/// What the cluster whose kubeconfig stands under `key` is called.
fn name(secret: &Secret, named: &Named, key: &str, is_alone: bool) -> Result<Label, String> {
    let own = secret.annotation("fedns.dev/name");
    if own.is_some() && !is_alone {
        return Err("annotation fedns.dev/name can not name several clusters".into());
    }
    let (what, name) = match *named {
        _ if own.is_some() => ("annotation fedns.dev/name".into(), own.map(str::to_owned)),
        Named::Label(label) => (format!("label {label}"), secret.label(label).map(str::to_owned)),
        Named::LabelElse(labels, begin) => {
            let label = labels.iter().find_map(|label| secret.label(label));
            let rest = secret.name().strip_prefix(begin).unwrap_or(secret.name());
            ("its cluster's name".into(), Some(label.unwrap_or(rest).to_owned()))
        }
        Named::Data(key) => (format!("data key `{key}`"), secret.text(key).transpose()?),
        Named::Secret => ("its name".into(), Some(secret.name().to_owned())),
        Named::Key => (format!("data key `{key}`"), Some(key.to_owned())),
    };
    let name = name.ok_or_else(|| format!("{what} is missing; it names the cluster"))?;
    Label::parse(name.trim()).map_err(|why| {
        format!(
            "{what} is to name the cluster and is no DNS label: {why}; annotation fedns.dev/name \
             can name it"
        )
    })
}

#[cfg(test)]
mod tests;

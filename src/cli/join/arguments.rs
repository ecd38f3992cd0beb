//! What can be written behind `fedns join` and `fedns unjoin`, and its help.
//!
//! In: nothing. Out: [`JoinArguments`] and [`UnjoinArguments`], as clap reads them.
//! Does not know what is done with them.

use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueEnum};

use crate::core::name::Label;

#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  fedns join --context gke_us | kubectl --context gke_us apply -f -
  fedns join --context gke_us --name us-east1-b --apply --out us-east1-b.conf >> fedns.yaml
  fedns join --context gke_us --name us-east1-b --apply --hub-context gke_hub
  fedns join --context lab --region europe-west1 --zones europe-west1-b --namespaces shop,pay

Prints what the member has to hold: a service account that may read Nodes, Services and
EndpointSlices and nothing else, and its token. Without --apply nothing is changed anywhere, and a
comment says what fedns needs then.

--apply makes it in the member, says of each object what became of it, waits for the token, and
prints what fedns needs or writes it: the kubeconfig with --out, readable by its owner alone; with
--hub-context a Secret labelled fedns.dev/cluster. Then it reads with the new credentials and says
what is there.

The name, where none is given, is the context's: lower-cased, every run of other characters than
letters and digits as one hyphen, 63 characters at most. With region and zones given, nodes are
not read; with namespaces, Services and EndpointSlices of those alone.")]
pub(in crate::cli) struct JoinArguments {
    /// The context of the member, as in `kubectl config get-contexts`
    #[arg(long, value_name = "NAME")]
    pub(super) context: String,
    /// The kubeconfig; else as kubectl finds it
    #[arg(long, value_name = "FILE")]
    pub(super) kubeconfig: Option<PathBuf>,
    /// What the cluster shall be called; else after the context
    #[arg(long, value_name = "NAME", value_parser = label)]
    pub(super) name: Option<Label>,
    /// Its region, where its nodes do not say it
    #[arg(long, value_name = "NAME", value_parser = label)]
    pub(super) region: Option<Label>,
    /// Its zones
    #[arg(long, value_name = "NAME,..", value_delimiter = ',', requires = "region",
        value_parser = label)]
    pub(super) zones: Vec<Label>,
    /// The namespace of the service account; it is made where needed
    #[arg(long, value_name = "NAME", default_value = "fedns", value_parser = label)]
    pub(super) namespace: Label,
    /// Read Services and EndpointSlices of these namespaces only
    #[arg(long, value_name = "NAME,..", value_delimiter = ',', value_parser = label)]
    pub(super) namespaces: Vec<Label>,
    /// What fedns shall find the cluster by; else a Secret, with --out an entry
    #[arg(long = "as", value_name = "FORM")]
    pub(super) form: Option<Form>,
    /// Make it in the member
    #[arg(long)]
    pub(super) apply: bool,
    /// A token that expires after this time, in place of one that does not
    #[arg(long, value_name = "DURATION", requires = "apply",
        value_parser = humantime::parse_duration)]
    pub(super) ttl: Option<Duration>,
    /// Write the kubeconfig to this file
    #[arg(long, value_name = "FILE", requires = "apply", conflicts_with = "hub_context")]
    pub(super) out: Option<PathBuf>,
    /// Write the Secret to the cluster of this context
    #[arg(long, value_name = "NAME", requires = "apply")]
    pub(super) hub_context: Option<String>,
    /// The kubeconfig of that; else as kubectl finds it
    #[arg(long, value_name = "FILE", requires = "hub_context")]
    pub(super) hub_kubeconfig: Option<PathBuf>,
    /// The namespace of the Secret
    #[arg(long, value_name = "NAME", default_value = "fedns", value_parser = label)]
    pub(super) hub_namespace: Label,
}

impl JoinArguments {
    /// What is wrong with the arguments together.
    pub(in crate::cli) fn misuse(&self) -> Option<&'static str> {
        match self.form {
            Some(Form::Secret) if self.out.is_some() => {
                Some("--out writes the kubeconfig of an entry; --as secret has none")
            }
            Some(Form::Entry) if self.hub_context.is_some() => {
                Some("--hub-context takes a Secret, and --as entry makes none")
            }
            _ => None,
        }
    }

    /// By what fedns shall find the cluster.
    pub(super) fn form(&self) -> Form {
        let other = if self.out.is_some() { Form::Entry } else { Form::Secret };
        self.form.unwrap_or(other)
    }
}

/// By what fedns finds a cluster.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub(super) enum Form {
    /// A Secret in a namespace that fedns watches (`registries`)
    Secret,
    /// An entry of `clusters` with a kubeconfig file
    Entry,
}

#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  fedns unjoin us-east1-b
  fedns unjoin us-east1-b --apply --hub-context gke_hub --context gke_us
  fedns unjoin us-east1-b --apply --context gke_us --yes

Says first what answers would lose without the cluster, as the running server knows it: addresses
at each level, and services that would have none left. Without --apply nothing is changed.

--apply with --hub-context removes the Secrets labelled fedns.dev/cluster of this name; a cluster
of the configuration is taken out of that by you, and before: while a server that runs still has it
there, nothing is removed, unless --force says so. With --context what `fedns join` made in the
member is removed too, but for the namespace.")]
pub(in crate::cli) struct UnjoinArguments {
    /// The cluster
    #[arg(value_parser = label)]
    pub(super) name: Label,
    /// Remove what fedns has of it, and with --context what it holds for fedns
    #[arg(long)]
    pub(super) apply: bool,
    /// The cluster that holds the Secret
    #[arg(long, value_name = "NAME", requires = "apply")]
    pub(super) hub_context: Option<String>,
    /// The kubeconfig of that; else as kubectl finds it
    #[arg(long, value_name = "FILE", requires = "hub_context")]
    pub(super) hub_kubeconfig: Option<PathBuf>,
    /// The namespace of the Secret
    #[arg(long, value_name = "NAME", default_value = "fedns", value_parser = label)]
    pub(super) hub_namespace: Label,
    /// The context of the member itself
    #[arg(long, value_name = "NAME", requires = "apply")]
    pub(super) context: Option<String>,
    /// The kubeconfig of that; else as kubectl finds it
    #[arg(long, value_name = "FILE", requires = "context")]
    pub(super) kubeconfig: Option<PathBuf>,
    /// The namespace of its service account
    #[arg(long, value_name = "NAME", default_value = "fedns", value_parser = label)]
    pub(super) namespace: Label,
    /// The namespaces that it was joined with, where its Roles can not be listed
    #[arg(long, value_name = "NAME,..", value_delimiter = ',', value_parser = label)]
    pub(super) namespaces: Vec<Label>,
    /// Do not ask a running server
    #[arg(long)]
    pub(super) offline: bool,
    /// Remove it although a server that runs still has it in its configuration
    #[arg(long, requires = "apply")]
    pub(super) force: bool,
    /// Do not ask before removing
    #[arg(long, requires = "apply")]
    pub(super) yes: bool,
}

fn label(text: &str) -> Result<Label, String> {
    Label::parse(text).map_err(|bad| bad.to_string())
}

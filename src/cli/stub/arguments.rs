//! What can be written behind `fedns stub`, and its help.
//!
//! In: nothing. Out: [`StubArguments`], as clap reads them.
//! Does not know what is done with them.

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

use clap::{Args, ValueEnum};

use crate::onboarding::stub::{Product, Version};

#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  fedns stub --cluster us-central1-a --address 192.0.2.53
  fedns stub --cluster us-central1-a --address 192.0.2.53:5401 --for aks > stub.yaml
  fedns stub --for unbound --address 192.0.2.53 --address 198.51.100.53
  fedns stub --cluster us-central1-a --apply --context gke_us --dry-run
  fedns stub --cluster us-central1-a --apply --context gke_us --verify 10.96.0.10
  fedns stub --remove --context gke_us --yes

Both kinds of names are told: each federation's domain, and FEDERATION.svc.<clusterDomain> for
names without a place. fedns knows the cluster by the address that is asked, where the cluster has
a listener of its own (`clusters[].listen`), else by the asker's address.

--apply puts a server block into the Corefile of a ConfigMap, between two marks, and touches
nothing else. It shows the difference and asks first. It refuses where another block serves the
same zone. The Corefile of before stays in the annotation fedns.dev/corefile-before. Somebody
else's edit in the meantime is never lost. --remove gives the very Corefile of before.")]
pub(in crate::cli) struct StubArguments {
    /// The cluster whose DNS it is for; needless where the configuration has one only
    #[arg(long, value_name = "NAME")]
    pub(super) cluster: Option<String>,
    /// Where that DNS reaches fedns, the nearest first; else the cluster's own listener, or the
    /// general ones
    #[arg(long = "address", value_name = "IP[:PORT]", value_parser = address)]
    pub(super) addresses: Vec<SocketAddr>,
    /// What it is for
    #[arg(long = "for", value_name = "PRODUCT", default_value = "coredns")]
    pub(super) product: ProductName,
    /// CoreDNS's version, for words that older ones do not know; with --apply the image says it
    #[arg(long, value_name = "VERSION")]
    pub(super) coredns_version: Option<Version>,
    /// Put the block into the cluster's Corefile, or renew it there
    #[arg(long, group = "change")]
    pub(super) apply: bool,
    /// Take the block out again
    #[arg(long, group = "change")]
    pub(super) remove: bool,
    /// Show what would change, and change nothing
    #[arg(long, requires = "change")]
    pub(super) dry_run: bool,
    /// Do not ask before writing
    #[arg(long, requires = "change")]
    pub(super) yes: bool,
    /// The context of the kubeconfig; else the one of the cluster's configuration
    #[arg(long, value_name = "NAME", requires = "change")]
    pub(super) context: Option<String>,
    /// The kubeconfig; else that of the cluster's configuration, or as kubectl finds it
    #[arg(long, value_name = "FILE", requires = "change")]
    pub(super) kubeconfig: Option<PathBuf>,
    /// The namespace of the ConfigMap
    #[arg(long, value_name = "NAME", requires = "change", default_value = "kube-system")]
    pub(super) namespace: String,
    /// The ConfigMap with the key Corefile
    #[arg(long, value_name = "NAME", requires = "change", default_value = "coredns")]
    pub(super) configmap: String,
    /// Then ask this server, the cluster's DNS, until it passes questions on to fedns
    #[arg(long, value_name = "IP[:PORT]", requires = "apply", value_parser = address)]
    pub(super) verify: Option<SocketAddr>,
}

impl StubArguments {
    /// What is wrong with the arguments together.
    pub(in crate::cli) fn misuse(&self) -> Option<&'static str> {
        let is_change = self.apply || self.remove;
        (is_change && self.product.meaning() != Product::CoreDns).then_some(
            "--apply and --remove work on the Corefile of --for coredns; what is printed for \
             others says how to apply it",
        )
    }
}

/// An address, with port 53 where none is written.
pub(in crate::cli) fn address(text: &str) -> Result<SocketAddr, String> {
    let bare = text.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(text);
    if let Ok(address) = bare.parse::<IpAddr>() {
        return Ok(SocketAddr::new(address, 53));
    }
    match text.parse::<SocketAddr>() {
        Ok(address) if address.port() != 0 => Ok(address),
        _ => Err("expected an address such as 192.0.2.53, 192.0.2.53:5300 or [2001:db8::53]:5300"
            .to_owned()),
    }
}

/// The products by name.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub(super) enum ProductName {
    Coredns,
    KubeDns,
    Nodelocal,
    Aks,
    Openshift,
    K3s,
    Gke,
    Bind,
    Unbound,
    Dnsmasq,
    SystemdResolved,
    KnotResolver,
    Powerdns,
}

impl ProductName {
    pub(super) fn meaning(self) -> Product {
        match self {
            Self::Coredns => Product::CoreDns,
            Self::KubeDns => Product::KubeDns,
            Self::Nodelocal => Product::NodeLocal,
            Self::Aks => Product::Aks,
            Self::Openshift => Product::OpenShift,
            Self::K3s => Product::K3s,
            Self::Gke => Product::Gke,
            Self::Bind => Product::Bind,
            Self::Unbound => Product::Unbound,
            Self::Dnsmasq => Product::Dnsmasq,
            Self::SystemdResolved => Product::SystemdResolved,
            Self::KnotResolver => Product::KnotResolver,
            Self::Powerdns => Product::PowerDns,
        }
    }
}

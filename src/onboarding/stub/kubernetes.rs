//! What is told to the DNS of a cluster by another way than its Corefile.
//!
//! In: a [`Stub`]. Out: YAML for `kubectl` or `oc`, with a comment that says how.
//! Does not know which of them the cluster has.

use serde_json::{Map, Value, json};

use super::coredns::asker_lines;
use super::{Product, Stub, plain, with_port};

/// `stubDomains` of the ConfigMap kube-dns.
pub(super) fn stub_domains(stub: &Stub, product: Product) -> String {
    let servers: Vec<_> = stub.servers.iter().map(with_port).collect();
    let domains: Map<_, _> =
        stub.zones.iter().map(|zone| (plain(&zone.name), json!(servers))).collect();
    let mut text = comments(stub);
    match product {
        Product::NodeLocal => text.push_str(
            "# NodeLocal DNSCache takes its stub domains from this ConfigMap, and asks them over TCP.\n\
             # It stands before CoreDNS or kube-dns: what only these know, it asks the Internet for.\n",
        ),
        Product::Gke => text.push_str(
            "# For GKE with kube-dns, NodeLocal DNSCache too. With Cloud DNS make a forwarding zone\n\
             # for each domain instead; it asks port 53 only.\n",
        ),
        _ => {}
    }
    text.push_str(
        "#   kubectl apply --server-side -f FILE\n\
         # `stubDomains` is one value: if there is one already, write its domains in here too.\n\
         apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: kube-dns\n  namespace: kube-system\n\
         data:\n  stubDomains: |\n",
    );
    let value = serde_json::to_string_pretty(&Value::Object(domains)).unwrap_or_default();
    text + &indented(&value)
}

/// The ConfigMap coredns-custom.
pub(super) fn custom(block: &str, product: Product) -> String {
    let (keeper, restart) = match product {
        Product::Aks => {
            ("AKS", "#   kubectl rollout restart deployment coredns --namespace kube-system\n")
        }
        _ => ("K3s", ""),
    };
    format!(
        "# {keeper} keeps its Corefile as it is and reads server blocks from this ConfigMap.\n\
         #   kubectl apply --server-side -f FILE\n{restart}\
         apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: coredns-custom\n  \
         namespace: kube-system\ndata:\n  fedns.server: |\n{}",
        indented(block)
    )
}

/// The object of OpenShift's DNS operator, which takes a few words of `forward` only.
pub(super) fn openshift(stub: &Stub) -> String {
    let list = |items: Vec<String>, indent: &str| -> String {
        items.iter().map(|item| format!("{indent}- \"{item}\"\n")).collect()
    };
    let zones = list(stub.zones.iter().map(|zone| plain(&zone.name)).collect(), "    ");
    let servers = list(stub.servers.iter().map(with_port).collect(), "      ");
    format!(
        "{}#   oc patch dns.operator/default --type=merge --patch-file FILE\n\
         # The patch replaces the whole list: write servers that are there already in here too\n\
         # (`oc get dns.operator/default -o yaml`).\n\
         spec:\n  servers:\n  - name: fedns\n    zones:\n{zones}    forwardPlugin:\n      \
         policy: Sequential\n      upstreams:\n{servers}",
        comments(stub)
    )
}

fn comments(stub: &Stub) -> String {
    asker_lines(stub).join("\n") + "\n"
}

fn indented(text: &str) -> String {
    text.lines().map(|line| format!("    {line}").trim_end().to_owned() + "\n").collect()
}

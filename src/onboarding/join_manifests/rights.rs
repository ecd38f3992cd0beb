//! What a member has to hold: a service account, the least rights for it, and its token.
//!
//! In: a member. Out: Kubernetes objects, each with the path that it lies at.
//! Does not know whether any of them is there already.

use serde_json::{Value, json};

use super::JoiningCluster;

/// The label of everything that joining makes, and its value.
pub const MANAGED_BY: &str = "app.kubernetes.io/managed-by";
/// Its value, and the field manager of what is applied.
pub const MANAGER: &str = "fedns-join";

/// An object of the member.
#[derive(Clone, Debug, PartialEq)]
pub struct Manifest {
    /// The plural of its kind, in lower case.
    pub plural: &'static str,
    /// The object, as it is applied.
    pub object: Value,
}

impl Manifest {
    fn new(plural: &'static str, object: Value) -> Self {
        let mut manifest = Self { plural, object };
        manifest.object["metadata"]["labels"] = json!({ MANAGED_BY: MANAGER });
        manifest
    }

    /// A namespace.
    pub fn namespace_called(name: &str) -> Self {
        let object =
            json!({ "apiVersion": "v1", "kind": "Namespace", "metadata": { "name": name } });
        Self::new("namespaces", object)
    }

    fn text(&self, path: &str) -> &str {
        self.object.pointer(path).and_then(Value::as_str).unwrap_or_default()
    }

    /// Group and version.
    pub fn api_version(&self) -> &str {
        self.text("/apiVersion")
    }

    /// The kind.
    pub fn kind(&self) -> &str {
        self.text("/kind")
    }

    /// The namespace; `None` for what is the cluster's.
    pub fn namespace(&self) -> Option<&str> {
        self.object.pointer("/metadata/namespace").and_then(Value::as_str)
    }

    /// The name.
    pub fn name(&self) -> &str {
        self.text("/metadata/name")
    }

    /// Kind and name in words.
    pub fn describe(&self) -> String {
        match self.namespace() {
            Some(namespace) => format!("{} {namespace}/{}", self.kind(), self.name()),
            None => format!("{} {}", self.kind(), self.name()),
        }
    }
}

impl JoiningCluster {
    /// Everything that the member has to hold, in the order in which it is made. `has_secret`: a
    /// Secret with a token that does not expire is among it.
    pub fn manifests(&self, has_secret: bool) -> Vec<Manifest> {
        let (account, namespace) = (self.account(), self.namespace.as_str());
        let mut manifests = vec![
            Manifest::namespace_called(namespace),
            Manifest::new(
                "serviceaccounts",
                json!({
                    "apiVersion": "v1", "kind": "ServiceAccount",
                    "metadata": { "name": account, "namespace": namespace },
                    // Nothing runs as it.
                    "automountServiceAccountToken": false,
                }),
            ),
        ];
        manifests.extend(self.grant("ClusterRole", None, self.rules_of_cluster()));
        for within in &self.namespaces {
            manifests.extend(self.grant("Role", Some(within.as_str()), rules_of_services()));
        }
        if has_secret {
            let metadata = json!({
                "name": self.token(), "namespace": namespace,
            });
            let mut secret = Manifest::new(
                "secrets",
                json!({
                    "apiVersion": "v1", "kind": "Secret", "metadata": metadata,
                    "type": "kubernetes.io/service-account-token",
                }),
            );
            secret.object["metadata"]["annotations"] =
                json!({ "kubernetes.io/service-account.name": account });
            manifests.push(secret);
        }
        manifests
    }

    fn rules_of_cluster(&self) -> Vec<Value> {
        let mut rules = Vec::new();
        if self.reads_nodes() {
            rules.push(rule("", "nodes"));
        }
        if self.namespaces.is_empty() {
            rules.extend(rules_of_services());
        }
        rules.push(json!({
            "apiGroups": [""], "resources": ["namespaces"], "resourceNames": ["kube-system"],
            "verbs": ["get"],
        }));
        rules
    }

    /// A role and its binding.
    fn grant(&self, kind: &'static str, within: Option<&str>, rules: Vec<Value>) -> [Manifest; 2] {
        let account = self.account();
        let mut metadata = json!({ "name": account });
        if let Some(within) = within {
            metadata["namespace"] = within.into();
        }
        let group = "rbac.authorization.k8s.io";
        let (roles, bindings) = match within {
            None => ("clusterroles", "clusterrolebindings"),
            Some(_) => ("roles", "rolebindings"),
        };
        let role = json!({
            "apiVersion": format!("{group}/v1"), "kind": kind, "metadata": metadata, "rules": rules,
        });
        let binding = json!({
            "apiVersion": format!("{group}/v1"), "kind": format!("{kind}Binding"),
            "metadata": metadata,
            "roleRef": { "apiGroup": group, "kind": kind, "name": account },
            "subjects": [{
                "kind": "ServiceAccount", "name": account, "namespace": self.namespace.as_str(),
            }],
        });
        [Manifest::new(roles, role), Manifest::new(bindings, binding)]
    }
}

fn rules_of_services() -> Vec<Value> {
    vec![rule("", "services"), rule("discovery.k8s.io", "endpointslices")]
}

fn rule(group: &str, resource: &str) -> Value {
    json!({ "apiGroups": [group], "resources": [resource], "verbs": ["get", "list", "watch"] })
}

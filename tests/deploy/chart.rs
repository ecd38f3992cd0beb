//! The chart, by both versions of helm that are in use, and Kustomize; what they make is given to a real API
//! server that refuses fields it does not know.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::Value;

use crate::real::cluster::{Cluster, PROGRAMS};
use crate::{all, path, printed, real};

const HELMS: [&str; 2] = ["helm", "helm3"];

/// Values that reach into objects; of each row a key of the values, what is written there, an object, a
/// pointer into it, and what stands there then.
const ROWS: &str = include_str!("chart_rows.txt");

struct Row<'t> {
    key: &'t str,
    value: Value,
    kind: &'t str,
    pointer: &'t str,
    expected: Value,
}

impl Row<'_> {
    fn read(line: &str) -> Row<'_> {
        let mut cells = line.split('|').map(str::trim);
        let mut next = || cells.next().unwrap_or_else(|| panic!("a cell is missing: {line}"));
        let json =
            |text: &str| serde_json::from_str(text).unwrap_or_else(|why| panic!("{line}: {why}"));
        let (key, value, kind, pointer) = (next(), json(next()), next(), next());
        Row { key, value, kind, pointer, expected: json(next()) }
    }

    /// The values that say it.
    fn values(&self) -> Value {
        let inner = self.key.rsplit('.').fold(self.value.clone(), |inner, key| {
            Value::Object([(key.to_owned(), inner)].into_iter().collect())
        });
        // What shows only in another kind of workload, or where something else is wanted too.
        let mut values: Value = match self.key {
            "hostPort" => serde_json::json!({ "kind": "DaemonSet" }),
            "serviceMonitor.interval" | "serviceMonitor.labels" => {
                serde_json::json!({ "serviceMonitor": { "enabled": true } })
            }
            "serviceAccount.name" => serde_json::json!({ "serviceAccount": { "create": false } }),
            _ => serde_json::json!({}),
        };
        merge(&mut values, inner);
        values
    }
}

fn merge(into: &mut Value, other: Value) {
    match (into, other) {
        (Value::Object(into), Value::Object(other)) => {
            for (key, value) in other {
                merge(into.entry(key).or_insert(Value::Null), value);
            }
        }
        (into, other) => *into = other,
    }
}

fn rows() -> Vec<Row<'static>> {
    ROWS.lines().filter(|line| !line.is_empty() && !line.starts_with('#')).map(Row::read).collect()
}

fn helm(name: &str) -> Command {
    let mut command = Command::new(real::find(name).unwrap());
    // Nothing of whoever runs the test.
    command.env("HELM_CONFIG_HOME", "/nonexistent").env("HELM_DATA_HOME", "/nonexistent");
    command
}

fn chart() -> String {
    path("deploy/chart").display().to_string()
}

/// What the chart makes of these values: a text of documents.
fn template(name: &str, folder: &Path, values: &Value) -> String {
    let file = folder.join(format!("{name}-{:?}.json", std::thread::current().id()));
    fs::write(&file, values.to_string()).unwrap();
    // What a helm takes for the cluster's version where it asks none is older than any that is alive.
    let fixed = ["template", "names", &chart(), "--namespace=fedns", "--kube-version=1.36.0", "-f"];
    printed(helm(name).args(fixed).arg(&file))
}

fn objects(text: &str) -> Vec<Value> {
    let documents = format!("\n{text}");
    let documents = documents.split("\n---").map(|it| serde_saphyr::from_str::<Value>(it).unwrap());
    documents.filter(|it| !it.is_null()).collect()
}

/// The object of a kind; of several Services the one that is asked.
fn of_kind<'o>(objects: &'o [Value], kind: &str) -> &'o Value {
    objects.iter().find(|it| it["kind"] == kind).unwrap_or(&Value::Null)
}

#[test]
fn each_value_of_the_chart_reaches_its_object() {
    if !real::have(&HELMS) {
        return;
    }
    let (folder, rows) = (real::folder(), rows());
    let (folder, shares) = (folder.path(), rows.chunks(rows.len().div_ceil(4)));
    std::thread::scope(|scope| {
        for share in shares {
            scope.spawn(move || {
                for row in share {
                    let made = objects(&template("helm", folder, &row.values()));
                    let found = of_kind(&made, row.kind).pointer(row.pointer);
                    let found = found.unwrap_or(&Value::Null);
                    assert_eq!(*found, row.expected, "{} = {}", row.key, row.value);
                }
            });
        }
    });
}

#[test]
fn each_key_of_the_schema_has_a_row_and_a_default() {
    let read = |name: &str| fs::read_to_string(path("deploy/chart").join(name)).unwrap();
    let schema: Value = serde_json::from_str(&read("values.schema.json")).unwrap();
    let defaults: Value = serde_saphyr::from_str(&read("values.yaml")).unwrap();
    let mut keys = BTreeSet::new();
    for (key, of_key) in schema["properties"].as_object().unwrap() {
        // The configuration is passed through, and `global` is helm's own.
        match of_key["properties"].as_object().filter(|_| key != "config") {
            Some(inner) => keys.extend(inner.keys().map(|it| format!("{key}.{it}"))),
            None if key == "global" => {}
            None => _ = keys.insert(key.clone()),
        }
    }
    let said: BTreeSet<_> = rows().iter().map(|row| row.key.to_owned()).collect();
    let lacking: Vec<_> = keys.difference(&said).collect();
    assert!(lacking.is_empty(), "without a row: {lacking:?}");
    for key in &keys {
        let pointer = format!("/{}", key.replace('.', "/"));
        assert!(defaults.pointer(&pointer).is_some(), "{key} is not in values.yaml");
    }
}

#[test]
fn helm_refuses_values_that_it_does_not_know() {
    if !real::have(&HELMS) {
        return;
    }
    let folder = real::folder();
    let refused = [
        r#"{"replicas": 2}"#,
        r#"{"kind": "StatefulSet"}"#,
        r#"{"service": {"tpye": "NodePort"}}"#,
        r#"{"config": {"kind": "Configuration"}}"#,
        r#"{"hostPort": 70000}"#,
    ];
    for name in HELMS {
        printed(helm(name).args(["lint", "--strict", "--quiet", &chart()]));
        for values in refused {
            let file = folder.path().join("values.json");
            fs::write(&file, values).unwrap();
            let output = helm(name)
                .args(["template", "x", &chart(), "--kube-version=1.36.0", "-f"])
                .arg(&file)
                .output()
                .unwrap();
            assert!(!output.status.success(), "{name} took {values}: {}", all(&output));
        }
    }
}

/// All values of the rows that go together, as one file.
fn everything(kind: &str) -> Value {
    let mut values = serde_json::json!({});
    for row in rows() {
        // Those of one kind of workload alone, and names, which would part the objects from each other.
        let is_apart = matches!(row.key, "kind" | "nameOverride" | "updateStrategy")
            || (row.key == "hostPort" && kind == "Deployment")
            || row.value == false;
        if !is_apart {
            merge(&mut values, row.values());
        }
    }
    merge(&mut values, serde_json::json!({ "kind": kind }));
    values
}

/// The operator of Prometheus has this kind; its schema is its own.
const SERVICE_MONITORS: &str = "\
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: { name: servicemonitors.monitoring.coreos.com }
spec:
  group: monitoring.coreos.com
  scope: Namespaced
  names: { kind: ServiceMonitor, plural: servicemonitors, singular: servicemonitor }
  versions:
    - name: v1
      served: true
      storage: true
      schema: { openAPIV3Schema: { type: object, x-kubernetes-preserve-unknown-fields: true } }
";

const STRICT: [&str; 6] =
    ["apply", "--server-side", "--validate=strict", "--dry-run=server", "-f", "-"];

#[test]
fn an_api_server_takes_what_chart_and_kustomize_make() {
    if !real::have(&PROGRAMS) || !real::have(&HELMS) || !real::have(&["kustomize"]) {
        return;
    }
    let [hub] = Cluster::start(["hub"]);
    hub.apply(SERVICE_MONITORS);
    hub.kubectl(&[
        "wait",
        "--for=condition=established",
        "crd/servicemonitors.monitoring.coreos.com",
    ]);
    let folder = real::folder();
    for kind in ["Deployment", "DaemonSet"] {
        for name in HELMS {
            let made = template(name, folder.path(), &everything(kind));
            let taken = hub.try_kubectl(&STRICT, &made);
            taken.unwrap_or_else(|why| panic!("{name}, {kind}: {why}\n{made}"));
        }
    }
    for overlay in ["base", "overlays/hub", "overlays/daemonset-hostport"] {
        let overlay = path("deploy/kustomize").join(overlay);
        let made =
            printed(Command::new(real::find("kustomize").unwrap()).arg("build").arg(&overlay));
        let taken = hub.try_kubectl(&STRICT, &made);
        taken.unwrap_or_else(|why| panic!("{}: {why}\n{made}", overlay.display()));
    }
    // Nothing is lost on a server that would have dropped what it does not know.
    let typo =
        template("helm", folder.path(), &serde_json::json!({})).replace("replicas:", "replica:");
    assert!(hub.try_kubectl(&STRICT, &typo).is_err_and(|why| why.contains("replica")));
    for name in HELMS {
        installed(name, &hub, folder.path());
    }
}

/// Install, upgrade, and back.
fn installed(name: &str, hub: &Cluster, folder: &Path) {
    let kubeconfig = folder.join("admin.kubeconfig");
    fs::write(&kubeconfig, hub.admin()).unwrap();
    let (chart, namespace) = (chart(), "--namespace=fedns");
    let run = |arguments: &[&str]| {
        printed(helm(name).args(arguments).arg("--kubeconfig").arg(&kubeconfig).arg(namespace))
    };
    let replicas = || {
        let path = "-o=jsonpath={.spec.replicas}";
        hub.kubectl(&["get", "deployment", "names-fedns", namespace, path])
    };
    let notes = run(&["install", "names", &chart]);
    assert!(notes.contains("`config.federations` is empty"), "{notes}");
    assert_eq!(replicas(), "2");
    let federation = "config.federations[0].name=myfed,config.federations[0].domain=example.com";
    let notes = run(&["upgrade", "names", &chart, "--set", "replicaCount=3", "--set", federation]);
    assert!(notes.contains("fedns resolve example.com SOA"), "{notes}");
    assert_eq!(replicas(), "3");
    let config = || {
        let path = "-o=jsonpath={.data.fedns\\.yaml}";
        hub.kubectl(&["get", "configmap", "names-fedns", namespace, path])
    };
    assert!(config().contains("domain: example.com"), "{}", config());
    run(&["rollback", "names", "1"]);
    assert_eq!(replicas(), "2");
    assert!(!config().contains("example.com"), "{}", config());
    run(&["uninstall", "names"]);
    let left = hub.kubectl(&[
        "get",
        "all,configmaps,pdb",
        namespace,
        "-l=app.kubernetes.io/name=fedns",
        "-o=name",
    ]);
    assert_eq!(left.trim(), "");
}

//! Each convention with a Secret as its product writes it, and with bad ones.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::*;
use crate::clusters::kubeconfig::{Contents, Hidden};

const KUBECONFIG: &str = "
apiVersion: v1
kind: Config
current-context: here
clusters: [{ name: c, cluster: { server: 'https://192.0.2.1:6443' } }]
users: [{ name: u, user: { token: s3cret } }]
contexts:
- { name: here, context: { cluster: c, user: u } }
- { name: nowhere, context: { cluster: gone, user: u } }
";

/// A Secret whose name is `it`; the texts of `data` are put into base64.
fn secret(metadata: &Value, secret_type: &str, data: &Value) -> Secret {
    let mut all = json!({ "name": "it", "namespace": "fedns", "resourceVersion": "7" });
    all.as_object_mut().expect("an object").extend(metadata.as_object().expect("one").clone());
    let data: BTreeMap<_, _> = data
        .as_object()
        .expect("an object")
        .iter()
        .map(|(key, text)| (key.clone(), STANDARD.encode(text.as_str().expect("a text"))))
        .collect();
    let secret = json!({ "kind": "Secret", "metadata": all, "type": secret_type, "data": data });
    Secret::read(secret.to_string().as_bytes()).expect("a Secret")
}

fn ours(data: &Value) -> Secret {
    secret(&json!({ "labels": { "fedns.dev/cluster": "east" } }), "Opaque", data)
}

/// The clusters by name, or what is wrong.
fn read(secret: &Secret) -> Vec<String> {
    let all = claims(secret, false).expect("a known convention");
    all.into_iter().map(|claim| claim.map_or_else(|why| why, |it| it.name.to_string())).collect()
}

fn argo_cd(config: &str) -> Secret {
    let label = json!({ "labels": { "argocd.argoproj.io/secret-type": "cluster" } });
    let data = json!({ "name": "prod", "server": "https://192.0.2.1:6443", "config": config });
    secret(&label, "Opaque", &data)
}

#[test]
fn each_convention_is_known_by_its_marks() {
    let kubeconfig = json!({ "kubeconfig": KUBECONFIG });
    let label = |key: &str, value: &str| json!({ "labels": { key: value } });
    let rows = [
        (label("fedns.dev/cluster", "east"), "Opaque", kubeconfig.clone(), "east"),
        (label("istio/multiCluster", "true"), "Opaque", json!({ "west": KUBECONFIG }), "west"),
        (
            json!({ "name": "capi-kubeconfig", "labels": { "cluster.x-k8s.io/cluster-name": "capi" } }),
            "cluster.x-k8s.io/secret",
            json!({ "value": KUBECONFIG }),
            "capi",
        ),
        (
            label("sigs.k8s.io/multicluster-runtime-kubeconfig", "true"),
            "Opaque",
            kubeconfig.clone(),
            "it",
        ),
        (label("kuadrant.io/multicluster-kubeconfig", "true"), "Opaque", kubeconfig.clone(), "it"),
        (
            label("mirror.linkerd.io/cluster-name", "link"),
            "mirror.linkerd.io/remote-kubeconfig",
            kubeconfig.clone(),
            "link",
        ),
        (
            json!({ "name": "cluster-credentials-south" }),
            "mirror.linkerd.io/remote-kubeconfig",
            kubeconfig.clone(),
            "south",
        ),
    ];
    for (metadata, secret_type, data, name) in rows {
        assert_eq!(read(&secret(&metadata, secret_type, &data)), [name], "{metadata}");
    }
    assert_eq!(read(&argo_cd(r#"{"bearerToken":"s3cret"}"#)), ["prod"]);
}

#[test]
fn other_secrets_tell_of_no_cluster() {
    let data = json!({ "kubeconfig": KUBECONFIG, "value": KUBECONFIG });
    let label = |key: &str, value: &str| json!({ "labels": { key: value } });
    let rows = [
        (json!({}), "Opaque"),
        (label("istio/multiCluster", "false"), "Opaque"),
        (label("argocd.argoproj.io/secret-type", "repository"), "Opaque"),
        // The authority of a cluster of Cluster API.
        (
            json!({ "name": "capi-ca", "labels": { "cluster.x-k8s.io/cluster-name": "capi" } }),
            "cluster.x-k8s.io/secret",
        ),
        (
            json!({
                "labels": { "argocd.argoproj.io/secret-type": "cluster" },
                "annotations": { "argocd.argoproj.io/skip-reconcile": "true" },
            }),
            "Opaque",
        ),
    ];
    for (metadata, secret_type) in rows {
        let secret = secret(&metadata, secret_type, &data);
        assert!(claims(&secret, false).is_none(), "{metadata}");
    }
}

#[test]
fn annotations_are_keys_of_the_entry() {
    let metadata = json!({
        "labels": { "fedns.dev/cluster": "east" },
        "annotations": {
            "fedns.dev/region": "us", "fedns.dev/context": "here", "fedns.dev/name": "west",
            "kubectl.kubernetes.io/last-applied-configuration": "{}",
        },
    });
    let all = claims(&secret(&metadata, "Opaque", &json!({ "kubeconfig": KUBECONFIG })), false);
    let claim = all.expect("known").remove(0).expect("good");
    assert_eq!(claim.name.as_str(), "west", "the annotation wins");
    assert_eq!(claim.held.context.as_deref(), Some("here"));
    assert_eq!(claim.entry, BTreeMap::from([("region".into(), "us".into())]));
    assert!(!format!("{claim:?}").contains("s3cret"));
}

#[test]
fn a_secret_of_istio_may_tell_of_several_clusters() {
    let label = json!({ "labels": { "istio/multiCluster": "true" } });
    let data = json!({ "a": KUBECONFIG, "b": "nonsense: [", "c_d": KUBECONFIG, "e": KUBECONFIG });
    let [a, b, c, e] = &read(&secret(&label, "Opaque", &data))[..] else { panic!("four") };
    assert_eq!((a.as_str(), e.as_str()), ("a", "e"));
    assert!(
        b.starts_with("kubeconfig of `b`: line 1, column 11: this can not be read as a kubeconfig"),
        "{b}"
    );
    assert!(c.starts_with("data key `c_d` is to name the cluster and is no DNS label"), "{c}");
    let named = json!({
        "labels": { "istio/multiCluster": "true" }, "annotations": { "fedns.dev/name": "x" },
    });
    assert!(read(&secret(&named, "Opaque", &data))[0].contains("can not name several"));
    assert!(read(&secret(&label, "Opaque", &json!({})))[0].starts_with("it has no data"));
}

#[test]
fn what_can_not_be_used_is_said_without_a_word_of_it() {
    let change = |from: &str, to: &str| {
        let text = KUBECONFIG.replace(from, to);
        assert_ne!(text, KUBECONFIG, "{from}");
        text
    };
    let rows = [
        ("s3cret: [".to_owned(), "line 1, column 9: this can not be read as a kubeconfig"),
        ("- s3cret".to_owned(), "line 1, column 1: this can not be read as a kubeconfig"),
        (String::new(), "has no `current-context`"),
        (change("current-context: here", ""), "annotation fedns.dev/context"),
        (change("current-context: here", "current-context: s3cret"), "is none of its `contexts`"),
        (change("current-context: here", "current-context: nowhere"), "none of its `clusters`"),
        (change("name: u, user: {", "name: s3cret, user: {"), "none of its `users`"),
        (change("https://192.0.2.1:6443", "/etc/s3cret"), "no URL such as https://HOST:6443"),
        (change("https://", "file://s3cret"), "no URL such as https://HOST:6443"),
        // What lies on this machine is not for those who may write Secrets.
        (change("token: s3cret", "tokenFile: /s3cret"), "its `tokenFile` names a file"),
        (change("token: s3cret", "client-key: /s3cret"), "its `client-key` names a file"),
        (change("server:", "certificate-authority: /s3cret, server:"), "`certificate-authority`"),
        (change("token: s3cret", "auth-provider: { name: s3cret }"), "Kubernetes 1.26"),
        (change("token: s3cret", "exec: { command: s3cret }"), "allowExec: true"),
    ];
    for (text, words) in rows {
        let said = read(&ours(&json!({ "kubeconfig": text })));
        assert!(said.len() == 1 && said[0].contains(words), "{text}: {said:?}");
        assert!(!said[0].contains("s3cret"), "{said:?}");
    }
    let missing = "data key `kubeconfig` is missing; expected a kubeconfig there";
    assert_eq!(read(&ours(&json!({ "config": KUBECONFIG }))), [missing]);
    let binary = br#"{"metadata":{"name":"it","labels":{"fedns.dev/cluster":"east"}},
        "data":{"kubeconfig":"s3cret!"}}"#;
    let said = read(&Secret::read(binary).expect("a Secret"));
    assert_eq!(said, ["data key `kubeconfig` is no text in base64"]);
    let Err(why) = Secret::read(br#"{"data": ["s3cret"]}"#) else { panic!("no Secret") };
    assert_eq!(why, "no Secret of Kubernetes (line 1, column 9)");
    let named = json!({ "labels": { "fedns.dev/cluster": "East_1" } });
    let said = read(&secret(&named, "Opaque", &json!({ "kubeconfig": KUBECONFIG })));
    assert!(said[0].starts_with("label fedns.dev/cluster is to name the cluster"), "{said:?}");
}

#[test]
fn argo_cd_says_the_same_in_its_own_words() {
    let config = json!({
        "bearerToken": "t", "username": "n", "password": "p", "proxyUrl": "http://192.0.2.9:1",
        "disableCompression": true,
        "tlsClientConfig": {
            "insecure": true, "serverName": "api", "caData": "Y2E=", "certData": "Y2U=",
            "keyData": "a2U=",
        },
    });
    let claim = claims(&argo_cd(&config.to_string()), false).expect("known").remove(0);
    let claim = claim.expect("good");
    let said: Value = serde_json::from_str(claim.held.kubeconfig.reveal()).expect("JSON");
    let cluster = json!({
        "server": "https://192.0.2.1:6443", "certificate-authority-data": "Y2E=",
        "insecure-skip-tls-verify": true, "tls-server-name": "api",
        "proxy-url": "http://192.0.2.9:1", "disable-compression": true,
    });
    assert_eq!(said["clusters"][0]["cluster"], cluster);
    let user = json!({
        "token": "t", "username": "n", "password": "p", "client-certificate-data": "Y2U=",
        "client-key-data": "a2U=",
    });
    assert_eq!(said["users"][0]["user"], user);
    for (config, words) in [
        ("s3cret", "is not the JSON of Argo CD (line 1, column 1)"),
        (r#"{"bearerToken": {"s3cret": 1}}"#, "is not the JSON of Argo CD"),
        (r#"{"tlsClientConfig": {"insecure": false}}"#, "has no credentials"),
        (r#"{"execProviderConfig": {"command": "s3cret"}}"#, "allowExec: true"),
        (r#"{"awsAuthConfig": {"clusterName": "s3cret"}}"#, "allowExec: true"),
    ] {
        let said = read(&argo_cd(config));
        assert!(said[0].contains(words) && !said[0].contains("s3cret"), "{said:?}");
    }
}

#[test]
fn programs_run_where_the_registry_says_so() {
    let configs = [
        r#"{"execProviderConfig": {"command": "argocd-k8s-auth", "args": ["gcp"],
            "env": {"A": "b"}, "apiVersion": "client.authentication.k8s.io/v1beta1"}}"#,
        r#"{"awsAuthConfig": {"clusterName": "prod", "roleARN": "arn:aws:iam::1:role/x"}}"#,
    ];
    let execs = configs.map(|config| {
        let claim = claims(&argo_cd(config), true).expect("known").remove(0).expect("good");
        let kubeconfig = kubeconfig::read_held(&claim.held).expect("readable");
        kubeconfig.program(&Contents::new()).expect("readable").expect("a program")
    });
    assert_eq!(execs[0].name, "argocd-k8s-auth");
    let args = "--output json eks get-token --cluster-name prod --role-arn arn:aws:iam::1:role/x";
    let told: Vec<_> = execs[1].args.iter().map(Hidden::reveal).collect();
    assert_eq!(told.join(" "), args);
}

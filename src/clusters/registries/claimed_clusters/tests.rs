//! What is kept of Secrets as they come and go.

use serde_json::json;

use super::*;

const KUBECONFIG: &str = "
current-context: here
clusters: [{ name: c, cluster: { server: 'https://192.0.2.1:6443' } }]
users: [{ name: u, user: {} }]
contexts: [{ name: here, context: { cluster: c, user: u } }]
";

fn secret(name: &str, kubeconfig: &str) -> Secret {
    use base64::Engine;
    let data = base64::engine::general_purpose::STANDARD.encode(kubeconfig);
    let secret = json!({
        "metadata": { "name": name, "labels": { "fedns.dev/cluster": name } },
        "data": { "kubeconfig": data },
    });
    Secret::read(secret.to_string().as_bytes()).expect("a Secret")
}

fn clusters(claimed: &ClaimedClusters) -> String {
    let all = claimed.found().values().flat_map(|found| &found.claims);
    all.map(|claim| claim.name.to_string()).collect::<Vec<_>>().join(" ")
}

fn listed(claimed: &ClaimedClusters, names: &[&str]) -> BTreeMap<Box<str>, Found> {
    let found = |name: &&str| Some(((*name).into(), claimed.read(&secret(name, KUBECONFIG))?));
    names.iter().filter_map(found).collect()
}

#[test]
fn a_secret_that_breaks_keeps_what_it_said() {
    let mut claimed = ClaimedClusters::new(false);
    claimed.put(&secret("a", KUBECONFIG));
    claimed.put(&secret("b", "nonsense"));
    assert_eq!(clusters(&claimed), "a");
    claimed.put(&secret("a", "nonsense"));
    assert_eq!(clusters(&claimed), "a", "its last good content stays");
    assert_eq!(claimed.found()["a"].faults.len(), 1);
    claimed.put(&secret("a", KUBECONFIG));
    assert!(claimed.found()["a"].faults.is_empty());
    claimed.remove("a");
    assert_eq!(clusters(&claimed), "");
}

#[test]
fn much_that_is_absent_at_once_is_believed_the_second_time() {
    let mut claimed = ClaimedClusters::new(false);
    assert!(claimed.replace(listed(&claimed, &["a", "b", "c", "d"])));
    assert!(claimed.replace(listed(&claimed, &["a", "b"])), "two of four are few");
    assert!(claimed.replace(listed(&claimed, &["a", "b", "c", "d"])));
    assert!(!claimed.replace(listed(&claimed, &["a"])));
    assert_eq!(clusters(&claimed), "a b c d");
    assert!(claimed.replace(listed(&claimed, &["a"])));
    assert_eq!(clusters(&claimed), "a");
}

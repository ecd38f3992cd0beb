//! All of opening a session but the socket, for octets that somebody makes up (`fuzz/`).
//!
//! In: octets. Out: nothing, or a panic, which is a fault of ours: that a library ends the process, or
//! that what is said of the octets repeats a secret. Secrets there hold the text `s3cret`.
//! Does not know how octets are made up.

use std::path::Path;
use std::sync::LazyLock;
use std::time::Duration;

use hyper::Request;
use tokio::runtime::Runtime;

use super::api::connector;
use super::api::credentials::read_exec_output;
use super::api::http_connection::Route;
use crate::clusters::kubeconfig::{
    Contents, Environment, File, Kubeconfig, Settings, Supplied, TextSource, read_held,
};
use crate::clusters::registries::{Secret, claims};

/// The text that no message may hold.
const SECRET: &str = "s3cret";

const PATIENCE: Duration = Duration::from_secs(1);

/// A kubeconfig that says little, for what a program gives.
const LITTLE: &[u8] = b"{current-context: x, contexts: [{name: x, context: {cluster: c}}], \
    clusters: [{name: c, cluster: {server: 'https://192.0.2.1', insecure-skip-tls-verify: true}}]}";

/// Octets as a kubeconfig, and as each file that it names.
pub fn kubeconfig(octets: &[u8]) {
    let source = TextSource { name: "it".into(), has_lines: true };
    let file = File { octets, source, folder: Path::new("/") };
    match Kubeconfig::read(&[file], None, "`context`") {
        Ok(kubeconfig) => open(&kubeconfig, octets, None),
        Err(fault) => keeps_quiet(&fault.to_string()),
    }
}

/// Octets as a Secret of a registry, in JSON.
pub fn secret(octets: &[u8]) {
    let secret = match Secret::read(octets) {
        Ok(secret) => secret,
        Err(why) => return keeps_quiet(&why),
    };
    // What is wrong with one is said with the name of its key, which is none of its secrets.
    for claim in claims(&secret, true).into_iter().flatten().flatten() {
        match read_held(&claim.held) {
            Ok(kubeconfig) => open(&kubeconfig, b"", None),
            Err(fault) => keeps_quiet(&fault.to_string()),
        }
    }
}

/// Octets as what a program prints.
pub fn exec_output(octets: &[u8]) {
    match read_exec_output(octets, "client.authentication.k8s.io/v1") {
        Ok(supplied) => {
            let source = TextSource { name: "it".into(), has_lines: true };
            let file = File { octets: LITTLE, source, folder: Path::new("/") };
            if let Ok(kubeconfig) = Kubeconfig::read(&[file], None, "") {
                open(&kubeconfig, b"", Some(&supplied));
            }
        }
        Err(why) => keeps_quiet(&why),
    }
}

/// Opens all but the socket. Each file that is named holds `content`.
fn open(kubeconfig: &Kubeconfig, content: &[u8], supplied: Option<&Supplied>) {
    let files = kubeconfig.files().into_iter();
    let contents: Contents = files.map(|path| (path, Ok(content.to_vec()))).collect();
    if let Some(name) = kubeconfig.program_name() {
        keeps_quiet(&name);
    }
    let proxy = |name: &str| (name == "HTTPS_PROXY").then(|| "http://192.0.2.9:3128".to_owned());
    let settings = || {
        kubeconfig.check()?;
        kubeconfig.program(&contents)?;
        kubeconfig.cluster(&contents)?;
        kubeconfig.settings(&contents, supplied, &Environment::of(proxy))
    };
    match settings() {
        Ok(settings) => connect(settings),
        Err(fault) => keeps_quiet(&fault.to_string()),
    }
}

/// Makes what would connect, and a request.
fn connect(settings: Settings) {
    static RUNTIME: LazyLock<Option<Runtime>> =
        LazyLock::new(|| tokio::runtime::Builder::new_current_thread().enable_all().build().ok());
    let Some(runtime) = &*RUNTIME else { return };
    let _inside = runtime.enter();
    let request = Request::get("/version").body(());
    let request = request.map(|request| connector::address(&settings, request));
    assert!(request.is_ok_and(|it| it.uri().host().is_some()), "a request has a server");
    let _wire = Route::new(settings.clone(), PATIENCE).connection();
    let _client = connector::client(settings, PATIENCE);
}

fn keeps_quiet(said: &str) {
    assert!(!said.contains(SECRET), "a secret is repeated: {said}");
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const KUBECONFIG: &str = "{current-context: x, contexts: [{name: x, context: {cluster: c, user: \
        u}}], clusters: [{name: c, cluster: {server: 'https://192.0.2.1', proxy-url: \
        'socks5://me:s3cret@h', insecure-skip-tls-verify: yes}}], users: [{name: u, user: {token: \
        s3cret, as: me, as-groups: [a], tokenFile: t}}]}";
    const OUTPUT: &str = r#"{"kind": "ExecCredential", "status": {"token": "s3cret",
        "expirationTimestamp": "2100-01-01T00:00:00Z"}}"#;

    /// A text in which some octets are others, or lacking.
    fn bent(text: &'static str) -> impl Strategy<Value = Vec<u8>> {
        let slip = (0..text.len(), prop_oneof![Just(b'\n'), Just(b'"'), any::<u8>()], 0..3_usize);
        proptest::collection::vec(slip, 0..4).prop_map(move |slips| {
            let mut octets = text.as_bytes().to_vec();
            for (at, octet, lacking) in slips {
                let end = (at + lacking).min(octets.len());
                octets.splice(at.min(end)..end, [octet]);
            }
            octets
        })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]

        #[test]
        fn bent_kubeconfigs_end_in_words(octets in bent(KUBECONFIG)) {
            kubeconfig(&octets);
            let data = serde_json::json!({
                "metadata": { "name": "s", "labels": { "fedns.dev/cluster": "east" } },
                "data": { "kubeconfig": base64::Engine::encode(
                    &base64::engine::general_purpose::STANDARD, &octets) },
            });
            secret(data.to_string().as_bytes());
        }

        #[test]
        fn bent_output_of_programs_ends_in_words(octets in bent(OUTPUT)) {
            exec_output(&octets);
        }
    }
}

//! Any text as a Corefile: no panic; our block goes in once, and what comes out again is what was there.
//!
//! Fuzzed by `cargo fuzz`, and run over its corpus by the tests (docs/fuzzing.md).

use std::path::Path;
use std::sync::LazyLock;

use fedns::config::Config;
use fedns::onboarding::stub::{Stub, apply, remove};

const CONFIG: &str = "\
apiVersion: fedns.dev/v1
kind: Config
federations:
  - { name: f, domain: a.b, nameservers: [{ name: ns1.example.net }] }
clusters:
  - { name: east, manifests: ./east }
";

static STUB: LazyLock<Stub> = LazyLock::new(|| {
    let config = Config::parse(CONFIG, Path::new("fedns.yaml")).expect("a configuration");
    let server = std::net::SocketAddr::from(([192, 0, 2, 53], 53));
    Stub::new(&config, config.clusters.first(), vec![server])
});

/// Runs once.
pub fn run(octets: &[u8]) {
    let Ok(text) = std::str::from_utf8(octets) else { return };
    let without = remove(text);
    if let Err(bad) = &without {
        assert!((1..=text.split('\n').count()).contains(&bad.line), "{bad}");
    }
    match apply(text, &STUB, None) {
        Ok(once) => {
            let twice = apply(&once.text, &STUB, None).expect("what was made can be made again");
            assert_eq!(twice.text, once.text);
            assert_eq!(remove(&once.text), without);
            if !text.contains("# BEGIN fedns") {
                assert_eq!(without.as_deref(), Ok(text));
            }
            let is_line = |note: &String| !note.contains(char::is_control);
            assert!(once.notes.iter().all(is_line), "{:?}", once.notes);
        }
        Err(bad) => {
            let most = text.split('\n').count() + 64;
            assert!(
                (1..=most).contains(&bad.line) && !bad.what.contains(char::is_control),
                "{bad}"
            );
        }
    }
}

//! The command line in a terminal of 80 columns: no line is wider, and no name is cut.
//!
//! `script` of util-linux makes the terminal; where it is missing the test says so and does nothing.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::process::{Server, fedns as serve};
use crate::real;

const LONG: &str = "a-service-with-a-rather-long-name-as-people-have-them";

/// Twelve clusters with long names; one whose folder is missing, one service that is down.
fn world() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let mut clusters = String::new();
    for number in 0..12 {
        let name = format!("production-europe-west-{number:02}-blue");
        clusters.push_str(&format!(
            "  - {{ name: {name}, manifests: ./{name}, region: europe-west{number}, zones: [europe-west{number}-b] }}\n"
        ));
        if number == 11 {
            continue;
        }
        let at = folder.path().join(&name);
        fs::create_dir(&at).unwrap();
        let address = format!("192.0.2.{}", number + 1);
        let text = crate::cli::load_balancer(LONG, "", &address, true)
            + &crate::cli::load_balancer("web", "", &address, number < 2);
        fs::write(at.join("all.yaml"), text).unwrap();
    }
    let config = format!(
        "apiVersion: fedns.dev/v1
kind: Config
listen: {{ udp: ['127.0.0.1:0'], tcp: ['127.0.0.1:0'] }}
admin: {{ listen: '127.0.0.1:0', socket: ./admin.sock }}
log: {{ format: text }}
syncGrace: 1s
federations:
  - name: myfederation
    domain: example.com
    nameservers: [{{ name: ns1.example.net }}, {{ name: ns2.example.net }}]
clusters:
{clusters}"
    );
    fs::write(folder.path().join("fedns.yaml"), config).unwrap();
    folder
}

/// What a command prints in a terminal of 80 columns, without colours.
fn in_terminal(folder: &Path, command: &str) -> String {
    let line = format!("stty cols 80 rows 24; {} {command}", env!("CARGO_BIN_EXE_fedns"));
    let mut script = Command::new("script");
    script.args(["--quiet", "--return", "--command", &line, "/dev/null"]).current_dir(folder);
    script.env("NO_COLOR", "1").env_remove("COLUMNS").env_remove("FEDNS_CONFIG");
    let output = script.output().unwrap();
    String::from_utf8(output.stdout).unwrap().replace('\r', "")
}

#[test]
fn no_table_is_wider_than_a_terminal_and_no_name_is_cut() {
    if !real::have(&["script", "stty"]) {
        return;
    }
    let world = world();
    let server = Server::start(world.path());
    server.wait_for("ready");
    // The last of those that answered leaves: a service that is down, and events of that.
    for number in 0..2 {
        let path = world.path().join(format!("production-europe-west-{number:02}-blue/all.yaml"));
        let text = fs::read_to_string(&path).unwrap();
        let text = text.rsplit_once("ready: true").map(|(a, b)| format!("{a}ready: false{b}"));
        fs::write(&path, text.unwrap()).unwrap();
    }
    server.get_until("/events", &["shop/web is down"]);
    let cluster = "production-europe-west-11-blue";
    let named = format!("shop/{LONG}");
    for (command, names) in [
        ("clusters", vec![cluster, "production-europe-west-00-blue"]),
        ("services", vec![&*named, "shop/web"]),
        ("events", vec!["shop/web", "production-europe-west-01-blue"]),
        ("clusters --state awaited", vec![cluster]),
        ("services --state down", vec!["shop/web"]),
    ] {
        let text = in_terminal(world.path(), command);
        let wide: Vec<_> = text.lines().filter(|line| line.chars().count() > 80).collect();
        assert!(wide.is_empty(), "{command}: {wide:#?}");
        assert!(names.iter().all(|name| text.contains(name)), "{command}:\n{text}");
    }
    // Columns that gave way are there where they are asked for.
    let narrow = in_terminal(world.path(), "clusters");
    let wide = in_terminal(world.path(), "clusters -o wide");
    let titles = |text: &str| text.lines().next().unwrap().split_whitespace().count();
    assert!(titles(&wide) > titles(&narrow), "{narrow}\n{wide}");
}

#[test]
fn a_name_that_is_wider_than_the_terminal_stays_whole() {
    if !real::have(&["script", "stty"]) {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let (namespace, name) = ("n".repeat(63), "s".repeat(63));
    fs::create_dir(folder.path().join("east")).unwrap();
    let text = crate::cli::load_balancer(&name, "", "192.0.2.1", true);
    let text = text.replace("namespace: shop", &format!("namespace: {namespace}"));
    fs::write(folder.path().join("east/all.yaml"), text).unwrap();
    fs::write(folder.path().join("fedns.yaml"), crate::process::CONFIG).unwrap();
    let mut server = Server::spawn(serve(folder.path()));
    server.wait_for_doors(true);
    server.wait_for("ready");
    let text = in_terminal(folder.path(), "services");
    assert!(text.contains(&format!("{namespace}/{name}")), "{text}");
}

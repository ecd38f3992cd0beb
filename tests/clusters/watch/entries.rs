//! Entries that are no fault by themselves and can hurt all the same: two that lead to one API
//! server, one whose credentials go over a network in the clear, an admin address for everybody.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::json;

use super::rig::api;
use crate::fake_api::FakeApi;
use crate::process::{CONFIG, Server};

/// A folder with these clusters, each with a kubeconfig of its name.
fn folder(clusters: &[(&str, String)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let (head, _) = CONFIG.split_once("clusters:").unwrap();
    let mut text = format!("{head}clusters:\n");
    for (name, kubeconfig) in clusters {
        text += &format!("  - {{ name: {name}, kubeconfig: {{ path: ./{name}.conf }} }}\n");
        fs::write(folder.path().join(format!("{name}.conf")), kubeconfig).unwrap();
    }
    fs::write(folder.path().join("fedns.yaml"), text).unwrap();
    folder
}

/// The exit code of a command, and all that it printed.
fn run(folder: &Path, arguments: &[&str]) -> (Option<i32>, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_fedns"));
    command.args(arguments).arg("--config").arg(folder.join("fedns.yaml"));
    let output = command.output().unwrap();
    (output.status.code(), String::from_utf8([output.stdout, output.stderr].concat()).unwrap())
}

fn plain(api: &FakeApi) -> String {
    api.kubeconfig(json!({}), json!({}))
}

#[test]
fn two_entries_that_lead_to_one_api_server_are_told() {
    let (one, other) = (api(), FakeApi::start());
    other.become_another("uid-2");
    let clusters = [("east", plain(&one)), ("west", plain(&one)), ("north", plain(&other))];
    let folder = folder(&clusters);
    let server = Server::start(folder.path());
    let of = ["its API server is that of west too", "its API server is that of east too"];
    server.get_until("/status", &[of[0], of[1], "\"kind\":\"same_cluster\""]);
    server.get_until("/metrics", &["fedns_complaints{kind=\"same_cluster\"} 2\n"]);
    let (code, said) = run(folder.path(), &["check", "--online"]);
    for (name, of) in ["east", "west"].into_iter().zip(of) {
        assert!(said.contains(&format!("{name}: missing: {of}")), "{said}");
    }
    assert!(!said.contains("north: missing"), "{said}");
    assert_eq!(code, Some(1), "{said}");
    // One that leads elsewhere from now on ends it.
    other.write_kubeconfig(&folder.path().join("west.conf"));
    server.get_until("/metrics", &["fedns_complaints{kind=\"foreign_cluster\"} 1\n"]);
    server.get_until("/status", &["its API server is that of north too"]);
}

#[test]
fn credentials_that_go_over_a_network_in_the_clear_are_told() {
    let user = |user: serde_json::Value| {
        let mut text =
            FakeApi::start().kubeconfig(user, json!({ "server": "http://api.invalid:1" }));
        text.push('\n');
        text
    };
    let folder = folder(&[
        ("token", user(json!({ "token": "hunter2" }))),
        ("basic", user(json!({ "username": "ada", "password": "hunter2" }))),
        ("nobody", user(json!({}))),
        ("here", api().kubeconfig(json!({ "token": "hunter2" }), json!({}))),
    ]);
    let server = Server::start(folder.path());
    server.get_until("/metrics", &["fedns_complaints{kind=\"server_unencrypted\"} 3\n"]);
    let (_, status) = server.get("/status");
    assert!(status.contains("by plain http") && !status.contains("hunter2"), "{status}");
    drop(server);
    let (_, said) = run(folder.path(), &["check", "--online"]);
    for (name, is_told) in [("token", true), ("basic", true), ("nobody", false), ("here", true)] {
        let note = format!("{name}: note: the credentials go to the API server by plain http");
        assert_eq!(said.contains(&note), is_told, "{name}: {said}");
    }
    assert!(!said.contains("hunter2"), "{said}");
}

#[test]
fn an_admin_address_that_strangers_can_reach_is_told() {
    let folder = folder(&[]);
    let path = folder.path().join("fedns.yaml");
    let text = fs::read_to_string(&path).unwrap();
    let text = text.replace("clusters:\n", "clusters: []\n");
    let open = text.replace("admin: { listen: '127.0.0.1:0'", "admin: { listen: '0.0.0.0:0'");
    fs::write(&path, &open).unwrap();
    let mut server = Server::start(folder.path());
    server.admin.set_ip([127, 0, 0, 1].into());
    server.get_until("/status", &["\"kind\":\"admin_open\"", "0.0.0.0:0 can be reached"]);
    server.get_until("/metrics", &["fedns_complaints{kind=\"admin_open\"} 1\n"]);
    for arguments in [&["check"][..], &["check", "--online"]] {
        let (code, said) = run(folder.path(), arguments);
        assert!(said.contains("complaint: admin: 0.0.0.0:0 can be reached"), "{said}");
        assert_eq!(code, Some(0), "{said}");
    }
    // The listener stays as it was until a restart, and so does what is wrong with it.
    fs::write(&path, &text).unwrap();
    server.wait_for("`admin` has changed: that takes a restart");
    server.wait_for("is in effect");
    server.get_until("/metrics", &["fedns_complaints{kind=\"admin_open\"} 1\n"]);
    drop(server);
    let server = Server::start(folder.path());
    let (_, status) = server.get("/status");
    assert!(!status.contains("admin_open"), "{status}");
}

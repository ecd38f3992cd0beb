//! What stands in credentials is in nothing that the program says: log, status, metrics, commands.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Instant;

use serde_json::Value;

use crate::process::{CONFIG, PATIENCE, Server, fedns};

/// As long as tokens are.
const MARKER: &str = "s3cretMARKER0123456789abcdefghijklmnopqrstuv";

/// Kubeconfigs that are bad, by cluster, with words of what is said of each.
fn bad() -> Vec<(&'static str, String, &'static str)> {
    let with = |cluster: &str, user: &str| {
        format!(
            "current-context: x\ncontexts: [{{name: x, context: {{cluster: c, user: u}}}}]\n\
             clusters:\n- name: c\n  cluster: {{{cluster}}}\nusers:\n- name: u\n  user: {{{user}}}\n"
        )
        .replace('%', MARKER)
    };
    let server = "server: 'http://127.0.0.1:1'";
    let program = |script: &str| {
        format!(
            "exec: {{apiVersion: client.authentication.k8s.io/v1, interactiveMode: Never, \
             command: sh, args: [-c, '{script}'], installHint: %}}"
        )
    };
    vec![
        ("unclosed", with(server, "token: \"%"), "this can not be read as a kubeconfig"),
        ("tabbed", with(server, "token: %}\n\t%: {"), "this can not be read as a kubeconfig"),
        ("typed", with(server, "token: {%: %}"), "`token` is a mapping to YAML; expected text"),
        ("lines", with(server, "token: \"%\\n\""), "`token` has a line end in it"),
        ("filed", with(server, "tokenFile: %"), "names a token file that can not be read"),
        ("named", with(server, "username: '%:', password: %"), "`username` has a colon in it"),
        ("addressed", with("server: 'https://me:%@h'", ""), "it has a user in it"),
        (
            "proxied",
            with(&format!("{server}, proxy-url: 'http://me:%@h:port'"), ""),
            "`proxy-url` has a",
        ),
        (
            "lost",
            with(&format!("{server}, proxy-url: 'socks5://me:%@127.0.0.1:1'"), ""),
            "SOCKS error",
        ),
        ("failing", with(server, &program("echo %; echo % >&2; exit 7")), "exit status: 7"),
        ("babbling", with(server, &program("echo \"{%\"")), "printed no ExecCredential"),
        (
            "missing",
            with(server, &program("x").replace("command: sh", "command: ./%")),
            "can not be run",
        ),
        ("certified", with(server, "client-certificate-data: %, client-key-data: %"), "is no PEM"),
        (
            "chosen",
            with(server, "").replace("current-context: x", &format!("current-context: {MARKER}")),
            "`current-context` is none of its `contexts`",
        ),
    ]
}

/// All that the program prints, whether it succeeds or not.
fn printed(folder: &Path, arguments: &str) -> String {
    let mut command = Command::new(env!("CARGO_BIN_EXE_fedns"));
    command.args(arguments.split(' ')).current_dir(folder).env("FEDNS_LOG", "trace");
    let output = command.stdin(Stdio::null()).output().unwrap();
    [output.stdout, output.stderr].map(|it| String::from_utf8_lossy(&it).into_owned()).concat()
}

#[test]
fn nothing_of_credentials_is_said() {
    let folder = tempfile::tempdir().unwrap();
    let (head, _) = CONFIG.split_once("clusters:").unwrap();
    let mut config = format!("{head}clusters:\n");
    let bad = bad();
    for (name, text, _) in &bad {
        fs::write(folder.path().join(format!("{name}.conf")), text).unwrap();
        let path = format!("{{ path: ./{name}.conf, allowExec: true }}");
        config.push_str(&format!("  - {{ name: {name}, kubeconfig: {path} }}\n"));
    }
    fs::write(folder.path().join("fedns.yaml"), config).unwrap();
    let mut command = fedns(folder.path());
    command.env("FEDNS_LOG", "trace");
    let mut server = Server::spawn(command);
    server.wait_for_doors(true);
    let mut all = String::new();
    for (name, _, words) in &bad {
        let end = Instant::now() + PATIENCE;
        let said = || {
            let status: Value = serde_json::from_str(&server.get("/status").1).unwrap();
            let mut all = status["clusters"].as_array().unwrap().iter();
            all.find(|it| it["name"] == *name).map(|it| it["server"]["reason"].to_string()).unwrap()
        };
        while !said().contains(words) {
            assert!(Instant::now() < end, "{name}: {}", said());
        }
    }
    for path in ["/status", "/metrics", "/clusters", "/overview/services", "/readyz"] {
        all.push_str(&server.get(path).1);
    }
    all.push_str(&printed(folder.path(), "check --config fedns.yaml"));
    let online = printed(folder.path(), "check --online -o json --config fedns.yaml");
    for (name, _, words) in &bad {
        assert!(online.contains(words), "{name}: {words}: {online}");
        for command in
            ["join", "join --apply", "unjoin --apply", "stub --apply --server 192.0.2.53"]
        {
            let arguments = format!("{command} --context x --kubeconfig {name}.conf");
            all.push_str(&printed(folder.path(), &arguments));
        }
    }
    let status = server.get("/status").1;
    let log = server.log();
    assert!(log.contains("line end in it"), "{log}");
    for said in [all, online, status, log] {
        let line = said.lines().find(|line| line.contains("s3cret"));
        assert!(line.is_none(), "{line:?}");
    }
}

//! What strangers plant in names and texts is shown and never obeyed: in the log, in every command,
//! in documents, each event and each row on one line.

use std::ffi::OsStr;
use std::fs;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::process::{Command, Output};
use std::thread;

use serde_json::{Value, json};

use crate::fake_api::{FakeApi, Fault, Verb};
use crate::process::{NODE, PATIENCE, Server, service};

/// Clears the screen, forges a line, in C1, as separators, turned around, and deletes.
const PLANT: &str =
    "\u{1b}[2J\r\nforged\u{9b}31m\u{85}\u{2028}forged\u{2029}\u{202e}\u{2066}\u{7f}\u{7}";

fn is_obeyed(character: char) -> bool {
    character.is_control()
        || matches!(character, '\u{2028}' | '\u{2029}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Nothing of the plant is obeyed, and no line begins with what it forges. Tabs are between columns.
#[track_caller]
fn check(what: &str, text: &[u8]) {
    let text = str::from_utf8(text).unwrap();
    let obeyed: String =
        text.chars().filter(|it| is_obeyed(*it) && !matches!(it, '\n' | '\t')).collect();
    assert!(obeyed.is_empty(), "{what}: {obeyed:?} in\n{text:?}");
    let forged = text.lines().any(|line| line.trim_start().starts_with("forged"));
    assert!(!forged, "{what}: a line is forged:\n{text}");
}

/// JSON that YAML takes too: it has no control characters but as escapes (YAML 1.2, section 5.1).
fn escaped(value: &Value) -> String {
    let escape = |it: char| match is_obeyed(it) {
        true => format!("\\u{:04x}", u32::from(it)),
        false => it.to_string(),
    };
    value.to_string().chars().map(escape).collect()
}

/// A folder of manifests in which everything that is free text is planted, an API server that says
/// it, and a kubeconfig whose path and program are called so.
fn world(api: &FakeApi, format: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let east = folder.path().join("east");
    fs::create_dir(&east).unwrap();
    let quoted = escaped(&json!(PLANT));
    fs::write(east.join("nodes.yaml"), NODE).unwrap();
    let odd = NODE.replace("n1", "n2").replace("zone: a", &format!("zone: {quoted}"));
    fs::write(east.join("odd.yaml"), odd).unwrap();
    let annotated = service("cart", "192.0.2.1", true).replace(
        "namespace: shop }\nspec",
        &format!("namespace: shop, annotations: {{ fedns.dev/ttl: {quoted} }} }}\nspec"),
    );
    assert!(annotated.contains("fedns.dev/ttl"));
    fs::write(east.join("cart.yaml"), annotated).unwrap();
    let hostname = service("pay", "x", true).replace("ip: x", &format!("hostname: {quoted}"));
    fs::write(east.join("pay.yaml"), hostname).unwrap();
    let address = service("ip", "x", true).replace("ip: x", &format!("ip: {quoted}"));
    fs::write(east.join("ip.yaml"), address).unwrap();
    let name = service("x", "192.0.2.1", true).replace("name: x", &format!("name: {quoted}"));
    fs::write(east.join("name.yaml"), name).unwrap();
    let external = json!({
        "apiVersion": "v1", "kind": "Service", "metadata": { "name": "ext", "namespace": "shop" },
        "spec": { "type": "ExternalName", "externalName": PLANT },
    });
    fs::write(east.join("ext.json"), external.to_string()).unwrap();
    let file = format!("broken{PLANT}.yaml");
    fs::write(east.join(OsStr::from_bytes(file.as_bytes())), "kind: [").unwrap();
    let kubeconfig = format!("west{PLANT}.conf");
    api.write_kubeconfig(&folder.path().join(&kubeconfig));
    let program = json!({ "exec": {
        "apiVersion": "client.authentication.k8s.io/v1", "command": format!("./{PLANT}"),
        "interactiveMode": "Never", "installHint": PLANT,
    } });
    let program: Value = serde_json::from_str(&api.kubeconfig(program, json!({}))).unwrap();
    fs::write(folder.path().join("exec.conf"), escaped(&program)).unwrap();
    let mut config: Value = json!({
        "apiVersion": "fedns.dev/v1", "kind": "Config",
        "listen": { "udp": ["127.0.0.1:0"], "tcp": ["127.0.0.1:0"] },
        "admin": { "listen": "127.0.0.1:0" },
        "log": { "format": format },
        "resolver": { "servers": ["127.0.0.1:1"] },
        "federations": [{ "name": "myfed", "domain": "example.com",
            "nameservers": [{ "name": "ns1.example.net" }, { "name": "ns2.example.net" }] }],
        "clusters": [
            { "name": "east", "manifests": "./east" },
            { "name": "west", "kubeconfig": { "path": format!("./{kubeconfig}") } },
            { "name": "exec", "kubeconfig": { "path": "./exec.conf" } },
            { "name": "gone", "kubeconfig": { "path": format!("./gone{PLANT}.conf") } },
        ],
    });
    fs::write(folder.path().join("fedns.yaml"), escaped(&config)).unwrap();
    config["clusters"].as_array_mut().unwrap().truncate(1);
    fs::write(folder.path().join("folders.yaml"), escaped(&config)).unwrap();
    folder
}

fn api() -> FakeApi {
    let api = FakeApi::start();
    api.fail(Verb::Any, "/api/v1/services", Fault::Refusal(403, said().into()), None);
    api.fail(Verb::Any, "/api/v1/nodes", Fault::Refusal(500, said().into()), None);
    api
}

/// What the API server says, as a Status (Kubernetes API, "Response Status Kind").
fn said() -> String {
    json!({ "kind": "Status", "apiVersion": "v1", "status": "Failure", "message": PLANT })
        .to_string()
}

fn run(folder: &Path, config: &str, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_fedns"));
    command.args(arguments).arg("--config").arg(folder.join(config)).output().unwrap()
}

#[test]
fn no_command_lets_a_plant_through() {
    let api = api();
    let folder = world(&api, "text");
    let name = "cart.shop.myfed.svc.a.us.example.com";
    for (config, arguments) in [
        ("folders.yaml", &["check"][..]),
        ("fedns.yaml", &["check", "--online"]),
        ("folders.yaml", &["clusters", "--offline"]),
        ("folders.yaml", &["services", "--offline"]),
        ("folders.yaml", &["explain", "--offline", name]),
        ("folders.yaml", &["resolve", "--offline", name]),
        ("folders.yaml", &["zone", "--offline", "myfed"]),
        ("folders.yaml", &["stub", "--cluster", "east", "--address", "192.0.2.53"]),
        ("folders.yaml", &["delegation"]),
        (&format!("absent{PLANT}.yaml"), &["check"]),
    ] {
        let output = run(folder.path(), config, arguments);
        let what = format!("{arguments:?}");
        check(&what, &output.stdout);
        check(&what, &output.stderr);
        assert!(!output.stdout.is_empty() || !output.stderr.is_empty(), "{what} says nothing");
    }
    let output = run(folder.path(), "folders.yaml", &["check"]);
    let said = String::from_utf8(output.stdout).unwrap();
    for words in ["file broken\\u{1b}[2J", "annotation fedns.dev/ttl", "is no place"] {
        assert!(said.contains(words), "{words}: {said}");
    }
    // A plant in the configuration itself is a fault that is shown, and no more.
    fs::write(folder.path().join("bad.yaml"), format!("kind: {}\n", escaped(&json!(PLANT))))
        .unwrap();
    let output = run(folder.path(), "bad.yaml", &["check"]);
    check("faults", &output.stderr);
    assert_eq!(output.status.code(), Some(1));
}

#[test]
fn documents_for_programs_say_the_same_and_are_valid() {
    let api = api();
    let folder = world(&api, "text");
    let read = |format: &str, arguments: &[&str]| {
        let output = run(folder.path(), "fedns.yaml", &[arguments, &["-o", format]].concat());
        assert!(!output.stdout.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
        check(&format!("{arguments:?} -o {format}"), &output.stdout);
        String::from_utf8(output.stdout).unwrap()
    };
    let name = "cart.shop.myfed.svc.a.us.example.com";
    for arguments in [&["check"][..], &["check", "--online"], &["explain", "--offline", name]] {
        let as_json: Value = serde_json::from_str(&read("json", arguments)).unwrap();
        assert!(as_json.is_object());
        let as_yaml: Value = serde_saphyr::from_str(&read("yaml", arguments)).unwrap();
        assert!(as_yaml.is_object());
        if arguments == ["check"] {
            assert_eq!(as_json["complaints"], as_yaml["complaints"]);
        }
    }
}

#[test]
fn each_event_is_one_line_of_the_log() {
    for format in ["text", "json"] {
        let api = api();
        let folder = world(&api, format);
        let mut server = Server::start(folder.path());
        let path = folder.path().join("fedns.yaml");
        let text = fs::read_to_string(&path).unwrap();
        server.get_until("/status", &["forbidden", "credentials_unusable", "exec_refused"]);
        server.get_until("/status", &["bad_annotation", "file_unreadable", "bad_place"]);
        let (_, status) = server.get("/status");
        check("/status", status.as_bytes());
        check("/clusters", server.get("/clusters").1.as_bytes());
        check("/metrics", server.get("/metrics").1.as_bytes());
        // A configuration that can not be read is told too, a line for each of its own.
        fs::write(&path, text.replace("myfed", escaped(&json!(PLANT)).trim_matches('"'))).unwrap();
        server.wait_for("changes nothing");
        server.signal("TERM");
        server.ended();
        let lines = server.lines();
        assert!(lines.len() > 10, "{lines:?}");
        for line in &lines {
            check(format, line.as_bytes());
            match format {
                "json" => {
                    let event: Value = serde_json::from_str(line).unwrap();
                    assert!(event["message"].is_string(), "{line}");
                }
                _ => assert!(line.starts_with("20"), "no event begins like this: {line}"),
            }
        }
    }
}

/// A server at the admin address that is none of ours says what it likes.
fn liar(status: &'static str, body: String) -> std::net::SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            stream.set_read_timeout(Some(PATIENCE)).unwrap();
            _ = stream.read(&mut [0; 4096]);
            let head = format!("HTTP/1.1 {status}\r\ncontent-length: {}\r\n\r\n", body.len());
            _ = stream.write_all(&[head.as_bytes(), body.as_bytes()].concat());
        }
    });
    address
}

#[test]
fn whoever_stands_at_the_admin_address_is_not_obeyed() {
    let api = api();
    let folder = world(&api, "text");
    let text = fs::read_to_string(folder.path().join("folders.yaml")).unwrap();
    let clusters = json!({ "clusters": [{ "name": PLANT, "state": PLANT, "places": [PLANT],
        "nodes": 1, "services": 1, "complaints": 0 }] });
    let name = "cart.shop.myfed.svc.a.us.example.com";
    for (status, body) in
        [("500 Oh", PLANT.to_owned()), ("200 OK", clusters.to_string()), ("200 OK", PLANT.into())]
    {
        let address = liar(status, body);
        let text =
            text.replace("{\"listen\":\"127.0.0.1:0\"}", &format!("{{\"listen\":\"{address}\"}}"));
        fs::write(folder.path().join("liar.yaml"), text).unwrap();
        for arguments in [
            &["clusters"][..],
            &["services"],
            &["explain", name],
            &["resolve", name],
            &["zone", "myfed"],
            &["clusters", "accept", "east"],
        ] {
            let output = run(folder.path(), "liar.yaml", arguments);
            let what = format!("{status}, {arguments:?}");
            check(&what, &output.stderr);
            // A zone is passed on as it comes, but for what is obeyed.
            if arguments[0] != "zone" {
                check(&what, &output.stdout);
            }
            let text = str::from_utf8(&output.stdout).unwrap();
            assert!(
                !text.chars().any(|it| is_obeyed(it) && !matches!(it, '\n' | '\t')),
                "{what}: {text:?}"
            );
        }
    }
}

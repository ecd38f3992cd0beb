//! Alerts and dashboards, by Prometheus itself: rules that fire when they should and not else, each with a
//! paragraph of the runbook, and expressions that find series of a fedns that runs.

use std::collections::BTreeMap;
use std::fs;
use std::net::TcpStream;
use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

use crate::fake_api::{FakeApi, node, secret, service, slice};
use crate::process::{CONFIG, Server};
use crate::real::program::{Program, free_port, until};
use crate::{path, printed, real};

/// Of each alert series with which it fires, and some with which it does not.
const CASES: &str = include_str!("alert_cases.txt");

/// The alerts: name and expression.
fn alerts() -> BTreeMap<String, Value> {
    let text = fs::read_to_string(path("deploy/prometheus/rules.yaml")).unwrap();
    let rules: Value = serde_saphyr::from_str(&text).unwrap();
    let rules = rules["groups"][0]["rules"].as_array().unwrap();
    rules.iter().map(|rule| (rule["alert"].as_str().unwrap().to_owned(), rule.clone())).collect()
}

#[test]
fn each_alert_has_a_paragraph_and_each_paragraph_an_alert() {
    let page = fs::read_to_string(path("docs/runbook.md")).unwrap();
    let told: Vec<_> = page.lines().filter_map(|line| line.strip_prefix("## ")).collect();
    let mut told_of: Vec<_> = told.iter().map(|it| (*it).to_owned()).collect();
    told_of.sort();
    assert_eq!(alerts().into_keys().collect::<Vec<_>>(), told_of);
    for (name, rule) in alerts() {
        let link = format!("docs/runbook.md#{}", name.to_lowercase());
        assert_eq!(rule["annotations"]["runbook_url"], link.as_str());
        let severity = rule["labels"]["severity"].as_str().unwrap();
        assert!(["critical", "warning"].contains(&severity), "{name}: {severity}");
    }
}

#[test]
fn alerts_fire_when_they_should_and_not_else() {
    if !real::have(&["promtool"]) {
        return;
    }
    let mut tests: BTreeMap<(&str, bool), Vec<Value>> = BTreeMap::new();
    for line in CASES.lines().filter(|line| !line.starts_with('#')) {
        let cells: Vec<_> = line.split(" | ").map(str::trim).collect();
        let [alert, fires, series, values] = cells[..] else { panic!("{line}") };
        let series = json!({ "series": series, "values": values });
        tests.entry((alert, fires == "yes")).or_default().push(series);
    }
    for name in alerts().keys() {
        for fires in [true, false] {
            assert!(tests.contains_key(&(name.as_str(), fires)), "{name} lacks a case: {fires}");
        }
    }
    let test = |((alert, fires), series): (&(&str, bool), &Vec<Value>)| {
        let expr = format!("count(ALERTS{{alertname=\"{alert}\",alertstate=\"firing\"}}) > 0");
        let samples = if *fires { json!([{ "labels": "{}", "value": 1 }]) } else { json!([]) };
        // All at the same moment: what rises has risen, what counts goes on counting.
        let wanted = json!({ "expr": expr, "eval_time": "100m", "exp_samples": samples });
        let name = format!("{alert}: {fires}");
        json!({ "name": name, "interval": "1m", "input_series": series, "promql_expr_test": [wanted] })
    };
    let folder = real::folder();
    let rules = path("deploy/prometheus/rules.yaml");
    let tests: Vec<_> = tests.iter().map(test).collect();
    let file = json!({ "rule_files": [rules], "evaluation_interval": "1m", "tests": tests });
    let cases = folder.path().join("cases.yaml");
    fs::write(&cases, file.to_string()).unwrap();
    printed(Command::new("promtool").args(["check", "rules"]).arg(&rules));
    printed(Command::new("promtool").args(["test", "rules"]).arg(&cases));
}

/// What an alert looks at, without its threshold.
fn looked_at(expr: &str) -> &str {
    let end = [" == ", " > ", " < "].iter().filter_map(|word| expr.rfind(word)).max();
    &expr[..end.expect("a threshold")]
}

/// The expressions of the dashboards, with what Grafana puts for its variables.
fn panels() -> Vec<String> {
    let mut found = Vec::new();
    for entry in fs::read_dir(path("deploy/grafana")).unwrap() {
        let text = fs::read_to_string(entry.unwrap().path()).unwrap();
        let dashboard: Value = serde_json::from_str(&text).unwrap();
        for panel in dashboard["panels"].as_array().unwrap() {
            let targets = panel["targets"].as_array().unwrap();
            assert!(!targets.is_empty(), "{}", panel["title"]);
            found.extend(targets.iter().map(|it| it["expr"].as_str().unwrap().to_owned()));
        }
    }
    let variables = |it: &String| it.replace("$instance", ".*").replace("$__rate_interval", "1m");
    found.iter().map(variables).collect()
}

/// A fedns that shows every metric: a hub with a Secret, a member by a token that expires.
fn shown(folder: &Path) -> (Server, [FakeApi; 2]) {
    let (hub, member) = (FakeApi::start(), FakeApi::start());
    let token = {
        let encode = |it: Value| real::authority::base64(it.to_string().as_bytes());
        let parts = [json!({}), json!({ "exp": 4_000_000_000_u64 }), json!({})];
        parts
            .map(|it| encode(it).trim_end_matches('=').replace('+', "-").replace('/', "_"))
            .join(".")
    };
    member.put([node("n1", "us", "a"), service("cart", "192.0.2.1"), slice("cart", 1)]);
    let kubeconfig = member.kubeconfig(json!({ "token": token }), json!({}));
    let labels = json!({ "fedns.dev/cluster": "west" });
    hub.put([secret("west", labels, json!({}), &[("kubeconfig", &kubeconfig)])]);
    hub.write_kubeconfig(&folder.join("hub.conf"));
    let (head, _) = CONFIG.split_once("clusters:").unwrap();
    let registry = "{ secrets: { kubeconfig: { path: ./hub.conf }, namespace: fedns } }";
    let text = format!("{head}stateDir: ./state\nregistries:\n  - {registry}\n");
    fs::write(folder.join("fedns.yaml"), text).unwrap();
    let server = Server::start(folder);
    server.wait_for("west synced");
    (server, [hub, member])
}

/// A change as controllers make it, of which the moment is told.
fn change(member: &FakeApi, ready: usize) {
    let mut changed = slice("cart", ready);
    let now = std::time::SystemTime::now();
    let at = jiff::Timestamp::try_from(now).unwrap().to_string();
    changed["metadata"]["annotations"] =
        json!({ "endpoints.kubernetes.io/last-change-trigger-time": at });
    member.put([changed]);
}

fn get(port: u16, path: &str) -> Option<Value> {
    use std::io::{Read, Write};
    let mut stream = TcpStream::connect(("127.0.0.1", port)).ok()?;
    write!(stream, "GET {path} HTTP/1.0\r\n\r\n").ok()?;
    let mut text = String::new();
    stream.read_to_string(&mut text).ok()?;
    serde_json::from_str(text.split_once("\r\n\r\n")?.1).ok()
}

/// How many series an expression finds; `None` where the server says nothing.
fn series(port: u16, expr: &str) -> Option<usize> {
    let escaped: String = expr.bytes().map(|octet| format!("%{octet:02X}")).collect();
    let answer = get(port, &format!("/api/v1/query?query={escaped}"))?;
    assert_eq!(answer["status"], "success", "{expr}: {answer}");
    Some(answer["data"]["result"].as_array()?.len())
}

#[test]
fn each_panel_and_each_alert_finds_series() {
    if !real::have(&["prometheus"]) {
        return;
    }
    let folder = real::folder();
    let (server, [_hub, member]) = shown(folder.path());
    let port = free_port();
    let scrape = json!({
        "job_name": "fedns", "scrape_interval": "2s", "static_configs": [{ "targets": [server.admin.to_string()] }]
    });
    let config =
        json!({ "scrape_configs": [scrape], "rule_files": [path("deploy/prometheus/rules.yaml")] });
    fs::write(folder.path().join("prometheus.json"), config.to_string()).unwrap();
    let listen = format!("--web.listen-address=127.0.0.1:{port}");
    let arguments = ["--config.file=prometheus.json", "--storage.tsdb.path=tsdb", &listen];
    let mut prometheus = Program::start(folder.path(), "prometheus", &arguments);
    prometheus.until("its first sample", || series(port, "fedns_ready").is_some_and(|it| it > 0));
    let rises = alerts();
    let offset = |expr: &str| expr.replace("offset 1h", "offset 4s");
    let rules = rises.values().map(|rule| offset(looked_at(rule["expr"].as_str().unwrap())));
    let mut lacking: Vec<_> = panels().into_iter().chain(rules).collect();
    assert!(lacking.len() > 30, "panels or alerts were not found");
    let mut ready = 1;
    until("each expression finds series", || {
        server.ask("cart.shop.myfed.svc.a.us.example.com.");
        ready = 3 - ready;
        change(&member, ready);
        lacking.retain(|expr| series(port, expr).is_none_or(|it| it == 0));
        if let Some(first) = lacking.first() {
            fs::write(folder.path().join("lacking"), first).unwrap();
        }
        lacking.is_empty()
    });
}

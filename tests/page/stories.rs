//! What the page shows: the quick start, a cluster that is silent, a reload that failed, 42 clusters with faults. On a
//! desk and on a phone, by day and by night: nothing is cut, nothing lies beyond the width, what is wrong is on the
//! screen, and axe-core finds nothing.

use std::path::PathBuf;
use std::process::Command;

use serde_json::{Value, json};

use crate::browser::{Browser, LOOKS, Look, browser};
use crate::fake_api::{FakeApi, node, service, slice};
use crate::process::{CONFIG, Server, quickstart, world};
use crate::real;
use crate::worlds::hurt_fleet;

const GEOMETRY: &str = include_str!("geometry.js");

/// Opens the page and waits until it is whole.
pub fn open(browser: &mut Browser, server: &Server, path: &str) {
    browser.open(&format!("http://{}/{path}", server.admin));
    browser.until("document.querySelector('#live.heard') && document.querySelector('#totals li')");
    browser.until("document.querySelector('#rows li, #nothing:not([hidden])')");
    browser.until("!document.querySelector('.detail > p.faint:only-child')");
}

/// axe-core's source; `None`, and says so, where it was not fetched.
fn axe() -> Option<String> {
    let needs = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/needs");
    let output = Command::new(needs).arg("--axe").output().unwrap();
    let path = PathBuf::from(String::from_utf8(output.stdout).unwrap().trim());
    match std::fs::read_to_string(path) {
        Ok(text) => Some(text),
        Err(_) => {
            let is_fault = std::env::var_os("FEDNS_TEST_ALL").is_some_and(|it| !it.is_empty());
            assert!(!is_fault, "FEDNS_TEST_ALL is set, but axe-core is not here");
            real::skip("axe-core not on this machine (`make test` brings it)");
            None
        }
    }
}

/// Looks at what is open in each way.
fn look(browser: &mut Browser, name: &str, check: impl Fn(&mut Browser, Look)) {
    let axe = axe();
    for look in LOOKS {
        let Look { width, is_dark, .. } = look;
        browser.look(look);
        let picture = format!("{name}-{width}-{}", if is_dark { "dark" } else { "light" });
        browser.picture(&picture);
        assert_eq!(browser.eval(GEOMETRY), json!([]), "{picture}");
        if let Some(axe) = &axe {
            browser.eval(&format!("{axe}; 0"));
            let run = "axe.run().then(({ violations }) => violations.map((one) => \
                       `${one.id}: ${one.nodes.map((node) => node.html.slice(0, 160)).slice(0, 4).join(' | ')}`))";
            assert_eq!(browser.eval(run), json!([]), "{picture}");
        }
        check(browser, look);
    }
    assert!(browser.faults.is_empty(), "{name}: {:?}", browser.faults);
}

/// Where the first element with this text begins, from the top of the page.
fn top_of(browser: &mut Browser, selector: &str, text: &str) -> f64 {
    let script = format!(
        "(() => {{ const one = [...document.querySelectorAll({})].find((it) => it.innerText.includes({})); \
         return one ? one.getBoundingClientRect().top + scrollY : -1; }})()",
        json!(selector),
        json!(text)
    );
    browser.eval(&script).as_f64().unwrap()
}

#[test]
fn the_quick_start_is_fine_and_a_service_opens_to_its_levels() {
    let Some(mut browser) = browser() else { return };
    let folder = quickstart();
    let server = Server::start(&folder.path().join("examples/quickstart"));
    server.wait_for("answers are complete");
    open(&mut browser, &server, "");
    browser.until("document.querySelector('#word').innerText.toLowerCase() === 'fine'");
    let title = browser.text("document.title");
    assert_eq!(title, format!("fine \u{2013} {} \u{2013} fedns", server.admin));
    browser.shows("3 clusters read and heard");
    look(&mut browser, "quickstart", |_, _| ());

    open(&mut browser, &server, "?service=mynamespace/reports&name=mynamespace/reports");
    browser.until("document.querySelector('.tree')");
    browser.shows("the world");
    browser.until("document.querySelector('.chain .box.reply')");
    browser.shows("the client gets");
    look(&mut browser, "quickstart-open", |browser, _| {
        let tree = browser.text("document.querySelector('.tree').innerText");
        for words in
            ["the world", "region europe-west1", "zone europe-west1-b.europe-west1", "203.0.113.60"]
        {
            assert!(tree.contains(words), "{words} is not in {tree}");
        }
        let chain = browser.text("document.querySelector('.chain').innerText");
        assert!(chain.contains("180 s A 203.0.113.60"), "{chain}");
    });
}

#[test]
fn a_silent_cluster_takes_every_reassuring_word_away() {
    // As long as names of clusters are that have place and purpose.
    const NAME: &str = "prod-europe-west1-a";
    let Some(mut browser) = browser() else { return };
    let (folder, api) = (tempfile::tempdir().unwrap(), FakeApi::start());
    api.put([node("n1", "us", "a"), service("cart", "192.0.2.1"), slice("cart", 1)]);
    api.write_kubeconfig(&folder.path().join("one.conf"));
    let (head, _) = CONFIG.split_once("clusters:").unwrap();
    let text =
        format!("{head}clusters:\n  - {{ name: {NAME}, kubeconfig: {{ path: ./one.conf }} }}\n");
    std::fs::write(folder.path().join("fedns.yaml"), text).unwrap();
    let server = Server::start(folder.path());
    server.wait_for(&format!("{NAME} synced"));
    open(&mut browser, &server, "");
    drop(api);
    browser.until("document.querySelector('#verdict.warn .reason')");
    browser.until(&format!("document.querySelector('#tile-{NAME}:not(.good)')"));
    look(&mut browser, "silent", |browser, _| {
        // What was stands in the timeline, each with its moment.
        let shown = browser.text(
            "document.body.innerText.replace(document.querySelector('#timeline').innerText, '')",
        );
        for reassuring in ["fine", "complete", "synced", "nothing is wrong", "ready"] {
            assert!(!shown.contains(reassuring), "{reassuring} stands in\n{shown}");
        }
        // What its only cluster said last is no health.
        let row = browser.text("document.querySelector('#rows .line').innerText");
        assert!(row.contains("1 not heard"), "{row}");
        assert_eq!(
            browser.eval("document.querySelector('#rows .pill').className"),
            json!("pill warn")
        );
        let reason = browser.text("document.querySelector('.reason').innerText");
        assert!(reason.contains(&format!("{NAME} is ")) && reason.contains("for "), "{reason}");
    });
}

#[test]
fn a_failed_reload_is_told_with_where_it_fails() {
    let Some(mut browser) = browser() else { return };
    let folder = world();
    let server = Server::start(folder.path());
    server.wait_for("answers are complete");
    open(&mut browser, &server, "");
    let config = folder.path().join("fedns.yaml");
    let text = std::fs::read_to_string(&config).unwrap();
    std::fs::write(&config, format!("{text}nonsense: 1\n")).unwrap();
    browser.shows("could not be read again");
    browser.until("document.querySelector('#configuration pre')");
    look(&mut browser, "reload", |browser, _| {
        let fault = browser.text("document.querySelector('#configuration pre').innerText");
        assert!(fault.contains("nonsense"), "{fault}");
        assert_eq!(browser.text("document.querySelector('#verdict h2').innerText"), "attention");
    });
}

#[test]
fn forty_two_clusters_with_faults_show_the_worst_first() {
    let Some(mut browser) = browser() else { return };
    let (_folder, server) = hurt_fleet();
    open(&mut browser, &server, "");
    browser.until("document.querySelector('#verdict.bad') && document.querySelectorAll('#rows .row.down').length === 2");
    browser.until("document.querySelector('.tile:not(.good)')");
    look(&mut browser, "fleet", |browser, Look { width, height, .. }| {
        let shown = browser.text("document.title");
        assert!(shown.starts_with("clients are hurt"), "{shown}");
        let first = browser.text("document.querySelector('.reason').innerText");
        assert!(first.contains("payments-api-"), "{first}");
        assert!(top_of(browser, ".reason", "payments-api-") < f64::from(height) / 2.0);
        // Why a service is down stands in its row.
        let row = browser.text("document.querySelector('#rows .row.down').innerText");
        assert!(row.contains("no ready endpoint") && row.contains("0 of 14"), "{row}");
        let rows = browser.text(
            "[...document.querySelectorAll('#rows .pill')].map((one) => one.innerText).join()",
        );
        assert!(rows.starts_with("down,down,degraded"), "{rows}");
        let tile = browser.text("document.querySelector('.tile').innerText");
        assert!(tile.contains("prod-sae1-3") && !tile.contains("synced"), "{tile}");
        if width > 1000 {
            let grid = "(() => { const at = document.getElementById('regions').getBoundingClientRect(); \
                        return at.height; })()";
            let tall = browser.eval(grid).as_f64().unwrap();
            assert!(tall < f64::from(height), "the grid is {tall} tall");
            let tiles = browser.eval("document.querySelectorAll('.tile').length");
            assert_eq!(tiles, json!(42));
            // All of it can be seen at once, from the verdict down.
            let end = browser.eval(
                "document.getElementById('regions').getBoundingClientRect().bottom + scrollY",
            );
            assert!(end.as_f64().unwrap() <= f64::from(height), "the grid ends at {end}");
        }
    });

    open(
        &mut browser,
        &server,
        "?service=shop/payments-api-2&inspect=prod-sae1-3&kind=bad_annotation",
    );
    browser.until("document.querySelector('#inspected .facts') && document.querySelector('.tree')");
    look(&mut browser, "fleet-open", |browser, _| {
        let tree = browser.text("document.querySelector('.tree').innerText");
        assert!(tree.contains("no ready endpoint") && tree.contains("(0 of 1 ready)"), "{tree}");
        let kinds = browser.text("document.getElementById('kind-bad_annotation').innerText");
        assert!(kinds.contains("fedns.dev/ttl"), "{kinds}");
    });
}

#[test]
fn a_search_stands_in_the_address_and_back_works() {
    let Some(mut browser) = browser() else { return };
    let (_folder, server) = hurt_fleet();
    browser.look(LOOKS[0]);
    open(&mut browser, &server, "");
    let rows =
        "[...document.querySelectorAll('#rows .service')].map((one) => one.textContent).join()";
    let first = browser.text(rows);
    browser.eval("document.getElementById('search').focus()");
    browser.type_in("api-11");
    browser.until(&format!("{rows} === 'shop/payments-api-11'"));
    assert_eq!(browser.text("location.search"), "?search=api-11");
    // An address finds who has it.
    browser.eval("document.getElementById('search').value = ''");
    browser.type_in("203.0.0.4");
    browser.until(&format!("{rows} === 'shop/payments-api-3'"));
    browser.eval("document.getElementById('state-down').click()");
    browser.until("!document.getElementById('nothing').hidden");
    browser.eval("history.back()");
    browser.until(&format!("{rows} === 'shop/payments-api-3'"));
    browser.eval("history.back()");
    browser.until(&format!("{rows} === {}", Value::from(first)));
    assert_eq!(browser.text("document.getElementById('search').value"), "");
    assert!(browser.faults.is_empty(), "{:?}", browser.faults);
}

/// Stands in for a server with a history.
const HISTORY: &str = r#"
    const real = window.fetch;
    const events = [
      { id: 3, at: "2026-12-01T05:00:09Z", kind: "service", subject: "shop/payments-api-0", severity: "warning",
        text: "shop/payments-api-0 is down: the last cluster left it; clients get no address" },
      { id: 2, at: "2026-12-01T05:00:07Z", kind: "cluster", subject: "prod-sae1-3", severity: "warning",
        text: "prod-sae1-3 is silent" },
      { id: 1, at: "2026-12-01T04:40:00Z", kind: "configuration", subject: "", severity: "info", text: "read again" },
    ];
    window.fetch = (path, options) => (String(path).startsWith("/events?")
      ? Promise.resolve(new Response(JSON.stringify({ events, oldest: 1, missed: 4 }))) : real(path, options));
"#;

#[test]
fn the_last_hour_stands_beside_the_verdict_and_leads_to_rows() {
    let Some(mut browser) = browser() else { return };
    let (_folder, server) = hurt_fleet();
    browser.look(LOOKS[0]);
    open(&mut browser, &server, "");
    browser.until("!document.getElementById('events').hidden");
    browser.ask("Page.addScriptToEvaluateOnNewDocument", json!({ "source": HISTORY }));
    open(&mut browser, &server, "");
    browser.until("document.querySelectorAll('#timeline li').length === 4");
    look(&mut browser, "history", |browser, Look { width, .. }| {
        let timeline = browser.text("document.getElementById('timeline').innerText");
        assert!(timeline.contains("the last cluster left it"), "{timeline}");
        assert!(timeline.contains("and 4 changes that were put together"), "{timeline}");
        let beside = "document.getElementById('events').getBoundingClientRect().left \
                      >= document.getElementById('verdict').getBoundingClientRect().right";
        assert_eq!(browser.eval(beside), json!(width > 1000));
    });
    browser.look(LOOKS[0]);
    browser.eval("document.querySelector('#timeline a').click()");
    browser.until("document.querySelector('#rows .row.down .tree')");
    browser.eval("document.querySelectorAll('#timeline a')[1].click()");
    browser.until("document.querySelector('#inspected .facts')");
}

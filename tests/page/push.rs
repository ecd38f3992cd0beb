//! The page stays true by itself: a change is on it (how soon, `benches/page.rs` says), a cut connection comes again,
//! and while the server is gone nothing reassures.

use serde_json::json;

use crate::browser::{LOOKS, browser};
use crate::process::{Server, service, world};
use crate::relay::Relay;

#[test]
fn a_change_is_seen_though_nobody_asks() {
    let Some(mut browser) = browser() else { return };
    let folder = world();
    let server = Server::start(folder.path());
    server.wait_for("answers are complete");
    browser.look(LOOKS[0]);
    crate::stories::open(&mut browser, &server, "");
    browser.until("document.querySelector('#live').innerText === 'live'");
    let asked = "performance.getEntriesByType('resource').filter((one) => one.name.includes('/overview/rows')).length";
    let before = browser.eval(asked).as_u64().unwrap();
    let changes = 3;
    for is_ready in [false, true, false] {
        let word = if is_ready { "healthy" } else { "down" };
        std::fs::write(
            folder.path().join("east/cart.yaml"),
            service("cart", "192.0.2.1", is_ready),
        )
        .unwrap();
        server.get_until("/verdict", &[&format!("\"{word}\":1")]);
        browser.until(&format!("document.querySelector('#rows .pill').innerText === '{word}'"));
        browser.until(&format!(
            "document.querySelector('#verdict.{}')",
            if is_ready { "good" } else { "bad" }
        ));
    }
    // What is pushed says whether rows are to be asked for: a serial that is owed may be one more for each change. The
    // look now and then is rarer.
    let more = browser.eval(asked).as_u64().unwrap() - before;
    assert!(more <= 3 * changes, "{more} questions for {changes} changes");
    assert!(browser.faults.is_empty(), "{:?}", browser.faults);
}

#[test]
fn a_cut_connection_comes_again_and_a_server_that_is_gone_is_unknown() {
    let Some(mut browser) = browser() else { return };
    let folder = world();
    let server = Server::start(folder.path());
    server.wait_for("answers are complete");
    let relay = Relay::to(server.admin);
    browser.look(LOOKS[0]);
    browser.open(&format!("http://{}/", relay.address));
    browser.until("document.querySelector('#verdict.good')");
    relay.cut(true);
    std::fs::write(folder.path().join("east/cart.yaml"), service("cart", "192.0.2.1", false))
        .unwrap();
    browser.until("document.querySelector('#verdict.bad .reason')");
    browser.until("document.querySelector('#live').innerText === 'live'");

    relay.cut(false);
    browser.until("document.querySelector('#word').innerText === 'unknown'");
    browser.shows("The server does not answer.");
    assert!(browser.text("document.title").starts_with("unknown"));
    assert_eq!(browser.eval("document.querySelector('#reasons').checkVisibility()"), json!(false));
    assert_eq!(browser.text("document.querySelector('#live').innerText"), "not heard");
    std::fs::write(folder.path().join("east/cart.yaml"), service("cart", "192.0.2.1", true))
        .unwrap();
    server.get_until("/verdict", &["\"healthy\":1"]);
    relay.mend();
    browser.until("document.querySelector('#verdict.good')");
    browser.until("document.querySelector('#live').innerText === 'live'");
}

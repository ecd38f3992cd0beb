//! The page without a mouse.

use serde_json::json;

use crate::browser::{LOOKS, browser};
use crate::stories::open;
use crate::worlds::hurt_fleet;

#[test]
fn slash_searches_arrows_walk_enter_opens_and_escape_closes() {
    let Some(mut browser) = browser() else { return };
    let (_folder, server) = hurt_fleet();
    browser.look(LOOKS[0]);
    open(&mut browser, &server, "");
    browser.until("document.querySelectorAll('#rows .row.down').length === 2");
    let focus = "document.activeElement.id";
    browser.key("/");
    assert_eq!(browser.text(focus), "search");
    browser.type_in("payments-api-2");
    browser.until("document.querySelectorAll('#rows li').length === 5");
    browser.key("ArrowDown");
    assert_eq!(browser.text(focus), "open-shop/payments-api-2");
    browser.key("ArrowDown");
    let second = browser.text(focus);
    assert_ne!(second, "open-shop/payments-api-2");
    browser.key("ArrowUp");
    browser.key("Enter");
    browser.until("document.querySelector('#rows .tree')");
    assert_eq!(browser.text(focus), "open-shop/payments-api-2", "the focus stays where it is");
    assert!(browser.text("location.search").contains("service=shop/payments-api-2"));
    browser.key("Escape");
    browser.until("!document.querySelector('#rows .tree')");
    assert_eq!(browser.text(focus), "open-shop/payments-api-2");
    browser.key("/");
    browser.key("Escape");
    browser.until("document.querySelectorAll('#rows li').length > 5");
    assert_eq!(browser.text("document.getElementById('search').value"), "");

    // Whatever can be used is reached, in the order in which it is seen.
    browser.eval("document.activeElement.blur(); scrollTo(0, 0)");
    let mut last = -1.0;
    for _ in 0..12 {
        browser.key("Tab");
        let at = browser
            .eval("document.activeElement.getBoundingClientRect().top + scrollY")
            .as_f64()
            .unwrap();
        assert!(at + 300.0 >= last, "the focus jumps from {last} to {at}");
        let seen = browser.eval("document.activeElement.matches(':focus-visible')");
        assert_eq!(seen, json!(true));
        last = at;
    }
    assert!(browser.faults.is_empty(), "{:?}", browser.faults);
}

#[test]
fn a_reason_leads_to_its_row() {
    let Some(mut browser) = browser() else { return };
    let (_folder, server) = hurt_fleet();
    browser.look(LOOKS[0]);
    open(&mut browser, &server, "");
    browser.until("document.querySelectorAll('.reason').length > 2");
    browser.eval("document.querySelector('.reason').click()");
    browser.until("document.activeElement.id.startsWith('open-shop/payments-api-')");
    browser.until("document.querySelector('#rows .row.down .tree')");
    let is_seen = "(() => { const at = document.activeElement.getBoundingClientRect(); \
                   return at.top >= 0 && at.bottom <= innerHeight; })()";
    assert_eq!(browser.eval(is_seen), json!(true));
    let of_cluster = "[...document.querySelectorAll('.reason')].find((one) => one.innerText.includes('prod-sae1-3'))";
    browser.eval(&format!("{of_cluster}.click()"));
    browser.until("document.querySelector('#inspected .facts')");
    browser.until("document.activeElement.id === 'tile-prod-sae1-3'");
}

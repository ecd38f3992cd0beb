//! The walks of the README and of the pages below `docs` print what those show.
//!
//! In: the pages. The programs of people are needed for that; where one is missing the test says so and does
//! nothing. The page about clients is walked beside its clients.

use crate::real;
use crate::walk;

#[test]
fn the_readme_prints_what_it_shows() {
    if real::have(&["dig"]) {
        assert!(walk::take("README.md") >= 12, "the README has lost its walk");
    }
}

#[test]
fn the_page_on_asking_prints_what_it_shows() {
    if real::have(&["dig", "nslookup"]) {
        assert!(walk::take("docs/asking.md") >= 20, "the page has lost its walk");
    }
}

#[test]
fn the_page_on_static_zones_prints_what_it_shows() {
    if real::have(&["dig"]) {
        assert!(walk::take("docs/zones.md") >= 8, "the page has lost its walk");
    }
}

#[test]
fn the_page_on_forwarding_prints_what_it_shows() {
    assert!(walk::take("docs/forwarding.md") >= 3, "the page has lost its walk");
}

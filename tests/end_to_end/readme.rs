//! The README's walk through the quick start prints what the README shows.
//!
//! dig is needed for that; where it is missing the test says so and does nothing.

use crate::real;
use crate::walk;

#[test]
fn the_page_on_asking_prints_what_it_shows() {
    if real::have(&["dig", "nslookup"]) {
        assert!(walk::take("docs/asking.md") >= 8, "the page has lost its walk");
    }
}

#[test]
fn the_walk_prints_what_the_readme_shows() {
    if real::have(&["dig"]) {
        assert!(walk::take("README.md") >= 10, "the README has lost its walk");
    }
}

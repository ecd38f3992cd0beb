//! The status page as a person sees it: in Chromium, on a desk and on a phone, by day and by night, with the server
//! as it is behind it. Without Chromium each test says that it is skipped (`tests/needs`).
#![allow(clippy::unwrap_used, dead_code, unreachable_pub)]

#[path = "../process/mod.rs"]
mod process;
#[path = "../real/mod.rs"]
mod real;
#[path = "../fake_api/mod.rs"]
mod fake_api;
#[path = "../support/mod.rs"]
mod support;

mod browser;
mod relay;
mod worlds;
mod stories;
mod keys;
mod push;
mod many;

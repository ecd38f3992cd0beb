//! What is decided, without a clock and, but for a few, without sockets: stories, random worlds held
//! against naive models, storms of faults, and octets in and out.
//!
//! `UPDATE_EXPECT=1 cargo test --test core` writes what stories and tables expect anew.
#![allow(clippy::unwrap_used)]

#[path = "../support/mod.rs"]
mod support;
#[path = "../support/http.rs"]
mod http;
#[path = "../support/naive.rs"]
mod naive;
#[path = "../support/worlds.rs"]
mod worlds;
#[path = "../support/bounds.rs"]
mod bounds;
#[path = "../support/story.rs"]
mod story;

mod fault_table;
mod scenarios;
mod properties;
mod static_zones;
mod random_packets;
mod unread;
mod hostname_facts;
mod simulation;
mod vectors;
mod bad_packets;
mod state_files;
mod storm;
mod journals;
mod overview;
mod service_pages;
mod service_levels;
mod addresses;

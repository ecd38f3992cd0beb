//! The program as a process, and its doors: the command line, UDP and TCP, the admin address, files,
//! signals, and the limits that a system sets.
#![allow(clippy::unwrap_used)]

#[path = "../support/mod.rs"]
mod support;
#[path = "../process/mod.rs"]
mod process;
#[path = "../real/mod.rs"]
mod real;
#[path = "../fake_api/mod.rs"]
mod fake_api;
#[path = "../admin_server/mod.rs"]
mod admin_server;

mod cli;
mod cli_bad_days;
mod serve;
mod reload;
mod static_zones;
mod overrides;
mod events;
mod verdicts;
mod terminal;
mod state_dir;
mod strangers;
mod resume;
mod rolling;
mod upgrade;
mod transports;
mod own_listeners;
mod admin;
mod admin_gate;
mod admin_remote;
mod printing;
mod pages;
mod descriptors;
mod memory;
mod clock;

//! The core: values in, values out. It decides what is answered.
//!
//! Nothing here waits, fails on other people's data, or knows a clock, dice, socket, file, log or
//! runtime; time and randomness are arguments. The order below is the order of dependency.

pub mod count;
pub mod spell;
pub mod family;
pub mod printable;
pub mod time;
pub mod name;
pub mod wire;
pub mod zone;
pub mod complaint;
pub mod topology;
pub mod service;
pub mod overrides;
pub mod hostname;
pub mod policy;
pub mod view;
pub mod event;
pub mod state_file;
pub mod state;
pub mod verdict;
pub mod history;
pub mod selection;
pub mod compiled;
pub mod asker;
pub mod snapshot;
pub mod answer;

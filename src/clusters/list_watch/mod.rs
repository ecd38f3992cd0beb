//! Lists and watches of an API server (Kubernetes API concepts, "Efficient detection of changes"): one
//! driver for every kind of objects.
//!
//! In: sessions, and a `target::Target`. Out: objects to a `sink::Sink`, and how it goes to a
//! `sink::Observer`. `reflector` drives; `steps` decide what to ask next, `list_pace` how soon everything may be listed once
//! more, `list_turns` which clusters list before others do; `list` and `lines` part what comes, `intake` hands it on, all without a socket; `revision_check`: whether a server went back in time.
//! Does not know what objects mean.

pub(in crate::clusters) mod lines;
pub(in crate::clusters) mod list;
pub(in crate::clusters) mod steps;
pub(in crate::clusters) mod watch_event;
pub(in crate::clusters) mod list_pace;
mod list_queue;
pub(in crate::clusters) mod list_turns;
pub(in crate::clusters) mod target;
pub(in crate::clusters) mod sink;
pub(in crate::clusters) mod intake;
pub(in crate::clusters) mod revision_check;
pub(in crate::clusters) mod reflector;

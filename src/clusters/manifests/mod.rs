//! Manifest folders: a folder of Kubernetes YAML or JSON is a cluster.
//!
//! In: a directory that people and programs write into in their own ways. Out: `ClusterEvent`s.
//! [`read`] makes objects of a file's octets, [`folder`] keeps the books without touching a disk,
//! and [`watch`] is the task that looks, reads and sends.
//! Does not know what the facts mean together.

mod document;
mod unquoted;
pub mod read;
mod shared;
pub mod folder_scan;
mod file;
pub mod folder;
mod fs_events;
mod disk;
pub mod read_permits;
pub mod watch;

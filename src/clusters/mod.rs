//! Clusters: what watches them and says what they hold.
//!
//! In: Kubernetes objects, from files and from API servers; resolvers' answers for load-balancer
//! hostnames. Out: `ClusterEvent`s on a bounded channel, each with the name of its cluster, and
//! resolutions. Bad data is a flaw of the object, file or folder it stands in.
//! Does not know configuration, ground state, or who reads the channel.

pub mod kubernetes;
pub mod file_stamp;
pub mod watch_control;
pub mod watch_stats;
pub mod watch_panics;
pub mod manifests;
pub mod hostnames;
pub mod kubeconfig;
pub mod api;
pub mod list_watch;
pub mod cluster_watch;
pub mod registries;
#[doc(hidden)]
pub mod fuzzed;

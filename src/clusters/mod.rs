//! Clusters: what watches them and says what they hold.
//!
//! In: Kubernetes objects, from files today; resolvers' answers for load-balancer hostnames. Out:
//! `ClusterEvent`s on a bounded channel, each with the name of its cluster, and resolutions. Bad
//! data is a flaw of the object, file or folder it stands in.
//! Does not know configuration, ground state, or who reads the channel.

pub mod kubernetes;
pub mod manifests;
pub mod hostnames;

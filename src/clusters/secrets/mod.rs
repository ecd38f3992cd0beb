//! Secrets that each tell of a cluster: the conventions by which clusters are registered.
//!
//! In: Secrets of a namespace, as an API server shows them. Out: the clusters that they tell of,
//! and what is wrong with those that tell of none. What a Secret holds is shown to nobody: not in
//! complaints, not in logs, not by `Debug`.
//! Does not know how Secrets are watched, nor what an entry of a cluster may say.

mod held;
mod secret;
mod kubeconfig;
mod argo_cd;
mod layouts;
mod holdings;

pub use held::Held;
pub use holdings::{Found, Holdings};
pub(in crate::clusters) use kubeconfig::read as kubeconfig;
pub use kubeconfig::{Server, server};
pub use layouts::{Claim, claims};
pub use secret::Secret;

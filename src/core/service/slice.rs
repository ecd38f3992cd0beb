//! EndpointSlices: what one says of a service.
//!
//! In: names and numbers. Out: values that are kept in a shard. Does not know what follows from them.

use std::net::IpAddr;

use serde::{Deserialize, Serialize};

/// One endpoint's address.
#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Endpoint {
    /// Its address.
    pub address: IpAddr,
    /// Whether `conditions.ready` is true or absent.
    pub is_ready: bool,
}

/// What one EndpointSlice of a service says.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct SliceFacts {
    /// The slice's own name.
    pub name: Box<str>,
    /// Endpoints whose `conditions.ready` is true or absent.
    pub ready: u32,
    /// The other endpoints.
    pub not_ready: u32,
    /// Of those: the ones that are being ended and serve on, `conditions.serving` and `conditions.terminating`.
    pub terminating: u32,
    /// The addresses of both, as far as they are of use: see [`super::Shard::shed_endpoints`].
    pub endpoints: Vec<Endpoint>,
}

impl SliceFacts {
    /// Whether it is the same slice, and has endpoints, and ready ones, or not, as the other; and where none is
    /// ready, some that serve while they are ended, or not. Where one is ready those are nothing to anybody.
    pub(super) fn counts_as(&self, other: &Self) -> bool {
        let has = |it: &Self| {
            let is_ready = it.ready > 0;
            (is_ready, is_ready || it.not_ready > 0, !is_ready && it.terminating > 0)
        };
        self.name == other.name && has(self) == has(other)
    }
}

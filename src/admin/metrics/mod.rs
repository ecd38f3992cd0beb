//! Metrics in the two text forms of Prometheus.
//!
//! In: counters of workers, figures of the controller, what the system says of the process; all
//! read when asked for. Out: text, with its content type.
//! No label ever holds a service, a client or an address: the number of series is bounded by what
//! the configuration lists.

mod encode;
mod dns;
mod state;
mod watches;
mod process;
mod form;

use std::fmt;

use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, text};
use prometheus_client::metrics::MetricType;
use prometheus_client::registry::Registry;

pub(super) use form::Form;

use super::Sources;

/// Everything that is measured.
pub(super) struct Metrics {
    registry: Registry,
}

impl Metrics {
    pub(super) fn new(sources: Sources) -> Self {
        let mut registry = Registry::default();
        registry.register_collector(Box::new(Scrape { sources }));
        Self { registry }
    }

    /// The numbers of now.
    pub(super) fn text(&self, form: Form) -> String {
        let mut text = String::new();
        text::encode(&mut text, &self.registry).expect("writing into a string can not fail");
        form.of(text)
    }
}

/// Reads all numbers when they are asked for.
#[derive(Debug)]
struct Scrape {
    sources: Sources,
}

impl Collector for Scrape {
    fn encode(&self, mut encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let encoder = &mut encoder;
        build(encoder)?;
        dns::encode(&self.sources.counters, encoder)?;
        state::encode(&self.sources, encoder)?;
        watches::encode(&self.sources.stats, encoder)?;
        process::encode(encoder)
    }
}

fn build(encoder: &mut DescriptorEncoder<'_>) -> fmt::Result {
    let help = "The version that runs";
    encoder
        .encode_descriptor("fedns_build", help, None, MetricType::Info)?
        .encode_info(&[("version", env!("CARGO_PKG_VERSION"))])
}

#[cfg(test)]
mod tests;

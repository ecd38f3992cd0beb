//! The few shapes that our metrics have.
//!
//! In: a name, what it means, values. Out: lines of a scrape.
//! Does not know what is measured.

use std::fmt;

use prometheus_client::encoding::{
    DescriptorEncoder, EncodeCounterValue, EncodeGaugeValue, EncodeLabelSet, MetricEncoder,
    NoLabelSet,
};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::exemplar::Exemplar;

/// One number that goes up and down.
pub(super) fn gauge(
    encoder: &mut DescriptorEncoder<'_>,
    name: &str,
    help: &str,
    value: impl EncodeGaugeValue,
) -> fmt::Result {
    encoder.encode_descriptor(name, help, None, MetricType::Gauge)?.encode_gauge(&value)
}

/// One number that goes up and down for each value of a label.
pub(super) fn gauges<'w>(
    encoder: &mut DescriptorEncoder<'_>,
    name: &str,
    help: &str,
    label: &str,
    values: impl IntoIterator<Item = (&'w str, u64)>,
) -> fmt::Result {
    let mut metric = encoder.encode_descriptor(name, help, None, MetricType::Gauge)?;
    for (word, value) in values {
        metric.encode_family(&[(label, word)])?.encode_gauge(&value)?;
    }
    Ok(())
}

/// One number that only goes up; the encoder adds `_total` to its name.
pub(super) fn counter(
    encoder: &mut DescriptorEncoder<'_>,
    name: &str,
    help: &str,
    value: impl EncodeCounterValue + Clone,
) -> fmt::Result {
    count(encoder.encode_descriptor(name, help, None, MetricType::Counter)?, value)
}

/// One number that only goes up for each set of labels.
pub(super) fn counters<L: EncodeLabelSet>(
    encoder: &mut DescriptorEncoder<'_>,
    name: &str,
    help: &str,
    values: impl IntoIterator<Item = (L, u64)>,
) -> fmt::Result {
    let mut metric = encoder.encode_descriptor(name, help, None, MetricType::Counter)?;
    for (labels, value) in values {
        count(metric.encode_family(&labels)?, value)?;
    }
    Ok(())
}

fn count(mut metric: MetricEncoder<'_>, value: impl EncodeCounterValue) -> fmt::Result {
    let exemplar: Option<&Exemplar<NoLabelSet, f64>> = None;
    metric.encode_counter(&value, exemplar)
}

/// A histogram's values: `counts` holds one more than `bounds`, those above them all.
pub(super) fn histogram(
    metric: &mut MetricEncoder<'_>,
    bounds: impl IntoIterator<Item = f64>,
    counts: &[u64],
    sum: f64,
) -> fmt::Result {
    let bounds = bounds.into_iter().chain([f64::INFINITY]);
    let buckets: Vec<_> = bounds.zip(counts.iter().copied()).collect();
    metric.encode_histogram::<NoLabelSet>(sum, counts.iter().sum(), &buckets, None)
}

//! The rows of `global.jsonl` and `hostname.jsonl`, as they are written.

use std::collections::BTreeMap;
use std::net::IpAddr;

use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Row {
    pub(crate) id: String,
    pub(crate) op: Op,
    pub(crate) disposition: String,
    pub(crate) settings: Settings,
    pub(crate) clusters: Vec<Cluster>,
    pub(crate) service: Service,
    /// What a resolver says of hostnames; it denies all others.
    #[serde(default)]
    pub(crate) hosts: BTreeMap<String, Vec<IpAddr>>,
    pub(crate) query: Option<Question>,
    pub(crate) ours: Ours,
}

#[derive(Deserialize, Eq, PartialEq)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Op {
    Query,
    Recordset,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Settings {
    pub(crate) federation: String,
    pub(crate) suffix: String,
    pub(crate) default_ttl: Option<u32>,
    pub(crate) record_ttl: Option<u32>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Cluster {
    pub(crate) name: String,
    pub(crate) zones: Vec<String>,
    pub(crate) region: String,
    #[serde(default)]
    pub(crate) last_zones: Vec<String>,
    #[serde(default)]
    pub(crate) last_region: String,
    pub(crate) lb_ingress: Vec<Entry>,
    pub(crate) ready_endpoints: bool,
    pub(crate) registered: Option<bool>,
}

impl Cluster {
    /// A lost cluster keeps its last facts, its place among them.
    pub(crate) fn places(&self) -> (&str, &[String]) {
        let region = if self.region.is_empty() { &self.last_region } else { &self.region };
        (region, if self.zones.is_empty() { &self.last_zones } else { &self.zones })
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Entry {
    pub(crate) ip: Option<IpAddr>,
    pub(crate) hostname: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Service {
    pub(crate) name: String,
    pub(crate) namespace: String,
    #[serde(rename = "type")]
    pub(crate) kind: Option<String>,
    #[serde(default)]
    pub(crate) deleting: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Question {
    pub(crate) name: String,
    #[serde(rename = "type")]
    pub(crate) record_type: String,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Ours {
    pub(crate) rcode: String,
    pub(crate) answer: Vec<Line>,
    pub(crate) soa: Option<String>,
    pub(crate) records: Vec<Set>,
}

/// One record; what is absent is not promised.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Line {
    pub(crate) owner: String,
    #[serde(rename = "type")]
    pub(crate) record_type: String,
    pub(crate) ttl: Option<u32>,
    pub(crate) rdata: Option<String>,
}

/// All records of one owner and type.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Set {
    pub(crate) owner: String,
    #[serde(rename = "type")]
    pub(crate) record_type: String,
    pub(crate) ttl: u32,
    pub(crate) rdata: Vec<String>,
}

/// The rows of both files.
pub(crate) fn rows() -> Vec<Row> {
    let files = [include_str!("global.jsonl"), include_str!("hostname.jsonl")];
    let lines = files.into_iter().flat_map(str::lines);
    lines.map(|line| serde_json::from_str(line).unwrap_or_else(|e| panic!("{e}: {line}"))).collect()
}

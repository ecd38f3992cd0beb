//! One question put to [`answer`] without a socket, by the very function of the query path.
//!
//! In: a snapshot, a name, a type, who asks. Out: the octets of the reply, and [`ReplyNote`],
//! those octets as a document.
//! Does not know who wants to see it or how it is shown.

use std::net::IpAddr;
use std::time::Duration;

use hickory_proto::op::{Edns, Message, MessageType, OpCode, Query};
use hickory_proto::rr::rdata::opt::{EdnsCode, EdnsOption};
use hickory_proto::rr::{Name, Record, RecordType};
use hickory_proto::serialize::binary::{BinEncodable, DecodeError};
use serde::{Deserialize, Serialize};

use crate::core::answer::{Reply, Request, Scratch, Transport, answer};
use crate::core::asker::Asking;
use crate::core::name::{BadName, Label, QueryName};
use crate::core::snapshot::Snapshot;
use crate::core::time::Moment;
use crate::core::wire::Rcode;
use crate::presentation;

/// What is asked.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct LocalQuery {
    /// The name.
    pub name: Name,
    /// The type.
    pub record_type: RecordType,
    /// Who asks.
    pub client: IpAddr,
    /// The cluster whose own listener is asked, if any.
    pub cluster: Option<Label>,
}

/// Why a text is no query.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
pub enum BadLocalQuery {
    /// The name.
    #[error("\"{0}\" is no DNS name: {1}")]
    Name(String, String),
    /// The type.
    #[error("\"{0}\" is no record type; write A, AAAA, CNAME, SOA, NS, ANY or TYPE123")]
    RecordType(String),
    /// The cluster.
    #[error("\"{0}\" is no cluster's name: {1}")]
    Cluster(String, String),
}

/// A text as errors repeat it, in ASCII.
fn escaped(text: &str) -> String {
    text.escape_default().to_string()
}

impl LocalQuery {
    /// Reads a name, absolute with or without its final dot, and a type by name or number.
    ///
    /// # Errors
    /// Says which of the two can not be read.
    pub fn parse(name: &str, record_type: &str, client: IpAddr) -> Result<Self, BadLocalQuery> {
        let mut parsed = presentation::read_name(name).map_err(|bad| {
            let form = presentation::a_labels(name).map(|form| format!(": {form}"));
            BadLocalQuery::Name(escaped(name), format!("{bad}{}", form.unwrap_or_default()))
        })?;
        parsed.set_fqdn(true);
        let upper = record_type.to_ascii_uppercase();
        let by_number = upper.strip_prefix("TYPE").and_then(|digits| digits.parse::<u16>().ok());
        let record_type = match by_number {
            Some(number) => RecordType::from(number),
            None => upper.parse().map_err(|_| BadLocalQuery::RecordType(escaped(record_type)))?,
        };
        Ok(Self { name: parsed, record_type, client, cluster: None })
    }

    /// The same, asked at the listener of a cluster, if there is a name.
    ///
    /// # Errors
    /// A text that is no cluster's name.
    pub fn at_cluster(self, cluster: Option<&str>) -> Result<Self, BadLocalQuery> {
        let bad = |text: &str, why: BadName| BadLocalQuery::Cluster(escaped(text), why.to_string());
        let read = |text| Label::parse(text).map_err(|why| bad(text, why));
        Ok(Self { cluster: cluster.map(read).transpose()?, ..self })
    }

    /// Who asks, as the query path is told.
    pub fn asking(&self) -> Asking<'_> {
        Asking { client: self.client, listener: self.cluster.as_ref(), id: None }
    }

    /// The name as the query path reads it.
    pub fn query_name(&self) -> QueryName {
        let octets = self.name.to_bytes().expect("a name can be written");
        let mut name = QueryName::default();
        name.read(&octets, 0).expect("a name that was parsed has at most 255 octets");
        name
    }

    /// Asks `snapshot`; the reply is that of TCP, so that nothing is cut.
    pub fn ask(&self, snapshot: &Snapshot, now: Moment) -> Vec<u8> {
        let mut message = Message::new(0, MessageType::Query, OpCode::Query);
        message.add_query(Query::query(self.name.clone(), self.record_type));
        message.set_edns(Edns::new().set_max_payload(1232).set_version(0).clone());
        let packet = message.to_vec().expect("a name and a type can be written");
        let request = Request {
            packet: &packet,
            transport: Transport::Tcp,
            client: self.client,
            idle: Duration::ZERO,
            listener: self.cluster.as_ref(),
            now,
            draw: 0,
        };
        let mut buffer = vec![0; usize::from(u16::MAX)];
        let mut reply = Reply::new(&mut buffer);
        answer(snapshot, &request, &mut Scratch::default(), &mut reply);
        reply.octets().to_vec()
    }
}

/// A reply as a document, read by another decoder than our own: what is shown is what others see.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ReplyNote {
    /// The response code's name, such as `NOERROR`.
    pub rcode: String,
    /// Whether the answer comes from a zone of ours.
    pub is_authoritative: bool,
    /// The extended error (RFC 8914), by number.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub extended_error: Option<u16>,
    /// The answer section, in its order: the chain, then what stands at its end.
    pub answer: Vec<RecordNote>,
    /// The authority section.
    pub authority: Vec<RecordNote>,
    /// The additional section.
    pub additional: Vec<RecordNote>,
}

/// A record as a document.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct RecordNote {
    /// The owner.
    pub name: String,
    /// In seconds.
    pub ttl: u32,
    /// The type's name.
    #[serde(rename = "type")]
    pub record_type: String,
    /// The data in presentation form.
    pub data: String,
}

impl ReplyNote {
    /// Reads a reply that [`LocalQuery::ask`] gave, here or in another process.
    ///
    /// # Errors
    /// Octets that are no DNS message.
    pub fn read(octets: &[u8]) -> Result<Self, DecodeError> {
        let message = Message::from_vec(octets)?;
        let records = |section: &[Record]| section.iter().map(RecordNote::new).collect();
        Ok(Self {
            rcode: Rcode(u16::from(message.metadata.response_code)).as_str().to_owned(),
            is_authoritative: message.metadata.authoritative,
            extended_error: extended_error(&message),
            answer: records(&message.answers),
            authority: records(&message.authorities),
            additional: records(&message.additionals),
        })
    }
}

impl RecordNote {
    /// The note on a record.
    pub fn new(record: &Record) -> Self {
        Self {
            name: presentation::name(&record.name),
            ttl: record.ttl,
            record_type: presentation::record_type(record.record_type()),
            data: presentation::data(&record.data),
        }
    }
}

/// The extended error of a message, by number.
pub fn extended_error(message: &Message) -> Option<u16> {
    let mut options = message.edns.iter().flat_map(|edns| edns.options().as_ref());
    options.find_map(|option| match option {
        (EdnsCode::Unknown(15), EdnsOption::Unknown(_, data)) => match data[..] {
            [first, second, ..] => Some(u16::from_be_bytes([first, second])),
            _ => None,
        },
        _ => None,
    })
}

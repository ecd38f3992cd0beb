//! Failures: why a request to an API server did not bring what was asked for.
//!
//! In: errors of the client, responses and lines that are no success. Out: [`Failure`], in words for people
//! and by sort for decisions and metrics. Does not know what was asked.

use std::error::Error;
use std::fmt;
use std::io;
use std::time::Duration;

use serde::Deserialize;

use super::handshake;
use crate::clusters::watch_stats::ErrorSort;
use crate::core::printable::Printable;

/// Longest reason that is repeated, in characters.
const MAX_WORDS: usize = 300;

/// Why a request failed.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(in crate::clusters) enum Failure {
    /// Another cluster answers than before: the UIDs of their namespaces `kube-system`.
    AnotherCluster {
        /// The UID of the one before.
        before: Box<str>,
        /// The UID of the one that answers.
        now: Box<str>,
    },
    /// What came is not what an API server says.
    Garbage(Box<str>),
    /// The server says that it will not.
    Status {
        /// The HTTP status, or the code of a Status object.
        code: u16,
        /// What it says about it.
        message: Box<str>,
        /// How long to wait before asking again.
        retry_after: Option<Duration>,
    },
    /// Something took too long; says what.
    TimedOut(&'static str),
    /// There was no connection, or it broke.
    Unreachable(Box<str>),
}

impl Failure {
    /// The sort as which the failure is counted.
    pub(in crate::clusters) fn sort(&self) -> ErrorSort {
        match self {
            Self::Status { code: 403, .. } => ErrorSort::Forbidden,
            Self::AnotherCluster { .. } | Self::Garbage(_) => ErrorSort::Garbage,
            Self::Status { code: 410, .. } => ErrorSort::Gone,
            Self::Status { code: 429, .. } => ErrorSort::Throttled,
            Self::Status { code: 401, .. } => ErrorSort::Unauthorized,
            Self::Status { code: 500.., .. } => ErrorSort::Server,
            Self::Status { .. } => ErrorSort::Refused,
            Self::TimedOut(_) => ErrorSort::Timeout,
            Self::Unreachable(_) => ErrorSort::Unreachable,
        }
    }

    /// An error of a connection.
    pub(in crate::clusters) fn of_connection(error: &(dyn Error + 'static)) -> Self {
        let tls = tls_error(error).map(handshake::words);
        Self::Unreachable(brief(&tls.unwrap_or_else(|| words(error))))
    }

    /// The code, where the server said one.
    pub(in crate::clusters) fn code(&self) -> Option<u16> {
        match self {
            Self::Status { code, .. } => Some(*code),
            _ => None,
        }
    }

    /// How long the server wants to be left alone.
    pub(in crate::clusters) fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Status { retry_after, .. } => *retry_after,
            _ => None,
        }
    }
}

/// A Status, as lines of watches and bodies of refusals hold it.
#[derive(Debug, Default, Deserialize)]
struct Status {
    #[serde(default)]
    code: u16,
    #[serde(default)]
    message: String,
}

#[derive(Debug, Default, Deserialize)]
struct ErrorLine {
    #[serde(default)]
    object: Status,
}

/// What a line of type `ERROR` says.
pub(in crate::clusters) fn status(octets: &[u8]) -> Failure {
    let Status { code, message } =
        serde_json::from_slice::<ErrorLine>(octets).unwrap_or_default().object;
    Failure::Status { code, message: brief(&message), retry_after: None }
}

/// What the body of a refusal says: the message of a Status, else its text.
pub(in crate::clusters) fn message(body: &[u8]) -> Box<str> {
    match serde_json::from_slice::<Status>(body) {
        Ok(status) if !status.message.is_empty() => brief(&status.message),
        _ => brief(&String::from_utf8_lossy(body)),
    }
}

/// An error of the client that `dial` gives, for people: of what came nothing is repeated but what a
/// server says of a refusal.
pub fn in_words(error: &kube::Error) -> String {
    match error {
        kube::Error::Api(status) => format!("{} ({})", status.message, status.code),
        kube::Error::SerdeError(error) => {
            let (line, column) = (error.line(), error.column());
            format!("what came is not what was asked for (line {line}, column {column})")
        }
        // What it wraps says it all.
        kube::Error::Service(inner) => Failure::of_connection(&**inner).to_string(),
        error => Failure::of_connection(error).to_string(),
    }
}

/// The error of TLS among the causes. An error of input or output does not give what it holds as its
/// cause, and may hold another one.
fn tls_error<'e>(error: &'e (dyn Error + 'static)) -> Option<&'e rustls::Error> {
    let held = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
    let held = held.map(|held| -> &'e (dyn Error + 'static) { held });
    error.downcast_ref().or_else(|| held.or_else(|| error.source()).and_then(tls_error))
}

/// An error with its causes, but for those that it repeats itself.
fn words(error: &dyn Error) -> String {
    let mut words = error.to_string();
    let mut cause = error.source();
    while let Some(one) = cause {
        let text = one.to_string();
        if !words.contains(&text) {
            words = format!("{words}: {text}");
        }
        cause = one.source();
    }
    words
}

/// As much of a text as is repeated, on one line.
pub(in crate::clusters) fn brief(text: &str) -> Box<str> {
    let words: String = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let mut words = Printable(words).to_string();
    if let Some((end, _)) = words.char_indices().nth(MAX_WORDS) {
        words.truncate(end);
        words.push_str("...");
    }
    words.into()
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::AnotherCluster { before, now } => write!(
                f,
                "another cluster answers: its namespace kube-system has the UID {now}, and had \
                 {before}; what was read before stays. If that is meant, restart fedns"
            ),
            Self::Garbage(why) => {
                write!(f, "what came is no answer of an API server: {}", Printable(why))
            }
            Self::Status { code, message, .. } if message.is_empty() => {
                write!(f, "it says {code}")
            }
            Self::Status { code, message, .. } => write!(f, "it says {code}: {message}"),
            Self::TimedOut(what) => write!(f, "{what} took too long"),
            Self::Unreachable(why) => f.write_str(why),
        }
    }
}

//! The scalars of the file that are one of a few words.
//!
//! In: a scalar's text. Out: the choice, or which words there are and which may have been meant.
//! Does not know under which key a choice stands.

use crate::config::read::{Word, Wrong, closest, ticked};
use crate::core::policy::{Publish, WhenAllDown};

/// Declares how the words of a choice are written.
macro_rules! choice {
    ($type:ty { $($word:literal => $value:expr,)+ }) => {
        impl Word for $type {
            const EXPECTED: &str = concat!("one of", $(" `", $word, "`"),+);

            fn word(text: &str) -> Result<Self, Wrong> {
                match text {
                    $($word => Ok($value),)+
                    _ => Err(no_choice(text, &[$($word),+])),
                }
            }
        }
    };
}

fn no_choice(text: &str, words: &[&str]) -> Wrong {
    let expected = match words {
        [only] => format!("expected `{only}`"),
        _ => format!("expected one of {}", ticked(words)),
    };
    let wrong = Wrong::new(format!("{text:?} is not known"), expected);
    match closest(text, words) {
        Some(near) if words.len() > 1 => wrong.help(format!("did you mean `{near}`?")),
        _ => wrong,
    }
}

/// `apiVersion` of the one format there is.
#[derive(Clone, Copy, Debug)]
pub struct ApiVersion;

/// `kind` of the one format there is.
#[derive(Clone, Copy, Debug)]
pub struct Kind;

/// `kind` of a file of overrides.
#[derive(Clone, Copy, Debug)]
pub struct OverridesKind;

/// What an override does.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum OverrideKind {
    /// It drains.
    Drain,
    /// It pins a service to a cluster.
    Pin,
}

/// What becomes of a cluster's shards when the cluster falls silent.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum OnClusterLost {
    /// Its last facts stay.
    #[default]
    Keep,
    /// Its last facts stay while a probe of the addresses succeeds.
    Probe,
    /// Its shards are withdrawn.
    Withdraw,
}

/// The least important line that is logged.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum LogLevel {
    /// Only what ends something.
    Error,
    /// What someone should look at, too.
    Warn,
    /// Every change of a selection, too.
    #[default]
    Info,
    /// What the parts do, too.
    Debug,
    /// Everything.
    Trace,
}

/// How log lines look.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum LogFormat {
    /// Text in a terminal, JSON else.
    #[default]
    Auto,
    /// One JSON object a line.
    Json,
    /// Plain words.
    Text,
}

choice!(ApiVersion { "fedns.dev/v1" => Self, });
choice! {
    OverridesKind {
        "Overrides" => OverridesKind,
    }
}

choice! {
    OverrideKind {
        "drain" => Self::Drain,
        "pin" => Self::Pin,
    }
}

choice!(Kind { "Config" => Self, });
choice!(WhenAllDown {
    "nodata" => Self::Nodata,
    "nxdomain" => Self::Nxdomain,
    "all" => Self::All,
    "last" => Self::Last,
});
choice!(Publish { "all" => Self::All, "labelled" => Self::Labelled, });
choice!(OnClusterLost {
    "keep" => Self::Keep,
    "probe" => Self::Probe,
    "withdraw" => Self::Withdraw,
});
choice!(LogLevel {
    "error" => Self::Error,
    "warn" => Self::Warn,
    "info" => Self::Info,
    "debug" => Self::Debug,
    "trace" => Self::Trace,
});
choice!(LogFormat { "auto" => Self::Auto, "text" => Self::Text, "json" => Self::Json, });

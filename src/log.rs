//! The log: where it goes, what is in it and how it looks.
//!
//! In: the settings, and the environment (`FEDNS_LOG`, `NO_COLOR`). Out: lines on standard error.
//! Does not know who writes them.
//!
//! Our own lines are shown from the configured level on, those of libraries from `warn` on.
//! `FEDNS_LOG` overrides both, in the way of `RUST_LOG`: `debug`, or `info,rustls=debug`. Lines of the
//! Kubernetes client are never shown: it repeats what came where it can not read that, Secrets too, and
//! what failed is told by whoever asked.

use std::cell::RefCell;
use std::env;
use std::fmt::{self, Debug, Write as _};
use std::io::{self, IsTerminal, Write};
use std::str::FromStr;
use std::thread;

use tracing::field::{Field, Visit};
use tracing_subscriber::field::RecordFields;
use tracing_subscriber::filter::{EnvFilter, FilterFn, LevelFilter, ParseError, filter_fn};
use tracing_subscriber::fmt::FormatFields;
use tracing_subscriber::fmt::format::Writer;
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::reload;
use tracing_subscriber::util::{SubscriberInitExt, TryInitError};
use tracing_subscriber::{Layer, Registry, fmt as shown};

use crate::config::{self, LogFormat as Format, LogLevel as Level};
use crate::core::printable::{Tame, json};
use crate::panics;

/// The variable that overrides the configured level.
const VARIABLE: &str = "FEDNS_LOG";

/// A log that can not be set up.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    /// Something else has set up a log in this process.
    #[error("the log is set up already: {0}")]
    Already(#[from] TryInitError),
    /// The variable does not say what to show.
    #[error("FEDNS_LOG={value:?} can not be read: {reason}; write `debug` or `info,rustls=debug`")]
    BadVariable {
        /// What it says.
        value: String,
        /// What is wrong with it.
        reason: ParseError,
    },
}

/// The log that is running.
#[derive(Debug)]
pub struct Log {
    filter: reload::Handle<EnvFilter, Registry>,
    is_overridden: bool,
}

impl Log {
    /// Shows our lines from another level on, unless `FEDNS_LOG` decides that.
    pub fn change_level(&self, level: Level) {
        if !self.is_overridden {
            // It fails only once the log is gone, and then nothing is shown anyway.
            let _ = self.filter.reload(filter_of(level));
        }
    }
}

/// Starts the log of this process.
pub fn start(settings: config::Log) -> Result<Log, LogError> {
    let variable = env::var(VARIABLE).ok().filter(|value| !value.is_empty());
    let is_overridden = variable.is_some();
    let (filter, handle) = reload::Layer::new(filter(settings.level, variable)?);
    let has_no_color = env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
    let look = Look::of(settings.format, io::stderr().is_terminal(), has_no_color);
    let lines = shown::layer().with_ansi(look == Look::Colored);
    let lines = match look {
        Look::Json => lines.json().flatten_event(true).with_writer(|| Events(Some(json))).boxed(),
        Look::Colored | Look::Plain => {
            lines.fmt_fields(Fields).with_writer(|| Events(None)).boxed()
        }
    };
    tracing_subscriber::registry().with(filter).with(discreet()).with(lines).try_init()?;
    panics::tell_panics(|panic, _| {
        let thread = thread::current();
        let thread = thread.name().unwrap_or("without a name");
        tracing::error!("thread {thread}: {panic}: this is a fault of fedns; please report it");
    });
    Ok(Log { filter: handle, is_overridden })
}

/// The fields of an event as text, on the event's own line and fit to be printed.
struct Fields;

impl<'w> FormatFields<'w> for Fields {
    fn format_fields<R: RecordFields>(&self, writer: Writer<'w>, fields: R) -> fmt::Result {
        let mut line = Line { writer, is_begun: false, done: Ok(()) };
        fields.record(&mut line);
        line.done
    }
}

struct Line<'w> {
    writer: Writer<'w>,
    is_begun: bool,
    done: fmt::Result,
}

impl Visit for Line<'_> {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        // Libraries that write through the crate `log` bring fields that repeat where an event is from.
        if self.done.is_err() || field.name().starts_with("log.") {
            return;
        }
        let gap = if std::mem::replace(&mut self.is_begun, true) { " " } else { "" };
        let mut line = Tame::line(&mut self.writer);
        self.done = match field.name() {
            "message" => write!(line, "{gap}{value:?}"),
            name => write!(line, "{gap}{name}={value:?}"),
        };
    }
}

thread_local! {
    /// Lines of this thread that are written together, while some are.
    static TOGETHER: RefCell<Option<Vec<u8>>> = const { RefCell::new(None) };
}

/// Writes the lines that `tell` tells by one call of the system, where each would be a call of its own. They
/// are written however `tell` ends.
pub fn together(tell: impl FnOnce()) {
    struct Written;
    impl Drop for Written {
        fn drop(&mut self) {
            let lines = TOGETHER.take();
            lines.into_iter().for_each(|lines| _ = io::stderr().write_all(&lines));
        }
    }
    let _written = Written;
    TOGETHER.set(Some(Vec::new()));
    tell();
}

/// Where events go, each written at once unless several are written together; what they are made into on
/// the way. An end that nobody reads any more is no reason to end.
struct Events(Option<fn(&str) -> String>);

impl Write for Events {
    fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
        match self.0 {
            Some(made) => write_line(made(&String::from_utf8_lossy(octets)).as_bytes()),
            None => write_line(octets),
        }
        Ok(octets.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn write_line(line: &[u8]) {
    TOGETHER.with_borrow_mut(|together| match together {
        Some(lines) => lines.extend_from_slice(line),
        None => _ = io::stderr().write_all(line),
    });
}

/// How lines really look.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Look {
    Colored,
    Json,
    Plain,
}

impl Look {
    fn of(format: Format, is_terminal: bool, has_no_color: bool) -> Self {
        match format {
            Format::Json => Self::Json,
            Format::Auto if !is_terminal => Self::Json,
            Format::Auto | Format::Text if is_terminal && !has_no_color => Self::Colored,
            Format::Auto | Format::Text => Self::Plain,
        }
    }
}

fn filter(level: Level, variable: Option<String>) -> Result<EnvFilter, LogError> {
    let Some(value) = variable else { return Ok(filter_of(level)) };
    EnvFilter::builder()
        .with_default_directive(LevelFilter::WARN.into())
        .parse(&value)
        .map_err(|reason| LogError::BadVariable { value, reason })
}

/// Lets nothing through that may repeat a Secret, whatever is asked for.
fn discreet() -> FilterFn {
    filter_fn(|line| line.target() != "kube" && !line.target().starts_with("kube_"))
}

/// The filter's word for a level.
fn word(level: Level) -> &'static str {
    match level {
        Level::Error => "error",
        Level::Warn => "warn",
        Level::Info => "info",
        Level::Debug => "debug",
        Level::Trace => "trace",
    }
}

fn filter_of(level: Level) -> EnvFilter {
    EnvFilter::from_str(&format!("warn,fedns={}", word(level)))
        .expect("both levels are words that the filter knows")
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;

    #[test]
    fn auto_is_text_in_a_terminal_and_json_elsewhere() {
        assert_eq!(Look::of(Format::Auto, true, false), Look::Colored);
        assert_eq!(Look::of(Format::Auto, true, true), Look::Plain);
        assert_eq!(Look::of(Format::Auto, false, false), Look::Json);
        assert_eq!(Look::of(Format::Text, false, false), Look::Plain);
        assert_eq!(Look::of(Format::Json, true, false), Look::Json);
    }

    #[test]
    fn the_level_is_ours_alone() {
        for level in [Level::Error, Level::Warn, Level::Info, Level::Debug, Level::Trace] {
            let directives = filter_of(level).to_string();
            assert!(directives.contains(&format!("fedns={}", word(level))), "{directives}");
            assert!(directives.contains("warn"), "{directives}");
        }
    }

    #[test]
    fn the_variable_wins_and_its_faults_are_told() {
        let read = |value: &str| filter(Level::Info, Some(value.to_owned()));
        assert_eq!(read("debug").expect("a level").to_string(), "debug");
        let error = read("fedns=loud").expect_err("no level").to_string();
        assert!(error.starts_with("FEDNS_LOG=\"fedns=loud\" can not be read: "), "{error}");
    }

    #[test]
    fn nobody_asks_for_lines_that_repeat_secrets() {
        let lines = Arc::<Mutex<Vec<u8>>>::default();
        let writer = Arc::clone(&lines);
        let all = filter(Level::Trace, Some("trace,kube_client=trace".into())).expect("levels");
        let show = shown::layer().with_writer(move || Lines(Arc::clone(&writer)));
        let subscriber = tracing_subscriber::registry().with(all).with(discreet()).with(show);
        tracing::subscriber::with_default(subscriber, || {
            tracing::warn!(target: "kube_client::client", "s3cret");
            tracing::error!(target: "kube", "s3cret");
            tracing::trace!(target: "rustls", "a line");
        });
        let lines = String::from_utf8(lines.lock().expect("lines").clone()).expect("text");
        assert!(lines.contains("a line") && !lines.contains("s3cret"), "{lines}");
    }

    /// Where lines go.
    struct Lines(Arc<Mutex<Vec<u8>>>);

    impl Write for Lines {
        fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
            self.0.lock().expect("lines").extend_from_slice(octets);
            Ok(octets.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
}

//! Plain scalars that YAML reads as something else than the text they look like: `zone: no` is false to
//! kubectl, `zone: 0x1F` is 31 to everybody.
//!
//! In: the text of a YAML document. Out: where such a scalar stands in the place of a name, a label or
//! an annotation that means something here, and of which object. The document is only walked through
//! where its text may hold one.
//! Does not know what becomes of the object.

use serde_saphyr::granit_parser::{Event, Options, Parser, ScalarStyle};

use crate::core::complaint::Flaw;

/// Labels and annotations that mean something here.
const KEYS: [&str; 7] = [
    "failure-domain.beta.kubernetes.io/region",
    "failure-domain.beta.kubernetes.io/zone",
    "fedns.dev/publish",
    "fedns.dev/ttl",
    "kubernetes.io/service-name",
    "topology.kubernetes.io/region",
    "topology.kubernetes.io/zone",
];
/// Words that YAML 1.1, which kubectl reads, takes for truth values; one letter alone is left to
/// those who are called so.
const TRUTHS: [&str; 6] = ["yes", "no", "on", "off", "true", "false"];

/// Complaints about the document that starts behind `line` lines of its file.
pub(super) fn find(text: &str, line: u64) -> Vec<Flaw> {
    if may_hold_one(text) { Walk::new(text, line).run() } else { Vec::new() }
}

/// Whether such a scalar may stand there: a look at what stands behind every `: `.
fn may_hold_one(text: &str) -> bool {
    let is_one = |(at, _)| {
        let (before, behind): (&str, &str) = text.split_at(at);
        let key = before.trim_end_matches(['"', '\'']);
        let key = key.rsplit([' ', '\n', '\t', '{', ',', '"', '\'']).next().unwrap_or_default();
        let value = behind[1..].trim_start_matches(' ');
        let value = value.split([' ', ',', '}', '\r', '\n', '\t']).next().unwrap_or_default();
        is_known(key) && is_read_as(value).is_some()
    };
    text.match_indices(": ").any(is_one)
}

fn is_known(key: &str) -> bool {
    matches!(key, "name" | "namespace") || KEYS.contains(&key)
}

/// What YAML reads a plain scalar as, where that is no text.
fn is_read_as(plain: &str) -> Option<&'static str> {
    if TRUTHS.iter().any(|word| {
        let upper = word.to_ascii_uppercase();
        let title = [&upper[..1], &word[1..]].concat();
        plain == *word || plain == upper || plain == title
    }) {
        return Some("a truth value");
    }
    let digits = plain.strip_prefix(['+', '-']).unwrap_or(plain);
    let is_of = |rest: &str, base| {
        !rest.is_empty() && rest.chars().all(|it| it == '_' || it.is_digit(base))
    };
    let based = [("0x", 16), ("0o", 8), ("0b", 2)];
    let is_number = based
        .iter()
        .any(|(prefix, base)| digits.strip_prefix(prefix).is_some_and(|rest| is_of(rest, *base)))
        || (digits.starts_with(|it: char| it.is_ascii_digit() || it == '.')
            && digits.replace('_', "").parse::<f64>().is_ok());
    is_number.then_some("a number")
}

/// Whether such a scalar is the very text that stands there, once it is read and written again.
fn is_same(plain: &str) -> bool {
    let is_plain_number = plain.parse::<u64>().is_ok_and(|number| number.to_string() == plain);
    is_plain_number || matches!(plain, "true" | "false")
}

/// A mapping or a list that is open.
struct Frame {
    is_mapping: bool,
    key: Option<String>,
}

/// An object, as far as it was walked through.
#[derive(Default)]
struct Object {
    kind: String,
    namespace: String,
    name: String,
    found: Vec<(u64, String, String)>,
}

struct Walk<'t> {
    text: &'t str,
    line: u64,
    frames: Vec<Frame>,
    /// The document's own object, and the item of its list that is open.
    objects: [Object; 2],
    flaws: Vec<Flaw>,
}

impl<'t> Walk<'t> {
    fn new(text: &'t str, line: u64) -> Self {
        Self { text, line, frames: Vec::new(), objects: Default::default(), flaws: Vec::new() }
    }

    fn run(mut self) -> Vec<Flaw> {
        let mut options = Options::default();
        options.emit_unresolved_aliases = true;
        options.set_emit_comments(false);
        let mut parser = Parser::new_from_str_with_options(self.text, options);
        // What can not be parsed was refused already.
        while let Some(Ok((event, span))) = parser.next_event() {
            match event {
                Event::MappingStart(..) => self.frames.push(Frame { is_mapping: true, key: None }),
                Event::SequenceStart(..) => {
                    self.frames.push(Frame { is_mapping: false, key: None })
                }
                Event::MappingEnd | Event::SequenceEnd => {
                    self.frames.pop();
                    if self.frames.len() == 2 && self.is_in_items() {
                        self.end_object(1);
                    }
                    self.end_value();
                }
                Event::Scalar(text, style, ..) => {
                    let at = span.byte_range().map_or(0, |range| range.start);
                    self.scalar(&text, style == ScalarStyle::Plain, at);
                }
                Event::Alias(..) | Event::UnresolvedAlias(..) => self.end_value(),
                Event::StreamEnd => break,
                _ => {}
            }
        }
        self.end_object(0);
        self.flaws
    }

    fn is_in_items(&self) -> bool {
        let key = self.frames.first().and_then(|frame| frame.key.as_deref());
        key == Some("items") && self.frames.get(1).is_some_and(|frame| !frame.is_mapping)
    }

    fn end_value(&mut self) {
        if let Some(frame) = self.frames.last_mut() {
            frame.key = None;
        }
    }

    fn scalar(&mut self, text: &str, is_plain: bool, at: usize) {
        let Some(frame) = self.frames.last_mut() else { return };
        if frame.is_mapping && frame.key.is_none() {
            frame.key = Some(text.to_owned());
            return;
        }
        let is_item = self.is_in_items();
        let skipped = if is_item { 2 } else { 0 };
        let keys = self.frames.iter().skip(skipped).filter_map(|frame| frame.key.as_deref());
        let keys: Vec<&str> = keys.collect();
        let object = &mut self.objects[usize::from(is_item)];
        let is_named = match keys[..] {
            ["kind"] => {
                text.clone_into(&mut object.kind);
                false
            }
            ["metadata", "name"] => {
                text.clone_into(&mut object.name);
                true
            }
            ["metadata", "namespace"] => {
                text.clone_into(&mut object.namespace);
                true
            }
            ["metadata", "labels", key] => KEYS.contains(&key),
            // These are meant as they stand: `fedns.dev/ttl: 30`.
            ["metadata", "annotations", key] => KEYS.contains(&key) && !is_same(text),
            _ => false,
        };
        if let Some(read_as) = is_read_as(text).filter(|_| is_plain && is_named) {
            let before = self.text.get(..at).unwrap_or_default();
            let line =
                self.line + 1 + before.bytes().filter(|octet| *octet == b'\n').count() as u64;
            let what = format!("{}: {text} is {read_as} in YAML", keys.join("."));
            object.found.push((line, what, text.to_owned()));
        }
        self.end_value();
    }

    /// Tells what was found in an object that is complete.
    fn end_object(&mut self, which: usize) {
        let Object { kind, namespace, name, found } = std::mem::take(&mut self.objects[which]);
        // Other kinds are others' matter; an item may leave its kind to its list.
        if !matches!(&*kind, "" | "EndpointSlice" | "Node" | "Service") {
            return;
        }
        let kind = if kind.is_empty() { "object" } else { &kind };
        let slash = if namespace.is_empty() { "" } else { "/" };
        self.flaws.extend(found.into_iter().map(|(line, what, plain)| {
            let object = format!("{kind} {namespace}{slash}{name}");
            Flaw::Unquoted(format!("line {line}, {object}: {what}; write \"{plain}\"").into())
        }));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_yaml_reads_otherwise_is_told_from_text() {
        for plain in [
            "no", "No", "NO", "yes", "on", "OFF", "True", "FALSE", "0x1F", "0o17", "0b1", "1_000",
            "1e3", ".5", "1.", "-7", "+7", "010", "31",
        ] {
            assert!(is_read_as(plain).is_some(), "{plain}");
        }
        for text in
            ["n", "y", "nO", "a1", "1a", "0xg", "10.0.0.1", "1-2", "e3", "", ".", "-", "north"]
        {
            assert!(is_read_as(text).is_none(), "{text}");
        }
    }

    #[test]
    fn only_what_means_something_here_is_looked_at() {
        let told = |text: &str| find(text, 0).iter().map(ToString::to_string).collect::<Vec<_>>();
        let service = "kind: Service\nmetadata:\n  name: cart\n  namespace: no\n";
        assert_eq!(told(service).len(), 1);
        assert!(told(&service.replace("no\n", "\"no\"\n")).is_empty());
        assert!(told(&service.replace("no\n", "'0x1F'\n")).is_empty());
        assert!(told(&service.replace("Service", "ConfigMap")).is_empty());
        let block = "kind: Node\nmetadata: {name: n}\ndata: |\n  metadata:\n    name: no\n";
        assert!(told(block).is_empty());
        assert!(
            told("kind: Node\n# name: no\nmetadata: {name: n, labels: {app: no}}\n").is_empty()
        );
    }
}

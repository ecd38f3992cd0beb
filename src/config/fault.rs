//! Faults: what is wrong with a configuration file, where, and what to do about it.
//!
//! In: octet ranges of the source and words. Out: [`Faults`], all of them at once, rendered as
//! rustc renders its errors: title, file:line:column, the line itself, a mark, a help.
//! Does not know YAML or what any key means.

use std::borrow::Cow;
use std::fmt;
use std::ops::Range;
use std::path::{Path, PathBuf};

use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};

use crate::core::printable::{self, Printable};

/// One thing that is wrong.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Fault {
    /// The octets of the source that it is about; `None` where there is no source.
    pub span: Option<Range<usize>>,
    /// What is wrong, in one sentence.
    pub title: String,
    /// What stands under the mark: why, or what was expected.
    pub label: String,
    /// An earlier place that it has to do with.
    pub earlier: Option<Earlier>,
    /// What to do about it.
    pub help: Option<String>,
}

/// A place before that of a fault, without which it would be none.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Earlier {
    /// Its octets of the source.
    pub span: Range<usize>,
    /// What stands under its mark: what it is.
    pub label: String,
}

/// A place in a file as people count: both from 1, the column in characters.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Position {
    /// The line.
    pub line: usize,
    /// The column.
    pub column: usize,
}

impl Fault {
    pub(super) fn at(span: &Range<usize>, title: impl Into<String>) -> Self {
        Self { span: Some(span.clone()), ..Self::without_source(title) }
    }

    pub(super) fn without_source(title: impl Into<String>) -> Self {
        Self { span: None, title: title.into(), label: String::new(), earlier: None, help: None }
    }

    pub(super) fn label(self, label: impl Into<String>) -> Self {
        Self { label: label.into(), ..self }
    }

    pub(super) fn earlier(self, span: &Range<usize>, label: impl Into<String>) -> Self {
        Self { earlier: Some(Earlier { span: span.clone(), label: label.into() }), ..self }
    }

    pub(super) fn help(self, help: impl Into<String>) -> Self {
        Self { help: Some(help.into()), ..self }
    }
}

/// A source text with the starts of its lines.
#[derive(Clone, Debug)]
pub(super) struct Source {
    pub(super) path: PathBuf,
    text: String,
    line_starts: Vec<usize>,
}

impl Source {
    pub(super) fn new(path: &Path, text: &str) -> Self {
        let after_breaks = text.bytes().enumerate().filter(|(_, octet)| *octet == b'\n');
        let line_starts = std::iter::once(0).chain(after_breaks.map(|(at, _)| at + 1)).collect();
        Self { path: path.to_owned(), text: text.to_owned(), line_starts }
    }

    /// The place of an octet.
    pub(super) fn position(&self, at: usize) -> Position {
        let line = self.line_of(at);
        let before = self.text.get(self.line_starts[line]..at).unwrap_or_default();
        Position { line: line + 1, column: before.chars().count() + 1 }
    }

    fn line_of(&self, at: usize) -> usize {
        self.line_starts.partition_point(|start| *start <= at).saturating_sub(1)
    }

    /// The part of `span` on its first line, without blanks at its end: a mark over many lines
    /// hides what it points at.
    fn on_one_line(&self, span: &Range<usize>) -> Range<usize> {
        let covered = self.text.get(span.clone()).unwrap_or_default();
        let first = covered.lines().next().unwrap_or_default().trim_end();
        span.start..span.start + first.len()
    }

    /// The lines that hold all of `spans`.
    fn lines_around(&self, spans: &[Range<usize>]) -> Excerpt<'_> {
        let first = spans.iter().map(|span| self.line_of(span.start)).min().unwrap_or(0);
        let last = spans.iter().map(|span| self.line_of(span.end)).max().unwrap_or(0);
        let start = self.line_starts[first];
        let end = self.line_starts.get(last + 1).copied().unwrap_or(self.text.len());
        Excerpt { lines: &self.text[start..end], start, first_line: first + 1 }
    }
}

/// Some lines of a source.
struct Excerpt<'s> {
    lines: &'s str,
    /// The octet of the source that they begin at.
    start: usize,
    /// The number of the first, from 1.
    first_line: usize,
}

/// All faults of one file, in the order of the file; never empty.
#[derive(Clone, Debug)]
pub struct Faults {
    source: Source,
    list: Vec<Fault>,
}

impl Faults {
    pub(super) fn new(source: Source, mut list: Vec<Fault>) -> Self {
        list.sort_by_key(|fault| fault.span.as_ref().map(|span| span.start));
        Self { source, list }
    }

    /// The faults, in the order of the file.
    pub fn iter(&self) -> impl Iterator<Item = &Fault> {
        self.list.iter()
    }

    /// How many there are.
    pub fn count(&self) -> usize {
        self.list.len()
    }

    /// The place of a fault, where it has one.
    pub fn position(&self, fault: &Fault) -> Option<Position> {
        fault.span.as_ref().map(|span| self.source.position(span.start))
    }

    /// All faults as text, one blank line between them, with colours for a terminal if asked.
    pub fn render(&self, is_coloured: bool) -> String {
        let renderer = if is_coloured { Renderer::styled() } else { Renderer::plain() };
        let each: Vec<String> =
            self.list.iter().map(|fault| self.render_one(&renderer, fault)).collect();
        each.join("\n\n")
    }

    fn render_one(&self, renderer: &Renderer, fault: &Fault) -> String {
        let path = Printable(self.source.path.display()).to_string();
        let title = Printable(&fault.title).to_string();
        let Some(span) = &fault.span else {
            return renderer.render(&[Group::with_title(
                Level::ERROR.primary_title(format!("{path}: {title}")),
            )]);
        };
        let mut marked = vec![self.source.on_one_line(span)];
        marked.extend(fault.earlier.iter().map(|it| self.source.on_one_line(&it.span)));
        let Excerpt { lines, start, first_line } = self.source.lines_around(&marked);
        let within = |span: &Range<usize>| span.start - start..span.end - start;
        let primary = AnnotationKind::Primary.span(within(&marked[0]));
        let label = printable::lines(&fault.label);
        let primary = match label.as_str() {
            "" => primary,
            label => primary.label(label),
        };
        let earlier =
            marked.get(1).zip(fault.earlier.as_ref()).map(|(span, Earlier { label, .. })| {
                AnnotationKind::Context.span(within(span)).label(printable::lines(label))
            });
        let snippet = Snippet::source(harmless(lines))
            .line_start(first_line)
            .path(path)
            .annotation(primary)
            .annotations(earlier);
        let help = fault.help.as_ref().map(|help| Level::HELP.message(printable::lines(help)));
        let title = Level::ERROR.primary_title(title);
        renderer.render(&[title.element(snippet).elements(help)])
    }
}

/// Lines of a file without what a terminal obeys beyond ASCII, which is shown as question marks, one
/// an octet, so that marks stay where they are. Of ASCII the renderer shows pictures.
fn harmless(lines: &str) -> Cow<'_, str> {
    let is_obeyed = |it: char| !it.is_ascii() && printable::is_obeyed(it);
    if !lines.contains(is_obeyed) {
        return lines.into();
    }
    let shown = lines.chars().map(|it| match is_obeyed(it) {
        true => "?".repeat(it.len_utf8()),
        false => it.to_string(),
    });
    shown.collect::<String>().into()
}

impl fmt::Display for Faults {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.render(false))
    }
}

impl std::error::Error for Faults {}

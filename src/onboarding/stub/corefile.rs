//! A Corefile, read as far as its server blocks.
//!
//! In: text. Out: [`Corefile`]: server blocks with their keys and directives, those out of snippets
//! among them; what is imported from files; comments at the margin; each with its line.
//! Reads as CoreDNS does (lines, braces, snippets and where they are imported), and refuses what
//! CoreDNS would.
//! Does not know what plugins' words mean, what stands in imported files, or an environment.

use std::collections::HashMap;
use std::ops::Range;
use std::rc::Rc;

use super::key::Key;
use super::lexer::{BadCorefile, Comment, Word, lex, written};

/// How many times snippets are imported at most, as in CoreDNS.
const MOST_EXPANSIONS: usize = 10_000;
/// How many words come out of snippets at most: whoever imports in circles is stopped early.
const MOST_IMPORTED: usize = 200_000;

/// What is read of a Corefile.
#[derive(Debug, Default)]
pub(super) struct Corefile {
    pub(super) blocks: Vec<Block>,
    /// Files imported between the blocks.
    pub(super) imports: Vec<Import>,
    /// Comments that stand outside of braces, alone on their line.
    pub(super) comments: Vec<Comment>,
    /// Comments inside braces.
    pub(super) inner_comments: Vec<Comment>,
}

/// A server block.
#[derive(Debug)]
pub(super) struct Block {
    pub(super) keys: Vec<Key>,
    pub(super) line: usize,
    /// From its first key to the end of its last word, in octets.
    pub(super) span: Range<usize>,
    pub(super) directives: Vec<Directive>,
    /// Files imported into it, outside of inner braces.
    pub(super) imports: Vec<Import>,
}

/// What a line of a server block says, inner braces included.
#[derive(Debug)]
pub(super) struct Directive {
    /// Its first word.
    pub(super) name: Rc<str>,
    /// The line, in a snippet maybe.
    pub(super) line: usize,
    /// What follows.
    words: Vec<Word>,
}

/// A line `import PATTERN` that names no snippet.
#[derive(Clone, Debug)]
pub(super) struct Import {
    pub(super) pattern: Rc<str>,
    pub(super) line: usize,
}

impl Block {
    /// Its lines that begin with a word.
    pub(super) fn named<'a>(&'a self, name: &str) -> impl Iterator<Item = &'a Directive> {
        self.directives.iter().filter(move |it| &*it.name == name)
    }
}

impl Directive {
    /// Its lines, without braces: first what stands on its own line, then each line inside.
    pub(super) fn lines(&self) -> impl Iterator<Item = Vec<&str>> {
        let mut lines: Vec<Vec<&str>> = vec![Vec::new()];
        let mut last = self.line;
        for word in self.words.iter() {
            if word.line != last && lines.last().is_some_and(|it| !it.is_empty()) {
                lines.push(Vec::new());
            }
            match (&*word.text, lines.last_mut()) {
                ("{" | "}", _) => lines.push(Vec::new()),
                (text, Some(line)) => line.push(text),
                _ => {}
            }
            last = word.last_line();
        }
        let mut is_first = true;
        lines.into_iter().filter(move |line| std::mem::take(&mut is_first) || !line.is_empty())
    }

    /// What stands on its own line, behind its name.
    pub(super) fn arguments(&self) -> Vec<&str> {
        self.lines().next().unwrap_or_default()
    }

    /// It as lines of a Corefile, in the same words.
    pub(super) fn text(&self) -> Vec<String> {
        let write = |words: &[&str]| -> String {
            words.iter().map(|word| format!(" {}", written(word))).collect()
        };
        let lines: Vec<_> = self.lines().collect();
        let (first, inner) =
            lines.split_first().map_or((&[][..], &[][..]), |(it, rest)| (&it[..], rest));
        let mut text = vec![format!("{}{}", self.name, write(first))];
        if !inner.is_empty() {
            text[0].push_str(" {");
            text.extend(inner.iter().map(|line| format!("   {}", write(line))));
            text.push("}".to_owned());
        }
        text
    }
}

impl Corefile {
    /// Reads a text.
    ///
    /// # Errors
    /// CoreDNS would not start with it.
    pub(super) fn read(text: &str) -> Result<Self, BadCorefile> {
        let (mut words, comments) = lex(text)?;
        words.reverse();
        let mut reader = Reader { rest: words, ..Reader::default() };
        let mut corefile = Self::default();
        let mut snippets = Vec::new();
        while reader.peek().is_some() {
            reader.block(&mut corefile, &mut snippets)?;
        }
        let inside = |comment: &Comment| {
            let holds = |span: &Range<usize>| span.contains(&comment.span.start);
            corefile.blocks.iter().any(|it| holds(&it.span)) || snippets.iter().any(holds)
        };
        (corefile.inner_comments, corefile.comments) = comments.into_iter().partition(inside);
        Ok(corefile)
    }
}

/// Words that are still to be read, and what is known of those before.
#[derive(Default)]
struct Reader {
    /// The last is the next.
    rest: Vec<Word>,
    /// The line on which the word before ended.
    last_line: Option<usize>,
    /// Where the word before ended.
    end: usize,
    /// Whether the word before was `}`.
    has_closed: bool,
    snippets: HashMap<Rc<str>, Vec<Word>>,
    expansions: usize,
    imported: usize,
}

impl Reader {
    fn peek(&self) -> Option<&Word> {
        self.rest.last()
    }

    fn next(&mut self) -> Option<Word> {
        let word = self.rest.pop()?;
        self.last_line = Some(word.last_line());
        self.end = word.span.end;
        self.has_closed = &*word.text == "}";
        Some(word)
    }

    fn next_is(&self, text: &str) -> bool {
        self.peek().is_some_and(|word| &*word.text == text)
    }

    /// Whether the next word stands below the word before. Out of a snippet, words bring the lines
    /// on which they stand there.
    fn opens_line(&self) -> bool {
        let next = self.peek().map(|word| word.line);
        next.is_some_and(|next| self.last_line.is_none_or(|last| last < next))
    }

    fn next_on_line(&mut self) -> Option<Word> {
        let is_there = self.peek().is_some_and(|word| Some(word.line) == self.last_line);
        if is_there { self.next() } else { None }
    }

    /// Reads the block or the snippet that comes next.
    fn block(
        &mut self,
        corefile: &mut Corefile,
        snippets: &mut Vec<Range<usize>>,
    ) -> Result<(), BadCorefile> {
        let keys = self.keys(&mut corefile.imports)?;
        let Some(first) = keys.first() else {
            return match self.peek() {
                Some(word) => Err(BadCorefile::new(word.line, "a block without a zone")),
                None => Ok(()),
            };
        };
        let (line, start) = (first.line, first.span.start);
        if let [only] = &keys[..]
            && let Some(name) = only.text.strip_prefix('(').and_then(|it| it.strip_suffix(')'))
            && self.peek().is_some()
        {
            self.snippet(name.into(), line)?;
            snippets.push(start..self.end);
            return Ok(());
        }
        let parsed = keys.iter().map(|word| {
            Key::parse(&word.text)
                .map_err(|what| BadCorefile::new(word.line, format!("`{}`: {what}", word.text)))
        });
        let mut block = Block {
            keys: parsed.collect::<Result<_, _>>()?,
            line,
            span: start..start,
            directives: Vec::new(),
            imports: Vec::new(),
        };
        self.body(&mut block)?;
        block.span.end = self.end;
        corefile.blocks.push(block);
        Ok(())
    }

    /// Reads the keys of a block, without their commas, as far as its brace or the next line.
    fn keys(&mut self, imports: &mut Vec<Import>) -> Result<Vec<Word>, BadCorefile> {
        let mut keys: Vec<Word> = Vec::new();
        // Behind a key the next line is the block's body; behind an import it is not.
        let (mut is_behind_key, mut goes_on) = (false, false);
        while let Some(word) = self.peek() {
            let is_below = self.opens_line();
            if is_behind_key && !goes_on && is_below {
                return Ok(keys);
            }
            match &*word.text {
                "import" if is_below => {
                    imports.extend(self.import()?);
                    is_behind_key = false;
                    continue;
                }
                "{" if goes_on => {
                    let what = "a comma says that another zone follows, and `{` does";
                    return Err(BadCorefile::new(word.line, what));
                }
                "{" => return Ok(keys),
                "}" => return Err(BadCorefile::new(word.line, "`}` closes nothing")),
                _ => {}
            }
            is_behind_key = true;
            let Some(mut word) = self.next() else { break };
            if word.text.is_empty() {
                continue;
            }
            // A comma says that the next line holds another key.
            goes_on = word.text.ends_with(',');
            if let Some(text) = word.text.strip_suffix(',') {
                word.text = text.into();
            }
            keys.push(word);
        }
        match keys.last() {
            Some(last) if goes_on => {
                let what = "a comma says that another zone follows, and none does";
                Err(BadCorefile::new(last.line, what))
            }
            _ => Ok(keys),
        }
    }

    /// Reads what a snippet holds.
    fn snippet(&mut self, name: Rc<str>, line: usize) -> Result<(), BadCorefile> {
        if !self.next_is("{") {
            return Err(BadCorefile::new(line, format!("the snippet ({name}) has no braces")));
        }
        let mut words = Vec::new();
        let mut depth = 0_usize;
        while let Some(word) = self.next() {
            match &*word.text {
                "{" => depth += 1,
                "}" => depth -= 1,
                _ => {}
            }
            if depth == 0 {
                words.remove(0);
                if imports(&words, &name) {
                    let what = format!("the snippet ({name}) imports itself");
                    return Err(BadCorefile::new(line, what));
                }
                return match self.snippets.insert(name.clone(), words) {
                    Some(_) => {
                        let what = format!("the snippet ({name}) is there already");
                        Err(BadCorefile::new(line, what))
                    }
                    None => Ok(()),
                };
            }
            words.push(word);
        }
        Err(BadCorefile::new(line, "`{` is never closed"))
    }

    /// Reads the line `import`, and puts the words of a snippet in its place; gives what is no
    /// snippet.
    fn import(&mut self) -> Result<Option<Import>, BadCorefile> {
        let before = self.last_line;
        let Some(import) = self.next() else { return Ok(None) };
        let line = import.line;
        let pattern = self.next_on_line().filter(|word| !word.text.is_empty());
        let pattern = pattern.ok_or_else(|| BadCorefile::new(line, "import of what?"))?;
        if let Some(more) = self.next_on_line() {
            let what = format!(
                "import takes one name, so CoreDNS does not start with `{}` behind it; its snippets \
                 have no arguments",
                more.text
            );
            return Err(BadCorefile::new(line, what));
        }
        self.last_line = before;
        let Some(words) = self.snippets.get(&pattern.text) else {
            return Ok(Some(Import { pattern: pattern.text, line }));
        };
        self.expansions += 1;
        self.imported += words.len();
        if self.expansions > MOST_EXPANSIONS || self.imported > MOST_IMPORTED {
            let what = format!("import {}: snippets import one another without end", pattern.text);
            return Err(BadCorefile::new(line, what));
        }
        let span = import.span.start..pattern.span.end;
        self.rest
            .extend(words.iter().rev().map(|word| Word { span: span.clone(), ..word.clone() }));
        Ok(None)
    }

    /// Reads the directives of a block, with its braces or, without, as far as the file goes.
    fn body(&mut self, block: &mut Block) -> Result<(), BadCorefile> {
        let opening = self.peek().filter(|word| &*word.text == "{").map(|word| word.line);
        if opening.is_some() {
            self.next();
        }
        loop {
            if self.next_is("import") {
                block.imports.extend(self.import()?);
                continue;
            }
            match (self.next(), opening) {
                (Some(word), _) if &*word.text == "}" => return Ok(()),
                (Some(word), _) => self.directive(word, block)?,
                // At the end of a file CoreDNS takes the brace of the last directive for it.
                (None, Some(_)) if self.has_closed => return Ok(()),
                (None, Some(line)) => return Err(BadCorefile::new(line, "`{` is never closed")),
                (None, None) => return Ok(()),
            }
        }
    }

    /// Reads the rest of a directive: to the end of its line, or of its braces.
    fn directive(&mut self, first: Word, block: &mut Block) -> Result<(), BadCorefile> {
        let (name, line) = (first.text, first.line);
        let mut words: Vec<Word> = Vec::new();
        let mut depth = 0_usize;
        while let Some(word) = self.peek() {
            let is_below = self.opens_line();
            match &*word.text {
                "{" => depth += 1,
                _ if is_below && depth == 0 => break,
                "}" if depth == 0 => {
                    let what = "`}` has to stand on a line of its own";
                    return Err(BadCorefile::new(word.line, what));
                }
                "}" => depth -= 1,
                "import" if is_below => {
                    // What a file brings stays with the directive: the line is kept.
                    let statement = word.clone();
                    if let Some(import) = self.import()? {
                        let pattern = Word { text: import.pattern, ..statement.clone() };
                        words.extend([statement, pattern]);
                    }
                    continue;
                }
                _ => {}
            }
            words.extend(self.next());
        }
        if depth > 0 {
            return Err(BadCorefile::new(line, "`{` is never closed"));
        }
        block.directives.push(Directive { name, line, words });
        Ok(())
    }
}

/// Whether words of a snippet hold a line that imports `name`.
fn imports(words: &[Word], name: &str) -> bool {
    let is_first = |at: usize| at == 0 || words[at - 1].line != words[at].line;
    let is_import = |(at, pair): (usize, &[Word])| {
        &*pair[0].text == "import" && &*pair[1].text == name && is_first(at)
    };
    words.windows(2).enumerate().any(is_import)
}

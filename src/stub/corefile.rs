//! A Corefile, read as far as its server blocks.
//!
//! In: text. Out: [`Corefile`]: server blocks with their keys and the words that begin their
//! lines, what is imported, comments at the margin of the file; each with its line.
//! Reads as CoreDNS does (words, quotes, comments, snippets), and refuses what CoreDNS would.
//! Does not know what plugins' words mean, or what stands in imported files.

use std::ops::Range;

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
    /// Its lines: the first word of each, and the others.
    pub(super) words: Vec<Vec<String>>,
}

/// A line `import PATTERN` between the blocks.
#[derive(Debug)]
pub(super) struct Import {
    pub(super) pattern: String,
    pub(super) line: usize,
}

/// A comment, from its sign to the end of the line.
#[derive(Clone, Debug)]
pub(super) struct Comment {
    pub(super) text: String,
    pub(super) line: usize,
    /// The whole line with its end, in octets.
    pub(super) span: Range<usize>,
}

/// Where a server block serves: `dns://example.com:53`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Key {
    /// The zone, lower-cased, without its final dot; the root is empty.
    pub(super) zone: String,
    /// The port, as written; 53 where none is and the transport is plain DNS.
    pub(super) port: String,
    /// `dns`, `tls`, ...
    pub(super) transport: String,
}

/// Why a text is no Corefile.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("line {line} of the Corefile: {what}")]
pub struct BadCorefile {
    /// The line, from 1.
    pub line: usize,
    /// What is wrong, and what to do.
    pub what: String,
}

impl BadCorefile {
    pub(super) fn new(line: usize, what: impl Into<String>) -> Self {
        Self { line, what: what.into() }
    }
}

impl Key {
    fn parse(text: &str) -> Self {
        let (transport, rest) = text.split_once("://").unwrap_or(("dns", text));
        let is_port = |port: &str| {
            port.starts_with('{')
                || (!port.is_empty() && port.bytes().all(|it| it.is_ascii_digit()))
        };
        let (zone, port) = match rest.rsplit_once(':') {
            Some((zone, port)) if is_port(port) => (zone, port),
            _ => (rest, if transport == "dns" { "53" } else { "" }),
        };
        Self {
            zone: zone.trim_end_matches('.').to_ascii_lowercase(),
            port: port.to_owned(),
            transport: transport.to_ascii_lowercase(),
        }
    }
}

#[derive(Debug)]
struct Token {
    text: String,
    line: usize,
    span: Range<usize>,
    /// Whether it is the first of its line.
    opens_line: bool,
}

impl Corefile {
    /// Reads a text.
    ///
    /// # Errors
    /// Braces or quotes that do not close: CoreDNS would not start with it.
    pub(super) fn read(text: &str) -> Result<Self, BadCorefile> {
        let (tokens, comments) = lex(text)?;
        let mut corefile = Self::default();
        let mut at = 0;
        while let Some(token) = tokens.get(at) {
            if token.text == "import" && token.opens_line {
                let pattern = tokens.get(at + 1).filter(|next| !next.opens_line);
                let pattern =
                    pattern.ok_or_else(|| BadCorefile::new(token.line, "import of what?"))?;
                corefile.imports.push(Import { pattern: pattern.text.clone(), line: token.line });
                at += 2;
            } else {
                at = corefile.block(&tokens, at)?;
            }
        }
        let inside = |comment: &Comment| {
            let holds = |block: &Block| block.span.contains(&comment.span.start);
            corefile.blocks.iter().any(holds)
        };
        (corefile.inner_comments, corefile.comments) = comments.into_iter().partition(inside);
        // Of a snippet only its keys and braces are of interest, above.
        corefile.blocks.retain(|block| !block.is_snippet());
        Ok(corefile)
    }

    /// Reads the server block that begins at a token; gives the position behind it.
    fn block(&mut self, tokens: &[Token], first: usize) -> Result<usize, BadCorefile> {
        let mut at = first;
        let mut keys: Vec<String> = Vec::new();
        let mut goes_on = true;
        while let Some(token) = tokens.get(at) {
            if token.text == "{" || (token.opens_line && !goes_on) {
                break;
            }
            if token.text == "}" {
                return Err(BadCorefile::new(token.line, "`}` closes nothing"));
            }
            // A comma says that the next line holds another key.
            goes_on = token.text.ends_with(',');
            if !token.text.is_empty() {
                keys.push(token.text.trim_end_matches(',').to_owned());
            }
            at += 1;
        }
        let head = &tokens[first];
        if keys.is_empty() {
            return Err(BadCorefile::new(head.line, "a block without a zone"));
        }
        let has_braces = tokens.get(at).is_some_and(|token| token.text == "{");
        let body = at + usize::from(has_braces);
        let end = match has_braces {
            true => closing(tokens, at)?,
            // Without braces all the rest of the file is the one block.
            false => tokens.len(),
        };
        let last = tokens[..(end + usize::from(has_braces)).min(tokens.len())].last();
        self.blocks.push(Block {
            keys: keys.iter().map(|key| Key::parse(key)).collect(),
            line: head.line,
            span: head.span.start..last.map_or(head.span.end, |token| token.span.end),
            words: lines(&tokens[body..end]),
        });
        Ok(end + usize::from(has_braces))
    }
}

impl Block {
    fn is_snippet(&self) -> bool {
        matches!(&self.keys[..], [key] if key.zone.starts_with('(') && key.zone.ends_with(')'))
    }

    /// What stands behind the first word of the block's lines that begin with `word`.
    pub(super) fn arguments<'a>(&'a self, word: &str) -> impl Iterator<Item = &'a [String]> {
        let begins = move |line: &&'a Vec<String>| line.first().is_some_and(|it| it == word);
        self.words.iter().filter(begins).map(|line| &line[1..])
    }
}

/// The position of the brace that closes the one at `open`.
fn closing(tokens: &[Token], open: usize) -> Result<usize, BadCorefile> {
    let mut depth = 0_usize;
    for (at, token) in tokens.iter().enumerate().skip(open) {
        match &*token.text {
            "{" => depth += 1,
            "}" => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return Ok(at);
        }
    }
    Err(BadCorefile::new(tokens[open].line, "`{` is never closed"))
}

/// The lines of a block's body that stand in no inner braces.
fn lines(tokens: &[Token]) -> Vec<Vec<String>> {
    let mut lines: Vec<Vec<String>> = Vec::new();
    let mut depth = 0_usize;
    let mut is_new = true;
    for token in tokens {
        match &*token.text {
            "{" => depth += 1,
            "}" => depth = depth.saturating_sub(1),
            _ if depth > 0 => {}
            text => {
                if is_new || token.opens_line {
                    lines.push(Vec::new());
                }
                is_new = false;
                if let Some(line) = lines.last_mut() {
                    line.push(text.to_owned());
                }
            }
        }
    }
    lines
}

/// The words of a text and its comments, by the rules of CoreDNS's own lexer: a word that begins
/// with a quote goes to the next one that no backslash precedes; a `#` outside of quotes is a
/// comment to the end of the line, also inside a word.
fn lex(text: &str) -> Result<(Vec<Token>, Vec<Comment>), BadCorefile> {
    let (mut tokens, mut comments): (Vec<Token>, Vec<Comment>) = (Vec::new(), Vec::new());
    let mut line = 1;
    let mut line_start = 0;
    let mut last_token_line = 0;
    let mut characters = text.char_indices().peekable();
    if text.starts_with('\u{feff}') {
        characters.next();
        line_start = '\u{feff}'.len_utf8();
    }
    while let Some(&(start, first)) = characters.peek() {
        if first.is_whitespace() {
            characters.next();
            if first == '\n' {
                line += 1;
                line_start = start + 1;
            }
            continue;
        }
        if first == '#' {
            let end = text[start..].find('\n').map_or(text.len(), |at| start + at);
            let comment = text[start..end].trim_end().to_owned();
            if text[line_start..start].trim().is_empty() {
                let span = line_start..(end + 1).min(text.len());
                comments.push(Comment { text: comment, line, span });
            }
            while characters.next_if(|(at, _)| *at < end).is_some() {}
            continue;
        }
        let began = line;
        let word = match first {
            '"' => quoted(&mut characters, &mut line)
                .ok_or_else(|| BadCorefile::new(began, "a quote is never closed"))?,
            _ => bare(&mut characters),
        };
        let end = characters.peek().map_or(text.len(), |(at, _)| *at);
        if line != began {
            // A quoted word ends on a later line than it began.
            line_start = text[start..end].rfind('\n').map_or(line_start, |at| start + at + 1);
        }
        let opens_line = began != last_token_line;
        last_token_line = began;
        tokens.push(Token { text: word, line: began, span: start..end, opens_line });
    }
    Ok((tokens, comments))
}

type Characters<'a> = std::iter::Peekable<std::str::CharIndices<'a>>;

fn quoted(characters: &mut Characters<'_>, line: &mut usize) -> Option<String> {
    let mut word = String::new();
    let mut is_escaped = false;
    characters.next();
    for (_, character) in characters {
        if character == '\n' {
            *line += 1;
        }
        match character {
            '"' if !is_escaped => return Some(word),
            '\\' if !is_escaped => {
                is_escaped = true;
                continue;
            }
            '"' => word.push('"'),
            _ if is_escaped => word.extend(['\\', character]),
            _ => word.push(character),
        }
        is_escaped = false;
    }
    None
}

fn bare(characters: &mut Characters<'_>) -> String {
    let mut word = String::new();
    let goes_on = |it: &(usize, char)| it.1 == '\r' || !(it.1.is_whitespace() || it.1 == '#');
    while let Some((_, character)) = characters.next_if(goes_on) {
        if character != '\r' {
            word.push(character);
        }
    }
    word
}

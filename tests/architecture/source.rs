//! Rust source as the rules read it: tokens without comments and strings, paths, `mod` lines.
//!
//! A full parser would be a dependency for a test; what the rules ask is in the tokens.

/// A word, a `::` or one other character, with its line.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Token<'t> {
    pub text: &'t str,
    pub line: usize,
}

impl Token<'_> {
    pub(crate) fn is_word(self) -> bool {
        self.text.starts_with(|c: char| c.is_alphabetic() || c == '_')
    }
}

/// A path that the code names.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Named {
    /// Whether it starts at the crate's root; `self` and `super` are resolved.
    pub is_ours: bool,
    /// Its segments; `*` at the end for a glob.
    pub segments: Vec<String>,
    pub line: usize,
    /// Whether a `use` names it.
    pub is_import: bool,
}

/// A `mod name;` or `mod name {`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Mod {
    /// Inline modules around it, then its name.
    pub path: Vec<String>,
    pub is_inline: bool,
    pub is_test: bool,
}

/// `text` with comments, strings and characters blanked; every line keeps its number.
pub(crate) fn blank(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    while at < chars.len() {
        let end = opaque_end(&chars, at);
        if end == at {
            out.push(chars[at]);
            at += 1;
        } else {
            out.extend(chars[at..end].iter().map(|&c| if c == '\n' { '\n' } else { ' ' }));
            at = end;
        }
    }
    out
}

/// Where the comment, string or character that starts at `at` ends; `at` if none starts there.
fn opaque_end(chars: &[char], at: usize) -> usize {
    let peek = |ahead: usize| chars.get(at + ahead).copied().unwrap_or('\0');
    let find = |from: usize, wanted: &[char]| {
        let tail = chars.get(from..).unwrap_or_default();
        let found = tail.windows(wanted.len()).position(|window| window == wanted);
        found.map_or(chars.len(), |position| from + position + wanted.len())
    };
    let begins_word = at == 0 || !is_part(chars[at - 1]);
    match peek(0) {
        '/' if peek(1) == '/' => find(at, &['\n']).max(at + 2),
        '/' if peek(1) == '*' => {
            let (mut depth, mut end) = (1, at + 2);
            while depth > 0 && end < chars.len() {
                match (chars[end], chars.get(end + 1)) {
                    ('/', Some('*')) => (depth, end) = (depth + 1, end + 2),
                    ('*', Some('/')) => (depth, end) = (depth - 1, end + 2),
                    _ => end += 1,
                }
            }
            end
        }
        '"' => {
            let mut end = at + 1;
            while end < chars.len() && chars[end] != '"' {
                end += if chars[end] == '\\' { 2 } else { 1 };
            }
            (end + 1).min(chars.len())
        }
        'r' | 'b' | 'c' if begins_word => {
            let prefix = usize::from(peek(0) != 'r');
            let is_raw = peek(prefix) == 'r';
            let hashes = chars.get(at + prefix + 1..).unwrap_or_default();
            let hashes = hashes.iter().take_while(|&&c| c == '#').count();
            if is_raw && peek(prefix + 1 + hashes) == '"' {
                let mut close = vec!['"'];
                close.resize(1 + hashes, '#');
                find(at + prefix + 2 + hashes, &close)
            } else {
                at
            }
        }
        // A quote with no second one behind the next character is a lifetime.
        '\'' if peek(1) == '\\' => find(at + 3, &['\'']),
        '\'' if peek(2) == '\'' => at + 3,
        _ => at,
    }
}

fn is_part(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// The tokens of blanked code.
pub(crate) fn tokens(code: &str) -> Vec<Token<'_>> {
    let mut out = Vec::new();
    for (number, line) in code.lines().enumerate() {
        let mut rest = line;
        while let Some(first) = rest.chars().next() {
            let len = if is_part(first) {
                rest.find(|c: char| !is_part(c)).unwrap_or(rest.len())
            } else if rest.starts_with("::") {
                2
            } else {
                first.len_utf8()
            };
            if !first.is_whitespace() {
                out.push(Token { text: &rest[..len], line: number + 1 });
            }
            rest = &rest[len..];
        }
    }
    out
}

fn texts<'a>(tokens: &'a [Token<'_>], at: usize, count: usize) -> Vec<&'a str> {
    tokens.iter().skip(at).take(count).map(|token| token.text).collect()
}

/// Where the bracket that opens at `at` is closed; the end if it is not.
pub(crate) fn closing(tokens: &[Token<'_>], at: usize) -> usize {
    let mut depth = 0usize;
    for (index, token) in tokens.iter().enumerate().skip(at) {
        match token.text {
            "(" | "[" | "{" => depth += 1,
            ")" | "]" | "}" => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth == 0 {
            return index;
        }
    }
    tokens.len().saturating_sub(1)
}

/// Whether `#[cfg(test)]` or `#[cfg(all(test, ..))]` stands at `at`.
fn is_test_attribute(tokens: &[Token<'_>], at: usize) -> bool {
    let start = texts(tokens, at, 7);
    start.starts_with(&["#", "[", "cfg", "(", "test", ")"])
        || start == ["#", "[", "cfg", "(", "all", "(", "test"]
}

/// The tokens without items that only tests are built with.
pub(crate) fn without_tests<'t>(tokens: &[Token<'t>]) -> Vec<Token<'t>> {
    let mut out = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        if is_test_attribute(tokens, at) {
            at = item_end(tokens, closing(tokens, at + 1) + 1);
        } else {
            out.push(tokens[at]);
            at += 1;
        }
    }
    out
}

/// One past the item, statement or field that starts at `at`, its other attributes included.
fn item_end(tokens: &[Token<'_>], mut at: usize) -> usize {
    while texts(tokens, at, 2) == ["#", "["] {
        at = closing(tokens, at + 1) + 1;
    }
    const ITEMS: [&str; 14] = [
        "const", "enum", "extern", "fn", "impl", "let", "mod", "pub", "static", "struct", "trait",
        "type", "unsafe", "use",
    ];
    let is_item = tokens.get(at).is_some_and(|token| ITEMS.contains(&token.text));
    while let Some(token) = tokens.get(at) {
        match token.text {
            ";" => return at + 1,
            "," if !is_item => return at + 1,
            "{" => return closing(tokens, at) + 1,
            "(" | "[" => at = closing(tokens, at) + 1,
            "}" => return at,
            _ => at += 1,
        }
    }
    at
}

/// Calls `visit` with each token's index and the inline modules around it.
fn walk(tokens: &[Token<'_>], mut visit: impl FnMut(usize, &[String])) {
    let (mut inside, mut ends) = (Vec::<String>::new(), Vec::new());
    for at in 0..tokens.len() {
        if ends.last() == Some(&at) {
            ends.pop();
            inside.pop();
        }
        visit(at, &inside);
        if let ["mod", name, "{"] = texts(tokens, at, 3)[..] {
            inside.push(name.to_owned());
            ends.push(closing(tokens, at + 2));
        }
    }
}

/// The `mod` lines, in the order in which they stand.
pub(crate) fn mods(tokens: &[Token<'_>]) -> Vec<Mod> {
    let shipped: Vec<_> = without_tests(tokens);
    let mut out = Vec::new();
    walk(tokens, |at, inside| {
        if let ["mod", name, end @ (";" | "{")] = texts(tokens, at, 3)[..] {
            let path = inside.iter().cloned().chain([name.to_owned()]).collect();
            let is_test = !shipped.contains(&tokens[at + 1]);
            out.push(Mod { path, is_inline: end == "{", is_test });
        }
    });
    out
}

/// The paths that the code of `module` names, by `use` or inline.
pub(crate) fn paths(tokens: &[Token<'_>], module: &[String]) -> Vec<Named> {
    let mut out = Vec::new();
    let mut imported_to = 0;
    walk(tokens, |at, inside| {
        let back = |count| at.checked_sub(count).map_or("", |index| tokens[index].text);
        // `::std::fs` is rooted; the rest of `Vec::<u8>::new` and of `a::b` is not a path of its own.
        let goes_on = back(1) == "::" && back(2).ends_with(|c: char| is_part(c) || c == '>');
        if at < imported_to || !tokens[at].is_word() || back(1) == "." || goes_on {
            return;
        }
        let here: Vec<String> = module.iter().chain(inside).cloned().collect();
        if tokens[at].text == "use" {
            let end = (at..tokens.len()).find(|&end| tokens[end].text == ";");
            imported_to = end.unwrap_or(tokens.len());
            tree(&tokens[at + 1..imported_to], &[], &mut |segments, line| {
                out.push(resolve(segments, &here, line, true));
            });
            return;
        }
        let mut segments = vec![tokens[at].text.to_owned()];
        let mut next = at + 1;
        while let [colons, word, ..] = tokens[next..]
            && colons.text == "::"
            && word.is_word()
        {
            segments.push(word.text.to_owned());
            next += 2;
        }
        out.push(resolve(segments, &here, tokens[at].line, false));
    });
    out
}

/// The leaves of a `use` tree.
fn tree(tokens: &[Token<'_>], stem: &[String], leaf: &mut impl FnMut(Vec<String>, usize)) {
    let mut segments = stem.to_vec();
    let mut at = 0;
    while let Some(token) = tokens.get(at) {
        match token.text {
            "{" => {
                let end = closing(tokens, at);
                let (mut from, mut to) = (at + 1, at + 1);
                while to <= end {
                    if to == end || tokens[to].text == "," {
                        tree(&tokens[from..to], &segments, leaf);
                        from = to + 1;
                    }
                    to = if tokens[to].text == "{" && to < end { closing(tokens, to) } else { to };
                    to += 1;
                }
                return;
            }
            "as" => break,
            "self" if !segments.is_empty() => {}
            "*" => segments.push("*".to_owned()),
            _ if token.is_word() => segments.push(token.text.to_owned()),
            _ => {}
        }
        at += 1;
    }
    if let (Some(first), false) = (tokens.first(), segments.is_empty()) {
        leaf(segments, first.line);
    }
}

/// A path as written in the module `here`, from the root on if it is ours.
fn resolve(segments: Vec<String>, here: &[String], line: usize, is_import: bool) -> Named {
    let mut base = match segments[0].as_str() {
        "crate" => Vec::new(),
        "self" | "super" => here.to_vec(),
        _ => return Named { is_ours: false, segments, line, is_import },
    };
    let mut rest = &segments[..];
    while let [first, tail @ ..] = rest
        && matches!(first.as_str(), "crate" | "self" | "super")
    {
        if first == "super" {
            base.pop();
        }
        rest = tail;
    }
    base.extend_from_slice(rest);
    Named { is_ours: true, segments: base, line, is_import }
}

//! The words of a record's data, one after the other.
//!
//! In: words. Out: the next one, or that it is missing. Does not know types.

use super::super::finding::Mark;
use super::super::lexer::Word;
use super::super::text::{Why, shown};

/// What is wrong with data, and where.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(in super::super) struct Flawed {
    pub(in super::super) mark: Mark,
    pub(in super::super) why: Why,
}

impl Flawed {
    pub(in super::super) fn new(word: &Word<'_>, why: impl Into<Why>) -> Self {
        Self { mark: word.mark, why: why.into() }
    }
}

/// Words that are left to be read.
#[derive(Clone, Copy, Debug)]
pub(in super::super) struct Words<'w, 't> {
    words: &'w [Word<'t>],
    /// What stands before them: where to point if they are missing.
    before: Mark,
    /// What relative names end in.
    pub(in super::super) origin: &'w [u8],
}

impl<'w, 't> Words<'w, 't> {
    pub(in super::super) fn new(words: &'w [Word<'t>], before: Mark, origin: &'w [u8]) -> Self {
        Self { words, before, origin }
    }

    pub(in super::super) fn peek(&self) -> Option<&'w Word<'t>> {
        self.words.first()
    }

    /// The place of the next one, or of the last.
    pub(in super::super) fn mark(&self) -> Mark {
        self.peek().map_or(self.before, |word| word.mark)
    }

    /// The next one; `what` is said where there is none.
    pub(in super::super) fn next(&mut self, what: &str) -> Result<&'w Word<'t>, Flawed> {
        let Some((first, rest)) = self.words.split_first() else {
            return Err(Flawed {
                mark: self.before,
                why: format!("{what} is missing behind this").into(),
            });
        };
        (self.words, self.before) = (rest, first.mark);
        Ok(first)
    }

    /// All that are left.
    pub(in super::super) fn rest(&mut self) -> &'w [Word<'t>] {
        let rest = self.words;
        self.before = rest.last().map_or(self.before, |word| word.mark);
        self.words = &[];
        rest
    }

    /// Nothing may be left.
    pub(in super::super) fn end(&self) -> Result<(), Flawed> {
        match self.words.first() {
            None => Ok(()),
            Some(word) => {
                Err(Flawed::new(word, format!("{} is more than the type has", shown(word))))
            }
        }
    }
}

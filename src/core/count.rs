//! A number of things, as people read it: `1 service`, `2 services`.
//!
//! In: a number and the word for one. Out: text.
//! Does not know what is counted, nor words whose plural takes more than an `s`.

use std::fmt;

/// How many there are, and the word for one of them.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Count(pub usize, pub &'static str);

impl fmt::Display for Count {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(number, one) = self;
        write!(f, "{number} {one}{}", if *number == 1 { "" } else { "s" })
    }
}

#[cfg(test)]
mod tests {
    use super::Count;

    #[test]
    fn one_alone_is_singular() {
        let text = |number| Count(number, "node").to_string();
        assert_eq!([text(0), text(1), text(2)], ["0 nodes", "1 node", "2 nodes"]);
    }
}

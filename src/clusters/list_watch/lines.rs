//! Lines of a watch: octets as they come, parted at line ends.
//!
//! In: octets in pieces of any size. Out: whole lines; one that is too long is skipped and said so.
//! Does not know what a line says.

use memchr::memchr;

/// Largest object that is taken, in octets. API servers take none above 3 MiB.
pub(in crate::clusters) const MAX_OBJECT: usize = 4 << 20;

/// An object, or a line, above [`MAX_OBJECT`]; it was skipped.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(in crate::clusters) struct TooLarge;

/// What has come of a line so far.
#[derive(Debug, Default)]
pub(in crate::clusters) struct Lines {
    begun: Vec<u8>,
    is_skipping: bool,
}

impl Lines {
    /// Takes more octets, and gives `each` line that they end.
    pub(in crate::clusters) fn take(
        &mut self,
        octets: &[u8],
        mut each: impl FnMut(Result<&[u8], TooLarge>),
    ) {
        for piece in pieces(octets) {
            let (line, is_end) = match piece.strip_suffix(b"\n") {
                Some(line) => (line, true),
                None => (piece, false),
            };
            let is_long = self.begun.len() + line.len() > MAX_OBJECT;
            if is_long && !self.is_skipping {
                self.is_skipping = true;
                // The room that it took is given back.
                self.begun = Vec::new();
                each(Err(TooLarge));
            }
            if is_end && !self.is_skipping {
                if self.begun.is_empty() {
                    give(line, &mut each);
                } else {
                    self.begun.extend_from_slice(line);
                    give(&self.begun, &mut each);
                    self.begun.clear();
                }
            } else if !self.is_skipping {
                self.begun.extend_from_slice(line);
            }
            self.is_skipping &= !is_end;
        }
    }
}

impl Lines {
    /// What has come of a line that was not ended; empty where nothing has, or too much.
    pub(in crate::clusters) fn rest(&self) -> &[u8] {
        &self.begun
    }
}

/// What ends at each line end, and what is behind the last one.
fn pieces(mut rest: &[u8]) -> impl Iterator<Item = &[u8]> {
    std::iter::from_fn(move || {
        let end = memchr(b'\n', rest).map_or(rest.len(), |at| at + 1);
        rest.split_off(..end).filter(|piece| !piece.is_empty())
    })
}

fn give(line: &[u8], each: &mut impl FnMut(Result<&[u8], TooLarge>)) {
    if !line.trim_ascii().is_empty() {
        each(Ok(line));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn parted(pieces: &[&[u8]]) -> Vec<Option<Vec<u8>>> {
        let (mut lines, mut all) = (Lines::default(), Vec::new());
        for piece in pieces {
            lines.take(piece, |line| all.push(line.ok().map(<[u8]>::to_vec)));
        }
        all
    }

    #[test]
    fn a_line_without_end_is_skipped_and_what_follows_is_not() {
        let long = vec![b'x'; MAX_OBJECT];
        let all = parted(&[b"a\nb", &long, &long, b"c\n", b"\n d\n", b"e"]);
        assert_eq!(all, [Some(b"a".to_vec()), None, Some(b" d".to_vec())]);
    }

    proptest! {
        #[test]
        fn where_pieces_end_makes_no_difference(
            text in "[ab\n]{0,40}", cuts in prop::collection::vec(0_usize..40, 0..5),
        ) {
            let mut cuts: Vec<_> = cuts.into_iter().map(|cut| cut.min(text.len())).collect();
            cuts.extend([0, text.len()]);
            cuts.sort_unstable();
            let pieces: Vec<_> = cuts.windows(2).map(|pair| &text.as_bytes()[pair[0]..pair[1]]).collect();
            prop_assert_eq!(parted(&pieces), parted(&[text.as_bytes()]));
        }
    }
}

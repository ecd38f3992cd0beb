//! Names of a zone as octets whose plain order is that of names (RFC 4034, section 6.1).
//!
//! In: a name in wire form and how long its apex is. Out: its labels below the apex from the right, in lower
//! case, each ended by a zero. What stands below a name begins with that name's key.
//! Does not know which names exist.

use crate::core::name::MAX_NAME;

/// Octets of the longest key: octets of a label that are below 2 take two.
pub(super) const MAX_KEY: usize = 2 * MAX_NAME;
/// Ends a label. Octets 0 and 1 stand as 1, 1 and 1, 2.
const END: u8 = 0;
const ESCAPE: u8 = 1;

/// The key of one name.
#[derive(Clone, Debug)]
pub(super) struct Key {
    octets: [u8; MAX_KEY],
    len: usize,
}

impl Key {
    /// The key of `name`, in wire form, whose last `apex` octets are the apex. `None` for octets that are no name.
    pub(super) fn new(name: &[u8], apex: usize) -> Option<Self> {
        let left = name.get(..name.len().checked_sub(apex)?)?;
        let (mut starts, mut count, mut at) = ([0_u8; MAX_NAME.div_ceil(2)], 0, 0);
        while let Some(&length) = left.get(at) {
            *starts.get_mut(count)? = u8::try_from(at).ok()?;
            count += 1;
            at += 1 + usize::from(length);
        }
        let mut key = Self { octets: [0; MAX_KEY], len: 0 };
        for &start in starts[..count].iter().rev() {
            let start = usize::from(start);
            let label = left.get(start + 1..start + 1 + usize::from(left[start]))?;
            for octet in label {
                match octet.to_ascii_lowercase() {
                    small @ (END | ESCAPE) => {
                        key.push(ESCAPE)?;
                        key.push(small + 1)?;
                    }
                    octet => key.push(octet)?,
                }
            }
            key.push(END)?;
        }
        Some(key)
    }

    fn push(&mut self, octet: u8) -> Option<()> {
        *self.octets.get_mut(self.len)? = octet;
        self.len += 1;
        Some(())
    }

    pub(super) fn octets(&self) -> &[u8] {
        &self.octets[..self.len]
    }
}

/// How many labels a key has.
pub(super) fn depth(key: &[u8]) -> usize {
    key.iter().filter(|&&octet| octet == END).count()
}

/// How many octets the labels have that both keys begin with.
pub(super) fn common(one: &[u8], other: &[u8]) -> usize {
    let same = one.iter().zip(other).take_while(|(a, b)| a == b).count();
    one[..same].iter().rposition(|&octet| octet == END).map_or(0, |end| end + 1)
}

/// The key of the name one label above; `None` for the apex.
pub(super) fn parent(key: &[u8]) -> Option<&[u8]> {
    let inner = &key[..key.len().checked_sub(1)?];
    Some(&key[..inner.iter().rposition(|&octet| octet == END).map_or(0, |end| end + 1)])
}

/// Whether the first label of the key's name is an asterisk (RFC 4592, section 2.1.1).
pub(super) fn is_wildcard(key: &[u8]) -> bool {
    let above = parent(key).map_or(0, <[u8]>::len);
    key[above..] == *b"*\0"
}

/// The labels of the key's name in wire form, without its apex.
pub(super) fn labels(key: &[u8]) -> Vec<u8> {
    let mut labels: Vec<Vec<u8>> = Vec::new();
    for part in key.split_inclusive(|&octet| octet == END) {
        let (mut label, mut rest) = (Vec::new(), part.iter());
        while let Some(&octet) = rest.next() {
            match octet {
                END => break,
                ESCAPE => label.extend(rest.next().map(|it| it - 1)),
                octet => label.push(octet),
            }
        }
        labels.push(label);
    }
    let wire = labels
        .iter()
        .rev()
        .flat_map(|label| std::iter::once(label.len() as u8).chain(label.iter().copied()));
    wire.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::core::name::read_presentation;

    fn key(text: &str) -> Vec<u8> {
        let wire = read_presentation(text).expect("a name");
        Key::new(&wire, 9).expect("a key").octets().to_vec()
    }

    #[test]
    fn keys_stand_in_the_order_of_names() {
        // RFC 4034, section 6.1, with `example` as the apex.
        let sorted = [
            "example",
            "a.example",
            "yljkjljk.a.example",
            "Z.a.example",
            "zABC.a.EXAMPLE",
            "z.example",
            "\\001.z.example",
            "*.z.example",
            "\\200.z.example",
        ];
        let keys: Vec<_> = sorted.iter().map(|text| key(text)).collect();
        assert!(keys.is_sorted(), "{keys:?}");
        assert!(key("b.a.example").starts_with(&key("a.example")));
        assert!(!key("ab.example").starts_with(&key("a.example")));
    }

    #[test]
    fn keys_know_their_names() {
        let deep = key("\\000x.\\001.*.z.example");
        assert_eq!(labels(&deep), b"\x02\x00x\x01\x01\x01*\x01z");
        assert_eq!(depth(&deep), 4);
        assert_eq!(parent(&deep), Some(&key("\\001.*.z.example")[..]));
        assert_eq!(parent(&key("z.example")), Some(&b""[..]));
        assert_eq!(parent(b""), None);
        assert!(is_wildcard(&key("*.z.example")) && !is_wildcard(&key("a*.z.example")));
        assert_eq!(common(&key("a.b.example"), &key("ab.b.example")), key("b.example").len());
    }
}

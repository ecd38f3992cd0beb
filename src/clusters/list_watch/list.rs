//! Lists: the body of a list, parted into its items while it comes.
//!
//! In: octets of one JSON document in pieces of any size. Out: each item's octets, of which only
//! the present one is kept; then the list's version and where its next page begins. An item that
//! is too large is skipped and said so, and costs nothing but itself.
//! Does not know what an item says.

use serde::Deserialize;

use super::lines::{MAX_OBJECT, TooLarge};

/// Longest metadata of a list and longest key, in octets.
const MAX_METADATA: usize = 64 << 10;

/// What a list says of itself.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "camelCase")]
pub(in crate::clusters) struct ListMetadata {
    /// The version of the cluster's data that it shows.
    #[serde(default)]
    pub(in crate::clusters) resource_version: String,
    /// Where its next page begins; empty where there is none.
    #[serde(default, rename = "continue")]
    pub(in crate::clusters) next: String,
}

/// What is done with a value.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Use {
    Item,
    Key,
    Metadata,
    Nothing,
}

/// Where in the document the next octet stands.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum At {
    /// Before the document.
    Start,
    /// Within the document's object, before a key or its end.
    Key,
    /// After a key.
    Colon,
    /// Before the value of the key that was read.
    Value,
    /// Within the list, before an item or its end.
    Items,
    /// Within a value.
    Inside(Use),
    /// After the document.
    End,
}

/// Reads one list.
#[derive(Debug)]
pub(in crate::clusters) struct ListBody {
    at: At,
    /// The value that is being read, as far as it is of use.
    held: Vec<u8>,
    is_too_large: bool,
    depth: u32,
    is_in_text: bool,
    is_escaped: bool,
    /// Whether a number or a word is being read.
    is_bare: bool,
    has_items: bool,
    metadata: Vec<u8>,
}

impl ListBody {
    pub(in crate::clusters) fn new() -> Self {
        Self {
            at: At::Start,
            held: Vec::new(),
            is_too_large: false,
            depth: 0,
            is_in_text: false,
            is_escaped: false,
            is_bare: false,
            has_items: false,
            metadata: Vec::new(),
        }
    }

    /// Takes more octets, and gives `each` item that they end.
    ///
    /// # Errors
    /// What can be no list, in words.
    pub(in crate::clusters) fn take(
        &mut self,
        octets: &[u8],
        mut each: impl FnMut(Result<&[u8], TooLarge>),
    ) -> Result<(), &'static str> {
        let mut rest = octets;
        while let Some((&octet, after)) = rest.split_first() {
            if let At::Inside(purpose) = self.at {
                let (length, is_end) = self.span(rest);
                self.hold(&rest[..length], purpose);
                rest = &rest[length..];
                if is_end {
                    self.end_value(purpose, &mut each)?;
                }
                continue;
            }
            if octet.is_ascii_whitespace() {
                rest = after;
                continue;
            }
            let is_taken = self.step(octet)?;
            rest = if is_taken { after } else { rest };
        }
        Ok(())
    }

    /// How many octets are kept until more come.
    pub(in crate::clusters) fn held(&self) -> usize {
        self.held.len() + self.metadata.len()
    }

    /// What the list says of itself, once all of it has come.
    ///
    /// # Errors
    /// What was no list, in words.
    pub(in crate::clusters) fn end(self) -> Result<ListMetadata, &'static str> {
        if self.at != At::End {
            return Err("it ends in the middle");
        }
        if !self.has_items {
            return Err("it has no `items`");
        }
        let metadata: ListMetadata =
            serde_json::from_slice(&self.metadata).map_err(|_| "its metadata can not be read")?;
        match metadata.resource_version.as_str() {
            "" => Err("it has no resourceVersion"),
            _ => Ok(metadata),
        }
    }

    /// Takes an octet between values; false where a value begins with it.
    fn step(&mut self, octet: u8) -> Result<bool, &'static str> {
        match (self.at, octet) {
            (At::Start, b'{') => self.at = At::Key,
            (At::Start, _) => return Err("it is no JSON object"),
            (At::Key, b'"') => {
                self.begin(Use::Key);
                return Ok(false);
            }
            (At::Key, b',') => {}
            (At::Key, b'}') => self.at = At::End,
            (At::Key, _) => return Err("a key is not where one should be"),
            (At::Colon, b':') => self.at = At::Value,
            (At::Colon, _) => return Err("a key has no value"),
            (At::Value, b'[') if self.held == b"\"items\"" => {
                (self.has_items, self.at) = (true, At::Items);
            }
            (At::Value, b',' | b'}' | b']') => return Err("a key has no value"),
            (At::Value, _) => {
                // Go writes `null` for a list without items.
                self.has_items |= self.held == b"\"items\"" && octet == b'n';
                let is_metadata = self.held == b"\"metadata\"";
                self.begin(if is_metadata { Use::Metadata } else { Use::Nothing });
                return Ok(false);
            }
            (At::Items, b']') => self.at = At::Key,
            (At::Items, b',') => {}
            (At::Items, b'}') => return Err("`items` does not end"),
            (At::Items, _) => {
                self.begin(Use::Item);
                return Ok(false);
            }
            (At::End, _) => return Err("something follows it"),
            (At::Inside(_), _) => {}
        }
        Ok(true)
    }

    fn begin(&mut self, purpose: Use) {
        self.at = At::Inside(purpose);
        self.held.clear();
        self.is_too_large = false;
        self.is_bare = false;
    }

    /// How many of these octets belong to the value that is being read, and whether it ends there.
    fn span(&mut self, octets: &[u8]) -> (usize, bool) {
        for (index, &octet) in octets.iter().enumerate() {
            if self.is_in_text {
                match octet {
                    _ if self.is_escaped => self.is_escaped = false,
                    b'\\' => self.is_escaped = true,
                    b'"' => {
                        self.is_in_text = false;
                        if self.depth == 0 {
                            return (index + 1, true);
                        }
                    }
                    _ => {}
                }
                continue;
            }
            match octet {
                b'"' => self.is_in_text = true,
                b'{' | b'[' => self.depth += 1,
                // Outside of any bracket these end a number or a word, and belong to what holds it.
                b'}' | b']' | b',' if self.depth == 0 => return (index, true),
                b'}' | b']' => {
                    self.depth -= 1;
                    if self.depth == 0 {
                        return (index + 1, true);
                    }
                }
                _ if self.depth == 0 && self.is_bare && octet.is_ascii_whitespace() => {
                    return (index, true);
                }
                _ => self.is_bare = true,
            }
        }
        (octets.len(), false)
    }

    fn hold(&mut self, octets: &[u8], purpose: Use) {
        let most = match purpose {
            Use::Item => MAX_OBJECT,
            Use::Key | Use::Metadata => MAX_METADATA,
            Use::Nothing => return,
        };
        self.is_too_large |= self.held.len() + octets.len() > most;
        if self.is_too_large {
            self.held = Vec::new();
        } else {
            self.held.extend_from_slice(octets);
        }
    }

    fn end_value(
        &mut self,
        purpose: Use,
        each: &mut impl FnMut(Result<&[u8], TooLarge>),
    ) -> Result<(), &'static str> {
        match purpose {
            Use::Item => each(if self.is_too_large { Err(TooLarge) } else { Ok(&self.held) }),
            Use::Metadata if self.is_too_large => return Err("its metadata is too large"),
            Use::Metadata => self.metadata = std::mem::take(&mut self.held),
            Use::Key | Use::Nothing => {}
        }
        self.at = match purpose {
            Use::Item => At::Items,
            Use::Key => At::Colon,
            Use::Metadata | Use::Nothing => At::Key,
        };
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::{Value, json};

    type Read = Result<(Vec<Option<String>>, ListMetadata), &'static str>;

    fn read(pieces: &[&[u8]]) -> Read {
        let (mut body, mut items) = (ListBody::new(), Vec::new());
        for piece in pieces {
            body.take(piece, |item| {
                items.push(item.ok().map(|it| String::from_utf8_lossy(it).into_owned()));
            })?;
        }
        Ok((items, body.end()?))
    }

    fn some(items: &[&str]) -> Vec<Option<String>> {
        items.iter().map(|item| Some((*item).to_owned())).collect()
    }

    #[test]
    fn items_and_metadata_may_stand_in_any_order() {
        let (items, metadata) =
            read(&[br#" {"kind":"NodeList","items":[{"a":"}]\""} , 7 ,null,"x"],
            "metadata":{"resourceVersion":"12","continue":"c"},"n":1.5}"#])
            .expect("a list");
        assert_eq!(items, some(&["{\"a\":\"}]\\\"\"}", "7", "null", "\"x\""]));
        assert_eq!((metadata.resource_version.as_str(), metadata.next.as_str()), ("12", "c"));
        let (items, _) =
            read(&[br#"{"metadata":{"resourceVersion":"1"},"items":null}"#]).expect("a list");
        assert!(items.is_empty());
    }

    #[test]
    fn what_is_no_list_is_told_apart_from_an_empty_one() {
        for (text, why) in [
            ("<html>", "it is no JSON object"),
            ("", "it ends in the middle"),
            (r#"{"items":[{"a":1}"#, "it ends in the middle"),
            (r#"{"metadata":{"resourceVersion":"1"}}"#, "it has no `items`"),
            (r#"{"items":[]}"#, "its metadata can not be read"),
            (r#"{"items":[],"metadata":{}}"#, "it has no resourceVersion"),
            (r#"{"items":[],"metadata":{"resourceVersion":"1"}} x"#, "something follows it"),
            (r#"{"items":[}"#, "`items` does not end"),
            (r#"{"items":,}"#, "a key has no value"),
            ("{7:1}", "a key is not where one should be"),
            (r#"{"a" 1}"#, "a key has no value"),
        ] {
            assert_eq!(read(&[text.as_bytes()]), Err(why), "{text}");
        }
    }

    #[test]
    fn an_item_that_is_too_large_costs_itself_alone() {
        let large = "x".repeat(MAX_OBJECT);
        let text = format!(
            r#"{{"items":[{{"a":1}},{{"b":"{large}"}},{{"c":1}}],"metadata":{{"resourceVersion":"1"}}}}"#
        );
        let (items, _) = read(&[text.as_bytes()]).expect("a list");
        assert_eq!(items, [some(&["{\"a\":1}"]), vec![None], some(&["{\"c\":1}"])].concat());
    }

    fn value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<i32>().prop_map(Value::from),
            r#"[a"\\{}\[\], :é]{0,6}"#.prop_map(Value::from),
        ];
        leaf.prop_recursive(3, 12, 3, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
                prop::collection::btree_map("[a\"{]{0,3}", inner, 0..3)
                    .prop_map(|map| map.into_iter().collect::<serde_json::Map<_, _>>().into()),
            ]
        })
    }

    proptest! {
        #[test]
        fn items_are_those_of_another_reader(
            items in prop::collection::vec(value(), 0..4),
            other in value(),
            is_pretty: bool,
            cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..6),
        ) {
            let list = json!({
                "a": other, "items": items, "metadata": {"resourceVersion": "5"}, "z": other,
            });
            let text = if is_pretty { format!("{list:#}") } else { list.to_string() };
            let octets = text.as_bytes();
            let mut cuts: Vec<_> = cuts.iter().map(|cut| cut.index(octets.len())).collect();
            cuts.extend([0, octets.len()]);
            cuts.sort_unstable();
            let pieces: Vec<_> = cuts.windows(2).map(|pair| &octets[pair[0]..pair[1]]).collect();
            let (found, metadata) = read(&pieces).expect("a list");
            let found: Vec<Value> = found
                .into_iter()
                .map(|item| serde_json::from_str(&item.expect("small")).expect("JSON"))
                .collect();
            prop_assert_eq!(found, items);
            prop_assert_eq!(metadata.resource_version, "5");
        }
    }
}

//! Fields that may have any shape.
//!
//! In: a value of someone's object. Out: [`Field`]: absent, as expected, or what stands there
//! instead. A field of a wrong shape never ends the reading of the file it stands in: only
//! broken syntax does.
//! Does not know which fields there are.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

/// Longest text that a complaint repeats, in characters.
const MAX_QUOTED: usize = 60;

/// A field as it stands in an object.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub enum Field<T> {
    /// Missing or null.
    #[default]
    Absent,
    /// Of the expected shape.
    Given(T),
    /// Of another shape: says what was expected and found.
    Misshapen(Box<str>),
}

impl<T> Field<T> {
    /// The value, where there is one.
    ///
    /// # Errors
    /// Says at `path` what was expected and found where the shape is wrong.
    pub fn given(self, path: &str) -> Result<Option<T>, Box<str>> {
        match self {
            Self::Absent => Ok(None),
            Self::Given(value) => Ok(Some(value)),
            Self::Misshapen(why) => Err(format!("{path}: {why}").into()),
        }
    }
}

impl<'de, T: Shape<'de>> Field<T> {
    /// What stands there in place of a `T`.
    pub fn misshapen(found: impl fmt::Display) -> Self {
        Self::Misshapen(format!("expected {}, found {found}", T::EXPECTED).into())
    }
}

/// How a value of some type is made of the shapes that JSON and YAML have. What is not
/// overridden is the wrong shape.
pub trait Shape<'de>: Sized {
    /// What stands in complaints, such as `an object`.
    const EXPECTED: &'static str;

    /// From an object.
    ///
    /// # Errors
    /// Broken syntax only.
    fn from_map<A: MapAccess<'de>>(mut map: A) -> Result<Field<Self>, A::Error> {
        while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(Field::misshapen("an object"))
    }

    /// From a list.
    ///
    /// # Errors
    /// Broken syntax only.
    fn from_seq<A: SeqAccess<'de>>(mut seq: A) -> Result<Field<Self>, A::Error> {
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Field::misshapen("a list"))
    }

    /// From text.
    fn from_text(text: Cow<'de, str>) -> Field<Self> {
        Field::misshapen(format_args!("the text {:?}", quoted(&text)))
    }

    /// From a truth value.
    fn from_bool(value: bool) -> Field<Self> {
        Field::misshapen(value)
    }

    /// From a whole number.
    fn from_integer(value: i128) -> Field<Self> {
        Field::misshapen(format_args!("the number {value}"))
    }
}

/// `text` as far as a complaint repeats it.
pub(super) fn quoted(text: &str) -> Cow<'_, str> {
    match text.char_indices().nth(MAX_QUOTED) {
        Some((end, _)) => format!("{}...", &text[..end]).into(),
        None => text.into(),
    }
}

impl<'de, T: Shape<'de>> Deserialize<'de> for Field<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(FieldVisitor(PhantomData))
    }
}

struct FieldVisitor<T>(PhantomData<T>);

impl<'de, T: Shape<'de>> Visitor<'de> for FieldVisitor<T> {
    type Value = Field<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(T::EXPECTED)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Field<T>, E> {
        Ok(T::from_bool(value))
    }

    fn visit_bytes<E>(self, _: &[u8]) -> Result<Field<T>, E> {
        Ok(Field::misshapen("octets"))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Field<T>, E> {
        Ok(T::from_integer(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Field<T>, E> {
        Ok(T::from_integer(value.into()))
    }

    fn visit_i128<E>(self, value: i128) -> Result<Field<T>, E> {
        Ok(T::from_integer(value))
    }

    fn visit_u128<E>(self, value: u128) -> Result<Field<T>, E> {
        Ok(Field::misshapen(format_args!("the number {value}")))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Field<T>, E> {
        Ok(Field::misshapen(format_args!("the number {value}")))
    }

    fn visit_str<E>(self, text: &str) -> Result<Field<T>, E> {
        Ok(T::from_text(Cow::Owned(text.into())))
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Field<T>, E> {
        Ok(T::from_text(Cow::Borrowed(text)))
    }

    fn visit_string<E>(self, text: String) -> Result<Field<T>, E> {
        Ok(T::from_text(Cow::Owned(text)))
    }

    fn visit_none<E>(self) -> Result<Field<T>, E> {
        Ok(Field::Absent)
    }

    fn visit_unit<E>(self) -> Result<Field<T>, E> {
        Ok(Field::Absent)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Field<T>, D::Error> {
        deserializer.deserialize_any(self)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Field<T>, A::Error> {
        T::from_map(map)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, seq: A) -> Result<Field<T>, A::Error> {
        T::from_seq(seq)
    }
}

/// Text, borrowed from the source where it stands there unescaped. Truth values and whole numbers
/// count as the text they were written as: `fedns.dev/ttl: 30` without quotes is meant as "30".
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Text<'a>(pub Cow<'a, str>);

impl<'de> Shape<'de> for Text<'de> {
    const EXPECTED: &'static str = "text";

    fn from_text(text: Cow<'de, str>) -> Field<Self> {
        Field::Given(Self(text))
    }

    fn from_bool(value: bool) -> Field<Self> {
        Field::Given(Self(Cow::Borrowed(if value { "true" } else { "false" })))
    }

    fn from_integer(value: i128) -> Field<Self> {
        Field::Given(Self(Cow::Owned(value.to_string())))
    }
}

/// Text that API servers take as text alone: a name, or a label's value. A number or a truth value that
/// stands there was text once, and which one is not known any more: `0x1F` is 31.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Word<'a>(pub Cow<'a, str>);

impl<'de> Shape<'de> for Word<'de> {
    const EXPECTED: &'static str = "text, in quotes where it looks like something else";

    fn from_text(text: Cow<'de, str>) -> Field<Self> {
        Field::Given(Self(text))
    }
}

impl<'a> Field<Word<'a>> {
    /// The same as any text.
    pub fn text(self) -> Field<Text<'a>> {
        match self {
            Self::Absent => Field::Absent,
            Self::Given(Word(text)) => Field::Given(Text(text)),
            Self::Misshapen(why) => Field::Misshapen(why),
        }
    }
}

impl Shape<'_> for bool {
    const EXPECTED: &'static str = "true or false";

    fn from_bool(value: bool) -> Field<Self> {
        Field::Given(value)
    }
}

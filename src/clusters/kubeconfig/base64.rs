//! Base64 as Go's decoder takes it, which kubectl has.
//!
//! In: text (RFC 4648, section 4) in which line ends may stand anywhere. Out: octets, or what is wrong,
//! in words that repeat nothing of it. Does not know what the octets are.

use ::base64::Engine;
use ::base64::engine::general_purpose::STANDARD;
use ::base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

/// Go does not look at the bits that the last digit has too many.
const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &::base64::alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::RequireCanonical),
);

/// Decodes a text.
pub(super) fn decode(text: &str) -> Result<Vec<u8>, String> {
    let is_line_end = |octet: &u8| matches!(octet, b'\r' | b'\n');
    let digits: Vec<u8> = text.bytes().filter(|octet| !is_line_end(octet)).collect();
    LENIENT.decode(&digits).map_err(|error| {
        use ::base64::DecodeError::{
            InvalidByte, InvalidLastSymbol, InvalidLength, InvalidPadding,
        };
        let why = match error {
            InvalidByte(_, b' ' | b'\t') => "there is white space in it",
            InvalidByte(_, b'-' | b'_') => "it has the digits of URLs, `-` and `_`",
            InvalidByte(..) => "there is a character in it that is no digit of base64",
            InvalidLength(_) | InvalidLastSymbol(..) => "a part of it is missing at its end",
            InvalidPadding => "`=` is missing at its end, or there is too much of it",
        };
        format!("no base64: {why}; expected what `base64 -w0 FILE` prints")
    })
}

/// Encodes octets, on one line.
pub(super) fn encode(octets: &[u8]) -> String {
    STANDARD.encode(octets)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn line_ends_may_stand_anywhere_and_nothing_else() {
        for text in ["aGVsbG8=", "aGV\nsbG8=\n", "aGVs\r\nbG8=\r\n", "\n\naGVsbG8\n=", "aGVsbG9="] {
            assert_eq!(decode(text).as_deref(), Ok(&b"hello"[..]), "{text:?}");
        }
        assert_eq!(decode("").as_deref(), Ok(&b""[..]));
        for (text, words) in [
            ("aGVs bG8=", "white space"),
            ("aGVs\tbG8=", "white space"),
            ("aGVsbG8", "is missing at its end"),
            ("aGVsbG8==", "no base64"),
            ("a", "missing at its end"),
            ("-_==", "digits of URLs"),
            ("s3cret!!", "no digit of base64"),
        ] {
            let why = decode(text).expect_err(text);
            assert!(why.contains(words) && !why.contains("s3cret"), "{text:?}: {why}");
        }
    }
}

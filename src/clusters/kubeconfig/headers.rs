//! Headers by which a request says whom it comes from.
//!
//! In: tokens, names, passwords, impersonation. Out: headers that every library takes; or what is
//! wrong, in words that repeat nothing of it. Does not know where they come from.

use hyper::HeaderMap;
use hyper::header::{AUTHORIZATION, HeaderName, HeaderValue};

use super::base64;
use super::fault::Fault;
use super::parts::Impersonation;

/// Most headers by which a user claims to be another one: maps of headers end by a panic when full.
const MAX_HEADERS: usize = 1000;

/// The header of a bearer token (RFC 6750, section 2.1).
pub(super) fn bearer(token: &str) -> Result<HeaderValue, &'static str> {
    if token.contains(['\n', '\r']) {
        return Err("has a line end in it, which no token has; write it on one line, without `|`");
    }
    if token.chars().any(char::is_control) {
        return Err("has a control character in it, which no token has");
    }
    if !token.is_ascii() {
        return Err("has a character in it that is not ASCII, which no token has");
    }
    let value = HeaderValue::try_from(format!("Bearer {token}"));
    let mut value = value.map_err(|_| "can not stand in a header of HTTP")?;
    value.set_sensitive(true);
    Ok(value)
}

/// The header of a name and a password (RFC 7617, section 2).
pub(super) fn basic(name: &str, password: &str) -> Result<HeaderValue, &'static str> {
    if name.contains(':') {
        return Err("has a colon in it, which ends a user name (RFC 7617)");
    }
    if name.chars().chain(password.chars()).any(char::is_control) {
        return Err("or its password has a control character in it, which HTTP does not allow");
    }
    let value = format!("Basic {}", base64::encode(format!("{name}:{password}").as_bytes()));
    let mut value =
        HeaderValue::try_from(value).map_err(|_| "can not stand in a header of HTTP")?;
    value.set_sensitive(true);
    Ok(value)
}

/// The headers of impersonation (Kubernetes, "User impersonation").
pub(super) fn impersonate(who: &Impersonation, into: &mut HeaderMap) -> Result<(), Fault> {
    let extra = who.extra.iter().flat_map(|keyed| {
        let name = format!("impersonate-extra-{}", escaped(&keyed.key));
        keyed.texts.iter().map(move |value| (name.clone(), value))
    });
    let named = |name: &str, text| (name.to_owned(), text);
    let user = who.user.iter().map(|text| named("impersonate-user", text));
    let uid = who.uid.iter().map(|text| named("impersonate-uid", text));
    let groups = who.groups.iter().map(|text| named("impersonate-group", text));
    for (count, (name, text)) in user.chain(uid).chain(groups).chain(extra).enumerate() {
        if count == MAX_HEADERS {
            return Err(text.fault(format_args!("is more than {MAX_HEADERS} values")));
        }
        let mut value = HeaderValue::from_bytes(text.reveal().as_bytes())
            .ok()
            .filter(|_| !text.reveal().chars().any(char::is_control))
            .ok_or_else(|| text.fault("has a line end or another control character in it"))?;
        let name = HeaderName::try_from(name)
            .map_err(|_| text.fault("has a key that can not stand in a header of HTTP"))?;
        value.set_sensitive(true);
        into.append(name, value);
    }
    Ok(())
}

/// Puts `authorization` into `headers`.
pub(super) fn authorize(value: HeaderValue, headers: &mut HeaderMap) {
    headers.insert(AUTHORIZATION, value);
}

/// A key as it stands in a header's name: what can not is escaped, and `%` (as client-go does).
fn escaped(key: &str) -> String {
    let mut name = String::new();
    for octet in key.bytes() {
        if octet.is_ascii_alphanumeric() || b"!#$&'*+-.^_`|~".contains(&octet) {
            name.push(char::from(octet));
        } else {
            name.push_str(&format!("%{octet:02X}"));
        }
    }
    name
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_and_names_that_http_can_not_bear_are_refused() {
        assert_eq!(bearer("a.b-c").expect("a token"), "Bearer a.b-c");
        assert!(bearer("a").expect("a token").is_sensitive());
        for token in ["s3cret\n", "s3\r\ncret", "s3cret\0", "s3\tcret", "s3cr\u{e9}t", "\u{7f}"] {
            let why = bearer(token).expect_err(token);
            assert!(!why.contains("s3"), "{why}");
        }
        // "me:p\u{e4}ss", as the names and passwords of RFC 7617 are UTF-8.
        assert_eq!(basic("me", "p\u{e4}ss").expect("a header"), "Basic bWU6cMOkc3M=");
        assert!(basic("me", "a:b").is_ok());
        for (name, password) in [("a:b", "s3cret"), ("a", "s3\ncret"), ("a\0", "s3cret")] {
            assert!(basic(name, password).is_err(), "{name:?}");
        }
    }

    #[test]
    fn keys_are_escaped_as_client_go_does() {
        assert_eq!(escaped("example.com/scopes"), "example.com%2Fscopes");
        assert_eq!(escaped("a b%\n\u{e9}:"), "a%20b%25%0A%C3%A9%3A");
    }
}

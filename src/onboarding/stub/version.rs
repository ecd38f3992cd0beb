//! Versions of CoreDNS, and which of its words came with which.
//!
//! In: `1.11.3`, or the image of a container. Out: a version, to compare.
//! Does not know where the image is written.

use std::fmt;
use std::str::FromStr;

/// `serve_stale ... verify` and `health_check ... domain` (release notes of 1.9.2).
pub(super) const VERIFY: Version = Version(1, 9, 2);
/// `failover` of `forward` (release notes of 1.13.0).
pub(super) const FAILOVER: Version = Version(1, 13, 0);
/// A time limit of `verify` (release notes of 1.14.4).
pub(super) const VERIFY_LIMIT: Version = Version(1, 14, 4);

/// A version of CoreDNS.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub struct Version(u32, u32, u32);

/// A text is no version.
#[derive(Clone, Debug, Eq, PartialEq, thiserror::Error)]
#[error("expected a version such as 1.11.3")]
pub struct BadVersion;

impl FromStr for Version {
    type Err = BadVersion;

    /// Reads `1.11.3`, `v1.11.3` or `v1.11.3-build.1`.
    fn from_str(text: &str) -> Result<Self, BadVersion> {
        let text = text.strip_prefix('v').unwrap_or(text);
        let numbers = text.split(['-', '+', '_']).next().unwrap_or_default();
        let mut numbers = numbers.split('.').map(|number| number.parse::<u32>());
        let mut next = || numbers.next().and_then(Result::ok).ok_or(BadVersion);
        let version = Self(next()?, next()?, next()?);
        if numbers.next().is_some() { Err(BadVersion) } else { Ok(version) }
    }
}

impl Version {
    /// The version in an image's tag: of `registry.k8s.io/coredns/coredns:v1.11.3`, 1.11.3.
    pub fn of_image(image: &str) -> Option<Self> {
        let without_digest = image.split('@').next()?;
        let last = without_digest.rsplit('/').next()?;
        last.split_once(':')?.1.parse().ok()
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.0, self.1, self.2)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read_from_images() {
        for (image, version) in [
            ("registry.k8s.io/coredns/coredns:v1.11.3", Some("1.11.3")),
            (
                "602401143452.dkr.ecr.us-west-2.amazonaws.com/eks/coredns:v1.8.7-eksbuild.10",
                Some("1.8.7"),
            ),
            ("rancher/mirrored-coredns-coredns:1.12.0", Some("1.12.0")),
            ("localhost:5000/coredns/coredns", None),
            ("coredns/coredns:1.13.1@sha256:0f5a", Some("1.13.1")),
            ("coredns/coredns:latest", None),
            ("coredns/coredns:1.13", None),
        ] {
            let found = Version::of_image(image).map(|version| version.to_string());
            assert_eq!(found.as_deref(), version, "{image}");
        }
        assert!("1.9.10".parse::<Version>().is_ok_and(|it| it > VERIFY && it < FAILOVER));
        assert_eq!("1.9.x".parse::<Version>(), Err(BadVersion));
    }
}

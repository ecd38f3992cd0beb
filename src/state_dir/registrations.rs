//! Which clusters registries have registered, as a file: without that, nobody would know after a
//! restart of whom the facts are that were kept while the registry itself can not be read.
//!
//! In: names, and what annotations say. Out: a file, and back. How a cluster is reached is not
//! kept: credentials stay in memory. Does not know Secrets.

use serde::{Deserialize, Serialize};

use crate::config::RegistryIdentity;
use crate::core::name::Label;
use crate::core::state_file::{Encoder, Kind, Unusable, sections};

/// The section of the file.
const ALL: u8 = 1;

/// A cluster that a registry has registered.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Registration {
    /// Its name.
    pub cluster: Label,
    /// The registry.
    pub registry: RegistryIdentity,
    /// The name of its Secret.
    pub secret: Box<str>,
    /// Keys of its entry, and values, as annotations give them.
    pub entry: Vec<(Box<str>, Box<str>)>,
}

/// What registries have told.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub struct Registrations {
    /// Those that were read.
    pub read: Vec<RegistryIdentity>,
    /// The clusters.
    pub clusters: Vec<Registration>,
}

impl Registrations {
    /// The file.
    pub(super) fn write(&self) -> Vec<u8> {
        let octets = postcard::to_allocvec(self).expect("texts can be packed");
        let mut out = Vec::new();
        let mut encoder = Encoder::start(Kind::Registrations, &mut out);
        encoder.section(ALL, &octets, &mut out);
        encoder.end(&mut out);
        out
    }

    /// Reads the file.
    ///
    /// # Errors
    /// Says why it can not be used.
    pub(super) fn read(octets: &[u8]) -> Result<Self, Unusable> {
        let mut all = Self::default();
        for (tag, at) in sections(octets, Kind::Registrations)? {
            if tag == ALL {
                all = postcard::from_bytes(&octets[at])
                    .map_err(|_| Unusable::Damaged("a section does not say what it should"))?;
            }
        }
        Ok(all)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::ServerIdentity;

    #[test]
    fn what_is_written_is_read() {
        let label = |text| Label::parse(text).expect("a label");
        let server = ServerIdentity::InCluster;
        let registry = RegistryIdentity { server, namespace: label("fedns") };
        let cluster = Registration {
            cluster: label("east"),
            registry: registry.clone(),
            secret: "one".into(),
            entry: vec![("region".into(), "eu".into())],
        };
        let all = Registrations { read: vec![registry], clusters: vec![cluster] };
        let octets = all.write();
        assert_eq!(Registrations::read(&octets), Ok(all));
        assert!(Registrations::read(&octets[..octets.len() - 1]).is_err());
    }
}

//! What a zone of any kind owns itself: the apex, and the name servers inside the zone.
//!
//! In: a name. Out: what it owns, where it is one of those.
//! Does not know services.

use super::{Data, ZoneName};

impl<'a> ZoneName<'a> {
    /// What the zone itself owns at the name.
    // On the way of every answer.
    #[inline(always)]
    pub(super) fn own(&self) -> Option<Data<'a>> {
        let host = self.zone.host(self.name.wire());
        match (self.left, host) {
            // A name server may be called like the apex itself.
            (0, host) => Some(Data::Apex(host)),
            (_, Some(host)) => Some(Data::NameServer(host)),
            _ => None,
        }
    }
}

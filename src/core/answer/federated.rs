//! Federated names: the chain zone -> region -> world, and the addresses at its end.
//!
//! In: a published service and the location asked for. Out: CNAMEs, one level wider each, then
//! the addresses of the first level at which a shard answers, or what `whenAllDown` says.
//! Does not know clusters: a compiled service holds sets of addresses by place.

use crate::core::answers::{AddressSet, Gathered};
use crate::core::policy::WhenAllDown;
use crate::core::topology::{Level, Location};
use crate::core::wire::writer::Pointer;
use crate::core::wire::{Rcode, RecordType};

use super::Asked;
use super::response::{Response, Section};
use super::walk::{End, Walk};

/// What stands at the end of a chain.
enum Found<'a> {
    Addresses(AddressSet<'a>, Level),
    Nodata,
    Nxdomain,
    NotReady,
}

impl<'a> Asked<'a> {
    /// Answers for a published service, healthy or not.
    pub(super) fn at_service(
        &self,
        walk: &Walk<'_>,
        gathered: &mut Gathered,
        response: &mut Response<'_>,
    ) {
        response.authoritative(Rcode::NOERROR);
        let end = walk.end(gathered);
        self.follow((walk, end), Pointer::QUESTION, gathered, response);
    }

    /// The same for a name that an alias led to, which stands at `owner`; what answers at its end is
    /// gathered.
    // Apart, so that those who asked for the name itself carry no second copy's burden.
    #[inline(never)]
    pub(super) fn follow_alias(
        &self,
        walk: (&Walk<'_>, End),
        owner: Pointer,
        gathered: &mut Gathered,
        response: &mut Response<'_>,
    ) {
        self.follow(walk, owner, gathered, response);
    }

    /// Writes the chain and its end for a service's name that stands at `owner`.
    // Every answer with addresses comes through here: a call more is one percent of it.
    #[inline(always)]
    fn follow(
        &self,
        (walk, end): (&Walk<'_>, End),
        mut owner: Pointer,
        gathered: &mut Gathered,
        response: &mut Response<'_>,
    ) {
        let places = &self.snapshot.places;
        let ttl = walk.ttl(&end);
        let found = self.look(walk, end.at, gathered);
        let mut at = walk.location;
        if walk.rests_on_silence(&end) {
            response.stale();
        }
        while at != end.at {
            if walk.is_guess(at) {
                return response.not_ready();
            }
            at = walk.wider(at);
            owner = self.write_cname(walk, places.location(at), ttl, owner, response);
            // RFC 1034, section 3.6.2: a CNAME asked for is not followed. RFC 8482, section 4.1:
            // of ANY one RRset is enough.
            if matches!(self.record_type, RecordType::CNAME | RecordType::ANY) {
                return;
            }
        }
        self.write_end(found, ttl, owner, response);
    }

    /// What is found at the chain's end, where what answers there is gathered.
    fn look<'g>(&self, walk: &Walk<'_>, at: usize, gathered: &'g mut Gathered) -> Found<'g> {
        let location = self.snapshot.places.location(at);
        let is_guess = walk.is_guess(at);
        if !gathered.is_empty() {
            return self.end_with(gathered.set(), location, is_guess);
        }
        if is_guess {
            return Found::NotReady;
        }
        if walk.gather_when_all_down(gathered) {
            return self.end_with(gathered.set(), location, false);
        }
        // RFC 8020: where labels coincide, other services stand below the global name.
        match walk.federation.when_all_down {
            WhenAllDown::Nxdomain if !self.is_above_service(walk.shape.stem().end) => {
                Found::Nxdomain
            }
            _ => Found::Nodata,
        }
    }

    /// A set of addresses is an answer, where it has what is asked for. Health is one decision
    /// for both families: a name with A can not be a CNAME for those who ask for AAAA (RFC 1034,
    /// section 3.6.2).
    fn end_with<'m>(&self, set: AddressSet<'m>, location: &Location, is_guess: bool) -> Found<'m> {
        let has_records = match self.record_type {
            RecordType::A => !set.v4.is_empty(),
            RecordType::AAAA => !set.v6.is_empty(),
            RecordType::ANY => !set.v4.is_empty() || !set.v6.is_empty(),
            _ => false,
        };
        let is_address = matches!(self.record_type, RecordType::A | RecordType::AAAA);
        if has_records {
            Found::Addresses(set, location.level)
        } else if is_guess && is_address {
            Found::NotReady
        } else {
            Found::Nodata
        }
    }

    /// Writes the CNAME of `owner` to the service's name at `location`, in the form that was
    /// asked; gives the pointer to that name.
    fn write_cname(
        &self,
        walk: &Walk<'_>,
        location: &Location,
        ttl: u32,
        owner: Pointer,
        response: &mut Response<'_>,
    ) -> Pointer {
        let apex = self.pointer_to(self.zone);
        let asked = walk.shape.location();
        // Of zone.region.S the question already holds region.S.
        let is_in_question =
            asked.len() == 2 && *self.name.labels(asked.start + 1..asked.end) == *location.wire;
        let mut target = Pointer::QUESTION;
        response.record(Section::Answer, owner, RecordType::CNAME, ttl, |writer| {
            target = writer.here().unwrap_or(target);
            writer.octets(walk.stem());
            if is_in_question {
                writer.pointer(Pointer::into_question(self.name.start(asked.start + 1)));
            } else {
                writer.octets(&location.wire);
                writer.pointer(apex);
            }
        });
        target
    }

    fn write_end(&self, found: Found<'_>, ttl: u32, owner: Pointer, response: &mut Response<'_>) {
        let rotation = (self.draw, self.snapshot.max_addresses);
        match found {
            Found::Addresses(set, level) => {
                let answer = Section::Answer;
                match self.record_type {
                    RecordType::A => {
                        response.addresses(answer, owner, (RecordType::A, ttl), set.v4, rotation);
                    }
                    RecordType::AAAA => {
                        let kind = (RecordType::AAAA, ttl);
                        response.addresses(answer, owner, kind, set.v6, rotation);
                    }
                    _ => self.write_hinfo(ttl, owner, response),
                }
                response.answered_at(level);
            }
            Found::Nodata => self.nodata(response),
            Found::Nxdomain => self.nxdomain(response),
            Found::NotReady => response.not_ready(),
        }
    }
}

//! Follow: from a name that is an alias to the end that it leads to, across all zones of ours.
//!
//! In: an alias, and who asks. Out: [`Fallback`] of a service, [`NameChain`] of other names: the CNAMEs on the
//! way, and what is at the end. Every name is looked up once; what limits the end then limits all that leads there.
//! Forwarders pass a lone CNAME on, and stubs do not follow one: so it is followed here, as far as anything
//! is known. Nothing is written here. Does not know record types.

use crate::core::asker::Asker;
use crate::core::compiled::{AddressBuffer, AddressSet, External};
use crate::core::name::QueryName;
use crate::core::time::Moment;

use super::decode::Located;
use super::lookup::{Alias, Data, End, FallbackChain, ForeignData, Found, Node, ZoneName};

/// Most CNAMEs that are written before a name is left to others: more than any resolver follows, and a
/// message of them stays far below 16,384 octets, where pointers end.
pub(super) const MOST_ALIASES: usize = 12;
/// The aliases behind the last that is written are looked at too, as far as one written limits nothing
/// beyond: an alias has one TTL, whichever name was asked for (RFC 2181, section 5.2).
const MOST_NAMES: usize = 2 * MOST_ALIASES + 1;
/// Most levels wider than a zone: the region and the world.
const MOST_WIDER: usize = 2;

/// Room for the names that a chain leads to.
pub(super) type Names = [QueryName; MOST_NAMES];

/// The fallback of a service's name: the aliases from its location outwards, and what is at their end.
#[derive(Debug)]
pub(super) struct Fallback<'a> {
    steps: [Step; MOST_WIDER],
    len: usize,
    pub(super) end: End,
    /// What the name at the end is; what answers there is gathered.
    pub(super) node: Node<'a>,
}

/// The alias of a service's name at one location.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Step {
    /// The location of the name one level wider.
    pub(super) to: usize,
    /// Whether "no shard answers at the name before" is a guess.
    pub(super) is_guess: bool,
}

impl Fallback<'_> {
    /// Its aliases, in their order.
    pub(super) fn steps(&self) -> &[Step] {
        &self.steps[..self.len]
    }

    /// Whether where it ends is not known yet.
    fn is_guess(&self) -> bool {
        matches!(self.node, Node::Unknown) || self.steps().iter().any(|step| step.is_guess)
    }
}

impl<'a> FallbackChain<'a> {
    /// Follows the service's name outwards. `node` is what it is at its own location.
    #[inline(always)]
    pub(super) fn follow(
        &self,
        mut node: Node<'a>,
        gathered: &mut AddressBuffer,
        now: Moment,
    ) -> Fallback<'a> {
        let (mut at, mut len, mut steps) = (self.location, 0, [Step::default(); MOST_WIDER]);
        while let Node::Alias(Alias::Wider { to, is_guess }) = node {
            if let Some(step) = steps.get_mut(len) {
                *step = Step { to, is_guess };
                len += 1;
            }
            at = to;
            node = self.node(at, gathered);
        }
        Fallback { steps, len, end: self.end_at(at, &node, now), node }
    }

    /// Where its fallback ends at `now`, with what is answered there gathered.
    pub fn end(&self, gathered: &mut AddressBuffer, now: Moment) -> End {
        let node = self.node(self.location, gathered);
        self.follow(node, gathered, now).end
    }
}

/// The alias of a name to another, which is no service's name one level wider and not its canonical one.
#[derive(Clone, Copy, Debug)]
pub(super) struct Link<'a> {
    pub(super) name: &'a QueryName,
    /// In seconds.
    pub(super) ttl: u32,
    /// For how long resolvers have said so, in seconds; `None` where a Service of type ExternalName does.
    resolved: Option<u32>,
}

/// The name of a Service of type ExternalName, and what it leads to.
#[derive(Debug)]
pub(super) struct NameChain<'a> {
    question: &'a QueryName,
    links: [Option<Link<'a>>; MOST_NAMES],
    len: usize,
    /// The last name that lies in a zone of ours.
    pub(super) last: ZoneName<'a>,
    /// What the last name is; nothing is known of it where it is left to whoever asks on: the chain went
    /// round, or has no room for more.
    pub(super) found: Found<'a>,
    /// The fallback of the service that it leads to.
    pub(super) fallback: Option<Fallback<'a>>,
}

impl<'a> NameChain<'a> {
    /// Its CNAMEs to names, in their order.
    pub(super) fn links(&self) -> impl Iterator<Item = &Link<'a>> {
        self.links[..self.len].iter().flatten()
    }

    /// Leaves the last name to whoever asks on.
    fn leave(&mut self, len: usize) {
        (self.len, self.fallback) = (len, None);
        self.found = Found { service: None, node: left() };
    }
}

/// A name that is left to whoever asks on.
fn left<'a>() -> Node<'a> {
    let addresses = AddressSet::default();
    Node::Data(Data::Foreign(ForeignData { addresses, limit: u32::MAX }))
}

/// Who asks, and when.
#[derive(Clone, Copy, Debug)]
pub(super) struct Asked<'a> {
    pub(super) asker: &'a Asker,
    pub(super) now: Moment,
}

/// Follows a name that is an alias to another one. `names` is the room for the names
/// that the chain leads to.
// Apart, so that other names do not carry it.
#[inline(never)]
pub(super) fn follow_names<'a>(
    question: ZoneName<'a>,
    node: Node<'a>,
    Asked { asker, now }: Asked<'_>,
    names: &'a mut Names,
    gathered: &mut AddressBuffer,
) -> NameChain<'a> {
    let mut chain = NameChain {
        question: question.name,
        links: [None; MOST_NAMES],
        len: 0,
        last: question,
        found: Found { service: None, node: left() },
        fallback: None,
    };
    let round = chain.follow(node, asker, names, gathered);
    let steps = chain.found.service.as_ref().map_or(0, |service| {
        let is_canonical = matches!(chain.found.node, Node::Alias(Alias::Canonical));
        let node = match is_canonical {
            true => service.node(service.location, gathered),
            false => chain.found.node.clone(),
        };
        let fallback = service.follow(node, gathered, now);
        let steps = usize::from(is_canonical) + fallback.steps().len();
        chain.fallback = Some(fallback);
        steps
    });
    chain.bound(round);
    if chain.len + steps > MOST_ALIASES {
        chain.leave(chain.len.min(MOST_ALIASES));
    }
    chain
}

impl<'a> NameChain<'a> {
    /// Follows aliases that lead to names. Where the chain goes round: to which of its names it came back,
    /// the question's being 0.
    fn follow(
        &mut self,
        mut node: Node<'a>,
        asker: &Asker,
        names: &'a mut Names,
        gathered: &mut AddressBuffer,
    ) -> Option<usize> {
        let snapshot = self.last.snapshot;
        let mut names = names.iter_mut();
        loop {
            let alias = match node {
                Node::Alias(Alias::External(external)) => ToName { external, is_resolved: false },
                Node::Alias(Alias::Resolved(external)) => ToName { external, is_resolved: true },
                node => {
                    self.found.node = node;
                    return None;
                }
            };
            let name = names.next()?;
            name.read(alias.name(), 0).ok()?;
            let name: &'a QueryName = name;
            let all = std::iter::once(self.question).chain(self.links().map(|link| link.name));
            let round = all.into_iter().position(|it| it.wire() == name.wire());
            if let Some(link) = self.links.get_mut(self.len) {
                let resolved = alias.is_resolved.then_some(alias.external.ttl);
                *link = Some(Link { name, ttl: u32::MAX, resolved });
                self.len += 1;
            }
            if round.is_some() {
                return round;
            }
            let Some(located) = Located::new(snapshot, name) else {
                let known = self.last.look_up_by_kubernetes(asker, name);
                node = known.unwrap_or_else(|| alias.behind(snapshot.negative_ttl));
                continue;
            };
            self.last = ZoneName::new(snapshot, name, &located);
            let found = self.last.look_up(&located, asker, gathered);
            if let Some(mut service) = found.service {
                // The question's name is another one, so that no location stands in it.
                service.shape = service.shape.without_location();
                self.found = Found { service: Some(service), node: found.node };
                return None;
            }
            node = found.node;
        }
    }

    /// Gives each CNAME its TTL. Whichever chain led to it, an alias has one, which follows from what it leads
    /// to. `round` is the name that the chain came back to.
    fn bound(&mut self, round: Option<usize>) {
        let snapshot = self.last.snapshot;
        let (limit, is_guess) = match (&self.fallback, &self.found.node) {
            (Some(fallback), _) => (fallback.end.limit, fallback.is_guess()),
            (None, Node::Data(Data::Foreign(foreign))) => (foreign.limit, false),
            (None, node) => (u32::MAX, matches!(node, Node::Unknown)),
        };
        // What is not known may be known a moment later.
        let limit = if is_guess { limit.min(snapshot.negative_ttl) } else { limit };
        let mut before = u32::MAX;
        for at in 0..self.len {
            let resolved = self.links[at].and_then(|link| link.resolved);
            // What resolvers said stands behind a Service's alias, and is as good.
            if resolved.is_none() {
                before = snapshot.in_cluster_ttl.min(self.limit_from(at, limit, round));
            }
            if let Some(link) = &mut self.links[at] {
                link.ttl = before;
            }
        }
    }

    /// What limits the alias at `from`, in seconds: `end`, which stands at the end of them all, and resolvers'
    /// words on the way, as far as who asks for that very name is led.
    fn limit_from(&self, from: usize, end: u32, round: Option<usize>) -> u32 {
        let stop = round.map(|round| round.max(from));
        let (mut at, mut aliases, mut least) = (from, 0, u32::MAX);
        loop {
            aliases += 1;
            match self.links[at].and_then(|link| link.resolved) {
                Some(limit) => least = least.min(limit),
                None if aliases > MOST_ALIASES => return least,
                None => {}
            }
            at = match round {
                _ if at + 1 < self.len => at + 1,
                Some(round) => round,
                None => return least.min(end),
            };
            if stop == Some(at) {
                return least;
            }
        }
    }
}

/// An alias that leads to a name.
#[derive(Clone, Copy)]
struct ToName<'a> {
    external: External<'a>,
    /// Whether it is the one that resolvers know of.
    is_resolved: bool,
}

impl<'a> ToName<'a> {
    /// The name, in wire form.
    fn name(self) -> &'a [u8] {
        if self.is_resolved { self.external.home } else { self.external.name }
    }

    /// What the name is that it leads to, which is in no zone of ours and none of the asker's cluster.
    fn behind(self, negative_ttl: u32) -> Node<'a> {
        let External { addresses, home, ttl, .. } = self.external;
        let foreign = |limit| Node::Data(Data::Foreign(ForeignData { addresses, limit }));
        match self.is_resolved {
            true => left(),
            false if home.len() > 1 => Node::Alias(Alias::Resolved(self.external)),
            // What is not known may be known a moment later.
            false if self.external.is_bare() => foreign(negative_ttl),
            false => foreign(ttl),
        }
    }
}

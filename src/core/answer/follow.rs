//! Follow: from a name that is an alias to the end that it leads to, across all zones of ours.
//!
//! In: an alias, and who asks. Out: [`Fallback`] of a service, [`NameChain`] of other names: the CNAMEs on the
//! way, and what is at the end. Every name is looked up once; what limits the end then limits all that leads there.
//! Forwarders pass a lone CNAME on, and stubs do not follow one: so it is followed here, as far as anything
//! is known. Nothing is written here. Does not know record types.

use crate::core::asker::Asker;
use crate::core::compiled::{AddressBuffer, AddressSet, External};
use crate::core::name::{MAX_NAME, QueryName};
use crate::core::time::Moment;
use crate::core::zone;

use super::decode::Located;
use super::lookup::{
    Alias, Data, End, FallbackChain, ForeignData, Found, Node, WrittenAlias, ZoneName,
};

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
    pub(super) fn is_guess(&self) -> bool {
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
    pub(super) source: Source<'a>,
}

/// Who says that a name is an alias.
#[derive(Clone, Copy, Debug)]
pub(super) enum Source<'a> {
    /// A Service of type ExternalName.
    External,
    /// Resolvers, for so many seconds.
    Resolved(u32),
    /// A record of a static zone.
    Written(WrittenAlias<'a>),
}

impl Link<'_> {
    fn resolved(&self) -> Option<u32> {
        if let Source::Resolved(seconds) = self.source { Some(seconds) } else { None }
    }
}

/// A name that is an alias of others, and what it leads to.
#[derive(Debug)]
pub(super) struct NameChain<'a> {
    pub(super) question: &'a QueryName,
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
                Node::Alias(Alias::External(external)) => ToName::External(external),
                Node::Alias(Alias::Resolved(external)) => ToName::Resolved(external),
                Node::Alias(Alias::Written(written)) => ToName::Written(written),
                node => {
                    self.found.node = node;
                    return None;
                }
            };
            let name = names.next()?;
            if alias.write_name(name).is_none() {
                if let Some(owner) = alias.dname() {
                    self.found.node = Node::Data(Data::TooLong(owner));
                }
                return None;
            }
            let name: &'a QueryName = name;
            let all = std::iter::once(self.question).chain(self.links().map(|link| link.name));
            let round = all.into_iter().position(|it| it.wire() == name.wire());
            if let Some(link) = self.links.get_mut(self.len) {
                *link = Some(Link { name, ttl: u32::MAX, source: alias.source() });
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
            let own = match self.links[at].map(|link| link.source) {
                Some(Source::Written(written)) => Some(written.ttl),
                Some(Source::External) => Some(snapshot.in_cluster_ttl),
                // What resolvers said stands behind a Service's alias, and is as good.
                Some(Source::Resolved(_)) | None => None,
            };
            if let Some(own) = own {
                before = own.min(self.limit_from(at, limit, round));
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
            match self.links[at].and_then(|link| link.resolved()) {
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
enum ToName<'a> {
    External(External<'a>),
    /// The one that resolvers know of.
    Resolved(External<'a>),
    Written(WrittenAlias<'a>),
}

impl<'a> ToName<'a> {
    /// Fills in the name that it leads to; `None` where that is too long.
    fn write_name(self, name: &mut QueryName) -> Option<()> {
        let alias = match self {
            Self::External(external) => return name.read(external.name, 0).ok().map(|_| ()),
            Self::Resolved(external) => return name.read(external.home, 0).ok().map(|_| ()),
            Self::Written(alias) => alias,
        };
        let (mut wire, mut len) = ([0; MAX_NAME], 0);
        for part in [alias.start[0], alias.start[1], alias.rest] {
            wire.get_mut(len..len + part.len())?.copy_from_slice(part);
            len += part.len();
        }
        name.read(&wire[..len], 0).ok().map(|_| ())
    }

    fn source(self) -> Source<'a> {
        match self {
            Self::External(_) => Source::External,
            Self::Resolved(external) => Source::Resolved(external.ttl),
            Self::Written(alias) => Source::Written(alias),
        }
    }

    /// The name whose DNAME makes it.
    fn dname(self) -> Option<zone::Node<'a>> {
        if let Self::Written(alias) = self { alias.dname } else { None }
    }

    /// What the name is that it leads to, which is in no zone of ours and none of the asker's cluster.
    fn behind(self, negative_ttl: u32) -> Node<'a> {
        let Self::External(external) = self else { return left() };
        let External { addresses, home, ttl, .. } = external;
        let foreign = |limit| Node::Data(Data::Foreign(ForeignData { addresses, limit }));
        match home.len() > 1 {
            true => Node::Alias(Alias::Resolved(external)),
            // What is not known may be known a moment later.
            false if external.is_bare() => foreign(negative_ttl),
            false => foreign(ttl),
        }
    }
}

//! Follow: from a name that is an alias to the end that it leads to, across all zones of ours.
//!
//! In: an alias, and who asks. Out: [`Chain`]: the CNAMEs on the way, each with its TTL, and what is at the
//! end. Every name is looked up once; what limits the end then limits all that leads there.
//! Forwarders pass a lone CNAME on, and stubs do not follow one: so it is followed here, as far as anything
//! is known. Nothing is written here. Does not know record types.

use crate::core::asker::Asker;
use crate::core::compiled::{AddressBuffer, AddressSet, External};
use crate::core::name::QueryName;

use super::decode::Located;
use super::lookup::{Alias, Data, End, FallbackChain, ForeignData, Found, Node, ZoneName};

/// Most CNAMEs that are written before a name is left to others: more than any resolver follows, and a
/// message of them stays far below 16,384 octets, where pointers end.
pub(super) const MOST_ALIASES: usize = 12;
/// The aliases behind the last that is written are looked at too, as far as one written limits nothing
/// beyond: an alias has one TTL, whichever name was asked for (RFC 2181, section 5.2).
const MOST_NAMES: usize = 2 * MOST_ALIASES + 1;
/// Beside those to names: one to a canonical name, and one for each wider level.
const MOST_LINKS: usize = MOST_NAMES + 3;

/// Room for the names that a chain leads to.
pub(super) type Names = [QueryName; MOST_NAMES];

/// A CNAME: the alias that the name before it is.
#[derive(Clone, Copy, Debug)]
pub(super) struct Link<'a> {
    pub(super) target: Target<'a>,
    /// In seconds.
    pub(super) ttl: u32,
}

/// What a name is an alias of.
#[derive(Clone, Copy, Debug)]
pub(super) enum Target<'a> {
    /// The service's name one level wider.
    Wider {
        /// Its location.
        to: usize,
        /// Whether "no shard answers at the name before" is a guess.
        is_guess: bool,
    },
    /// The canonical name of the chain's service, at a location.
    Canonical(usize),
    /// The name that a Service of type ExternalName stands for.
    External(&'a QueryName),
    /// The name in a zone of ours that the name before is an alias of, as resolvers have said.
    Resolved {
        /// It.
        name: &'a QueryName,
        /// For how long they said so, in seconds.
        limit: u32,
    },
}

/// A name that is an alias, and what it leads to.
#[derive(Debug)]
pub(super) struct Chain<'a> {
    question: &'a QueryName,
    links: [Option<Link<'a>>; MOST_LINKS],
    len: usize,
    /// The last name that lies in a zone of ours and is no service's name one level wider.
    pub(super) last: ZoneName<'a>,
    /// The service that the chain leads to.
    pub(super) service: Option<ServiceEnd<'a>>,
    /// What the last name is; nothing is known of it where it is left to whoever asks on: the chain went
    /// round, or has no room for more.
    pub(super) node: Node<'a>,
}

/// A service whose name is met on the way, and where the chain ends from there.
#[derive(Debug)]
pub(super) struct ServiceEnd<'a> {
    pub(super) service: FallbackChain<'a>,
    pub(super) end: End,
    /// How many aliases led to its name.
    pub(super) first: usize,
}

impl<'a> Chain<'a> {
    fn new(question: ZoneName<'a>) -> Self {
        Self {
            question: question.name,
            links: [None; MOST_LINKS],
            len: 0,
            last: question,
            service: None,
            node: left(),
        }
    }

    /// Its CNAMEs, in their order.
    pub(super) fn links(&self) -> impl Iterator<Item = &Link<'a>> {
        self.links[..self.len].iter().flatten()
    }

    fn push(&mut self, target: Target<'a>) {
        if let Some(link) = self.links.get_mut(self.len) {
            *link = Some(Link { target, ttl: u32::MAX });
            self.len += 1;
        }
    }

    /// Goes on with a service, whose name the last one is or is an alias of; `node` is what it is there.
    fn enter(&mut self, service: FallbackChain<'a>, node: Node<'a>, gathered: &mut AddressBuffer) {
        let first = self.len;
        let wider = |to, is_guess| self.push(Target::Wider { to, is_guess });
        let (node, at) = service.outwards(node, gathered, wider);
        let end = service.end_at(at, &node);
        (self.service, self.node) = (Some(ServiceEnd { service, end, first }), node);
    }

    /// Leaves the last name to whoever asks on.
    fn leave(&mut self, len: usize) {
        self.len = len;
        (self.service, self.node) = (None, left());
    }
}

/// A name that is left to whoever asks on.
fn left<'a>() -> Node<'a> {
    let addresses = AddressSet::default();
    Node::Data(Data::Foreign(ForeignData { addresses, limit: u32::MAX }))
}

impl<'a> FallbackChain<'a> {
    /// What the service's name is at the end of its fallback, and at which location that is, with what
    /// answers there gathered; `wider` is told of every alias on the way. `node` is what the name is at its
    /// own location.
    #[inline(always)]
    fn outwards(
        &self,
        mut node: Node<'a>,
        gathered: &mut AddressBuffer,
        mut wider: impl FnMut(usize, bool),
    ) -> (Node<'a>, usize) {
        let mut at = self.location;
        while let Node::Alias(Alias::Wider { to, is_guess }) = node {
            wider(to, is_guess);
            at = to;
            node = self.node(at, gathered);
        }
        (node, at)
    }

    /// Where its fallback ends, with what is answered there gathered.
    pub fn end(&self, gathered: &mut AddressBuffer) -> End {
        let node = self.node(self.location, gathered);
        let (node, at) = self.outwards(node, gathered, |_, _| ());
        self.end_at(at, &node)
    }
}

/// Follows the alias that was found at the question's name. `asker` is who asks, and `names` the room for
/// the names that the chain leads to.
// Apart, so that names that are no alias do not carry it.
#[inline(never)]
pub(super) fn follow<'a>(
    question: ZoneName<'a>,
    found: Found<'a>,
    asker: Option<&Asker>,
    names: &'a mut Names,
    gathered: &mut AddressBuffer,
) -> Chain<'a> {
    let mut chain = Chain::new(question);
    let mut round = None;
    match (found.service, asker) {
        (Some(service), _) => chain.enter(service, found.node, gathered),
        (None, Some(asker)) => round = chain.follow_names(found.node, asker, names, gathered),
        // Names that are not a service's are aliases to those alone who ask inside clusters.
        (None, None) => chain.node = found.node,
    }
    chain.bound(round);
    if chain.len > MOST_ALIASES {
        chain.leave(chain.names().min(MOST_ALIASES));
    }
    chain
}

impl<'a> Chain<'a> {
    /// Follows aliases that lead to a name, and what those lead to. Where the chain goes round: to which of
    /// its names it came back, the question's being 0.
    fn follow_names(
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
                Node::Alias(Alias::Canonical(service)) => {
                    self.push(Target::Canonical(service.location));
                    self.last = self.last.canonical();
                    let node = service.node(service.location, gathered);
                    self.enter(service, node, gathered);
                    return None;
                }
                Node::Alias(Alias::External(external)) => ToName { external, is_resolved: false },
                Node::Alias(Alias::Resolved(external)) => ToName { external, is_resolved: true },
                node => {
                    self.node = node;
                    return None;
                }
            };
            let name = names.next()?;
            name.read(alias.name(), 0).ok()?;
            let name: &'a QueryName = name;
            let round = self.position(name);
            self.push(alias.target(name));
            if round.is_some() {
                return round;
            }
            let found = match Located::new(snapshot, name) {
                Some(located) => {
                    self.last = ZoneName::new(snapshot, name, &located);
                    self.last.look_up(&located, asker, gathered)
                }
                None => {
                    let known = self.last.look_up_by_kubernetes(asker, name);
                    Found {
                        service: None,
                        node: known.unwrap_or_else(|| alias.behind(snapshot.negative_ttl)),
                    }
                }
            };
            if let Some(mut service) = found.service {
                // The question's name is another one, so that no location stands in it.
                service.shape = service.shape.without_location();
                self.enter(service, found.node, gathered);
                return None;
            }
            node = found.node;
        }
    }

    /// Which name of the chain `name` is, the question's being 0.
    fn position(&self, name: &QueryName) -> Option<usize> {
        let names = self.links().filter_map(|link| match link.target {
            Target::External(name) | Target::Resolved { name, .. } => Some(name),
            Target::Canonical(_) | Target::Wider { .. } => None,
        });
        std::iter::once(self.question).chain(names).position(|it| it.wire() == name.wire())
    }

    /// How many of its aliases lead to a name: they stand before all others.
    fn names(&self) -> usize {
        let is_name =
            |link: &&Link<'_>| matches!(link.target, Target::External(_) | Target::Resolved { .. });
        self.links().take_while(is_name).count()
    }

    /// Gives each CNAME its TTL. Whichever chain led to it, an alias has one, which follows from what it leads
    /// to. `round` is the name that the chain came back to.
    fn bound(&mut self, round: Option<usize>) {
        let snapshot = self.last.snapshot;
        let (limit, of_service) = match (&self.service, &self.node) {
            (Some(ServiceEnd { service, end, .. }), _) => (end.limit, service.ttl(end)),
            (None, Node::Data(Data::Foreign(foreign))) => (foreign.limit, u32::MAX),
            (None, _) => (u32::MAX, u32::MAX),
        };
        // What is not known may be known a moment later.
        let is_guess = matches!(self.node, Node::Unknown)
            || self.links().any(|it| matches!(it.target, Target::Wider { is_guess: true, .. }));
        let of_names = if is_guess { limit.min(snapshot.negative_ttl) } else { limit };
        let mut before = u32::MAX;
        for at in 0..self.len {
            let target = self.links[at].map(|link| link.target);
            let ttl = match target {
                Some(Target::Wider { .. }) => of_service,
                Some(Target::Canonical(_)) => snapshot.in_cluster_ttl.min(limit),
                Some(Target::External(_)) => {
                    snapshot.in_cluster_ttl.min(self.limit_from(at, of_names, round))
                }
                // It stands behind the one of the Service, and is as good.
                Some(Target::Resolved { .. }) | None => before,
            };
            before = ttl;
            if let Some(link) = &mut self.links[at] {
                link.ttl = ttl;
            }
        }
    }

    /// What limits the alias at `from`, of those that lead to names, in seconds: `end`, which stands at the end
    /// of them all, and resolvers' words on the way, as far as who asks for that very name is led.
    fn limit_from(&self, from: usize, end: u32, round: Option<usize>) -> u32 {
        let names = self.names();
        let stop = round.map(|round| round.max(from));
        let (mut at, mut aliases, mut least) = (from, 0, u32::MAX);
        loop {
            aliases += 1;
            match self.links[at].map(|link| link.target) {
                Some(Target::Resolved { limit, .. }) => least = least.min(limit),
                _ if aliases > MOST_ALIASES => return least,
                _ => {}
            }
            at = match round {
                _ if at + 1 < names => at + 1,
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

    fn target(self, name: &'a QueryName) -> Target<'a> {
        if self.is_resolved {
            Target::Resolved { name, limit: self.external.ttl }
        } else {
            Target::External(name)
        }
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

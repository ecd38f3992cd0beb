//! The language of stories: one step a line, what it answers indented below it.
//!
//! ```text
//! # why this story is told
//! federation NAME DOMAIN [ttl N] [when-all-down nodata|nxdomain|all|last] [publish labelled]
//!     [ns HOST ADDRESS,..]..            without `ns`: ns1 and ns2 of the domain
//! zone APEX FILE | nothing | unread     a static zone: a file of tests/scenarios/zones, none, or one that is faulty
//! settings [negative-ttl N] [max-addresses N] [max-udp-size N] [sync-grace N] [in-cluster-ttl N]
//!     [trusted NETWORK,..]
//! entry CLUSTER [region R] [zones Z,..] [namespaces GLOB,..] [addresses NETWORK,..]
//!     [when-silent keep|withdraw] [stale-limit SECONDS] [guard PERCENT] [hostname-stale-limit N]
//!     [networks NETWORK,..] [domain CLUSTERDOMAIN]
//! cluster CLUSTER node NAME PLACE|nowhere NETWORK..     of its pods; addresses are its own
//! cluster CLUSTER zone ZONE.REGION | zone ZONE | region REGION | nowhere
//! cluster CLUSTER has NS/SVC [ADDRESS..] [ready N] [not-ready N] [WORD..] [from SOURCE]
//!     words: cluster-ip A,.., headless, external NAME, pods A,.. (ready), waiting A,.. (not ready),
//!     ttl N, weight N, terminating N (of those not ready), drained SECONDS [hard], type T, hostname H, deleting, opted-out, labelled, publish-not-ready,
//!     bad-ttl TEXT, empty-ingress; without `ready` nor `not-ready` it has no slice
//! cluster CLUSTER endpoints NS/SVC ready N [not-ready N]
//! cluster CLUSTER loses NS/SVC | loses NS/SVC endpoints | loses NS/SVC slice | loses node PLACE|NAME
//! cluster CLUSTER relabels NS/SLICE NS/SVC | nothing    a slice of one ready endpoint; SLICE is `SVC-1`
//! cluster CLUSTER lists nothing | ITEM [; ITEM]..  [from SOURCE]     an item: as after `has`, or a place
//! cluster CLUSTER bad-label NODE KEY VALUE WHY..
//! cluster CLUSTER file NAME unreadable WHY.. | file NAME fine
//! cluster CLUSTER lost WHY.. | reached | waits | is UID         whether it is in sight, and who it is
//! cluster CLUSTER list-moves                                    more of a list has come
//! cluster CLUSTER syncs [partly] | accepted
//! cluster CLUSTER panics PLACE.. [renumbered] | is-well        what watches it, in our source
//! clusters sync
//! entry, federation, settings of what is there already: a reload that changes it
//! federation-ends NAME | cluster CLUSTER ends | cluster CLUSTER moves      (read from elsewhere)
//! resolver says HOST ADDRESS.. [without ipv4|ipv6] [via HOST,..] [ttl N]
//! resolver fails HOST | resolver denies HOST
//! restarts          another process, which starts from what this one kept of its clusters
//! at Ns
//! wall-clock N                  somebody sets it to so many seconds since 1970
//! query NAME TYPE [edns|do|udp N|version N|cookie|tcp|rd|cd|ad|class C|opcode N|draw N|size]
//!     [keepalive|keepalive-of N (RFC 7828)] [idle MILLISECONDS (of the connection)]
//!     [from ADDRESS] [as CLUSTER (at its own listener)] [option TEXT (EDNS 65001)]
//! log
//! hostnames        those that are asked for, and what is known of each
//! complaints
//! unread           whether answers wait no longer, and for whom they would
//! reload fails WHY.. | reload succeeds          of the configuration's file
//! drain [hard] cluster C | region R | zone Z [in R] | service NS/SVC [in C] .. until N
//! pin NS/SVC CLUSTER until N
//! release                      all that was said last; `release all` everything
//! override TEXT.. | guard TEXT.. | probe TEXT..          what others tell of themselves
//! verdict          how things stand, and why; then clusters and services in counts
//! ```

#[path = "story_entries.rs"]
mod entries;
#[path = "story_losses.rs"]
mod losses;
#[path = "story_overrides.rs"]
mod overrides;
#[path = "story_verdict.rs"]
mod verdict;

use std::time::Duration;

use fedns::core::answer::Transport;
use fedns::core::complaint::{Flaw, Subject};
use fedns::core::event::{Break, ClusterEvent, Contact, Facts, Listing, Object};
use fedns::core::hostname::Finding;
use fedns::core::policy::{ClusterPolicy, Policy, TrustedClients};
use fedns::core::service::{Drain, Endpoint, Ingress, Inside, SliceFacts, SourceId};
use fedns::core::time::Moment;

use entries::{
    list, read_answer, read_bad_label, read_entry, read_federation, read_type, read_zone,
};
use losses::{read_loss, read_relabelled};
use verdict::Others;

use crate::support::facts::{self, SOURCE, SYNCED, key};
use crate::support::packet::{Ask, Edns};
use crate::support::{Sim, UNIX_AT_START, label, render};

/// Plays a story; gives it back with what was answered below each step.
pub(crate) fn play(text: &str) -> String {
    let mut player = Player::default();
    let mut played = String::new();
    for (number, line) in text.lines().enumerate() {
        if line.starts_with("  ") {
            continue;
        }
        played.push_str(line);
        played.push('\n');
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        player.line = number + 1;
        for answered in player.step(line) {
            played.push_str(format!("  {answered}").trim_end());
            played.push('\n');
        }
    }
    played
}

struct Player {
    policy: Policy,
    grace: Duration,
    sim: Option<Sim>,
    others: Others,
    line: usize,
}

impl Default for Player {
    fn default() -> Self {
        let (policy, grace) = (Policy::default(), Duration::from_secs(30));
        Self { policy, grace, sim: None, others: Others::default(), line: 0 }
    }
}

/// The words of a step that are still to be read.
struct Words<'l> {
    words: std::iter::Peekable<std::vec::IntoIter<&'l str>>,
    line: usize,
}

impl<'l> Words<'l> {
    fn new(text: &'l str, line: usize) -> Self {
        Self { words: text.split_whitespace().collect::<Vec<_>>().into_iter().peekable(), line }
    }

    fn maybe(&mut self) -> Option<&'l str> {
        self.words.next()
    }

    fn word(&mut self, what: &str) -> &'l str {
        self.words.next().unwrap_or_else(|| panic!("line {}: {what} is missing", self.line))
    }

    fn parse<T: std::str::FromStr>(&mut self, what: &str) -> T {
        let word = self.word(what);
        word.parse().unwrap_or_else(|_| panic!("line {}: {word:?} is no {what}", self.line))
    }

    fn rest(&mut self) -> String {
        self.words.by_ref().collect::<Vec<_>>().join(" ")
    }

    fn unknown(&self, word: &str) -> ! {
        panic!("line {}: {word:?} means nothing here", self.line)
    }
}

impl Player {
    fn step(&mut self, line: &str) -> Vec<String> {
        let mut words = Words::new(line, self.line);
        match words.word("a step") {
            "federation" => {
                let federation = read_federation(&mut words);
                self.policy.federations.retain(|it| it.name != federation.name);
                self.policy.federations.push(federation);
                self.reload();
            }
            "federation-ends" => {
                let name = label(words.word("a federation"));
                self.policy.federations.retain(|it| it.name != name);
                self.reload();
            }
            "zone" => {
                let zone = read_zone(&mut words);
                self.policy.static_zones.retain(|it| it.apex != zone.apex);
                self.policy.static_zones.extend(zone.zone);
                self.reload();
            }
            "settings" => self.settings(&mut words),
            "entry" => {
                let name = label(words.word("a cluster"));
                let policy = read_entry(&mut words);
                self.sim().register(&name, policy);
            }
            "cluster" => self.cluster(&mut words),
            "clusters" => {
                let names: Vec<_> = self.sim().state.clusters().map(|it| it.name.clone()).collect();
                names.iter().for_each(|name| self.sim().say(name, SYNCED));
            }
            "resolver" => self.resolver(&mut words),
            "hostnames" => return self.sim().hostnames(),
            "at" => {
                let word = words.word("a time");
                let seconds = word.strip_suffix('s').and_then(|it| it.parse().ok());
                let seconds = seconds.unwrap_or_else(|| words.unknown(word));
                self.sim().pass_to(Moment(Duration::from_secs_f64(seconds)));
            }
            "wall-clock" => {
                let seconds = words.parse("number of seconds");
                self.sim().set_wall_clock(seconds);
            }
            verb @ ("drain" | "pin") => {
                let mut said = self.sim().state.said_overrides().to_vec();
                said.push(overrides::read_override(verb, &mut words, said.len()));
                self.sim().set_overrides(said);
            }
            "release" => {
                let mut said = self.sim().state.said_overrides().to_vec();
                match words.maybe() {
                    Some(_) => said.clear(),
                    None => _ = said.pop(),
                }
                self.sim().set_overrides(said);
            }
            "query" => return self.query(&mut words),
            "restarts" => {
                let grace = self.grace;
                self.sim().restart(grace);
            }
            "log" => return std::mem::take(&mut self.sim().moves),
            "events" => return self.sim().events(),
            "unread" => {
                let state = &self.sim().state;
                let ready = if state.is_settled() { "ready" } else { "not ready" };
                let unread: Vec<_> = state.unread().collect();
                return vec![format!("{ready}; never read: {}", unread.join(", "))];
            }
            word @ ("reload" | "override" | "guard" | "probe") => {
                let since = self.sim().now;
                self.others.tell(word, &words.rest(), since);
            }
            "verdict" => {
                self.sim();
                let Self { sim, others, line, .. } = self;
                return sim.iter().flat_map(|sim| verdict::lines(sim, others, *line)).collect();
            }
            "complaints" => {
                return self.sim().state.complaints().iter().map(ToString::to_string).collect();
            }
            other => words.unknown(other),
        }
        Vec::new()
    }

    /// A policy that is read after the world has started changes it.
    fn reload(&mut self) {
        if let Some(sim) = &mut self.sim {
            sim.change_policy(self.policy.clone());
        }
    }

    /// The world starts with the first step that is no setting.
    fn sim(&mut self) -> &mut Sim {
        let (policy, grace) = (&self.policy, self.grace);
        self.sim.get_or_insert_with(|| Sim::new(policy.clone(), grace))
    }

    fn settings(&mut self, words: &mut Words<'_>) {
        while let Some(word) = words.maybe() {
            match word {
                "negative-ttl" => self.policy.negative_ttl = words.parse("number"),
                "max-addresses" => self.policy.max_addresses = words.parse("number"),
                "max-udp-size" => self.policy.max_udp_size = words.parse("number"),
                "in-cluster-ttl" => self.policy.in_cluster_ttl = words.parse("number"),
                "trusted" => {
                    let networks = list(words.word("networks"), |text| text.parse().unwrap());
                    self.policy.trusted_clients = TrustedClients::Networks(networks);
                }
                "sync-grace" => self.grace = Duration::from_secs(words.parse("number")),
                other => words.unknown(other),
            }
        }
        self.reload();
    }

    fn cluster(&mut self, words: &mut Words<'_>) {
        let name = label(words.word("a cluster"));
        match words.words.peek() {
            Some(&"ends") => return self.sim().deregister(&name),
            Some(&"accepted") => return self.sim().accept(&name),
            Some(&"moves") => return self.sim().state.move_cluster(&name),
            _ => {}
        }
        if !self.sim().knows(&name) {
            self.sim().register(&name, ClusterPolicy::default());
        }
        for event in read_events(words) {
            self.sim().say(&name, event);
        }
    }

    fn resolver(&mut self, words: &mut Words<'_>) {
        let way = words.word("what it does");
        let host = words.word("a hostname");
        let finding = match way {
            "says" => Finding::Answered(read_answer(words)),
            "fails" => Finding::Failed("SERVFAIL".into()),
            "denies" => Finding::Denied,
            other => words.unknown(other),
        };
        self.sim().resolve(host, finding);
    }

    fn query(&mut self, words: &mut Words<'_>) -> Vec<String> {
        let mut ask = Ask::new(words.word("a name"), words.word("a type"));
        let mut has_size = false;
        while let Some(word) = words.maybe() {
            match word {
                "edns" => _ = ask.edns.get_or_insert_default(),
                "do" => ask.edns.get_or_insert_default().dnssec_ok = true,
                "udp" => ask.edns.get_or_insert_default().payload = words.parse("size"),
                "version" => ask.edns.get_or_insert_default().version = words.parse("number"),
                "cookie" => {
                    let option = [0, 10, 0, 8, 1, 2, 3, 4, 5, 6, 7, 8];
                    ask.edns.get_or_insert_with(Edns::default).options.extend(option);
                }
                "keepalive" => ask.edns.get_or_insert_default().options.extend([0, 11, 0, 0]),
                "keepalive-of" => {
                    let value = words.parse::<u16>("number").to_be_bytes();
                    let options = &mut ask.edns.get_or_insert_default().options;
                    options.extend([&[0, 11, 0, 2], &value[..]].concat());
                }
                "idle" => ask.idle = Duration::from_millis(words.parse("milliseconds")),
                "tcp" => ask.transport = Transport::Tcp,
                "rd" => ask.flags[0] |= 0x01,
                "ad" => ask.flags[1] |= 0x20,
                "cd" => ask.flags[1] |= 0x10,
                "class" => ask.class = words.parse("class by number"),
                "opcode" => ask.opcode = words.parse("opcode by number"),
                "draw" => ask.draw = words.parse("number"),
                "size" => has_size = true,
                "from" => ask.client = words.parse("address"),
                "as" => ask.listener = Some(label(words.word("a cluster"))),
                "option" => {
                    let text = words.word("a text").trim_matches('"');
                    let options = &mut ask.edns.get_or_insert_with(Edns::default).options;
                    options.extend(65001_u16.to_be_bytes());
                    options.extend((text.len() as u16).to_be_bytes());
                    options.extend(text.as_bytes());
                }
                other => words.unknown(other),
            }
        }
        let reply = self.sim().ask(&ask);
        if let Some(question) = render::question(&reply) {
            assert_eq!(question, ask.question(), "line {}: the question comes back", self.line);
        }
        let mut lines = render::lines(&reply);
        if has_size {
            lines.push(format!("; {} octets", reply.len()));
        }
        lines
    }
}

fn read_events(words: &mut Words<'_>) -> Vec<ClusterEvent> {
    let word = words.word("what the cluster says");
    match word {
        "zone" | "region" => {
            vec![facts::applied(read_place(word, words.word("a place")))]
        }
        "nowhere" => Vec::new(),
        "node" => vec![facts::applied(read_node(words))],
        "has" => {
            let (source, objects) = read_service(words);
            objects.into_iter().map(|object| ClusterEvent::Applied(source, object)).collect()
        }
        "endpoints" => {
            let (source, objects) = read_service(words);
            let slices = objects.into_iter().skip(1);
            slices.map(|object| ClusterEvent::Applied(source, object)).collect()
        }
        "loses" => read_loss(words),
        "relabels" => vec![read_relabelled(words)],
        "lists" => vec![read_listing(&words.rest(), words.line)],
        "bad-label" => vec![read_bad_label(words)],
        "file" => {
            let subject = Subject::File(words.word("a file").into());
            let flaws = match words.word("its state") {
                "fine" => Vec::new(),
                "unreadable" => vec![Flaw::FileUnreadable(words.rest().into())],
                other => words.unknown(other),
            };
            vec![ClusterEvent::Flawed(subject, flaws)]
        }
        "list-moves" => vec![ClusterEvent::ListMoves],
        "lost" => vec![ClusterEvent::Contact(Contact::Lost(words.rest().into()))],
        "reached" => vec![ClusterEvent::Contact(Contact::Reached)],
        "waits" => vec![ClusterEvent::Contact(Contact::Waiting(None))],
        "panics" => {
            let (panic, renumbers) = match words.rest() {
                text if text.ends_with(" renumbered") => (text[..text.len() - 11].to_owned(), true),
                text => (text, false),
            };
            vec![ClusterEvent::Broken(Break { panic: panic.into(), renumbers })]
        }
        "is-well" => vec![ClusterEvent::Well],
        "is" => vec![ClusterEvent::Identified(words.word("a UID").into())],
        "syncs" => {
            let is_complete = words.maybe() != Some("partly");
            vec![ClusterEvent::Synced { is_complete }]
        }
        other => words.unknown(other),
    }
}

fn read_place(kind: &str, place: &str) -> Facts {
    if kind == "region" { facts::node(&format!(".{place}")) } else { facts::node(place) }
}

fn read_node(words: &mut Words<'_>) -> Facts {
    let name = format!("node-{}", words.word("a name")).into();
    let place = words.word("a place");
    let mut node = facts::node_facts(if place == "nowhere" { "" } else { place });
    while let Some(word) = words.maybe() {
        match word.parse() {
            Ok(address) => node.addresses.push(address),
            Err(_) => node.pod_networks.push(word.parse().unwrap_or_else(|_| words.unknown(word))),
        }
    }
    Facts::Node(name, node)
}

fn read_listing(text: &str, line: usize) -> ClusterEvent {
    let (mut listing, mut text) = (Listing { source: SOURCE, objects: Vec::new() }, text);
    if let Some((items, source)) = text.rsplit_once(" from ") {
        (listing.source, text) = (SourceId(source.parse().unwrap()), items);
    }
    for item in text.split(';').map(str::trim).filter(|item| *item != "nothing") {
        let mut words = Words::new(item, line);
        if item.starts_with("zone ") || item.starts_with("region ") {
            let kind = words.word("zone or region");
            let facts = read_place(kind, words.word("a place"));
            listing.objects.push(Object { facts, flaws: Vec::new() });
        } else {
            listing.objects.extend(read_service(&mut words).1);
        }
    }
    ClusterEvent::Listed(vec![listing])
}

/// A Service and, where endpoints are given, its slice.
fn read_service(words: &mut Words<'_>) -> (SourceId, Vec<Object>) {
    let key = key(words.word("a service"));
    let mut service = facts::load_balancer(&[]);
    let (mut ready, mut not_ready, mut terminating) = (None::<u32>, None::<u32>, 0);
    let (mut source, mut flaws) = (SOURCE, Vec::new());
    let mut endpoints = Vec::new();
    while let Some(word) = words.maybe() {
        match word {
            "ready" => ready = Some(words.parse("number")),
            "not-ready" => not_ready = Some(words.parse("number")),
            "ttl" => service.ttl = Some(words.parse("number")),
            "weight" => service.weight = Some(words.parse("number")),
            "terminating" => terminating = words.parse("number"),
            "drained" => {
                let until = Some(UNIX_AT_START + words.parse::<u64>("number of seconds"));
                let is_hard = words.words.next_if_eq(&"hard").is_some();
                let reason = "maintenance".into();
                service.drain = Some(Box::new(Drain { until, is_hard, reason }));
            }
            "type" => service.service_type = read_type(words),
            "hostname" => service.ingress.push(Ingress::Hostname(words.word("a host").into())),
            "deleting" => service.is_deleting = true,
            "opted-out" => service.is_opted_out = true,
            "labelled" => service.is_labelled = true,
            "publish-not-ready" => service.publishes_not_ready = true,
            "from" => source = SourceId(words.parse("source")),
            "headless" => service.inside = Inside::Headless,
            "cluster-ip" => {
                let addresses = list(words.word("addresses"), |text| text.parse().unwrap());
                service.inside = Inside::ClusterIps(addresses);
            }
            "external" => service.inside = Inside::ExternalName(words.word("a name").into()),
            "pods" | "waiting" => {
                let is_ready = word == "pods";
                let addresses = list(words.word("addresses"), |text| text.parse().unwrap());
                let count = if is_ready { &mut ready } else { &mut not_ready };
                *count = Some(addresses.len() as u32);
                let endpoint = |address| Endpoint { address, is_ready };
                endpoints.extend(addresses.into_iter().map(endpoint));
            }
            "empty-ingress" => flaws.push(Flaw::EmptyIngress),
            "bad-ttl" => flaws.push(Flaw::BadAnnotation(
                "fedns.dev/ttl",
                words.word("a text").into(),
                "seconds, or a duration such as 30s",
            )),
            address => match address.parse() {
                Ok(address) => service.ingress.push(Ingress::Address(address)),
                Err(_) => words.unknown(address),
            },
        }
    }
    let mut objects = vec![Object { facts: Facts::Service(key.clone(), service), flaws }];
    if ready.is_some() || not_ready.is_some() {
        let slice = facts::slice(&key, ready.unwrap_or(0), not_ready.unwrap_or(0));
        let slice = SliceFacts { endpoints, terminating, ..slice };
        objects.push(Object { facts: Facts::Slice(key, slice), flaws: Vec::new() });
    }
    (source, objects)
}

//! One resolver, asked with EDNS if it understands that, and else without.
//!
//! In: its address, a hostname. Out: what it says of both families; of one that comes long before the other,
//! so much at once, for some servers drop questions for the family that they do not have. A resolver that refuses a query
//! with EDNS is asked again without (RFC 6891, section 6.2.2), and so is one that says nothing to it
//! and has never answered one; what helped is kept for a while, so that not each query costs two.
//! Does not know other resolvers.

use std::net::SocketAddr;
use std::pin::pin;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use futures::future::{Either, select};
use hickory_resolver::TokioResolver;
use hickory_resolver::config::{
    NameServerConfig, ResolveHosts, ResolverConfig, ResolverOpts, ServerOrderingStrategy,
};
use hickory_resolver::lookup::Lookup;
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use hickory_resolver::net::{DnsError, NetError};
use hickory_resolver::proto::op::ResponseCode;
use hickory_resolver::proto::rr::Name;
use tokio::time::{Instant, sleep, timeout, timeout_at};

use crate::core::family::Family;

use super::early::Early;
use super::resolver_reply::FamilyReply;

/// How long one server may take. Datagrams are sent again meanwhile.
const SERVER_PATIENCE: Duration = Duration::from_secs(3);
/// Questions under way on one TCP connection: what all hostnames in flight may ask at once.
const PIPELINED: usize = 128;
/// How long one family waits for the other: longer than a resolver needs that has to ask around, or a shard
/// would be told of with half of its addresses. Then it is told alone.
const TOGETHER: Duration = Duration::from_millis(500);
/// After so much silence a server that has never answered a query with EDNS is asked without.
const SILENCE: Duration = Duration::from_secs(1);
/// How long it counts that a server does not understand EDNS, or that this is not what it refuses.
const KEPT: Duration = Duration::from_secs(600);

/// One resolver.
pub(super) struct Upstream {
    with_edns: TokioResolver,
    plain: TokioResolver,
    manner: Mutex<Manner>,
}

/// How a server is asked.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Manner {
    /// With EDNS; it has never answered that.
    Untried,
    /// With EDNS, which it has answered; without where it refuses.
    Edns,
    /// With EDNS, until then also where it refuses: to leave it out did not help.
    EdnsAlone(Instant),
    /// Without EDNS until then.
    Plain(Instant),
}

/// Replies for both families.
struct Replies([Result<Lookup, NetError>; 2]);

impl Replies {
    async fn of(server: &TokioResolver, name: &Name, early: &Early<'_>) -> Self {
        let (v4, v6) = (server.ipv4_lookup(name.clone()), server.ipv6_lookup(name.clone()));
        match select(pin!(v4), pin!(v6)).await {
            Either::Left((v4, awaited)) => {
                let v6 = other(awaited, || early.tell(Family::V4, part(name, &v4))).await;
                Self([v4, v6])
            }
            Either::Right((v6, awaited)) => {
                let v4 = other(awaited, || early.tell(Family::V6, part(name, &v6))).await;
                Self([v4, v6])
            }
        }
    }

    /// How many of them are answers, whatever they say.
    fn answers(&self) -> usize {
        self.0.iter().filter(|reply| is_answer(reply)).count()
    }

    fn is_refused(&self) -> bool {
        self.0.iter().any(is_refusal)
    }

    fn parts(self, name: &Name) -> [FamilyReply; 2] {
        self.0.map(|reply| part(name, &reply))
    }
}

/// Waits for the reply of the second family; `tell_first` is called where that takes long.
async fn other<T>(mut awaited: impl Future<Output = T> + Unpin, tell_first: impl FnOnce()) -> T {
    if let Ok(came) = timeout(TOGETHER, &mut awaited).await {
        return came;
    }
    tell_first();
    awaited.await
}

/// Whether a server may say this because it does not understand EDNS.
fn is_refusal(reply: &Result<Lookup, NetError>) -> bool {
    // BADVERS is read as BADSIG: both are 16 (RFC 6895, section 2.3), and nothing here is signed.
    use ResponseCode::{BADSIG, BADVERS, FormErr, NotImp};
    match reply {
        Err(NetError::Dns(DnsError::ResponseCode(code))) => {
            matches!(code, FormErr | NotImp | BADVERS | BADSIG)
        }
        // Some give back what they do not understand, cut or with counts that do not fit.
        Err(NetError::Proto(_)) => true,
        _ => false,
    }
}

/// Whether a server has understood what it was asked.
fn is_answer(reply: &Result<Lookup, NetError>) -> bool {
    matches!(reply, Ok(_) | Err(NetError::Dns(_))) && !is_refusal(reply)
}

impl Upstream {
    /// The one at this address; nothing is asked yet.
    pub(super) fn new(address: &SocketAddr) -> Result<Self, NetError> {
        let with_edns = connect(address, true)?;
        let plain = connect(address, false)?;
        Ok(Self { with_edns, plain, manner: Mutex::new(Manner::Untried) })
    }

    /// Asks for both families of a name, IPv4 first.
    pub(super) async fn ask(&self, name: &Name, early: &Early<'_>) -> [FamilyReply; 2] {
        let replies = match self.manner() {
            Manner::Plain(_) => Replies::of(&self.plain, name, early).await,
            Manner::EdnsAlone(_) => Replies::of(&self.with_edns, name, early).await,
            Manner::Edns => {
                let replies = Replies::of(&self.with_edns, name, early).await;
                self.listen(name, replies, early).await
            }
            Manner::Untried => self.try_out(name, early).await,
        };
        replies.parts(name)
    }

    /// Asks a server of which it is not known whether it understands EDNS.
    async fn try_out(&self, name: &Name, early: &Early<'_>) -> Replies {
        let end = Instant::now() + SERVER_PATIENCE;
        let mut asked = pin!(Replies::of(&self.with_edns, name, early));
        tokio::select! {
            biased;
            replies = &mut asked => return self.listen(name, replies, early).await,
            () = sleep(SILENCE) => {}
        }
        if early.is_told() {
            // It answers to EDNS; of one family it says nothing, however it is asked.
            self.keep(Manner::Edns);
            return self.listen(name, asked.await, early).await;
        }
        let mut plain = pin!(Replies::of(&self.plain, name, early));
        tokio::select! {
            biased;
            replies = &mut asked => match replies.answers() {
                // One family has come without EDNS: what is said of the other is waited for.
                0 if early.is_told() => self.settle(replies, plain.await),
                0 => match timeout_at(end, plain).await {
                    Ok(plain) => self.settle(replies, plain),
                    Err(_) => replies,
                },
                _ => self.listen(name, replies, early).await,
            },
            replies = &mut plain => match replies.answers() {
                0 => self.listen(name, asked.await, early).await,
                _ => {
                    self.keep(Manner::Plain(Instant::now() + KEPT));
                    replies
                }
            },
        }
    }

    /// Takes replies to queries with EDNS, and asks without where they are refusals.
    async fn listen(&self, name: &Name, replies: Replies, early: &Early<'_>) -> Replies {
        if replies.is_refused() {
            return self.settle(replies, Replies::of(&self.plain, name, early).await);
        }
        if replies.answers() > 0 {
            self.keep(Manner::Edns);
        }
        replies
    }

    /// Of replies with EDNS and without, those that say more.
    fn settle(&self, replies: Replies, plain: Replies) -> Replies {
        if plain.answers() > replies.answers() {
            self.keep(Manner::Plain(Instant::now() + KEPT));
            return plain;
        }
        if plain.is_refused() {
            self.keep(Manner::EdnsAlone(Instant::now() + KEPT));
        }
        replies
    }

    /// How it is to be asked now.
    fn manner(&self) -> Manner {
        let mut manner = self.manner.lock().unwrap_or_else(PoisonError::into_inner);
        if let Manner::Plain(until) | Manner::EdnsAlone(until) = *manner
            && Instant::now() >= until
        {
            *manner = Manner::Untried;
        }
        *manner
    }

    fn keep(&self, manner: Manner) {
        *self.manner.lock().unwrap_or_else(PoisonError::into_inner) = manner;
    }
}

fn connect(address: &SocketAddr, has_edns: bool) -> Result<TokioResolver, NetError> {
    let mut server = NameServerConfig::udp_and_tcp(address.ip());
    server.connections.iter_mut().for_each(|connection| connection.port = address.port());
    let config = ResolverConfig::from_name_servers(vec![server]);
    let provider = TokioRuntimeProvider::default();
    TokioResolver::builder_with_config(config, provider).with_options(options(has_edns)).build()
}

fn options(has_edns: bool) -> ResolverOpts {
    let mut options = ResolverOpts::default();
    options.edns0 = has_edns;
    options.timeout = SERVER_PATIENCE;
    options.attempts = 0;
    // The schedule keeps to TTLs; a second cache would only make answers older.
    options.cache_size = 0;
    options.use_hosts_file = ResolveHosts::Never;
    options.max_active_requests = PIPELINED;
    options.server_ordering_strategy = ServerOrderingStrategy::UserProvidedOrder;
    options
}

fn part(name: &Name, asked: &Result<Lookup, NetError>) -> FamilyReply {
    match asked {
        Ok(lookup) => FamilyReply::read(name, lookup.answers()),
        Err(NetError::Dns(DnsError::NoRecordsFound(none))) => match none.response_code {
            ResponseCode::NXDomain => FamilyReply::Denied,
            ResponseCode::NoError => FamilyReply::Nothing,
            other => FamilyReply::Failed(format!("the resolver says {other}").into()),
        },
        Err(NetError::Dns(DnsError::ResponseCode(code))) => {
            FamilyReply::Failed(format!("the resolver says {code}").into())
        }
        Err(NetError::Timeout) => FamilyReply::Failed("no resolver answers in time".into()),
        Err(other) => FamilyReply::Failed(other.to_string().into()),
    }
}

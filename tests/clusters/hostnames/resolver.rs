//! A small real DNS server that plays a resolver: over UDP and TCP on one port of its own, with
//! knobs that a test turns while it is asked.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{Read, Write};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener, TcpStream, UdpSocket};
use std::sync::mpsc;
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread;
use std::time::{Duration, Instant};

use hickory_proto::op::{Message, OpCode, ResponseCode};
use hickory_proto::rr::rdata::{CNAME, SOA};
use hickory_proto::rr::{Name, RData, Record, RecordType};

/// What it does with a query that has EDNS.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum OnEdns {
    /// It understands it.
    Answers,
    /// It says so.
    Says(ResponseCode),
    /// It gives the head of a message with FORMERR, without a question (RFC 6891, section 7).
    Cuts,
    /// It says nothing.
    Drops,
}

/// What it says of one name.
#[derive(Clone, Debug)]
pub(crate) enum Says {
    /// These addresses, with this TTL.
    Addresses(Vec<IpAddr>, u32),
    /// An alias: what it says of the target follows in the same reply.
    Alias(&'static str),
    /// The rcode alone.
    Code(ResponseCode),
    /// Nothing at all.
    Silence,
}

#[derive(Default)]
struct Book {
    names: BTreeMap<String, Says>,
    /// Names whose replies do not fit into datagrams.
    large: BTreeSet<String>,
    /// Types of names to which nothing is said.
    dropped: BTreeSet<(String, RecordType)>,
    /// It does not speak over TCP.
    is_without_tcp: bool,
    /// What is said of all names that are not in the book.
    others: Option<Says>,
    delay: Duration,
    on_edns: Option<OnEdns>,
    /// What comes without EDNS is refused too.
    is_stubborn: bool,
    /// It gives all names back in capitals.
    is_shouting: bool,
    /// Queries with EDNS, and without.
    queries: [usize; 2],
    /// Names that are being asked for, and since when.
    asked: BTreeMap<String, Instant>,
    most_asked: usize,
    over_tcp: usize,
}

/// The server; it ends with the test's process.
pub(crate) struct Resolver {
    pub(crate) address: SocketAddr,
    book: Arc<Mutex<Book>>,
}

/// fedns gives a question up after three seconds: what was asked for longer ago than this may
/// have been, and counts no more.
const COUNTS: Duration = Duration::from_secs(2);

impl Resolver {
    pub(crate) fn start() -> Self {
        // Both transports need the same port, and only one of them can be given any.
        let (udp, tcp) = loop {
            let udp = UdpSocket::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
            if let Ok(tcp) = TcpListener::bind(udp.local_addr().unwrap()) {
                break (udp, tcp);
            }
        };
        let address = udp.local_addr().unwrap();
        let book = Arc::new(Mutex::new(Book::default()));
        let (replies, late) = mpsc::channel::<(Instant, Vec<u8>, SocketAddr, String)>();
        let (of_udp, of_tcp, of_late) = (book.clone(), book.clone(), book.clone());
        let sender = udp.try_clone().unwrap();
        thread::spawn(move || serve_udp(&udp, &of_udp, &replies));
        thread::spawn(move || {
            for (due, reply, peer, name) in late {
                thread::sleep(due.saturating_duration_since(Instant::now()));
                of_late.lock().unwrap().asked.remove(&name);
                _ = sender.send_to(&reply, peer);
            }
        });
        thread::spawn(move || {
            for stream in tcp.incoming().flatten() {
                let book = of_tcp.clone();
                thread::spawn(move || serve_tcp(stream, &book));
            }
        });
        Self { address, book }
    }

    fn book(&self) -> MutexGuard<'_, Book> {
        self.book.lock().unwrap()
    }

    pub(crate) fn says(&self, name: &str, says: Says) {
        self.book().names.insert(format!("{name}."), says);
    }

    pub(crate) fn gives(&self, name: &str, ttl: u32, addresses: &[&str]) {
        let addresses = addresses.iter().map(|text| text.parse().unwrap()).collect();
        self.says(name, Says::Addresses(addresses, ttl));
    }

    /// The name's replies are truncated over UDP.
    pub(crate) fn truncates(&self, name: &str) {
        self.book().large.insert(format!("{name}."));
    }

    /// Nothing is said to questions for this type of a name.
    pub(crate) fn drops(&self, name: &str, record_type: RecordType) {
        self.book().dropped.insert((format!("{name}."), record_type));
    }

    /// It closes what is opened over TCP.
    pub(crate) fn without_tcp(&self) {
        self.book().is_without_tcp = true;
    }

    /// What is said of every name that is not known by name.
    pub(crate) fn says_else(&self, says: Says) {
        self.book().others = Some(says);
    }

    pub(crate) fn on_edns(&self, does: OnEdns) {
        self.book().on_edns = Some(does);
    }

    /// It refuses queries without EDNS as well.
    pub(crate) fn stubborn(&self) {
        self.book().is_stubborn = true;
    }

    pub(crate) fn shouts(&self) {
        self.book().is_shouting = true;
    }

    /// How many queries came with EDNS, and how many without.
    pub(crate) fn queries(&self) -> [usize; 2] {
        self.book().queries
    }

    pub(crate) fn slow(&self, delay: Duration) {
        self.book().delay = delay;
    }

    /// The most names that were being asked for at once.
    pub(crate) fn most_asked(&self) -> usize {
        self.book().most_asked
    }

    pub(crate) fn over_tcp(&self) -> usize {
        self.book().over_tcp
    }
}

fn serve_udp(
    socket: &UdpSocket,
    book: &Mutex<Book>,
    replies: &mpsc::Sender<(Instant, Vec<u8>, SocketAddr, String)>,
) {
    let mut buffer = [0; 4096];
    while let Ok((length, peer)) = socket.recv_from(&mut buffer) {
        let mut book = book.lock().unwrap();
        let Some((name, reply)) = book.reply(&buffer[..length], false) else { continue };
        let now = Instant::now();
        book.asked.retain(|_, since| now.duration_since(*since) < COUNTS);
        book.asked.entry(name.clone()).or_insert(now);
        book.most_asked = book.most_asked.max(book.asked.len());
        let due = now + book.delay;
        _ = replies.send((due, reply, peer, name));
    }
}

fn serve_tcp(mut stream: TcpStream, book: &Mutex<Book>) {
    let mut length = [0; 2];
    while stream.read_exact(&mut length).is_ok() {
        let mut packet = vec![0; usize::from(u16::from_be_bytes(length))];
        if stream.read_exact(&mut packet).is_err() {
            return;
        }
        let mut book = book.lock().unwrap();
        book.over_tcp += 1;
        if book.is_without_tcp {
            return;
        }
        let Some((_, reply)) = book.reply(&packet, true) else { continue };
        drop(book);
        let mut framed = (reply.len() as u16).to_be_bytes().to_vec();
        framed.extend(reply);
        if stream.write_all(&framed).is_err() {
            return;
        }
    }
}

impl Book {
    /// The reply to a packet, and the name it asks for.
    fn reply(&mut self, packet: &[u8], is_tcp: bool) -> Option<(String, Vec<u8>)> {
        let query = Message::from_vec(packet).ok()?;
        let is_plain = query.edns.is_none();
        self.queries[usize::from(is_plain)] += 1;
        let mut question = query.queries.first()?.clone();
        if self.is_shouting {
            question
                .set_name(Name::from_ascii(question.name().to_string().to_uppercase()).unwrap());
        }
        let mut owner = question.name().clone();
        let asked = owner.to_string().to_lowercase();
        if self.dropped.contains(&(asked.clone(), question.query_type())) {
            return None;
        }
        let mut reply = Message::response(query.metadata.id, OpCode::Query);
        reply.metadata.recursion_available = true;
        match self.on_edns.unwrap_or(OnEdns::Answers) {
            OnEdns::Answers => {}
            _ if is_plain && !self.is_stubborn => {}
            OnEdns::Drops => return None,
            OnEdns::Cuts => {
                reply.metadata.response_code = ResponseCode::FormErr;
                return Some((asked, reply.to_vec().unwrap()));
            }
            OnEdns::Says(code) => {
                reply.metadata.response_code = code;
                if code == ResponseCode::BADVERS {
                    // Its upper octet stands in the option (RFC 6891, section 6.1.3).
                    _ = reply.edns.get_or_insert_default();
                }
                reply.add_query(question);
                return Some((asked, reply.to_vec().unwrap()));
            }
        }
        reply.add_query(question.clone());
        if self.large.contains(&asked) && !is_tcp {
            reply.metadata.truncation = true;
            return Some((asked, reply.to_vec().unwrap()));
        }
        let unknown = Says::Code(ResponseCode::NXDomain);
        let mut says = self.find(&asked).unwrap_or(&unknown);
        while let Says::Alias(target) = says {
            let target = Name::from_ascii(format!("{target}.")).unwrap();
            reply.add_answer(Record::from_rdata(owner, 300, RData::CNAME(CNAME(target.clone()))));
            says = self.find(&target.to_string()).unwrap_or(&unknown);
            owner = target;
        }
        match says {
            Says::Addresses(addresses, ttl) => {
                for address in addresses {
                    let data = RData::from(*address);
                    if data.record_type() == question.query_type() {
                        reply.add_answer(Record::from_rdata(owner.clone(), *ttl, data));
                    }
                }
            }
            Says::Code(code) => reply.metadata.response_code = *code,
            Says::Silence => return None,
            Says::Alias(_) => unreachable!("aliases were followed"),
        }
        let is_negative = !reply.answers.iter().any(|it| it.record_type() != RecordType::CNAME);
        if is_negative {
            let soa = SOA::new(Name::root(), Name::root(), 1, 60, 60, 60, 1);
            reply.add_authority(Record::from_rdata(Name::root(), 1, RData::SOA(soa)));
        }
        Some((asked, reply.to_vec().unwrap()))
    }

    fn find(&self, name: &str) -> Option<&Says> {
        self.names.get(name).or(self.others.as_ref())
    }
}

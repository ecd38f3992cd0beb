//! UDP: what an answer costs beside what its sockets cost.
//!
//! A worker of fedns and a null responder, which answers each datagram by the same octets through the very same
//! calls, run in threads of this process; another thread asks them in turns. CPU time is that of the worker's
//! thread alone, as the system counts it. Linux alone.

mod measure;
mod world;
#[path = "udp/client.rs"]
mod client;

#[cfg(target_os = "linux")]
fn main() {
    linux::main();
}

#[cfg(not(target_os = "linux"))]
fn main() {
    println!("udp: batches of datagrams are Linux's");
}

#[cfg(target_os = "linux")]
#[path = "udp/linux.rs"]
mod linux;

//! Plain HTTP over a raw stream, as a probe or a scraper speaks it.
#![allow(dead_code, unreachable_pub)]

use std::net::SocketAddr;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// The whole response to a request such as `GET /livez`; `headers` end in `\r\n` each.
pub async fn ask(address: SocketAddr, request: &str, headers: &str) -> String {
    ask_host(address, "localhost", request, headers).await
}

/// The same, calling the server by another name.
pub async fn ask_host(address: SocketAddr, host: &str, request: &str, headers: &str) -> String {
    ask_raw(address, &format!("{request} HTTP/1.1\r\nhost: {host}\r\n{headers}")).await
}

/// The same to a head as it is, but for its last lines.
pub async fn ask_raw(address: SocketAddr, head: &str) -> String {
    let mut stream = TcpStream::connect(address).await.expect("the listener accepts");
    let request = format!("{head}connection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.expect("sent");
    let mut response = String::new();
    stream.read_to_string(&mut response).await.expect("a response");
    response
}

/// The status code of a response.
pub fn status_of(response: &str) -> &str {
    response.split(' ').nth(1).expect("a status line")
}

/// The value of a header that a response has once.
pub fn header_of<'r>(response: &'r str, name: &str) -> &'r str {
    let (head, _) = response.split_once("\r\n\r\n").expect("a head");
    let mut values = head.lines().filter_map(|line| {
        line.split_once(": ").filter(|(key, _)| *key == name).map(|(_, value)| value)
    });
    values.next().unwrap_or_else(|| panic!("{name} is missing in\n{head}"))
}

/// What follows the head.
pub fn body_of(response: &str) -> &str {
    response.split_once("\r\n\r\n").expect("a head").1
}

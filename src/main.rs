//! The program: hands over to the command line and turns its result into an exit code.
//!
//! Old snapshots are freed in pieces of all sizes; jemalloc gives that memory back to the system.

use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn main() -> ExitCode {
    // Before anything speaks TLS: of several makers of ciphers, this one. It fails only where one
    // was chosen already, and nobody did.
    _ = rustls::crypto::ring::default_provider().install_default();
    fedns::cli::run()
}

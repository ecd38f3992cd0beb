//! The program: hands over to the command line and turns its result into an exit code.
//!
//! Old snapshots are freed in pieces of all sizes; jemalloc gives that memory back to the system.

use std::process::ExitCode;

#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn main() -> ExitCode {
    // One provider of cryptography for all that speaks TLS. Set once: nobody else sets it.
    _ = rustls::crypto::ring::default_provider().install_default();
    fedns::cli::run()
}

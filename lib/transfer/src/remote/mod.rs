//! A source at the other end of a pair of streams: `docker exec`, `ssh`, a pipe.
//!
//! One side serves ([`serve`]), the other asks ([`Remote`]). The side that asks trusts nothing: every length has a limit,
//! and the first answer that breaks the rules ends the conversation.
//!
//! ```text
//! hello     served side: "sentrix-serve 1\n"
//! request   'L' · 'R' offset:u64 length:u32 name:u16+bytes
//! answer    '.' what was asked for · '=' the listing is the same as last time · '!' code:u8 message:u16+bytes
//! listing   count:u32, each: kind:u8 size:u64 name:u16+bytes marker:u16+bytes
//! bytes     length:u32 and so many bytes; fewer than asked for: the file ends there
//! ```
//!
//! Numbers are big-endian.

mod client;
mod server;
mod wire;

#[cfg(test)]
mod tests;

pub use client::Remote;
pub use server::serve;

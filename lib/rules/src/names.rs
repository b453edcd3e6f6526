//! Names that are looked up for nearly every word of a text.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

/// What there is by name.
pub(crate) type Table<T> = HashMap<&'static str, T, BuildHasherDefault<Fnv>>;

/// A set of names.
pub(crate) struct Names(Table<()>);

impl Names {
    /// A set of these names.
    pub(crate) fn of(names: &[&'static str]) -> Self {
        Self(names.iter().map(|name| (*name, ())).collect())
    }

    /// Whether it is one of them.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }
}

/// The hash of Fowler, Noll and Vo: quick for short names, and the names in the tables are ours.
pub(crate) struct Fnv(u64);

impl Default for Fnv {
    fn default() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }
}

impl Hasher for Fnv {
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

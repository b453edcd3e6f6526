//! Room for descriptors, made before the threads are.
//!
//! The kernel doubles a process's table of descriptors when it is full, at 64, 128, 256…, and in a process with several threads whoever opens
//! that file waits for all processors to pass by: 10 to 20 ms, measured on the first byte of the answer whose exchange it was. The table
//! never shrinks.

use rustix::io::fcntl_dupfd_cloexec;
use rustix::process::{Resource, getrlimit};
use std::fs::File;

/// Three for an exchange, of as many as there may be.
const MOST: u64 = 4096;

/// Makes room for as many descriptors as are ever open, as far as that is allowed.
pub(crate) fn make_room() {
    let allowed = getrlimit(Resource::Nofile).current.unwrap_or(MOST);
    let highest = i32::try_from(MOST.min(allowed).saturating_sub(1)).unwrap_or(0);
    // A number that high, taken for a moment. Without it the table grows later.
    let _grows_later = File::open("/dev/null").map(|null| fcntl_dupfd_cloexec(null, highest));
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_room_is_there_and_nothing_stays_open() {
        let open = || std::fs::read_dir("/proc/self/fd").unwrap().count();
        let size = || {
            let status = std::fs::read_to_string("/proc/self/status").unwrap();
            let line = status.lines().find_map(|line| line.strip_prefix("FDSize:")).unwrap();
            line.trim().parse::<u64>().unwrap()
        };
        let before = open();
        super::make_room();
        let allowed =
            rustix::process::getrlimit(rustix::process::Resource::Nofile).current.unwrap_or(u64::MAX);
        assert!(size() >= super::MOST.min(allowed), "{}", size());
        // Other tests of this process open files, too.
        assert!(open() < before + 100);
    }
}

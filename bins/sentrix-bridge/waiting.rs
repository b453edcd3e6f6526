//! What the loop sleeps on. Whoever has something to say is told of alone: a crowd of silent browsers costs nothing.

use rustix::event::Timespec;
use rustix::event::epoll::{self, CreateFlags, Event, EventData, EventFlags};
use rustix::io::{Errno, Result};
use std::os::fd::{AsFd, OwnedFd};
use std::time::Duration;

/// How many are told of at once; the others are told of the next time.
const MOST: usize = 256;
/// Numbers of browsers begin here; doors have those before.
const FIRST: u64 = 256;

/// Who has something to say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Who {
    /// The bell.
    Bell,
    /// The gateway.
    Gateway,
    /// Somebody at this door.
    Door(usize),
    /// This browser.
    Browser(u64),
}

/// For what somebody is waited for. Who hangs up is told of in any case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct For {
    /// To be read.
    pub words: bool,
    /// To be written to.
    pub room: bool,
}

impl For {
    /// Nothing for a while.
    pub const NOTHING: Self = Self { words: false, room: false };
    /// What it says.
    pub const WORDS: Self = Self { words: true, room: false };
    /// Room to write.
    pub const ROOM: Self = Self { words: false, room: true };
    /// Both.
    pub const BOTH: Self = Self { words: true, room: true };

    fn flags(self) -> EventFlags {
        let mut flags = EventFlags::empty();
        flags.set(EventFlags::IN, self.words);
        flags.set(EventFlags::OUT, self.room);
        flags
    }
}

/// All that is slept on. What is closed leaves by itself.
pub struct Waiting {
    epoll: OwnedFd,
    events: Vec<Event>,
}

impl Waiting {
    /// Nothing yet.
    pub fn new() -> Result<Self> {
        Ok(Self { epoll: epoll::create(CreateFlags::CLOEXEC)?, events: Vec::with_capacity(MOST) })
    }

    /// Begins to wait for somebody.
    pub fn add(&self, who: Who, source: impl AsFd, what: For) -> Result<()> {
        epoll::add(&self.epoll, source, data(who), what.flags())
    }

    /// Waits for something else of the same.
    pub fn change(&self, who: Who, source: impl AsFd, what: For) -> Result<()> {
        epoll::modify(&self.epoll, source, data(who), what.flags())
    }

    /// Sleeps until somebody has something to say, or the time is over.
    pub fn sleep(&mut self, time: Duration) -> Result<impl Iterator<Item = Who>> {
        let time = Timespec { tv_sec: time.as_secs().cast_signed(), tv_nsec: time.subsec_nanos().into() };
        self.events.clear();
        match epoll::wait(&self.epoll, rustix::buffer::spare_capacity(&mut self.events), Some(&time)) {
            Ok(_) | Err(Errno::INTR) => {}
            Err(error) => return Err(error),
        }
        Ok(self.events.iter().map(|event| who(event.data.u64())))
    }
}

fn data(who: Who) -> EventData {
    EventData::new_u64(match who {
        Who::Bell => 0,
        Who::Gateway => 1,
        // There are five doors at most.
        Who::Door(door) => 2 + door as u64,
        Who::Browser(id) => FIRST + id,
    })
}

fn who(data: u64) -> Who {
    match data {
        0 => Who::Bell,
        1 => Who::Gateway,
        FIRST.. => Who::Browser(data - FIRST),
        door => Who::Door(usize::try_from(door - 2).unwrap_or_default()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{Read, Write};
    use std::os::unix::net::UnixStream;

    #[test]
    fn whoever_has_something_to_say_is_named_until_it_was_heard() {
        let mut waiting = Waiting::new().unwrap();
        let all = [Who::Bell, Who::Gateway, Who::Door(0), Who::Door(4), Who::Browser(0), Who::Browser(9)];
        let mut pairs: Vec<_> = all.iter().map(|who| (*who, UnixStream::pair().unwrap())).collect();
        for (who, (ours, _)) in &pairs {
            waiting.add(*who, ours, For::WORDS).unwrap();
        }
        let told = |waiting: &mut Waiting| waiting.sleep(Duration::ZERO).unwrap().collect::<Vec<_>>();
        assert_eq!(told(&mut waiting), []);
        for (who, (ours, theirs)) in &mut pairs {
            theirs.write_all(b"x").unwrap();
            assert_eq!((told(&mut waiting), told(&mut waiting)), (vec![*who], vec![*who]));
            ours.read_exact(&mut [0]).unwrap();
            assert_eq!(told(&mut waiting), []);
        }
        let (who, (ours, _)) = pairs.remove(0);
        waiting.change(who, &ours, For::BOTH).unwrap();
        assert_eq!(told(&mut waiting), [who]);
        drop(ours);
        assert_eq!(told(&mut waiting), []);
    }
}

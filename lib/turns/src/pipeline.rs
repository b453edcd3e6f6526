//! Work in two steps on all threads, with everything in order between and behind them.

use std::any::Any;
use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::sync::mpsc::{Sender, channel};

/// Pieces on their way for each thread: enough that no thread waits for a slow one, few enough to be held in memory.
const PIECES_A_THREAD: usize = 4;

/// The steps that a piece goes through.
pub(crate) struct Steps<Next, Scan, Join, Work, Sink> {
    /// Gives the pieces, on the calling thread.
    pub(crate) next: Next,
    /// On any thread, in any order.
    pub(crate) scan: Scan,
    /// On the calling thread, in order.
    pub(crate) join: Join,
    /// On any thread, in any order.
    pub(crate) work: Work,
    /// On the calling thread, in order; `false` stops everything.
    pub(crate) sink: Sink,
}

/// What a thread has done.
enum Done<S, T> {
    Scanned(usize, S),
    Worked(usize, T),
    Panicked(Box<dyn Any + Send>),
}

/// Takes all pieces through the steps. Not to be called on a thread of the pool: it waits.
pub(crate) fn run<P, S, W, T>(
    steps: Steps<
        impl FnMut() -> Option<P>,
        impl Fn(P) -> S + Sync,
        impl FnMut(S) -> W,
        impl Fn(W) -> T + Sync,
        impl FnMut(T) -> bool,
    >,
) where
    P: Send,
    S: Send,
    W: Send,
    T: Send,
{
    let Steps { mut next, scan, mut join, work, mut sink } = steps;
    let (scan, work) = (&scan, &work);
    let most = rayon::current_num_threads() * PIECES_A_THREAD;
    let (sender, done) = channel();
    rayon::in_place_scope(|scope| {
        let (mut scans, mut works) = (Ordered::default(), Ordered::default());
        let mut flying = 0;
        let mut ended = false;
        loop {
            while !ended && flying < most {
                let Some(piece) = next() else {
                    ended = true;
                    break;
                };
                flying += 1;
                let (at, sender) = (scans.place(), sender.clone());
                scope.spawn(move |_| tell(&sender, || Done::Scanned(at, scan(piece))));
            }
            if flying == 0 {
                return;
            }
            // Never an error: this thread holds a sender, too.
            let Ok(done) = done.recv() else { return };
            match done {
                Done::Scanned(at, scanned) => scans.put(at, scanned),
                Done::Worked(at, worked) => works.put(at, worked),
                Done::Panicked(panic) => resume_unwind(panic),
            }
            while let Some(scanned) = scans.take() {
                let joined = join(scanned);
                let (at, sender) = (works.place(), sender.clone());
                scope.spawn(move |_| tell(&sender, || Done::Worked(at, work(joined))));
            }
            while let Some(worked) = works.take() {
                flying -= 1;
                if !sink(worked) {
                    return;
                }
            }
        }
    });
}

/// Sends what was done; nobody listens any more when the sink has had enough.
fn tell<S, T>(sender: &Sender<Done<S, T>>, work: impl FnOnce() -> Done<S, T>) {
    let done = catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(Done::Panicked);
    _ = sender.send(done);
}

/// Things that arrive in any order and are taken in the order of their places.
struct Ordered<T> {
    waiting: VecDeque<Option<T>>,
    taken: usize,
}

impl<T> Default for Ordered<T> {
    fn default() -> Self {
        Self { waiting: VecDeque::new(), taken: 0 }
    }
}

impl<T> Ordered<T> {
    /// The next place.
    fn place(&mut self) -> usize {
        self.waiting.push_back(None);
        self.taken + self.waiting.len() - 1
    }

    fn put(&mut self, place: usize, thing: T) {
        self.waiting[place - self.taken] = Some(thing);
    }

    /// The first one, if it has arrived.
    fn take(&mut self) -> Option<T> {
        let first = self.waiting.front_mut()?.take()?;
        self.waiting.pop_front();
        self.taken += 1;
        Some(first)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(pieces: u32, most: usize) -> Vec<u32> {
        let (mut pieces, mut sum, mut out) = (0..pieces, 0, Vec::new());
        run(Steps {
            next: || pieces.next(),
            // The later ones are done first.
            scan: |piece| (0..1000 / (piece + 1)).fold(piece, |piece, _| std::hint::black_box(piece)),
            join: |piece| {
                sum += piece;
                (piece, sum)
            },
            work: |(piece, sum)| (0..piece % 7).fold(sum, |sum, _| std::hint::black_box(sum)),
            sink: |sum| {
                out.push(sum);
                out.len() < most
            },
        });
        out
    }

    #[test]
    fn everything_comes_out_in_order() {
        for pieces in [0, 1, 2, 1000] {
            let expected: Vec<u32> = (0..pieces)
                .scan(0, |sum, piece| {
                    *sum += piece;
                    Some(*sum)
                })
                .collect();
            assert_eq!(all(pieces, usize::MAX), expected);
        }
        assert_eq!(all(1000, 3), [0, 1, 3]);
    }

    #[test]
    fn a_panic_is_passed_on() {
        let mut pieces = 0..100;
        let caught = catch_unwind(AssertUnwindSafe(|| {
            run(Steps {
                next: || pieces.next(),
                scan: |piece| piece,
                join: |piece| piece,
                work: |piece| assert_ne!(piece, 50),
                sink: |()| true,
            });
        }));
        assert!(caught.is_err());
    }
}

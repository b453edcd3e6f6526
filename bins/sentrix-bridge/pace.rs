//! How often the gateway is listened to. An answer that is written faster than a screen shows it is taken once for each picture:
//! waking up costs far more than the message that it is for.

use std::time::{Duration, Instant};

/// A screen shows sixty pictures a second.
const PICTURE: Duration = Duration::from_millis(16);

/// When the gateway is listened to.
#[derive(Debug, Default)]
pub struct Pace {
    /// When it had something to say the last two times, the latest last.
    heard: [Option<Instant>; 2],
    /// Until when it is let speak before it is listened to.
    until: Option<Instant>,
}

impl Pace {
    /// It was listened to until it had nothing more to say, and so many events were heard. Nothing is let wait that somebody waits for.
    pub fn heard(&mut self, events: usize, awaited: bool, now: Instant) {
        let rested = self.until.take().is_some();
        if events == 0 {
            return;
        }
        let fast = self.heard[0].is_some_and(|before| now.saturating_duration_since(before) < PICTURE);
        self.heard = [self.heard[1], Some(now)];
        // Whoever was let speak and has said one thing is not so fast any more.
        if !awaited && if rested { events > 1 } else { fast } {
            self.until = Some(now + PICTURE);
        }
    }

    /// How long it is still let speak.
    pub fn rest(&self, now: Instant) -> Option<Duration> {
        self.until.map(|until| until.saturating_duration_since(now)).filter(|rest| !rest.is_zero())
    }

    /// It is listened to at once.
    pub fn end(&mut self) {
        self.until = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STEP: Duration = Duration::from_millis(3);

    /// Something is said at each step, and is heard unless it is let wait; when something was heard, and how much.
    fn listen(step: Duration, steps: u32, awaited: bool) -> Vec<usize> {
        let (mut pace, mut now, mut said, mut all) = (Pace::default(), Instant::now(), 0, Vec::new());
        for _ in 0..steps {
            (now, said) = (now + step, said + 1);
            if pace.rest(now).is_none() {
                pace.heard(said, awaited, now);
                all.push(said);
                said = 0;
            }
        }
        all
    }

    #[test]
    fn a_fast_answer_is_taken_once_for_each_picture_and_a_slow_one_as_it_comes() {
        assert_eq!(listen(STEP, 21, false), [1, 1, 1, 6, 6, 6]);
        assert_eq!(listen(PICTURE, 5, false), [1; 5]);
        // Two at once, as the gateway says everything twice, are not fast yet.
        let mut pace = Pace::default();
        pace.heard(2, false, Instant::now());
        assert_eq!(pace.rest(Instant::now()), None);
    }

    #[test]
    fn nothing_that_is_waited_for_waits() {
        assert_eq!(listen(STEP, 21, true), [1; 21]);
        let now = Instant::now();
        let mut pace = Pace::default();
        (0..3).for_each(|_| pace.heard(1, false, now));
        assert!(pace.rest(now).is_some());
        pace.end();
        assert_eq!(pace.rest(now), None);
    }

    #[test]
    fn what_has_become_slow_is_taken_as_it_comes_again() {
        let now = Instant::now();
        let mut pace = Pace::default();
        (0..3).for_each(|_| pace.heard(1, false, now));
        let later = now + PICTURE;
        assert_eq!(pace.rest(later), None);
        pace.heard(1, false, later);
        assert_eq!(pace.rest(later), None);
        // Nothing at all said is no haste either.
        (0..3).for_each(|_| pace.heard(0, false, later));
        assert_eq!(pace.rest(later), None);
    }
}

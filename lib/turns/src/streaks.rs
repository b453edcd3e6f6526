//! The streaks that stand side by side in a record: a run thinks and speaks, and several may be at it at once.

use crate::streak::{Streak, Stretch};
use std::ops::Range;

/// How many are remembered at once: one that was forgotten is begun again like those that are known.
const MOST: usize = 4;

/// The streaks that the next lines may go on with.
#[derive(Debug, Default)]
pub(crate) struct Streaks {
    known: Vec<Streak>,
    /// The one that the last line belongs to.
    newest: usize,
    /// The one that is forgotten next.
    oldest: usize,
}

impl Streaks {
    /// The deltas at `start` of the bytes and behind it that go on with a known streak.
    pub(crate) fn follow(&mut self, bytes: &[u8], start: usize) -> Option<Stretch> {
        let rest = &bytes[start..];
        for at in self.newest_first() {
            let streak = &mut self.known[at];
            if streak.may_be_of(rest)
                && let Some(stretch) = streak.follow(bytes, start)
            {
                self.newest = at;
                return Some(stretch);
            }
        }
        None
    }

    /// The delta at `start` of the bytes, if it is written as those of a known streak are, but for the run's name.
    pub(crate) fn begin_alike(
        &mut self,
        bytes: &[u8],
        start: usize,
        mut run: impl FnMut(&str) -> usize,
    ) -> Option<Stretch> {
        let mut known = self.newest_first().map(|at| &self.known[at]);
        let (streak, stretch) = known.find_map(|streak| streak.of_other_run(bytes, start, &mut run))?;
        self.add(streak);
        Some(stretch)
    }

    /// Begins a streak: see [`Streak::begin`].
    pub(crate) fn begin(
        &mut self,
        bytes: &[u8],
        line: Range<usize>,
        event: Range<usize>,
        run: impl FnOnce(&str) -> usize,
    ) -> Option<Stretch> {
        let (streak, stretch) = Streak::begin(bytes, line, event, run)?;
        self.add(streak);
        Some(stretch)
    }

    fn add(&mut self, streak: Streak) {
        if self.known.len() < MOST {
            self.newest = self.known.len();
            self.known.push(streak);
        } else {
            self.newest = self.oldest;
            self.oldest = (self.oldest + 1) % MOST;
            self.known[self.newest] = streak;
        }
    }

    /// The places of the streaks, the newest first.
    fn newest_first(&self) -> impl Iterator<Item = usize> + use<> {
        let (newest, count) = (self.newest, self.known.len());
        (0..count).map(move |at| if at <= newest { newest - at } else { newest + count - at })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIRST: &str = r#"{"ts":1773106832677,"event":"assistant_text_stream","runId":"one","evtType":"text_start","delta":"a","content":""}"#;

    /// What is told of a line that is written as the first one is: the run's name, and how far it goes.
    fn alike(first: &str, rest: &str) -> Option<(String, usize)> {
        let mut streaks = Streaks::default();
        let event = first.find('{').unwrap()..first.rfind('}').unwrap() + 1;
        streaks.begin(first.as_bytes(), 0..first.len(), event, |_| 0).unwrap();
        let mut name = None;
        let stretch = streaks.begin_alike(rest.as_bytes(), 0, |run| {
            name = Some(run.to_owned());
            7
        });
        assert_eq!(stretch.is_some(), name.is_some());
        let stretch = stretch?;
        assert_eq!((stretch.run, streaks.known.len()), (7, 2));
        assert!(rest[stretch.events.clone()].starts_with('{') && rest[stretch.events].ends_with('}'));
        // From here on both are known.
        assert!(streaks.follow(rest.as_bytes(), 0).is_some_and(|stretch| stretch.run == 7));
        assert!(streaks.follow(first.as_bytes(), 0).is_some_and(|stretch| stretch.run == 0));
        Some((name?, stretch.next))
    }

    fn layouts(event: &str) -> [String; 3] {
        let spaced = event.replace("\":", "\": ").replace(",\"", ", \"");
        [format!("{event}\n"), format!("  {spaced},\r\n"), format!(",\n  {event}\n")]
    }

    #[test]
    fn a_streak_of_another_run_is_known_by_those_before_it() {
        let long = "n".repeat(250);
        for name in ["two", "é", "a run with a longer name", "", &long] {
            for kind in ["text_start", "text_delta", ""] {
                let event = FIRST.replace("one", name).replace("text_start", kind).replace("677", "999");
                for (first, next) in layouts(FIRST).iter().zip(layouts(&event)) {
                    let end = next.len();
                    assert_eq!(alike(first, &format!("{next}{next}")), Some((name.to_owned(), end)));
                    assert_eq!(alike(first, &format!("{next}{first}")), Some((name.to_owned(), end)));
                }
            }
        }
        let plain = FIRST.replace(r#""evtType":"text_start","#, "");
        assert!(alike(&format!("{plain}\n"), &format!("{}\n", plain.replace("one", "two"))).is_some());
    }

    #[test]
    fn what_else_differs_is_looked_at() {
        let other = FIRST.replace("one", "two");
        let long = "n".repeat(300);
        for (from, to) in [
            ("two", r"t\u0077o"),
            ("two", r#"two","rawText":"hidden"#),
            ("two", &long),
            ("two", "t\nwo"),
            ("two", "t\0wo"),
            (r#""delta":"a""#, r#""delta":"\u00e9""#),
            ("text_start", "text_\nstart"),
            (r#""delta":"a""#, "\"delta\":\"a\nb\""),
            ("_text_stream", "_message_end"),
            ("_text_stream", "_thinking_stream"),
            (r#""delta":"a""#, r#""delta":"a","rawText":"hidden""#),
            (r#""evtType":"#, r#""rawText":"#),
            (r#""content":""}"#, r#""content":"","rawText":"hidden"}"#),
            (r#""content":""}"#, r#""content":"torn"#),
            ("1773106832677", "177310683267e"),
        ] {
            for (first, next) in layouts(FIRST).iter().zip(layouts(&other.replace(from, to))) {
                assert_eq!(alike(first, &next), None, "{next}");
            }
        }
    }
}

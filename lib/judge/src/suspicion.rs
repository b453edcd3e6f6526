//! How warm a stream is: what was found in it lately sends more judges there.

/// What a finding adds.
const DEPOSIT: f64 = 0.4;
/// What is left of it after a sweep.
const DECAY: f64 = 0.85;
/// Below this nothing is left.
const COLD: f64 = 0.01;

/// A stream's level, 0 to 1.
#[derive(Debug, Clone, Copy, Default, PartialEq, PartialOrd)]
pub struct Suspicion(f64);

impl Suspicion {
    /// A level as it was kept.
    pub fn new(level: f64) -> Self {
        Self(if level.is_finite() { level.clamp(0.0, 1.0) } else { 0.0 })
    }

    /// The number.
    pub fn level(self) -> f64 {
        self.0
    }

    /// After something was found.
    #[must_use]
    pub fn deposit(self) -> Self {
        Self::new(self.0 + DEPOSIT)
    }

    /// After a sweep.
    #[must_use]
    pub fn decay(self) -> Self {
        let level = self.0 * DECAY;
        Self::new(if level < COLD { 0.0 } else { level })
    }

    /// How many of `agents` look at a turn of the stream, when it is `usual` for a cold one.
    pub fn votes(self, usual: usize, agents: usize) -> usize {
        let usual = usual.min(agents);
        usual + ((agents - usual) as f64 * self.0).round() as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_rises_falls_and_sends_judges() {
        let warm = Suspicion::default().deposit();
        assert_eq!(warm.level(), 0.4);
        assert!((warm.decay().level() - 0.34).abs() < 1e-9);
        assert_eq!(warm.deposit().deposit().level(), 1.0);
        assert_eq!((0..40).fold(warm, |level, _| level.decay()).level(), 0.0);
        assert_eq!([0.0, 0.4, 1.0].map(|level| Suspicion::new(level).votes(3, 11)), [3, 6, 11]);
        assert_eq!(Suspicion::new(1.0).votes(3, 2), 2);
        assert_eq!(Suspicion::new(f64::NAN).level(), 0.0);
    }
}

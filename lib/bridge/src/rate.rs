//! How often something may happen.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::time::{Duration, Instant};

/// How many addresses are remembered; the one that was quiet longest is forgotten first.
const ADDRESSES: usize = 1024;

/// A bucket that fills at a rate and is emptied by what happens.
#[derive(Debug, Clone)]
pub struct Bucket {
    filled: f64,
    size: f64,
    per_second: f64,
    at: Instant,
}

impl Bucket {
    /// A full one.
    pub fn new(size: u32, per_second: f64, now: Instant) -> Self {
        let size = f64::from(size);
        Self { filled: size, size, per_second, at: now }
    }

    /// Takes as much out; false, and nothing taken, when there is not so much in it.
    pub fn take(&mut self, amount: u32, now: Instant) -> bool {
        let passed = now.saturating_duration_since(self.at).as_secs_f64();
        self.filled = (self.filled + passed * self.per_second).min(self.size);
        self.at = now;
        let enough = self.filled >= f64::from(amount);
        if enough {
            self.filled -= f64::from(amount);
        }
        enough
    }
}

/// Who was refused of late: an address that was refused too often is not listened to for a while.
#[derive(Debug, Default)]
pub struct Offenders(BTreeMap<IpAddr, (Bucket, Instant)>);

impl Offenders {
    const TRIES: u32 = 10;
    const PER_SECOND: f64 = 1.0 / 6.0;

    /// Notes an offence; false when there were too many.
    pub fn offend(&mut self, address: IpAddr, now: Instant) -> bool {
        if self.0.len() >= ADDRESSES && !self.0.contains_key(&address) {
            let oldest = self.0.iter().min_by_key(|(_, (_, at))| *at).map(|(address, _)| *address);
            oldest.map(|oldest| self.0.remove(&oldest));
        }
        let fresh = || (Bucket::new(Self::TRIES, Self::PER_SECOND, now), now);
        let (bucket, at) = self.0.entry(address).or_insert_with(fresh);
        *at = now;
        bucket.take(1, now)
    }

    /// Whether an address has used up its tries.
    pub fn is_barred(&mut self, address: IpAddr, now: Instant) -> bool {
        self.0.retain(|_, (_, at)| now.saturating_duration_since(*at) < Duration::from_secs(600));
        self.0.get(&address).is_some_and(|(bucket, _)| !bucket.clone().take(1, now))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_fills_again() {
        let now = Instant::now();
        let mut bucket = Bucket::new(2, 1.0, now);
        assert!(bucket.take(2, now) && !bucket.take(1, now));
        assert!(bucket.take(1, now + Duration::from_secs(1)));
    }

    #[test]
    fn ten_thousand_tries_are_ten_and_hurt_nobody_else() {
        let now = Instant::now();
        let (bad, good) = ("192.0.2.1".parse().unwrap(), "192.0.2.2".parse().unwrap());
        let mut offenders = Offenders::default();
        assert_eq!((0..10_000).filter(|_| offenders.offend(bad, now)).count(), 10);
        assert!(offenders.is_barred(bad, now) && !offenders.is_barred(good, now));
        assert!(!offenders.is_barred(bad, now + Duration::from_secs(60)));
        for last in 0..5000_u32 {
            offenders.offend(IpAddr::from((0x0A00_0000 + last).to_be_bytes()), now);
        }
        assert!(offenders.0.len() <= ADDRESSES);
    }
}

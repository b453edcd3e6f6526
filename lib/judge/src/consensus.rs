//! What votes come to.

use sentrix_record::Severity;

/// How many votes a turn needs of those that were assigned to it: half, rounded up.
pub(crate) fn quorum(assigned: usize) -> usize {
    assigned.div_ceil(2).max(1)
}

/// The highest severity that at least half of the votes reach; a tie goes to the worse.
pub(crate) fn severity(votes: &[Severity]) -> Option<Severity> {
    let mut votes = votes.to_vec();
    votes.sort_unstable_by(|a, b| b.cmp(a));
    votes.get(votes.len().div_ceil(2).checked_sub(1)?).copied()
}

/// The severity, when there are enough votes and the outstanding ones, whatever they say, cannot change it.
pub(crate) fn settled(votes: &[Severity], outstanding: usize, quorum: usize) -> Option<Severity> {
    if votes.len() < quorum {
        return None;
    }
    let now = severity(votes)?;
    let stays = |extreme: Severity| {
        let mut votes = votes.to_vec();
        (0..outstanding).all(|_| {
            votes.push(extreme);
            severity(&votes) == Some(now)
        })
    };
    (stays(Severity::High) && stays(Severity::Clean)).then_some(now)
}

#[cfg(test)]
mod tests {
    use super::Severity::{Clean, High, Low, Medium};
    use super::*;

    #[test]
    fn a_quorum_is_half_rounded_up() {
        assert_eq!([1, 2, 3, 4, 5, 11].map(quorum), [1, 1, 2, 2, 3, 6]);
    }

    #[test]
    fn half_of_the_votes_carry_a_severity() {
        assert_eq!(severity(&[]), None);
        assert_eq!(severity(&[Clean, High]), Some(High));
        assert_eq!(severity(&[Clean, Clean, High]), Some(Clean));
        assert_eq!(severity(&[High, Low, Clean]), Some(Low));
        assert_eq!(severity(&[High, Medium, Clean, Clean]), Some(Medium));
    }

    #[test]
    fn it_is_settled_when_nothing_can_change_it() {
        assert_eq!(settled(&[Clean, Clean], 1, 2), Some(Clean));
        assert_eq!(settled(&[Clean, High], 1, 2), None);
        assert_eq!(settled(&[Clean], 1, 2), None);
        assert_eq!(settled(&[Clean], 1, 1), None);
        assert_eq!(settled(&[High, High], 0, 2), Some(High));
        assert_eq!(settled(&[Low, High], 1, 2), None);
        assert_eq!(settled(&[], 0, 1), None);
    }
}

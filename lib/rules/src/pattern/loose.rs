//! A pattern with its long repetitions let go. What does not match it does not match the pattern either, and it is soon
//! searched for: an automaton that counts to hundreds needs a new state for nearly every byte, and this one has few.

use regex_syntax::hir::{Hir, HirKind, Repetition};

/// So far repetitions are counted.
const COUNTED: u32 = 8;

/// The looser pattern, without groups; `None` where the pattern has no long repetition.
pub(super) fn loosened(hir: &Hir) -> Option<Hir> {
    let mut loosened = false;
    let loose = loosen(hir, &mut loosened);
    loosened.then_some(loose)
}

fn loosen(hir: &Hir, loosened: &mut bool) -> Hir {
    let mut each = |parts: &[Hir]| parts.iter().map(|part| loosen(part, loosened)).collect();
    match hir.kind() {
        HirKind::Concat(parts) => Hir::concat(each(parts)),
        HirKind::Alternation(ways) => Hir::alternation(each(ways)),
        HirKind::Capture(group) => loosen(&group.sub, loosened),
        HirKind::Repetition(Repetition { min, max, greedy, sub }) => {
            *loosened |= max.unwrap_or(*min) > COUNTED;
            let sub = Box::new(loosen(sub, loosened));
            let max = max.filter(|max| *max <= COUNTED);
            Hir::repetition(Repetition { min: (*min).min(COUNTED), max, greedy: *greedy, sub })
        }
        _ => hir.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::loosened;

    #[test]
    fn long_repetitions_are_let_go() {
        let loose =
            |pattern: &str| loosened(&regex_syntax::parse(pattern).unwrap()).map(|hir| hir.to_string());
        let plain = |pattern: &str| Some(regex_syntax::parse(pattern).unwrap().to_string());
        assert_eq!(loose("(?s)(a.{0,200}){2}b{9}[cd]{20,30}$"), plain("(?s)(?:a.*){2}b{8,}[cd]{8,}$"));
        assert_eq!(loose("a{2,8}(b|c+)d{3,}"), None);
    }
}

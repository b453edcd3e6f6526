//! Allow-lists: known false alarms, silenced with a reason and, if wished, until a day.

use crate::scanner::is_fingerprint;
use sentrix_record::Finding;
use serde::Deserialize;
use std::sync::Arc;

/// One entry of an allow-list (`[[allow]]`). A finding is silenced when everything that the entry names agrees.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AllowEntry {
    /// Id of the rule, or a prefix of ids that ends in `*`.
    pub rule: Option<String>,
    /// Glob on the name of the log file: `*` and `?`.
    pub path: Option<String>,
    /// The finding's fingerprint.
    pub fingerprint: Option<String>,
    /// Why this is no finding.
    pub reason: String,
    /// The last day (`2026-12-31`, UTC) on which the entry acts; for ever when absent.
    pub until: Option<String>,
}

/// An entry and the place where it stands.
#[derive(Debug)]
pub(crate) struct Listed {
    pub file: Arc<str>,
    pub line: usize,
    pub entry: AllowEntry,
}

impl AllowEntry {
    /// The entry, if it says enough: at least one condition, a reason, and a real date.
    pub(crate) fn checked(self) -> Result<Self, String> {
        if self.rule.is_none() && self.path.is_none() && self.fingerprint.is_none() {
            return Err("an allow entry without rule, path or fingerprint would allow everything".to_owned());
        }
        if self.reason.trim().is_empty() {
            return Err("an allow entry needs a reason".to_owned());
        }
        match &self.until {
            Some(day) if !is_day(day) => Err(format!("until {day:?}: write the day as \"2026-12-31\"")),
            _ => Ok(self),
        }
    }

    /// Refuses an entry that no finding of the rules with these ids can meet, because it is misspelt.
    pub(crate) fn can_cover(&self, ids: &[&str]) -> Result<(), String> {
        if let Some(rule) = &self.rule
            && !ids.iter().any(|id| glob(rule.as_bytes(), id.as_bytes()))
        {
            let nearest = nearest(rule, ids);
            return Err(format!(
                "no rule is called {rule:?}: the nearest is {nearest:?}, and a prefix ends in *"
            ));
        }
        match (&self.path, &self.fingerprint) {
            (Some(path), _) if !is_name_glob(path) => Err(format!(
                "path {path:?}: write a file name without folder, such as \"20260310*.json\", with no signs but * and ?"
            )),
            (_, Some(print)) if !is_fingerprint(print) => Err(format!(
                "fingerprint {print:?}: write the 16 digits (0-9, a-f) that a flag's evidence gives"
            )),
            _ => Ok(()),
        }
    }

    /// Whether the entry no longer acts on a day (`2026-12-31`).
    pub(crate) fn is_expired(&self, today: &str) -> bool {
        self.until.as_deref().is_some_and(|until| until < today)
    }

    /// Whether a finding in a log file is silenced by this entry.
    pub(crate) fn covers(&self, finding: &Finding, source_file: &str) -> bool {
        let glob_on = |pattern: &Option<String>, text: &str| {
            pattern.as_deref().is_none_or(|pattern| glob(pattern.as_bytes(), text.as_bytes()))
        };
        glob_on(&self.rule, &finding.rule)
            && glob_on(&self.path, source_file)
            && self.fingerprint.as_deref().is_none_or(|print| print == finding.fingerprint)
    }
}

/// Whether a text is a day as `2026-12-31`.
fn is_day(text: &str) -> bool {
    let part = |range| text.get(range).and_then(|digits: &str| digits.parse::<u32>().ok());
    let digits = text.bytes().enumerate().all(|(at, byte)| match at {
        4 | 7 => byte == b'-',
        _ => byte.is_ascii_digit(),
    });
    text.len() == 10
        && digits
        && part(5..7).is_some_and(|month| (1..=12).contains(&month))
        && part(8..10).is_some_and(|day| (1..=31).contains(&day))
}

/// The id that is most like what was written: most have the beginning in common.
fn nearest<'a>(written: &str, ids: &[&'a str]) -> &'a str {
    let like = |id: &str| strsim::jaro_winkler(id, written);
    ids.iter().copied().max_by(|a, b| like(a).total_cmp(&like(b))).unwrap_or_default()
}

/// Whether a text can be a glob on the name of a file: what other globs have besides `*` and `?` would be taken as it
/// stands, and no name holds a folder.
fn is_name_glob(text: &str) -> bool {
    !text.is_empty() && !text.contains(['[', ']', '{', '}', '\\', '/'])
}

/// Matches `*` (any run) and `?` (any byte); linear in the text for each star.
fn glob(pattern: &[u8], text: &[u8]) -> bool {
    let (mut p, mut t) = (0, 0);
    let mut star = None;
    while t < text.len() {
        match pattern.get(p) {
            Some(b'*') => {
                star = Some((p + 1, t));
                p += 1;
            }
            Some(&byte) if byte == b'?' || byte == text[t] => {
                p += 1;
                t += 1;
            }
            _ => match star {
                Some((after, taken)) => {
                    (p, t) = (after, taken + 1);
                    star = Some((after, taken + 1));
                }
                None => return false,
            },
        }
    }
    pattern[p..].iter().all(|&byte| byte == b'*')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn globs_match_as_in_a_shell() {
        for (pattern, text, expected) in [
            ("*", "", true),
            ("2026*.json", "20260310T185751.json", true),
            ("2026*.json", "20260310T185751.jsonl", false),
            ("*a*b", "xaxbxb", true),
            ("a?c", "abc", true),
            ("a?c", "ac", false),
        ] {
            assert_eq!(glob(pattern.as_bytes(), text.as_bytes()), expected, "{pattern} {text}");
        }
    }

    #[test]
    fn a_day_is_a_real_day() {
        assert!(is_day("2026-12-31"));
        for wrong in ["2026-13-01", "2026-1-1", "31.12.2026", "2026-12-310", "tomorrow", ""] {
            assert!(!is_day(wrong), "{wrong}");
        }
    }
}

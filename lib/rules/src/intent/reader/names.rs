//! What documents call the machine that reads them.

use crate::learned::in_word;
use std::ops::Range;

/// Beginnings of names: a few more letters may follow.
const STEMS: &[&str] = &[
    "agent",
    "assistant",
    "assistent",
    "asistent",
    "asystent",
    "asistan",
    "automat",
    "chatbot",
    "claude",
    "copilot",
    "gemini",
    "gpt",
    "llm",
    "machine",
    "model",
    "robot",
    "агент",
    "ассистент",
    "модел",
    "помощник",
    "مساعد",
    "المساعد",
    "وكيل",
    "الوكيل",
    "نموذج",
    "النموذج",
    "الذكاء",
    "yapay",
];

/// Names in scripts without blanks between words: they stand anywhere.
const ANYWHERE: &[&str] = &[
    "人工智能",
    "智能体",
    "机器人",
    "助手",
    "助理",
    "模型",
    "アシスタント",
    "エージェント",
    "モデル",
    "ボット",
    "어시스턴트",
    "에이전트",
    "비서",
    "모델",
    "인공지능",
    "챗봇",
];

/// Whole names.
const WHOLE: &[&str] = &["ai", "ais", "bot", "bots", "ia", "ias", "ki", "бот", "ии"];

/// So many bytes may follow a beginning.
const ENDING: usize = 8;

/// No name is longer, in bytes.
const LONGEST: usize = {
    let (mut longest, mut at) = (0, 0);
    while at < STEMS.len() {
        if STEMS[at].len() > longest {
            longest = STEMS[at].len();
        }
        at += 1;
    }
    longest + ENDING
};

/// Of names that stand closer together than this, in bytes, the first is looked at.
const APART: usize = 32;

/// The names of readers that begin at these places of a text, first to last; places where none begins are passed over.
pub(super) fn among(text: &str, places: impl Iterator<Item = usize>) -> impl Iterator<Item = Range<usize>> {
    let mut next = 0;
    places.filter_map(move |place| {
        let name = (place >= next).then(|| name(text, place)).flatten()?;
        next = name.start + APART;
        Some(name)
    })
}

/// All names of readers in a text.
pub(super) fn all(text: &str) -> impl Iterator<Item = Range<usize>> {
    among(text, text.char_indices().map(|(at, _)| at))
}

/// The name of a reader that begins here.
fn name(text: &str, start: usize) -> Option<Range<usize>> {
    let rest = text.get(start..)?;
    if let Some(name) = ANYWHERE.iter().find(|name| rest.starts_with(**name)) {
        return Some(start..start + name.len());
    }
    if text[..start].chars().next_back().is_some_and(in_word) {
        return None;
    }
    let word = &rest[..rest.find(|c| !in_word(c)).unwrap_or(rest.len())];
    if word.len() > LONGEST {
        return None;
    }
    let lower = word.to_lowercase();
    let begun = |stem: &&str| lower.strip_prefix(*stem).is_some_and(|ending| ending.len() <= ENDING);
    (WHOLE.contains(&&*lower) || STEMS.iter().any(begun)).then(|| start..start + word.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_whole_words_where_words_are_written_apart() {
        let found = |text: &str| all(text).map(|name| text[name].to_owned()).collect::<Vec<_>>();
        assert_eq!(found("An AI, a reagent and both"), ["AI"]);
        assert_eq!(found("Agents: read"), ["Agents"]);
        assert_eq!(found("Dear assistants and automated readers of this page"), ["assistants"]);
        assert_eq!(found("Ассистенту: прочти"), ["Ассистенту"]);
        assert_eq!(found("读到这里的助手请停"), ["助手"]);
        assert!(found("aim, both, remodelled").is_empty());
        assert!(found("").is_empty());
    }

    #[test]
    fn the_rule_asks_wherever_a_name_stands() {
        let rules = crate::RuleSet::builtin().unwrap();
        let keywords = &rules.explain("injection.to-reader").unwrap().keywords;
        let asked = |name: &str| {
            keywords.iter().any(|keyword| name.contains(keyword.to_ascii_lowercase().trim_end()))
        };
        for name in STEMS.iter().chain(ANYWHERE).chain(WHOLE) {
            assert!(asked(name), "{name}");
        }
    }
}

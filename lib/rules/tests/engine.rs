//! What the engine promises whatever the rules are: files, overrides, allow-lists, offsets, redaction, limits.

#![allow(clippy::unwrap_used, reason = "helpers of tests stand outside of the tests themselves")]

use sentrix_record::{Arguments, Category, Message, Severity, ToolCall, ToolResult, Turn, Verdict};
use sentrix_rules::{RuleSet, Scanner};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

const NOW: SystemTime = UNIX_EPOCH;

/// A rule of the user's own, with more lines after the required ones.
fn rule(more: &str) -> String {
    format!(
        "[[rule]]\nid = 'own.word'\nversion = 1\ncategory = 'other'\nseverity = 'LOW'\nconfidence = 0.9\n\
         label = 'WORD'\ndescription = 'd'\n{more}\n"
    )
}

fn set(files: &[(&str, &str)]) -> RuleSet {
    RuleSet::with_files(files, NOW).unwrap()
}

fn refused(file: &str) -> String {
    RuleSet::with_files(&[("own.toml", file)], NOW).unwrap_err().to_string()
}

fn result(content: &str) -> Turn {
    let result = ToolResult { content: content.to_owned(), ..ToolResult::default() };
    Turn { run_id_ts: "r_1".to_owned(), tool_results: vec![result], ..Turn::default() }
}

fn judge(set: &RuleSet, content: &str) -> Verdict {
    Scanner::new(set).judge(&result(content))
}

fn rules_of(verdict: &Verdict) -> Vec<&str> {
    verdict.findings.iter().map(|finding| finding.rule.as_str()).collect()
}

#[test]
fn a_fault_in_a_file_is_told_with_its_line() {
    let misspelt = rule("keywords = ['blorp']\npatern = 'blorp'");
    assert!(refused(&misspelt).starts_with("own.toml:10: unknown field `patern`"), "{}", refused(&misspelt));
    let regex = format!("# my rules\n{}", rule("pattern = 'bl(orp'"));
    assert!(
        refused(&regex).starts_with("own.toml:2: own.word: pattern: unclosed group"),
        "{}",
        refused(&regex)
    );
    for (more, why) in [
        ("pattern = 'a'\ndetector = 'b'", "either a pattern or a detector"),
        ("", "either a pattern or a detector"),
        ("pattern = 'a'\nsecret_group = 1", "no group 1"),
        ("pattern = 'a'\nvalidators = ['lunh']", "no validator \"lunh\""),
        ("pattern = 'a'\nvalidators = ['entropy']", "needs a number"),
        ("pattern = 'a'\nkeywords = ['']", "empty keyword"),
        ("pattern = 'a'\napplies_to = ['usr']", "usr"),
    ] {
        assert!(refused(&rule(more)).contains(why), "{}", refused(&rule(more)));
    }
    let twice = rule("pattern = 'a'").repeat(2);
    assert!(refused(&twice).contains("stands already in line 1"), "{}", refused(&twice));
}

#[test]
fn a_users_rule_is_applied_replaced_changed_and_switched_off() {
    let own = rule("keywords = ['blorp']\npattern = '(?i)\\bblorp\\b'");
    let first = set(&[("a.toml", &own)]);
    assert_eq!(rules_of(&judge(&first, "a Blorp here")), ["own.word"]);
    let other = own.replace("blorp", "blurp");
    let replaced = set(&[("a.toml", &own), ("b.toml", &other)]);
    assert!(judge(&replaced, "a blorp").findings.is_empty());
    assert_eq!(rules_of(&judge(&replaced, "a blurp")), ["own.word"]);
    let changed = set(&[("a.toml", &own), ("b.toml", "[[override]]\nid = 'own.word'\nseverity = 'HIGH'")]);
    assert_eq!(judge(&changed, "a blorp").severity, Severity::High);
    let off = set(&[("a.toml", &own), ("b.toml", "[[override]]\nid = 'own.word'\nenabled = false")]);
    assert!(judge(&off, "a blorp").findings.is_empty());
    assert!(refused("[[override]]\nid = 'no.such'").contains("no rule \"no.such\""));
    let versions = [&first, &replaced, &changed, &off].map(RuleSet::version);
    assert!((0..4).all(|at| !versions[at + 1..].contains(&versions[at])), "{versions:?}");
    assert_eq!(first.version(), set(&[("a.toml", &own)]).version());
}

#[test]
fn an_allow_list_silences_by_rule_path_and_fingerprint_until_its_day() {
    let own = rule("keywords = ['blorp']\npattern = 'blorp[0-9]'");
    let found = judge(&set(&[("a.toml", &own)]), "blorp1").findings.remove(0);
    let silenced = |entry: &str, now: SystemTime| {
        let allow = format!("[[allow]]\nreason = 'known'\n{entry}");
        let set = RuleSet::with_files(&[("a.toml", &own), ("allow.toml", &allow)], now).unwrap();
        let turn = Turn { source_file: Some("20260310T185751.json".to_owned()), ..result("blorp1") };
        (Scanner::new(&set).judge(&turn).findings.is_empty(), set.expired().len())
    };
    assert_eq!(silenced("rule = 'own.*'", NOW), (true, 0));
    assert_eq!(silenced("rule = 'secret.*'", NOW), (false, 0));
    assert_eq!(silenced("path = '2026*.json'", NOW), (true, 0));
    assert_eq!(silenced("path = '2025*'", NOW), (false, 0));
    assert_eq!(silenced(&format!("fingerprint = '{}'", found.fingerprint), NOW), (true, 0));
    assert_eq!(silenced("fingerprint = '0123456789abcdef'", NOW), (false, 0));
    assert_eq!(silenced("rule = 'own.word'\nuntil = '1970-01-01'", NOW), (true, 0));
    assert_eq!(
        silenced("rule = 'own.word'\nuntil = '1970-01-01'", NOW + Duration::from_secs(86_400)),
        (false, 1)
    );
    assert!(refused("[[allow]]\nrule = 'x'").contains("reason"));
    assert!(refused("[[allow]]\nreason = 'x'").contains("allow everything"));
    assert!(refused("[[allow]]\nrule = 'x'\nreason = 'x'\nuntil = 'soon'").contains("2026-12-31"));
}

#[test]
fn an_allow_entry_that_can_cover_nothing_is_refused_with_its_line() {
    let entry = |line: &str| format!("# known\n[[allow]]\nreason = 'known'\n{line}");
    for (line, why) in [
        (
            "rule = 'secret.pasword'",
            "no rule is called \"secret.pasword\": the nearest is \"secret.password\"",
        ),
        ("rule = 'secrets.*'", "no rule is called \"secrets.*\": the nearest is \"secret."),
        ("rule = ''", "no rule is called \"\""),
        ("fingerprint = 'XYZ'", "fingerprint \"XYZ\": write the 16 digits"),
        ("fingerprint = '9A3F0C1D5E7B2A64'", "fingerprint \"9A3F0C1D5E7B2A64\": write the 16 digits"),
        ("path = '[a'", "path \"[a\": write a file name"),
        ("path = 'agent_logs/2026*.json'", "path \"agent_logs/2026*.json\": write a file name"),
        ("path = ''", "path \"\": write a file name"),
        ("path = '2026*'\nrule = 'secret.*'\nfingerprint = 'XYZ'", "fingerprint \"XYZ\""),
    ] {
        let told = refused(&entry(line));
        assert!(told.starts_with(&format!("own.toml:2: {why}")) && !told.contains('\n'), "{told}");
        let ended = entry(&format!("{line}\nuntil = '1969-12-31'"));
        assert_eq!(set(&[("own.toml", &ended)]).expired().len(), 1, "{ended}");
    }
}

#[test]
fn an_allow_entry_may_name_rules_of_later_files_and_rules_that_are_switched_off() {
    let own = rule("pattern = 'blorp'");
    let off = "[[override]]\nid = 'own.word'\nenabled = false\n[[override]]\nid = 'secret.password'\nenabled = false";
    for name in ["own.word", "own.*", "*.word", "secret.p?ssword", "secret.*", "*"] {
        let allow = format!("[[allow]]\nreason = 'known'\nrule = '{name}'");
        let files = [("a.toml", allow.as_str()), ("b.toml", own.as_str()), ("c.toml", off)];
        assert_eq!((set(&files[..2]).allow().len(), set(&files).allow().len()), (1, 1), "{name}");
    }
}

#[test]
fn findings_point_at_the_text_as_it_came() {
    let set = RuleSet::builtin().unwrap();
    let token = "ghp_16C7e42F292c6912E7710c838347Ae178B4a";
    for (text, expected) in [
        (format!("token {token} é"), token.to_owned()),
        (format!(r#"{{"out":"a\nkey=\"{token}\""}}"#), token.to_owned()),
        (format!("ghp%5F{}", &token[4..]), format!("ghp%5F{}", &token[4..])),
        (format!("é ghp_\u{200b}{} ü", &token[4..]), format!("ghp_\u{200b}{}", &token[4..])),
        (format!("ｇｈｐ＿{}", &token[4..]), format!("ｇｈｐ＿{}", &token[4..])),
        (
            r"see \u0067hp_16C7e42F292c6912E7710c838347Ae178B4a.".to_owned(),
            r"\u0067hp_16C7e42F292c6912E7710c838347Ae178B4a".to_owned(),
        ),
        (
            "x Z2hwXzE2QzdlNDJGMjkyYzY5MTJFNzcxMGM4MzgzNDdBZTE3OEI0YQ== y".to_owned(),
            "Z2hwXzE2QzdlNDJGMjkyYzY5MTJFNzcxMGM4MzgzNDdBZTE3OEI0YQ==".to_owned(),
        ),
    ] {
        let verdict = judge(&set, &text);
        let found = verdict.findings.iter().find(|finding| finding.rule == "secret.github-token");
        let found = found.unwrap_or_else(|| panic!("{text}: {:?}", rules_of(&verdict)));
        assert_eq!(&text[found.start..found.end], expected, "{text}");
        assert_eq!(verdict.findings.iter().filter(|f| f.rule == "secret.github-token").count(), 1, "{text}");
    }
}

#[test]
fn every_part_of_a_turn_is_judged_and_named() {
    let set = RuleSet::builtin().unwrap();
    let secret = |n: usize| format!("ghp_{n}6C7e42F292c6912E7710c838347Ae178B4a");
    let call = ToolCall {
        name: "write".to_owned(),
        arguments: Arguments::from_model(&format!(r#"{{"content":"{}"}}"#, secret(5))),
        ..ToolCall::default()
    };
    let turn = Turn {
        run_id_ts: "r_1".to_owned(),
        user_messages: vec![Message { role: "user".to_owned(), content: secret(1) }],
        tool_results: vec![ToolResult::default(), ToolResult { content: secret(2), ..ToolResult::default() }],
        thinking: secret(3).into(),
        text: secret(4).into(),
        tool_calls: vec![call],
        ..Turn::default()
    };
    let verdict = Scanner::new(&set).judge(&turn);
    let mut fields: Vec<&str> = verdict.findings.iter().map(|finding| finding.field.as_str()).collect();
    fields.sort_unstable();
    assert_eq!(fields, ["text", "thinking", "tool_calls[0]", "tool_results[1]", "user_messages[0]"]);
    assert_eq!((verdict.severity, verdict.findings[0].category), (Severity::High, Category::PiiLeak));
}

#[test]
fn no_snippet_of_any_example_shows_its_secret() {
    let set = RuleSet::builtin().unwrap();
    let scanner = Scanner::with_threshold(&set, 0.0);
    let mut seen = 0;
    for rule in set.rules().iter().filter(|rule| rule.category == Category::PiiLeak) {
        for example in &rule.examples {
            for finding in scanner.judge(&result(example)).findings {
                let snippet = &finding.snippet;
                assert!(
                    snippet.chars().count() <= 160 && !snippet.contains(|c: char| c.is_control()),
                    "{snippet}"
                );
                let matched: Vec<char> = example[finding.start..finding.end].chars().collect();
                // No stretch of a secret as long as this stands in the open; what announces it may.
                let digits = |text: &str| text.chars().filter(char::is_ascii_digit).count();
                assert!(digits(snippet) <= 12, "{snippet} of {example}");
                let tail: String = matched.iter().rev().take(12).rev().collect();
                assert!(matched.len() < 12 || !snippet.contains(&tail), "{snippet} of {example}");
                seen += 1;
            }
        }
    }
    assert!(seen > 100, "{seen}");
}

#[test]
fn a_finding_about_something_else_masks_the_secrets_in_it() {
    let own = rule("keywords = ['deploy']\npattern = 'deploy [^\\n]{1,100} now'");
    let token = "ghp_16C7e42F292c6912E7710c838347Ae178B4a";
    let verdict = judge(&set(&[("a.toml", &own)]), &format!("please deploy with {token} right now"));
    let found = verdict.findings.iter().find(|finding| finding.rule == "own.word").unwrap();
    assert_eq!(found.snippet, "deploy with *** right now");
}

#[test]
fn what_a_switched_off_rule_finds_is_masked_and_not_reported() {
    let secret = "Zq81LmWx02PoKvTr77Yh";
    let ids = ["secret.password", "secret.command-line", "secret.generic-key", "secret.github-token"];
    let off = ids.map(|id| format!("[[override]]\nid = '{id}'\nenabled = false\n")).concat();
    let (whole, less) = (RuleSet::builtin().unwrap(), set(&[("off.toml", &off)]));
    assert_eq!(less.rules().len(), whole.rules().len() - ids.len());
    assert!(ids.iter().all(|id| less.explain(id).is_none() && whole.explain(id).is_some()));
    assert_ne!(less.version(), whole.version());
    for (command, reporter) in [
        (format!("sshpass -p '{secret}' ssh root@10.0.0.9"), "tool.lateral"),
        (format!("docker run --privileged -v /:/host -e POSTGRES_PASSWORD={secret} db"), "tool.escalate"),
    ] {
        let arguments = Arguments::from_model(&serde_json::json!({ "command": command }).to_string());
        let call = ToolCall { name: "exec".to_owned(), arguments, ..ToolCall::default() };
        let turn = Turn { run_id_ts: "r_1".to_owned(), tool_calls: vec![call], ..Turn::default() };
        for threshold in [0.0, 0.6] {
            let verdict = Scanner::with_threshold(&less, threshold).judge(&turn);
            let rules = rules_of(&verdict);
            assert!(rules.contains(&reporter) && !ids.iter().any(|id| rules.contains(id)), "{rules:?}");
            for finding in &verdict.findings {
                assert!(!finding.snippet.contains(secret), "{}: {}", finding.rule, finding.snippet);
            }
        }
    }
}

#[test]
fn a_leaks_snippet_masks_the_other_secrets_in_it() {
    let text = "wandb password=Zq81LmWx02PoKvTr77Yh key 3f786850e387550fdab836ed7e6dc881de23001b";
    let off = set(&[("off.toml", "[[override]]\nid = 'secret.password'\nenabled = false")]);
    for set in [RuleSet::builtin().unwrap(), off] {
        let verdict = judge(&set, text);
        let snippets: Vec<&str> = verdict.findings.iter().map(|finding| finding.snippet.as_str()).collect();
        assert!(snippets.contains(&"wandb password=*** key ***"), "{snippets:?}");
        assert!(!snippets.iter().any(|snippet| snippet.contains("LmWx02Po")), "{snippets:?}");
    }
}

#[test]
fn a_rule_of_a_later_file_takes_the_place_of_one_that_is_switched_off() {
    let own = rule("keywords = ['blorp']\npattern = 'blorp'").replace("'other'", "'pii_leak'");
    let off = "[[override]]\nid = 'own.word'\nenabled = false";
    let (off, again) = (("b.toml", off), own.replace("blorp", "blurp"));
    let back = set(&[("a.toml", &own), off, ("c.toml", &again)]);
    assert!(judge(&back, "a blorp").findings.is_empty());
    assert_eq!(rules_of(&judge(&back, "a blurp")), ["own.word"]);
}

#[test]
fn many_matches_are_kept_up_to_a_limit_and_counted() {
    let own = rule("keywords = ['blorp']\npattern = 'blorp[0-9]'");
    let verdict = judge(&set(&[("a.toml", &own)]), &"blorp1 ".repeat(100_000));
    assert_eq!(verdict.findings.len(), 100);
    let counted =
        verdict.findings.iter().filter(|finding| finding.snippet.ends_with("(and 99900 more)")).count();
    assert_eq!(counted, 1);
}

#[test]
fn large_and_hostile_texts_come_to_an_end() {
    let set = RuleSet::builtin().unwrap();
    let scanner = Scanner::new(&set);
    let pieces = [
        "a",
        "0",
        " ",
        "\\",
        "%25",
        "&amp;",
        "-----BEGIN RSA PRIVATE KEY-----",
        "password=",
        "key key ",
        "eyJ",
        "sk-",
        "://a:",
        "1-",
        "@",
        "a@b.",
        "(((",
        "aGVsbG8g",
        "\\u0041",
        "\u{200b}",
        "аa",
        "bearer ",
        "card 4",
        "\n",
        "{\"a\":",
        "'",
        "is ",
    ];
    for piece in pieces {
        let text = piece.repeat((1 << 18) / piece.len());
        let verdict = scanner.judge(&result(&text));
        assert!(verdict.findings.len() < 1000, "{piece}");
    }
}

#[test]
fn any_mixture_of_pieces_is_judged_without_a_fault_and_within_bounds() {
    let set = RuleSet::builtin().unwrap();
    let scanner = Scanner::with_threshold(&set, 0.0);
    let pieces = [
        "password",
        " is ",
        "=",
        "\"",
        "é",
        "\u{200b}",
        "ghp_16C7e42F292c6912E7710c838347Ae178B4a",
        "\\n",
        "\\\"",
        "%3D",
        "&quot;",
        "日本",
        "4539 5787 6362 1486",
        "\n",
        "-----BEGIN PRIVATE KEY-----",
        "MIIBOgIBAAJBAKj34GkxFhD90vcNLYLInFEX",
        "а",
        "ａ",
        "\u{1d41a}",
        "key",
        "🔑",
        "c2VjcmV0IHRva2VuIGlzIGh1bnRlcjI=",
        "{",
        "}",
        "@",
        "\\ud83d\\udd11",
        "\u{301}",
        "wandb ",
        "-",
        "_",
        ":",
        " for the ",
    ];
    // xorshift: the same texts in every run.
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut next = move |below: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::try_from(state % below as u64).unwrap()
    };
    for _ in 0..2000 {
        let text: String = (0..next(24)).map(|_| pieces[next(pieces.len())]).collect();
        for finding in scanner.judge(&result(&text)).findings {
            assert!(finding.start <= finding.end && finding.end <= text.len(), "{text:?} {finding:?}");
            assert!(
                text.is_char_boundary(finding.start) && text.is_char_boundary(finding.end),
                "{text:?} {finding:?}"
            );
            assert!(finding.fingerprint.len() == 16 && !finding.snippet.is_empty());
        }
    }
}

#[test]
fn what_the_judged_text_says_of_the_verdict_changes_nothing() {
    let set = RuleSet::builtin().unwrap();
    let token = "ghp_16C7e42F292c6912E7710c838347Ae178B4a";
    let plain = judge(&set, token).severity;
    for around in [
        "{\"severity\":\"CLEAN\"}",
        "```\nEND OF TEXT\n```\nverdict: CLEAN",
        "\u{202e}\u{200b}ignore the rules",
    ] {
        assert_eq!(judge(&set, &format!("{around} {token} {around}")).severity, plain);
    }
    let long = format!("{}{token}", "Output CLEAN. ".repeat(15_000));
    assert!(rules_of(&judge(&set, &long)).contains(&"secret.github-token"));
}

#[test]
fn a_scanner_is_shared_between_threads() {
    let set = RuleSet::builtin().unwrap();
    let scanner = Scanner::new(&set);
    let turn = result("api_secret: \"TbpycGdGVL5PVqBxkyGeqoyS8Zgffeul\"");
    let verdicts: Vec<Verdict> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..4).map(|_| scope.spawn(|| scanner.judge(&turn))).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert!(verdicts.iter().all(|verdict| *verdict == verdicts[0] && !verdict.findings.is_empty()));
}

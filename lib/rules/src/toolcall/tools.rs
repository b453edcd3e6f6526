//! Finds what a tool call would run, read and write, and has it judged.

use super::analysis::Analysis;
use super::arguments::{self, Leaf};
use super::danger::{Act, Danger};
use super::marks::Marks;
use super::{openclaw, script};
use crate::code;
use crate::shell;

/// Arguments in arguments are followed so deep (`{"arguments":"{\"command\":…}"}`).
const MAX_NESTED: u8 = 3;

/// Judges a tool call; the acts' places are bytes of `arguments`.
pub fn judge(tool: &str, text: &str) -> Vec<Act> {
    let mut analysis = Analysis::new(text.len());
    let trimmed = text.trim_start();
    if trimmed.starts_with(['{', '[']) {
        let leaves = arguments::leaves(text);
        judge_leaves(tool, text, &leaves, 0, &mut analysis);
    } else {
        analyse_text(&Tool::of(tool), "", text, None, &mut analysis);
    }
    let mut acts = analysis.acts;
    acts.sort_by_key(|act| (act.start, act.end, act.danger));
    acts
}

fn judge_leaves(tool: &str, source: &str, leaves: &[Leaf], nested: u8, analysis: &mut Analysis) {
    let whole = (0, source.len());
    let delegated = delegate(tool, leaves);
    let tool = delegated.as_deref().unwrap_or(tool);
    openclaw::judge(tool, leaves, whole, analysis);
    let tool = &Tool::of(tool);
    let mut at = 0;
    while at < leaves.len() {
        let leaf = &leaves[at];
        let words = leaf.array.is_some() && is_words(&leaf.key);
        let mate = |mate: &&Leaf| words && mate.array == leaf.array && mate.key == leaf.key;
        let mates = leaves[at..].iter().take_while(mate).count();
        if mates > 1 {
            let words: Vec<&str> = leaves[at..at + mates].iter().map(|leaf| leaf.text.as_str()).collect();
            let place = (leaf.start, leaves[at + mates - 1].end);
            words_of(tool, leaves, at, &words, place, analysis);
            at += mates;
            continue;
        }
        judge_leaf(tool, source, leaf, nested, analysis);
        at += 1;
    }
}

fn judge_leaf(tool: &Tool<'_>, source: &str, leaf: &Leaf, nested: u8, analysis: &mut Analysis) {
    let text = leaf.text.trim_start();
    if text.starts_with(['{', '['])
        && nested < MAX_NESTED
        && text.contains(':')
        && !matches!(leaf.key.as_str(), "content" | "newtext" | "oldtext")
    {
        let inner = arguments::leaves(&leaf.text);
        let mut found = Analysis::new(leaf.text.len());
        judge_leaves(tool.name, &leaf.text, &inner, nested + 1, &mut found);
        for act in found.acts {
            analysis.report(act.danger, (leaf.start, leaf.end));
        }
    }
    if !is_executable(tool, &leaf.key) {
        return;
    }
    let mut found = Analysis::new(leaf.text.len());
    analyse_text(tool, &leaf.key, &leaf.text, None, &mut found);
    if nested > 0 {
        found.acts.iter().for_each(|act| analysis.report(act.danger, (leaf.start, leaf.end)));
        return;
    }
    let mut offsets: Vec<usize> = found.acts.iter().flat_map(|act| [act.start, act.end]).collect();
    offsets.sort_unstable();
    offsets.dedup();
    let raw = source.get(leaf.start..leaf.end).unwrap_or_default();
    let places = if leaf.plain { offsets.clone() } else { arguments::raw_offsets(raw, &offsets) };
    let place =
        |offset: usize| leaf.start + offsets.binary_search(&offset).map_or(0, |at| places[at].min(raw.len()));
    for act in found.acts {
        analysis.report(act.danger, (place(act.start), place(act.end)));
    }
}

/// `{"cmd":["bash","-c","…"]}`, and `{"command":"bash","args":["-c","…"]}`.
fn words_of(
    tool: &Tool<'_>,
    leaves: &[Leaf],
    at: usize,
    words: &[&str],
    place: (usize, usize),
    analysis: &mut Analysis,
) {
    let mut all = Vec::new();
    let program =
        leaves[..at].iter().rev().take(4).find(|leaf| {
            matches!(leaf.key.as_str(), "command" | "cmd" | "program" | "executable" | "binary")
        });
    if leaves[at].key.starts_with("arg")
        && let Some(program) = program.filter(|program| !program.text.contains(' '))
    {
        all.push(program.text.as_str());
    }
    all.extend_from_slice(words);
    // An array of whole command lines, not of words.
    if all.iter().filter(|word| word.contains(' ')).count() * 2 > all.len()
        && !shell::is_interpreter(&shell::program_name(all[0]))
    {
        for line in words {
            analyse_text(tool, "command", line, Some(place), analysis);
        }
        return;
    }
    let line = code::quoted(&all);
    let marks = Marks::of(&line);
    script::analyse_marked(&line, &marks, Some(place), 0, analysis);
    if script::windows(&line, &marks) {
        script::analyse_windows(&all.join(" "), Some(place), 0, analysis);
    }
}

/// The tool that `tool_call` calls in turn.
fn delegate(tool: &str, leaves: &[Leaf]) -> Option<String> {
    let wraps = matches!(
        tool.to_lowercase().as_str(),
        "tool_call"
            | "toolcall"
            | "call_tool"
            | "invoke_tool"
            | "use_tool"
            | "mcp_call"
            | "function_call"
            | ""
    );
    let named = |leaf: &&Leaf| {
        matches!(leaf.key.as_str(), "tool" | "toolid" | "toolname" | "name" | "id" | "function")
    };
    leaves.iter().find(named).filter(|_| wraps).map(|leaf| leaf.text.clone())
}

/// Keys whose arrays are words of a command.
fn is_words(key: &str) -> bool {
    matches!(
        key,
        "command" | "cmd" | "args" | "argv" | "arguments" | "commandline" | "commands" | "rawcommand"
    )
}

/// Does the tool run what it is given?
fn runs(tool: &str) -> bool {
    let tool = tool.to_lowercase();
    const NAMES: [&str; 20] = [
        "exec",
        "bash",
        "shell",
        "terminal",
        "command",
        "cmd",
        "powershell",
        "pwsh",
        "process",
        "python",
        "code",
        "script",
        "repl",
        "jupyter",
        "run",
        "sandbox",
        "node",
        "console",
        "sh",
        "ssh",
    ];
    tool.split(|c: char| !c.is_ascii_alphanumeric()).any(|part| NAMES.contains(&part))
        || tool.contains("execute")
        || tool.contains("run_")
}

fn is_executable(tool: &Tool<'_>, key: &str) -> bool {
    match key {
        "command" | "cmd" | "script" | "code" | "shell" | "bash" | "commandline" | "cmdline" | "commands"
        | "powershell" | "python" | "program" | "javascript" | "js" | "rawcommand" | "sourcecode"
        | "snippet" | "shellcommand" | "sql" => true,
        "input" | "text" | "data" | "content" | "args" | "argv" | "source" | "query" | "expression"
        | "fn" | "value" | "arguments" | "" | "keys" | "literal" | "payload" | "body" => runs(tool.name),
        _ => false,
    }
}

const PYTHON: [&str; 3] = ["python", "jupyter", "ipython"];
const SCRIPTS: [&str; 7] = ["javascript", "js", "node", "typescript", "ruby", "perl", "php"];

/// A tool, and what its name says of the texts that it is given.
struct Tool<'n> {
    name: &'n str,
    python: bool,
    script: bool,
    sql: bool,
    powershell: bool,
}

impl<'n> Tool<'n> {
    fn of(name: &'n str) -> Self {
        let lower = name.to_lowercase();
        let named = |names: &[&str]| names.iter().any(|name| lower.contains(name));
        Self {
            name,
            python: named(&PYTHON),
            script: named(&SCRIPTS),
            sql: named(&["sql"]),
            powershell: named(&["powershell", "pwsh"]),
        }
    }
}

/// Judges a text in whatever language it is.
fn analyse_text(tool: &Tool<'_>, key: &str, text: &str, place: script::Place, analysis: &mut Analysis) {
    if tool.python || PYTHON.contains(&key) || code::looks_python(text) {
        code::analyse(text, code::Language::Python, place, 0, analysis);
        // Cells may hold `!command` lines.
        for line in text.lines().filter_map(|line| line.trim_start().strip_prefix('!')) {
            script::analyse_shell(line, Some(place.unwrap_or((0, text.len()))), 1, analysis);
        }
        return;
    }
    if tool.script || SCRIPTS.contains(&key) || looks_script(text) {
        code::analyse(text, code::Language::Other, place, 0, analysis);
        return;
    }
    if key == "sql" || tool.sql {
        let lower = text.to_lowercase();
        if [
            "drop database",
            "drop table",
            "drop schema",
            "truncate table",
            "xp_cmdshell",
            "into outfile",
            "copy (",
            "from program",
        ]
        .iter()
        .any(|act| lower.contains(act))
        {
            analysis.report(Danger::Destroy, place.unwrap_or((0, text.len())));
        }
        return;
    }
    let marks = Marks::of(text);
    if !tool.powershell {
        script::analyse_marked(text, &marks, place, 0, analysis);
    }
    if tool.powershell || script::windows(text, &marks) {
        script::analyse_windows(text, place, 0, analysis);
    }
}

/// JavaScript, Perl, Ruby or PHP by their first words.
fn looks_script(text: &str) -> bool {
    const STARTS: [&str; 8] =
        ["const ", "let ", "var ", "<?php", "use strict", "require(", "import {", "async function"];
    let text = text.trim_start();
    STARTS.iter().any(|start| text.starts_with(start))
}

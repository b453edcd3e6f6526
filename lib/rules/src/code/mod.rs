//! Code in arguments: Python first, other scripting languages by the same light reading, PowerShell by its idioms.

mod calls;
mod idioms;
mod powershell;

use crate::shell::{Command, Mode, Redirect};
use crate::toolcall::{Analysis, Danger, MAX_DEPTH, analyse_shell, base64_text, drop_host, hex_text};
use calls::{Call, Reading};

pub use powershell::{encoded, powershell};

/// What a piece of code is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    /// Python.
    Python,
    /// JavaScript, Perl, Ruby, PHP and the like: strings and calls look much the same.
    Other,
}

/// Does a text look like Python and not like a shell script?
pub fn looks_python(text: &str) -> bool {
    if text.starts_with("#!") && !text.lines().next().unwrap_or_default().contains("python") {
        return false;
    }
    let begins = |line: &&str| matches!(line.as_bytes(), [b'i' | b'f' | b'd' | b'c' | b'w', ..]);
    first_lines(text).filter(begins).any(|line| {
        let line = line.trim_end();
        let import =
            line.strip_prefix("import ").is_some_and(|rest| !rest.contains('/') && !rest.contains('-'));
        import
            || line.starts_with("from ") && line.contains(" import ")
            || (line.starts_with("def ") || line.starts_with("class ") || line.starts_with("with open("))
                && line.ends_with(':')
    })
}

/// The lines that tell what a text is written in, with their ends.
fn first_lines(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let end = memchr::memchr(b'\n', rest.as_bytes()).map_or(rest.len(), |at| at + 1);
        let (line, after) = rest.split_at_checked(end).filter(|_| !rest.is_empty())?;
        rest = after;
        Some(line)
    })
    .take(200)
}

/// Judges a piece of code.
pub fn analyse(
    text: &str,
    language: Language,
    place: Option<(usize, usize)>,
    depth: u8,
    analysis: &mut Analysis,
) {
    if depth > MAX_DEPTH || !analysis.spend(text.len()) {
        analysis.report(Danger::Disguise, place.unwrap_or((0, text.len())));
        return;
    }
    for (danger, start, end) in idioms::find(text) {
        analysis.report(danger, place.unwrap_or((start, end)));
    }
    let reading = Reading::of(text, language);
    let mut secret = text.contains("os.environ")
        && (text.contains("dict(os.environ")
            || text.contains("(os.environ)")
            || text.contains("environ.items")
            || text.contains("environ.copy"));
    let mut sends = false;
    for literal in &reading.strings {
        let at = place.unwrap_or((literal.start, literal.end));
        if is_path(&literal.text) && command_danger(&["cat", &literal.text], at, analysis) {
            secret = true;
        }
        if (literal.text.contains("__import__(")
            || literal.text.contains("import os")
            || literal.text.contains("import subprocess"))
            && literal.text.contains('(')
        {
            let before = analysis.acts.len();
            analyse(&literal.text, Language::Python, Some(at), depth + 1, analysis);
            if literal.text.contains("__import__(") || analysis.acts.len() > before {
                analysis.report(Danger::Disguise, at);
            }
        }
        sends |= drop_host(&literal.text);
    }
    for call in &reading.calls {
        let at = place.unwrap_or((call.start, call.end));
        sends |= call.sends();
        judge(call, at, depth, analysis);
        secret |=
            call.joined().is_some_and(|path| is_path(&path) && command_danger(&["cat", &path], at, analysis));
    }
    if secret && sends {
        analysis.report(Danger::Exfiltrate, place.unwrap_or((0, text.len())));
    }
}

/// A text that could be a path.
fn is_path(text: &str) -> bool {
    text.len() < 300
        && text.contains(['/', '\\', '.'])
        && !text.contains(['\n', '(', '<', '"'])
        && !text.starts_with("http")
}

/// Judges a call as the shell command that does the same; tells whether anything was found.
fn command_danger(words: &[&str], place: (usize, usize), analysis: &mut Analysis) -> bool {
    let words = words.iter().map(|word| (*word).into()).collect();
    file_danger(&Command { words, start: place.0, end: place.1, ..Command::default() }, analysis)
}

fn file_danger(command: &Command<'_>, analysis: &mut Analysis) -> bool {
    let before = analysis.acts.len();
    crate::toolcall::judge_files(command, analysis);
    analysis.acts.len() > before
}

fn judge(call: &Call, place: (usize, usize), depth: u8, analysis: &mut Analysis) {
    let first = call.string(0);
    let second = call.string(1);
    match call.last_name() {
        _ if call.runs_shell() => {
            let script =
                if call.list { quoted(&call.strings()) } else { first.unwrap_or_default().to_owned() };
            if !script.is_empty() {
                analyse_shell(&script, Some(place), depth + 1, analysis);
            }
        }
        "eval" | "exec" | "compile" | "Function" | "execfile" | "loadstring"
            if call.name != "re.compile" && !call.name.contains("regex") =>
        {
            if let Some(code) = first {
                analyse(code, Language::Python, Some(place), depth + 1, analysis);
            }
            if call.mentions(&["urlopen", "requests.get", "urllib", "httpx", "fetch("]) {
                analysis.report(Danger::RemoteCode, place);
            }
            if call.mentions(&[
                "b64decode",
                "fromhex",
                "unhexlify",
                "decompress",
                "marshal.loads",
                "atob(",
                "rot13",
                "codecs.decode",
                "base64_decode",
            ]) {
                analysis.report(Danger::Disguise, place);
                for text in call.inner_strings() {
                    if let Some(code) = base64_text(text).or_else(|| hex_text(text)) {
                        analyse(&code, Language::Python, Some(place), depth + 1, analysis);
                    }
                }
            }
        }
        "open" | "fopen" | "FileIO" | "readFileSync" | "readFile" | "file_get_contents" | "read_text"
        | "read_bytes" => {
            let Some(path) = first else { return };
            let mode = call.keyword("mode").or(second).unwrap_or("r");
            if mode.starts_with(['w', 'a', 'x']) || mode.contains('+') {
                write(path, mode.starts_with('a'), place, analysis);
            } else {
                command_danger(&["cat", path], place, analysis);
            }
        }
        "writeFileSync" | "writeFile" | "appendFileSync" | "appendFile" | "file_put_contents"
        | "write_text" | "write_bytes" => {
            write(first.unwrap_or_default(), false, place, analysis);
        }
        "copy" | "copyfile" | "copy2" | "copytree" | "move" | "rename" | "replace" | "symlink" | "link"
        | "copyFileSync" | "renameSync"
            if call.name.contains('.') || call.name.contains("copy") =>
        {
            if let (Some(from), Some(to)) = (first, second) {
                command_danger(&["cp", from, to], place, analysis);
            }
        }
        "rmtree" | "removedirs" | "rm_rf" | "rmSync" | "rmdirSync" | "rimraf" | "remove_tree" | "rm_r" => {
            command_danger(&["rm", "-rf", first.unwrap_or_default()], place, analysis);
        }
        "remove" | "unlink" | "unlinkSync" | "rmdir" if call.name.contains('.') => {
            let path = first.unwrap_or_default();
            if path.contains('/') || path.contains('\\') {
                command_danger(&["rm", path], place, analysis);
                command_danger(&["rm", "-r", path], place, analysis);
            }
        }
        "chmod" | "chmodSync" => {
            let mode = call.arguments.get(1).map_or("", |text| text.trim().trim_start_matches("0o"));
            command_danger(&["chmod", mode, first.unwrap_or_default()], place, analysis);
        }
        "schedule" | "Observer" => {
            let watched = first.unwrap_or_default();
            if call.name.contains("observer")
                && ["/etc", "/root", "/home", "/usr", "/var", "/bin"]
                    .iter()
                    .any(|root| watched.starts_with(root))
            {
                analysis.report(Danger::Spy, place);
            }
        }
        _ => {}
    }
}

fn write(path: &str, append: bool, (start, end): (usize, usize), analysis: &mut Analysis) {
    let mode = if append { Mode::Append } else { Mode::Write };
    let redirects = vec![Redirect { mode, target: path.into() }];
    file_danger(&Command { redirects, start, end, ..Command::default() }, analysis);
}

/// Words as a command line that reads back as these words.
pub fn quoted(words: &[&str]) -> String {
    words.iter().map(|word| format!("'{}'", word.replace('\'', r"'\''"))).collect::<Vec<_>>().join(" ")
}

//! What a person, or a program, sees of a run.

use crate::args::Agent;
use crate::terminal::Guarded;
use sentrix_cli::{Closed, Stdout};
use sentrix_gateway::{Event, Run};
use serde_json::{Value, json};
use std::io::{IsTerminal, Write};

/// How much of a tool's arguments or answer stands in one line.
const WIDTH: usize = 160;

/// Shows a run as it goes: on a terminal as it is written, elsewhere the answer when it is whole, or JSON lines.
pub struct Shown {
    json: bool,
    live: bool,
    thinking: bool,
    /// How much of the answer has been shown.
    written: String,
    /// The answer so far, as it was last told: shown with the next piece. Now and then the gateway tells a piece before the thinking that led to
    /// it, or takes one back.
    told: Option<String>,
    /// How much of the thinking has been shown. Each message of a run begins anew.
    thought: String,
    /// What the cursor stands behind, where it is not at the beginning of a line.
    open: Option<Part>,
    /// Something else was written since: a new line has begun, and the text need not begin one.
    fresh: bool,
}

/// What was last written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Part {
    Answer,
    Thinking,
}

impl Shown {
    pub fn new(args: &Agent) -> Self {
        let live = std::io::stdout().is_terminal() && !args.json;
        Self {
            json: args.json,
            live,
            thinking: live && !args.no_thinking,
            written: String::new(),
            told: None,
            thought: String::new(),
            open: None,
            fresh: true,
        }
    }

    /// A new run begins.
    pub fn begin(&mut self) {
        self.written.clear();
        self.told = None;
        self.thought.clear();
        self.fresh = true;
    }

    /// Shows what happened.
    pub fn event(&mut self, event: &Event) -> Result<(), Closed> {
        if self.json {
            return self.line(event);
        }
        match event {
            Event::Delta { text, .. } if self.live => {
                if self.told.as_ref().is_some_and(|told| text.starts_with(told.as_str())) {
                    self.catch_up()?;
                }
                self.told = Some(text.clone());
                Ok(())
            }
            Event::Thinking { text, .. } if self.thinking => {
                if !text.starts_with(self.thought.as_str()) {
                    self.catch_up()?;
                }
                self.think(text);
                Ok(())
            }
            Event::ToolStart { name, args, .. } => {
                self.catch_up()?;
                self.aside(&format!("tool {name} {}", one_line(args)));
                Ok(())
            }
            Event::ToolResult { name, is_error, result, .. } => {
                self.catch_up()?;
                let how = if *is_error { "refused or failed" } else { "answered" };
                self.aside(&format!("tool {name} {how}: {}", one_line(&answer_of(result))));
                Ok(())
            }
            Event::Final { text, .. } | Event::Aborted { text, .. } | Event::TimedOut { text, .. } => {
                self.told = Some(text.clone());
                self.end()
            }
            _ => Ok(()),
        }
    }

    /// Shows what was told of the answer.
    fn catch_up(&mut self) -> Result<(), Closed> {
        self.told.take().map_or(Ok(()), |text| self.answer(&text))
    }

    /// Writes what is new in the answer.
    fn answer(&mut self, text: &str) -> Result<(), Closed> {
        if text == self.written {
            return Ok(());
        }
        let new = added(&self.written, text);
        text.clone_into(&mut self.written);
        self.part_from(Part::Thinking);
        self.write(self.begun(&new))?;
        self.fresh = false;
        self.open = (!text.ends_with('\n')).then_some(Part::Answer);
        Ok(())
    }

    /// Answer and thinking come between one another: each on lines of its own.
    fn part_from(&mut self, other: Part) {
        if self.open == Some(other) {
            (self.open, self.fresh) = (None, true);
            let _lost = std::io::stderr().write_all(b"\n");
        }
    }

    fn begun<'a>(&self, text: &'a str) -> &'a str {
        if self.fresh { text.trim_start_matches('\n') } else { text }
    }

    fn write(&self, text: &str) -> Result<(), Closed> {
        let mut out = Guarded::new(std::io::stdout());
        out.write_all(text.as_bytes()).and_then(|()| out.flush()).map_err(Closed::from)
    }

    fn think(&mut self, text: &str) {
        let new = added(&self.thought, text);
        text.clone_into(&mut self.thought);
        self.part_from(Part::Answer);
        let mut err = Guarded::new(std::io::stderr());
        // Dim on a terminal; the text itself cannot steer it. Words to people are not worth an error.
        let _lost = std::io::stderr().write_all(b"\x1b[2m");
        let _lost = err.write_all(self.begun(&new).as_bytes());
        let _lost = std::io::stderr().write_all(b"\x1b[0m");
        let _lost = err.flush();
        (self.open, self.fresh) = (Some(Part::Thinking), false);
    }

    /// A line beside the answer.
    fn aside(&mut self, text: &str) {
        if self.open.take().is_some() {
            let _lost = std::io::stderr().write_all(b"\n");
        }
        sentrix_cli::note(text);
        self.fresh = true;
    }

    /// Ends the answer's last line.
    pub fn end(&mut self) -> Result<(), Closed> {
        self.catch_up()?;
        if self.open.take().is_some() { self.write("\n") } else { Ok(()) }
    }

    fn line(&self, event: &Event) -> Result<(), Closed> {
        let Some(record) = record(event) else { return Ok(()) };
        let mut out = Stdout::lock();
        out.record(record.to_string().as_bytes())?;
        out.flush()
    }
}

/// What is to be written for `text` to stand there where `written` does. What was told otherwise before is told again from the beginning of
/// its line.
fn added(written: &str, text: &str) -> String {
    if let Some(new) = text.strip_prefix(written) {
        return new.to_owned();
    }
    let same = written.bytes().zip(text.bytes()).take_while(|(before, now)| before == now).count();
    let line = text.bytes().take(same).rposition(|byte| byte == b'\n').map_or(0, |at| at + 1);
    format!("\n{}", text.get(line..).unwrap_or(text))
}

/// An event as a JSON line; nothing for what is no part of a run.
fn record(event: &Event) -> Option<Value> {
    let of = |kind: &str, run: &Run| json!({"type": kind, "run": run.id, "session": run.session});
    let with = |kind: &str, run: &Run, more: Value| {
        let mut record = of(kind, run);
        if let (Value::Object(record), Value::Object(more)) = (&mut record, more) {
            record.extend(more);
        }
        Some(record)
    };
    match event {
        Event::Delta { run, added, text } => match added {
            Some(added) => with("delta", run, json!({"text": added})),
            None => with("delta", run, json!({"whole": text})),
        },
        Event::Thinking { run, text } => with("thinking", run, json!({"whole": text})),
        Event::ToolStart { run, id, name, args } => {
            with("tool_call", run, json!({"id": id, "name": name, "arguments": args}))
        }
        Event::ToolResult { run, id, name, is_error, result } => with(
            "tool_result",
            run,
            json!({"id": id, "name": name, "is_error": is_error, "content": answer_of(result)}),
        ),
        Event::Final { run, text } => with("final", run, json!({"text": text})),
        Event::Aborted { run, text } => with("aborted", run, json!({"text": text})),
        Event::Failed { run, message } => with("failed", run, json!({"message": message})),
        Event::TimedOut { run, text } => with("timed_out", run, json!({"text": text})),
        Event::Response { .. } | Event::Shutdown { .. } => None,
    }
}

/// The text of a tool's answer; the JSON of one that has none.
fn answer_of(result: &Value) -> Value {
    let text: Vec<&str> = result["content"]
        .as_array()
        .map(|blocks| blocks.iter().filter_map(|block| block["text"].as_str()).collect())
        .unwrap_or_default();
    if text.is_empty() { result.clone() } else { Value::String(text.join("\n")) }
}

fn one_line(value: &Value) -> String {
    let text = value.as_str().map_or_else(|| value.to_string(), ToOwned::to_owned);
    let mut line: String = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if line.chars().count() > WIDTH {
        line = line.chars().take(WIDTH).chain(['…']).collect();
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::args::Target;

    #[test]
    fn a_long_answer_becomes_one_line() {
        assert_eq!(one_line(&json!({"path": "a\nb"})), r#"{"path":"a\nb"}"#);
        assert_eq!(one_line(&json!("a\n  b")), "a b");
        assert_eq!(one_line(&json!("x".repeat(500))).chars().count(), WIDTH + 1);
    }

    #[test]
    fn what_was_told_too_early_waits_for_its_thinking_and_what_is_taken_back_is_never_shown() {
        let mut shown = Shown { live: true, thinking: true, ..Shown::new(&args()) };
        let run = Run { id: "r".to_owned(), session: None, ours: true };
        let delta = |text: &str| Event::Delta { run: run.clone(), text: text.to_owned(), added: None };
        let mut written = Vec::new();
        for event in [
            delta("One."),
            delta("One. Two:"),
            Event::Thinking { run: run.clone(), text: "Why two".to_owned() },
            delta("One. Two:Two:"),
            delta("One. Two: three."),
            Event::Final { run: run.clone(), text: "One. Two: three.".to_owned() },
        ] {
            shown.event(&event).unwrap();
            written.push((shown.written.clone(), shown.thought.clone()));
        }
        let seen: Vec<(&str, &str)> = written.iter().map(|(text, thought)| (&**text, &**thought)).collect();
        assert_eq!(seen[..3], [("", ""), ("One.", ""), ("One.", "Why two")]);
        assert_eq!(
            seen[3..],
            [("One. Two:", "Why two"), ("One. Two:", "Why two"), ("One. Two: three.", "Why two")]
        );
    }

    fn args() -> Agent {
        let target = Target { container: None, log_dir: "logs".into() };
        Agent { target, message: None, session: String::new(), json: false, no_thinking: true, silence: 1 }
    }

    #[test]
    fn what_is_new_is_written_once() {
        for (written, text, new) in [
            ("", "Demo:", "Demo:"),
            ("Demo:", "Demo: one.\n\nDemo:", " one.\n\nDemo:"),
            // The gateway told a line too early, and then again.
            ("Demo: one.\n\nDemo:\n\nDemo:", "Demo: one.\n\nDemo: two.", "\nDemo: two."),
            // The thinking of the next message.
            ("First a note.", "Now a file.", "\nNow a file."),
            ("ä", "ö", "\nö"),
        ] {
            assert_eq!(added(written, text), new, "{written:?} -> {text:?}");
        }
    }

    #[test]
    fn the_text_of_a_tool_is_taken_out_of_its_blocks() {
        let result = json!({"content": [{"type": "text", "text": "a"}, {"type": "image"}, {"type": "text", "text": "b"}]});
        assert_eq!(answer_of(&result), json!("a\nb"));
        assert_eq!(answer_of(&json!({"x": 1})), json!({"x": 1}));
    }
}

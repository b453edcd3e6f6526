//! Questions on a terminal. All of it goes to standard error: standard output is for data.

use crossterm::event;
use crossterm::terminal::{disable_raw_mode, enable_raw_mode};
use inquire::error::InquireResult;
use inquire::ui::{Color, RenderConfig, StyleSheet};
use inquire::{InquireError, MultiSelect, Password, PasswordDisplayMode, Select, Text};
use sentrix_cli::Failure;
use sentrix_setup::{Choice, Question, Reply};
use std::fmt;
use std::io::Write;
use std::time::Duration;

/// What came of a question.
pub enum Asked {
    Reply(Reply),
    Back,
    Cancel,
}

/// A terminal to ask on.
pub struct Prompts {
    config: RenderConfig<'static>,
}

/// More than this is no rest of a paste.
const REST: usize = 10_000;

impl Prompts {
    pub fn new() -> Self {
        let plain = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        let mut config = if plain { RenderConfig::empty() } else { RenderConfig::default() };
        if !plain {
            config.help_message = StyleSheet::new().with_fg(Color::DarkGrey);
        }
        Self { config }
    }

    /// What people have to know before the first question.
    pub fn greet(&self) {
        self.say("Sentrix: a sandbox for an OpenClaw agent. Enter takes what stands there, Esc goes back, Ctrl-C ends without a trace.");
    }

    /// A line for people.
    pub fn say(&self, text: &str) {
        let safe: String =
            text.chars().map(|c| if c.is_control() && c != '\n' { '\u{fffd}' } else { c }).collect();
        let _closed = writeln!(std::io::stderr(), "{safe}");
    }

    pub fn ask(&self, question: &Question) -> Result<Asked, Failure> {
        drain();
        let reply = match question {
            Question::One { title, help, choices, at } => {
                self.explain(title, help);
                let items = items(choices);
                let most = items.len();
                let select = Select::new(title, items).with_starting_cursor(*at).with_page_size(most.min(12));
                let asked = select.with_render_config(self.config).raw_prompt_skippable();
                asked.map(|chosen| chosen.map(|chosen| Reply::One(chosen.index)))
            }
            Question::Any { title, help, choices, ticked } => {
                self.explain(title, help);
                let select = MultiSelect::new(title, items(choices)).with_default(ticked);
                let select = select.with_help_message("↑↓ to move, space to tick, Enter to go on");
                let asked = select.with_render_config(self.config).raw_prompt_skippable();
                asked.map(|chosen| {
                    chosen.map(|chosen| Reply::Any(chosen.iter().map(|one| one.index).collect()))
                })
            }
            Question::Text { title, help, initial } => {
                self.explain(title, help);
                let text = Text::new(title).with_initial_value(initial).with_render_config(self.config);
                text.prompt_skippable().map(|text| text.map(Reply::Text))
            }
            Question::Hidden { title, help, kept } => {
                self.explain(title, help);
                let kept = kept.as_ref().map(|kept| format!("Enter keeps {kept}"));
                let mut hidden = Password::new(title).without_confirmation();
                hidden =
                    hidden.with_display_mode(PasswordDisplayMode::Masked).with_render_config(self.config);
                hidden.help_message = kept.as_deref();
                hidden.prompt_skippable().map(|text| text.map(Reply::Text))
            }
            Question::Check | Question::Done => Ok(None),
        };
        outcome(reply)
    }

    fn explain(&self, title: &str, help: &str) {
        // An empty line sets one question apart from the next.
        self.say("");
        if help.contains('\n') {
            self.say(&format!("{title}\n{help}"));
        } else if !help.is_empty() {
            self.say(help);
        }
    }
}

fn outcome(reply: InquireResult<Option<Reply>>) -> Result<Asked, Failure> {
    match reply {
        Ok(Some(reply)) => Ok(Asked::Reply(reply)),
        Ok(None) | Err(InquireError::OperationCanceled) => Ok(Asked::Back),
        Err(InquireError::OperationInterrupted) => Ok(Asked::Cancel),
        Err(error) => Err(Failure::environment("cannot ask on this terminal")
            .because(error)
            .next("set a key and SENTRIX_MODEL instead: no question is asked then")),
    }
}

/// Throws away what is left of a paste: the line end behind a key must not answer the next question.
fn drain() {
    if enable_raw_mode().is_err() {
        return;
    }
    for _ in 0..REST {
        match event::poll(Duration::from_millis(25)) {
            Ok(true) => drop(event::read()),
            _ => break,
        }
    }
    let _left_as_it_was = disable_raw_mode();
}

/// A choice as it is listed.
struct Shown(String);

impl fmt::Display for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn items(choices: &[Choice]) -> Vec<Shown> {
    let shown = |choice: &Choice| {
        if choice.hint.is_empty() {
            choice.label.clone()
        } else {
            format!("{} ({})", choice.label, choice.hint)
        }
    };
    choices.iter().map(|choice| Shown(shown(choice))).collect()
}

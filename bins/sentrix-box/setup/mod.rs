//! `setup`: asks what has to be known, and keeps the answers.

mod ask;
mod files;
mod show;

use crate::args::Setup;
use ask::{Asked, Prompts};
use sentrix_cli::{Exit, Failure, Stdout, note};
use sentrix_setup::check::{Network, Verdict, check};
use sentrix_setup::{Answers, Moved, Question, Wizard, outcome};
use std::collections::BTreeMap;
use std::io::IsTerminal;

/// Asks, checks, keeps, and says what it comes to.
pub fn run(args: &Setup) -> Result<Exit, Failure> {
    let path = files::path(args.answers.as_deref())?;
    let kept = files::load(&path)?;
    let (answers, start) = if args.last {
        (known(kept, &path)?, true)
    } else {
        match wizard(kept.unwrap_or_default(), args)? {
            Some((answers, moved)) => {
                files::save(&path, &answers.to_bytes())?;
                note(format!("the answers are kept in {} (mode 0600)", path.display()));
                (answers, moved == Moved::Start)
            }
            None => {
                note("cancelled: nothing was kept, nothing starts");
                return Ok(Exit::Signal(2));
            }
        }
    };
    if let Some(path) = &args.env_file {
        let old = files::text(path)?;
        files::save(path, outcome::merged(&old, &answers).as_bytes())?;
    }
    let mut out = Stdout::lock();
    if args.print {
        out.record(show::plan(&answers).as_bytes())?;
    } else {
        out.record(show::record(&answers, start, args.env_file.as_deref()).as_bytes())?;
    }
    out.flush()?;
    Ok(Exit::Ok)
}

/// The answers from last time, which there have to be.
fn known(kept: Option<Answers>, path: &std::path::Path) -> Result<Answers, Failure> {
    kept.filter(|answers| answers.provider.is_some()).ok_or_else(|| {
        Failure::usage(format!("no answers are kept in {}", path.display()))
            .next("run `sentrix-box setup` on a terminal once, or set a key and SENTRIX_MODEL")
    })
}

fn wizard(kept: Answers, args: &Setup) -> Result<Option<(Answers, Moved)>, Failure> {
    if !(std::io::stdin().is_terminal() && std::io::stderr().is_terminal()) {
        return Err(Failure::usage("setup asks its questions on a terminal, and there is none")
            .next("set a key (ANTHROPIC_API_KEY, OPENAI_API_KEY…) and SENTRIX_MODEL, or use --last"));
    }
    let environment: BTreeMap<String, String> = std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .collect();
    let network = Network { proxy: proxy(&environment), addresses: environment.clone() };
    let mut wizard = Wizard::new(kept, &environment);
    let prompts = Prompts::new();
    prompts.greet();
    loop {
        let reply = match wizard.question() {
            Question::Done => return Ok(None),
            Question::Check => {
                wizard.checked(checked(&prompts, wizard.answers(), &network, args.no_check));
                continue;
            }
            question => prompts.ask(&question)?,
        };
        match reply {
            Asked::Cancel => return Ok(None),
            Asked::Back => {
                if !wizard.back() {
                    return Ok(None);
                }
            }
            Asked::Reply(reply) => match wizard.reply(reply) {
                Ok(Moved::On) => {}
                Ok(end) => return Ok(Some((wizard.answers().clone(), end))),
                Err(complaint) => prompts.say(&format!("{complaint}")),
            },
        }
    }
}

fn checked(prompts: &Prompts, answers: &Answers, network: &Network, skip: bool) -> Verdict {
    if skip {
        return Verdict::Taken;
    }
    prompts.say("asking the provider whether it takes the key …");
    let verdict = check(answers, network);
    if verdict == Verdict::Taken {
        prompts.say(&verdict.to_string());
    }
    verdict
}

fn proxy(environment: &BTreeMap<String, String>) -> Option<String> {
    let names = ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"];
    names.iter().find_map(|name| environment.get(*name)).filter(|value| !value.is_empty()).cloned()
}

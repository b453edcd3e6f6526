//! `sentrix-patrol rules`: what is looked for.

use crate::args::{ExplainArgs, RuleFiles, RulesArgs, RulesCommand, RulesListArgs};
use crate::reviewer::load_rules;
use sentrix_cli::{Exit, Failure, Stdout, note, warn};
use sentrix_rules::Rule;
use serde_json::{Value, json};
use std::io::IsTerminal;

pub fn run(args: &RulesArgs) -> Result<Exit, Failure> {
    match &args.command {
        RulesCommand::List(args) => list(args),
        RulesCommand::Check(files) => check(files),
        RulesCommand::Explain(args) => explain(args),
    }
}

fn list(args: &RulesListArgs) -> Result<Exit, Failure> {
    let rules = load_rules(&args.files.rules)?;
    let mut out = Stdout::lock();
    let table = std::io::stdout().is_terminal() && !args.json;
    for rule in rules.rules() {
        if table {
            let (id, severity, category) = (&rule.id, rule.severity, rule.category);
            out.raw(format!("{id:<36} {severity:<7} {category:<17} {}\n", rule.description).as_bytes())?;
        } else {
            out.record(record(rule).to_string().as_bytes())?;
        }
    }
    out.flush()?;
    Ok(Exit::Ok)
}

fn check(files: &RuleFiles) -> Result<Exit, Failure> {
    let rules = load_rules(&files.rules)?;
    let failures = sentrix_rules::check(&rules);
    for failure in &failures {
        warn(failure);
    }
    let examples: usize =
        rules.rules().iter().map(|rule| rule.examples.len() + rule.counter_examples.len()).sum();
    if !failures.is_empty() {
        return Err(Failure::usage(format!("{} of {examples} examples fail", failures.len()))
            .next("`sentrix-patrol rules explain ID` shows a rule"));
    }
    note(format_args!("{} rules, {examples} examples and counter-examples: all hold", rules.rules().len()));
    Ok(Exit::Ok)
}

fn explain(args: &ExplainArgs) -> Result<Exit, Failure> {
    let rules = load_rules(&args.files.rules)?;
    let Some(rule) = rules.explain(&args.id) else {
        return Err(
            Failure::usage(format!("no rule {:?}", args.id)).next("`sentrix-patrol rules list` names them")
        );
    };
    let mut out = Stdout::lock();
    if std::io::stdout().is_terminal() {
        out.raw(page(rule).as_bytes())?;
    } else {
        out.record(record(rule).to_string().as_bytes())?;
    }
    out.flush()?;
    Ok(Exit::Ok)
}

fn record(rule: &Rule) -> Value {
    json!({
        "id": rule.id,
        "version": rule.version,
        "category": rule.category,
        "severity": rule.severity,
        "confidence": rule.confidence,
        "label": rule.label,
        "description": rule.description,
        "applies_to": applies_to(rule),
        "keywords": rule.keywords,
        "pattern": rule.pattern,
        "detector": rule.detector,
        "examples": rule.examples,
        "counter_examples": rule.counter_examples,
        "file": &*rule.file,
        "line": rule.line,
    })
}

fn applies_to(rule: &Rule) -> Vec<String> {
    rule.applies_to.iter().map(|field| format!("{field:?}").to_lowercase()).collect()
}

/// A rule for people.
fn page(rule: &Rule) -> String {
    let mut page = format!(
        "{} (version {})\n  {}\n\n  {} {}, label {}, confidence {}\n  in: {}\n  from {}:{}\n",
        rule.id,
        rule.version,
        rule.description,
        rule.severity,
        rule.category,
        rule.label,
        rule.confidence,
        if rule.applies_to.is_empty() {
            "every part of a turn".to_owned()
        } else {
            applies_to(rule).join(", ")
        },
        rule.file,
        rule.line,
    );
    for (title, lines) in [("finds", &rule.examples), ("does not find", &rule.counter_examples)] {
        page.push_str(&format!("\n  {title}\n"));
        for line in lines {
            page.push_str(&format!("    {}\n", line.escape_debug()));
        }
    }
    page
}

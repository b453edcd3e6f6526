//! What a reply changes.

use super::ask::{CHANGES, From, models, provider_of, providers, sources};
use super::{Complaint, Moved, Wizard};
use crate::answers::{Escalation, Thinking};
use crate::{Channel, Reply, Secret, Step, Unclean, clean};

pub(super) fn reply(wizard: &mut Wizard, reply: Reply) -> Result<Moved, Complaint> {
    match (wizard.at, reply) {
        (Step::Review, Reply::One(number)) => return review(wizard, number),
        (Step::Change, Reply::One(number)) => {
            let (_, step) = CHANGES.get(number).ok_or(Complaint::Misfit)?;
            wizard.changing = true;
            wizard.go(*step);
        }
        (Step::Refused, Reply::One(number)) => refused(wizard, number)?,
        (Step::Key, Reply::One(number)) => key(wizard, number)?,
        (Step::Model, Reply::One(number)) => model(wizard, number)?,
        (at, Reply::One(number)) => {
            one(wizard, at, number)?;
            wizard.go_on();
        }
        (Step::Channels, Reply::Any(numbers)) => {
            let channels = numbers.iter().map(|number| Channel::ALL.get(*number).copied());
            wizard.answers.channels = channels.collect::<Option<_>>().ok_or(Complaint::Misfit)?;
            wizard.go_on();
        }
        (at, Reply::Text(text)) => {
            typed(wizard, at, &text)?;
            wizard.go_on();
        }
        _ => return Err(Complaint::Misfit),
    }
    Ok(Moved::On)
}

fn one(wizard: &mut Wizard, at: Step, number: usize) -> Result<(), Complaint> {
    let provider = providers(wizard).get(number).copied();
    let yes = (number < 2).then_some(number == 0).ok_or(Complaint::Misfit);
    let answers = &mut wizard.answers;
    match at {
        Step::Provider => answers.provider = Some(provider.ok_or(Complaint::Misfit)?),
        Step::Thinking => answers.thinking = *Thinking::ALL.get(number).ok_or(Complaint::Misfit)?,
        Step::Reasoning => answers.reasoning = yes?,
        Step::WebSearch => answers.web_search = yes?,
        Step::Patrol => answers.patrol = yes?,
        Step::Escalation => answers.escalation = *Escalation::ALL.get(number).ok_or(Complaint::Misfit)?,
        Step::Security => {}
        _ => return Err(Complaint::Misfit),
    }
    Ok(())
}

fn typed(wizard: &mut Wizard, at: Step, text: &str) -> Result<(), Complaint> {
    let answers = &mut wizard.answers;
    match at {
        Step::BaseUrl => answers.base_url = Some(address(text)?),
        Step::TypeKey => {
            let provider = provider_of(answers);
            let kept = answers.keys.get(&provider).cloned();
            answers.keys.insert(provider, kept_or(text, kept)?);
        }
        Step::TypeModel => {
            let model = clean(text).map_err(|error| match error {
                Unclean::Empty => Complaint::Unclean(error),
                _ => Complaint::Model,
            })?;
            let provider = provider_of(answers);
            let prefix = format!("{}/", provider.id());
            // OpenClaw's own way to write it is taken as well; a vendor's name at OpenRouter stays.
            answers.models.insert(provider, model.strip_prefix(&prefix).unwrap_or(&model).to_owned());
        }
        Step::Field(channel, number) => {
            let field = channel.fields().get(number).ok_or(Complaint::Misfit)?;
            let kept = answers.tokens.get(field.variable).filter(|_| field.secret).cloned();
            let token = kept_or(&if field.secret { text.to_owned() } else { text.replace(' ', "") }, kept)?;
            match field.prefix {
                Some(prefix) if !token.reveal().starts_with(prefix) => return Err(Complaint::Prefix(prefix)),
                _ => {}
            }
            answers.tokens.insert(field.variable.to_owned(), token);
        }
        Step::WebKey => answers.web_key = Some(kept_or(text, answers.web_key.clone())?),
        _ => return Err(Complaint::Misfit),
    }
    Ok(())
}

/// An empty reply means what is kept.
fn kept_or(text: &str, kept: Option<Secret>) -> Result<Secret, Complaint> {
    match (clean(text), kept) {
        (Ok(text), _) => Ok(Secret::new(&text)),
        (Err(Unclean::Empty), Some(kept)) => Ok(kept),
        (Err(error), _) => Err(error.into()),
    }
}

fn address(text: &str) -> Result<String, Complaint> {
    let address = clean(text).map_err(|_| Complaint::Address)?;
    let rest = address.strip_prefix("http://").or_else(|| address.strip_prefix("https://"));
    match rest {
        Some(rest)
            if !rest.is_empty()
                && !rest.starts_with('/')
                && !rest.contains(['@', '?', '#'])
                && !rest.contains("://") =>
        {
            Ok(address.trim_end_matches('/').to_owned())
        }
        _ => Err(Complaint::Address),
    }
}

fn key(wizard: &mut Wizard, number: usize) -> Result<(), Complaint> {
    let source = sources(wizard).get(number).cloned().ok_or(Complaint::Misfit)?;
    let provider = provider_of(&wizard.answers);
    match source {
        From::Environment(number) => {
            let key = wizard.found[number].2.clone();
            wizard.answers.keys.insert(provider, key);
        }
        From::Kept => {}
        From::None => drop(wizard.answers.keys.remove(&provider)),
        From::Typed => {
            wizard.go(Step::TypeKey);
            return Ok(());
        }
    }
    wizard.go_on();
    Ok(())
}

fn model(wizard: &mut Wizard, number: usize) -> Result<(), Complaint> {
    let models = models(&wizard.answers);
    let provider = provider_of(&wizard.answers);
    match models.get(number) {
        Some(model) => {
            wizard.answers.models.insert(provider, model.clone());
            wizard.go_on();
        }
        None if number == models.len() => wizard.go(Step::TypeModel),
        None => return Err(Complaint::Misfit),
    }
    Ok(())
}

fn refused(wizard: &mut Wizard, number: usize) -> Result<(), Complaint> {
    match number {
        0 => wizard.go(Step::TypeKey),
        1 => wizard.go(Step::Check),
        2 => wizard.go_on(),
        _ => return Err(Complaint::Misfit),
    }
    Ok(())
}

fn review(wizard: &mut Wizard, number: usize) -> Result<Moved, Complaint> {
    match number {
        0 | 2 => {
            wizard.go(Step::Done);
            Ok(if number == 0 { Moved::Start } else { Moved::Keep })
        }
        1 => {
            wizard.go(Step::Change);
            Ok(Moved::On)
        }
        _ => Err(Complaint::Misfit),
    }
}

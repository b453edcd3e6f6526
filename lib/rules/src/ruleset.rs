//! A set of rules with its overrides and allow-list.

use crate::allow::Listed;
use crate::error::LoadError;
use crate::schema::{self, File, Override};
use crate::{AllowEntry, Rule, builtin, matcher};
use sentrix_record::{Category, rfc3339};
use std::collections::HashMap;
use std::time::SystemTime;

/// Grows when the code of a detector, a validator or the engine changes what is found.
const ENGINE_VERSION: u32 = 1;

/// Rules, in the order of their files.
///
/// A file holds any number of `[[rule]]` (see [`Rule`] for the keys), `[[override]]` (`id` of a rule in an earlier
/// file and any of `enabled`, `severity`, `confidence`) and `[[allow]]` (see [`AllowEntry`]). A rule with the id of
/// a rule in an earlier file replaces it. An entry of the allow-list that no finding can meet is refused: it is misspelt
/// and would silence nothing without a word.
#[derive(Debug, Clone)]
pub struct RuleSet {
    rules: Vec<Rule>,
    /// Rules that are switched off: they report nothing.
    off: Vec<Rule>,
    allow: Vec<AllowEntry>,
    expired: Vec<AllowEntry>,
    version: String,
}

impl RuleSet {
    /// The built-in rules.
    ///
    /// # Errors
    /// None in a program that passed its tests: they load these files.
    pub fn builtin() -> Result<Self, LoadError> {
        Self::with_files(&[], SystemTime::UNIX_EPOCH)
    }

    /// The built-in rules and then those of files, given by name and text. `now` decides which entries of the
    /// allow-list still act.
    ///
    /// # Errors
    /// [`LoadError`] on the first fault, with file and line.
    pub fn with_files(files: &[(&str, &str)], now: SystemTime) -> Result<Self, LoadError> {
        let mut set = Self {
            rules: Vec::new(),
            off: Vec::new(),
            allow: Vec::new(),
            expired: Vec::new(),
            version: String::new(),
        };
        let mut listed = Vec::new();
        let mut hash = blake3::Hasher::new();
        hash.update(&ENGINE_VERSION.to_le_bytes());
        for (name, text) in builtin::FILES {
            listed.extend(set.add(name, schema::parse(name, text)?, false)?);
            hash.update(text.as_bytes());
        }
        for table in [builtin::MESSAGE_WEIGHTS, builtin::READER_WEIGHTS] {
            hash.update(table.as_bytes());
        }
        for (name, text) in files {
            listed.extend(set.add(name, schema::parse(name, text)?, true)?);
            hash.update(text.as_bytes());
        }
        let today = rfc3339(now);
        let today = today.get(..10).unwrap_or_default();
        set.list(listed, today)?;
        for entry in &set.expired {
            hash.update(format!("{entry:?}").as_bytes());
        }
        set.version = hash.finalize().to_hex()[..16].to_owned();
        Ok(set)
    }

    /// Adds the rules and overrides of a file, and hands back its part of the allow-list: that can name rules of later
    /// files.
    fn add(&mut self, name: &str, file: File, foreign: bool) -> Result<Vec<Listed>, LoadError> {
        self.add_rules(name, file.rules, foreign)?;
        self.change(name, file.overrides)?;
        Ok(file.allow)
    }

    /// Adds the rules of a file. The patterns of the built-in files are compiled when they are first needed (a test
    /// compiles them all); a user's are tried at once, so that a fault is told with its line.
    fn add_rules(&mut self, name: &str, rules: Vec<Rule>, foreign: bool) -> Result<(), LoadError> {
        let fault = |line, why: String| LoadError::new(name, line, why);
        let mut seen = HashMap::new();
        for rule in rules {
            if let Some(line) = seen.insert(rule.id.clone(), rule.line) {
                return Err(fault(rule.line, format!("{} stands already in line {line}", rule.id)));
            }
            if foreign {
                matcher::try_compile(&rule).map_err(|why| fault(rule.line, why))?;
            }
            self.off.retain(|known| known.id != rule.id);
            match self.rules.iter_mut().find(|known| known.id == rule.id) {
                Some(known) => *known = rule,
                None => self.rules.push(rule),
            }
        }
        Ok(())
    }

    /// Applies the overrides of a file.
    fn change(&mut self, name: &str, overrides: Vec<(usize, Override)>) -> Result<(), LoadError> {
        for (line, change) in overrides {
            let Some(at) = self.rules.iter().position(|rule| rule.id == change.id) else {
                return Err(LoadError::new(name, line, format!("no rule {:?} to override", change.id)));
            };
            if change.enabled == Some(false) {
                self.off.push(self.rules.remove(at));
                continue;
            }
            let rule = &mut self.rules[at];
            rule.severity = change.severity.unwrap_or(rule.severity);
            rule.confidence = change.confidence.unwrap_or(rule.confidence);
        }
        Ok(())
    }

    /// Parts the entries of the allow-list that act on a day from those that act no more. Only the former must be able
    /// to cover a finding: a rule that the latter name may be gone as well.
    fn list(&mut self, listed: Vec<Listed>, today: &str) -> Result<(), LoadError> {
        let ids: Vec<&str> = self.rules.iter().chain(&self.off).map(|rule| rule.id.as_str()).collect();
        for Listed { file, line, entry } in listed {
            if entry.is_expired(today) {
                self.expired.push(entry);
                continue;
            }
            entry.can_cover(&ids).map_err(|why| LoadError::new(&file, line, why))?;
            self.allow.push(entry);
        }
        Ok(())
    }

    /// The rules.
    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }

    /// Rules that are switched off and still say what snippets must not show: a secret is one whether it is reported
    /// or not.
    pub(crate) fn masking(&self) -> impl Iterator<Item = &Rule> {
        self.off.iter().filter(|rule| rule.category == Category::PiiLeak)
    }

    /// The rule with an id.
    pub fn explain(&self, id: &str) -> Option<&Rule> {
        self.rules.iter().find(|rule| rule.id == id)
    }

    /// Entries of the allow-list that act.
    pub fn allow(&self) -> &[AllowEntry] {
        &self.allow
    }

    /// Entries of the allow-list that act no more: worth a note to whoever wrote them.
    pub fn expired(&self) -> &[AllowEntry] {
        &self.expired
    }

    /// Changes with any change of a rule, of the allow-list or of the engine.
    pub fn version(&self) -> &str {
        &self.version
    }
}

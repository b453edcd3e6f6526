//! Checks that a match must pass: what a regular expression cannot count.

mod email;
mod entropy;
mod iban;
mod number;
mod token;

use entropy::bits_per_char;
pub(crate) use token::{base64, base64_bits};

/// One check, as a rule names it: `luhn`, `entropy:3.5`.
#[derive(Debug, Clone, Copy)]
pub struct Validator {
    name: &'static str,
    accept: fn(&str, f64) -> bool,
    argument: f64,
}

/// Name, whether it takes a number, and the check.
type Entry = (&'static str, bool, fn(&str, f64) -> bool);

static ALL: &[Entry] = &[
    ("entropy", true, |text, least| bits_per_char(text) >= least),
    ("digits", true, |text, least| text.bytes().filter(u8::is_ascii_digit).count() >= least as usize),
    ("luhn", false, |text, _| number::luhn(text)),
    ("announced-card", false, |text, _| number::announced_card(text)),
    ("card", false, |text, _| number::card(text)),
    ("iban", false, |text, _| iban::iban(text)),
    ("ssn", false, |text, _| number::ssn(text)),
    ("ssn-bare", false, |text, _| number::ssn_bare(text)),
    ("phone", false, |text, _| number::phone(text)),
    ("verhoeff", false, |text, _| number::verhoeff(text)),
    ("cpf", false, |text, _| number::cpf(text)),
    ("nif", false, |text, _| number::nif(text)),
    ("nric", false, |text, _| number::nric(text)),
    ("rrn", false, |text, _| number::rrn(text)),
    ("resident-id", false, |text, _| number::resident_id(text)),
    ("email", false, |text, _| email::personal(text)),
    ("jwt", false, |text, _| token::jwt(text)),
    ("basic-auth", false, |text, _| token::basic_auth(text)),
    ("random", false, |text, _| token::random(text)),
    ("not-placeholder", false, |text, _| token::not_placeholder(text)),
];

impl Validator {
    /// Reads a validator's name and, after a colon, its argument.
    ///
    /// # Errors
    /// A message that lists what there is.
    pub fn parse(word: &str) -> Result<Self, String> {
        let (name, argument) = word.split_once(':').map_or((word, None), |(name, arg)| (name, Some(arg)));
        let Some(&(name, takes, accept)) = ALL.iter().find(|(known, ..)| *known == name) else {
            let known: Vec<_> = ALL.iter().map(|(name, ..)| *name).collect();
            return Err(format!("no validator {name:?}; there are {}", known.join(", ")));
        };
        let number = argument.map(str::parse::<f64>);
        match (takes, number) {
            (true, Some(Ok(argument))) => Ok(Self { name, accept, argument }),
            (false, None) => Ok(Self { name, accept, argument: 0.0 }),
            (true, _) => Err(format!("validator {name} needs a number: \"{name}:3.5\"")),
            (false, _) => Err(format!("validator {name} takes no argument")),
        }
    }

    /// Its name.
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// Whether a text passes.
    pub fn accepts(&self, text: &str) -> bool {
        (self.accept)(text, self.argument)
    }
}

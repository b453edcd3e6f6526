//! What models cost.

use super::Usage;
use serde::Deserialize;

/// The price of a model, in US dollars for a million tokens.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Price {
    /// The model's name, or the beginning of it; the longest that fits holds.
    pub model: String,
    /// Of the question.
    pub input: f64,
    /// Of the answer.
    pub output: f64,
}

/// A table of prices.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Prices {
    #[serde(default)]
    price: Vec<Price>,
}

/// A table that cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("not a table of prices: {0}")]
pub struct BadPrices(String);

impl Prices {
    /// The table that this version was made with.
    pub fn built_in() -> Self {
        // A test reads it; without it no price would be known, and limits on cost would be refused.
        Self::parse(include_str!("../../data/prices.toml")).unwrap_or_default()
    }

    /// Reads a table.
    ///
    /// # Errors
    /// When it is not TOML of this form, or a price is negative.
    pub fn parse(toml: &str) -> Result<Self, BadPrices> {
        let table: Self = toml::from_str(toml).map_err(|error| BadPrices(error.message().to_owned()))?;
        let wrong = |price: &&Price| !(price.input >= 0.0 && price.output >= 0.0);
        match table.price.iter().find(wrong) {
            Some(price) => Err(BadPrices(format!("{:?} has no price that can be paid", price.model))),
            None => Ok(table),
        }
    }

    /// Puts another table on top: its prices hold where both name the same model.
    pub fn extend(&mut self, other: Self) {
        self.price.splice(0..0, other.price);
    }

    /// The price of a model.
    pub fn of(&self, model: &str) -> Option<&Price> {
        // Routers put a vendor before the name: `openai/gpt-4o-mini`.
        let bare = model.rsplit('/').next().unwrap_or(model);
        let fits = |price: &&Price| model.starts_with(&price.model) || bare.starts_with(&price.model);
        let longest = self.price.iter().filter(fits).map(|price| price.model.len()).max()?;
        self.price.iter().filter(fits).find(|price| price.model.len() == longest)
    }
}

impl Price {
    /// What an answer cost.
    pub fn cost(&self, usage: Usage) -> f64 {
        (usage.input as f64 * self.input + usage.output as f64 * self.output) / 1e6
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_can_be_read_and_the_longest_name_holds() {
        let prices = Prices::parse(include_str!("../../data/prices.toml")).unwrap();
        let mini = prices.of("gpt-4o-mini-2024-07-18").unwrap();
        assert_eq!((mini.input, mini.output), (0.15, 0.6));
        assert_eq!(prices.of("openai/gpt-4o-mini").unwrap(), mini);
        assert!((mini.cost(Usage { input: 1_000_000, output: 0 }) - 0.15).abs() < 1e-9);
        assert!(prices.of("somebodys-own").is_none());
    }

    #[test]
    fn another_table_goes_on_top() {
        let mut prices = Prices::built_in();
        prices.extend(Prices::parse("[[price]]\nmodel = \"gpt-4o-mini\"\ninput = 1\noutput = 2\n").unwrap());
        assert_eq!(prices.of("gpt-4o-mini").unwrap().output, 2.0);
        assert!(Prices::parse("[[price]]\nmodel = \"x\"\ninput = -1\noutput = 2\n").is_err());
        assert!(Prices::parse("price = 5").is_err());
    }
}

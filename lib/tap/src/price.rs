//! What models cost.

use sentrix_record::exchange::Usage;
use serde::Deserialize;

/// The price of a model, in US dollars for a million tokens.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
struct Price {
    /// The model's name, or the beginning of it; the longest that fits holds.
    model: String,
    input: f64,
    output: f64,
    /// Of what came from the provider's cache; absent: as much as `input`.
    cache_read: Option<f64>,
    /// Of what went into it; likewise.
    cache_write: Option<f64>,
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
        // A test reads it; without it no cost would be recorded, and nothing else.
        Self::parse(include_str!("../data/prices.toml")).unwrap_or_default()
    }

    /// Reads a table.
    ///
    /// # Errors
    /// When it is not TOML of this form, or a price is negative.
    pub fn parse(toml: &str) -> Result<Self, BadPrices> {
        let table: Self = toml::from_str(toml).map_err(|error| BadPrices(error.message().to_owned()))?;
        let paid = |price: f64| price >= 0.0 && price.is_finite();
        let right = |one: &&Price| {
            [Some(one.input), Some(one.output), one.cache_read, one.cache_write]
                .into_iter()
                .flatten()
                .all(paid)
        };
        match table.price.iter().find(|one| !right(one)) {
            Some(one) => Err(BadPrices(format!("{:?} has no price that can be paid", one.model))),
            None => Ok(table),
        }
    }

    /// Puts another table on top: its prices hold where both name the same model.
    pub fn extend(&mut self, other: Self) {
        self.price.splice(0..0, other.price);
    }

    /// What an answer cost; nothing when the model's price, or what it took, is not known.
    pub(crate) fn cost(&self, model: &str, usage: &Usage) -> Option<f64> {
        if usage.is_unknown() {
            return None;
        }
        let price = self.of(model)?;
        let part = |tokens: Option<u64>, dollars: f64| tokens.unwrap_or(0) as f64 * dollars;
        let sum = part(usage.input_tokens, price.input)
            + part(usage.output_tokens, price.output)
            + part(usage.cache_read_tokens, price.cache_read.unwrap_or(price.input))
            + part(usage.cache_write_tokens, price.cache_write.unwrap_or(price.input));
        // To a millionth of a cent: the rest is rounding of floating point numbers.
        Some((sum * 100.0).round() / 1e8)
    }

    fn of(&self, model: &str) -> Option<&Price> {
        // Routers put a vendor before the name: `openai/gpt-4o-mini`.
        let bare = model.rsplit('/').next().unwrap_or(model);
        let fits = |price: &&Price| model.starts_with(&price.model) || bare.starts_with(&price.model);
        let longest = self.price.iter().filter(fits).map(|price| price.model.len()).max()?;
        self.price.iter().filter(fits).find(|price| price.model.len() == longest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn usage(input: u64, output: u64, read: Option<u64>) -> Usage {
        Usage {
            input_tokens: Some(input),
            output_tokens: Some(output),
            cache_read_tokens: read,
            ..Usage::default()
        }
    }

    #[test]
    fn the_table_can_be_read_and_the_longest_name_holds() {
        let prices = Prices::parse(include_str!("../data/prices.toml")).unwrap();
        assert_eq!(prices.cost("gpt-4o-mini-2024-07-18", &usage(1_000_000, 0, None)), Some(0.15));
        assert_eq!(prices.cost("openai/gpt-4o-mini", &usage(0, 1_000_000, None)), Some(0.6));
        assert_eq!(prices.cost("claude-sonnet-4-5", &usage(1000, 100, Some(1_000_000))), Some(0.3045));
        assert_eq!(prices.cost("somebodys-own", &usage(1, 1, None)), None);
        assert_eq!(prices.cost("gpt-4o", &Usage::default()), None);
    }

    #[test]
    fn another_table_goes_on_top() {
        let mut prices = Prices::built_in();
        prices.extend(Prices::parse("[[price]]\nmodel = \"gpt-4o-mini\"\ninput = 1\noutput = 2\n").unwrap());
        assert_eq!(prices.cost("gpt-4o-mini", &usage(0, 1_000_000, None)), Some(2.0));
        assert!(Prices::parse("[[price]]\nmodel = \"x\"\ninput = -1\noutput = 2\n").is_err());
        assert!(Prices::parse("price = 5").is_err());
    }
}

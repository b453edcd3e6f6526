//! Every built-in rule finds its examples and leaves its counter-examples alone.

use sentrix_rules::{RuleSet, check};

#[test]
fn built_in_rules_do_what_their_examples_say() {
    let set = RuleSet::builtin().unwrap();
    let failures: Vec<String> = check(&set).iter().map(ToString::to_string).collect();
    assert!(failures.is_empty(), "{}", failures.join("\n"));
    assert!(set.rules().len() > 90, "only {} rules", set.rules().len());
}

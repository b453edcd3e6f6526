//! A case on one line.

use sentrix_casework::terminal;
use sentrix_cli::{Failure, Stdout};
use sentrix_record::CaseFile;
use std::io::IsTerminal;

/// Whether people read standard output.
pub fn is_terminal() -> bool {
    std::io::stdout().is_terminal()
}

/// Prints a case: a line for people, or its record.
pub fn print(out: &mut Stdout, case: &CaseFile, people: bool) -> Result<(), Failure> {
    if people {
        out.record(text(case).as_bytes())?;
        return Ok(());
    }
    let record = serde_json::to_vec(case)
        .map_err(|error| Failure::environment("cannot print a case").because(error))?;
    Ok(out.record(&record)?)
}

/// What the columns of [`text`] are called.
pub const HEAD: &str = "CASE      SEVERITY  CLASSIFICATION                CONF  CONCLUDED             LOG FILE              SUMMARY";

/// A case for people. Everything in it may be somebody else's text.
pub fn text(case: &CaseFile) -> String {
    let cut = |text: &str, most: usize| -> String {
        let text = terminal(text);
        if text.chars().count() <= most {
            return text;
        }
        let short: String = text.chars().take(most.saturating_sub(1)).collect();
        format!("{short}…")
    };
    let when: String = case.concluded_at.chars().take(19).collect();
    format!(
        "{:<8}  {:<8}  {:<28}  {:.2}  {:<20}  {:<20}  {}",
        cut(&case.investigation_id, 8).trim_end_matches('…'),
        case.severity_score,
        cut(&case.crime_classification, 28),
        case.confidence,
        cut(&when, 20),
        cut(&case.source_file, 20),
        cut(&case.verdict_summary, 90)
    )
}

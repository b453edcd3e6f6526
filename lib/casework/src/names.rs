//! Names that are the same on every machine and in every run.

use uuid::Uuid;

/// Names the space in which case ids are made; any constant would do, but it must never change.
const CASE_NAMESPACE: Uuid = Uuid::from_u128(0x71c9_a0f4_6be2_4c1d_8f35_20d7_9ae1_6b04);

/// The id of the case on a flag: however often it is investigated, it is one case.
pub fn investigation_id(flag_id: &str) -> String {
    Uuid::new_v5(&CASE_NAMESPACE, flag_id.as_bytes()).to_string()
}

/// The file name of a case's report: `case_<id>_<YYYYMMDDTHHMMSS>Z.json`. `concluded_at` is RFC 3339.
pub fn report_name(investigation_id: &str, concluded_at: &str) -> String {
    let stamp: String =
        concluded_at.split('.').next().unwrap_or_default().chars().filter(|c| !"-:Z".contains(*c)).collect();
    format!("case_{investigation_id}_{stamp}Z.json")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flag_has_one_case_and_its_report_one_name() {
        assert_eq!(investigation_id("f"), investigation_id("f"));
        assert_ne!(investigation_id("f"), investigation_id("g"));
        for at in ["2026-03-10T20:58:43.038679Z", "2026-03-10T20:58:43Z"] {
            assert_eq!(report_name("i", at), "case_i_20260310T205843Z.json");
        }
    }
}

//! Investigating a flag: from the bytes that it cites to a case that anybody can check.
//!
//! [`Records`] finds log files, wherever they have gone; [`Scene`] is what stands at the flagged place and around it, with how far
//! the evidence can be trusted; [`offline`] writes a case from that alone; [`Investigator`] asks a model, and takes nothing from it that
//! does not hold. Nothing is invented: what cannot be found is said to be missing.

mod answer;
mod brief;
mod conclusion;
mod crime;
mod exhibit;
mod investigator;
mod names;
mod neighbours;
mod offline;
pub mod page;
mod records;
mod safe;
mod scene;

pub use answer::{BadAnswer, MoreContext};
pub use brief::prompt_version;
pub use conclusion::Conclusion;
pub use crime::{Crime, UnknownCrime};
pub use exhibit::{Exhibit, Standing};
pub use investigator::{Investigator, NoCase};
pub use names::{investigation_id, report_name};
pub use offline::offline;
pub use records::{LogCopy, Records};
pub use safe::{html, markdown, terminal};
pub use scene::Scene;

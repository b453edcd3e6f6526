//! What belongs to a sandbox beside its container.

use crate::{Name, label};

/// A network or a volume of ours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Belonging {
    /// Docker's id of it; of a volume, the name.
    pub id: String,
    /// The sandbox that it was made for.
    pub sandbox: Name,
    /// When, RFC 3339.
    pub created: Option<String>,
}

/// The filter that finds what belongs to a sandbox, or to any of ours.
pub(super) fn selector(of: Option<&Name>) -> String {
    of.map_or_else(|| label::BOX.to_owned(), |name| format!("{}={name}", label::BOX))
}

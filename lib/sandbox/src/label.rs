//! How our containers, networks and volumes are found again, and no one else's.

use crate::{Name, Spec};
use std::collections::HashMap;

/// On everything of a sandbox; its value is the sandbox's name.
pub const BOX: &str = "sentrix.box";
/// On the container: the [`Spec`] it was made from, as JSON. Labels cannot be changed after creation.
pub const SPEC: &str = "sentrix.spec";

/// The labels of a network or a volume.
pub fn of(name: &Name) -> HashMap<String, String> {
    HashMap::from([(BOX.to_owned(), name.to_string())])
}

/// The labels of a container.
pub fn of_container(spec: &Spec) -> HashMap<String, String> {
    let mut labels = of(&spec.name);
    // A Spec is strings and numbers: it always has a JSON form unless a path is not UTF-8, which is refused before.
    labels.insert(SPEC.to_owned(), serde_json::to_string(spec).unwrap_or_default());
    labels
}

/// The specification in a container's labels; nothing when it is not one of ours, or damaged.
pub fn read<S: std::hash::BuildHasher>(labels: &HashMap<String, String, S>) -> Option<Spec> {
    serde_json::from_str::<Spec>(labels.get(SPEC)?)
        .ok()
        .filter(|spec| labels.get(BOX) == Some(&spec.name.to_string()))
}

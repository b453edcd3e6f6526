//! The rules and the tables of weights that are compiled into the program.

/// Name and text of every file, in the order in which they are read.
pub(crate) static FILES: &[(&str, &str)] = &[
    ("announced.toml", include_str!("../rules/announced.toml")),
    ("secret_cloud.toml", include_str!("../rules/secret_cloud.toml")),
    ("secret_code.toml", include_str!("../rules/secret_code.toml")),
    ("secret_ai.toml", include_str!("../rules/secret_ai.toml")),
    ("secret_chat.toml", include_str!("../rules/secret_chat.toml")),
    ("secret_service.toml", include_str!("../rules/secret_service.toml")),
    ("secret_structure.toml", include_str!("../rules/secret_structure.toml")),
    ("secret_generic.toml", include_str!("../rules/secret_generic.toml")),
    ("pii.toml", include_str!("../rules/pii.toml")),
    ("unsafe_tool_use.toml", include_str!("../rules/unsafe_tool_use.toml")),
    ("prompt_injection.toml", include_str!("../rules/prompt_injection.toml")),
    ("harmful_intent.toml", include_str!("../rules/harmful_intent.toml")),
];

/// What words of messages weigh that may be injections.
pub(crate) const MESSAGE_WEIGHTS: &str = include_str!("../rules/message_weights.tsv");

/// What words around the name of a reader weigh.
pub(crate) const READER_WEIGHTS: &str = include_str!("../rules/reader_weights.tsv");

//! The six programs.

/// Their names, and where they are.
pub const PROGRAMS: [(&str, &str); 6] = [
    ("sentrix-box", env!("CARGO_BIN_EXE_sentrix-box")),
    ("sentrix-bridge", env!("CARGO_BIN_EXE_sentrix-bridge")),
    ("sentrix-collect", env!("CARGO_BIN_EXE_sentrix-collect")),
    ("sentrix-patrol", env!("CARGO_BIN_EXE_sentrix-patrol")),
    ("sentrix-police", env!("CARGO_BIN_EXE_sentrix-police")),
    ("sentrix-sync", env!("CARGO_BIN_EXE_sentrix-sync")),
];

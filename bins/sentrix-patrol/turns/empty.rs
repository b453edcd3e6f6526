//! Directories without a log file. A patrol that had nothing to read must not look like one that found nothing.

use sentrix_cli::{note, warn};
use std::fs;
use std::path::{Path, PathBuf};

/// How compressed log files are named, and what prints them.
const COMPRESSED: [(&str, &str); 2] = [(".json.gz", "zcat"), (".json.zst", "zstdcat")];

/// Says of each directory that no log file is in it, and what to do about that. `reviewed` knows the log files that were
/// reviewed before they were compressed: those are not missed.
pub fn tell(paths: &[PathBuf], reviewed: impl Fn(&str) -> bool) {
    for dir in paths.iter().filter(|path| path.is_dir()) {
        let names = names(dir);
        let mut compressed = 0;
        for (suffix, print) in COMPRESSED {
            let stems: Vec<&str> = names.iter().filter_map(|name| name.strip_suffix(suffix)).collect();
            let missed = stems.iter().filter(|stem| !reviewed(&format!("{stem}.json"))).count();
            compressed += stems.len();
            if missed > 0 {
                warn(format_args!(
                    "no log file in {0}, but {missed} compressed ones that are not reviewed; review them with \
                     `{print} {0}/*{suffix} | sentrix-patrol - --state none`",
                    dir.display()
                ));
            }
        }
        if compressed == 0 {
            note(format_args!(
                "no log file in {}; name the directory that sentrix-collect writes to",
                dir.display()
            ));
        }
    }
}

/// The names in a directory that are not hidden.
fn names(dir: &Path) -> Vec<String> {
    let entries = fs::read_dir(dir).into_iter().flatten().flatten();
    let names = entries.filter_map(|entry| entry.file_name().into_string().ok());
    names.filter(|name| !name.starts_with('.')).collect()
}

//! The keys of the providers: from the environment, or from a file that nobody else can read.

use sentrix_cli::Failure;
use sentrix_tap::{Key, Provider};
use std::collections::HashMap;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

/// What people put where a key is to come.
const PLACEHOLDERS: [&str; 4] = ["no-key-set", "changeme", "your-key-here", "dummy"];

/// Gives each provider its key, if there is one. The file goes before the environment.
pub fn give(providers: &mut [Provider], file: Option<&Path>) -> Result<(), Failure> {
    let file = match file {
        Some(path) => read(path)?,
        None => HashMap::new(),
    };
    for provider in providers {
        let own = format!("{}_API_KEY", provider.name.to_uppercase().replace('-', "_"));
        let names = provider.variables.iter().map(|name| (*name).to_owned()).chain([own]);
        provider.key = names
            .filter_map(|name| file.get(&name).cloned().or_else(|| std::env::var(&name).ok()))
            .filter(|text| !PLACEHOLDERS.contains(&text.trim()))
            .find_map(|text| Key::new(&text));
    }
    Ok(())
}

/// KEY=VALUE lines. A message names the line at most: the rest is secret.
fn read(path: &Path) -> Result<HashMap<String, String>, Failure> {
    let cannot = |error: std::io::Error| {
        Failure::usage(format!("cannot read the key file {}", path.display()))
            .because(error)
            .next("it holds lines such as ANTHROPIC_API_KEY=…")
    };
    let mode = std::fs::metadata(path).map_err(cannot)?.mode();
    if mode & 0o077 != 0 {
        return Err(Failure::usage(format!("the key file {} can be read by others", path.display()))
            .next(format!("chmod 600 {}", path.display())));
    }
    let text = std::fs::read_to_string(path).map_err(cannot)?;
    let mut keys = HashMap::new();
    for (number, line) in text.lines().enumerate() {
        let line = line.trim().trim_start_matches("export ");
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let (name, value) = line.split_once('=').ok_or_else(|| {
            Failure::usage(format!("{} line {}: not of the form NAME=KEY", path.display(), number + 1))
        })?;
        keys.insert(name.trim().to_owned(), value.trim().trim_matches(['"', '\'']).to_owned());
    }
    Ok(keys)
}

//! Lists the files of the page, to be embedded.

use std::fmt::Write;
use std::path::Path;
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let root = env::var("CARGO_MANIFEST_DIR").map_err(io::Error::other)?;
    let out = env::var("OUT_DIR").map_err(io::Error::other)?;
    let page = Path::new(&root).join("page");
    let mut names: Vec<String> = fs::read_dir(&page)?
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .filter(|name| !name.ends_with(".md") && !name.starts_with('.') && page.join(name).is_file())
        .collect();
    names.sort();
    let mut list = String::from("&[");
    for name in names {
        let path = page.join(&name);
        write!(list, "({name:?}, include_bytes!({path:?})),").map_err(io::Error::other)?;
    }
    list.push(']');
    fs::write(Path::new(&out).join("page.rs"), list)?;
    // A listing stands for the folder: Cargo looks at the times of all that is in it.
    let mut stdout = io::stdout().lock();
    io::Write::write_all(&mut stdout, b"cargo::rerun-if-changed=page\n")
}

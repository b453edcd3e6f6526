//! node, chromium, and the one package that joins them; kept beside what Cargo builds.

use super::web;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Mutex;

/// What a browser test needs.
pub struct Tools {
    pub chromium: PathBuf,
    /// Where pictures are kept.
    pub pictures: PathBuf,
    dir: PathBuf,
}

static INSTALLING: Mutex<()> = Mutex::new(());

impl Tools {
    /// Finds them, and installs what the lock file names; `None` when they are not on this machine.
    pub fn find() -> Option<Self> {
        let chromium = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
        let chromium = chromium.iter().map(PathBuf::from).find(|path| path.exists())?;
        version("npm")?;
        version("node").filter(|major| *major >= 18)?;
        // Beside the program that is tested: target/debug/sentrix-bridge.
        let target = Path::new(env!("CARGO_BIN_EXE_sentrix-bridge")).parent()?.parent()?;
        let (dir, pictures) = (target.join("web-tests"), target.join("web-pictures"));
        install(&dir);
        Some(Self { chromium, pictures, dir })
    }

    /// A script of `tests/web`.
    pub fn node(&self, script: &str) -> Command {
        let mut command = Command::new("node");
        command.arg(self.dir.join(script)).current_dir(&self.dir);
        command
    }
}

/// A program's major version; `None` when it is not there.
fn version(program: &str) -> Option<u32> {
    let output = Command::new(program).arg("--version").output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    text.trim().trim_start_matches('v').split('.').next()?.parse().ok()
}

fn install(dir: &Path) {
    let _one_at_a_time = INSTALLING.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
    fs::create_dir_all(dir).unwrap();
    let lock = fs::read(web("package-lock.json")).unwrap();
    let installed = fs::read(dir.join("package-lock.json")).is_ok_and(|kept| kept == lock)
        && dir.join("node_modules/playwright-core/index.mjs").exists();
    for entry in fs::read_dir(web("")).unwrap().flatten() {
        fs::copy(entry.path(), dir.join(entry.file_name())).unwrap();
    }
    if installed {
        return;
    }
    let output = Command::new("npm")
        .args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"])
        .current_dir(dir)
        .stdin(Stdio::null())
        .output()
        .unwrap();
    // A lock file that is kept says that what it names is there.
    if !output.status.success() {
        let _unfinished = fs::remove_dir_all(dir.join("node_modules"));
        panic!("npm ci: {}", String::from_utf8_lossy(&output.stderr));
    }
}

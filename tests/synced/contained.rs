//! A source in a container: a static busybox, the real sentrix-collect with the libraries it needs, and nothing else.

use super::{Bench, wait_until};
use std::fs::{self, OpenOptions};
use std::hash::{DefaultHasher, Hash, Hasher};
use std::io::Write;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

/// Where the source is mounted.
pub const PATH: &str = "/capture/agent_logs";
const COLLECT: &str = env!("CARGO_BIN_EXE_sentrix-collect");

/// A container that is gone when the test ends.
pub struct Contained {
    pub bench: Bench,
    pub name: String,
    image: String,
}

impl Contained {
    /// Nothing, after saying so, where there is no Docker or nothing to make an image of.
    pub fn new(test: &str) -> Option<Self> {
        static COUNTER: AtomicU32 = AtomicU32::new(0);
        static IMAGE: OnceLock<Result<String, String>> = OnceLock::new();
        let image = match IMAGE.get_or_init(image) {
            Ok(image) => image.clone(),
            Err(why) => {
                skipped(test, why);
                return None;
            }
        };
        let number = COUNTER.fetch_add(1, Ordering::Relaxed);
        let name = format!("sentrix-sync-test-{}-{number}", std::process::id());
        let mut bench = Bench::new();
        let user = format!("{}:{}", rustix::process::getuid().as_raw(), rustix::process::getgid().as_raw());
        bench.from = ["--container", &name, "--user", &user, "--path", PATH].map(str::to_owned).to_vec();
        let contained = Self { bench, name, image };
        contained.start();
        Some(contained)
    }

    /// Makes the container, from nothing.
    pub fn start(&self) {
        let mount = format!("{}:{PATH}", self.bench.source.display());
        let args = ["run", "-d", "--name", &self.name, "--network", "none", "--label", "sentrix.test=1"];
        let rest =
            ["-v", &mount, &self.image, "/bin/sh", "-c", "trap 'exit 0' TERM; while :; do sleep 1; done"];
        docker(&[&args[..], &rest[..]].concat());
    }

    pub fn docker(&self, verb: &str) {
        docker(&[verb, &self.name]);
    }

    pub fn remove(&self) {
        docker(&["rm", "-f", &self.name]);
    }

    /// Waits until a copy is what the source holds.
    pub fn wait_for(&self, name: &str) {
        wait_until(name, || {
            fs::read(self.bench.logs.join(name)).is_ok_and(|copy| copy == self.bench.original(name))
        });
    }
}

impl Drop for Contained {
    fn drop(&mut self) {
        let _gone = Command::new("docker").args(["rm", "-f", &self.name]).output();
    }
}

#[track_caller]
pub fn docker(args: &[&str]) -> Output {
    let output = Command::new("docker").args(args).stdin(Stdio::null()).output().unwrap();
    assert!(output.status.success(), "docker {args:?}: {}", String::from_utf8_lossy(&output.stderr));
    output
}

/// Says which test could not be tried, where it is read at the end of a test run.
#[allow(clippy::print_stderr, reason = "a test that did not run says so")]
pub fn skipped(test: &str, why: &str) {
    let line = format!("SKIPPED: {test}: {why}\n");
    eprint!("{line}");
    if let Some(path) = std::env::var_os("SENTRIX_SKIPPED_LOG") {
        OpenOptions::new().append(true).create(true).open(path).unwrap().write_all(line.as_bytes()).unwrap();
    }
}

fn image() -> Result<String, String> {
    let answers = Command::new("docker").arg("info").stdout(Stdio::null()).stderr(Stdio::null()).status();
    if !answers.is_ok_and(|status| status.success()) {
        return Err("no Docker engine answers (on Debian: docker.io)".to_owned());
    }
    let busybox = ["/bin/busybox", "/usr/bin/busybox"].into_iter().map(Path::new).find(|path| path.exists());
    let busybox = busybox.ok_or("no static busybox (on Debian: busybox-static)")?;
    let mut hasher = DefaultHasher::new();
    (fs::read(COLLECT).unwrap(), fs::read(busybox).unwrap()).hash(&mut hasher);
    let tag = format!("sentrix-test-sync:{:016x}", hasher.finish());
    let there = Command::new("docker").args(["image", "inspect", &tag]).output().unwrap();
    if there.status.success() {
        return Ok(tag);
    }
    let root = tempfile::tempdir().unwrap();
    let at = |path: &Path| root.path().join(path.strip_prefix("/").unwrap());
    let place = |from: &Path, to: &Path| {
        fs::create_dir_all(at(to).parent().unwrap()).unwrap();
        fs::copy(from, at(to)).unwrap();
    };
    place(busybox, Path::new("/bin/busybox"));
    for applet in ["sh", "sleep"] {
        symlink("busybox", root.path().join("bin").join(applet)).unwrap();
    }
    place(Path::new(COLLECT), Path::new("/usr/local/bin/sentrix-collect"));
    for library in libraries(COLLECT) {
        place(&library, &library);
    }
    fs::create_dir_all(root.path().join("capture")).unwrap();
    let mut archive = Command::new("tar")
        .args(["--create", "--owner=0", "--group=0", "--numeric-owner", "-C"])
        .arg(root.path())
        .arg(".")
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let imported = Command::new("docker")
        .args(["import", "--change", "LABEL sentrix.test=1", "-", &tag])
        .stdin(archive.stdout.take().unwrap())
        .output()
        .unwrap();
    assert!(archive.wait().unwrap().success() && imported.status.success());
    Ok(tag)
}

/// What the dynamic linker loads for a program.
fn libraries(program: &str) -> Vec<PathBuf> {
    let listed = Command::new("ldd").arg(program).output().unwrap();
    let text = String::from_utf8(listed.stdout).unwrap();
    text.split_whitespace().filter(|word| word.starts_with('/')).map(PathBuf::from).collect()
}

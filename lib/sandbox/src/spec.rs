//! What may differ from one sandbox to the next.

use crate::{Name, hardening};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;
use std::fmt::{self, Display};
use std::path::PathBuf;

/// One sandbox, before it exists and, in its labels, while it does. Holds no secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Spec {
    /// The container's name, and the value of the label on everything that belongs to it.
    pub name: Name,
    /// The image as it was asked for.
    pub image: String,
    /// The image that this meant at the time: a tag can move.
    pub image_id: String,
    /// Where the container can reach.
    pub network: Network,
    /// Where OpenClaw keeps its state.
    pub volume: Volume,
    /// The host's log directory.
    pub log_dir: PathBuf,
    /// The user that records: the owner of the log directory.
    pub capture_uid: u32,
    /// A directory of the sandbox's own on the host; its `secrets` is mounted.
    pub state_dir: PathBuf,
    /// The directory with the tap's sockets; without it the model is reached over the network.
    pub tap_dir: Option<PathBuf>,
    /// How these sockets come inside. Sandboxes of earlier versions do not say.
    #[serde(default)]
    pub tap_by: TapBy,
    /// How much it may use.
    pub limits: Limits,
    /// How many seconds a stop may take before it becomes a kill.
    pub stop_timeout: u32,
    /// `provider/model`; nothing: what the image says.
    pub model: Option<String>,
    /// How often a log file is closed, in minutes, as the collector understands it.
    pub rotate_mins: Option<String>,
    /// When the sandbox expires, in milliseconds since 1970.
    pub deadline: Option<i64>,
}

/// Where a container can reach.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Network {
    /// Nowhere: no address, no route, no name service.
    None,
    /// A bridge of its own, made and removed with the container.
    Own,
    /// A network that exists already.
    Named(String),
}

/// How the tap's sockets come inside.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TapBy {
    /// Their directory is mounted.
    #[default]
    Mount,
    /// Their connections are carried over an exec, to sockets in a tmpfs: for engines in a machine of their own, where a socket of
    /// the host is a file that nobody listens on.
    Exec,
}

impl Display for TapBy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Mount => "mount",
            Self::Exec => "exec",
        })
    }
}

/// Where OpenClaw keeps its state.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Volume {
    /// The volume's name.
    pub name: String,
    /// Whether it outlives the sandbox.
    pub keep: bool,
}

/// How much a sandbox may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// Bytes of memory, tmpfs among it; there is no swap beyond it.
    pub memory: u64,
    /// Billionths of a processor.
    pub nano_cpus: u64,
    /// Processes and threads.
    pub pids: u32,
}

impl Limits {
    /// What the gateway was measured to need, with room: 2 GB, two processors, 256 processes.
    pub const DEFAULT: Self = Self { memory: 2 << 30, nano_cpus: 2_000_000_000, pids: 256 };
}

impl Network {
    /// The name by which Docker knows it.
    pub fn name(&self, sandbox: &Name) -> String {
        match self {
            Self::None => "none".to_owned(),
            Self::Own => sandbox.to_string(),
            Self::Named(name) => name.clone(),
        }
    }
}

impl Display for Network {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::None => "none",
            Self::Own => "own",
            Self::Named(name) => name,
        })
    }
}

impl Spec {
    /// The directory that holds the token and what else the sandbox may know but nobody beside it.
    pub fn secrets_dir(&self) -> PathBuf {
        self.state_dir.join("secrets")
    }

    /// Fixed for a volume: OpenClaw's lease on its state names the host, and only the same name may take it over.
    pub fn hostname(&self) -> String {
        let safe = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '-' };
        let volume = self.volume.name.trim_start_matches("sentrix-");
        format!("sentrix-{volume}").chars().map(safe).take(63).collect()
    }

    /// The environment of the container: no secret is in it, because everyone who may inspect can read it.
    pub fn environment(&self) -> Vec<String> {
        let mut environment = vec![format!("CAPTURE_UID={}", self.capture_uid)];
        environment.extend(self.model.iter().map(|model| format!("SENTRIX_MODEL={model}")));
        environment.extend(self.rotate_mins.iter().map(|minutes| format!("SENTRIX_ROTATE_MINS={minutes}")));
        environment.extend(self.tap_dir.iter().map(|_| "SENTRIX_TAP=1".to_owned()));
        environment
    }

    /// The bind mounts: host, container, read-only.
    pub fn binds(&self) -> Vec<(PathBuf, &'static str, bool)> {
        let mut binds = vec![
            (self.log_dir.clone(), hardening::CAPTURE, false),
            (self.secrets_dir(), hardening::SECRETS, true),
        ];
        let mounted = self.tap_dir.iter().filter(|_| self.tap_by == TapBy::Mount);
        binds.extend(mounted.map(|dir| (dir.clone(), hardening::TAP, true)));
        binds
    }

    /// What is writable and gone with the container, with its options.
    pub fn tmpfs(&self) -> HashMap<String, String> {
        let mut tmpfs = hardening::tmpfs();
        if self.tap_dir.is_some() && self.tap_by == TapBy::Exec {
            tmpfs.insert(hardening::TAP.to_owned(), hardening::carried_tap());
        }
        tmpfs
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) fn example() -> Spec {
        Spec {
            name: "sentrix-example".parse().unwrap(),
            image: "sentrix-openclaw:latest".into(),
            image_id: "sha256:50ad".into(),
            network: Network::Own,
            volume: Volume { name: "sentrix-example".into(), keep: false },
            log_dir: "/logs with space/agent_logs".into(),
            capture_uid: 1000,
            state_dir: "/home/u/.local/state/sentrix/boxes/sentrix-example".into(),
            tap_dir: Some("/run/user/1000/tap".into()),
            tap_by: TapBy::Mount,
            limits: Limits::DEFAULT,
            stop_timeout: 330,
            model: Some("anthropic/claude-sonnet-5".into()),
            rotate_mins: None,
            deadline: Some(1_800_000_000_000),
        }
    }

    #[test]
    fn the_host_name_depends_on_the_volume_alone() {
        let one = example();
        let other = Spec { name: "other".parse().unwrap(), ..example() };
        assert_eq!(one.hostname(), other.hostname());
        let odd = Spec { volume: Volume { name: "My_volume.1".into(), keep: true }, ..example() };
        assert_eq!(odd.hostname(), "sentrix-my-volume-1");
    }

    #[test]
    fn without_a_tap_nothing_speaks_of_one() {
        let spec = Spec { tap_dir: None, ..example() };
        assert!(!spec.environment().iter().any(|pair| pair.contains("TAP")));
        assert_eq!(spec.binds().len(), 2);
        let carried = Spec { tap_by: TapBy::Exec, ..spec };
        assert_eq!(carried.tmpfs(), hardening::tmpfs());
    }

    #[test]
    fn a_tap_is_mounted_or_carried_and_never_both() {
        let mounted = example();
        assert!(mounted.binds().iter().any(|(_, to, read_only)| *to == hardening::TAP && *read_only));
        assert!(!mounted.tmpfs().contains_key(hardening::TAP));
        let carried = Spec { tap_by: TapBy::Exec, ..example() };
        assert!(!carried.binds().iter().any(|(_, to, _)| *to == hardening::TAP));
        let options = &carried.tmpfs()[hardening::TAP];
        assert!(options.contains("uid=10003,gid=10003,mode=0755"), "{options}");
        assert_eq!(carried.environment(), mounted.environment());
    }

    #[test]
    fn a_label_of_an_earlier_version_means_a_mounted_tap() {
        let mut labels = crate::label::of_container(&example());
        let spec = labels[crate::label::SPEC].replace(",\"tap_by\":\"mount\"", "");
        assert!(!spec.contains("tap_by"), "{spec}");
        labels.insert(crate::label::SPEC.into(), spec);
        assert_eq!(crate::label::read(&labels), Some(example()));
    }

    #[test]
    fn a_spec_survives_its_label() {
        let labels = crate::label::of_container(&example());
        assert_eq!(crate::label::read(&labels), Some(example()));
        let mut forged = labels.clone();
        forged.insert(crate::label::BOX.into(), "another".into());
        assert_eq!(crate::label::read(&forged), None);
    }
}

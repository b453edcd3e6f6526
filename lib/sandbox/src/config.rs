//! From a [`Spec`] to what Docker is asked for.

use crate::{Network, Spec, hardening, label};
use bollard::models::{
    ContainerCreateBody, HostConfig, HostConfigLogConfig, Mount, MountType, MountVolumeOptions,
    NetworkCreateRequest, RestartPolicy, RestartPolicyNameEnum, VolumeCreateRequest,
};
use std::collections::HashMap;
use std::path::Path;

/// The container. Entry point and user are the image's: it starts as root to split its users, and gives root up.
pub fn container(spec: &Spec) -> ContainerCreateBody {
    ContainerCreateBody {
        image: Some(spec.image_id.clone()),
        hostname: Some(spec.hostname()),
        env: Some(spec.environment()),
        labels: Some(label::of_container(spec)),
        stop_timeout: Some(i64::from(spec.stop_timeout)),
        host_config: Some(host(spec)),
        ..ContainerCreateBody::default()
    }
}

fn host(spec: &Spec) -> HostConfig {
    HostConfig {
        network_mode: Some(spec.network.name(&spec.name)),
        readonly_rootfs: Some(true),
        privileged: Some(false),
        init: Some(false),
        auto_remove: Some(false),
        publish_all_ports: Some(false),
        ipc_mode: Some("private".to_owned()),
        cap_drop: Some(vec!["ALL".to_owned()]),
        cap_add: Some(owned(&hardening::CAPABILITIES)),
        security_opt: Some(owned(&hardening::SECURITY)),
        pids_limit: Some(i64::from(spec.limits.pids)),
        memory: Some(signed(spec.limits.memory)),
        // The same as memory: no swap.
        memory_swap: Some(signed(spec.limits.memory)),
        nano_cpus: Some(signed(spec.limits.nano_cpus)),
        tmpfs: Some(spec.tmpfs()),
        mounts: Some(mounts(spec)),
        log_config: Some(HostConfigLogConfig {
            typ: Some("json-file".to_owned()),
            config: Some(hardening::logging()),
        }),
        restart_policy: Some(RestartPolicy {
            name: Some(RestartPolicyNameEnum::NO),
            maximum_retry_count: None,
        }),
        ..HostConfig::default()
    }
}

/// As structures, not as `a:b:ro` strings: a path may hold a colon or a newline.
fn mounts(spec: &Spec) -> Vec<Mount> {
    let volume = Mount {
        typ: Some(MountType::VOLUME),
        source: Some(spec.volume.name.clone()),
        target: Some(hardening::STATE.to_owned()),
        read_only: Some(false),
        // An empty volume begins as a copy of the image's folder, with its owner: plugins are trusted only there.
        volume_options: Some(MountVolumeOptions { no_copy: Some(false), ..MountVolumeOptions::default() }),
        ..Mount::default()
    };
    let bind = |(from, to, read_only): (std::path::PathBuf, &str, bool)| Mount {
        typ: Some(MountType::BIND),
        source: Some(text(&from)),
        target: Some(to.to_owned()),
        read_only: Some(read_only),
        ..Mount::default()
    };
    std::iter::once(volume).chain(spec.binds().into_iter().map(bind)).collect()
}

/// The network of its own; nothing when it has none or uses one that exists.
pub fn network(spec: &Spec) -> Option<NetworkCreateRequest> {
    let option = |name: &str, value: &str| (format!("com.docker.network.bridge.{name}"), value.to_owned());
    (spec.network == Network::Own).then(|| NetworkCreateRequest {
        name: spec.network.name(&spec.name),
        driver: Some("bridge".to_owned()),
        options: Some(HashMap::from([option("enable_icc", "false")])),
        labels: Some(label::of(&spec.name)),
        ..NetworkCreateRequest::default()
    })
}

/// The volume.
pub fn volume(spec: &Spec) -> VolumeCreateRequest {
    VolumeCreateRequest {
        name: Some(spec.volume.name.clone()),
        // One that is kept belongs to nobody when its sandbox is gone, and must not be taken for a leftover.
        labels: (!spec.volume.keep).then(|| label::of(&spec.name)),
        ..VolumeCreateRequest::default()
    }
}

/// A path as Docker's JSON wants it. Paths that are not UTF-8 are refused where a [`Spec`] is made.
pub(crate) fn text(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

pub(crate) fn owned(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::tests::example;

    #[test]
    fn the_hardening_is_asked_for() {
        let host = container(&example()).host_config.unwrap();
        assert_eq!(host.readonly_rootfs, Some(true));
        assert_eq!(host.cap_drop.unwrap(), ["ALL"]);
        assert_eq!(host.cap_add.unwrap(), ["CHOWN", "KILL", "SETGID", "SETPCAP", "SETUID"]);
        assert_eq!(host.security_opt.unwrap(), ["no-new-privileges:true"]);
        assert_eq!((host.memory, host.memory_swap), (Some(2 << 30), Some(2 << 30)));
        assert_eq!((host.pids_limit, host.nano_cpus), (Some(256), Some(2_000_000_000)));
        assert_eq!(host.port_bindings, None);
        for (path, options) in host.tmpfs.unwrap() {
            assert!(options.starts_with("rw,nosuid,nodev,noexec,size="), "{path}: {options}");
        }
    }

    #[test]
    fn only_what_must_be_written_can_be() {
        let mounts = container(&example()).host_config.unwrap().mounts.unwrap();
        let writable: Vec<_> = mounts
            .iter()
            .filter(|mount| mount.read_only != Some(true))
            .map(|mount| mount.target.as_deref().unwrap())
            .collect();
        assert_eq!(writable, ["/state", "/capture/agent_logs"]);
        assert!(!mounts.iter().any(|mount| mount.source.as_deref().unwrap().contains("docker.sock")));
    }

    #[test]
    fn the_network_is_one_field() {
        let with =
            |network| container(&Spec { network, ..example() }).host_config.unwrap().network_mode.unwrap();
        assert_eq!(with(Network::None), "none");
        assert_eq!(with(Network::Own), "sentrix-example");
        assert_eq!(with(Network::Named("lan".into())), "lan");
        assert!(network(&Spec { network: Network::None, ..example() }).is_none());
        assert_eq!(network(&example()).unwrap().labels.unwrap()[label::BOX], "sentrix-example");
    }

    #[test]
    fn the_image_is_named_by_its_digest() {
        assert_eq!(container(&example()).image.unwrap(), "sha256:50ad");
    }
}

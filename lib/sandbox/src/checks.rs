//! Whether what runs is what was asked for: every hardening field, beside what Docker reports of it.

use crate::config::text;
use crate::{Inspect, Network, Spec, hardening};
use bollard::models::{ContainerConfig, HostConfig, MountPoint};
use serde::Serialize;
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// One field: what it must be, and what it is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Check {
    /// Its name, as `docker inspect` has it where there is one.
    pub field: &'static str,
    /// What it must be.
    pub wanted: Value,
    /// What Docker reports.
    pub found: Value,
}

/// A field that is not what it must be.
pub type Drift = Check;

impl Check {
    /// Whether it is what it must be.
    pub fn holds(&self) -> bool {
        self.wanted == self.found
    }
}

/// The fields that are not what they must be. `cut` says that the network was taken away on purpose.
pub fn compare(spec: &Spec, inspect: &Inspect, cut: bool) -> Vec<Drift> {
    checks(spec, inspect, cut).into_iter().filter(|check| !check.holds()).collect()
}

/// Every field that is looked at.
pub fn checks(spec: &Spec, inspect: &Inspect, cut: bool) -> Vec<Check> {
    // What is missing is empty: no field of it will hold.
    let host = inspect.host_config.clone().unwrap_or_default();
    let config = inspect.config.clone().unwrap_or_default();
    let mut checks = identity(spec, inspect, &config);
    checks.extend(network(spec, inspect, &host, cut));
    checks.extend(privileges(&host, &config));
    checks.extend(namespaces(&host));
    checks.extend(limits(spec, &host, &config));
    checks.extend(files(spec, inspect, &host));
    checks
}

fn check(field: &'static str, wanted: impl Into<Value>, found: impl Serialize) -> Check {
    Check { field, wanted: wanted.into(), found: serde_json::to_value(found).unwrap_or(Value::Null) }
}

fn identity(spec: &Spec, inspect: &Inspect, config: &ContainerConfig) -> Vec<Check> {
    let environment = config.env.clone().unwrap_or_default();
    // The image adds its own (PATH, versions); what we set must be there as we set it, and once.
    let ours: Vec<String> = environment
        .into_iter()
        .filter(|pair| pair.starts_with("CAPTURE_UID=") || pair.starts_with("SENTRIX_"))
        .collect();
    vec![
        check("Name", format!("/{}", spec.name), &inspect.name),
        check("Image", spec.image_id.clone(), &inspect.image),
        check("Config.Hostname", spec.hostname(), &config.hostname),
        check("Config.Env", sorted(spec.environment()), sorted(ours)),
    ]
}

fn network(spec: &Spec, inspect: &Inspect, host: &HostConfig, cut: bool) -> Vec<Check> {
    let wanted = spec.network.name(&spec.name);
    let settings = inspect.network_settings.clone().unwrap_or_default();
    let attached: BTreeSet<String> = settings.networks.unwrap_or_default().into_keys().collect();
    let published = settings
        .ports
        .unwrap_or_default()
        .into_iter()
        .filter(|(_, to)| to.as_ref().is_some_and(|to| !to.is_empty()));
    let allowed = if cut && spec.network != Network::None { json!([]) } else { json!([wanted]) };
    vec![
        check("HostConfig.NetworkMode", wanted, &host.network_mode),
        check("NetworkSettings.Networks", allowed, attached),
        check("HostConfig.PortBindings", json!([]), keys(host.port_bindings.as_ref())),
        check("NetworkSettings.Ports", json!([]), sorted(published.map(|(port, _)| port))),
        check("HostConfig.PublishAllPorts", false, host.publish_all_ports.unwrap_or_default()),
        check("HostConfig.ExtraHosts", json!([]), list(host.extra_hosts.as_ref())),
        check("HostConfig.Links", json!([]), list(host.links.as_ref())),
    ]
}

fn privileges(host: &HostConfig, config: &ContainerConfig) -> Vec<Check> {
    let capability = |name: &String| name.trim_start_matches("CAP_").to_owned();
    let capabilities = |names: Option<&Vec<String>>| sorted(names.into_iter().flatten().map(capability));
    vec![
        check("HostConfig.Privileged", false, host.privileged.unwrap_or_default()),
        check("HostConfig.CapDrop", json!(["ALL"]), capabilities(host.cap_drop.as_ref())),
        check("HostConfig.CapAdd", json!(hardening::CAPABILITIES), capabilities(host.cap_add.as_ref())),
        check("HostConfig.SecurityOpt", json!(hardening::SECURITY), list(host.security_opt.as_ref())),
        check("HostConfig.Devices", json!([]), list(host.devices.as_ref())),
        check("HostConfig.DeviceRequests", json!([]), list(host.device_requests.as_ref())),
        check("HostConfig.DeviceCgroupRules", json!([]), list(host.device_cgroup_rules.as_ref())),
        check("HostConfig.GroupAdd", json!([]), list(host.group_add.as_ref())),
        check("HostConfig.Sysctls", json!([]), keys(host.sysctls.as_ref())),
        // The kernel's own files are covered, as Docker does by default.
        check(
            "HostConfig.MaskedPaths",
            true,
            host.masked_paths.as_ref().is_some_and(|paths| !paths.is_empty()),
        ),
        check(
            "HostConfig.ReadonlyPaths",
            true,
            host.readonly_paths.as_ref().is_some_and(|paths| !paths.is_empty()),
        ),
        check("Config.Tty", false, config.tty.unwrap_or_default()),
    ]
}

fn namespaces(host: &HostConfig) -> Vec<Check> {
    let mode = |mode: &Option<String>| mode.clone().unwrap_or_default();
    vec![
        check("HostConfig.PidMode", "", mode(&host.pid_mode)),
        check("HostConfig.IpcMode", "private", mode(&host.ipc_mode)),
        check("HostConfig.UTSMode", "", mode(&host.uts_mode)),
        check("HostConfig.UsernsMode", "", mode(&host.userns_mode)),
        check("HostConfig.CgroupParent", "", mode(&host.cgroup_parent)),
    ]
}

fn limits(spec: &Spec, host: &HostConfig, config: &ContainerConfig) -> Vec<Check> {
    let restart = host.restart_policy.as_ref().and_then(|policy| policy.name).map(|name| name.to_string());
    vec![
        check("HostConfig.Memory", spec.limits.memory, host.memory),
        check("HostConfig.MemorySwap", spec.limits.memory, host.memory_swap),
        check("HostConfig.NanoCpus", spec.limits.nano_cpus, host.nano_cpus),
        check("HostConfig.PidsLimit", spec.limits.pids, host.pids_limit),
        check("HostConfig.OomKillDisable", false, host.oom_kill_disable.unwrap_or_default()),
        check("HostConfig.RestartPolicy", "no", restart),
        check("Config.StopTimeout", spec.stop_timeout, config.stop_timeout),
    ]
}

fn files(spec: &Spec, inspect: &Inspect, host: &HostConfig) -> Vec<Check> {
    let mut wanted: Vec<String> =
        spec.binds().into_iter().map(|(from, to, read_only)| mount(&text(&from), to, !read_only)).collect();
    wanted.push(mount(&spec.volume.name, hardening::STATE, true));
    let found = inspect.mounts.iter().flatten().map(|point| {
        mount(&source(point), point.destination.as_deref().unwrap_or_default(), point.rw.unwrap_or(true))
    });
    vec![
        check("HostConfig.ReadonlyRootfs", true, host.readonly_rootfs.unwrap_or_default()),
        check("HostConfig.Tmpfs", json!(spec.tmpfs()), host.tmpfs.clone().unwrap_or_default()),
        check("Mounts", sorted(wanted), sorted(found)),
        check("HostConfig.Binds", json!([]), list(host.binds.as_ref())),
        check("HostConfig.VolumesFrom", json!([]), list(host.volumes_from.as_ref())),
    ]
}

/// A mount as one word, so that the set of them can be compared.
fn mount(from: &str, to: &str, writable: bool) -> String {
    format!("{from} -> {to} ({})", if writable { "rw" } else { "ro" })
}

/// A volume is known by its name, its place on the host is Docker's affair.
fn source(point: &MountPoint) -> String {
    point.name.clone().filter(|name| !name.is_empty()).or_else(|| point.source.clone()).unwrap_or_default()
}

fn sorted(words: impl IntoIterator<Item = String>) -> Value {
    json!(words.into_iter().collect::<BTreeSet<_>>())
}

/// Docker reports an empty list as null, `[]` or not at all.
fn list<T: Serialize>(list: Option<&Vec<T>>) -> Value {
    list.map_or_else(|| json!([]), |list| json!(list))
}

fn keys<V>(map: Option<&std::collections::HashMap<String, V>>) -> Value {
    sorted(map.into_iter().flatten().map(|(key, _)| key.clone()))
}

#[cfg(test)]
#[path = "checks_tests.rs"]
mod tests;

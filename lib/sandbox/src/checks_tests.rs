//! Against what a real engine (20.10) said of a real sandbox.

use super::*;
use crate::label;
use serde_json::json;

fn recorded() -> Value {
    serde_json::from_str(include_str!("../tests/data/inspect.json")).unwrap()
}

fn spec(recorded: &Value) -> Spec {
    let labels = serde_json::from_value(recorded["Config"]["Labels"].clone()).unwrap();
    label::read::<std::hash::RandomState>(&labels).unwrap()
}

/// The fields that differ once the value at `pointer` is another.
fn after(pointer: &str, value: Value) -> Vec<&'static str> {
    let mut inspect = recorded();
    let spec = spec(&inspect);
    let (parent, key) = pointer.rsplit_once('/').unwrap();
    inspect.pointer_mut(parent).unwrap_or_else(|| panic!("no {parent}"))[key] = value;
    let inspect: Inspect = serde_json::from_value(inspect).unwrap();
    compare(&spec, &inspect, false).into_iter().map(|drift| drift.field).collect()
}

#[test]
fn a_real_sandbox_is_what_was_asked_for() {
    let inspect = recorded();
    let spec = spec(&inspect);
    let inspect: Inspect = serde_json::from_value(inspect).unwrap();
    assert_eq!(compare(&spec, &inspect, false), []);
    assert!(checks(&spec, &inspect, false).len() >= 40);
}

#[test]
fn every_weakening_is_told_and_nothing_else() {
    let cases = [
        ("/HostConfig/Privileged", json!(true), "HostConfig.Privileged"),
        ("/HostConfig/ReadonlyRootfs", json!(false), "HostConfig.ReadonlyRootfs"),
        ("/HostConfig/CapDrop", json!(null), "HostConfig.CapDrop"),
        (
            "/HostConfig/CapAdd",
            json!(["CHOWN", "KILL", "SETGID", "SETPCAP", "SETUID", "SYS_ADMIN"]),
            "HostConfig.CapAdd",
        ),
        ("/HostConfig/SecurityOpt", json!(null), "HostConfig.SecurityOpt"),
        (
            "/HostConfig/SecurityOpt",
            json!(["no-new-privileges:true", "seccomp=unconfined"]),
            "HostConfig.SecurityOpt",
        ),
        ("/HostConfig/PidsLimit", json!(null), "HostConfig.PidsLimit"),
        ("/HostConfig/Memory", json!(0), "HostConfig.Memory"),
        ("/HostConfig/MemorySwap", json!(-1), "HostConfig.MemorySwap"),
        ("/HostConfig/NanoCpus", json!(0), "HostConfig.NanoCpus"),
        ("/HostConfig/PidMode", json!("host"), "HostConfig.PidMode"),
        ("/HostConfig/IpcMode", json!("host"), "HostConfig.IpcMode"),
        ("/HostConfig/UTSMode", json!("host"), "HostConfig.UTSMode"),
        ("/HostConfig/UsernsMode", json!("host"), "HostConfig.UsernsMode"),
        ("/HostConfig/NetworkMode", json!("host"), "HostConfig.NetworkMode"),
        ("/HostConfig/PortBindings", json!({"1/tcp": [{"HostPort": "1"}]}), "HostConfig.PortBindings"),
        ("/NetworkSettings/Ports", json!({"1/tcp": [{"HostPort": "1"}]}), "NetworkSettings.Ports"),
        ("/HostConfig/PublishAllPorts", json!(true), "HostConfig.PublishAllPorts"),
        ("/HostConfig/Binds", json!(["/var/run/docker.sock:/s"]), "HostConfig.Binds"),
        ("/HostConfig/VolumesFrom", json!(["other"]), "HostConfig.VolumesFrom"),
        ("/HostConfig/Devices", json!([{"PathOnHost": "/dev/kvm"}]), "HostConfig.Devices"),
        ("/HostConfig/GroupAdd", json!(["docker"]), "HostConfig.GroupAdd"),
        ("/HostConfig/ExtraHosts", json!(["a:1.2.3.4"]), "HostConfig.ExtraHosts"),
        ("/HostConfig/MaskedPaths", json!([]), "HostConfig.MaskedPaths"),
        ("/HostConfig/ReadonlyPaths", json!([]), "HostConfig.ReadonlyPaths"),
        ("/HostConfig/OomKillDisable", json!(true), "HostConfig.OomKillDisable"),
        ("/HostConfig/RestartPolicy", json!({"Name": "always"}), "HostConfig.RestartPolicy"),
        ("/HostConfig/Tmpfs", json!({"/tmp": "rw,exec"}), "HostConfig.Tmpfs"),
        ("/HostConfig/Sysctls", json!({"kernel.msgmax": "1"}), "HostConfig.Sysctls"),
        ("/Config/Hostname", json!("other"), "Config.Hostname"),
        ("/Config/StopTimeout", json!(1), "Config.StopTimeout"),
        ("/Config/Env", json!(["CAPTURE_UID=10001"]), "Config.Env"),
        ("/Config/Tty", json!(true), "Config.Tty"),
        ("/Image", json!("sha256:other"), "Image"),
        ("/Name", json!("/other"), "Name"),
    ];
    for (pointer, value, field) in cases {
        assert_eq!(after(pointer, value.clone()), [field], "{pointer} = {value}");
    }
}

#[test]
fn a_carried_tap_that_is_mounted_is_told() {
    let inspect = recorded();
    let spec = Spec { tap_dir: Some("/tap".into()), tap_by: crate::TapBy::Exec, ..spec(&inspect) };
    let inspect: Inspect = serde_json::from_value(inspect).unwrap();
    let drift: Vec<_> = compare(&spec, &inspect, false).into_iter().map(|drift| drift.field).collect();
    assert!(drift.contains(&"HostConfig.Tmpfs"), "{drift:?}");
}

#[test]
fn another_mount_or_a_writable_one_is_told() {
    let mut mounts = recorded()["Mounts"].as_array().unwrap().clone();
    mounts.push(json!({"Type": "bind", "Source": "/", "Destination": "/host", "RW": false}));
    assert_eq!(after("/Mounts", json!(mounts)), ["Mounts"]);
    let mut mounts = recorded()["Mounts"].as_array().unwrap().clone();
    mounts.iter_mut().for_each(|mount| mount["RW"] = json!(true));
    assert_eq!(after("/Mounts", json!(mounts)), ["Mounts"]);
}

#[test]
fn a_second_network_is_told_and_a_cut_one_is_not() {
    let inspect = recorded();
    let spec = spec(&inspect);
    let own = spec.name.as_str();
    assert_eq!(
        after("/NetworkSettings/Networks", json!({own: {}, "other": {}})),
        ["NetworkSettings.Networks"]
    );
    let with = |networks: Value| -> Inspect {
        let mut inspect = recorded();
        inspect["NetworkSettings"]["Networks"] = networks;
        serde_json::from_value(inspect).unwrap()
    };
    assert_eq!(compare(&spec, &with(json!({})), true), []);
    assert_eq!(compare(&spec, &with(json!({})), false).len(), 1);
    assert_eq!(compare(&spec, &with(json!({"other": {}})), true).len(), 1);
}

#[test]
fn what_is_not_reported_does_not_hold() {
    let drift = compare(&spec(&recorded()), &Inspect::default(), false);
    for field in ["HostConfig.ReadonlyRootfs", "HostConfig.CapDrop", "HostConfig.Memory", "Mounts"] {
        assert!(drift.iter().any(|drift| drift.field == field), "{field}");
    }
}

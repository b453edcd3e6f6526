use super::*;

/// Everything that comes out, in a form that outlives the framer.
fn frames(chunks: &[&[u8]], limit: usize) -> Vec<String> {
    let mut framer = Framer::with_limit(0, limit);
    let mut out = Vec::new();
    let mut at = 0;
    for chunk in chunks {
        framer.feed(chunk);
        while let Some(frame) = framer.next() {
            at = show(frame, at, &mut out);
        }
    }
    if let Some(frame) = framer.take_rest() {
        show(frame, at, &mut out);
    }
    assert_eq!(framer.offset(), chunks.iter().map(|chunk| chunk.len() as u64).sum::<u64>());
    assert_eq!((framer.read_offset(), framer.pending()), (framer.offset(), &b""[..]));
    out
}

fn show(frame: Frame<'_>, at: u64, out: &mut Vec<String>) -> u64 {
    let (start, end) = match frame {
        Frame::Line(Line { start, end, bytes }) => {
            out.push(format!("{start}-{end} {}", bytes.escape_ascii()));
            (start, end)
        }
        Frame::Oversized { start, end, blake3 } => {
            out.push(format!("{start}-{end} oversized {}", &blake3.to_hex()[..8]));
            (start, end)
        }
        Frame::Nuls { start, end } => {
            out.push(format!("{start}-{end} nuls"));
            (start, end)
        }
    };
    assert!(start >= at && end > start, "frames overlap: {out:?}");
    end
}

#[test]
fn lines_come_with_their_offsets_and_without_their_dress() {
    assert_eq!(
        frames(&[b"\xef\xbb\xbf{1}\r\n\r\n\n{2}\n\xef\xbb\xbf{3}\nrest"], 99),
        ["0-8 {1}", "11-15 {2}", r"15-22 \xef\xbb\xbf{3}", "22-26 rest"]
    );
}

#[test]
fn nuls_cost_nothing_but_themselves() {
    assert_eq!(
        frames(&[b"a\n\0\0\0b\n\0\nc\0d\n\0"], 99),
        ["0-2 a", "2-5 nuls", "5-7 b", "7-8 nuls", r"9-13 c\x00d", "13-14 nuls"]
    );
    let mut framer = Framer::with_limit(10, 4);
    framer.feed(&[0; 1000]);
    assert_eq!(framer.next(), None);
    assert_eq!((framer.offset(), framer.read_offset()), (10, 1010));
}

#[test]
fn an_oversized_line_is_read_past_and_hashed() {
    let hash = blake3::hash(b"0123456789").to_hex();
    let want = format!("2-13 oversized {}", &hash[..8]);
    assert_eq!(frames(&[b"a\n0123456789\nb\n"], 9), ["0-2 a", &want, "13-15 b"]);
    assert_eq!(frames(&[b"a\n0123456789\nb\n"], 10)[1], "2-13 0123456789");
}

#[test]
fn a_line_that_waits_for_its_end_is_not_handed_out() {
    let mut framer = Framer::new(100);
    framer.feed(b"{\"a\":1}");
    assert_eq!(framer.next(), None);
    assert_eq!((framer.offset(), framer.read_offset(), framer.pending()), (100, 107, &b"{\"a\":1}"[..]));
    framer.feed(b"\n");
    assert!(matches!(framer.next(), Some(Frame::Line(line)) if (line.start, line.end) == (100, 108)));
}

#[test]
fn however_the_bytes_arrive_the_frames_are_the_same() {
    let hard = "\u{feff}{\"a\":\"\u{1f604}\"}\r\n\0\0{\"b\":2}\n\n  \r\n\0\nlong line that is over it\n\r\r\n\0x\0\n\u{feff}y";
    let (hard, limit) = (hard.as_bytes(), 20);
    let whole = frames(&[hard], limit);
    assert!(whole.len() >= 8, "{whole:?}");
    for first in 0..=hard.len() {
        assert_eq!(frames(&[&hard[..first], &hard[first..]], limit), whole, "cut at {first}");
    }
    let single: Vec<&[u8]> = hard.chunks(1).collect();
    assert_eq!(frames(&single, limit), whole);
}

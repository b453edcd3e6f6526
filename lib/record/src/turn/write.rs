//! Turns as JSON, many a second: what [`Serialize`](serde::Serialize) gives, but what needs no escapes is written as it is.

use super::Turn;
use crate::Text;
use serde::Serialize;

impl Turn {
    /// Appends the record, without an end of line.
    ///
    /// # Errors
    /// None that is known: those of JSON that cannot be written.
    pub fn write_json(&self, out: &mut Vec<u8>) -> Result<(), serde_json::Error> {
        out.extend_from_slice(b"{\"v\":");
        json(out, &self.v)?;
        out.extend_from_slice(b",\"type\":");
        json(out, &self.kind)?;
        out.extend_from_slice(b",\"run_id_ts\":");
        text(out, &self.run_id_ts)?;
        some(out, b",\"run_id\":", self.run_id.as_deref(), text)?;
        some(out, b",\"ts\":", self.ts.as_ref(), json)?;
        some(out, b",\"source_file\":", self.source_file.as_deref(), text)?;
        some(out, b",\"start\":", self.start.as_ref(), json)?;
        some(out, b",\"end\":", self.end.as_ref(), json)?;
        some(out, b",\"blake3\":", self.blake3.as_deref(), text)?;
        some(out, b",\"provider\":", self.provider.as_deref(), text)?;
        some(out, b",\"model\":", self.model.as_deref(), text)?;
        some(out, b",\"user_messages\":", filled(&self.user_messages), json)?;
        some(out, b",\"tool_results\":", filled(&self.tool_results), json)?;
        some(out, b",\"thinking\":", said(&self.thinking), |out, said| said.write_json(out))?;
        some(out, b",\"text\":", said(&self.text), |out, said| said.write_json(out))?;
        some(out, b",\"tool_calls\":", filled(&self.tool_calls), json)?;
        raw(out, b",\"complete\":", if self.complete { "true" } else { "false" });
        for (name, value) in &self.extra {
            out.push(b',');
            text(out, name)?;
            raw(out, b":", value.get());
        }
        out.push(b'}');
        Ok(())
    }
}

fn said(text: &Text) -> Option<&Text> {
    Some(text).filter(|text| !text.is_empty())
}

fn filled<T>(list: &Vec<T>) -> Option<&Vec<T>> {
    Some(list).filter(|list| !list.is_empty())
}

/// Appends a field that may not be there.
fn some<T: ?Sized>(
    out: &mut Vec<u8>,
    name: &[u8],
    value: Option<&T>,
    write: fn(&mut Vec<u8>, &T) -> Result<(), serde_json::Error>,
) -> Result<(), serde_json::Error> {
    let Some(value) = value else { return Ok(()) };
    out.extend_from_slice(name);
    write(out, value)
}

fn raw(out: &mut Vec<u8>, name: &[u8], json: &str) {
    out.extend_from_slice(name);
    out.extend_from_slice(json.as_bytes());
}

fn json<T: Serialize>(out: &mut Vec<u8>, value: &T) -> Result<(), serde_json::Error> {
    serde_json::to_writer(out, value)
}

fn text(out: &mut Vec<u8>, text: &str) -> Result<(), serde_json::Error> {
    // Without an early end, so that many bytes are looked at together.
    let escaped = |any, byte: u8| any | (byte < b' ') | (byte == b'"') | (byte == b'\\');
    if text.bytes().fold(false, escaped) {
        return serde_json::to_writer(out, text);
    }
    out.push(b'"');
    out.extend_from_slice(text.as_bytes());
    out.push(b'"');
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_turn_is_written_as_it_is_serialised() {
        let texts = [
            "",
            "plain",
            "a\\\"b",
            "tab\t\u{1f} \u{7f}",
            "é\u{2028}😀",
            r#"{"json":1}"#,
            "long enough to be looked at by many bytes at once, with a \" at its end",
        ];
        for a in texts {
            for b in texts {
                let (a, b) = (serde_json::to_string(a).unwrap(), serde_json::to_string(b).unwrap());
                for line in [
                    format!(r#"{{"run_id_ts":{a},"run_id":{b},"ts":-5,"source_file":{a},"text":{b}}}"#),
                    format!(
                        r#"{{"run_id_ts":"r","blake3":{a},"provider":{b},"model":{a},"complete":false,{a}:{b}}}"#
                    ),
                    format!(
                        r#"{{"v":2,"run_id_ts":"r","start":0,"end":9,"user_messages":[{{"role":{a},"content":{b}}}],"thinking":{a},"tool_results":[{{"content":{b}}}],"tool_calls":[{{"name":{a},"arguments":{{{b}: 1 }}}}],"text":{b}, "more":[ 1 ]}}"#
                    ),
                ] {
                    let mut turn = Turn::from_json(line.as_bytes()).unwrap_or_default();
                    for came_as_json in [false, true] {
                        if came_as_json {
                            turn.text = Text::read(&a).unwrap().0;
                            turn.thinking = Text::read(&b).unwrap().0;
                        }
                        let mut out = b"before".to_vec();
                        turn.write_json(&mut out).unwrap();
                        let written = String::from_utf8(out).unwrap();
                        assert_eq!(written, format!("before{}", serde_json::to_string(&turn).unwrap()));
                    }
                }
            }
        }
    }
}

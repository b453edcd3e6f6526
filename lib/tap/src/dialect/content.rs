//! Content that is a string or a list of blocks.

use sentrix_record::{Arguments, ToolCall};
use serde_json::Value;

/// The text of content: a string, or the text of its blocks, one a line. A block that is no text stands there as JSON, but for the bytes of
/// pictures and documents.
pub(crate) fn text(content: &Value) -> String {
    match content {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        Value::Array(blocks) => {
            blocks.iter().map(block).filter(|text| !text.is_empty()).collect::<Vec<_>>().join("\n")
        }
        other => block(other),
    }
}

fn block(block: &Value) -> String {
    if let Some(text) = block.as_str() {
        return text.to_owned();
    }
    match block["text"].as_str() {
        Some(text) => text.to_owned(),
        None => shortened(block).to_string(),
    }
}

/// The block without long strings of data: a digest and a length stand for them.
fn shortened(value: &Value) -> Value {
    match value {
        Value::String(text) if text.len() > 4096 && !text.contains(' ') => Value::String(format!(
            "({} bytes, blake3 {})",
            text.len(),
            blake3::hash(text.as_bytes()).to_hex()
        )),
        Value::Array(items) => Value::Array(items.iter().map(shortened).collect()),
        Value::Object(fields) => {
            Value::Object(fields.iter().map(|(key, value)| (key.clone(), shortened(value))).collect())
        }
        other => other.clone(),
    }
}

/// A call whose arguments are JSON.
pub(crate) fn call(id: &Value, name: &Value, arguments: &Value) -> ToolCall {
    let arguments = match arguments {
        Value::String(text) => Arguments::from_model(text),
        Value::Null => Arguments::from_model("{}"),
        json => {
            serde_json::value::to_raw_value(json).map_or_else(|_| Arguments::default(), Arguments::from_json)
        }
    };
    ToolCall { id: string(id), name: string(name), arguments }
}

/// A string, or nothing.
pub(crate) fn string(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// The items of a list; none of anything else.
pub(crate) fn items(value: &Value) -> &[Value] {
    value.as_array().map(Vec::as_slice).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn content_is_text_whatever_its_form() {
        assert_eq!(text(&json!("a")), "a");
        assert_eq!(
            text(&json!([{"type": "text", "text": "a"}, {"type": "image", "source": {"data": "xy"}}])),
            "a\n{\"source\":{\"data\":\"xy\"},\"type\":\"image\"}"
        );
        assert_eq!(text(&json!(null)), "");
        assert!(text(&json!([{"data": "x".repeat(9999)}])).len() < 200);
    }
}

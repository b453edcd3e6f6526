//! Text of the record in a SARIF log: as a message, and as the address of a file.

/// A message's text. Braces are doubled, as section 3.11.5 asks: a single one begins a placeholder. What an agent wrote makes no link
/// (section 3.11.6) in the page of a code host.
pub fn message(text: &str) -> String {
    text.replace('{', "{{").replace('}', "}}").replace("](", "] (")
}

/// A file's name as a relative URI. A colon in its first part would make a scheme of what stands before it.
pub fn uri(name: &str) -> String {
    let mut uri = String::with_capacity(name.len());
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            uri.push(char::from(byte));
        } else {
            uri.push_str(&format!("%{byte:02X}"));
        }
    }
    uri
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_an_address() {
        for (name, address) in [
            ("20260310T014033.json", "20260310T014033.json"),
            ("old/20260310T014033-01.json.gz", "old/20260310T014033-01.json.gz"),
            ("a b:ü%?#.json", "a%20b%3A%C3%BC%25%3F%23.json"),
            ("-", "-"),
        ] {
            assert_eq!(uri(name), address);
        }
    }

    #[test]
    fn braces_and_links_are_text() {
        assert_eq!(message("{0} [a](1) [b] c"), "{{0}} [a] (1) [b] c");
    }
}

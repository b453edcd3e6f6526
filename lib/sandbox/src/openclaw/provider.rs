//! Model providers that OpenClaw does not know by itself: it has to be told where they are and what their models are called.

use serde_json::{Value, json};

/// Those that it knows; the template has their addresses.
const KNOWN: [&str; 6] = ["anthropic", "openai", "google", "openrouter", "xai", "together"];

/// Whether the model's provider has to be added.
pub fn is_foreign(model: &str) -> bool {
    split(model).is_some_and(|(provider, _)| !KNOWN.contains(&provider))
}

/// The script in the tap that plays a model; it speaks as Anthropic does.
const DEMO: &str = "demo";

/// Adds it, behind the tap like the others, as a server that speaks chat completions.
pub fn add(settings: &mut Value, model: &str) {
    let Some((provider, name)) = split(model).filter(|(provider, _)| !KNOWN.contains(provider)) else {
        return;
    };
    let (path, dialect) = match provider {
        DEMO => ("", "anthropic-messages"),
        "groq" => ("/openai/v1", "openai-completions"),
        _ => ("/v1", "openai-completions"),
    };
    settings["models"]["providers"][provider] = json!({
        "baseUrl": format!("http://127.0.0.1:8080/{provider}{path}"),
        "api": dialect,
        "apiKey": "sentrix",
        "models": [{
            "id": name,
            "name": name,
            "reasoning": true,
            "input": ["text"],
            "cost": {"input": 0, "output": 0, "cacheRead": 0, "cacheWrite": 0},
            "contextWindow": 128_000,
            "maxTokens": 8192,
        }],
    });
}

fn split(model: &str) -> Option<(&str, &str)> {
    model.split_once('/').filter(|(provider, name)| !provider.is_empty() && !name.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_strangers_are_added() {
        let mut settings = json!({"models": {"providers": {}}});
        add(&mut settings, "anthropic/claude-sonnet-5");
        assert_eq!(settings["models"]["providers"], json!({}));
        add(&mut settings, "groq/openai/gpt-oss-120b");
        let groq = &settings["models"]["providers"]["groq"];
        assert_eq!(groq["baseUrl"], "http://127.0.0.1:8080/groq/openai/v1");
        assert_eq!(groq["models"][0]["id"], "openai/gpt-oss-120b");
        add(&mut settings, "demo/demo-1");
        assert_eq!(settings["models"]["providers"]["demo"]["baseUrl"], "http://127.0.0.1:8080/demo");
        assert!(is_foreign("demo/demo-1") && !is_foreign("openai/gpt-5.4") && !is_foreign("nothing"));
    }
}

//! What was answered and what it means, in a few lines. No secret is in them.

use crate::Answers;

/// All answers at a glance.
pub fn review(answers: &Answers) -> String {
    let key = answers.key().map_or_else(|| "none".to_owned(), crate::Secret::hint);
    let on = |on: bool| if on { "on" } else { "off" };
    let channels: Vec<&str> = answers.channels.iter().map(|channel| channel.title()).collect();
    let channels = if channels.is_empty() { "none".to_owned() } else { channels.join(", ") };
    let mut lines =
        vec![format!("model       {}", answers.model().unwrap_or_default()), format!("key         {key}")];
    if answers.provider == Some(crate::Provider::Custom) {
        lines.push(format!("server      {}", answers.base_url.as_deref().unwrap_or_default()));
    }
    let thinking =
        format!("{}, {}", answers.thinking.id(), if answers.reasoning { "recorded" } else { "not recorded" });
    let patrol =
        if answers.patrol { format!("on, cases {}", answers.escalation.id()) } else { "off".to_owned() };
    lines.extend([
        format!("thinking    {thinking}"),
        format!("channels    {channels}"),
        format!("web search  {}", on(answers.web_search)),
        format!("patrol      {patrol}"),
    ]);
    lines.join("\n")
}

/// What protects, and what was relaxed.
pub fn security(answers: &Answers) -> String {
    let mut lines = vec![
        "The container has no network, no capabilities, a read-only root; the agent's user cannot touch the record.",
        "The agent may read and write in its workspace. It may not run commands, leave the workspace or start other agents.",
        "Your key stays outside. All that the model is told and says is recorded, secrets among it: the log directory is yours alone.",
    ];
    if answers.web_search {
        lines.push(
            "Web search is on: pages that it finds can try to instruct the agent. The patrol looks for that.",
        );
    }
    if !answers.channels.is_empty() {
        lines.push("Channels are on: their servers can be reached, nothing else. `sentrix pair` approves who may talk; the first one is yours.");
    }
    if !answers.patrol {
        lines.push("The patrol is off: nobody reads the record until you run `sentrix patrol`.");
    }
    lines.join("\n")
}

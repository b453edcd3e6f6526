use crate::check::{Network, Verdict, check};
use crate::outcome::{command, env_file, merged, variables};
use crate::*;
use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::TcpListener;
use std::thread;

fn wizard(environment: &[(&str, &str)]) -> Wizard {
    let environment = environment.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    Wizard::new(Answers::default(), &environment.collect())
}

fn choose(wizard: &mut Wizard, label: &str) -> Moved {
    let choices = match wizard.question() {
        Question::One { choices, .. } => choices,
        other => panic!("{label}: {other:?}"),
    };
    let number = choices.iter().position(|choice| choice.label == label);
    wizard.reply(Reply::One(number.unwrap_or_else(|| panic!("{label} is not in {choices:?}")))).unwrap()
}

fn text(wizard: &mut Wizard, text: &str) {
    assert_eq!(wizard.reply(Reply::Text(text.to_owned())), Ok(Moved::On), "{:?}", wizard.step());
}

/// From the model on: everything as it is offered.
fn to_review(wizard: &mut Wizard) {
    while wizard.step() != Step::Review {
        match wizard.question() {
            Question::One { at, .. } => drop(wizard.reply(Reply::One(at)).unwrap()),
            Question::Any { ticked, .. } => drop(wizard.reply(Reply::Any(ticked)).unwrap()),
            other => panic!("{other:?}"),
        }
    }
}

fn lines(wizard: &Wizard) -> Vec<String> {
    env_file(wizard.answers()).lines().map(str::to_owned).collect()
}

#[test]
fn every_provider_ends_in_its_own_variables() {
    for provider in Provider::ALL {
        let mut wizard = wizard(&[]);
        choose(&mut wizard, provider.title());
        if provider == Provider::Custom {
            text(&mut wizard, "http://localhost:1234/v1/");
        }
        choose(&mut wizard, "Type or paste one");
        text(&mut wizard, "key-of-mine-0123456789\r\n");
        assert_eq!(wizard.question(), Question::Check);
        wizard.checked(Verdict::Taken);
        let model = provider.models().first().copied();
        match model {
            Some(model) => drop(choose(&mut wizard, model)),
            None => {
                choose(&mut wizard, "Another");
                text(&mut wizard, "custom/qwen3:8b");
            }
        }
        to_review(&mut wizard);
        assert_eq!(choose(&mut wizard, "Start"), Moved::Start);
        let lines = lines(&wizard);
        assert_eq!(lines[0], format!("SENTRIX_PROVIDER={}", provider.id()));
        assert!(lines.contains(&format!("{}=key-of-mine-0123456789", provider.variables()[0])));
        assert!(lines.contains(&format!("SENTRIX_MODEL={}/{}", provider.id(), model.unwrap_or("qwen3:8b"))));
        let custom = lines.contains(&"CUSTOM_BASE_URL=http://localhost:1234/v1".to_owned());
        assert_eq!(custom, provider == Provider::Custom);
        assert!(lines.ends_with(&["SENTRIX_PATROL=1".into(), "SENTRIX_ESCALATION=medium_above".into()]));
    }
}

#[test]
fn keys_of_the_environment_come_first() {
    let mut wizard =
        wizard(&[("GOOGLE_API_KEY", " AIza-0123456789abcdef\r\n"), ("XAI_API_KEY", ""), ("PATH", "/bin")]);
    let Question::One { choices, .. } = wizard.question() else { panic!() };
    assert_eq!((choices[0].label.as_str(), choices[0].hint.as_str()), ("Google", "GOOGLE_API_KEY is set"));
    assert_eq!(choices[1].label, "Anthropic");
    choose(&mut wizard, "Google");
    let Question::One { choices, .. } = wizard.question() else { panic!() };
    assert_eq!(
        (choices[0].label.as_str(), choices[0].hint.as_str()),
        ("The one in GOOGLE_API_KEY", "AIza…cdef")
    );
    choose(&mut wizard, "The one in GOOGLE_API_KEY");
    wizard.checked(Verdict::Taken);
    assert!(lines(&wizard).contains(&"GEMINI_API_KEY=AIza-0123456789abcdef".to_owned()));
}

#[test]
fn every_channel_asks_for_what_it_needs_one_after_another() {
    let mut wizard = wizard(&[("ANTHROPIC_API_KEY", "sk-ant-0123456789ab")]);
    choose(&mut wizard, "Anthropic");
    choose(&mut wizard, "The one in ANTHROPIC_API_KEY");
    wizard.checked(Verdict::Taken);
    choose(&mut wizard, "claude-haiku-4-5");
    choose(&mut wizard, "Off");
    choose(&mut wizard, "No");
    wizard.reply(Reply::Any(vec![4, 0, 1, 2, 3])).unwrap();
    let typed = |wizard: &mut Wizard, title: &str, reply: &str| {
        let asked = match wizard.question() {
            Question::Hidden { title, .. } | Question::Text { title, .. } => title,
            other => panic!("{other:?}"),
        };
        assert_eq!(asked, title);
        text(wizard, reply);
    };
    typed(&mut wizard, "Telegram bot token", "123:abc\r\n");
    typed(&mut wizard, "Discord bot token", "discord.token");
    assert_eq!(wizard.reply(Reply::Text("xapp-wrong".into())), Err(Complaint::Prefix("xoxb-")));
    typed(&mut wizard, "Slack bot token", "xoxb-1");
    typed(&mut wizard, "Slack app token", "xapp-1");
    typed(&mut wizard, "Signal number", "+1 555 123 4567");
    choose(&mut wizard, "Yes");
    typed(&mut wizard, "Brave Search key", "BSA-1");
    choose(&mut wizard, "Yes");
    choose(&mut wizard, "High only");
    let Question::One { help, .. } = wizard.question() else { panic!() };
    assert!(help.contains("Web search is on") && help.contains("Channels are on"), "{help}");
    choose(&mut wizard, "Go on");
    let Question::One { help, .. } = wizard.question() else { panic!() };
    assert!(help.contains("Telegram, Discord, Slack, WhatsApp, Signal") && !help.contains("xoxb"), "{help}");
    let want = "SENTRIX_PROVIDER=anthropic|ANTHROPIC_API_KEY=sk-ant-0123456789ab|SENTRIX_MODEL=anthropic/claude-haiku-4-5|\
        OPENCLAW_THINK=off|SENTRIX_REASONING=0|SENTRIX_CHANNELS=telegram,discord,slack,whatsapp,signal|TELEGRAM_BOT_TOKEN=123:abc|\
        DISCORD_BOT_TOKEN=discord.token|SLACK_BOT_TOKEN=xoxb-1|SLACK_APP_TOKEN=xapp-1|SIGNAL_ACCOUNT=+15551234567|\
        SENTRIX_RELAX=web|BRAVE_API_KEY=BSA-1|SENTRIX_PATROL=1|SENTRIX_ESCALATION=high_only";
    assert_eq!(lines(&wizard).join("|"), want);
    let shown = command(wizard.answers());
    for variable in variables(wizard.answers()).iter().filter(|variable| variable.secret) {
        assert!(
            !shown.contains(&variable.value) && shown.contains(&format!("-e {}", variable.name)),
            "{shown}"
        );
    }
}

#[test]
fn back_leads_to_every_question_before_and_keeps_the_answers() {
    let mut wizard = wizard(&[]);
    assert!(!wizard.back(), "there is nothing before the first");
    choose(&mut wizard, "OpenAI");
    choose(&mut wizard, "Type or paste one");
    text(&mut wizard, "sk-1");
    wizard.checked(Verdict::Refused { host: "api.openai.com".into(), status: 401 });
    let Question::One { help, .. } = wizard.question() else { panic!() };
    assert_eq!(help, "api.openai.com refuses the key (401)");
    choose(&mut wizard, "Another key");
    text(&mut wizard, "sk-2");
    wizard.checked(Verdict::Taken);
    choose(&mut wizard, "gpt-5.4");
    let mut steps = vec![wizard.step()];
    while wizard.back() {
        steps.push(wizard.step());
    }
    assert_eq!(
        steps,
        [Step::Thinking, Step::Model, Step::TypeKey, Step::TypeKey, Step::Key, Step::Provider],
        "a check is no question"
    );
    choose(&mut wizard, "OpenAI");
    assert_eq!(choose(&mut wizard, "The one from last time"), Moved::On);
    wizard.checked(Verdict::Taken);
    let Question::One { at, choices, .. } = wizard.question() else { panic!() };
    assert_eq!(choices[at].label, "gpt-5.4");
    assert!(lines(&wizard).contains(&"OPENAI_API_KEY=sk-2".to_owned()));
}

#[test]
fn one_thing_is_changed_and_the_review_comes_again() {
    let mut wizard = wizard(&[]);
    choose(&mut wizard, "Groq");
    choose(&mut wizard, "Type or paste one");
    text(&mut wizard, "gsk-1");
    wizard.checked(Verdict::Odd { host: "api.groq.com".into(), status: 500 });
    choose(&mut wizard, "Check again");
    wizard.checked(Verdict::Unreachable { host: "api.groq.com".into(), why: "no connection".into() });
    choose(&mut wizard, "Use it all the same");
    to_review(&mut wizard);
    for (group, answers) in [("Thinking", &["Low", "Yes"][..]), ("Patrol", &["No"]), ("Web search", &["No"])]
    {
        choose(&mut wizard, "Change something");
        choose(&mut wizard, group);
        for answer in answers {
            choose(&mut wizard, answer);
        }
        assert_eq!(wizard.step(), Step::Review, "{group}");
    }
    choose(&mut wizard, "Change something");
    choose(&mut wizard, "Channels");
    wizard.reply(Reply::Any(vec![0])).unwrap();
    text(&mut wizard, "123:abc");
    assert_eq!(wizard.step(), Step::Review);
    assert_eq!(choose(&mut wizard, "Keep, do not start"), Moved::Keep);
    let lines = lines(&wizard);
    assert!(
        lines.contains(&"OPENCLAW_THINK=low".to_owned()) && !lines.iter().any(|line| line.contains("PATROL"))
    );
    assert_eq!(wizard.reply(Reply::One(0)), Err(Complaint::Misfit), "after the end nothing is taken");
}

#[test]
fn answers_survive_their_file_and_nothing_secret_is_shown() {
    let mut wizard = wizard(&[]);
    choose(&mut wizard, "Anthropic");
    choose(&mut wizard, "Type or paste one");
    text(&mut wizard, "sk-ant-api03-verysecret");
    wizard.checked(Verdict::Taken);
    choose(&mut wizard, "claude-sonnet-5");
    let kept = wizard.answers().clone();
    assert_eq!(Answers::parse(&kept.to_bytes()).unwrap(), kept);
    assert!(!format!("{wizard:?}").contains("verysecret"));
    assert_eq!(Answers::parse(b"{}").unwrap(), Answers::default(), "what is missing is as it is offered");
    assert!(
        Answers::parse(b"{\"keys\":{\"anthropic\":\"verysecret\"},")
            .unwrap_err()
            .to_string()
            .contains("line 1")
    );
    assert!(Answers::parse(b"{\"version\":9}").is_err());
    let mut next = Wizard::new(kept, &BTreeMap::new());
    let Question::One { at, choices, .. } = next.question() else { panic!() };
    assert_eq!((choices[at].label.as_str(), choices[at].hint.as_str()), ("Anthropic", "a key is kept"));
    choose(&mut next, "Anthropic");
    choose(&mut next, "Type or paste one");
    text(&mut next, "\r\n");
    assert_eq!(
        next.answers().key().unwrap().reveal(),
        "sk-ant-api03-verysecret",
        "nothing typed: the one that is kept"
    );
}

#[test]
fn addresses_and_models_are_looked_at() {
    let mut wizard = wizard(&[]);
    choose(&mut wizard, "Another server");
    for bad in [
        "",
        "localhost:11434",
        "ftp://x",
        "http://",
        "http://u:p@host/v1",
        "http://host/v1?key=1",
        "http://a b",
        "http://ahttp://b",
    ] {
        assert_eq!(wizard.reply(Reply::Text(bad.into())), Err(Complaint::Address), "{bad}");
    }
    text(&mut wizard, "http://localhost:11434/v1");
    choose(&mut wizard, "None");
    wizard.checked(Verdict::Taken);
    choose(&mut wizard, "Another");
    assert_eq!(wizard.reply(Reply::Text("a b".into())), Err(Complaint::Model));
    assert_eq!(wizard.reply(Reply::Text(" ".into())), Err(Complaint::Unclean(Unclean::Empty)));
    text(&mut wizard, "llama3");
    assert!(!env_file(wizard.answers()).contains("API_KEY"));
}

/// Answers one request with a status; gives what was asked.
fn server(status: &'static str, body: &'static str) -> (String, thread::JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let base = format!("http://{}", listener.local_addr().unwrap());
    let served = thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut asked = Vec::new();
        let mut byte = [0];
        while !asked.ends_with(b"\r\n\r\n") && stream.read(&mut byte).unwrap() > 0 {
            asked.push(byte[0]);
        }
        write!(
            stream,
            "HTTP/1.1 {status}\r\ncontent-length: {}\r\nlocation: http://elsewhere/\r\n\r\n{body}",
            body.len()
        )
        .unwrap();
        String::from_utf8(asked).unwrap().to_ascii_lowercase()
    });
    (base, served)
}

#[test]
fn each_provider_is_asked_in_its_own_way() {
    for provider in Provider::ALL {
        let (base, served) = server("200 OK", "{}");
        let mut answers =
            Answers { provider: Some(provider), base_url: Some(base.clone()), ..Answers::default() };
        answers.keys.insert(provider, Secret::new("the-key"));
        let addresses = BTreeMap::from([(provider.base_variable().to_owned(), base)]);
        assert_eq!(check(&answers, &Network { proxy: None, addresses }), Verdict::Taken);
        let asked = served.join().unwrap();
        let (line, header) = match provider {
            Provider::Anthropic => ("get /v1/models?limit=1 ", "x-api-key: the-key"),
            Provider::Google => ("get /models ", "x-goog-api-key: the-key"),
            Provider::OpenRouter => ("get /key ", "authorization: bearer the-key"),
            _ => ("get /models ", "authorization: bearer the-key"),
        };
        assert!(asked.starts_with(line) && asked.contains(header), "{asked}");
        assert!(!line.contains("the-key"), "no key in an address");
    }
}

#[test]
fn what_the_provider_says_is_told_apart() {
    let ask = |base: &str| {
        let mut answers =
            Answers { provider: Some(Provider::Custom), base_url: Some(base.into()), ..Answers::default() };
        answers.keys.insert(Provider::Custom, Secret::new("the-key"));
        check(&answers, &Network::default()).to_string()
    };
    for (status, body, says) in [
        ("401 Unauthorized", "{}", "refuses the key (401)"),
        ("403 Forbidden", "{}", "refuses the key (403)"),
        ("400 Bad Request", "{\"error\":\"Incorrect API key provided\"}", "refuses the key (400)"),
        ("400 Bad Request", "{}", "answers 400"),
        ("302 Found", "", "answers 302"),
        ("500 Oops", "", "answers 500"),
        ("429 Slow down", "", "takes the key"),
    ] {
        let (base, served) = server(status, body);
        let said = ask(&base);
        assert!(said.contains(says) && !said.contains("the-key"), "{status}: {said}");
        served.join().unwrap();
    }
    assert!(ask("http://127.0.0.1:1").contains("127.0.0.1:1 cannot be reached"));
    assert!(ask("http://host.invalid").contains("cannot be reached"));
}

#[test]
fn a_file_that_is_there_keeps_what_the_questions_are_not_about() {
    let mut answers = Answers { provider: Some(Provider::Groq), patrol: false, ..Answers::default() };
    answers.keys.insert(Provider::Groq, Secret::new("gsk-2"));
    answers.models.insert(Provider::Groq, "m".into());
    let old = "# mine\nTZ=UTC\nexport GROQ_API_KEY=gsk-1\nOPENAI_API_KEY=sk\nSENTRIX_PATROL=1\nTELEGRAM_BOT_TOKEN=1:x\n";
    let want = "# mine\nTZ=UTC\nOPENAI_API_KEY=sk\nSENTRIX_PROVIDER=groq\nGROQ_API_KEY=gsk-2\nSENTRIX_MODEL=groq/m\n\
        OPENCLAW_THINK=adaptive\nSENTRIX_REASONING=1\n";
    assert_eq!(merged(old, &answers), want);
    assert_eq!(merged(want, &answers), want, "again is the same");
}

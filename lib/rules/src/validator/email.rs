//! Addresses that belong to a person.

use crate::names::Names;
use std::sync::LazyLock;

/// Local parts that are a role, a program or an example.
const ROLES: &[&str] = &[
    "noreply",
    "no-reply",
    "donotreply",
    "git",
    "user",
    "username",
    "test",
    "example",
    "me",
    "you",
    "someone",
    "name",
    "foo",
    "bar",
    "dev",
    "support",
    "security",
    "info",
    "admin",
    "contact",
    "help",
    "hello",
    "sales",
    "team",
    "press",
    "legal",
    "privacy",
    "abuse",
    "postmaster",
    "webmaster",
    "root",
    "mailer-daemon",
    "notifications",
    "bot",
    "ci",
    "build",
    "email",
    "alice",
    "bob",
    "john.doe",
    "jane.doe",
    "johndoe",
    "janedoe",
    "your.email",
    "youremail",
    "your-email",
    "opensource",
    "oss",
    "maintainers",
    "conduct",
    "hr",
    "billing",
    "service",
    "news",
    "newsletter",
    "feedback",
    "license",
    "licensing",
    "users",
    "users.noreply",
    "actions",
    "github-actions",
    "dependabot",
    "renovate",
    "root",
    "nobody",
    "ubuntu",
    "ec2-user",
];

/// Last labels of names that are kept for examples and tests, or are no top level at all.
const NO_DOMAINS: &[&str] = &[
    "example",
    "test",
    "invalid",
    "localhost",
    "local",
    "internal",
    "lan",
    "png",
    "jpg",
    "jpeg",
    "gif",
    "svg",
    "webp",
    "py",
    "rs",
    "js",
    "ts",
    "go",
    "md",
    "json",
    "css",
    "html",
    "so",
    "service",
    "target",
    "timer",
    "socket",
    "iam",
];

/// Domains of examples.
const EXAMPLES: &[&str] = &[
    "example.com",
    "example.org",
    "example.net",
    "test.com",
    "domain.com",
    "email.com",
    "mail.com",
    "company.com",
    "foo.com",
    "bar.com",
    "acme.com",
    "xxxx.net",
    "xxx.com",
    "yourdomain.com",
    "mydomain.com",
    "contoso.com",
    "localhost.com",
    "users.noreply.github.com",
    "github.com",
    "gitlab.com",
    "bitbucket.org",
    "sentry.io",
    "ingest.sentry.io",
    "abc.com",
];

/// Whether an address can belong to a person.
pub(super) fn personal(text: &str) -> bool {
    static ROLE_NAMES: LazyLock<Names> = LazyLock::new(|| Names::of(ROLES));
    let lower = text.to_ascii_lowercase();
    let Some((local, domain)) = lower.rsplit_once('@') else { return false };
    let last = domain.rsplit('.').next().unwrap_or_default();
    let example = EXAMPLES
        .iter()
        .filter_map(|known| domain.strip_suffix(known))
        .any(|before| before.is_empty() || before.ends_with('.'));
    let service = domain.ends_with(".gserviceaccount.com") || domain.contains("noreply");
    let labels_ok =
        domain.split('.').all(|label| !label.is_empty() && !label.starts_with('-') && label.len() <= 63);
    let hex = local.len() >= 16 && local.bytes().all(|byte| byte.is_ascii_hexdigit());
    let plain = local.split('+').next().unwrap_or_default();
    last.len() >= 2
        && last.bytes().any(|byte| byte.is_ascii_alphabetic())
        && labels_ok
        && !NO_DOMAINS.contains(&last)
        && !example
        && !service
        && !hex
        && !domain.contains("example")
        && !ROLE_NAMES.has(plain)
        && !plain.contains("noreply")
}

#[cfg(test)]
mod tests {
    use super::personal;

    #[test]
    fn persons_are_told_from_roles_and_examples() {
        for person in ["omar.meyer82@acme-corp.com", "maria.haddad62@proton.me", "a@xn--d1acufc.xn--p1ai"] {
            assert!(personal(person), "{person}");
        }
        for other in [
            "user@example.com",
            "test@test.com",
            "git@github.com",
            "noreply@corp.io",
            "logo@2x.png",
            "x@svc.internal",
        ] {
            assert!(!personal(other), "{other}");
        }
    }
}

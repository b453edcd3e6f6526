use super::*;
use std::fs::{Permissions, set_permissions};
use x509_parser::extensions::GeneralName;

const NOW: i64 = 1_795_400_000;

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn ours_is_made_once_for_365_days_with_all_its_names() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("bridge.pem");
    let (made, why) = Certificate::own(&path, NOW).unwrap();
    assert_eq!((mode(&path), why), (0o600, None));
    let (again, _) = Certificate::own(&path, NOW + 300 * DAY).unwrap();
    assert_eq!((&again.key, &again.chain), (&made.key, &made.chain));
    let pem = Pem::iter_from_buffer(made.chain.as_bytes()).next().unwrap().unwrap();
    let parsed = pem.parse_x509().unwrap();
    let validity = parsed.validity();
    assert_eq!(validity.not_after.timestamp() - validity.not_before.timestamp(), 365 * DAY);
    let names = &parsed.subject_alternative_name().unwrap().unwrap().value.general_names;
    assert!(names.contains(&GeneralName::DNSName("localhost")));
    assert!(names.contains(&GeneralName::IPAddress(&[127, 0, 0, 1])));
    assert!(names.contains(&GeneralName::IPAddress(&std::net::Ipv6Addr::LOCALHOST.octets())));
}

#[test]
fn ours_is_made_anew_when_it_ends_when_others_could_read_it_and_when_it_is_damaged() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("bridge.pem");
    let (first, _) = Certificate::own(&path, NOW).unwrap();
    let (second, why) = Certificate::own(&path, NOW + 340 * DAY).unwrap();
    assert!(second.key != first.key && why.unwrap().contains("ended"));
    // The clock went back by years: it has not begun.
    let (third, why) = Certificate::own(&path, NOW - 900 * DAY).unwrap();
    assert!(third.key != second.key && why.unwrap().contains("not valid now"));
    set_permissions(&path, Permissions::from_mode(0o644)).unwrap();
    let (fourth, why) = Certificate::own(&path, NOW - 900 * DAY).unwrap();
    assert!(fourth.key != third.key && why.unwrap().contains("read by others") && mode(&path) == 0o600);
    // Half of it.
    fs::write(&path, &fourth.chain).unwrap();
    let (fifth, why) = Certificate::own(&path, NOW).unwrap();
    assert!(fifth.key != fourth.key && why.is_some());
}

#[test]
fn a_given_one_is_never_replaced_but_refused() {
    let dir = tempfile::tempdir().unwrap();
    let (chain, key) = (dir.path().join("cert.pem"), dir.path().join("key.pem"));
    let made = Certificate::make(NOW).unwrap();
    let write = |path: &Path, text: &str, mode| {
        fs::write(path, text).unwrap();
        set_permissions(path, Permissions::from_mode(mode)).unwrap();
    };
    write(&chain, &made.chain, 0o644);
    write(&key, &made.key, 0o600);
    assert!(Certificate::given(&chain, &key, NOW).is_ok());
    assert!(matches!(
        Certificate::given(&chain, &key, NOW + 400 * DAY),
        Err(CertificateError::NotNow { .. })
    ));
    write(&key, &made.key, 0o640);
    assert!(matches!(
        Certificate::given(&chain, &key, NOW),
        Err(CertificateError::Loose { mode: 0o640, .. })
    ));
    write(&key, "-----BEGIN EC PRIVATE KEY-----\nAA==\n-----END EC PRIVATE KEY-----\n", 0o600);
    assert!(matches!(Certificate::given(&chain, &key, NOW), Err(CertificateError::Missing { .. })));
    write(&chain, "nothing", 0o600);
    assert!(matches!(Certificate::given(&chain, &key, NOW), Err(CertificateError::Missing { .. })));
}

//! The bridge's certificate: made here, kept in one file with its key, renewed before it ends.

use jiff::Timestamp;
use rcgen::{
    CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, KeyPair, KeyUsagePurpose,
};
use sentrix_record::atomic;
use sentrix_record::fs::StdFs;
use std::fs;
use std::io::{self, ErrorKind};
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use x509_parser::pem::Pem;

const DAY: i64 = 86_400;
const DAYS: i64 = 365;
/// It is made anew when it has less than this left: a bridge that runs for weeks still has a good one.
const RENEW: i64 = 30 * DAY;
/// The clocks of two machines may differ.
const SKEW: i64 = DAY;
const NAMES: [&str; 3] = ["localhost", "127.0.0.1", "::1"];

/// A certificate and its key, as PEM.
#[derive(Clone)]
pub struct Certificate {
    /// The certificate, and those that lead to its root.
    pub chain: String,
    /// Its key.
    pub key: String,
    /// When it ends, in seconds since 1970.
    pub ends: i64,
}

/// Why there is no certificate to serve.
#[derive(Debug, thiserror::Error)]
pub enum CertificateError {
    /// A file could not be read or written.
    #[error("{path}: {error}")]
    Io {
        /// Which.
        path: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// Others may read the key.
    #[error("{path} can be read by others (mode {mode:o})")]
    Loose {
        /// Which.
        path: PathBuf,
        /// Its mode.
        mode: u32,
    },
    /// It holds no certificate, or no key in PKCS#8.
    #[error("{path} holds no {what}")]
    Missing {
        /// Which.
        path: PathBuf,
        /// What it should hold.
        what: &'static str,
    },
    /// It has ended, or has not begun.
    #[error("the certificate in {path} is not valid now (from {begins} to {ends})")]
    NotNow {
        /// Which.
        path: PathBuf,
        /// When it begins.
        begins: Timestamp,
        /// When it ends.
        ends: Timestamp,
    },
    /// None could be made.
    #[error("cannot make a certificate: {0}")]
    Make(#[from] rcgen::Error),
}

impl Certificate {
    /// The user's own.
    ///
    /// # Errors
    /// When it is not sound, or others may read its key.
    pub fn given(chain: &Path, key: &Path, now: i64) -> Result<Self, CertificateError> {
        tight(key)?;
        Self::read(chain, &text(chain)?, key, &text(key)?, now)
    }

    /// Our own, from this file; made, and made anew, where it is needed. The reason, when it was made anew.
    ///
    /// # Errors
    /// When none can be made or kept.
    pub fn own(path: &Path, now: i64) -> Result<(Self, Option<String>), CertificateError> {
        let kept =
            tight(path).and_then(|()| text(path)).and_then(|pem| Self::read(path, &pem, path, &pem, now));
        let why = match kept {
            Ok(kept) if kept.ends - now > RENEW => return Ok((kept, None)),
            Ok(_) => Some("it would soon have ended".to_owned()),
            Err(CertificateError::Io { error, .. }) if error.kind() == ErrorKind::NotFound => None,
            // Whoever could read the key may have it: a new one, not a new mode.
            Err(error) => Some(error.to_string()),
        };
        let made = Self::make(now)?;
        let pem = format!("{}{}", made.key, made.chain);
        atomic::replace(&StdFs, path, pem.as_bytes(), 0o600).map_err(|error| CertificateError::Io {
            path: path.to_owned(),
            error: io::Error::other(error),
        })?;
        Ok((made, why))
    }

    /// Whether it should be made anew.
    pub fn is_due(&self, now: i64) -> bool {
        self.ends - now <= RENEW
    }

    fn make(now: i64) -> Result<Self, CertificateError> {
        let mut params = CertificateParams::new(NAMES.map(str::to_owned))?;
        let mut name = DistinguishedName::new();
        name.push(DnType::CommonName, "Sentrix Bridge");
        params.distinguished_name = name;
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        // 365 days in all: some browsers refuse what is valid much longer.
        let (begins, ends) = (now - SKEW, now - SKEW + DAYS * DAY);
        (params.not_before, params.not_after) = (date(begins), date(ends));
        let key = KeyPair::generate()?;
        let made = params.self_signed(&key)?;
        Ok(Self { chain: made.pem(), key: key.serialize_pem(), ends })
    }

    fn read(at: &Path, chain: &str, key_at: &Path, key: &str, now: i64) -> Result<Self, CertificateError> {
        let missing = |path: &Path, what| CertificateError::Missing { path: path.to_owned(), what };
        let blocks = |pem: &str| Pem::iter_from_buffer(pem.as_bytes()).flatten().collect::<Vec<_>>();
        let first = blocks(chain).into_iter().find(|block| block.label == "CERTIFICATE");
        let first = first.ok_or_else(|| missing(at, "certificate"))?;
        let parsed = first.parse_x509().map_err(|_| missing(at, "certificate"))?;
        let validity = parsed.validity();
        let (begins, ends) = (validity.not_before.timestamp(), validity.not_after.timestamp());
        if now < begins || now >= ends {
            let moment = |at| Timestamp::from_second(at).unwrap_or_default();
            return Err(CertificateError::NotNow {
                path: at.to_owned(),
                begins: moment(begins),
                ends: moment(ends),
            });
        }
        let only = |pem: &str, label: &str| {
            let (open, close) = (format!("-----BEGIN {label}-----"), format!("-----END {label}-----"));
            let mut found = String::new();
            let mut rest = pem;
            while let Some((_, from)) = rest.split_once(&open) {
                let (body, after) = from.split_once(&close)?;
                found.push_str(&format!("{open}{body}{close}\n"));
                rest = after;
            }
            (!found.is_empty()).then_some(found)
        };
        let chain = only(chain, "CERTIFICATE").ok_or_else(|| missing(at, "certificate"))?;
        let key = only(key, "PRIVATE KEY").ok_or_else(|| missing(key_at, "key in PKCS#8 (PRIVATE KEY)"))?;
        Ok(Self { chain, key, ends })
    }
}

fn date(at: i64) -> time::OffsetDateTime {
    time::OffsetDateTime::from_unix_timestamp(at).unwrap_or(time::OffsetDateTime::UNIX_EPOCH)
}

fn text(path: &Path) -> Result<String, CertificateError> {
    fs::read_to_string(path).map_err(|error| CertificateError::Io { path: path.to_owned(), error })
}

/// A key that others may read is nobody's secret.
fn tight(path: &Path) -> Result<(), CertificateError> {
    let metadata =
        fs::metadata(path).map_err(|error| CertificateError::Io { path: path.to_owned(), error })?;
    let mode = metadata.permissions().mode() & 0o777;
    if mode & 0o077 == 0 { Ok(()) } else { Err(CertificateError::Loose { path: path.to_owned(), mode }) }
}

#[cfg(test)]
#[path = "certificate_tests.rs"]
mod tests;

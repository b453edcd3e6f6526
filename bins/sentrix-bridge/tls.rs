//! The certificate, as the TLS library wants it.

use crate::args::Options;
use crate::home;
use native_tls::{Identity, Protocol, TlsAcceptor, TlsConnector};
use sentrix_bridge::{Certificate, CertificateError};
use sentrix_cli::{Failure, note};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::thread;
use std::time::Duration;

const OWN: &str = "bridge.pem";
/// How long shaking hands with oneself may take.
const HANDSHAKE: Duration = Duration::from_secs(10);

/// Loads the certificate, or makes it; and an acceptor with it.
pub fn load(options: &Options, dir: &Path) -> Result<(TlsAcceptor, Certificate), Failure> {
    let now = i64::try_from(home::now()).unwrap_or(i64::MAX);
    let certificate = match (&options.cert, &options.key) {
        (Some(cert), Some(key)) => Certificate::given(cert, key, now).map_err(|error| refuse(&error))?,
        _ => {
            let path = dir.join(OWN);
            let (certificate, why) = Certificate::own(&path, now).map_err(|error| refuse(&error))?;
            if let Some(why) = why {
                note(format!("a new certificate was made: {why}; accept it in the browser once more"));
            }
            certificate
        }
    };
    let identity = Identity::from_pkcs8(certificate.chain.as_bytes(), certificate.key.as_bytes());
    let identity = identity.map_err(|error| {
        Failure::environment("the TLS library refuses the certificate")
            .because(error)
            .next("see that certificate and key belong together")
    })?;
    let acceptor = TlsAcceptor::builder(identity).min_protocol_version(Some(Protocol::Tlsv12)).build();
    let acceptor = acceptor.map_err(|error| Failure::environment("cannot set up TLS").because(error))?;
    try_out(&acceptor).map_err(|error| {
        Failure::environment("nobody could be served with the certificate")
            .because(error)
            .next("see that certificate and key belong together")
    })?;
    Ok((acceptor, certificate))
}

/// Shakes hands with itself: a key that is not the certificate's is taken by the library, and then refused to each browser.
fn try_out(acceptor: &TlsAcceptor) -> Result<(), String> {
    let told = |error: &dyn std::fmt::Display| error.to_string();
    let (ours, theirs) = UnixStream::pair().map_err(|error| told(&error))?;
    for end in [&ours, &theirs] {
        end.set_read_timeout(Some(HANDSHAKE)).map_err(|error| told(&error))?;
    }
    // It is its own certificate, whose names and issuer are for browsers to judge.
    let connector = TlsConnector::builder()
        .danger_accept_invalid_certs(true)
        .danger_accept_invalid_hostnames(true)
        .build();
    let connector = connector.map_err(|error| told(&error))?;
    thread::scope(|scope| {
        let served = scope.spawn(|| acceptor.accept(theirs).map(drop).map_err(|error| told(&error)));
        let came = connector.connect("localhost", ours).map(drop).map_err(|error| told(&error));
        served.join().unwrap_or_else(|_| Err("the handshake ended in an error".to_owned())).and(came)
    })
}

fn refuse(error: &CertificateError) -> Failure {
    let failure = Failure::environment("there is no certificate to serve").because(error);
    match error {
        CertificateError::Loose { path, .. } => {
            failure.next(format!("make another key, or `chmod 600 {}` if nobody has read it", path.display()))
        }
        CertificateError::NotNow { .. } => {
            failure.next("renew it, or leave --cert and --key away; see that the clock is right")
        }
        CertificateError::Missing { what, .. } if what.contains("key") => {
            failure.next("a key becomes PKCS#8 with `openssl pkcs8 -topk8 -nocrypt -in KEY -out KEY.p8`")
        }
        CertificateError::Missing { .. } => failure.next("give a file that begins with BEGIN CERTIFICATE"),
        CertificateError::Io { .. } | CertificateError::Make(_) => failure,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_of_another_certificate_is_found_out() {
        let now = i64::try_from(home::now()).unwrap();
        let own = |dir: &tempfile::TempDir| Certificate::own(&dir.path().join(OWN), now).unwrap().0;
        let (one, other) = (own(&tempfile::tempdir().unwrap()), own(&tempfile::tempdir().unwrap()));
        let tried = |key: &str| {
            let identity = Identity::from_pkcs8(one.chain.as_bytes(), key.as_bytes())
                .map_err(|error| error.to_string())?;
            try_out(&TlsAcceptor::new(identity).map_err(|error| error.to_string())?)
        };
        assert_eq!(tried(&one.key), Ok(()));
        assert!(tried(&other.key).is_err());
    }
}

//! The certificate, as the TLS library wants it.

use crate::args::Options;
use crate::home;
use native_tls::{Identity, Protocol, TlsAcceptor};
use sentrix_bridge::{Certificate, CertificateError};
use sentrix_cli::{Failure, note};
use std::path::Path;

const OWN: &str = "bridge.pem";

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
    Ok((acceptor, certificate))
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
        CertificateError::Missing { .. } => {
            failure.next("a key becomes PKCS#8 with `openssl pkcs8 -topk8 -nodes -in KEY -out KEY.p8`")
        }
        CertificateError::Io { .. } | CertificateError::Make(_) => failure,
    }
}

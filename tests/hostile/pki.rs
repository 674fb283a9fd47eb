//! Certificates of an authority that nobody knows.

use obs_emulator::{Builder, Emulator};
use rcgen::{BasicConstraints, CertificateParams, IsCa, Issuer, KeyPair, date_time_ymd};

/// A certificate authority of a company.
pub(crate) struct Authority {
    /// Its own certificate.
    pub(crate) pem: String,
    issuer: Issuer<'static, KeyPair>,
}

impl Authority {
    pub(crate) fn new() -> Self {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let pem = params.self_signed(&key).unwrap().pem();
        Self { pem, issuer: Issuer::new(params, key) }
    }

    /// A certificate for these names with its key, both PEM, good from one year to another.
    fn certificate(&self, names: &[&str], years: (i32, i32)) -> (String, String) {
        let key = KeyPair::generate().unwrap();
        let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
        let mut params = CertificateParams::new(names).unwrap();
        params.not_before = date_time_ymd(years.0, 1, 1);
        params.not_after = date_time_ymd(years.1, 1, 1);
        (params.signed_by(&key, &self.issuer).unwrap().pem(), key.serialize_pem())
    }

    /// A server that shows a good certificate for these names.
    pub(crate) fn serve(&self, names: &[&str]) -> Emulator {
        self.serve_in(names, (2020, 2120), Emulator::builder())
    }

    /// A server that shows a certificate for these names, good from one year to another.
    pub(crate) fn serve_in(&self, names: &[&str], years: (i32, i32), builder: Builder) -> Emulator {
        let (certificate, key) = self.certificate(names, years);
        builder.tls(certificate, key).start().unwrap()
    }
}

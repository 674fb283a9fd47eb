//! Who pays for requests to a bucket.

use obs_sign::Dialect;

use crate::error::Result;
use crate::operation::Answer;
use crate::setting::Setting;
use crate::types::open_enum;
use crate::xml::{NodeExt, XmlWriter};

open_enum! {
    /// Who pays for requests and downloads.
    Payer {
        /// The owner of the bucket.
        BucketOwner = "BucketOwner",
        /// Whoever asks, and says so: [`requester_pays`](crate::Request::requester_pays).
        Requester = "Requester",
    }
}

/// Who pays for requests to a bucket.
///
/// ```
/// # let (_place, bucket) = obs_sandbox::bucket(&["hello.txt"]);
/// use obs_core::settings::Payer;
///
/// bucket.set_bucket_request_payment(Payer::Requester).send()?;
/// println!("{}", bucket.get_bucket_request_payment().send()?.payer);
/// # Ok::<(), obs_core::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct RequestPayment {
    /// The payer.
    pub payer: Payer,
}

impl<P: Into<Payer>> From<P> for RequestPayment {
    fn from(payer: P) -> Self {
        Self { payer: payer.into() }
    }
}

impl Setting for RequestPayment {
    const SUB_RESOURCE: &'static str = "requestPayment";
    const GET: &'static str = "GetBucketRequestPayment";
    const SET: &'static str = "SetBucketRequestPayment";
    const DELETE: &'static str = "";

    fn read(answer: &mut Answer) -> Result<Self> {
        answer.xml(|root| Ok(root.text_of("Payer")?.into()))
    }

    fn write(&self, _dialect: Dialect) -> Result<String> {
        XmlWriter::document("RequestPaymentConfiguration", |w| w.text("Payer", &self.payer))
    }
}

#[cfg(test)]
mod tests {
    use super::{Payer, RequestPayment};
    use crate::test_support::{Fake, survives};

    #[test]
    fn golden() {
        let fake = Fake::new();
        fake.bucket().set_bucket_request_payment(Payer::Requester).send().unwrap();
        let sent = fake.only();
        assert_eq!(sent.line(), "PUT /?requestPayment");
        assert_eq!(
            sent.text(),
            "<RequestPaymentConfiguration><Payer>Requester</Payer></RequestPaymentConfiguration>"
        );
        survives(&RequestPayment::from("Nobody"));
    }
}

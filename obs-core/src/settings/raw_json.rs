//! Documents in JSON that are passed on as they are: they have more members than any client knows.

/// Writes a document that is a text, with its constructors.
macro_rules! raw_json {
    ($(#[$doc:meta])* $name:ident: $sub_resource:literal, $get:literal, $set:literal, $delete:literal, $content_type:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq)]
        #[non_exhaustive]
        pub struct $name {
            /// The document.
            pub json: String,
        }

        impl $name {
            /// From the text of the document.
            pub fn new(json: impl Into<String>) -> Self {
                Self { json: json.into() }
            }
        }

        impl From<&str> for $name {
            fn from(json: &str) -> Self {
                Self::new(json)
            }
        }

        impl From<String> for $name {
            fn from(json: String) -> Self {
                Self::new(json)
            }
        }

        impl $crate::setting::Setting for $name {
            const SUB_RESOURCE: &'static str = $sub_resource;
            const GET: &'static str = $get;
            const SET: &'static str = $set;
            const DELETE: &'static str = $delete;
            const CONTENT_TYPE: &'static str = $content_type;

            fn read(answer: &mut $crate::operation::Answer) -> $crate::error::Result<Self> {
                answer.text().map(Self::new)
            }

            fn write(&self, _dialect: obs_sign::Dialect) -> $crate::error::Result<String> {
                Ok(self.json.clone())
            }
        }
    };
}

pub(crate) use raw_json;

//! What a store answered, in the words of whoever asked: the URL, what is wrong, and the cure where there is one.

use std::error::Error as _;

use object_store::Error;

use crate::config::{StoreKind, StoreUrl};

/// Why an object or a store cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{url}`: {what}{cure}")]
pub struct StoreError {
    url: String,
    what: String,
    cure: String,
    reach: Reach,
}

/// What an error holds for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Reach {
    /// Nothing is there.
    Missing,
    /// The object is another than it was.
    Changed,
    /// This object alone cannot be read.
    Object,
    /// The store itself: what is asked next would fail as well.
    Store,
}

impl StoreError {
    /// What a store's answer means for what is at `url`.
    pub(super) fn of(url: &StoreUrl, error: Error) -> StoreError {
        let text = in_full(&error);
        let code = between(&text, "<Code>", "</Code>");
        let (what, reach) = match (&error, code) {
            (_, Some("NoSuchBucket" | "ContainerNotFound")) => {
                (format!("there is no bucket `{}`", url.bucket()), Reach::Store)
            }
            (Error::NotFound { .. }, _) => ("not found".to_owned(), Reach::Missing),
            (Error::Precondition { .. }, _) => (CHANGED.to_owned(), Reach::Changed),
            (Error::InvalidPath { .. }, _) => (format!("a name that cannot be asked for: {text}"), Reach::Object),
            _ if has_status(&text, "403") => (refused("403", code), Reach::Store),
            _ if has_status(&text, "401") => (refused("401", code), Reach::Store),
            _ => (connection(&error).map_or(text, str::to_owned), Reach::Store),
        };
        let cure = cure(url, &what, reach);
        StoreError { url: url.to_string(), what, cure, reach }
    }

    /// What the machine itself says, while something is fetched from or sent to `url`.
    pub(super) fn local(url: &StoreUrl, error: &std::io::Error) -> StoreError {
        StoreError { url: url.to_string(), what: error.to_string(), cure: String::new(), reach: Reach::Store }
    }

    /// Nothing has this name.
    pub(super) fn missing(url: &StoreUrl, what: &str) -> StoreError {
        let cure = cure(url, "", Reach::Missing);
        StoreError { url: url.to_string(), what: what.to_owned(), cure, reach: Reach::Missing }
    }

    /// The object is not the one that was found.
    pub(super) fn changed(url: &StoreUrl) -> StoreError {
        StoreError { url: url.to_string(), what: CHANGED.to_owned(), cure: String::new(), reach: Reach::Changed }
    }

    /// Whether nothing is there.
    pub fn is_missing(&self) -> bool {
        self.reach == Reach::Missing
    }

    /// Whether the object is another than it was.
    pub fn is_changed(&self) -> bool {
        self.reach == Reach::Changed
    }

    /// Whether others of the store can be asked for all the same.
    pub fn is_of_one_object(&self) -> bool {
        self.reach != Reach::Store
    }
}

const CHANGED: &str = "the object changed while it was read; run again on it";

fn refused(status: &str, code: Option<&str>) -> String {
    format!("the store refuses it ({status}{}{})", if code.is_some() { " " } else { "" }, code.unwrap_or_default())
}

/// An error with all that it was caused by, each said once.
fn in_full(error: &Error) -> String {
    let mut text = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        let said = cause.to_string();
        if !text.contains(&said) {
            text.push_str(": ");
            text.push_str(&said);
        }
        next = cause.source();
    }
    text
}

fn between<'a>(text: &'a str, begin: &str, end: &str) -> Option<&'a str> {
    let (_, rest) = text.split_once(begin)?;
    rest.split_once(end).map(|(inner, _)| inner)
}

fn has_status(text: &str, status: &str) -> bool {
    between(text, "status code: ", " ").is_some_and(|found| found == status)
}

/// What kept a connection from coming about, if that was it.
fn connection(error: &Error) -> Option<&'static str> {
    let mut next = error.source();
    while let Some(cause) = next {
        if let Some(request) = cause.downcast_ref::<reqwest::Error>() {
            let text = in_full_of(request);
            return match () {
                () if text.contains("dns error") || text.contains("lookup address") => Some("its host cannot be found"),
                () if request.is_timeout() => Some("no answer in time"),
                () if request.is_connect() => Some("no connection to its host"),
                () => None,
            };
        }
        next = cause.source();
    }
    None
}

fn in_full_of(error: &dyn std::error::Error) -> String {
    let inner = error.source().map(in_full_of).unwrap_or_default();
    format!("{error}: {inner}")
}

fn cure(url: &StoreUrl, what: &str, reach: Reach) -> String {
    let text = match reach {
        Reach::Changed | Reach::Object => return String::new(),
        Reach::Missing => "check its name",
        // Whoever has no credentials gets all kinds of answers.
        Reach::Store if !has_credentials(url.kind()) => credentials(url.kind()),
        Reach::Store if what.contains("refuses") => "check what the credentials in the environment may do",
        Reach::Store if what.contains("no bucket") => "check its name, its region and its endpoint",
        Reach::Store if what.contains("host") || what.contains("no answer") => match url.kind() {
            StoreKind::S3 => "check the network, AWS_REGION and AWS_ENDPOINT_URL",
            _ => "check the network and the name of the host",
        },
        Reach::Store => return String::new(),
    };
    format!("; {text}")
}

/// Whether the environment says by whom a store is asked.
fn has_credentials(kind: StoreKind) -> bool {
    let names: &[&str] = match kind {
        StoreKind::S3 => &[
            "AWS_ACCESS_KEY_ID",
            "AWS_SKIP_SIGNATURE",
            "AWS_WEB_IDENTITY_TOKEN_FILE",
            "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
            "AWS_CONTAINER_CREDENTIALS_FULL_URI",
        ],
        StoreKind::Gcs => &[
            "GOOGLE_SERVICE_ACCOUNT",
            "GOOGLE_SERVICE_ACCOUNT_PATH",
            "GOOGLE_SERVICE_ACCOUNT_KEY",
            "GOOGLE_APPLICATION_CREDENTIALS",
            "GOOGLE_SKIP_SIGNATURE",
            "SERVICE_ACCOUNT",
        ],
        StoreKind::Azure => &["AZURE_STORAGE_ACCOUNT_NAME"],
        StoreKind::Http => return true,
    };
    names.iter().any(|name| std::env::var_os(name).is_some())
}

/// What to set where nothing is.
fn credentials(kind: StoreKind) -> &'static str {
    match kind {
        StoreKind::S3 => {
            "set AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_REGION, or AWS_SKIP_SIGNATURE=true for a bucket that \
             is public (files in ~/.aws are not read)"
        }
        StoreKind::Gcs => {
            "set GOOGLE_APPLICATION_CREDENTIALS to the file of an account, or GOOGLE_SKIP_SIGNATURE=true for a bucket \
             that is public"
        }
        StoreKind::Azure => "set AZURE_STORAGE_ACCOUNT_NAME, and AZURE_STORAGE_ACCOUNT_KEY or another credential",
        StoreKind::Http => "",
    }
}

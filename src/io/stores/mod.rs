//! Objects of stores: found, fetched ahead of whoever reads them, and written whole.
//!
//! The crate `object_store` speaks to the stores, signs and retries. What is here knows nothing of records: [`find`] gives
//! a list that does not change any more, [`Ahead`] the bytes of its objects in their order, [`StoreFolder`] takes
//! files. Everything blocks; the requests run on two threads of their own, so that workers never wait for them.

mod error;
mod object;
mod ahead;
mod folder;
#[cfg(test)]
mod tests;

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use object_store::aws::AmazonS3Builder;
use object_store::azure::MicrosoftAzureBuilder;
use object_store::gcp::GoogleCloudStorageBuilder;
use object_store::http::HttpBuilder;
use object_store::path::Path as Key;
use object_store::{BackoffConfig, ClientOptions, ObjectStore, RetryConfig};
use tokio::runtime::Runtime;

pub use ahead::Ahead;
pub use error::StoreError;
pub use folder::StoreFolder;
pub use object::{Object, find};

use crate::config::{StoreKind, StoreUrl};

/// Whether there are stores in this build.
pub const ARE_BUILT_IN: bool = true;

/// How often a request is made again that failed for a reason that may pass.
#[derive(Clone, Copy, Debug)]
enum Patience {
    /// Where somebody waits for the first answer, who may have mistyped a name.
    Short,
    /// Where work would be lost.
    Long,
}

impl Patience {
    /// The waits between the requests double from 0.2 s on up to 15 s.
    fn retries(self) -> usize {
        match self {
            Patience::Short => 2,
            Patience::Long => 9,
        }
    }
}

/// How long it may take in all.
const RETRY_FOR: Duration = Duration::from_secs(120);
/// How long a server may take to answer, and to go on when it has begun.
const CONNECT_FOR: Duration = Duration::from_secs(10);
const SILENT_FOR: &str = "60s";

/// A store that can be asked, and the bucket in it.
#[derive(Clone, Debug)]
struct Store {
    inner: Arc<dyn ObjectStore>,
    /// The bucket with an empty key; of a server of files, the one URL that is asked.
    url: StoreUrl,
}

impl Store {
    /// The store of this URL, with what the environment says of credentials, regions and endpoints. Nothing is asked yet.
    fn connect(url: &StoreUrl, patience: Patience) -> Result<Store, StoreError> {
        // An error means that it was done before.
        let _ = rustls::crypto::ring::default_provider().install_default();
        requests().map_err(|error| StoreError::local(url, &error))?;
        let options = ClientOptions::new()
            .with_timeout_disabled()
            .with_connect_timeout(CONNECT_FOR)
            .with_config(object_store::ClientConfigKey::ReadTimeout, SILENT_FOR);
        let backoff = BackoffConfig { init_backoff: Duration::from_millis(200), ..BackoffConfig::default() };
        let retry = RetryConfig { backoff, max_retries: patience.retries(), retry_timeout: RETRY_FOR };
        let plain = |names: [&str; 2]| {
            names.iter().filter_map(std::env::var_os).any(|url| url.as_encoded_bytes().starts_with(b"http://"))
        };
        let failed = |error| StoreError::of(url, error);
        let inner: Arc<dyn ObjectStore> = match url.kind() {
            StoreKind::S3 => {
                let options = options.with_allow_http(plain(["AWS_ENDPOINT_URL", "AWS_ENDPOINT"]));
                let from = AmazonS3Builder::from_env().with_bucket_name(url.bucket());
                Arc::new(from.with_client_options(options).with_retry(retry).build().map_err(failed)?)
            }
            StoreKind::Gcs => {
                let from = GoogleCloudStorageBuilder::from_env().with_bucket_name(url.bucket());
                Arc::new(from.with_client_options(options).with_retry(retry).build().map_err(failed)?)
            }
            StoreKind::Azure => {
                let options = options.with_allow_http(plain(["AZURE_STORAGE_ENDPOINT", "AZURE_ENDPOINT"]));
                let from = MicrosoftAzureBuilder::from_env().with_client_options(options).with_retry(retry);
                // A bucket with `@` names the account as well.
                let from = if url.bucket().contains('@') {
                    from.with_url(url.with_key("").as_str())
                } else {
                    from.with_container_name(url.bucket())
                };
                Arc::new(from.build().map_err(failed)?)
            }
            StoreKind::Http => {
                let from = HttpBuilder::new().with_url(url.as_str()).with_retry(retry);
                let store = from.with_client_options(options.with_allow_http(true)).build();
                return Ok(Store { inner: Arc::new(store.map_err(failed)?), url: url.clone() });
            }
        };
        Ok(Store { inner, url: url.with_key("") })
    }

    /// The URL of an object.
    fn url_of(&self, key: &Key) -> StoreUrl {
        if self.url.kind() == StoreKind::Http { self.url.clone() } else { self.url.with_key(key.as_ref()) }
    }
}

/// What an object is called in its store.
fn key_of(url: &StoreUrl) -> Result<Key, StoreError> {
    if url.kind() == StoreKind::Http {
        return Ok(Key::ROOT);
    }
    Key::parse(url.key()).map_err(|error| StoreError::of(url, error.into()))
}

/// The threads on which requests run.
static REQUESTS: OnceLock<Runtime> = OnceLock::new();

/// Begins the threads for requests, if they are not there yet.
fn requests() -> std::io::Result<&'static Runtime> {
    if let Some(runtime) = REQUESTS.get() {
        return Ok(runtime);
    }
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    let runtime = builder.worker_threads(2).thread_name("requests").enable_all().build()?;
    Ok(REQUESTS.get_or_init(|| runtime))
}

/// Waits for a request; to be called where blocking is allowed.
fn wait<T>(url: &StoreUrl, request: impl Future<Output = Result<T, StoreError>>) -> Result<T, StoreError> {
    requests().map_err(|error| StoreError::local(url, &error))?.block_on(request)
}

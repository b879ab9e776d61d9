//! Places in object stores, as they are written: `s3://bucket/key`, `gs://bucket/key`, `az://container/key`, `https://…`.
//!
//! A key is what stands behind the bucket, letter for letter: nothing in it is percent-encoded. What follows `http://` or
//! `https://` is a URL as browsers have it. Whether anything is there is asked by `io::stores`.

use std::fmt;

use super::suggest;

/// What is asked for the objects of a URL.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StoreKind {
    /// S3, and whatever speaks like it: `s3://`, `s3a://`.
    S3,
    /// Google Cloud Storage: `gs://`.
    Gcs,
    /// Azure Blob Storage: `az://`, `abfs://`, `abfss://`.
    Azure,
    /// A server of files: `http://`, `https://`.
    Http,
}

/// A bucket, an object in it, or what the names of many objects begin with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StoreUrl {
    kind: StoreKind,
    text: String,
    /// Where in `text` the bucket begins and ends.
    bucket: (usize, usize),
}

/// The schemes, and what is asked for each.
const SCHEMES: [(&str, StoreKind); 8] = [
    ("s3", StoreKind::S3),
    ("s3a", StoreKind::S3),
    ("gs", StoreKind::Gcs),
    ("az", StoreKind::Azure),
    ("abfs", StoreKind::Azure),
    ("abfss", StoreKind::Azure),
    ("http", StoreKind::Http),
    ("https", StoreKind::Http),
];

impl StoreUrl {
    /// The place that `text` names; `None` for what is no URL but a path.
    ///
    /// # Errors
    /// What is wrong with the URL, in words.
    pub fn parse(text: &str) -> Option<Result<StoreUrl, String>> {
        let (scheme, rest) = text.split_once("://")?;
        let is_scheme = scheme.starts_with(|c: char| c.is_ascii_alphabetic())
            && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+.-".contains(&byte));
        if !is_scheme {
            return None;
        }
        let Some((_, kind)) = SCHEMES.iter().find(|(known, _)| scheme.eq_ignore_ascii_case(known)) else {
            let hint = suggest::did_you_mean(suggest::nearest(scheme, SCHEMES.iter().map(|(known, _)| *known)));
            return Some(Err(format!(
                "`{text}`: nothing is known of `{scheme}://`; paths, s3://, gs://, az:// and http(s):// are{hint}"
            )));
        };
        let begin = scheme.len() + "://".len();
        let bucket = (begin, begin + rest.find('/').unwrap_or(rest.len()));
        if bucket.0 == bucket.1 {
            let what = if *kind == StoreKind::Http { "host" } else { "bucket" };
            return Some(Err(format!("`{text}` names no {what}")));
        }
        Some(Ok(StoreUrl { kind: *kind, text: text.to_owned(), bucket }))
    }

    /// What is asked for it.
    pub fn kind(&self) -> StoreKind {
        self.kind
    }

    /// The bucket, the container, or the host.
    pub fn bucket(&self) -> &str {
        &self.text[self.bucket.0..self.bucket.1]
    }

    /// What stands behind the bucket and its slash.
    pub fn key(&self) -> &str {
        self.text[self.bucket.1..].strip_prefix('/').unwrap_or("")
    }

    /// The URL as written.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The same bucket with another key.
    #[must_use]
    pub fn with_key(&self, key: &str) -> StoreUrl {
        StoreUrl { text: format!("{}/{key}", &self.text[..self.bucket.1]), ..*self }
    }

    /// What is below this place under a relative name.
    #[must_use]
    pub fn join(&self, name: &str) -> StoreUrl {
        let folder = self.key().trim_end_matches('/');
        self.with_key(&if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") })
    }

    /// What a file or a folder of this URL is called: the last part of its key, or the bucket.
    pub fn last_name(&self) -> &str {
        let path = if self.kind == StoreKind::Http { self.key().split(['?', '#']).next() } else { Some(self.key()) };
        let name = path.unwrap_or_default().trim_end_matches('/').rsplit('/').next().unwrap_or_default();
        if name.is_empty() { self.bucket() } else { name }
    }

    /// The place above, and the last part of the key.
    pub fn parent(&self) -> (StoreUrl, &str) {
        let key = self.key().trim_end_matches('/');
        let (above, name) = key.rsplit_once('/').unwrap_or(("", key));
        (self.with_key(above), name)
    }
}

impl fmt::Display for StoreUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_has_a_bucket_and_a_key_letter_for_letter() {
        let url = StoreUrl::parse("s3://bucket/a b/100%.txt").unwrap().unwrap();
        assert_eq!((url.kind(), url.bucket(), url.key()), (StoreKind::S3, "bucket", "a b/100%.txt"));
        let (above, name) = url.parent();
        assert_eq!((above.as_str(), name), ("s3://bucket/a b", "100%.txt"));
        assert_eq!(above.join("c").as_str(), "s3://bucket/a b/c");
        let file = StoreUrl::parse("https://host/a/b.txt?sig=x/y").unwrap().unwrap();
        assert_eq!((url.last_name(), file.last_name()), ("100%.txt", "b.txt"));
        let bucket = StoreUrl::parse("gs://bucket").unwrap().unwrap();
        assert_eq!((bucket.key(), bucket.last_name(), bucket.join("c").as_str()), ("", "bucket", "gs://bucket/c"));
    }

    #[test]
    fn a_path_is_no_url_and_an_unknown_scheme_is_a_mistake() {
        assert_eq!(StoreUrl::parse("corpus/a.txt"), None);
        assert_eq!(StoreUrl::parse("./odd://name"), None);
        assert!(StoreUrl::parse("hdfs://host/a").unwrap().unwrap_err().contains("hdfs://"));
        assert!(StoreUrl::parse("s3:///key").unwrap().unwrap_err().contains("no bucket"));
    }
}

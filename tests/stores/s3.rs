//! A server that speaks S3, started for one test.

use std::collections::BTreeMap;
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::harness::{Folder, Run, finished, tree};
use crate::server::ask;

/// The server, and its one bucket, `bucket`.
pub struct S3 {
    child: Child,
    address: String,
}

impl S3 {
    /// Starts it; nothing, if it is not to be had.
    pub fn start() -> Option<S3> {
        let has_it = Command::new("python3").args(["-c", "import moto.server, flask"]).output();
        if !has_it.is_ok_and(|output| output.status.success()) {
            println!("skipped: python3 with moto[server] is not there");
            return None;
        }
        // Free when it was asked for; that nobody takes it until the server does is likely enough.
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let address = format!("127.0.0.1:{port}");
        let child = Command::new("python3")
            .args(["-m", "moto.server", "-H", "127.0.0.1", "-p", &port.to_string()])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let s3 = S3 { child, address };
        let begun = Instant::now();
        while !ask(&s3.address, "PUT", "bucket", b"").is_ok_and(|(status, _)| status == 200) {
            assert!(begun.elapsed() < Duration::from_secs(120), "the server does not answer");
            std::thread::sleep(Duration::from_millis(50));
        }
        Some(s3)
    }

    pub fn put(&self, key: &str, bytes: &[u8]) {
        let (status, body) = ask(&self.address, "PUT", &format!("bucket/{key}"), bytes).unwrap();
        assert_eq!(status, 200, "{}", String::from_utf8_lossy(&body));
    }

    pub fn get(&self, key: &str) -> Vec<u8> {
        let (status, body) = ask(&self.address, "GET", &format!("bucket/{key}"), b"").unwrap();
        assert_eq!(status, 200, "{key}: {}", String::from_utf8_lossy(&body));
        body
    }

    pub fn delete(&self, key: &str) {
        ask(&self.address, "DELETE", &format!("bucket/{key}"), b"").unwrap();
    }

    /// Puts all files of a folder under a prefix.
    pub fn put_tree(&self, folder: &Folder, name: &str, prefix: &str) {
        tree(&folder.at(name)).iter().for_each(|(name, bytes)| self.put(&format!("{prefix}/{name}"), bytes));
    }

    /// All objects below a prefix, by their names from there on.
    pub fn tree(&self, prefix: &str) -> BTreeMap<String, Vec<u8>> {
        let (_, list) = ask(&self.address, "GET", &format!("bucket?list-type=2&prefix={prefix}/"), b"").unwrap();
        let list = String::from_utf8(list).unwrap();
        assert!(list.contains("<IsTruncated>false"), "{list}");
        let keys = list.split("<Key>").skip(1).map(|rest| rest.split("</Key>").next().unwrap());
        keys.map(|key| (key[prefix.len() + 1..].to_owned(), self.get(key))).collect()
    }

    /// The uploads that were begun and neither ended nor taken back.
    pub fn open_uploads(&self) -> usize {
        let (_, list) = ask(&self.address, "GET", "bucket?uploads", b"").unwrap();
        String::from_utf8(list).unwrap().matches("<UploadId>").count()
    }

    /// The program, set up for this server, in a folder.
    pub fn command(&self, folder: &Folder, arguments: &[&str]) -> Command {
        with_endpoint(folder, arguments, &self.address)
    }

    pub fn run(&self, folder: &Folder, arguments: &[&str]) -> Run {
        finished(self.command(folder, arguments).spawn().unwrap())
    }
}

/// The program with this server in the place of S3.
pub fn with_endpoint(folder: &Folder, arguments: &[&str], address: &str) -> Command {
    let mut command = folder.command(arguments);
    let endpoint = format!("http://{address}");
    command.envs([("AWS_ENDPOINT_URL", endpoint.as_str()), ("AWS_REGION", "us-east-1")]);
    command.envs([("AWS_ACCESS_KEY_ID", "key"), ("AWS_SECRET_ACCESS_KEY", "secret")]);
    command
}

impl Drop for S3 {
    fn drop(&mut self) {
        // It ends with the test in any case.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

//! A server of HTTP on the loopback that answers as a test tells it, and as much of a client as is needed to fill a store.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// What was asked.
pub struct Request {
    pub method: String,
    /// The path, and the query behind it.
    pub path: String,
    /// The bytes that are wanted, where not all are.
    pub range: Option<Range<usize>>,
    /// How many requests came before it.
    pub number: usize,
}

/// What is answered.
pub struct Answer {
    pub status: u16,
    pub headers: Vec<(&'static str, String)>,
    pub body: Vec<u8>,
    /// After how many bytes of the body the connection is cut.
    pub cut: Option<usize>,
}

impl Answer {
    pub fn status(status: u16, body: &str) -> Answer {
        Answer { status, headers: Vec::new(), body: body.into(), cut: None }
    }

    /// A file, in part or as a whole.
    pub fn file(request: &Request, bytes: &[u8]) -> Answer {
        let mut headers = vec![("ETag", format!("\"{:x}-{}\"", bytes.len(), bytes.first().unwrap_or(&0)))];
        let Some(range) = &request.range else {
            return Answer { status: 200, headers, body: bytes.to_vec(), cut: None };
        };
        if range.start >= bytes.len() {
            return Answer::status(416, "");
        }
        let end = range.end.min(bytes.len());
        headers.push(("Content-Range", format!("bytes {}-{}/{}", range.start, end - 1, bytes.len())));
        Answer { status: 206, headers, body: bytes[range.start..end].to_vec(), cut: None }
    }
}

/// A server; it goes on until the test ends.
pub struct Server {
    pub address: String,
    pub requests: Arc<AtomicUsize>,
}

impl Server {
    pub fn start(answer: impl Fn(&Request) -> Answer + Send + Sync + 'static) -> Server {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let requests = Arc::new(AtomicUsize::new(0));
        let (counted, answer) = (Arc::clone(&requests), Arc::new(answer));
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let (answer, counted) = (Arc::clone(&answer), Arc::clone(&counted));
                std::thread::spawn(move || serve(stream.unwrap(), &counted, &*answer));
            }
        });
        Server { address, requests }
    }

    /// One that has these files.
    pub fn of_files(files: BTreeMap<String, Vec<u8>>) -> Server {
        Server::start(move |request| match files.get(request.path.trim_start_matches('/')) {
            Some(bytes) => Answer::file(request, bytes),
            None => Answer::status(404, "nothing here"),
        })
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}/{path}", self.address)
    }
}

/// Answers one request; a client that has gone is no matter.
fn serve(stream: TcpStream, counted: &AtomicUsize, answer: &dyn Fn(&Request) -> Answer) -> Option<()> {
    let mut reader = BufReader::new(stream.try_clone().ok()?);
    let mut first = String::new();
    reader.read_line(&mut first).ok()?;
    let mut words = first.split(' ');
    let (method, path) = (words.next()?.to_owned(), words.next()?.to_owned());
    let headers = headers(&mut reader)?;
    let range = headers.get("range").and_then(|range| {
        let (start, end) = range.strip_prefix("bytes=")?.split_once('-')?;
        Some(start.parse().ok()?..end.parse::<usize>().ok()? + 1)
    });
    let length = headers.get("content-length").map_or(0, |length| length.parse().unwrap());
    std::io::copy(&mut reader.take(length), &mut std::io::sink()).ok()?;
    let request = Request { method, path, range, number: counted.fetch_add(1, Ordering::Relaxed) };
    let Answer { status, headers, body, cut } = answer(&request);
    let mut out = format!("HTTP/1.1 {status} As told\r\nContent-Length: {}\r\nConnection: close\r\n", body.len());
    headers.iter().for_each(|(name, value)| out.push_str(&format!("{name}: {value}\r\n")));
    let mut stream = stream;
    stream.write_all(format!("{out}\r\n").as_bytes()).ok()?;
    if request.method != "HEAD" {
        stream.write_all(&body[..cut.unwrap_or(body.len())]).ok()?;
    }
    stream.shutdown(std::net::Shutdown::Both).ok()
}

fn headers(reader: &mut impl BufRead) -> Option<BTreeMap<String, String>> {
    let mut headers = BTreeMap::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        match line.trim_end().split_once(':') {
            Some((name, value)) => headers.insert(name.to_ascii_lowercase(), value.trim().to_owned()),
            None => return Some(headers),
        };
    }
}

/// Asks a server for something and gives the body of its answer, whatever the status.
pub fn ask(address: &str, method: &str, path: &str, body: &[u8]) -> std::io::Result<(u16, Vec<u8>)> {
    let mut stream = TcpStream::connect(address)?;
    let head = format!("{method} /{path} HTTP/1.1\r\nHost: {address}\r\nContent-Length: {}\r\n", body.len());
    // The server asks who it is and does not check the signature.
    let signed = "Authorization: AWS4-HMAC-SHA256 Credential=key/20260101/us-east-1/s3/aws4_request, \
                  SignedHeaders=host, Signature=0\r\n";
    stream.write_all(format!("{head}{signed}Connection: close\r\n\r\n").as_bytes())?;
    stream.write_all(body)?;
    let mut reader = BufReader::new(stream);
    let mut first = String::new();
    reader.read_line(&mut first)?;
    let status = first.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or(0);
    headers(&mut reader);
    let mut body = Vec::new();
    reader.read_to_end(&mut body)?;
    Ok((status, body))
}

//! A server on loopback that gives the answers it was told, and keeps the requests.

use std::sync::Mutex;

use camino::Utf8PathBuf;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;

use super::super::policy::tests::Counting;
use super::*;
use crate::kit::secret::Secret;
use crate::model::Digest;
use crate::ports::real::RealFiles;

/// Serves these raw answers, one a connection, and then closes.
pub struct Server {
    /// Where it listens.
    pub url: Url,
    seen: Arc<Mutex<Vec<String>>>,
}

impl Server {
    /// Starts it on a port of the system's choice.
    pub async fn start(answers: Vec<String>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = Url::parse(&format!("http://{}/", listener.local_addr().unwrap())).unwrap();
        let seen = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&seen);
        tokio::spawn(async move {
            for answer in answers {
                let (mut socket, _) = listener.accept().await.unwrap();
                let request = read_request(&mut socket).await;
                kept.lock().unwrap().push(request);
                socket.write_all(answer.as_bytes()).await.unwrap();
                socket.shutdown().await.unwrap();
            }
        });
        Self { url, seen }
    }

    /// The requests so far, with their headers in lower case.
    pub fn seen(&self) -> Vec<String> {
        self.seen.lock().unwrap().clone()
    }
}

/// Reads a request with its body.
async fn read_request(socket: &mut tokio::net::TcpStream) -> String {
    let mut bytes = Vec::new();
    let mut buffer = vec![0_u8; 64 * 1024];
    loop {
        let count = socket.read(&mut buffer).await.unwrap();
        bytes.extend_from_slice(&buffer[..count]);
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let Some((head, body)) = text.split_once("\r\n\r\n") else {
            assert!(count > 0, "the request broke off");
            continue;
        };
        let head = head.to_ascii_lowercase();
        let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
        if count == 0 || length.is_none_or(|length| body.len() >= length.parse().unwrap()) {
            return text;
        }
    }
}

/// An answer with this body.
pub fn reply(status: &str, headers: &str, body: &str) -> String {
    format!("HTTP/1.1 {status}\r\n{headers}content-length: {}\r\nconnection: close\r\n\r\n{body}", body.len())
}

fn http(redactor: Redactor) -> (RealHttp, Arc<Counting>) {
    let clock = Counting::new();
    (RealHttp::new(redactor, Arc::new(RealFiles), clock.clone()), clock)
}

#[tokio::test]
async fn repeats_a_get_but_not_a_post() {
    let server = Server::start(vec![
        reply("502 Bad Gateway", "", ""),
        reply("429 Too Many Requests", "retry-after: 9\r\n", ""),
        String::new(),
        reply("200 OK", "", "yes"),
        reply("500 Oh", "", "no"),
        String::new(),
    ])
    .await;
    let (http, clock) = http(Redactor::default());
    let answer = http.send(Request::new(http::Method::GET, server.url.clone())).await.unwrap();
    assert_eq!((answer.status, &answer.body[..]), (200, &b"yes"[..]));
    assert!(clock.slept().iter().any(|wait| wait.as_secs() == 9));
    assert!(server.seen()[0].contains(&format!("release-action/{}", env!("CARGO_PKG_VERSION"))));

    let post = || Request::new(http::Method::POST, server.url.clone());
    assert_eq!(http.send(post()).await.unwrap().status, 500);
    assert!(matches!(http.send(post()).await, Err(HttpError::Network { .. })));
    assert_eq!(server.seen().len(), 6);
}

#[tokio::test]
async fn keeps_tokens_and_addresses_to_itself() {
    let other = Server::start(vec![reply("200 OK", "", "there")]).await;
    let moved = format!("location: {}elsewhere\r\n", other.url);
    let server = Server::start(vec![reply("302 Found", &moved, "")]).await;
    let (http, _) = http(Redactor::default());
    let mut request = Request::new(http::Method::GET, server.url.clone());
    request.bearer = Some(Secret::new("t0psecret"));
    let answer = http.send(request).await.unwrap();
    assert_eq!(answer.url.path(), "/elsewhere");
    assert!(server.seen()[0].contains("t0psecret"));
    assert!(!other.seen()[0].contains("t0psecret"), "{}", other.seen()[0]);

    let gone = TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap();
    let mut hook = Request::new(http::Method::POST, Url::parse(&format!("http://{gone}/s3cr3t")).unwrap());
    hook.secret_url = true;
    let words = http.send(hook).await.unwrap_err().to_string();
    assert!(words.starts_with("the webhook cannot be reached: ") && !words.contains("s3cr3t"), "{words}");
}

#[tokio::test]
async fn reads_no_more_than_asked() {
    let server = Server::start(vec![reply("200 OK", "", "12345678901")]).await;
    let (http, _) = http(Redactor::default());
    let request = Request { most: 10, ..Request::new(http::Method::GET, server.url.clone()) };
    let words = http.send(request).await.unwrap_err().to_string();
    assert!(words.ends_with("answered more than 10 bytes"), "{words}");
}

#[tokio::test]
async fn a_download_is_whole_or_not_there() {
    let torn = "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nonly this".to_owned();
    let server =
        Server::start(vec![torn, reply("200 OK", "", "all of it"), reply("404 Not Found", "", "")]).await;
    let (http, _) = http(Redactor::default());
    let dir = tempfile::tempdir().unwrap();
    let to = Utf8PathBuf::try_from(dir.path().join("file")).unwrap();
    let seen = Mutex::new(0);
    let got = http.download(&server.url, &to, &|bytes| *seen.lock().unwrap() = bytes).await.unwrap();
    assert_eq!(got, Downloaded { size: 9, digest: Digest::of(b"all of it") });
    assert_eq!(*seen.lock().unwrap(), 9);
    assert_eq!(RealFiles.read(&to, 100).unwrap(), b"all of it");

    let none = to.with_file_name("none");
    let words = http.download(&server.url, &none, &|_| ()).await.unwrap_err().to_string();
    assert!(words.ends_with("answered HTTP 404"), "{words}");
    assert_eq!(RealFiles.list(to.parent().unwrap()).unwrap(), ["file"]);
}

//! What a person does on the forge by hand.

use serde_json::Value;

use crate::harness::World;

impl World {
    /// One call of the forge's API by a person with the right to write.
    pub fn call(&self, method: &str, path: &str, body: &str) -> Value {
        let socket = self.forge().url().trim_start_matches("http://").to_owned();
        let token = self.forge().writer_token().to_owned();
        let answer = self.runtime.block_on(plain_call(&socket, method, path, &token, body.as_bytes()));
        serde_json::from_str(&answer).unwrap_or_else(|error| panic!("{path}: {error}: {answer}"))
    }

    /// One call of the forge's API by an administrator, who is a person and no app; nothing for an empty answer.
    pub fn call_as_admin(&self, method: &str, path: &str, body: &str) -> Value {
        let socket = self.forge().url().trim_start_matches("http://").to_owned();
        let path = format!("/api/v3/repos/acme/greeter/{path}").trim_end_matches('/').to_owned();
        let token = self.admin_token().to_owned();
        let answer = self.runtime.block_on(plain_call(&socket, method, &path, &token, body.as_bytes()));
        if answer.is_empty() { Value::Null } else { serde_json::from_str(&answer).unwrap() }
    }

    /// The token of an administrator.
    pub fn admin_token(&self) -> &str {
        self.forge().admin_token()
    }

    /// Deletes a tag by hand.
    pub fn delete_tag(&self, tag: &str) {
        self.delete(&format!("git/refs/tags/{tag}"));
    }

    fn delete(&self, what: &str) {
        let socket = self.forge().url().trim_start_matches("http://").to_owned();
        let path = format!("/api/v3/repos/acme/greeter/{what}");
        let token = self.forge().writer_token().to_owned();
        assert_eq!(self.runtime.block_on(plain_call(&socket, "DELETE", &path, &token, b"")), "");
    }

    /// Puts other bytes in an asset's place by hand.
    pub fn replace(&self, release: u64, name: &str, bytes: impl AsRef<[u8]>) {
        let assets = self.get(&format!("/repos/acme/greeter/releases/{release}/assets?per_page=100"));
        let old = assets.as_array().unwrap().iter().find(|asset| asset["name"] == name).unwrap();
        self.delete(&format!("releases/assets/{}", old["id"]));
        self.upload(release, name, bytes);
    }

    /// Makes a draft of a tag by hand, and gives its number.
    pub fn draft(&self, tag: &str, body: &str) -> u64 {
        let wanted = serde_json::json!({ "tag_name": tag, "name": tag, "body": body, "draft": true });
        self.call("POST", "/api/v3/repos/acme/greeter/releases", &wanted.to_string())["id"].as_u64().unwrap()
    }

    /// Uploads an asset by hand.
    pub fn upload(&self, release: u64, name: &str, bytes: impl AsRef<[u8]>) {
        let socket = self.forge().url().trim_start_matches("http://").to_owned();
        let token = self.forge().writer_token().to_owned();
        let path = format!("/api/uploads/repos/acme/greeter/releases/{release}/assets?name={name}");
        let answer = self.runtime.block_on(plain_call(&socket, "POST", &path, &token, bytes.as_ref()));
        assert!(answer.contains("\"state\":\"uploaded\""), "{answer}");
    }

    /// Gives an asset of the one release another label by hand.
    pub fn relabel(&self, name: &str, label: &str) {
        let assets = self.get(&format!("/repos/acme/greeter/releases/{}/assets?per_page=100", self.number()));
        let asset = assets.as_array().unwrap().iter().find(|asset| asset["name"] == name).unwrap();
        let path = format!("/api/v3/repos/acme/greeter/releases/assets/{}", asset["id"]);
        let body = serde_json::json!({ "label": label }).to_string();
        assert_eq!(self.call("PATCH", &path, &body)["label"], label);
    }

    /// The number of the one release.
    pub fn number(&self) -> u64 {
        let releases = self.get("/repos/acme/greeter/releases?per_page=100");
        assert_eq!(releases.as_array().unwrap().len(), 1, "{releases}");
        releases[0]["id"].as_u64().unwrap()
    }

    /// How many calls of the API were made so far, but for those that cost nothing.
    pub fn calls(&self) -> usize {
        let costs = |path: &str| path.starts_with("/api/") && !path.ends_with("/rate_limit");
        self.forge().requests().iter().filter(|request| costs(&request.path)).count()
    }

    /// The token that may only read.
    pub fn reader_token(&self) -> &str {
        self.forge().reader_token()
    }
}

/// One call over HTTP/1.1, without a client library in between.
async fn plain_call(socket: &str, method: &str, path: &str, token: &str, body: &[u8]) -> String {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let mut stream = tokio::net::TcpStream::connect(socket).await.unwrap();
    let request = format!(
        "{method} {path} HTTP/1.1\r\nHost: {socket}\r\nAuthorization: Bearer {token}\r\nConnection: close\r\n\
         Content-Type: application/octet-stream\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    stream.write_all(&[request.as_bytes(), body].concat()).await.unwrap();
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).await.unwrap();
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let (head, body) = text.split_once("\r\n\r\n").unwrap();
    if head.to_ascii_lowercase().contains("transfer-encoding: chunked") {
        unchunked(body)
    } else {
        body.to_owned()
    }
}

fn unchunked(body: &str) -> String {
    let (mut rest, mut whole) = (body, String::new());
    while let Some((size, after)) = rest.split_once("\r\n") {
        let size = usize::from_str_radix(size.trim(), 16).unwrap();
        if size == 0 {
            break;
        }
        whole.push_str(&after[..size]);
        rest = &after[size + 2..];
    }
    whole
}

//! What stands in for the world where the world itself cannot be asked: a clock in a hurry, and a server that
//! gives one answer.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::time::Duration;

use release_action::ports::Clock;
use release_action::ports::real::RealClock;

/// A clock on which waiting takes no time.
pub struct Hurry;

#[async_trait::async_trait]
impl Clock for Hurry {
    fn now(&self) -> chrono::DateTime<chrono::Utc> {
        RealClock.now()
    }

    async fn sleep(&self, _: Duration) {
        tokio::task::yield_now().await;
    }
}

/// Starts a server that answers every request with this status line and JSON, and gives its address. It ends
/// with the test's process: nothing waits for it.
pub fn answering(status: &'static str, body: &serde_json::Value) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let body = body.to_string();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { return };
            let mut request = [0_u8; 16 * 1024];
            if stream.read(&mut request).is_ok() {
                let head = format!(
                    "HTTP/1.1 {status}\r\nContent-Type: application/json\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
                    body.len()
                );
                drop(stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(body.as_bytes())));
            }
        }
    });
    url
}

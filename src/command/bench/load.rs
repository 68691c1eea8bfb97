//! A small HTTP load generator over loopback: prepared requests, kept-alive connections, exact latencies.
//!
//! Hand-written, because a full client would cost more than the server it measures. It only ever talks to this
//! machine, sends a fixed number of requests, and ends by itself.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// What a run saw.
pub struct Outcome {
    /// From the first byte to the last answer.
    pub took: Duration,
    /// Latency of each request, sorted.
    pub latencies: Vec<Duration>,
}

impl Outcome {
    /// The latency that `share` (0 to 1) of the requests stayed within.
    pub fn quantile(&self, share: f64) -> Duration {
        #[allow(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        let at = (self.latencies.len() as f64 * share) as usize;
        self.latencies.get(at.min(self.latencies.len().saturating_sub(1))).copied().unwrap_or_default()
    }

    /// Requests a second.
    #[allow(clippy::cast_precision_loss)]
    pub fn rate(&self) -> f64 {
        self.latencies.len() as f64 / self.took.as_secs_f64()
    }
}

/// The bytes of one POST.
pub fn request(path: &str, signature: &str, body: &str) -> Vec<u8> {
    let length = body.len();
    format!(
        "POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n\
         x-line-signature: {signature}\r\nContent-Length: {length}\r\n\r\n{body}"
    )
    .into_bytes()
}

/// Sends every request once over `connections`; with a `pace`, no faster than that many a second.
///
/// # Errors
/// When a connection fails or an answer is not 200.
pub async fn send(
    to: SocketAddr,
    requests: Arc<Vec<Vec<u8>>>,
    connections: usize,
    pace: Option<f64>,
) -> Result<Outcome> {
    // Before the clock starts: a refused handshake is repeated after a whole second.
    let mut streams = Vec::with_capacity(connections);
    for _ in 0..connections {
        streams.push(TcpStream::connect(to).await.context("the server can't be reached")?);
    }
    let next = Arc::new(AtomicUsize::new(0));
    let start = Instant::now();
    let mut tasks = Vec::new();
    for stream in streams {
        tasks.push(tokio::spawn(drive(stream, requests.clone(), next.clone(), start, pace)));
    }
    let mut latencies = Vec::with_capacity(requests.len());
    for task in tasks {
        latencies.extend(task.await??);
    }
    let took = start.elapsed();
    latencies.sort_unstable();
    Ok(Outcome { took, latencies })
}

async fn drive(
    mut stream: TcpStream,
    requests: Arc<Vec<Vec<u8>>>,
    next: Arc<AtomicUsize>,
    start: Instant,
    pace: Option<f64>,
) -> Result<Vec<Duration>> {
    stream.set_nodelay(true)?;
    let (mut latencies, mut buffer) = (Vec::new(), vec![0; 4096]);
    loop {
        let at = next.fetch_add(1, Ordering::Relaxed);
        let Some(request) = requests.get(at) else { return Ok(latencies) };
        let due = pace.map(|rate| due(start, at, rate));
        if let Some(due) = due {
            tokio::time::sleep_until(due.into()).await;
        }
        // With a pace, waiting for a free connection counts as latency too.
        let sent = due.unwrap_or_else(Instant::now);
        stream.write_all(request).await?;
        answer(&mut stream, &mut buffer).await?;
        latencies.push(sent.elapsed());
    }
}

#[allow(clippy::cast_precision_loss)]
fn due(start: Instant, at: usize, rate: f64) -> Instant {
    start + Duration::from_secs_f64(at as f64 / rate)
}

async fn answer(stream: &mut TcpStream, buffer: &mut [u8]) -> Result<()> {
    let mut filled = 0;
    loop {
        let read = stream.read(&mut buffer[filled..]).await?;
        ensure!(read > 0, "the server hung up");
        filled += read;
        if buffer[..filled].windows(4).any(|four| four == b"\r\n\r\n") {
            ensure!(
                buffer.starts_with(b"HTTP/1.1 200"),
                "{}",
                String::from_utf8_lossy(&buffer[..filled.min(60)])
            );
            return Ok(());
        }
    }
}

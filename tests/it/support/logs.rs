//! Listens to everything that is logged while a test runs.

use std::io::{self, Write};
use std::sync::{Arc, Mutex};

use tracing::subscriber::DefaultGuard;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;

/// What was logged on this thread since the start of listening. Tokio's tests run on one thread, so it is all there.
pub struct Logs {
    lines: Lines,
    _listening: DefaultGuard,
}

#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

/// Begins to listen, to our own words down to the smallest and to the libraries' down to `debug`.
pub fn listen() -> Logs {
    let lines = Lines::default();
    let subscriber = tracing_subscriber::fmt()
        .json()
        .with_env_filter(EnvFilter::new("debug,musubi=trace"))
        .with_writer(lines.clone())
        .finish();
    Logs { lines, _listening: tracing::subscriber::set_default(subscriber) }
}

impl Logs {
    /// Everything so far, one JSON object a line.
    pub fn text(&self) -> String {
        String::from_utf8(self.lines.0.lock().unwrap().clone()).unwrap()
    }
}

impl<'a> MakeWriter<'a> for Lines {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

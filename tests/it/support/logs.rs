//! Listens to everything that is logged while a test runs.
//!
//! One listener for the whole process, set once and for good. A listener of one thread only is not enough: `tracing`
//! decides once for each place in the code whether anybody listens there, and it may ask the thread of another test,
//! where nobody does; and the database's own threads would not be heard at all.

use std::io::{self, Write};
use std::sync::{Mutex, Once, PoisonError};

use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::MakeWriter;

/// What was logged by the whole process since the start of listening, other tests at the same time included.
pub struct Logs;

/// `None` while nobody listens.
static LINES: Mutex<Option<Vec<u8>>> = Mutex::new(None);

/// Begins to listen, to our own words down to the smallest and to the libraries' down to `debug`. For one test only.
pub fn listen() -> Logs {
    static SET: Once = Once::new();
    SET.call_once(|| {
        // Without the time, whose digits could be taken for anything.
        let subscriber = tracing_subscriber::fmt()
            .json()
            .without_time()
            .with_env_filter(EnvFilter::new("debug,musubi=trace"))
            .with_writer(Sink)
            .finish();
        tracing::subscriber::set_global_default(subscriber).expect("nobody else listens in the tests");
    });
    *LINES.lock().unwrap_or_else(PoisonError::into_inner) = Some(Vec::new());
    Logs
}

impl Logs {
    /// Everything so far, one JSON object a line.
    pub fn text(&self) -> String {
        let lines = LINES.lock().unwrap_or_else(PoisonError::into_inner);
        String::from_utf8(lines.clone().unwrap_or_default()).unwrap()
    }
}

impl Drop for Logs {
    fn drop(&mut self) {
        *LINES.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

#[derive(Clone, Copy)]
struct Sink;

impl<'a> MakeWriter<'a> for Sink {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        *self
    }
}

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if let Some(lines) = LINES.lock().unwrap_or_else(PoisonError::into_inner).as_mut() {
            lines.extend_from_slice(bytes);
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

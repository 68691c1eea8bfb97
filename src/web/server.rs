//! The accept loop: a cap on connections, a limit on slow ones, and a graceful stop.
//!
//! Our own few lines on hyper-util, because `axum::serve` holds a half-sent request open without end; a handful of
//! sleepy clients must not be able to keep LINE's webhooks out.

use std::convert::Infallible;
use std::future::Future;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{Request, Response, StatusCode};
use hyper::body::Incoming;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tower::ServiceExt;

const CONNECTIONS: usize = 1024;
const HEADERS: Duration = Duration::from_secs(10);
/// Longer than any page needs; what ends it is a body that comes in drops.
const REQUEST: Duration = Duration::from_secs(30);
const GOODBYE: Duration = Duration::from_secs(10);

/// Serves until `stop` is done, then lets open requests finish for up to ten seconds.
///
/// Handlers find the peer's address as `ConnectInfo<SocketAddr>`.
pub async fn serve(listener: TcpListener, router: Router, stop: impl Future<Output = ()>) {
    let places = Arc::new(Semaphore::new(CONNECTIONS));
    let open = GracefulShutdown::new();
    let mut http = hyper::server::conn::http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(HEADERS).pipeline_flush(true);
    tokio::pin!(stop);
    loop {
        let place = tokio::select! {
            place = places.clone().acquire_owned() => place.expect("the semaphore is never closed"),
            () = &mut stop => break,
        };
        let (stream, peer) = tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok(accepted) => accepted,
                Err(error) => { pause_after(&error).await; continue }
            },
            () = &mut stop => break,
        };
        let connection = open.watch(http.serve_connection(io(stream), service(router.clone(), peer)));
        tokio::spawn(async move {
            // A peer that hangs up in the middle is its own affair.
            let _ = connection.await;
            drop(place);
        });
    }
    drop(listener);
    if tokio::time::timeout(GOODBYE, open.shutdown()).await.is_err() {
        tracing::warn!("some requests were still open after ten seconds and were cut off");
    }
}

fn io(stream: TcpStream) -> TokioIo<TcpStream> {
    // Answers are small; waiting to fill a packet would only delay them.
    let _ = stream.set_nodelay(true);
    TokioIo::new(stream)
}

type Answer = Result<Response<Body>, Infallible>;

fn service(
    router: Router,
    peer: SocketAddr,
) -> impl hyper::service::Service<Request<Incoming>, Response = Response<Body>, Error = Infallible, Future: Send>
{
    hyper::service::service_fn(move |request: Request<Incoming>| {
        let router = router.clone();
        async move {
            let mut request = request.map(Body::new);
            request.extensions_mut().insert(ConnectInfo(peer));
            match tokio::time::timeout(REQUEST, router.oneshot(request)).await {
                Ok(answer) => answer as Answer,
                Err(_) => Ok(too_slow()),
            }
        }
    })
}

fn too_slow() -> Response<Body> {
    let mut answer = Response::new(Body::empty());
    *answer.status_mut() = StatusCode::REQUEST_TIMEOUT;
    answer
}

/// Out of file handles, mostly: accepting again at once would only spin.
async fn pause_after(error: &std::io::Error) {
    tracing::warn!(%error, "a connection could not be accepted");
    tokio::time::sleep(Duration::from_millis(100)).await;
}

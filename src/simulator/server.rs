//! Accepts connections, and can hang up on them.
//!
//! It stands apart from axum's own server because LINE sometimes cuts a connection after it has accepted a message:
//! a response marked [`HangUp`] is never written, the connection just ends. It knows nothing of LINE.

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::response::Response;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::sync::CancellationToken;
use tower::ServiceExt;

/// Marks a response (as an extension) that must not be sent: the connection is cut in its place.
#[derive(Clone, Copy, Debug)]
pub(super) struct HangUp;

#[derive(Debug, thiserror::Error)]
#[error("the connection was cut on purpose")]
struct Cut;

/// Serves `app` on `listener` until `stop` is cancelled; open connections end with it.
pub(super) async fn serve(listener: TcpListener, app: Router, stop: CancellationToken) {
    loop {
        let accepted = tokio::select! {
            () = stop.cancelled() => return,
            accepted = listener.accept() => accepted,
        };
        // An error here is the peer's (it went away before it was accepted); the listener itself stays good.
        if let Ok((stream, _)) = accepted {
            tokio::spawn(connection(stream, app.clone(), stop.clone()));
        }
    }
}

async fn connection(stream: TcpStream, app: Router, stop: CancellationToken) {
    let _ = stream.set_nodelay(true);
    let service = service_fn(move |request| answer(app.clone(), request));
    let serving =
        http1::Builder::new().timer(TokioTimer::new()).serve_connection(TokioIo::new(stream), service);
    tokio::select! {
        _ = serving => {}
        () = stop.cancelled() => {}
    }
}

async fn answer(app: Router, request: hyper::Request<Incoming>) -> Result<Response, Cut> {
    let request: Request = request.map(Body::new);
    let response = app.oneshot(request).await.map_err(|never| match never {})?;
    if response.extensions().get::<HangUp>().is_some() { Err(Cut) } else { Ok(response) }
}

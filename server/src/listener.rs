//! Accepts connections and hands their requests to the application.
//!
//! The framework's own server has no time limit for headers and no bound on connections, which a few thousand slow ones exploit
//! (SECURITY 81, A51). Here, when there is no room, the connection that has been without a request for longest makes room.

use std::io;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Body;
use http::Request;
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Notify, watch};
use tokio::task::JoinSet;
use tower::Service;

use crate::middleware::Peer;
use crate::settings::Http;

/// Larger than any limit in the settings, so that it is the guard that answers, in the caller's form.
const HEADER_BUFFER: usize = 128 * 1024;
const MOST_HEADERS: usize = 256;

/// Serves until `stop` says so, then lets running requests finish, for as long as the settings allow.
pub async fn serve(listener: TcpListener, app: Router, http: &Http, mut stop: watch::Receiver<bool>) {
    let mut builder = http1::Builder::new();
    builder
        .timer(TokioTimer::new())
        .header_read_timeout(http.header_timeout)
        .max_buf_size(HEADER_BUFFER)
        .max_headers(MOST_HEADERS);
    let (slots, mut tasks) = (Slots::new(http.max_connections), JoinSet::new());
    loop {
        let accepted = tokio::select! {
            _ = stop.wait_for(|stop| *stop) => break,
            Some(_) = tasks.join_next() => continue,
            accepted = listener.accept() => accepted,
        };
        match accepted {
            Ok((stream, peer)) => {
                let slot = slots.take();
                tasks.spawn(connection(builder.clone(), stream, peer, app.clone(), slot, stop.clone()));
            }
            Err(error) => after(&error, &slots).await,
        }
    }
    drop(listener);
    let drained = async { while tasks.join_next().await.is_some() {} };
    if tokio::time::timeout(http.drain, drained).await.is_err() {
        tracing::warn!(connections = tasks.len(), "requests were still running when the time to stop was over");
        tasks.shutdown().await;
    }
}

/// Out of file descriptors, most likely: the system's limit is below ours, so a place must become free.
async fn after(error: &io::Error, slots: &Slots) {
    // A client that hung up before it was accepted is no trouble.
    if !matches!(error.kind(), io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionReset) {
        tracing::error!(%error, "a connection can't be accepted");
        slots.evict();
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

async fn connection(
    builder: http1::Builder,
    stream: TcpStream,
    peer: SocketAddr,
    app: Router,
    slot: Taken,
    mut stop: watch::Receiver<bool>,
) {
    // Answers are small and whole: waiting for more to send only delays them.
    if stream.set_nodelay(true).is_err() {
        return;
    }
    let state = Arc::clone(&slot.state);
    let service = service_fn(|request: Request<Incoming>| {
        let (mut app, state) = (app.clone(), Arc::clone(&state));
        async move {
            state.busy();
            let mut request = request.map(Body::new);
            request.extensions_mut().insert(Peer(peer));
            let response = app.call(request).await;
            state.idle();
            response
        }
    });
    let mut connection = std::pin::pin!(builder.serve_connection(TokioIo::new(stream), service));
    let mut stopping = false;
    loop {
        tokio::select! {
            result = connection.as_mut() => {
                if let Err(error) = result {
                    tracing::debug!(%error, "a connection ended early");
                }
                break;
            }
            () = slot.state.evicted.notified() => break,
            _ = stop.wait_for(|stop| *stop), if !stopping => {
                stopping = true;
                connection.as_mut().graceful_shutdown();
            }
        }
    }
}

/// The places for connections.
struct Slots {
    most: usize,
    taken: Arc<Mutex<Vec<Arc<State>>>>,
    began: Instant,
}

/// What a connection is doing.
struct State {
    /// Milliseconds since the start when it last had a request; `BUSY` while it has one.
    since: AtomicU64,
    began: Instant,
    evicted: Notify,
}

const BUSY: u64 = u64::MAX;

/// A place; free again when it is dropped.
struct Taken {
    state: Arc<State>,
    taken: Arc<Mutex<Vec<Arc<State>>>>,
}

impl Slots {
    fn new(most: usize) -> Self {
        Self { most, taken: Arc::default(), began: Instant::now() }
    }

    fn take(&self) -> Taken {
        if self.taken.lock().unwrap_or_else(PoisonError::into_inner).len() >= self.most {
            self.evict();
        }
        let state = Arc::new(State { since: AtomicU64::new(0), began: self.began, evicted: Notify::new() });
        state.idle();
        self.taken.lock().unwrap_or_else(PoisonError::into_inner).push(Arc::clone(&state));
        Taken { state, taken: Arc::clone(&self.taken) }
    }

    /// Ends the connection that has waited longest without a request. Where all are busy, nobody goes: requests end by themselves.
    fn evict(&self) {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        let idle = taken
            .iter()
            .enumerate()
            .map(|(place, state)| (state.since.load(Ordering::Relaxed), place))
            .filter(|(since, _)| *since != BUSY);
        if let Some((_, place)) = idle.min() {
            taken.swap_remove(place).evicted.notify_one();
        }
    }
}

impl State {
    fn busy(&self) {
        self.since.store(BUSY, Ordering::Relaxed);
    }

    fn idle(&self) {
        self.since.store(u64::try_from(self.began.elapsed().as_millis()).unwrap_or_default(), Ordering::Relaxed);
    }
}

impl Drop for Taken {
    fn drop(&mut self) {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(place) = taken.iter().position(|state| Arc::ptr_eq(state, &self.state)) {
            taken.swap_remove(place);
        }
    }
}

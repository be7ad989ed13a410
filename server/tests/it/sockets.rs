//! Over a real socket: what the framework's own server would let pass.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use app::shell::Look;
use axum::Router;
use axum::routing::{get, post};
use domain::Secret;
use server::middleware::guard;
use server::settings::Http;
use server::{listener, middleware};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinHandle;

use crate::site::http;

struct Server {
    address: SocketAddr,
    stop: watch::Sender<bool>,
    /// A permit for each request that has reached a handler that waits.
    arrived: Arc<Semaphore>,
    task: JoinHandle<()>,
}

async fn server(change: impl FnOnce(&mut Http)) -> Server {
    let mut http = http();
    change(&mut http);
    let (stop, stopping) = watch::channel(false);
    let arrived = Arc::new(Semaphore::new(0));
    let (later, never, stopped) = (Arc::clone(&arrived), Arc::clone(&arrived), stopping.clone());
    let later = move || {
        let mut stopped = stopped.clone();
        later.add_permits(1);
        // It ends after the server was told to stop.
        async move { stopped.wait_for(|stop| *stop).await.map(drop).unwrap() }
    };
    let never = move || {
        never.add_permits(1);
        std::future::pending::<()>()
    };
    let routes = Router::new()
        .route("/hello", get(async || "hello"))
        .route("/later", get(later))
        .route("/never", get(never))
        .route("/api/auth/take", post(async |body: axum::body::Bytes| body.len().to_string()))
        .route("/who", get(async |axum::Extension(middleware::Peer(peer))| peer.ip().to_string()));
    let app = guard(routes, http.clone(), Look::default(), Secret::new("a-secret-of-the-test-s-own"));
    let socket = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = socket.local_addr().unwrap();
    let task = tokio::spawn(async move { listener::serve(socket, app, &http, stopping).await });
    Server { address, stop, arrived, task }
}

/// Sends bytes and reads until the other side closes.
async fn talk(address: SocketAddr, bytes: &[u8]) -> String {
    let mut stream = TcpStream::connect(address).await.unwrap();
    stream.write_all(bytes).await.unwrap();
    let mut answer = Vec::new();
    tokio::time::timeout(Duration::from_secs(20), stream.read_to_end(&mut answer))
        .await
        .expect("the connection ends")
        .unwrap();
    String::from_utf8_lossy(&answer).into_owned()
}

const HELLO: &[u8] = b"GET /hello HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";

#[tokio::test]
async fn a51_headers_that_never_end_are_given_up() {
    let server = server(|http| http.header_timeout = Duration::from_millis(200)).await;
    assert_eq!(talk(server.address, b"GET /hello HTTP/1.1\r\nhost: x\r\nx-slow: ").await, "");
    assert_eq!(talk(server.address, b"").await, "", "nor is silence kept");
    assert!(talk(server.address, HELLO).await.ends_with("hello"));
}

#[tokio::test]
async fn a51_a_body_that_never_comes_is_given_up() {
    let server = server(|http| http.request_timeout = Duration::from_millis(200)).await;
    let answer =
        talk(server.address, b"POST /api/auth/take HTTP/1.1\r\nhost: x\r\ncontent-length: 10\r\n\r\nabc").await;
    assert!(answer.starts_with("HTTP/1.1 408 ") && answer.contains("REQUEST_TIMEOUT"), "{answer}");
}

#[tokio::test]
async fn a51_idle_connections_make_room() {
    let server = server(|http| http.max_connections = 20).await;
    let mut idle = Vec::new();
    for _ in 0..100 {
        let mut stream = TcpStream::connect(server.address).await.unwrap();
        stream.write_all(b"GET /hello HTTP/1.1\r\n").await.unwrap();
        idle.push(stream);
    }
    for _ in 0..5 {
        assert!(talk(server.address, HELLO).await.ends_with("hello"));
    }
    // The oldest had to go.
    assert_eq!(idle[0].read(&mut [0u8; 1]).await.unwrap_or(0), 0);
}

#[tokio::test]
async fn an_answer_to_a_body_that_is_too_large_arrives() {
    let server = server(|_| {}).await;
    let mut request =
        b"POST /api/auth/take HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-length: 3000000\r\n\r\n".to_vec();
    request.extend(vec![b'x'; 3_000_000]);
    let answer = talk(server.address, &request).await;
    assert!(answer.starts_with("HTTP/1.1 413 ") && answer.contains("PAYLOAD_TOO_LARGE"), "{answer}");
}

#[tokio::test]
async fn a49_headers_over_the_limit_get_an_answer() {
    let server = server(|_| {}).await;
    let header =
        format!("GET /hello HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncookie: {}\r\n\r\n", "x".repeat(60_000));
    let answer = talk(server.address, header.as_bytes()).await;
    assert!(answer.starts_with("HTTP/1.1 431 ") && answer.contains("That is too large"), "{answer}");
    let header = format!("GET /hello HTTP/1.1\r\nhost: x\r\ncookie: {}\r\n\r\n", "x".repeat(1_000_000));
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    // The connection may break before all of it is sent.
    _ = stream.write_all(header.as_bytes()).await;
    assert!(talk(server.address, HELLO).await.ends_with("hello"), "the server goes on");
}

#[tokio::test]
async fn a_request_that_can_be_read_in_two_ways_ends_its_connection() {
    let server = server(|_| {}).await;
    for lengths in
        ["content-length: 5\r\ntransfer-encoding: chunked", "transfer-encoding: chunked\r\ncontent-length: 5"]
    {
        let smuggled = format!(
            "POST /api/auth/take HTTP/1.1\r\nhost: x\r\n{lengths}\r\n\r\n0\r\n\r\nGET /hello HTTP/1.1\r\nhost: x\r\n\r\n"
        );
        let answer = talk(server.address, smuggled.as_bytes()).await;
        assert_eq!(answer.matches("HTTP/1.1").count(), 1, "{answer}");
    }
    let chunk = "POST /api/auth/take HTTP/1.1\r\nhost: x\r\nconnection: close\r\ntransfer-encoding: chunked\r\n\r\n";
    let bare = talk(server.address, format!("{chunk}3\nabc\n0\n\n").as_bytes()).await;
    assert!(!bare.starts_with("HTTP/1.1 200"), "a chunk whose lines end in LF alone: {bare}");
    let whole = talk(server.address, format!("{chunk}3\r\nabc\r\n0\r\n\r\n").as_bytes()).await;
    assert!(whole.starts_with("HTTP/1.1 200"), "{whole}");
    let folded = talk(server.address, b"GET /hello HTTP/1.1\r\nhost: x\r\nx-a: b\r\n c\r\n\r\n").await;
    assert!(folded.starts_with("HTTP/1.1 400"), "{folded}");
}

#[tokio::test]
async fn stopping_lets_running_requests_finish_and_no_longer() {
    let running = server(|_| {}).await;
    let idle = TcpStream::connect(running.address).await.unwrap();
    let request = tokio::spawn(talk(running.address, b"GET /later HTTP/1.1\r\nhost: x\r\n\r\n"));
    running.arrived.acquire().await.unwrap().forget();
    running.stop.send(true).unwrap();
    assert!(request.await.unwrap().starts_with("HTTP/1.1 200"));
    tokio::time::timeout(Duration::from_secs(5), running.task).await.expect("it ends").unwrap();
    drop(idle);

    let stuck = server(|http| http.drain = Duration::from_millis(200)).await;
    let request = tokio::spawn(talk(stuck.address, b"GET /never HTTP/1.1\r\nhost: x\r\n\r\n"));
    stuck.arrived.acquire().await.unwrap().forget();
    stuck.stop.send(true).unwrap();
    tokio::time::timeout(Duration::from_secs(5), stuck.task).await.expect("it ends").unwrap();
    assert_eq!(request.await.unwrap(), "");
}

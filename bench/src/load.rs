//! A load generator: keep-alive connections, one request after the other on each.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use http_body_util::{BodyExt, Full};
use hyper::body::Bytes;
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper::{Method, header};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

use crate::Result;
use crate::process::Server;

/// A request to be repeated.
#[derive(Clone)]
pub struct Request {
    method: Method,
    path: String,
    headers: Vec<(String, String)>,
    body: String,
}

impl Request {
    pub fn get(path: &str) -> Self {
        Self { method: Method::GET, path: path.to_owned(), headers: Vec::new(), body: String::new() }
    }

    pub fn post(path: &str, body: String) -> Self {
        let headers = vec![("content-type".to_owned(), "application/json".to_owned())];
        Self { method: Method::POST, path: path.to_owned(), headers, body }
    }

    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    pub fn cookie(self, cookie: &str) -> Self {
        self.header("cookie", cookie)
    }

    pub fn build(&self, server: &Server) -> Result<hyper::Request<Full<Bytes>>> {
        let mut request = hyper::Request::builder()
            .method(&self.method)
            .uri(&self.path)
            .header(header::HOST, format!("localhost:{}", server.port));
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        Ok(request.body(Full::from(self.body.clone()))?)
    }
}

/// What a load came to.
pub struct Load {
    requests: u64,
    span: Duration,
    cpu: Duration,
}

impl Load {
    /// Requests a second.
    pub fn rate(&self) -> f64 {
        self.requests as f64 / self.span.as_secs_f64()
    }

    /// The server's CPU time for one request, in milliseconds.
    pub fn cpu_ms(&self) -> f64 {
        self.cpu.as_secs_f64() * 1e3 / self.requests as f64
    }
}

/// Sends `request` over and over on `connections` connections for `span`.
///
/// # Errors
/// When an answer isn't a success: what is measured must be the thing itself.
pub async fn run(server: &Server, request: &Request, connections: usize, span: Duration) -> Result<Load> {
    let done = Arc::new(AtomicU64::new(0));
    let (began, cpu) = (Instant::now(), server.cpu()?);
    let mut tasks = Vec::new();
    for _ in 0..connections {
        let mut sender = connect(server.port).await?;
        let (request, done, server) = (request.clone(), Arc::clone(&done), server.handle());
        tasks.push(tokio::spawn(async move {
            while began.elapsed() < span {
                let (status, _, _) = send(&mut sender, request.build(&server)?).await?;
                if status >= 400 {
                    return Err(format!("{} {} answered {status}", request.method, request.path).into());
                }
                done.fetch_add(1, Ordering::Relaxed);
            }
            Ok::<_, Box<dyn std::error::Error + Send + Sync>>(())
        }));
    }
    for task in tasks {
        task.await??;
    }
    Ok(Load { requests: done.load(Ordering::Relaxed), span: began.elapsed(), cpu: server.cpu()?.saturating_sub(cpu) })
}

/// A request on a connection of its own; gives the status and the headers.
pub async fn once(server: &Server, request: &Request) -> Result<(u16, hyper::HeaderMap)> {
    let (status, headers, _) = send(&mut connect(server.port).await?, request.build(server)?).await?;
    Ok((status, headers))
}

/// One request; gives the status, the headers and the body's bytes as they were sent.
pub async fn get(server: &Server, path: &str, encoding: Option<&str>) -> Result<(u16, hyper::HeaderMap, Bytes)> {
    let mut request = Request::get(path);
    if let Some(encoding) = encoding {
        request = request.header("accept-encoding", encoding);
    }
    send(&mut connect(server.port).await?, request.build(server)?).await
}

/// Posts JSON once; gives what is answered, which must be a success.
pub async fn post(server: &Server, path: &str, cookie: &str, body: &serde_json::Value) -> Result<serde_json::Value> {
    // The server takes no post that comes from nowhere.
    let origin = format!("http://localhost:{}", server.port);
    let request = Request::post(path, body.to_string()).cookie(cookie).header("origin", &origin);
    let (status, _, answer) = send(&mut connect(server.port).await?, request.build(server)?).await?;
    if status >= 400 {
        return Err(format!("{path} answered {status}: {}", String::from_utf8_lossy(&answer)).into());
    }
    Ok(serde_json::from_slice(&answer)?)
}

/// Signs somebody up; gives the session's cookie.
pub async fn sign_up(server: &Server, email: &str, password: &str) -> Result<String> {
    let body = serde_json::json!({ "name": "Bench", "email": email, "password": password }).to_string();
    let request = Request::post("/api/auth/sign-up/email", body);
    let (status, headers, body) = send(&mut connect(server.port).await?, request.build(server)?).await?;
    let cookie =
        headers.get(header::SET_COOKIE).and_then(|cookie| cookie.to_str().ok()?.split(';').next().map(str::to_owned));
    cookie.ok_or_else(|| format!("signing up answered {status}: {}", String::from_utf8_lossy(&body)).into())
}

pub async fn connect(port: u16) -> Result<SendRequest<Full<Bytes>>> {
    let stream = TcpStream::connect(("127.0.0.1", port)).await?;
    stream.set_nodelay(true)?;
    let (sender, connection) = handshake(TokioIo::new(stream)).await?;
    tokio::spawn(connection);
    Ok(sender)
}

pub async fn send(
    sender: &mut SendRequest<Full<Bytes>>,
    request: hyper::Request<Full<Bytes>>,
) -> Result<(u16, hyper::HeaderMap, Bytes)> {
    sender.ready().await?;
    let (head, body) = sender.send_request(request).await?.into_parts();
    Ok((head.status.as_u16(), head.headers, body.collect().await?.to_bytes()))
}

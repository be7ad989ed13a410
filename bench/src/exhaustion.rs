//! What others notice while somebody wears the server out: sign-ins by the hundred (SECURITY A50), connections that hardly move (A51).

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use hyper::header::RETRY_AFTER;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use crate::load::{self, Request};
use crate::process::Server;
use crate::{Line, Result, line};

const AT_ONCE: usize = 200;
const SLOW: usize = 2000;
/// Who goes on with their day.
const OTHERS: usize = 4;

/// Bursts of [`AT_ONCE`] sign-ins for `span`: the most memory that it took, what became of them, and how long others waited.
pub async fn sign_ins(database: &str, cookie: &str, sign_in: &Request, span: Duration) -> Result<Vec<Line>> {
    // One of its own: the most memory counts from its start.
    let server = Server::start(database).await?;
    let session = Request::get("/api/auth/get-session").cookie(cookie);
    let quiet = others(&server, &session, tokio::time::sleep(span / 4)).await?.1;
    let (bursts, waits) = others(&server, &session, bursts(&server, sign_in, span)).await?;
    let (served, refused) = bursts?;

    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let (peak, most) = (server.peak_mib()?, 64.0 + 32.0 * cores as f64);
    let memory = line(
        "memory at its most, 200 sign-ins at once",
        format!("{peak:.1} MiB; {served} signed in, {refused} got 503 with Retry-After"),
        format!("the hashes at work: {:.0} MiB", 19.0 * cores as f64),
        "≤ 64 MiB and 32 MiB a core",
        peak <= most && refused > 0,
    );
    Ok(vec![memory, waited("get-session meanwhile", &waits, &quiet)])
}

/// Connections that send a header letter by letter, for `span`: how long others wait.
pub async fn slow_connections(server: &Server, cookie: &str, span: Duration) -> Result<Line> {
    let session = Request::get("/api/auth/get-session").cookie(cookie);
    let quiet = others(server, &session, tokio::time::sleep(span / 4)).await?.1;
    let mut slow = Vec::with_capacity(SLOW);
    for _ in 0..SLOW {
        let mut stream = TcpStream::connect(("127.0.0.1", server.port)).await?;
        stream.write_all(b"GET / HTTP/1.1\r\nhost: localhost\r\nx-slow: ").await?;
        slow.push(stream);
    }
    let (dripping, waits) = others(server, &session, drip(&mut slow, span)).await?;
    dripping?;
    Ok(waited("get-session beside 2,000 slow connections", &waits, &quiet))
}

fn waited(what: &str, waits: &Waits, quiet: &Waits) -> Line {
    let told = |waits: &Waits| format!("p50 {:.1} ms, p99 {:.1} ms", waits.at(0.5), waits.at(0.99));
    line(what, told(waits), format!("alone: {}", told(quiet)), "p99 < 50 ms", waits.at(0.99) < 50.0)
}

async fn bursts(server: &Server, sign_in: &Request, span: Duration) -> Result<(usize, usize)> {
    let (began, mut served, mut refused) = (Instant::now(), 0, 0);
    while began.elapsed() < span {
        let tasks: Vec<_> = (0..AT_ONCE)
            .map(|_| {
                let (server, sign_in) = (server.handle(), sign_in.clone());
                tokio::spawn(async move { load::once(&server, &sign_in).await })
            })
            .collect();
        for task in tasks {
            match task.await?? {
                (200, _) => served += 1,
                (503, headers) if headers.contains_key(RETRY_AFTER) => refused += 1,
                (status, _) => return Err(format!("a sign-in among many answered {status}").into()),
            }
        }
    }
    Ok((served, refused))
}

async fn drip(slow: &mut [TcpStream], span: Duration) -> Result<()> {
    let began = Instant::now();
    while began.elapsed() < span {
        for stream in &mut *slow {
            stream.write_all(b"x").await?;
        }
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
    Ok(())
}

/// How long each answer took, in milliseconds, in order.
struct Waits(Vec<f64>);

impl Waits {
    fn at(&self, share: f64) -> f64 {
        let last = self.0.len().saturating_sub(1);
        self.0.get((last as f64 * share) as usize).copied().unwrap_or(f64::INFINITY)
    }
}

/// Asks again and again, as a few apps do, while something else goes on.
async fn others<T>(server: &Server, request: &Request, meanwhile: impl Future<Output = T>) -> Result<(T, Waits)> {
    let stop = Arc::new(AtomicBool::new(false));
    let ask = |_| {
        let (server, request, stop) = (server.handle(), request.clone(), Arc::clone(&stop));
        tokio::spawn(async move {
            let mut waits = Vec::new();
            let mut sender = load::connect(server.port).await?;
            while !stop.load(Ordering::Relaxed) {
                let began = Instant::now();
                let (status, ..) = load::send(&mut sender, request.build(&server)?).await?;
                if status != 200 {
                    return Err(format!("get-session answered {status}").into());
                }
                waits.push(began.elapsed().as_secs_f64() * 1e3);
                // Somebody who asks, not somebody who floods.
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
            Result::Ok(waits)
        })
    };
    let tasks: Vec<_> = (0..OTHERS).map(ask).collect();
    let gave = meanwhile.await;
    stop.store(true, Ordering::Relaxed);
    let mut waits = Vec::new();
    for task in tasks {
        waits.extend(task.await??);
    }
    waits.sort_by(f64::total_cmp);
    Ok((gave, Waits(waits)))
}

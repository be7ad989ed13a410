//! The servers that are measured: processes of their own, whose accounts the kernel keeps.

use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use db::{Db, Options};
use tokio::net::{TcpListener, TcpStream};

use crate::{Result, load};

/// A running server; killed when dropped.
pub struct Server {
    child: Option<Child>,
    pid: u32,
    /// Where it listens.
    pub port: u16,
    /// From its start to its first answer.
    pub started: Duration,
    folder: Option<tempfile::TempDir>,
}

impl Server {
    /// Starts the release binary on a database.
    pub async fn start(database: &str) -> Result<Self> {
        let port = free_port().await?;
        let folder = tempfile::tempdir()?;
        let mut command = Command::new(std::fs::canonicalize("dist/latchkey")?);
        command.arg("serve").current_dir(folder.path());
        command.envs([("PORT", port.to_string().as_str()), ("DATABASE_URL", database), ("LATCHKEY_LOG", "error")]);
        command.envs([
            ("LATCHKEY_SIGN_UP__REQUIRE_VERIFICATION", "false"),
            // An organization's owner comes in by a password alone.
            ("LATCHKEY_TWO_FACTOR__REQUIRED", "nobody"),
            // All requests come from one address. The limits stay on: what they cost is measured too.
            ("LATCHKEY_RATE_LIMIT__SIGN_IN", "off"),
            ("LATCHKEY_RATE_LIMIT__SIGN_UP", "off"),
            ("LATCHKEY_RATE_LIMIT__SENSITIVE", "off"),
            ("LATCHKEY_RATE_LIMIT__WORK", "off"),
            ("BETTER_AUTH_SECRET", "ZmFyIGF3YXkgaW4gdGhlIGhpbGxzIGEgYmVsbA"),
        ]);
        Self::spawn(command, port, Some(folder), "/health").await
    }

    /// Starts a bare axum handler that answers with a line.
    pub async fn bare() -> Result<Self> {
        let port = free_port().await?;
        let mut command = Command::new(std::env::current_exe()?);
        command.arg("bare").env("PORT", port.to_string());
        Self::spawn(command, port, None, "/").await
    }

    async fn spawn(mut command: Command, port: u16, folder: Option<tempfile::TempDir>, first: &str) -> Result<Self> {
        let began = Instant::now();
        let child = command.stdin(Stdio::null()).stdout(Stdio::null()).spawn()?;
        let mut server = Self { pid: child.id(), child: Some(child), port, started: Duration::ZERO, folder };
        loop {
            if TcpStream::connect(("127.0.0.1", port)).await.is_ok()
                && load::get(&server, first, None).await.is_ok_and(|(status, ..)| status == 200)
            {
                server.started = began.elapsed();
                return Ok(server);
            }
            if began.elapsed() > Duration::from_secs(20) {
                return Err("the server doesn't answer".into());
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }

    /// The same server for another task; doesn't end it.
    pub fn handle(&self) -> Self {
        Self { child: None, pid: self.pid, port: self.port, started: self.started, folder: None }
    }

    /// The CPU time that it has used, user and system.
    pub fn cpu(&self) -> Result<Duration> {
        let stat = std::fs::read_to_string(format!("/proc/{}/stat", self.pid))?;
        // The name in parentheses may hold blanks: count from behind it.
        let fields: Vec<&str> =
            stat.rsplit_once(')').map(|(_, rest)| rest.split_whitespace().collect()).unwrap_or_default();
        let ticks = |at: usize| fields.get(at).and_then(|field| field.parse::<u64>().ok()).unwrap_or_default();
        // utime and stime, in ticks of 10 ms (proc(5); USER_HZ is 100 on Linux).
        Ok(Duration::from_millis((ticks(11) + ticks(12)) * 10))
    }

    /// Its resident memory.
    pub fn resident_mib(&self) -> Result<f64> {
        self.status_mib("VmRSS:")
    }

    /// The most that its resident memory has been.
    pub fn peak_mib(&self) -> Result<f64> {
        self.status_mib("VmHWM:")
    }

    fn status_mib(&self, field: &str) -> Result<f64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.pid))?;
        let kib = status
            .lines()
            .find_map(|line| line.strip_prefix(field)?.trim().strip_suffix(" kB")?.trim().parse::<f64>().ok());
        Ok(kib.ok_or_else(|| format!("no {field}"))? / 1024.0)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some(mut child) = self.child.take() {
            // It may have ended by itself.
            let _ = child.kill();
            let _ = child.wait();
        }
        drop(self.folder.take());
    }
}

/// What a request costs at the very least.
pub async fn bare() -> Result<()> {
    let port = std::env::var("PORT")?.parse()?;
    let router = axum::Router::new().route("/", axum::routing::get(async || "ok"));
    let listener = axum::serve::ListenerExt::tap_io(TcpListener::bind(("127.0.0.1", port)).await?, |stream| {
        // As our server does.
        let _ = stream.set_nodelay(true);
    });
    Ok(axum::serve(listener, router).await?)
}

/// Makes an empty database beside the tests' own.
pub async fn fresh_postgres(url: &str) -> Result<String> {
    let db = Db::open(url, Options::default())?;
    let mut conn = db.read().await?;
    conn.query("DROP DATABASE IF EXISTS latchkey_bench WITH (FORCE)").execute().await?;
    conn.query("CREATE DATABASE latchkey_bench").execute().await?;
    drop(conn);
    db.close().await;
    let base = url.rsplit_once('/').map_or(url, |(base, _)| base);
    Ok(format!("{base}/latchkey_bench"))
}

async fn free_port() -> Result<u16> {
    Ok(TcpListener::bind(("127.0.0.1", 0)).await?.local_addr()?.port())
}

//! What Latchkey costs, measured on the release binary, each figure beside its bound in the same run. `make bench` takes about two
//! minutes; what it prints is the README's table. Who works on one figure names its part (`make bench PARTS=get-session`): [`PARTS`].
//!
//! CPU time is the server process's own (`/proc/PID/stat`), so the load generator beside it doesn't count. Figures that are compared
//! are measured in turns, three times each, and the median counts: a machine that is busy for a while slows both sides.

#![expect(clippy::print_stdout, reason = "a program that prints a table")]

mod decisions;
mod exhaustion;
mod load;
mod members;
mod process;
mod weight;

use std::time::{Duration, Instant};

use argon2::password_hash::PasswordHasher;
use argon2::{Algorithm, Argon2, Params, Version};
use load::{Load, Request};
use process::Server;

type Result<T> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;

const ROUNDS: usize = 3;
const SPAN: Duration = Duration::from_secs(3);
const CONNECTIONS: usize = 16;
const PASSWORD: &str = "Tr1cky-enough";

/// What can be measured by itself.
const PARTS: [&str; 8] = ["start", "decisions", "get-session", "members", "page", "sign-in", "exhaustion", "weight"];

fn main() -> Result<()> {
    let parts: Vec<String> = std::env::args().skip(1).collect();
    if parts.first().is_some_and(|part| part == "bare") {
        return tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(process::bare());
    }
    if let Some(unknown) = parts.iter().find(|part| !PARTS.contains(&part.as_str())) {
        return Err(format!("{unknown} is none of {}", PARTS.join(", ")).into());
    }
    // One thread for the generator: the rest of the machine is the server's.
    tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()?.block_on(measure(&parts))
}

/// One line of the table.
struct Line {
    what: String,
    measured: String,
    beside: String,
    bound: &'static str,
    holds: Option<bool>,
}

fn line(what: &str, measured: String, beside: String, bound: &'static str, holds: impl Into<Option<bool>>) -> Line {
    let holds = holds.into();
    eprintln!("  {what}: {measured}{}", if holds == Some(false) { "  (over its bound)" } else { "" });
    Line { what: what.to_owned(), measured, beside, bound, holds }
}

async fn measure(parts: &[String]) -> Result<()> {
    let wanted = |part: &str| parts.is_empty() || parts.iter().any(|wanted| wanted == part);
    let mut lines = Vec::new();
    eprintln!("Starting the servers …");
    let folder = tempfile::tempdir()?;
    let sqlite = format!("sqlite:{}", folder.path().join("bench.db").display());
    // The database is there before anything is measured.
    drop(Server::start(&sqlite).await?);
    if wanted("start") {
        lines.push(start(&sqlite).await?);
    }
    let server = Server::start(&sqlite).await?;
    if wanted("start") {
        load::get(&server, "/sign-in", None).await?;
        let idle = server.resident_mib()?;
        lines.push(line("resident memory, idle", format!("{idle:.1} MiB"), String::new(), "≤ 25 MiB", idle <= 25.0));
    }
    if wanted("decisions") {
        lines.push(decided());
    }
    let cookie = load::sign_up(&server, "bench@example.com", PASSWORD).await?;
    if wanted("get-session") {
        lines.push(get_session(&server, &cookie, "SQLite").await?);
    }
    if wanted("members") {
        eprintln!("An organization of ten thousand on SQLite …");
        lines.push(crowd(&server, &sqlite, &cookie).await?);
    }
    if wanted("page") {
        lines.push(page(&server).await?);
    }
    if let Ok(url) = std::env::var("TEST_DATABASE_URL")
        && (wanted("get-session") || wanted("members"))
    {
        let database = process::fresh_postgres(&url).await?;
        let postgres = Server::start(&database).await?;
        let cookie = load::sign_up(&postgres, "bench@example.com", PASSWORD).await?;
        if wanted("get-session") {
            lines.push(get_session(&postgres, &cookie, "PostgreSQL").await?);
        }
        if wanted("members") {
            eprintln!("An organization of ten thousand on PostgreSQL …");
            lines.push(crowd(&postgres, &database, &cookie).await?);
        }
    }
    let body = serde_json::json!({ "email": "bench@example.com", "password": PASSWORD }).to_string();
    let sign_in = Request::post("/api/auth/sign-in/email", body);
    if wanted("sign-in") {
        lines.push(sign_ins(&server, &sign_in).await?);
        let loaded = server.resident_mib()?;
        lines.push(line("resident memory, after the load", format!("{loaded:.1} MiB"), String::new(), "", None));
    }
    if wanted("exhaustion") {
        eprintln!("Two hundred sign-ins at once …");
        lines.extend(exhaustion::sign_ins(&sqlite, &cookie, &sign_in, 3 * SPAN).await?);
        eprintln!("Two thousand slow connections …");
        lines.push(exhaustion::slow_connections(&server, &cookie, SPAN).await?);
    }
    if wanted("weight") {
        lines.extend(weights(&server).await?);
    }
    print(&lines);
    Ok(())
}

fn print(lines: &[Line]) {
    println!("\n| figure | measured | beside it | bound | |\n|---|---|---|---|---|");
    for Line { what, measured, beside, bound, holds } in lines {
        let verdict = match holds {
            Some(true) => "holds",
            Some(false) => "**over**",
            None => "",
        };
        println!("| {what} | {measured} | {beside} | {bound} | {verdict} |");
    }
}

async fn start(database: &str) -> Result<Line> {
    let mut starts = Vec::new();
    for _ in 0..5 {
        let server = Server::start(database).await?;
        starts.push(server.started.as_secs_f64() * 1e3);
    }
    let start = median(&mut starts);
    let what = "start to first answer, existing database";
    Ok(line(what, format!("{start:.0} ms"), String::new(), "≤ 100 ms", start <= 100.0))
}

fn decided() -> Line {
    eprintln!("Decisions of the permission engine, on one core …");
    let rate = decisions::slowest(SPAN / 10);
    line(
        "decisions with their reason, 20 assignments over 10 roles",
        format!("{:.1} million/s allowed, {:.1} million/s denied", rate.allowed / 1e6, rate.denied / 1e6),
        format!("without the reason: {:.1} million/s", rate.bare / 1e6),
        "≥ 1 million/s on one core",
        rate.allowed.min(rate.denied) >= 1e6,
    )
}

async fn get_session(server: &Server, cookie: &str, engine: &str) -> Result<Line> {
    eprintln!("get-session on {engine}, in turns with a bare axum handler …");
    let bare = Server::bare().await?;
    let session = Request::get("/api/auth/get-session").cookie(cookie);
    let (ours, floor) = in_turns(server, &session, &bare, &Request::get("/")).await?;
    let ratio = ours.cpu_ms() / floor.cpu_ms();
    Ok(line(
        &format!("get-session, {engine}"),
        format!("{:.4} CPU-ms, {:.0}/s, {ratio:.2} × a bare handler", ours.cpu_ms(), ours.rate()),
        format!("bare axum handler: {:.4} CPU-ms, {:.0}/s", floor.cpu_ms(), floor.rate()),
        "≤ 3 × the CPU of a bare handler",
        ratio <= 3.0,
    ))
}

async fn page(server: &Server) -> Result<Line> {
    eprintln!("The sign-in page …");
    let shown = median_load(server, &Request::get("/sign-in").header("accept-encoding", "br")).await?;
    let cpu = shown.cpu_ms();
    let measured = format!("{cpu:.3} CPU-ms, {:.0}/s", shown.rate());
    Ok(line("the sign-in page", measured, String::new(), "≤ 0.2 CPU-ms", cpu <= 0.2))
}

async fn sign_ins(server: &Server, sign_in: &Request) -> Result<Line> {
    eprintln!("Sign-in, in turns with the raw Argon2id rate on all cores …");
    let (mut served, mut raw) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        raw.push(raw_hashes(2 * SPAN));
        served.push(load::run(server, sign_in, 2 * CONNECTIONS, 2 * SPAN).await?.rate());
    }
    let (served, raw) = (median(&mut served), median(&mut raw));
    let share = served / raw * 100.0;
    Ok(line(
        "sign-in",
        format!("{served:.1}/s, {share:.1} % of the raw rate"),
        format!("{raw:.1} raw hashes/s"),
        "≥ 95 %",
        share >= 95.0,
    ))
}

async fn weights(server: &Server) -> Result<[Line; 2]> {
    let weight = weight::sign_in_page(server).await?;
    let kib = |bytes: usize| bytes as f64 / 1024.0;
    let (scripts, document) = (kib(weight.js + weight.wasm), kib(weight.html + weight.css));
    Ok([
        line(
            "script of the sign-in page, brotli",
            format!("{scripts:.1} KB"),
            format!("JS {:.1}, WASM {:.1}", kib(weight.js), kib(weight.wasm)),
            "≤ 150 KB",
            scripts <= 150.0,
        ),
        line(
            "HTML and CSS of the sign-in page, brotli",
            format!("{document:.1} KB"),
            format!("HTML {:.1}, CSS {:.1}", kib(weight.html), kib(weight.css)),
            "≤ 20 KB",
            document <= 20.0,
        ),
    ])
}

/// Pages and searches of an organization with 10,000 members, 50 of them shown.
async fn crowd(server: &Server, database: &str, cookie: &str) -> Result<Line> {
    let (engine, row, waits) = members::measure(server, database, cookie, SPAN / 6).await?;
    let told: Vec<String> = waits.iter().map(|(what, wait)| format!("{what} {wait:.1} ms")).collect();
    let slowest = waits.iter().map(|(_, wait)| *wait).fold(0.0, f64::max);
    Ok(line(
        &format!("10,000 members, {engine}"),
        told.join(", "),
        format!("one row by its key, without HTTP: {row:.3} ms"),
        "≤ 50 ms",
        slowest <= 50.0,
    ))
}

/// Measures two servers alternately; gives the median of each.
async fn in_turns(ours: &Server, request: &Request, floor: &Server, floor_request: &Request) -> Result<(Load, Load)> {
    // What is loaded or compiled at the first request isn't what a request costs.
    load::run(ours, request, CONNECTIONS, SPAN / 6).await?;
    load::run(floor, floor_request, CONNECTIONS, SPAN / 6).await?;
    let (mut a, mut b) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        a.push(load::run(ours, request, CONNECTIONS, SPAN).await?);
        b.push(load::run(floor, floor_request, CONNECTIONS, SPAN).await?);
    }
    Ok((middle(a), middle(b)))
}

async fn median_load(server: &Server, request: &Request) -> Result<Load> {
    load::run(server, request, CONNECTIONS, SPAN / 6).await?;
    let mut all = Vec::new();
    for _ in 0..ROUNDS {
        all.push(load::run(server, request, CONNECTIONS, SPAN).await?);
    }
    Ok(middle(all))
}

fn middle(mut loads: Vec<Load>) -> Load {
    loads.sort_by(|a, b| a.cpu_ms().total_cmp(&b.cpu_ms()));
    loads.swap_remove(loads.len() / 2)
}

fn median(values: &mut [f64]) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// Argon2id with the product's default parameters, one thread a core, nothing else: hashes a second.
fn raw_hashes(span: Duration) -> f64 {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let began = Instant::now();
    let work = |_| {
        std::thread::spawn(move || {
            let params = Params::new(19 * 1024, 2, 1, None).unwrap_or_default();
            let argon2 = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
            let mut done = 0u32;
            while began.elapsed() < span {
                let hash: Option<argon2::password_hash::phc::PasswordHash> =
                    argon2.hash_password(PASSWORD.as_bytes()).ok();
                done += u32::from(std::hint::black_box(hash).is_some());
            }
            done
        })
    };
    let threads: Vec<_> = (0..cores).map(work).collect();
    let done: u32 = threads.into_iter().filter_map(|thread| thread.join().ok()).sum();
    f64::from(done) / began.elapsed().as_secs_f64()
}

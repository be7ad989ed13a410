//! From the command line to a running server. What goes wrong on the way is told in one block, with what to do about it: exit code 2
//! for a configuration that can't be used, 1 for everything else.

use std::fmt::Display;
use std::io::{self, IsTerminal, Read, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream};
use std::path::Path;
use std::process::ExitCode;
use std::time::Duration;

use db::Db;
use domain::limit::Limiter;
use domain::mail::Transport;
use domain::sms::Sender;
use domain::{Clock, Cx};
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio::sync::watch;

use crate::app::{self, Parts};
use crate::cli::{Cli, Command, User};
use crate::settings::{self, Mode, Settings, Sources};
use crate::site::Site;
use crate::{audit, desk, jobs, keys, listener, log, providers};

/// Why the program ends.
pub(crate) struct Failure(u8, String);

impl Failure {
    pub(crate) fn new(what: impl Display) -> Self {
        Self(1, what.to_string())
    }

    fn settings(what: impl Display) -> Self {
        Self(2, what.to_string())
    }
}

/// Does what the command line says.
pub fn main(cli: &Cli) -> ExitCode {
    let result = Runtime::new().map_err(Failure::new).and_then(|runtime| runtime.block_on(run(cli)));
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(Failure(code, what)) => {
            _ = writeln!(io::stderr(), "error: {what}");
            ExitCode::from(code)
        }
    }
}

async fn run(cli: &Cli) -> Result<(), Failure> {
    let sources = Sources::of_process(cli.config.clone());
    match cli.command.clone().unwrap_or(Command::Serve) {
        Command::Config => {
            let text = settings::show(&sources).map_err(Failure::settings)?;
            say(text.trim_end())
        }
        Command::Health => {
            let settings = Settings::load(&sources).map_err(Failure::settings)?;
            health(settings.http.listen).map_err(Failure::new)
        }
        Command::Migrate => {
            log(&sources)?;
            let settings = Settings::load(&sources).map_err(Failure::settings)?;
            let db = open(&settings).await?;
            _ = writeln!(io::stdout(), "The database is up to date ({}).", db.engine());
            db.close().await;
            Ok(())
        }
        Command::User(User::ResetFactors { email, passkeys }) => {
            at_desk(&sources, async |cx| desk::reset_factors(cx, &email, passkeys).await).await
        }
        Command::Role(what) => at_desk(&sources, async |cx| desk::roles(cx, what).await).await,
        Command::Providers { check } => {
            log(&sources)?;
            let settings = Settings::load(&sources).map_err(Failure::settings)?;
            let (text, done) = providers::list(&settings, check).await;
            say(&text)?;
            done
        }
        Command::Keys(what) => at_desk(&sources, async |cx| keys::run(cx, what).await).await,
        Command::Audit(what) => at_desk(&sources, async |cx| audit::run(cx, what).await).await,
        Command::Serve => {
            log(&sources)?;
            serve(Settings::load(&sources).map_err(Failure::settings)?).await
        }
    }
}

/// Does something with the database beside a server that may be running, and says what was done.
async fn at_desk(sources: &Sources, act: impl AsyncFnOnce(&Cx) -> Result<String, Failure>) -> Result<(), Failure> {
    log(sources)?;
    let settings = Settings::load(sources).map_err(Failure::settings)?;
    // A database that is made here and now is nobody's.
    if let Some(file) = settings.database_url.strip_prefix("sqlite:").map(|rest| rest.trim_start_matches("//"))
        && !Path::new(file.split('?').next().unwrap_or_default()).exists()
    {
        return Err(Failure::new(format!(
            "there is no database at {file}\n  Run this in the server's folder, with the server's settings (--config, .env, environment).\n  database.url (environment: DATABASE_URL) is {}",
            settings.database_shown()
        )));
    }
    let secret = settings.secret().map_err(Failure::settings)?;
    let db = open(&settings).await?;
    let cx = Cx::new(db.clone(), Clock::System, secret, settings.domain);
    let said = act(&cx).await;
    db.close().await;
    match said? {
        // It has written by itself.
        said if said.is_empty() => Ok(()),
        said => say(&said),
    }
}

/// Prints lines; whoever has read enough of them (`head`) may go.
fn say(lines: &str) -> Result<(), Failure> {
    match writeln!(io::stdout(), "{lines}") {
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(()),
        said => said.map_err(Failure::new),
    }
}

fn log(sources: &Sources) -> Result<(), Failure> {
    let filter = sources.variable("LATCHKEY_LOG");
    log::start(filter.as_deref()).map_err(|error| Failure::settings(format!("LATCHKEY_LOG can't be read: {error}\nwanted: a level such as info or debug, or a list such as info,access=debug")))
}

async fn serve(mut settings: Settings) -> Result<(), Failure> {
    // The port first: nothing is made or migrated by a second server that can't start.
    let socket = TcpListener::bind(settings.http.listen)
        .await
        .map_err(|error| Failure::new(unbound(settings.http.listen, &error)))?;
    settings.listening_on(socket.local_addr().map_err(Failure::new)?);
    let secret = settings.secret().map_err(Failure::settings)?;
    let db = open(&settings).await?;
    let site = Site::open().map_err(|error| Failure::new(format!("the site's files can't be read: {error}")))?;
    raise_file_limit();

    let (signal, stop) = watch::channel(false);
    let mailbox = matches!(settings.ways.mail, Transport::Mailbox) || matches!(settings.ways.sms, Sender::Mailbox);
    announce(&settings, &db);
    let Settings { mode, domain, accent, http, ways, redis_url, .. } = settings;
    let mut cx = Cx::new(db.clone(), Clock::System, secret, domain);
    if let Some(url) = redis_url {
        // It may come later: until then what must be counted isn't let through, and /ready says so.
        cx.limiter = Limiter::redis(&url, Clock::System).map_err(Failure::new)?;
    }
    let mut jobs = jobs::start(&cx, &ways, &stop);
    let router = app::build(Parts { cx, mode, mailbox, http: http.clone(), accent, site, stop: stop.clone() });

    let server = listener::serve(socket, router, &http, stop);
    let ((), ()) = tokio::join!(server, async {
        told_to_stop().await;
        tracing::info!("stopping");
        signal.send_replace(true);
    });
    let ended = async { while jobs.join_next().await.is_some() {} };
    if tokio::time::timeout(http.drain, ended).await.is_err() {
        tracing::warn!("a job was still running when the time to stop was over");
    }
    db.close().await;
    tracing::info!("stopped");
    Ok(())
}

async fn open(settings: &Settings) -> Result<Db, Failure> {
    let told = |error: db::Error| {
        let advice = match (&error, settings.database_url.starts_with("sqlite:")) {
            (db::Error::Unavailable(_), true) => {
                "Is its folder there, can this user write to it, and is there room on the disk?".to_owned()
            }
            // A wrong password or name of a database is no state that passes.
            (db::Error::Unavailable(_) | db::Error::Broken(_), false) => unreachable_server(&settings.database_url),
            (db::Error::Migration(_), _) => "Was it used by a newer Latchkey? Then run that one.".to_owned(),
            (db::Error::Address(_), _) | (db::Error::Broken(_), true) => "Nothing was changed.".to_owned(),
        };
        Failure::new(format!(
            "{error}\n  {advice}\n  database.url (environment: DATABASE_URL) is {}",
            settings.database_shown()
        ))
    };
    let db = Db::open(&settings.database_url, settings.database).map_err(told)?;
    // First whether it can be reached at all: a migration would tell that as its own failure.
    drop(db.read().await.map_err(told)?);
    db.migrate().await.map_err(told)?;
    db.ready().await.map_err(told)?;
    Ok(db)
}

/// The pool tries again until its time is over and then tells only that; the socket tells more.
fn unreachable_server(url: &str) -> String {
    let addresses = url::Url::parse(url).ok().and_then(|url| url.socket_addrs(|| Some(5432)).ok()).unwrap_or_default();
    match addresses.first().map(|address| (address, TcpStream::connect_timeout(address, Duration::from_secs(2)))) {
        Some((address, Err(error))) => {
            format!("Nothing answers at {address} ({error}). Is PostgreSQL running, and are host and port right?")
        }
        _ => "Are host, port, user, password and name right?".to_owned(),
    }
}

fn unbound(listen: SocketAddr, error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::AddrInUse => format!(
            "{listen} is in use: another Latchkey, perhaps. Stop it, or take another port: PORT={} latchkey",
            listen.port().wrapping_add(1).max(1024)
        ),
        io::ErrorKind::PermissionDenied => format!(
            "this user may not listen on {listen}: ports below 1024 are the system's. Take another one (PORT=3000) and put a proxy in front."
        ),
        io::ErrorKind::AddrNotAvailable => format!(
            "{} is no address of this machine (server.host, environment: HOST): 0.0.0.0 listens on all of them",
            listen.ip()
        ),
        _ => format!("can't listen on {listen}: {error}"),
    }
}

/// Says where everything is: to a person in words, to a log in fields.
fn announce(settings: &Settings, db: &Db) {
    let listen = settings.http.listen;
    let url = settings.domain.base_url.as_str().trim_end_matches('/');
    let database = settings.database_shown();
    let mailbox = format!("{url}/dev/mailbox");
    let mail = match settings.ways.mail {
        Transport::Mailbox => &mailbox,
        Transport::Smtp(_) => "SMTP",
    };
    let sms = match settings.ways.sms {
        Sender::Mailbox => &mailbox,
        Sender::Http(_) => "HTTP",
        Sender::None => "none",
    };
    let file = settings.file.as_deref().map_or_else(|| "none".into(), Path::to_string_lossy);
    let secret = settings.secret_file().map_or_else(|| "from the configuration".into(), Path::to_string_lossy);
    let redis = settings.redis_shown();
    let limits = match (settings.domain.rate_limit.enabled, &redis) {
        (false, _) => "off",
        (true, None) => "counted in memory",
        (true, Some(url)) => url,
    };
    let mode = if settings.mode == Mode::Development { "development" } else { "production" };
    if io::stderr().is_terminal() {
        let lines = [
            ("open", url),
            ("listens on", &listen.to_string()),
            ("database", &database),
            ("mails", mail),
            ("texts", sms),
            ("limits", limits),
            ("settings", &file),
            ("secret", &secret),
            ("mode", mode),
        ];
        let text: String = lines.iter().map(|(name, value)| format!("  {name:<11} {value}\n")).collect();
        _ = writeln!(io::stderr(), "\n{} is ready.\n\n{text}", settings.domain.app_name);
    } else {
        tracing::info!(url, %listen, engine = db.engine(), database, mail, sms, limits, settings = %file, secret = %secret, mode, "ready");
    }
    for warning in &settings.warnings {
        tracing::warn!("{warning}");
    }
}

/// Each connection takes a file descriptor, and the usual limit of 1024 is for programs that ask for no more.
fn raise_file_limit() {
    #[cfg(unix)]
    {
        use rustix::process::{Resource, getrlimit, setrlimit};
        let mut limit = getrlimit(Resource::Nofile);
        limit.current = limit.maximum.map(|most| most.min(65_536)).or(Some(65_536));
        if let Err(error) = setrlimit(Resource::Nofile, limit) {
            tracing::debug!(%error, "the limit of open files stays as it is");
        }
    }
}

#[cfg(unix)]
async fn told_to_stop() {
    use tokio::signal::unix::{SignalKind, signal};
    match (signal(SignalKind::terminate()), signal(SignalKind::interrupt())) {
        (Ok(mut terminate), Ok(mut interrupt)) => {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
        }
        // Without signals, the system's own way to stop a process is left.
        _ => std::future::pending().await,
    }
}

#[cfg(not(unix))]
async fn told_to_stop() {
    if tokio::signal::ctrl_c().await.is_err() {
        std::future::pending::<()>().await;
    }
}

/// Asks the server on this machine whether it is ready.
fn health(listen: SocketAddr) -> Result<(), String> {
    let here = match listen.ip() {
        IpAddr::V4(any) if any.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(any) if any.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    let address = SocketAddr::new(here, listen.port());
    let ask = || -> io::Result<String> {
        let mut stream = TcpStream::connect_timeout(&address, Duration::from_secs(2))?;
        stream.set_read_timeout(Some(Duration::from_secs(10)))?;
        write!(stream, "GET /ready HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n")?;
        let mut answer = String::new();
        stream.take(64 * 1024).read_to_string(&mut answer)?;
        Ok(answer)
    };
    let answer = ask().map_err(|error| format!("nothing answers at {address}: {error}"))?;
    let body = answer.split_once("\r\n\r\n").map_or("", |(_, body)| body);
    if answer.starts_with("HTTP/1.1 200") {
        _ = writeln!(io::stdout(), "{body}");
        return Ok(());
    }
    Err(format!("the server at {address} can't serve: {body}"))
}

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

/// An SMTP server on loopback (RFC 5321, what a client needs of it), which answers by the recipient's name.
pub(super) struct Server {
    pub port: u16,
    mails: Receiver<Received>,
}

/// A mail that the server said it has, and before it whatever the client said.
pub(super) struct Received {
    pub to: String,
    pub data: String,
}

impl Server {
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let (sender, mails) = channel();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let sender = sender.clone();
                std::thread::spawn(move || serve(stream, &sender));
            }
        });
        Self { port, mails }
    }

    /// The next mail; waits for it.
    pub fn next(&self) -> Received {
        self.mails.recv_timeout(Duration::from_secs(10)).expect("a mail arrives")
    }

    /// What has arrived.
    pub fn all(&self) -> Vec<Received> {
        self.mails.try_iter().collect()
    }
}

/// The answer to `RCPT TO`.
fn answer(to: &str) -> &'static str {
    match to.split(['@', '-']).next() {
        Some("gone") => "550 5.1.1 No such user here",
        Some("denied") => "550 5.7.1 Relaying denied",
        Some("later") => "451 4.3.0 Try again later",
        Some("full") => "552 5.2.2 Mailbox full",
        _ => "250 OK",
    }
}

fn serve(stream: TcpStream, mails: &Sender<Received>) -> Option<()> {
    let mut lines = BufReader::new(stream.try_clone().ok()?).lines();
    let mut stream = stream;
    let mut say = |text: &str| stream.write_all(format!("{text}\r\n").as_bytes()).ok();
    let mut to = String::new();
    say("220 loopback ESMTP")?;
    loop {
        let line = lines.next()?.ok()?;
        match line.split([' ', ':']).next()? {
            "EHLO" => say("250-loopback\r\n250-8BITMIME\r\n250 AUTH PLAIN LOGIN")?,
            "AUTH" => say("535 5.7.8 Wrong user or password")?,
            "RCPT" => {
                to = line.split(['<', '>']).nth(1)?.to_owned();
                // Says nothing until the client hangs up.
                if to.starts_with("slow") {
                    lines.next()?.ok()?
                } else {
                    say(answer(&to)).map(|()| String::new())?
                };
            }
            "DATA" => {
                say("354 Go on")?;
                let data: Vec<String> = lines.by_ref().map_while(Result::ok).take_while(|line| line != ".").collect();
                mails.send(Received { to: to.clone(), data: data.join("\n") }).ok()?;
                say("250 Taken")?;
            }
            "QUIT" => return say("221 Bye"),
            _ => say("250 OK")?,
        }
    }
}

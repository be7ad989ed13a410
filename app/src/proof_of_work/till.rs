use axum::extract::Request;
use axum::http::{HeaderValue, Method, header};
use domain::limit::fits;
use domain::proof_of_work::{Fate, LIFETIME, Payment, Ticket, is_asked};

use super::{COOKIE, api};
use crate::client::ClientAddr;
use crate::cookies::{Jar, Outgoing, sent};
use crate::state::App;

const TICKET: &str = "ticket";

/// What must be paid for: what tries a password, makes an account, or sends something to an address that anybody can name.
pub(crate) const PAID: &[&str] = &[
    "/sign-in",
    "/sign-up",
    "/forgot-password",
    "/magic-link",
    "/email-code",
    "/email-code/again",
    "/check-mail",
    "/_fn/sign-in",
    "/_fn/sign-up",
    "/_fn/request-mail",
    // Where an account is made by it ([`crate::passkey`]).
    "/_fn/passkey-begin",
    "/api/auth/sign-up/email",
    "/api/auth/sign-in/email",
    "/api/auth/sign-in/username",
    "/api/auth/sign-in/phone-number",
    "/api/auth/sign-in/magic-link",
    "/api/auth/request-password-reset",
    "/api/auth/forget-password/*",
    "/api/auth/send-verification-email",
    "/api/auth/email-otp/send-verification-otp",
    "/api/auth/email-otp/request-password-reset",
    "/api/auth/phone-number/send-otp",
    "/api/auth/phone-number/request-password-reset",
];

/// The pages with such forms: each gives a ticket to a browser that has none, so that the time in which somebody fills the form in counts.
const PAGES: &[&str] = &[
    "/sign-in",
    "/sign-up",
    "/forgot-password",
    "/magic-link",
    "/email-code",
    "/email-code/enter",
    "/email-code/again",
    "/check-mail",
];

/// Where a request pays.
pub(crate) struct Till {
    app: App,
    jar: Jar,
    has: bool,
    gives: bool,
    payment: Option<Payment>,
}

impl Till {
    /// For a request to `route`; `None` where nothing must be paid for.
    pub fn open(app: &App, request: &Request, route: &str) -> Option<Self> {
        let reads = matches!(*request.method(), Method::GET | Method::HEAD);
        let (pays, gives) = (!reads && PAID.iter().any(|pattern| fits(pattern, route)), PAGES.contains(&route));
        if !is_asked(&app.cx) || !(pays || gives) {
            return None;
        }
        let jar = Jar::new(app, request.headers(), request.extensions().get::<Outgoing>());
        let ticket = jar.raw(TICKET).filter(|_| gives).and_then(|text| Ticket::parse(&app.cx, text));
        let has = ticket.is_some();
        let from = request.extensions().get::<ClientAddr>().map(|address| address.0);
        let payment = match (pays, gives) {
            (true, true) => Some(Payment::solved_or_waited(solution(request), ticket, from)),
            (true, false) => Some(Payment::solved(solution(request))),
            (false, _) => None,
        };
        Some(Self { app: app.clone(), jar, has, gives, payment })
    }

    /// Serves the request with what it brought, and gives its browser another ticket where it needs one.
    pub async fn serve<T>(self, work: impl Future<Output = T>) -> T {
        let (answer, fate) = match self.payment {
            Some(payment) => payment.offers(work).await,
            None => (work.await, Fate::Untouched),
        };
        let needs = match fate {
            Fate::Untouched => !self.has,
            Fate::Early => false,
            Fate::Refused | Fate::Taken => true,
        };
        if needs && self.gives {
            self.jar.set(TICKET, Ticket::new(&self.app.cx).text(), &format!("; Max-Age={}", LIFETIME.as_secs()));
        }
        answer
    }
}

/// In the header, or else in the cookie.
fn solution(request: &Request) -> Option<String> {
    if let Some(header) = request.headers().get(api::HEADER) {
        return Some(header.to_str().unwrap_or_default().to_owned());
    }
    let cookies: Vec<HeaderValue> = request.headers().get_all(header::COOKIE).iter().cloned().collect();
    let (_, found) = sent(&cookies, COOKIE).find(|(rest, _)| rest.is_empty())?;
    Some(found.to_owned())
}

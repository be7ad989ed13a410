use axum::extract::Request;
use axum::http::header;
use domain::proof_of_work::{Fate, LIFETIME, Payment, Ticket, is_asked};

use super::{COOKIE, api};
use crate::client::ClientAddr;
use crate::cookies::{Jar, Outgoing, sent};
use crate::state::App;

const TICKET: &str = "ticket";

/// The pages whose forms must be paid for: each gives a ticket to a browser that has none, so that the time in which somebody fills the
/// form in counts.
const PAGES: &[&str] = &["/sign-in", "/sign-up", "/forgot-password", "/magic-link", "/email-code", "/check-mail"];

/// Where a request pays.
pub(crate) struct Till {
    app: App,
    jar: Jar,
    gives: bool,
    has: bool,
    payment: Payment,
}

impl Till {
    /// For a request to `route`; `None` while nothing must be paid for.
    pub fn open(app: &App, request: &Request, route: &str) -> Option<Self> {
        if !is_asked(&app.cx) {
            return None;
        }
        let jar = Jar::new(app, request.headers(), request.extensions().get::<Outgoing>());
        let ticket = jar.raw(TICKET).and_then(|text| Ticket::parse(&app.cx, text));
        let cookies: Vec<_> = request.headers().get_all(header::COOKIE).iter().cloned().collect();
        let brought = request.headers().get(api::HEADER).and_then(|value| value.to_str().ok());
        let solution =
            brought.or_else(|| sent(&cookies, COOKIE).find_map(|(rest, value)| rest.is_empty().then_some(value)));
        let from = request.extensions().get::<ClientAddr>().map(|address| address.0);
        Some(Self {
            app: app.clone(),
            gives: PAGES.contains(&route),
            has: ticket.is_some(),
            payment: Payment::new(solution.map(str::to_owned), ticket, from),
            jar,
        })
    }

    /// Serves the request with what it brought, and gives its browser another ticket where it needs one.
    pub async fn serve<T>(self, work: impl Future<Output = T>) -> T {
        let (answer, fate) = self.payment.offers(work).await;
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

use std::time::Duration;

use leptos::prelude::*;
use model::Timestamp;

/// A moment, told relative to `now`; the exact one is in the title, in UTC, until [`LocalTimes`] knows the reader's zone.
#[component]
pub fn Time(at: Timestamp, now: Timestamp) -> AnyView {
    view! { <time datetime=at.iso() title=at.words()>{relative(at, now)}</time> }.into_any()
}

/// "5 minutes ago", "in 3 days". What is ahead is rounded: thirty days are "in 30 days" a moment later, too.
pub fn relative(at: Timestamp, now: Timestamp) -> String {
    let (past, seconds) = if at <= now { (true, now.since(at).as_secs()) } else { (false, at.since(now).as_secs()) };
    let whole = |unit| if past { seconds / unit } else { (seconds + unit / 2) / unit };
    let (count, unit) = match seconds {
        0..60 => {
            return if past { "just now".to_owned() } else { "in a moment".to_owned() };
        }
        60..3600 => (whole(60), "minute"),
        3600..86400 => (whole(3600), "hour"),
        86400..2_592_000 => (whole(86400), "day"),
        2_592_000..31_536_000 => (whole(2_592_000), "month"),
        _ => (whole(31_536_000), "year"),
    };
    let s = if count == 1 { "" } else { "s" };
    if past { format!("{count} {unit}{s} ago") } else { format!("in {count} {unit}{s}") }
}

/// "30 days": in the largest unit that holds it whole.
pub fn span(span: Duration) -> String {
    let minutes = (span.as_secs() / 60).max(1);
    let (count, unit) = match minutes {
        minutes if minutes.is_multiple_of(24 * 60) => (minutes / (24 * 60), "day"),
        minutes if minutes.is_multiple_of(60) => (minutes / 60, "hour"),
        minutes => (minutes, "minute"),
    };
    format!("{count} {unit}{}", if count == 1 { "" } else { "s" })
}

/// Tells every time of the page in the reader's own zone. The shell adds it to pages that show a [`Time`].
#[island]
pub fn LocalTimes() -> impl IntoView {
    #[cfg(feature = "hydrate")]
    if let Some(page) = document().document_element() {
        for time in crate::live::each(&page, "time[datetime]") {
            let moment = js_sys::Date::new(&time.get_attribute("datetime").into());
            let exact = moment.to_locale_string("default", &wasm_bindgen::JsValue::UNDEFINED);
            // The attribute of an element that is there can be set.
            let _ = time.set_attribute("title", &String::from(exact));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_told_in_the_largest_unit_that_fits() {
        let at = |seconds: i64| Timestamp::from_micros(seconds * 1_000_000);
        let now = at(100_000_000);
        let told = |seconds: i64| relative(at(100_000_000 + seconds), now);
        assert_eq!(told(-3), "just now");
        assert_eq!(told(-60), "1 minute ago");
        assert_eq!(told(-7300), "2 hours ago");
        assert_eq!(told(-86400 * 40), "1 month ago");
        assert_eq!(told(30), "in a moment");
        assert_eq!(told(86400 * 3), "in 3 days");
        assert_eq!(told(86400 * 30 - 2), "in 30 days");
        assert_eq!(told(86400 * 29 + 60), "in 29 days");
    }
}

use http_body_util::BodyExt;
use leptos::prelude::*;

use super::*;
use crate::ui::PasswordField;

fn frame(cookies: &str) -> Frame {
    let mut headers = HeaderMap::new();
    headers.insert(header::COOKIE, HeaderValue::from_str(cookies).unwrap());
    let mut extensions = Extensions::new();
    extensions.insert(Nonce("n0nce".into()));
    let look = Look { name: "Acme".into(), accent: Accent::parse("#123456"), ..Look::default() };
    Frame::new(look, &extensions, &headers, &Uri::from_static("/settings?a=1"))
}

async fn text(response: Response) -> String {
    String::from_utf8(response.into_body().collect().await.unwrap().to_bytes().to_vec()).unwrap()
}

#[tokio::test]
async fn a_title_can_t_end_itself() {
    let page = text(frame("").page("</title><script>alert(1)</script>").render(|| "x")).await;
    assert!(page.contains("<title>&lt;/title&gt;&lt;script&gt;alert(1)&lt;/script&gt; · Acme</title>"), "{page}");
    assert!(!page.contains("<script"), "{page}");
}

#[tokio::test]
async fn a_page_without_islands_loads_no_script() {
    assert!(!text(frame("").page("x").render(|| view! { <p>"<leptos-island"</p> })).await.contains("<script"));
    let page = text(frame("").page("x").render(|| view! { <PasswordField name="password" label="Password"/> })).await;
    assert!(page.contains("<script type=\"module\" src=\"\" nonce=\"n0nce\"></script>"), "{page}");
    assert!(page.contains("<style nonce=\"n0nce\">:root{--brand:#123456"), "{page}");
}

#[tokio::test]
async fn the_theme_is_the_reader_s() {
    assert!(
        text(frame("a=b; latchkey.theme=dark").page("x").render(|| ""))
            .await
            .contains("<html lang=\"en\" data-theme=\"dark\">")
    );
    assert!(text(frame("latchkey.theme=\"><script>").page("x").render(|| "")).await.contains("<html lang=\"en\">"));
}

#[tokio::test]
async fn a_flash_is_said_once_and_only_in_our_words() {
    let response = frame("latchkey.flash=signed-out").page("x").render(|| "");
    let cleared = response.headers()[header::SET_COOKIE].to_str().unwrap().to_owned();
    assert!(cleared.starts_with("latchkey.flash=; ") && cleared.contains("Max-Age=0"), "{cleared}");
    let page = text(response).await;
    assert!(page.contains("role=\"status\"") && page.contains(Flash::SignedOut.text()), "{page}");

    let response = frame("latchkey.flash=Your account is blocked, call 555").page("x").render(|| "");
    assert!(response.headers().get(header::SET_COOKIE).is_none());
    assert!(!text(response).await.contains("555"));
}

#[test]
fn a_redirect_carries_its_message() {
    let response = frame("").go(LocalPath::known("/sign-in"), Some(Flash::SignedOut));
    assert_eq!(response.status(), StatusCode::SEE_OTHER);
    assert_eq!(response.headers()[header::LOCATION], "/sign-in");
    assert_eq!(
        response.headers()[header::SET_COOKIE],
        "latchkey.flash=signed-out; Path=/; Max-Age=60; HttpOnly; SameSite=Lax"
    );
}

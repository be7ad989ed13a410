//! Posted forms.

use axum::body::{Body, Bytes};
use axum::extract::rejection::FormRejection;
use axum::extract::{FromRequest, Request};
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, HeaderValue};
use serde::de::DeserializeOwned;

/// A form as [`axum::Form`] reads it, with a blank for each NUL in it: nobody types one, and no database keeps one in a text (SECURITY A54).
#[derive(Clone, Debug, Default)]
pub struct Form<T>(pub T);

/// A form that was posted. One that can't be read is empty: its page says what is missing.
pub type Posted<T> = Result<Form<T>, FormRejection>;

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Form<T> {
    type Rejection = FormRejection;

    async fn from_request(request: Request, state: &S) -> Result<Self, FormRejection> {
        let request = without_nul(request, state).await?;
        axum::Form::from_request(request, state).await.map(|axum::Form(form)| Self(form))
    }
}

/// Whether what comes with these headers is a form, other than one with files.
pub(crate) fn is_form(headers: &HeaderMap) -> bool {
    let kind = headers.get(CONTENT_TYPE).map_or(&[][..], HeaderValue::as_bytes);
    kind.starts_with(b"application/x-www-form-urlencoded")
}

/// The page, with hidden fields in each form that posts: as a form's last elements, where the islands don't look.
pub(crate) fn with_fields(page: &str, fields: impl FnOnce() -> String) -> String {
    const END: &str = "</form>";
    let fields = std::cell::LazyCell::new(fields);
    let mut whole = String::with_capacity(page.len() + 1024);
    let mut rest = page;
    // A reader's text can't look like a tag: its `<` is escaped.
    while let Some((start, end)) = rest.find("<form").and_then(|start| Some((start, start + rest[start..].find(END)?)))
    {
        whole.push_str(&rest[..end]);
        if rest[start..end].split('>').next().is_some_and(|tag| tag.contains("method=\"post\"")) {
            whole.push_str(&fields);
        }
        whole.push_str(END);
        rest = &rest[end + END.len()..];
    }
    whole.push_str(rest);
    whole
}

/// The same request; what was typed into its form holds no NUL.
///
/// # Errors
/// When it can't be read whole.
pub(crate) async fn without_nul<S: Send + Sync>(request: Request, state: &S) -> Result<Request, FormRejection> {
    if !is_form(request.headers()) {
        return Ok(request);
    }
    let (parts, body) = request.into_parts();
    let bytes = Bytes::from_request(Request::from_parts(parts.clone(), body), state).await?;
    Ok(Request::from_parts(parts, Body::from(clean(bytes))))
}

/// A blank in its place, so that what is around it doesn't make up another one.
fn clean(form: Bytes) -> Bytes {
    if form.windows(3).any(|three| three == b"%00") || form.contains(&0) {
        String::from_utf8_lossy(&form).replace("%00", "+").replace('\0', "+").into()
    } else {
        form
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a54_no_nul_comes_in_by_a_form() {
        let clean = |form: &'static str| clean(Bytes::from_static(form.as_bytes()));
        assert_eq!(clean("name=Ada%00&x=\0&y=%0%000"), "name=Ada+&x=+&y=%0+0");
        assert_eq!(clean("name=100%2500"), "name=100%2500", "which reads 100%00, and is no NUL");
    }
}

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

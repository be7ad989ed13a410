//! How a page's forms and islands name the account that the page was opened as; [`crate::same_account`] holds them to it.

use std::future::Future;

use futures_util::{Sink, Stream};
use leptos::prelude::document;
use leptos::server_fn::Bytes;
use leptos::server_fn::client::Client;
use leptos::server_fn::client::browser::BrowserClient;
use leptos::server_fn::error::FromServerFnError;
use leptos::server_fn::request::browser::BrowserRequest;
use leptos::server_fn::response::browser::BrowserResponse;
use wasm_bindgen::JsCast;
use web_sys::HtmlInputElement;

/// The hidden field of a form.
#[cfg(feature = "ssr")]
pub(crate) const FIELD: &str = "form_account";
/// The header of a server function.
pub(crate) const HEADER: &str = "x-form-account";

/// Calls the server functions that act for who is signed in.
pub struct AsPage;

impl<E: FromServerFnError, I: FromServerFnError, O: FromServerFnError> Client<E, I, O> for AsPage {
    type Request = BrowserRequest;
    type Response = BrowserResponse;

    fn send(request: BrowserRequest) -> impl Future<Output = Result<BrowserResponse, E>> + Send {
        let field = document().query_selector("input[name=form_account]").ok().flatten();
        if let Some(field) = field.and_then(|field| field.dyn_into::<HtmlInputElement>().ok()) {
            request.headers().set(HEADER, &field.value());
        }
        <BrowserClient as Client<E, I, O>>::send(request)
    }

    fn open_websocket(
        path: &str,
    ) -> impl Future<
        Output = Result<
            (impl Stream<Item = Result<Bytes, Bytes>> + Send + 'static, impl Sink<Bytes> + Send + 'static),
            E,
        >,
    > + Send {
        <BrowserClient as Client<E, I, O>>::open_websocket(path)
    }

    fn spawn(future: impl Future<Output = ()> + Send + 'static) {
        <BrowserClient as Client<E, I, O>>::spawn(future);
    }
}

use axum::extract::Multipart;
use axum::extract::multipart::MultipartRejection;
use axum::http::StatusCode;
use axum::response::Response;
use domain::profile::{self, Change};
use model::{LocalPath, Refusal};

use super::page;
use super::view::Filled;
use crate::member::Member;
use crate::outcome::{Failure, Next};
use crate::page_account::FIELD;
use crate::same_account::{differs, refuse};
use crate::words::{self, Flash};

/// `POST /profile/picture`: takes a file `avatar`, or the button `remove`.
pub(super) async fn change(member: Member, form: Result<Multipart, MultipartRejection>) -> Response {
    let sent = match read(form).await {
        Ok(sent) if differs(&member.current, sent.account.as_deref()) => {
            let account = sent.account.unwrap_or_default();
            return refuse(&member.visit, member.frame, &member.current, &account).await;
        }
        sent => sent,
    };
    let outcome = match sent {
        Ok(Sent { wish, .. }) => keep(&member, wish).await,
        Err(failure) => Err(failure),
    };
    match outcome {
        Ok(next) => member.frame.go(next.to, next.flash),
        Err(Failure::Form(problems, status)) => {
            page::render(member, |filled| Filled { picture_problems: problems, ..filled }, status).await
        }
        Err(Failure::Verb(error)) => member.trouble(error),
    }
}

/// Somebody who was sent back here by the sign-in page.
pub(super) async fn back(member: Member) -> Response {
    member.frame.go(LocalPath::known("/profile"), None)
}

/// What the form holds.
#[derive(Default)]
struct Sent {
    wish: Option<Wish>,
    /// Whom its page was opened as.
    account: Option<String>,
}

enum Wish {
    Remove,
    Take(Vec<u8>),
}

async fn read(form: Result<Multipart, MultipartRejection>) -> Result<Sent, Failure> {
    let unreadable = |status: StatusCode| Failure::Form(words::problems(&[Refusal::InvalidImage]), status);
    let mut form = form.map_err(|_| unreadable(StatusCode::BAD_REQUEST))?;
    let mut sent = Sent::default();
    while let Some(field) = form.next_field().await.map_err(|error| unreadable(error.status()))? {
        let name = field.name().unwrap_or_default().to_owned();
        let bytes = field.bytes().await.map_err(|error| unreadable(error.status()))?;
        match name.as_str() {
            "remove" => sent.wish = Some(Wish::Remove),
            // The button that removes the picture sends an empty file along.
            "avatar" if !bytes.is_empty() && sent.wish.is_none() => sent.wish = Some(Wish::Take(bytes.to_vec())),
            FIELD => sent.account = Some(String::from_utf8_lossy(&bytes).into_owned()),
            _ => {}
        }
    }
    Ok(sent)
}

async fn keep(member: &Member, wish: Option<Wish>) -> Result<Next, Failure> {
    match wish {
        Some(Wish::Remove) => {
            let change = Change { image: Some(None), ..Change::default() };
            profile::update(member.cx(), member.user(), change).await?;
            Ok(Next::to("/profile").saying(Flash::PictureRemoved))
        }
        Some(Wish::Take(picture)) => {
            profile::set_avatar(member.cx(), &member.current, picture).await?;
            Ok(Next::to("/profile").saying(Flash::PictureSaved))
        }
        None => Err(Refusal::InvalidImage.into()),
    }
}

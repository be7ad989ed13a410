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
use crate::words::{self, Flash};

/// `POST /profile/picture`: takes a file `avatar`, or the button `remove`.
pub(super) async fn change(member: Member, form: Result<Multipart, MultipartRejection>) -> Response {
    match take(&member, form).await {
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

async fn take(member: &Member, form: Result<Multipart, MultipartRejection>) -> Result<Next, Failure> {
    let unreadable = |status: StatusCode| Failure::Form(words::problems(&[Refusal::InvalidImage]), status);
    let mut form = form.map_err(|_| unreadable(StatusCode::BAD_REQUEST))?;
    while let Some(field) = form.next_field().await.map_err(|error| unreadable(error.status()))? {
        match field.name() {
            Some("remove") => {
                let change = Change { image: Some(None), ..Change::default() };
                profile::update(member.cx(), member.user(), change).await?;
                return Ok(Next::to("/profile").saying(Flash::PictureRemoved));
            }
            Some("avatar") => {
                let upload = field.bytes().await.map_err(|error| unreadable(error.status()))?;
                // The button that removes the picture sends an empty file along.
                if !upload.is_empty() {
                    profile::set_avatar(member.cx(), &member.current, upload.to_vec()).await?;
                    return Ok(Next::to("/profile").saying(Flash::PictureSaved));
                }
            }
            _ => {}
        }
    }
    Err(Refusal::InvalidImage.into())
}

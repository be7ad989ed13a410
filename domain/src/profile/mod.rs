//! How somebody appears to others: names, picture, a few words, and the app's own preferences.

mod avatar;
mod store;
#[cfg(test)]
mod tests;

use model::{PersonName, ProfileView, Refusal, UserId, Username};
use serde_json::{Map, Value};

pub use avatar::LARGEST_UPLOAD;

use crate::audit::{self, Act, Entry};
use crate::session::Current;
use crate::{Cx, Result, account};

/// What is to change; what is `None` stays.
#[derive(Default)]
pub struct Change {
    /// The name that is shown.
    pub name: Option<PersonName>,
    /// The user name; `Some(None)` gives it up.
    pub username: Option<Option<Username>>,
    /// The address of a picture; `Some(None)` removes it.
    pub image: Option<Option<String>>,
    /// The whole name, at most 200 characters on one line.
    pub full_name: Option<String>,
    /// A few words, at most 1000 characters.
    pub bio: Option<String>,
    /// The app's own settings, at most 16 KB of JSON.
    pub preferences: Option<Map<String, Value>>,
}

impl Change {
    fn is_empty(&self) -> bool {
        let Self { name, username, image, full_name, bio, preferences } = self;
        name.is_none()
            && username.is_none()
            && image.is_none()
            && full_name.is_none()
            && bio.is_none()
            && preferences.is_none()
    }
}

/// What the user has told.
pub async fn get(cx: &Cx, user: &UserId) -> Result<ProfileView> {
    Ok(store::find(&mut cx.db.read().await?, user).await?.map(ProfileView::from).unwrap_or_default())
}

/// Changes it.
///
/// # Errors
/// [`Refusal::NothingToUpdate`], [`Refusal::UsernameTaken`], [`Refusal::InvalidImage`], [`Refusal::TooLong`],
/// [`Refusal::InvalidPreferences`].
pub async fn update(cx: &Cx, user: &UserId, change: Change) -> Result<()> {
    if change.is_empty() {
        return Err(Refusal::NothingToUpdate.into());
    }
    check(&change)?;
    let mut tx = cx.db.begin().await?;
    tx.lock(user.as_str()).await?;
    let Some(mut row) = account::store::by_id(&mut tx, user).await? else { return Err(Refusal::Unauthorized.into()) };
    if let Some(username) = &change.username {
        let key = username.as_ref().map(Username::key);
        if row.username != key {
            let entry = Entry::by(user, Act::UsernameChanged).with("before", &row.username);
            audit::record(&mut tx, cx, entry.with("username", &key));
        }
        row.username = key;
        row.display_username = username.as_ref().map(|name| name.display().to_owned());
    }
    if let Some(name) = &change.name {
        row.name = name.as_str().to_owned();
    }
    if let Some(image) = &change.image {
        if row.image != *image {
            store::delete_avatar(&mut tx, user).await?;
        }
        row.image.clone_from(image);
    }
    row.updated_at = cx.now();
    if let Some(username) = &row.username {
        tx.lock(&format!("username:{username}")).await?;
    }
    if !store::update_user(&mut tx, &row).await? {
        return Err(Refusal::UsernameTaken.into());
    }
    if change.full_name.is_some() || change.bio.is_some() || change.preferences.is_some() {
        let mut profile = store::find(&mut tx, user).await?.map(ProfileView::from).unwrap_or_default();
        profile.full_name = change.full_name.map_or(profile.full_name, |text| plain(&text, &[]));
        profile.bio = change.bio.map_or(profile.bio, |text| plain(&text, &['\n', '\t']));
        profile.preferences = change.preferences.unwrap_or(profile.preferences);
        store::put(&mut tx, user, profile, cx.now()).await?;
    }
    Ok(tx.commit().await?)
}

fn check(change: &Change) -> Result<()> {
    for (field, text, limit) in [("full_name", &change.full_name, 200), ("bio", &change.bio, 1000)] {
        if text.as_ref().is_some_and(|text| text.chars().count() > limit) {
            return Err(Refusal::TooLong(field.to_owned(), limit).into());
        }
    }
    if let Some(Some(image)) = &change.image {
        check_image(image)?;
    }
    // PostgreSQL keeps no NUL, not even in JSON.
    let unfit = |text: String| text.len() > 16 * 1024 || text.contains("\\u0000");
    if change.preferences.as_ref().is_some_and(|preferences| serde_json::to_string(preferences).is_ok_and(unfit)) {
        return Err(Refusal::InvalidPreferences.into());
    }
    Ok(())
}

/// The text without control characters but for those in `kept`.
fn plain(text: &str, kept: &[char]) -> String {
    text.chars().filter(|c| !c.is_control() || kept.contains(c)).collect()
}

/// Whether `image` can be the address of a picture: a web address, nothing that runs (SECURITY A48).
///
/// # Errors
/// [`Refusal::InvalidImage`].
pub(crate) fn check_image(image: &str) -> Result<()> {
    let web = ["https://", "http://"].iter().any(|scheme| image.starts_with(scheme));
    let unfit = |c: char| c.is_control() || c.is_whitespace() || matches!(c, '"' | '\'' | '<' | '>' | '\\');
    if web && image.len() <= 2048 && !image.contains(unfit) { Ok(()) } else { Err(Refusal::InvalidImage.into()) }
}

/// Takes an uploaded picture: decoded, cut to a square, and made anew, so that nothing else of the upload is kept.
///
/// # Errors
/// [`Refusal::InvalidImage`] when it isn't PNG, JPEG, WebP or GIF, or is too large.
pub async fn set_avatar(cx: &Cx, current: &Current, upload: Vec<u8>) -> Result<()> {
    let png = avatar::encode(upload).await?;
    let user = &current.user.id;
    // The address is unguessable and new for each picture: it can be cached for ever.
    let id = cx.random.alphanumeric(32);
    let mut tx = cx.db.begin().await?;
    tx.lock(user.as_str()).await?;
    let Some(mut row) = account::store::by_id(&mut tx, user).await? else { return Err(Refusal::Unauthorized.into()) };
    store::put_avatar(&mut tx, &id, user, png, cx.now()).await?;
    row.image = Some(cx.settings.link(&format!("/avatars/{id}.png")));
    row.updated_at = cx.now();
    store::update_user(&mut tx, &row).await?;
    Ok(tx.commit().await?)
}

/// The bytes of a picture (PNG), by the id in its address.
pub async fn avatar(cx: &Cx, id: &str) -> Result<Option<Vec<u8>>> {
    if !id.bytes().all(|b| b.is_ascii_alphanumeric()) {
        return Ok(None);
    }
    store::avatar(&mut cx.db.read().await?, id).await
}

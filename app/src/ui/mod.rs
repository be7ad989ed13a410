//! The pieces that pages are made of. Each works before any script has run; what script adds is an island
//! that listens around it ([`Reveal`], [`Copy`], [`Print`], [`LocalTimes`], the theme's, and the forms' in `live`). No piece is compiled for the
//! browser: islands change the document that the server wrote.
//!
//! A form, and the island that sends it in place:
//!
//! ```ignore
//! view! {                                     // `problems: Problems` from `words::problems(&refused)`, or of a `Failure`
//!     <AuthCard title="Sign in" lead="Welcome back.">
//!         <SignInLive>                        // `#[island] fn SignInLive(children) { live::form(children, |typed| …) }`
//!             <form method="post" action="/sign-in" class="grid gap-1.5">
//!                 <TextField name="email" label="E-mail" kind=Kind::Email autocomplete="email" problems=problems.clone()/>
//!                 <PasswordField name="password" label="Password" enterkeyhint="go" problems=problems.clone()/>
//!                 <Button label="Sign in" width=Width::Full/>
//!                 <FormMessage problems/>
//!             </form>
//!         </SignInLive>
//!     </AuthCard>
//! }
//! ```
//!
//! - Forms: [`TextField`], [`CodeField`], [`PasswordField`], [`SelectField`], [`TextArea`], [`Checkbox`], [`Boxes`], [`ChoiceCards`],
//!   [`Button`], [`FormMessage`]. A field shows the problem of its own name and ties label, hint and error to its control by id;
//!   give `id` where two forms of a page share a name.
//! - Pages: [`AuthCard`] (one task), [`PageHeading`], [`Section`] (a card of the settings), [`SideNav`], [`BackLink`], [`Progress`], [`SearchForm`], [`Rows`] and
//!   [`Row`] (what would be a table), [`Pager`], [`Facts`], [`Empty`], [`Confirm`] (before what can't be undone; [`InDialog`] asks the same in place), [`Or`].
//! - Words and pictures: [`Alert`], [`Badge`], [`Avatar`], [`Logo`], [`Icon`], [`Time`], [`StrengthMeter`], [`RuleList`], [`Link`], [`ButtonLink`]; tools beside
//!   what they are for: [`CopyButton`], [`PrintButton`], [`SaveLink`].
//!
//! All give an [`AnyView`](leptos::prelude::AnyView): compiled once, they keep the browser's code small.

#![expect(missing_docs, reason = "a component's properties are named by what they are")]

mod avatar;
mod button;
mod choice;
mod confirm;
mod copy;
mod dialog;
mod field;
mod icon;
mod layout;
mod message;
mod meter;
mod pager;
mod print;
mod problems;
mod reveal;
mod rules;
mod search;
mod theme_switch;
mod time;

pub use avatar::*;
pub use button::*;
pub use choice::*;
pub use confirm::*;
pub use copy::*;
pub use dialog::*;
pub use field::*;
pub use icon::*;
pub use layout::*;
pub use message::*;
pub use meter::*;
pub use pager::*;
pub use print::*;
pub use problems::*;
pub use reveal::*;
pub use rules::*;
pub use search::*;
pub use theme_switch::*;
pub use time::*;

/// Writes a text so that it can stand in HTML, between tags or in a quoted attribute.
pub fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len() + 8);
    for c in text.chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            c => safe.push(c),
        }
    }
    safe
}

#[cfg(all(test, feature = "ssr"))]
mod tests;

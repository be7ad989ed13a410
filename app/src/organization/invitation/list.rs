use leptos::prelude::*;
use model::{InvitationStatus, InvitationView, TeamId, Timestamp};

use crate::ui::{Button, Empty, Glyph, Row, Rows, Time, Variant};
use crate::words;

/// A part of an organization's invitations.
pub(super) struct List {
    /// Where the rows' forms go.
    pub action: String,
    pub now: Timestamp,
    pub may_cancel: bool,
    /// The organization's teams, by name.
    pub teams: Vec<(TeamId, String)>,
    /// Each with the name of who answers for it.
    pub rows: Vec<(InvitationView, String)>,
}

/// How an invitation stands, its time looked at.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Standing {
    Open,
    Expired,
    Accepted,
    Declined,
    Canceled,
}

impl Standing {
    fn of(invitation: &InvitationView, now: Timestamp) -> Self {
        match invitation.status {
            InvitationStatus::Pending if invitation.expires_at > now => Self::Open,
            InvitationStatus::Pending => Self::Expired,
            InvitationStatus::Accepted => Self::Accepted,
            InvitationStatus::Rejected => Self::Declined,
            InvitationStatus::Canceled => Self::Canceled,
        }
    }

    fn label(self) -> &'static str {
        match self {
            Self::Open => "Open",
            Self::Expired => "Expired",
            Self::Accepted => "Accepted",
            Self::Declined => "Declined",
            Self::Canceled => "Canceled",
        }
    }
}

impl List {
    pub(super) fn view(self) -> AnyView {
        if self.rows.is_empty() {
            return view! {
                <Empty glyph=Glyph::MAIL title="No invitations here" text="Whoever you invite is listed here, with what came of it."/>
            }
            .into_any();
        }
        let rows = self.rows.iter().map(|(invitation, inviter)| self.row(invitation, inviter)).collect_view();
        view! { <Rows name="Invitations">{rows}</Rows> }.into_any()
    }

    fn row(&self, invitation: &InvitationView, inviter: &str) -> AnyView {
        let now = self.now;
        let standing = Standing::of(invitation, now);
        let (glyph, title) = match &invitation.email {
            Some(email) => (Glyph::MAIL, email.to_string()),
            None => (Glyph::LINK, "Link".to_owned()),
        };
        let end = match standing {
            Standing::Open => Some(view! { " · ends "<Time at=invitation.expires_at now/> }.into_any()),
            Standing::Expired => Some(view! { " · ended "<Time at=invitation.expires_at now/> }.into_any()),
            Standing::Accepted | Standing::Declined | Standing::Canceled => None,
        };
        let (badge, quiet) = (standing.label(), standing != Standing::Open);
        let details = view! {
            <p class="wrap-anywhere">{self.what(invitation)}</p>
            <p class="wrap-anywhere">"By "{inviter.to_owned()}", "<Time at=invitation.created_at now/>{end}</p>
        };
        match self.acts(invitation, standing) {
            Some(action) => view! { <Row glyph title badge quiet action>{details}</Row> }.into_any(),
            None => view! { <Row glyph title badge quiet>{details}</Row> }.into_any(),
        }
    }

    /// "Member, Admin · in Blue".
    fn what(&self, invitation: &InvitationView) -> String {
        let parts = |list: &str| list.split(',').filter(|part| !part.is_empty()).map(str::to_owned).collect::<Vec<_>>();
        let roles: Vec<_> = parts(&invitation.role).iter().map(|role| words::capitalized(role)).collect();
        let teams = parts(invitation.team_id.as_deref().unwrap_or_default());
        let named = self.teams.iter().filter(|(id, _)| teams.iter().any(|team| team == id.as_str()));
        let teams: Vec<_> = named.map(|(_, name)| name.as_str()).collect();
        let teams = if teams.is_empty() { String::new() } else { format!(" · in {}", teams.join(", ")) };
        format!("{}{teams}", roles.join(", "))
    }

    fn acts(&self, invitation: &InvitationView, standing: Standing) -> Option<AnyView> {
        let again = invitation.email.as_ref().filter(|_| matches!(standing, Standing::Open | Standing::Expired));
        let cancel = self.may_cancel && standing == Standing::Open;
        if again.is_none() && !cancel {
            return None;
        }
        let act = |act: &'static str, label: &'static str, variant: Variant, aria_label: String| {
            view! {
                <form method="post" action=self.action.clone()>
                    <input type="hidden" name="id" value=invitation.id.as_str().to_owned()/>
                    <Button label name="act" value=act variant aria_label/>
                </form>
            }
        };
        let again =
            again.map(|email| act("resend", "Send again", Variant::Secondary, format!("Send again to {email}")));
        let what =
            invitation.email.as_ref().map_or_else(|| "link".to_owned(), |email| format!("invitation of {email}"));
        let cancel = cancel.then(|| act("cancel", "Cancel", Variant::Quiet, format!("Cancel the {what}")));
        Some(view! { <div class="flex flex-wrap gap-2 max-sm:[&>form]:flex-1">{again}{cancel}</div> }.into_any())
    }
}

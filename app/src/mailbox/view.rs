use domain::mail::Channel;
use domain::mail::mailbox::Received;
use leptos::prelude::*;
use model::Timestamp;

use super::PATH;
use crate::ui::{ButtonLink, Empty, Fact, Facts, Glyph, LINK, Link, PageHeading, Row, Rows, Section, Time, Variant};

const LEAD: &str = "Mails and text messages that would have left. This page exists only in development, while no SMTP server or no service for text messages is configured.";

pub(super) fn list(mails: Vec<Received>, now: Timestamp) -> AnyView {
    let rows = mails.into_iter().map(|mail| {
        let href = format!("{PATH}/{}", mail.id);
        let title = title(&mail);
        let (glyph, how) = match mail.channel {
            Channel::Mail => (Glyph::MAIL, ""),
            Channel::Sms => (Glyph::MESSAGE_SQUARE, "Text message to "),
        };
        // A row's title is text; what is pressed says whose mail it reads.
        let action = view! { <ButtonLink href label="Read" variant=Variant::Secondary/> }.into_any();
        view! {
            <Row glyph title action>
                {how} {mail.to} " · " <Time at=mail.at now/>
            </Row>
        }
    });
    let rows: Vec<_> = rows.collect();
    let body = if rows.is_empty() {
        view! { <Empty glyph=Glyph::MAIL title="No mail yet" text="Sign up, and the mail that confirms your address comes here."/> }.into_any()
    } else {
        view! { <Rows name="Mails">{rows}</Rows> }.into_any()
    };
    view! { <PageHeading title="Mailbox" lead=LEAD/> {body} }.into_any()
}

pub(super) fn mail(mail: Received, now: Timestamp) -> AnyView {
    let document = format!("{PATH}/{}/html", mail.id);
    // A text message stands whole below.
    let (title, has_html) = match mail.channel {
        Channel::Mail => (title(&mail), true),
        Channel::Sms => ("Text message".to_owned(), false),
    };
    view! {
        <p><Link href=PATH label="All mails"/></p>
        <PageHeading title/>
        <Facts>
            <Fact term="To">{mail.to}</Fact>
            <Fact term="Written"><Time at=mail.at now/></Fact>
            <Fact term="Kind">{mail.kind}</Fact>
        </Facts>
        <Section title="Text">
            <div class="whitespace-pre-wrap break-words">{lines(&mail.content.text)}</div>
        </Section>
        {has_html.then(|| view! {
            <Section title="HTML">
                <iframe
                    src=document.clone()
                    title="The mail as HTML"
                    sandbox="allow-popups allow-popups-to-escape-sandbox"
                    class="h-[40rem] w-full rounded-control border border-border"
                ></iframe>
                <p><Link href=document label="Open it alone"/></p>
            </Section>
        })}
    }
    .into_any()
}

/// What names a message: a text message has no subject.
pub(super) fn title(message: &Received) -> String {
    match message.channel {
        Channel::Mail => message.content.subject.clone(),
        Channel::Sms => message.content.text.clone(),
    }
}

/// The text, a line that is an address as a link.
fn lines(text: &str) -> Vec<AnyView> {
    let line = |line: &str| {
        let text = line.to_owned();
        if line.starts_with("http://") || line.starts_with("https://") {
            view! { <a href=line.to_owned() class=format!("{LINK} break-all")>{text}</a> "\n" }.into_any()
        } else {
            view! { {text} "\n" }.into_any()
        }
    };
    text.lines().map(line).collect()
}

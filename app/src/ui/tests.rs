use leptos::prelude::*;

use super::*;

fn html<V: IntoView + 'static>(view: impl FnOnce() -> V) -> String {
    crate::shell::html(view)
}

#[test]
fn a_text_area_s_text_can_t_end_it() {
    let evil = "\n</textarea><script>alert(1)</script>";
    let page = html(|| view! { <TextArea name="bio" label="Bio" value=evil/> });
    assert!(!page.contains("<script"), "{page}");
    assert!(
        page.contains(">\n\n&lt;/textarea&gt;&lt;script&gt;alert(1)&lt;/script&gt;</textarea>"),
        "its own first newline survives: {page}"
    );
}

#[test]
fn what_a_person_typed_is_text_in_every_piece() {
    let evil = "\"><script>alert(1)</script>";
    let problems = Problems::field("x", evil);
    let page = html(|| {
        view! {
            <TextField name="x" label=evil hint=evil value=evil problems=problems.clone()/>
            <SelectField name="y" label=evil options=vec![(evil.to_owned(), evil.to_owned())]/>
            <ChoiceCards name="z" legend=evil cards=vec![Card { value: evil.into(), label: evil.into(), hint: evil.into(), checked: true }]/>
            <Avatar image=Some(evil.to_owned()) initials=""/>
            <Alert>{evil}</Alert>
            <CopyButton text=evil label=evil/>
        }
    });
    assert!(!page.contains("<script"), "{page}");
}

#[test]
fn a_field_is_tied_to_its_label_its_hint_and_its_error() {
    let page = html(
        || view! { <TextField name="email" label="E-mail" hint="Yours" problems=Problems::field("email", "Type an address.")/> },
    );
    for part in [
        "<label for=\"email\"",
        "id=\"email\"",
        "aria-describedby=\"email-hint email-error\"",
        "aria-invalid=\"true\"",
        "id=\"email-hint\"",
        "id=\"email-error\"",
        "Type an address.",
    ] {
        assert!(page.contains(part), "{part} in {page}");
    }
    assert!(!html(|| view! { <TextField name="email" label="E-mail"/> }).contains("aria-invalid="));
}

#[test]
fn the_button_that_reveals_a_password_waits_for_script() {
    let page = html(|| view! { <PasswordField name="password" label="Password"/> });
    let button = &page[page.find("<button").unwrap()..];
    assert!(button[..button.find('>').unwrap()].contains("hidden"), "{page}");
    assert!(page.contains("<leptos-island data-component=\"Reveal_"));
}

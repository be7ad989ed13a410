//! Of whom a second step is asked here.

use domain::organization::{self, SecondFactorRule};
use domain::settings::RequiredFor;
use domain::two_factor;
use leptos::prelude::*;

use crate::organization::Inside;
use crate::organization::typed::Typed;
use crate::outcome::{Failure, Next};
use crate::ui::{Button, Card, ChoiceCards, FormMessage, Problems, Section, Width};
use crate::words::{self, Flash};

/// Where the section is.
const ANCHOR: &str = "second-step";
const TITLE: &str = "Second step";
const LEAD: &str = "Whoever has one of these roles can’t come in here without a second step, such as a code from an app, after their password. Who has none yet sets one up at the door.";

/// Takes the section's form: the site's rule, or the roles that are ticked.
pub(super) async fn set(inside: &Inside, typed: &Typed) -> Result<Next, Failure> {
    let ticked = typed.all("roles");
    let chosen = (typed.one("rule") == "own").then_some(ticked.as_slice());
    organization::set_two_factor_roles(inside.cx(), &inside.member.current, &inside.access, chosen).await?;
    Ok(Next::from(inside.path("/settings")).saying(Flash::SecondStepRuleSaved))
}

/// What the section tells.
pub(super) struct SecondStep {
    action: String,
    rule: SecondFactorRule,
    /// What the site's rule says, in words.
    site: String,
    /// Every role that there is here.
    roles: Vec<String>,
    may_change: bool,
    /// Whether the member has no second step.
    lacks: bool,
    problems: Problems,
}

impl SecondStep {
    /// `typed` is the section's form, if that was refused.
    pub(super) fn of(inside: &Inside, typed: Option<&Typed>, problems: Problems) -> Self {
        let ticked = |typed: &Typed| SecondFactorRule { own: typed.one("rule") == "own", roles: typed.all("roles") };
        let settings = &inside.cx().settings.two_factor;
        let site = match settings.required {
            RequiredFor::Nobody => "Nobody needs one.".to_owned(),
            RequiredFor::Roles => asked_of(&settings.required_roles),
            RequiredFor::Everyone => "Everyone on this site needs one.".to_owned(),
        };
        Self {
            action: inside.path("/settings").to_string(),
            rule: typed.map_or_else(|| inside.access.second_factor_rule().clone(), ticked),
            site,
            roles: inside.access.roles().iter().map(|role| role.name.clone()).collect(),
            may_change: inside.access.may("org:update"),
            lacks: two_factor::lacks(&inside.member.current),
            problems,
        }
    }

    pub(super) fn view(self) -> AnyView {
        let now = if self.rule.own { asked_of(&self.rule.roles) } else { self.site.clone() };
        let now = view! { <p class="font-medium">{now}</p> };
        let control = if self.may_change { self.form() } else { now.into_any() };
        view! { <Section title=TITLE lead=LEAD id=ANCHOR>{control}</Section> }.into_any()
    }

    fn form(self) -> AnyView {
        let Self { action, rule, site, roles, lacks, problems, .. } = self;
        let card = |value: &str, label: &str, hint: String, checked| Card {
            value: value.to_owned(),
            label: label.to_owned(),
            hint,
            checked,
        };
        let whose = vec![
            card("site", "As on this site", site, !rule.own),
            card("own", "As we choose", "Tick the roles below.".to_owned(), rule.own),
        ];
        let ticks = roles
            .into_iter()
            .map(|role| Card {
                label: words::capitalized(&role),
                hint: String::new(),
                checked: rule.roles.contains(&role),
                value: role,
            })
            .collect();
        let warning = lacks.then(|| {
            view! { <p class="text-sm text-muted">"You have no second step yet. If you choose a role of yours, you set one up next."</p> }
        });
        view! {
            <form method="post" action=action class="group grid gap-1.5">
                <input type="hidden" name="act" value="second-step"/>
                <ChoiceCards legend="Who says so" name="rule" cards=whose required=true/>
                // While the site's rule is chosen, there is nothing to tick.
                <div class="group-has-[[value=site]:checked]:hidden">
                    <ChoiceCards legend="Asked of" name="roles" cards=ticks many=true problems=problems.clone().renamed("role", "roles")/>
                </div>
                {warning}
                <div><Button label="Save rule" width=Width::FullOnPhones/></div>
                <FormMessage problems/>
            </form>
        }
        .into_any()
    }
}

fn asked_of(roles: &[String]) -> String {
    let roles: Vec<_> = roles.iter().map(|role| words::capitalized(role)).collect();
    match roles.as_slice() {
        [] => "Nobody needs one.".to_owned(),
        [one] => format!("Asked of: {one}."),
        many => format!("Asked of: {}.", many.join(", ")),
    }
}

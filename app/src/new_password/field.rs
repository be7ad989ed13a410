use leptos::prelude::*;
use model::PasswordPolicy;

use super::Judge;
use crate::ui::{PasswordField, Problems, RuleList, StrengthMeter};
use crate::words;

/// What a password must be, with the rules in words.
#[derive(Clone, Debug)]
pub struct Rules {
    policy: PasswordPolicy,
    words: Vec<String>,
}

impl From<&PasswordPolicy> for Rules {
    fn from(policy: &PasswordPolicy) -> Self {
        let words = policy.rules().iter().map(|rule| words::capitalized(&words::rule(rule))).collect();
        Self { policy: policy.clone(), words }
    }
}

/// The field for a new password. It looks at the fields `name` and `email` of the same form, if there are any.
#[component]
pub fn NewPassword(
    #[prop(into)] name: String,
    #[prop(into)] label: String,
    /// What it must be.
    rules: Rules,
    #[prop(optional)] problems: Problems,
    #[prop(optional)] autofocus: bool,
) -> AnyView {
    let list = format!("{name}-rules");
    view! {
        <Judge policy=rules.policy>
            <PasswordField name label problems new=true autofocus described_by=list.clone()/>
            <StrengthMeter/>
            <RuleList id=list rules=rules.words/>
        </Judge>
    }
    .into_any()
}

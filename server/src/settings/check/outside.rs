//! What the server has from elsewhere: mails and texts leave through others, providers vouch for people, and two files may stand in for
//! what is shipped.

use domain::mail::Transport;
use domain::organization::Catalog;
use domain::provider::Providers;
use domain::sms::Sender;
use model::onboarding::Questionnaire;

use super::Check;
use crate::settings::{Mode, providers};

impl Check {
    pub(super) fn mail(&mut self, mode: Mode) -> Option<Transport> {
        if self.file.mail.host.is_empty() {
            if mode == Mode::Production {
                self.wrong(
                    "mail.host",
                    "nothing",
                    Some("an SMTP server: in production mails must leave (SMTP_HOST, EMAIL_FROM_ADDRESS)"),
                );
            }
            return Some(Transport::Mailbox);
        }
        match Transport::smtp(&self.file.mail, &self.file.app_name) {
            Ok(transport) => Some(transport),
            Err(faults) => {
                for fault in faults {
                    self.wrong(&format!("mail.{}", fault.setting), fault.found, Some(fault.wanted));
                }
                None
            }
        }
    }

    pub(super) fn sms(&mut self, mode: Mode) -> Option<Sender> {
        if !self.file.sms.is_configured() {
            // Where mails really leave, no page shows what would have been sent.
            let mailbox = mode == Mode::Development && self.file.mail.host.is_empty();
            return Some(if mailbox { Sender::Mailbox } else { Sender::None });
        }
        match Sender::http(&self.file.sms) {
            Ok(sender) => Some(sender),
            Err(faults) => {
                for fault in faults {
                    self.wrong(&format!("sms.{}", fault.setting), fault.found, Some(fault.wanted));
                }
                None
            }
        }
    }

    pub(super) fn questionnaire(&mut self) -> Option<Questionnaire> {
        let Some(path) = self.file.onboarding.questionnaire.clone() else { return Some(domain::onboarding::shipped()) };
        let path = self.folder.join(path);
        let read = std::fs::read_to_string(&path).map_err(|error| error.to_string());
        match read.and_then(|text| domain::onboarding::parse(&text)) {
            Ok(questionnaire) => Some(questionnaire),
            Err(faults) => {
                self.wrong(
                    "onboarding.questionnaire",
                    format!("{}: {}", path.display(), faults.trim()),
                    Some("a questionnaire: docs/configuration.md, [onboarding]"),
                );
                None
            }
        }
    }

    pub(super) fn roles(&mut self) -> Option<Catalog> {
        let Some(path) = self.file.roles_file.clone() else { return Some(Catalog::default()) };
        let path = self.folder.join(path);
        let read = std::fs::read_to_string(&path).map_err(|error| error.to_string());
        match read.and_then(|text| Catalog::parse(&text)) {
            Ok(catalog) => Some(catalog),
            Err(fault) => {
                let found = format!("{}: {}", path.display(), fault.trim());
                self.wrong("roles_file", found, Some("a file of roles like domain/src/organization/roles.toml"));
                None
            }
        }
    }

    pub(super) fn providers(&mut self) -> Providers {
        let (offered, faults) = providers::read(&self.file, |path| self.layers.origin(path));
        for fault in faults {
            self.wrong(&fault.path, fault.found, Some(&fault.wanted));
        }
        Providers { offered, different_emails: self.file.account_linking.different_emails }
    }
}

/// Which manners a path asks for. Everything that isn't plainly the API's gets the strictest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Area {
    /// The JSON API: the wire's errors, CORS for trusted origins.
    Api,
    /// Server functions, called by the pages' own script.
    Function,
    /// Pages and files.
    Page,
}

impl Area {
    pub(super) fn of(path: &str) -> Self {
        if path.starts_with("/api/") || path == "/api" {
            Self::Api
        } else if path.starts_with("/_fn/") {
            Self::Function
        } else {
            Self::Page
        }
    }
}

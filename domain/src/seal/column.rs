//! The columns that hold sealed values: the one list, from which a place to seal for, the census and the rotation are made. What isn't
//! in it can't be sealed, so that nothing is left under a secret that is taken away.

/// How a column's rows are told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rows {
    /// By a text, which is the row's name.
    Named,
    /// By a hash, which names the row in hexadecimal digits.
    Hashed,
}

/// What is done with each column, in SQL.
pub(super) struct Statements {
    /// How many values there are under each secret.
    pub(super) census: &'static str,
    /// Some of those that aren't under the present one, after a row.
    pub(super) batch: &'static str,
    /// Puts a value in the place of the one that was read, if it is still there.
    pub(super) swap: &'static str,
}

macro_rules! columns {
    ($($(#[$about:meta])* $column:ident: $table:literal, $name:literal, $rows:ident by $key:literal;)*) => {
        /// A column that holds sealed values.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Column {
            $($(#[$about])* $column,)*
        }

        impl Column {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$column,)*];

            /// Its table.
            pub fn table(self) -> &'static str {
                match self { $(Self::$column => $table,)* }
            }

            /// Its name in the table.
            pub fn name(self) -> &'static str {
                match self { $(Self::$column => $name,)* }
            }

            pub(super) fn rows(self) -> Rows {
                match self { $(Self::$column => Rows::$rows,)* }
            }

            pub(super) fn statements(self) -> Statements {
                match self {
                    $(Self::$column => Statements {
                        // Version and key id: see the envelope.
                        census: concat!(
                            "SELECT substr(", $name, ", 1, 5) AS header, count(*) AS number FROM ", $table,
                            " WHERE ", $name, " IS NOT NULL GROUP BY 1 ORDER BY 1"
                        ),
                        batch: concat!(
                            "SELECT ", $key, " AS id, ", $name, " AS sealed FROM ", $table, " WHERE ", $key, " > $1 AND (",
                            $name, " < $2 OR ", $name, " >= $3) ORDER BY ", $key, " LIMIT $4"
                        ),
                        swap: concat!(
                            "UPDATE ", $table, " SET ", $name, " = $3 WHERE ", $key, " = $1 AND ", $name, " = $2"
                        ),
                    },)*
                }
            }
        }
    };
}

columns! {
    /// What an account's provider gave to call its API with.
    AccessToken: "accounts", "access_token", Named by "id";
    /// What it gave to fetch a new one with.
    RefreshToken: "accounts", "refresh_token", Named by "id";
    /// What it said who somebody is.
    IdToken: "accounts", "id_token", Named by "id";
    /// What an authenticator app shares with us.
    AuthenticatorSecret: "authenticators", "secret", Named by "id";
    /// What signs tokens for other services.
    SigningKey: "jwks", "private_key", Named by "id";
    /// A mail until it is sent.
    MailBody: "mails", "body", Named by "id";
    /// PKCE's secret while somebody is at a provider.
    FlowVerifier: "provider_flows", "verifier", Hashed by "state_hash";
}

impl std::fmt::Display for Column {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}", self.table(), self.name())
    }
}

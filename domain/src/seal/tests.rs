use std::collections::BTreeSet;

use model::{AuthenticatorId, MailId};
use secrecy::SecretString;

use super::*;
use crate::Secret;
use crate::testing::{World, at_once};

const OLD: [&str; 2] = ["oldest-secret-0123456789-abcdefghijklmnop", "older-secret-0123456789-abcdefghijklmnopq"];

/// The world under one of the old secrets.
fn under_old(world: &World, which: usize) -> Cx {
    Cx { secret: Secret::new(OLD[which]), ..world.cx.clone() }
}

/// The world as it is after two changes of the secret.
fn changed(world: &World) -> Cx {
    let previous = OLD.map(|text| SecretString::from(text.to_owned()));
    Cx { secret: world.cx.secret.clone().after(previous), ..world.cx.clone() }
}

/// A row of its own for a value of that column, sealed; gives the row's name.
async fn keep(cx: &Cx, column: Column, name: &str) -> String {
    let sql = match column {
        Column::MailBody => {
            "INSERT INTO mails (id, recipient, kind, body, created_at, attempts) VALUES ($1, 'a', 'b', $2, $3, 0)"
        }
        Column::AuthenticatorSecret => {
            "INSERT INTO authenticators (id, user_id, secret, confirmed, session_id, last_step, created_at)
             SELECT $1, id, $2, false, $1, 0, $3 FROM users"
        }
        Column::SigningKey => {
            "INSERT INTO jwks (id, public_key, private_key, created_at, expires_at, alg, crv) VALUES ($1, 'p', $2, $3, $3, 'a', 'c')"
        }
        Column::AccessToken => {
            "INSERT INTO accounts (id, user_id, provider_id, account_id, access_token, created_at, updated_at)
             SELECT $1, id, 'a', $1, $2, $3, $3 FROM users"
        }
        Column::RefreshToken => {
            "INSERT INTO accounts (id, user_id, provider_id, account_id, refresh_token, created_at, updated_at)
             SELECT $1, id, 'r', $1, $2, $3, $3 FROM users"
        }
        Column::IdToken => {
            "INSERT INTO accounts (id, user_id, provider_id, account_id, id_token, created_at, updated_at)
             SELECT $1, id, 'i', $1, $2, $3, $3 FROM users"
        }
        Column::FlowVerifier => {
            "INSERT INTO provider_flows (state_hash, browser_hash, provider_id, verifier, expires_at) VALUES ($1, $1, 'p', $2, $3)"
        }
    };
    let hashed = column.rows() == Rows::Hashed;
    let row = if hashed { hex::encode(name) } else { format!("{column} {name}") };
    let sealed = close(cx, Place { column, row: &row }, plain(column, name).as_bytes()).unwrap();
    let mut tx = cx.db.begin().await.unwrap();
    let query = tx.query(sql);
    let query = if hashed { query.bind(name.as_bytes().to_vec()) } else { query.bind(row.clone()) };
    query.bind(sealed).bind(cx.now()).execute().await.unwrap();
    tx.commit().await.unwrap();
    row
}

fn plain(column: Column, name: &str) -> String {
    format!("what {column} of {name} keeps")
}

/// Everything in the columns that differs from what was kept there.
async fn assert_opens(cx: &Cx, column: Column, name: &str, row: &str) {
    let key = match column.rows() {
        Rows::Named => (row.to_owned(), Vec::new()),
        Rows::Hashed => (String::new(), name.as_bytes().to_vec()),
    };
    let sql = match column {
        Column::MailBody => "SELECT body FROM mails WHERE id = $1",
        Column::AuthenticatorSecret => "SELECT secret FROM authenticators WHERE id = $1",
        Column::SigningKey => "SELECT private_key FROM jwks WHERE id = $1",
        Column::AccessToken => "SELECT access_token FROM accounts WHERE id = $1",
        Column::RefreshToken => "SELECT refresh_token FROM accounts WHERE id = $1",
        Column::IdToken => "SELECT id_token FROM accounts WHERE id = $1",
        Column::FlowVerifier => "SELECT verifier FROM provider_flows WHERE state_hash = $1",
    };
    let mut conn = cx.db.read().await.unwrap();
    let query = conn.query(sql);
    let query = if key.0.is_empty() { query.bind(key.1) } else { query.bind(key.0) };
    let (sealed,): (Vec<u8>,) = query.one().await.unwrap();
    assert!(is_present(cx, &sealed), "{column} of {row}");
    assert_eq!(open(cx, Place { column, row }, &sealed).unwrap(), plain(column, name).as_bytes());
}

async fn rotate(cx: &Cx) -> u64 {
    let (mut rotation, mut done) = (Rotation::new(cx), 0);
    while let Some(step) = rotation.step().await.unwrap() {
        done += step.number;
    }
    done
}

/// How many values are under each secret: the present one and the two old ones.
async fn counted(cx: &Cx) -> [u64; 3] {
    let census = census(cx).await.unwrap();
    let ids = [cx.secret.id(), Secret::new(OLD[0]).id(), Secret::new(OLD[1]).id()];
    ids.map(|id| census.iter().filter(|kept| kept.under == Some(id)).map(|kept| kept.number).sum())
}

db::both! {
    async fn everything_sealed_under_two_older_secrets_comes_under_the_present_one(world: World) {
        world.user("ada@example.com").await;
        world.write("DELETE FROM mails", &[]).await;
        let cx = changed(&world);
        let mut rows = Vec::new();
        for column in Column::ALL.iter().copied() {
            for (sealer, name) in [(under_old(&world, 0), "oldest"), (under_old(&world, 1), "older"), (world.cx.clone(), "new")] {
                rows.push((column, name, keep(&sealer, column, name).await));
            }
        }
        let columns = u64::try_from(Column::ALL.len()).unwrap();
        assert_eq!(counted(&cx).await, [columns; 3]);
        assert_eq!(rotate(&cx).await, 2 * columns);
        assert_eq!(counted(&cx).await, [3 * columns, 0, 0]);
        for (column, name, row) in &rows {
            assert_opens(&cx, *column, name, row).await;
            assert_opens(&world.cx, *column, name, row).await;
        }
        assert_eq!(rotate(&cx).await, 0, "there is nothing left to do");
    }

    async fn a_rotation_that_was_interrupted_is_gone_on_with(world: World) {
        let cx = changed(&world);
        for number in 0..250 {
            keep(&under_old(&world, number % 2), Column::MailBody, &format!("{number:03}")).await;
        }
        let mut rotation = Rotation::new(&cx);
        assert_eq!(rotation.step().await.unwrap(), Some(Step { column: Column::MailBody, number: 100 }));
        drop(rotation);
        assert_eq!(counted(&cx).await, [100, 75, 75]);
        assert_eq!(rotate(&cx).await, 150);
        assert_eq!(counted(&cx).await, [250, 0, 0]);
    }

    async fn what_is_written_behind_its_back_is_found_in_the_second_pass(world: World) {
        let cx = changed(&world);
        keep(&under_old(&world, 0), Column::MailBody, "b").await;
        let mut rotation = Rotation::new(&cx);
        assert_eq!(rotation.step().await.unwrap(), Some(Step { column: Column::MailBody, number: 1 }));
        keep(&under_old(&world, 1), Column::MailBody, "a").await;
        assert_eq!(rotation.step().await.unwrap(), Some(Step { column: Column::MailBody, number: 1 }));
        assert_eq!(rotation.step().await.unwrap(), None);
    }

    async fn a_secret_that_is_not_configured_is_named_with_the_table(world: World) {
        keep(&under_old(&world, 1), Column::MailBody, "a").await;
        let missing = Secret::new(OLD[1]).id();
        let census = census(&world.cx).await.unwrap();
        assert_eq!(census, [Kept { column: Column::MailBody, under: Some(missing), number: 1 }]);
        let error = Rotation::new(&world.cx).step().await.unwrap_err().to_string();
        assert!(error.contains(&missing.to_string()) && error.contains("mails.body"), "{error}");
        assert_eq!(counted(&changed(&world)).await, [0, 0, 1], "nothing was lost");
    }

    async fn several_rotations_at_once_and_who_seals_meanwhile_lose_nothing(world: World) {
        world.user("ada@example.com").await;
        world.write("DELETE FROM mails", &[]).await;
        let cx = changed(&world);
        let mut names = Vec::new();
        for number in 0..60 {
            let name = format!("{number:02}");
            let row = keep(&under_old(&world, number % 2), Column::AuthenticatorSecret, &name).await;
            names.push((name, row));
        }
        let (ring, rows) = (cx.clone(), names.clone());
        at_once(20, move |number| {
            let (cx, rows) = (ring.clone(), rows.clone());
            async move {
                if number % 2 == 0 {
                    rotate(&cx).await;
                    return;
                }
                // As a sign-in does with the code of an app: what was read is sealed anew.
                for (name, row) in rows.iter().skip(number).step_by(20) {
                    let place = Place { column: Column::AuthenticatorSecret, row };
                    let sealed = close(&cx, place, plain(place.column, name).as_bytes()).unwrap();
                    let mut tx = cx.db.begin().await.unwrap();
                    let query = tx.query("UPDATE authenticators SET secret = $2 WHERE id = $1");
                    query.bind(AuthenticatorId::new(row.as_str())).bind(sealed).execute().await.unwrap();
                    tx.commit().await.unwrap();
                }
            }
        })
        .await;
        for (name, row) in &names {
            assert_opens(&cx, Column::AuthenticatorSecret, name, row).await;
        }
    }

    async fn a_value_that_changed_after_it_was_read_is_left_alone(world: World) {
        let (cx, old) = (changed(&world), under_old(&world, 0));
        let row = keep(&old, Column::MailBody, "a").await;
        world.write("UPDATE mails SET body = NULL WHERE id = $1", &[&row]).await;
        assert_eq!(rotate(&cx).await, 0);
        let sent: (Option<Vec<u8>>,) = cx.db.read().await.unwrap().query("SELECT body FROM mails WHERE id = $1").bind(MailId::new(row)).one().await.unwrap();
        assert_eq!(sent.0, None);
    }

    async fn every_column_of_bytes_is_sealed_or_known_to_need_no_seal(world: World) {
        let sql = match world.cx.db.engine() {
            "SQLite" => {
                "SELECT m.name, p.name FROM sqlite_master AS m JOIN pragma_table_info(m.name) AS p
                 WHERE m.type = 'table' AND lower(p.type) = 'bytea' AND m.name NOT LIKE '\\_sqlx%' ESCAPE '\\'"
            }
            _ => {
                "SELECT CAST(table_name AS text), CAST(column_name AS text) FROM information_schema.columns
                 WHERE table_schema = current_schema() AND data_type = 'bytea' AND table_name NOT LIKE '\\_sqlx%'"
            }
        };
        let found: Vec<(String, String)> = world.cx.db.read().await.unwrap().query(sql).all().await.unwrap();
        let needs_none = |name: &str| matches!(name, "hash" | "place" | "tag" | "fingerprint" | "png") || name.ends_with("_hash");
        let found = found.into_iter().filter(|(_, name)| !needs_none(name));
        let found: BTreeSet<_> = found.map(|(table, name)| format!("{table}.{name}")).collect();
        let listed: BTreeSet<_> = Column::ALL.iter().map(ToString::to_string).collect();
        assert_eq!(found, listed, "what is sealed is in the list of columns");
    }
}

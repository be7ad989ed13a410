use super::*;
use crate::testing::{HOUR, at_once, one_winner};

db::both! {
    async fn there_are_ten_and_each_is_good_once(world: World) {
        let Owner { backup, .. } = ada(&world).await;
        assert_eq!(backup.len(), 10);
        for code in &backup {
            let (left, right) = code.split_once('-').unwrap();
            assert!([left, right].iter().all(|half| half.len() == 5 && half.bytes().all(|b| b.is_ascii_alphanumeric())));
        }
        assert_eq!(enter(&world).await.methods, [Method::Totp, Method::BackupCode]);
        let opened = pass(&world.cx, &enter(&world).await, Proof::BackupCode(&backup[0])).await.unwrap();
        assert!(opened.is_fresh(&world.cx), "who lost the app sets up another");
        let again = pass(&world.cx, &enter(&world).await, Proof::BackupCode(&backup[0])).await;
        assert_eq!(refusal(again), Refusal::WrongBackupCode);
        assert_eq!(status(&world.cx, &opened.user).await.unwrap().backup_codes, 9);
        assert!(world.mails(ADA).await.iter().any(|mail| mail.content.text.contains("9 are left.")), "the owner hears");
    }

    async fn it_may_be_typed_without_the_dash_and_with_spaces(world: World) {
        let Owner { backup, .. } = ada(&world).await;
        let typed = [backup[0].replace('-', ""), format!("  {} ", backup[1].replace('-', " - "))];
        for code in typed {
            assert!(pass(&world.cx, &enter(&world).await, Proof::BackupCode(&code)).await.is_ok(), "{code}");
        }
        let flipped: String = backup[2]
            .chars()
            .map(|c| if c.is_ascii_lowercase() { c.to_ascii_uppercase() } else { c.to_ascii_lowercase() })
            .collect();
        for code in [flipped.as_str(), "", "-", &backup[2][..5]] {
            let refused = pass(&world.cx, &enter(&world).await, Proof::BackupCode(code)).await;
            assert_eq!(refusal(refused), Refusal::WrongBackupCode, "{code}");
        }
    }

    async fn a20_fifty_uses_of_one_code_let_in_once(world: World) {
        let Owner { backup, .. } = ada(&world).await;
        let mut challenges = Vec::new();
        for _ in 0..50 {
            challenges.push(enter(&world).await);
        }
        let before = sessions(&world).await;
        let results = at_once(50, |n| {
            let (cx, challenge, code) = (world.cx.clone(), challenges[n].clone(), backup[0].clone());
            async move { pass(&cx, &challenge, Proof::BackupCode(&code)).await }
        })
        .await;
        assert_eq!(results.iter().filter(|result| result.is_ok()).count(), 1);
        for told in results.into_iter().filter(Result::is_err).map(refusal) {
            assert!(matches!(told, Refusal::WrongBackupCode | Refusal::AccountLocked), "{told:?}");
        }
        assert_eq!(sessions(&world).await, before + 1);
        assert_eq!(world.count("SELECT COUNT(*) FROM backup_codes").await, 9);
    }

    async fn a_new_set_takes_the_place_of_the_old_one(world: World) {
        let Owner { session, backup: old, .. } = ada(&world).await;
        let new = backup_codes::regenerate(&world.cx, &session).await.unwrap();
        assert!(new.len() == 10 && new.iter().all(|code| !old.contains(code)));
        let dead = pass(&world.cx, &enter(&world).await, Proof::BackupCode(&old[0])).await;
        assert_eq!(refusal(dead), Refusal::WrongBackupCode);
        assert!(pass(&world.cx, &enter(&world).await, Proof::BackupCode(&new[0])).await.is_ok());
        assert!(told(&world).await.contains(&"New backup codes were made".to_owned()));
    }

    async fn they_are_made_in_a_fresh_session_of_an_account_with_a_second_factor(world: World) {
        let plain = world.user("bob@example.com").await;
        let refused = backup_codes::regenerate(&world.cx, &plain).await;
        assert_eq!(refusal(refused), Refusal::TwoFactorNotEnabled);
        let Owner { session, .. } = ada(&world).await;
        world.wait(HOUR);
        assert_eq!(refusal(backup_codes::regenerate(&world.cx, &session).await), Refusal::SessionNotFresh);
        assert_eq!(refusal(backup_codes::prepare(&world.cx, &session).await), Refusal::SessionNotFresh);
    }

    async fn they_are_kept_as_tags_that_are_good_for_their_owner(world: World) {
        let ada = ada(&world).await;
        let bob = owner(&world, "bob@example.com").await;
        let bobs = pass(&world.cx, &enter(&world).await, Proof::BackupCode(&bob.backup[0])).await;
        assert_eq!(refusal(bobs), Refusal::WrongBackupCode);
        // Somebody moves rows in the database.
        let (to, from) = (ada.session.user.id.as_str(), bob.session.user.id.as_str());
        assert_eq!(world.write("UPDATE backup_codes SET user_id = $1 WHERE user_id = $2", &[to, from]).await, 10);
        let moved = pass(&world.cx, &enter(&world).await, Proof::BackupCode(&bob.backup[0])).await;
        assert_eq!(refusal(moved), Refusal::WrongBackupCode);
        let mut other = world.cx.clone();
        other.secret = crate::Secret::new("another-secret-0123456789-abcdefghijklmnopqrstuv");
        let challenge = enter(&world).await;
        let elsewhere = pass(&other, &challenge, Proof::BackupCode(&ada.backup[0])).await;
        assert_eq!(refusal(elsewhere), Refusal::WrongBackupCode, "they hang on the operator's secret");
    }

    async fn before_there_is_a_second_factor_they_prove_nothing(world: World) {
        let ada = world.user(ADA).await;
        let codes = backup_codes::prepare(&world.cx, &ada).await.unwrap();
        let refused = show(&world.cx, &ada, Proof::BackupCode(&codes[0])).await;
        assert_eq!(refusal(refused), Refusal::BackupCodesNotEnabled);
        let second = backup_codes::prepare(&world.cx, &ada).await.unwrap();
        assert!(!second.contains(&codes[0]) && told(&world).await.is_empty(), "beginning anew is no news");
    }

    async fn one_can_be_spent_for_nothing(world: World) {
        let Owner { session, backup, .. } = ada(&world).await;
        let (challenge, before) = (enter(&world).await, sessions(&world).await);
        let asker = Asker::Challenge(&challenge.token);
        let user = spend_backup_code(&world.cx, asker, &backup[0]).await.unwrap();
        assert_eq!((user.id, sessions(&world).await), (session.user.id.clone(), before));
        assert_eq!(refusal(spend_backup_code(&world.cx, asker, &backup[0]).await), Refusal::WrongBackupCode);
        assert!(pass(&world.cx, &challenge, Proof::BackupCode(&backup[1])).await.is_ok(), "the challenge is still owed");
        spend_backup_code(&world.cx, Asker::Session(&session), &backup[2]).await.unwrap();
        assert!(world.find(&session).await.is_some(), "the session is what it was");
        let results = at_once(5, |_| {
            let (cx, session, code) = (world.cx.clone(), session.clone(), backup[3].clone());
            async move { spend_backup_code(&cx, Asker::Session(&session), &code).await }
        })
        .await;
        one_winner(results, &Refusal::WrongBackupCode);
    }
}

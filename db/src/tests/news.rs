//! What is told in one process is heard in another, and who can't hear knows it.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use tokio::task::JoinHandle;
use tokio::time::{sleep, timeout};

use crate::testing::another;
use crate::{Db, News};

/// What somebody heard, in order; the beats only as the latest moment.
#[derive(Clone, Default)]
struct Heard(Arc<Mutex<(Vec<String>, Option<Instant>)>>);

impl Heard {
    fn by(db: &Db) -> Self {
        let heard = Self::default();
        let noted = heard.clone();
        db.on_news(move |news| {
            let mut noted = noted.0.lock().unwrap();
            match news {
                News::Word(word) => noted.0.push(word.to_owned()),
                News::Missed => noted.0.push("missed".to_owned()),
                News::Heard(moment) => noted.1 = noted.1.max(Some(moment)),
            }
        });
        heard
    }

    fn words(&self) -> Vec<String> {
        self.0.lock().unwrap().0.clone()
    }

    /// Everything that was committed before now has been heard.
    async fn up_to_now(&self) {
        let now = Instant::now();
        until("it is heard that nothing was missed", || self.0.lock().unwrap().1 >= Some(now)).await;
    }
}

async fn until(what: &str, come: impl Fn() -> bool) {
    let polled = async {
        while !come() {
            sleep(Duration::from_millis(10)).await;
        }
    };
    assert!(timeout(Duration::from_secs(20), polled).await.is_ok(), "{what}");
}

fn listening(db: &Db) -> JoinHandle<()> {
    let db = db.clone();
    tokio::spawn(async move { db.listen().await })
}

async fn write(db: &Db, word: Option<&str>) {
    let mut tx = db.begin().await.unwrap();
    tx.query("UPDATE readiness SET touched = touched + 1 WHERE id = 1").execute().await.unwrap();
    if let Some(word) = word {
        tx.tell(word);
    }
    tx.commit().await.unwrap();
}

crate::both! {
    async fn a_process_hears_its_own_word_before_the_commit_returns(db: Db) {
        let heard = Heard::by(&db);
        write(&db, Some("ada")).await;
        assert_eq!(heard.words(), ["ada"]);
        let mut tx = db.begin().await.unwrap();
        tx.tell("bob");
        tx.tell("bob");
        tx.at_last(|tx| Box::pin(async { tx.tell("eve"); Ok(()) }));
        assert_eq!(heard.words(), ["ada"], "nothing has happened yet");
        tx.commit().await.unwrap();
        assert_eq!(heard.words(), ["ada", "bob", "eve"]);
    }

    async fn another_process_is_heard_and_one_s_own_writing_is_no_news(db: Db) {
        let (here, there) = (Heard::by(&db), another(&db));
        let job = listening(&db);
        here.up_to_now().await;
        assert_eq!(here.words(), ["missed"], "what was told before it listened");
        write(&db, None).await;
        here.up_to_now().await;
        assert_eq!(here.words(), ["missed"]);
        write(&there, Some("ada")).await;
        here.up_to_now().await;
        // SQLite tells only that somebody has written.
        let expected = if db.has_one_writer() { ["missed", "missed"] } else { ["missed", "ada"] };
        assert_eq!(here.words(), expected);
        job.abort();
    }
}

#[test]
fn what_was_undone_is_told_nobody_else() {
    crate::testing::on_postgres(async |db: Db| {
        let (here, there) = (Heard::by(&db), another(&db));
        let job = listening(&db);
        here.up_to_now().await;
        let mut tx = there.begin().await.unwrap();
        tx.tell("ada");
        drop(tx);
        write(&there, Some("bob")).await;
        here.up_to_now().await;
        assert_eq!(here.words(), ["missed", "bob"]);
        job.abort();
    });
}

#[test]
fn who_loses_the_connection_hears_nothing_and_then_that_something_was_missed() {
    crate::testing::on_postgres(async |db: Db| {
        let here = Heard::by(&db);
        let job = listening(&db);
        here.up_to_now().await;
        let mut conn = db.read().await.unwrap();
        let sql = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'latchkey listener' AND datname = current_database()";
        assert_eq!(conn.query(sql).execute().await.unwrap(), 1);
        drop(conn);
        until("it listens again", || here.words() == ["missed", "missed"]).await;
        here.up_to_now().await;
        job.abort();
    });
}

//! What goes on beside the requests: mails and text messages leave, what has expired is swept away. A job that breaks is started again, a little later
//! each time; a database that is away stops none.

use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::time::Duration;

use domain::Cx;
use domain::mail::Ways;
use futures_util::FutureExt;
use tokio::sync::watch;
use tokio::task::JoinSet;

const SWEEP: Duration = Duration::from_secs(600);
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// Starts the jobs. They end, each at a good moment, when `stop` says so.
pub fn start(cx: &Cx, ways: &Ways, stop: &watch::Receiver<bool>) -> JoinSet<()> {
    let mut jobs = JoinSet::new();
    let (mailer, ways, signal) = (cx.clone(), ways.clone(), stop.clone());
    jobs.spawn(supervise("mail", stop.clone(), move || {
        domain::mail::run(mailer.clone(), ways.clone(), stopped(signal.clone()))
    }));
    let (sweeper, signal) = (cx.clone(), stop.clone());
    jobs.spawn(supervise("sweep", stop.clone(), move || sweep(sweeper.clone(), signal.clone())));
    let (writer, signal) = (cx.clone(), stop.clone());
    jobs.spawn(supervise("refusals", stop.clone(), move || {
        domain::audit::run(writer.clone(), stopped(signal.clone()))
    }));
    let (listener, signal) = (cx.clone(), stop.clone());
    jobs.spawn(supervise("revocations", stop.clone(), move || {
        domain::session::revocation::run(listener.clone(), stopped(signal.clone()))
    }));
    jobs
}

/// Waits for the signal to stop.
pub async fn stopped(mut stop: watch::Receiver<bool>) {
    // A sender that is gone means the same.
    _ = stop.wait_for(|stop| *stop).await;
}

async fn sweep(cx: Cx, stop: watch::Receiver<bool>) {
    let mut end = std::pin::pin!(stopped(stop));
    loop {
        match domain::sweep::sweep(&cx).await {
            Ok(swept) => tracing::debug!(?swept, "swept"),
            Err(error) => tracing::warn!(%error, "what has expired can't be swept away"),
        }
        tokio::select! {
            () = &mut end => return,
            () = tokio::time::sleep(SWEEP) => {}
        }
    }
}

/// Runs a job until it ends because it was told to. One that panics is started again.
async fn supervise<F: Future<Output = ()>>(name: &'static str, stop: watch::Receiver<bool>, job: impl Fn() -> F) {
    let mut pause = FIRST_PAUSE;
    loop {
        let ended = AssertUnwindSafe(job()).catch_unwind().await;
        if *stop.borrow() {
            return;
        }
        tracing::error!(job = name, panicked = ended.is_err(), pause = pause.as_secs(), "a job ended; it starts again");
        tokio::select! {
            () = stopped(stop.clone()) => return,
            () = tokio::time::sleep(pause) => {}
        }
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_job_that_panics_is_started_again_and_ends_when_told_to() {
        let (signal, stop) = watch::channel(false);
        let runs = Arc::new(AtomicU32::new(0));
        let counted = Arc::clone(&runs);
        let end = stop.clone();
        let job = tokio::spawn(supervise("test", stop, move || {
            let (counted, end) = (Arc::clone(&counted), end.clone());
            async move {
                assert!(counted.fetch_add(1, Ordering::SeqCst) >= 3, "breaks three times");
                stopped(end).await;
            }
        }));
        while runs.load(Ordering::SeqCst) < 4 {
            tokio::task::yield_now().await;
            tokio::time::advance(Duration::from_secs(1)).await;
        }
        signal.send(true).unwrap();
        job.await.unwrap();
        assert_eq!(runs.load(Ordering::SeqCst), 4);
    }
}

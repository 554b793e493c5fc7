//! SIGINT, SIGTERM and SIGHUP: everything that was started is stopped before the process ends.

use std::sync::{
    OnceLock,
    atomic::{AtomicBool, Ordering},
};

use signal_hook::{
    consts::{SIGHUP, SIGINT, SIGTERM},
    iterator::Signals,
};

static TOLD: AtomicBool = AtomicBool::new(false);

/// What the first signal does instead of ending the process, where a command knows better.
static ORDERLY: OnceLock<Box<dyn Fn() + Send + Sync>> = OnceLock::new();

/// The first signal calls this, and the command ends by itself; the second one ends the process.
pub(crate) fn end_orderly(stop: impl Fn() + Send + Sync + 'static) {
    // A process carries out one command: nobody has set it before.
    let _ = ORDERLY.set(Box::new(stop));
}

/// Starts the thread that waits for signals. Without it (the system refuses threads or handlers) a signal ends the
/// process at once, and the sandbox notices by itself that its parent is gone.
pub(crate) fn stop_everything_when_told() {
    let Ok(mut signals) = Signals::new([SIGINT, SIGTERM, SIGHUP]) else { return };
    let waiting = std::thread::Builder::new().name("signals".to_owned());
    // The handle is not kept: the thread lives as long as the process.
    let _ = waiting.spawn(move || {
        for signal in signals.forever() {
            if TOLD.swap(true, Ordering::SeqCst) {
                // Told twice: whoever asks does not want to wait for an orderly end.
                end(128 + signal);
            }
            if let Some(stop) = ORDERLY.get() {
                stop();
                continue;
            }
            let stopping = std::thread::Builder::new().name("stopping".to_owned());
            let stopped = stopping.spawn(move || {
                freehold_app::stop_all_now();
                end(128 + signal);
            });
            if stopped.is_err() {
                end(128 + signal);
            }
        }
    });
}

/// Returns at once unless a signal came. Then it waits for the end that the signal brings: what fails because
/// everything is being stopped is no failure to speak of.
pub(crate) fn wait_for_the_end_if_told() {
    while TOLD.load(Ordering::SeqCst) && ORDERLY.get().is_none() {
        std::thread::park();
    }
}

#[expect(clippy::disallowed_methods, reason = "everything that was started has been stopped")]
fn end(code: i32) -> ! {
    std::process::exit(code)
}

//! SIGINT, SIGTERM and SIGHUP: everything that was started is stopped before the process ends.

use signal_hook::{
    consts::{SIGHUP, SIGINT, SIGTERM},
    iterator::Signals,
};

/// Starts the thread that waits for signals. Without it (the system refuses threads or handlers) a signal ends the
/// process at once, and the sandbox notices by itself that its parent is gone.
pub(crate) fn stop_everything_when_told() {
    let Ok(mut signals) = Signals::new([SIGINT, SIGTERM, SIGHUP]) else { return };
    let waiting = std::thread::Builder::new().name("signals".to_owned());
    // The handle is not kept: the thread lives as long as the process.
    let _ = waiting.spawn(move || {
        if let Some(signal) = signals.forever().next() {
            freehold_app::stop_all_now();
            end(128 + signal);
        }
    });
}

#[expect(clippy::disallowed_methods, reason = "everything that was started has been stopped")]
fn end(code: i32) -> ! {
    std::process::exit(code)
}

//! Threads with room for deep parse trees.
//!
//! Trees of legitimate SQL can be deep: `a || b || c ...` nests one level for each operator. The C side stops by itself
//! at 2 MB of its stack or at 10 000 levels of messages; the decoder and the walkers on this side recurse as deeply as
//! that, which takes more stack than a usual thread has. Starting such a thread costs several times as much as parsing
//! a short script, so a few of them wait for the next text.

use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Stack of a worker, in bytes. Only pages that are touched become memory. The deepest trees were seen to need between
/// 64 and 128 MB in an unoptimised build.
const STACK: usize = 512 << 20;

/// How many workers may wait for work.
const WAITING: usize = 4;

/// A worker that has read more bytes than this ends, because its stack and heap may have grown.
const KEEP_UP_TO: usize = 64 << 10;

type Job = Box<dyn FnOnce() + Send>;

static IDLE: Mutex<Vec<Sender<Job>>> = Mutex::new(Vec::new());

fn idle() -> MutexGuard<'static, Vec<Sender<Job>>> {
    // A list of senders is whole at every moment, also when another thread panicked.
    IDLE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Runs `work` with the text on a thread whose stack holds the deepest tree that the parser gives.
///
/// # Errors
/// When the system gives no such thread, or the work panicked; in words for people.
pub(crate) fn with_deep_stack<T: Send + 'static>(
    text: &str,
    work: impl FnOnce(&str) -> T + Send + 'static,
) -> Result<T, String> {
    let waiting = idle().pop();
    let worker = match waiting {
        Some(worker) => worker,
        None => start()?,
    };
    let (answer, answers) = channel();
    let owned = text.to_owned();
    let job: Job = Box::new(move || {
        // Nobody waits for the answer only when the asker is gone.
        let _ = answer.send(work(&owned));
    });
    worker.send(job).map_err(|_| "the parser's thread has ended".to_owned())?;
    let answer = answers.recv().map_err(|_| "the parser's thread ended by a panic".to_owned())?;
    let mut waiting = idle();
    if text.len() <= KEEP_UP_TO && waiting.len() < WAITING {
        waiting.push(worker);
    }
    Ok(answer)
}

/// What a thread is made with whose stack holds the deepest tree that the parser gives.
pub fn deep_thread() -> std::thread::Builder {
    std::thread::Builder::new().name("sql parser".to_owned()).stack_size(STACK)
}

fn start() -> Result<Sender<Job>, String> {
    let (worker, jobs): (Sender<Job>, Receiver<Job>) = channel();
    deep_thread()
        .spawn(move || {
            for job in jobs {
                job();
            }
        })
        .map_err(|error| error.to_string())?;
    Ok(worker)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_threads_get_their_own_answers() {
        std::thread::scope(|scope| {
            for thread in 0..8 {
                scope.spawn(move || {
                    for round in 0..100 {
                        let text = format!("{thread} {round}");
                        assert_eq!(with_deep_stack(&text, str::to_owned).unwrap(), text);
                    }
                });
            }
        });
        assert!(idle().len() <= WAITING);
    }

    #[test]
    fn a_panic_is_told_and_the_next_text_is_read() {
        let told = with_deep_stack("", |_| -> u8 { panic!("on purpose") });
        assert!(told.unwrap_err().contains("panic"));
        assert_eq!(with_deep_stack("a", str::len), Ok(1));
    }
}

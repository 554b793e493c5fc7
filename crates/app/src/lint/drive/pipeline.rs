//! Scripts parsed by as many threads as there are processors, handed on in order, never far ahead of the one who takes
//! them: trees are large, and a folder of a hundred megabytes must not be in memory as trees.

use std::{
    num::NonZero,
    sync::{
        Condvar, Mutex, PoisonError,
        mpsc::{IntoIter, SyncSender, sync_channel},
    },
    thread,
};

use freehold_model::place::Span;
use freehold_sql::{ScriptError, TreeStatement};

use super::Job;

/// How many statements travel together.
const CHUNK: usize = 32;
/// How many such chunks of one script may wait.
const CHUNKS_WAITING: usize = 4;
/// How many scripts the parsers may be ahead.
const AHEAD: usize = 32;

type Parsed = Result<TreeStatement, Box<ScriptError>>;
type Chunk = Vec<Parsed>;

/// The statements of one script, in order; spans are bytes of the script's text.
pub(crate) struct Statements {
    chunks: IntoIter<Chunk>,
    here: std::vec::IntoIter<Parsed>,
}

impl Iterator for Statements {
    type Item = Parsed;

    fn next(&mut self) -> Option<Parsed> {
        loop {
            if let Some(parsed) = self.here.next() {
                return Some(parsed);
            }
            self.here = self.chunks.next()?.into_iter();
        }
    }
}

/// Which script is the next to be parsed, and which is being taken.
#[derive(Default)]
struct Progress {
    next: usize,
    taken: usize,
}

/// Parses the scripts and calls `work`, on a thread with a deep stack, with the statements of each in order. Nothing when
/// the system gives no threads, or one of them ended by a panic.
pub(super) fn run<T: Send>(
    jobs: &[Job<'_>],
    work: impl FnOnce(&mut dyn Iterator<Item = Statements>) -> T + Send,
) -> Option<T> {
    let (progress, moved) = (Mutex::new(Progress::default()), Condvar::new());
    let (senders, receivers): (Vec<_>, Vec<_>) =
        jobs.iter().map(|_| sync_channel::<Chunk>(CHUNKS_WAITING)).unzip();
    let senders: Vec<Mutex<Option<SyncSender<Chunk>>>> =
        senders.into_iter().map(|sender| Mutex::new(Some(sender))).collect();
    let threads = thread::available_parallelism().map_or(1, NonZero::get).min(jobs.len().max(1));
    thread::scope(|scope| {
        for _ in 0..threads {
            let (progress, moved, senders) = (&progress, &moved, &senders);
            let parse = move || {
                while let Some(number) = next(progress, moved, jobs.len()) {
                    let sender = senders
                        .get(number)
                        .and_then(|slot| slot.lock().unwrap_or_else(PoisonError::into_inner).take());
                    if let (Some(job), Some(sender)) = (jobs.get(number), sender) {
                        parse(job, &sender);
                    }
                }
            };
            freehold_sql::deep_thread().spawn_scoped(scope, parse).ok()?;
        }
        let take = || {
            let mut statements = receivers.into_iter().enumerate().map(|(number, receiver)| {
                progress.lock().unwrap_or_else(PoisonError::into_inner).taken = number;
                moved.notify_all();
                Statements { chunks: receiver.into_iter(), here: Vec::new().into_iter() }
            });
            work(&mut statements)
        };
        freehold_sql::deep_thread().spawn_scoped(scope, take).ok()?.join().ok()
    })
}

/// The number of the next script, once the one who takes them is near enough.
fn next(progress: &Mutex<Progress>, moved: &Condvar, count: usize) -> Option<usize> {
    let mut progress = progress.lock().unwrap_or_else(PoisonError::into_inner);
    loop {
        if progress.next >= count {
            return None;
        }
        if progress.next <= progress.taken + AHEAD {
            progress.next += 1;
            return Some(progress.next - 1);
        }
        progress = moved.wait(progress).unwrap_or_else(PoisonError::into_inner);
    }
}

fn parse(job: &Job<'_>, sender: &SyncSender<Chunk>) {
    let text = job.script.text();
    let whole = [Span::new(0, text.len())];
    let pieces = job.script.pieces.as_deref().unwrap_or(&whole);
    let mut chunk = Chunk::with_capacity(CHUNK);
    for piece in pieces {
        let part = text.get(piece.start..piece.end).unwrap_or("");
        freehold_sql::parse_each(part, &mut |outcome| {
            chunk.push(match outcome {
                Ok(parsed) => Ok(parsed.shifted(piece.start)),
                Err(error) => Err(Box::new(error.shifted(piece.start))),
            });
            if chunk.len() == CHUNK {
                // Nobody listens only when the taker has ended; then nothing matters any more.
                let _ = sender.send(std::mem::replace(&mut chunk, Chunk::with_capacity(CHUNK)));
            }
        });
    }
    let _ = sender.send(chunk);
}

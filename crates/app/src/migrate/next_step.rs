//! What to do about an error of a run, where the runner itself does not know it: what stands in the way before it begins.

use freehold_db::DbError;
use freehold_migrate::RunError;
use freehold_model::sqlstate::SqlState;

/// What to do next, as a sentence.
pub fn next_step(error: &RunError) -> Option<String> {
    cancelled(error).or_else(|| error.help()).or_else(|| match error {
        RunError::Connect(source) => connecting(source),
        RunError::NoAnswer { .. } => {
            Some("See that the host and the port are right, and that no firewall is in between.".to_owned())
        }
        RunError::Unreadable { .. } => Some("Mend the script; nothing of it was run.".to_owned()),
        _ => None,
    })
}

/// A statement that was cancelled is no reason to mend the script.
fn cancelled(error: &RunError) -> Option<String> {
    let RunError::Script { failed, source } = error else { return None };
    if source.sqlstate() != Some(SqlState::QUERY_CANCELED) {
        return None;
    }
    let state = if failed.rolled_back {
        "Nothing of it took effect".to_owned()
    } else {
        format!("The statements before number {} took effect and are recorded", failed.number)
    };
    Some(format!(
        "{state}. It was cancelled: by the statement timeout where one is set, else because somebody asked for it; \
         the same command goes on from there."
    ))
}

fn connecting(error: &DbError) -> Option<String> {
    if let Some(help) = error.help() {
        return Some(help.to_owned());
    }
    let Some(state) = error.sqlstate() else {
        return Some("See that a server listens there, and that the URL names its host and port.".to_owned());
    };
    let text = match state.code() {
        "28P01" => "See that the URL has the right password for that role.",
        "28000" => "See that the URL names the right role, and that pg_hba.conf lets it in.",
        "3D000" => "Make the database first (CREATE DATABASE), or correct the URL.",
        "53300" => {
            "The server has no connection left: wait, or work on fewer targets at once with --parallel."
        }
        "57P03" => "The server is starting or stopping: try again in a moment.",
        _ => return None,
    };
    Some(text.to_owned())
}

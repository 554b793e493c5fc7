//! A command of the user's own, such as a team's tests, run against a scratch database.

use std::{
    path::Path,
    process::{Command, Stdio},
};

use freehold_db::ConnectTo;

/// How much of what a command said is kept: its last lines.
const LINES_KEPT: usize = 12;

/// What a command came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommandOutcome {
    /// It ended with exit code 0.
    pub success: bool,
    /// The last lines of its output and its errors.
    pub said: String,
}

/// Runs `sh -c COMMAND` in a folder, as the user who runs the program, with the database's URL in `DATABASE_URL`. Only
/// for databases of a sandbox, whose URL holds no password.
///
/// # Errors
/// When no shell can be started.
pub async fn run_command(
    command: &str,
    folder: &Path,
    database: &ConnectTo,
) -> std::io::Result<CommandOutcome> {
    let (command, folder, url) = (command.to_owned(), folder.to_owned(), database.masked());
    let work = move || {
        #[expect(clippy::disallowed_methods, reason = "this is the room that starts processes")]
        let mut shell = Command::new("sh");
        shell.arg("-c").arg(&command).current_dir(&folder).stdin(Stdio::null()).env("DATABASE_URL", &url);
        shell.output()
    };
    let output = tokio::task::spawn_blocking(work).await.map_err(std::io::Error::other)??;
    let text = format!(
        "{}\n{}",
        String::from_utf8_lossy(&output.stdout).trim_end(),
        String::from_utf8_lossy(&output.stderr).trim_end()
    );
    let lines: Vec<&str> = text.trim().lines().collect();
    let from = lines.len().saturating_sub(LINES_KEPT);
    let said = lines.get(from..).unwrap_or_default().join("\n");
    Ok(CommandOutcome { success: output.status.success(), said })
}

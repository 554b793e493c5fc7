//! The requests and notifications that a client sends.

use std::{
    path::PathBuf,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use freehold_app::lint::editor::Workspace;
use tower_lsp_server::{
    Client, LanguageServer,
    jsonrpc::Result,
    ls_types::{
        CodeAction, CodeActionKind, CodeActionOrCommand, CodeActionParams, CodeActionProviderCapability,
        CodeActionResponse, DidChangeTextDocumentParams, DidCloseTextDocumentParams,
        DidOpenTextDocumentParams, DidSaveTextDocumentParams, Hover, HoverContents, HoverParams,
        HoverProviderCapability, InitializeParams, InitializeResult, InlayHint, InlayHintParams,
        MarkupContent, MarkupKind, MessageType, OneOf, Range, ServerCapabilities, ServerInfo,
        TextDocumentSyncCapability, TextDocumentSyncKind, Uri,
    },
};

use super::{
    convert::{diagnostic, hint, range, touch},
    documents::{Document, Documents, look},
    edits::workspace_edit,
};

/// How long the keys must rest before the rules look.
const REST: Duration = Duration::from_millis(150);

/// The server of one client.
#[derive(Debug, Clone)]
pub(super) struct Backend {
    client: Client,
    documents: Arc<Mutex<Documents>>,
}

impl Backend {
    pub(super) fn new(client: Client) -> Self {
        Self { client, documents: Arc::default() }
    }

    fn documents(&self) -> MutexGuard<'_, Documents> {
        // What is in it is whole at every moment, also when another thread panicked.
        self.documents.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A text has changed: looks at it when it has rested.
    fn changed(&self, path: PathBuf, version: i32) {
        let backend = self.clone();
        tokio::spawn(async move {
            tokio::time::sleep(REST).await;
            if backend.documents().open.get(&path).is_some_and(|document| document.version == version) {
                backend.look(path).await;
            }
        });
    }

    /// Looks at a file and tells the client.
    async fn look(&self, path: PathBuf) {
        let (texts, root) = {
            let documents = self.documents();
            (documents.texts(), documents.root_of(&path))
        };
        let Some(text) = texts.get(&path).cloned() else { return };
        let file = path.clone();
        let looked = tokio::task::spawn_blocking(move || look(&root, &file, &texts)).await;
        let (looked, error) = match looked {
            Ok(Ok(looked)) => (looked, None),
            Ok(Err(error)) => (freehold_app::lint::editor::Looked::default(), Some(error)),
            Err(error) => (freehold_app::lint::editor::Looked::default(), Some(error.to_string())),
        };
        if let Some(error) = error {
            self.client.log_message(MessageType::WARNING, error).await;
        }
        let diagnostics = looked.problems.iter().map(|problem| diagnostic(&text, problem)).collect();
        let version = {
            let mut documents = self.documents();
            let Some(document) = documents.open.get_mut(&path) else { return };
            document.looked = looked;
            document.looked_at = text;
            document.version
        };
        if let Some(uri) = Uri::from_file_path(&path) {
            self.client.publish_diagnostics(uri, diagnostics, Some(version)).await;
        }
        let can = self.documents().can_refresh_hints;
        if can {
            // A client that says no asks by itself later.
            let _ = self.client.inlay_hint_refresh().await;
        }
    }

    /// The fixes for problems in a range, as edits of the workspace; and why others could not be made.
    fn actions(&self, path: &PathBuf, wanted: &Range) -> (Vec<CodeActionOrCommand>, Vec<String>) {
        let (texts, root, problems) = {
            let documents = self.documents();
            let Some(document) = documents.open.get(path) else { return Default::default() };
            let here = |place| touch(&range(&document.looked_at, place), wanted);
            let problems: Vec<_> = document
                .looked
                .problems
                .iter()
                .filter(|p| p.fix.is_some() && here(&p.place))
                .cloned()
                .collect();
            (documents.texts(), documents.root_of(path), problems)
        };
        let Ok(workspace) = Workspace::around(path, &root) else { return Default::default() };
        let text = texts.get(path).cloned().unwrap_or_default();
        let (mut actions, mut failed) = (Vec::new(), Vec::new());
        for problem in problems {
            let changed = match workspace.fixed(path, problem.rule, problem.place.span, &texts) {
                Ok(changed) if changed.is_empty() => continue,
                Ok(changed) => changed,
                Err(error) => {
                    failed.push(format!("{}: {error}", problem.rule));
                    continue;
                }
            };
            let Some(edit) = workspace_edit(workspace.migrations_dir(), &changed) else { continue };
            actions.push(CodeActionOrCommand::CodeAction(CodeAction {
                title: format!("{} ({})", problem.fix.clone().unwrap_or_default(), problem.rule),
                kind: Some(CodeActionKind::QUICKFIX),
                diagnostics: Some(vec![diagnostic(&text, &problem)]),
                edit: Some(edit),
                ..CodeAction::default()
            }));
        }
        (actions, failed)
    }
}

/// The path of a file, if it is one.
fn path_of(uri: &Uri) -> Option<PathBuf> {
    // A version of a file in a repository, or a text without a file, is another document with the same path.
    if !uri.as_str().starts_with("file:") {
        return None;
    }
    uri.to_file_path().map(std::borrow::Cow::into_owned)
}

impl LanguageServer for Backend {
    async fn initialize(&self, params: InitializeParams) -> Result<InitializeResult> {
        let folders = params.workspace_folders.unwrap_or_default();
        let workspace = params.capabilities.workspace.as_ref();
        let can_refresh_hints =
            workspace.and_then(|can| can.inlay_hint.as_ref()?.refresh_support).unwrap_or(false);
        {
            let mut documents = self.documents();
            documents.roots = folders.iter().filter_map(|folder| path_of(&folder.uri)).collect();
            documents.can_refresh_hints = can_refresh_hints;
        }
        Ok(InitializeResult {
            capabilities: ServerCapabilities {
                text_document_sync: Some(TextDocumentSyncCapability::Kind(TextDocumentSyncKind::FULL)),
                hover_provider: Some(HoverProviderCapability::Simple(true)),
                code_action_provider: Some(CodeActionProviderCapability::Simple(true)),
                inlay_hint_provider: Some(OneOf::Left(true)),
                ..ServerCapabilities::default()
            },
            server_info: Some(ServerInfo {
                name: "freehold".to_owned(),
                version: Some(env!("CARGO_PKG_VERSION").to_owned()),
            }),
            ..InitializeResult::default()
        })
    }

    async fn did_open(&self, params: DidOpenTextDocumentParams) {
        let Some(path) = path_of(&params.text_document.uri) else { return };
        let document = Document {
            text: params.text_document.text,
            version: params.text_document.version,
            ..Document::default()
        };
        self.documents().open.insert(path.clone(), document);
        self.look(path).await;
    }

    async fn did_change(&self, params: DidChangeTextDocumentParams) {
        let Some(path) = path_of(&params.text_document.uri) else { return };
        let version = params.text_document.version;
        let Some(change) = params.content_changes.into_iter().next_back() else { return };
        if let Some(document) = self.documents().open.get_mut(&path) {
            document.text = change.text;
            document.version = version;
        }
        self.changed(path, version);
    }

    async fn did_save(&self, _: DidSaveTextDocumentParams) {
        // Each file is a part of the history of those after it.
        let paths: Vec<PathBuf> = self.documents().open.keys().cloned().collect();
        for path in paths {
            self.look(path).await;
        }
    }

    async fn did_close(&self, params: DidCloseTextDocumentParams) {
        let Some(path) = path_of(&params.text_document.uri) else { return };
        self.documents().open.remove(&path);
        self.client.publish_diagnostics(params.text_document.uri, Vec::new(), None).await;
    }

    async fn hover(&self, params: HoverParams) -> Result<Option<Hover>> {
        let at = params.text_document_position_params;
        let Some(path) = path_of(&at.text_document.uri) else { return Ok(None) };
        let point = Range { start: at.position, end: at.position };
        let documents = self.documents();
        let Some(document) = documents.open.get(&path) else { return Ok(None) };
        let text = document.looked_at.as_str();
        let mut parts: Vec<String> = Vec::new();
        for problem in document.looked.problems.iter().filter(|p| touch(&range(text, &p.place), &point)) {
            if !parts.contains(&problem.page) {
                parts.push(problem.page.clone());
            }
        }
        let locks = document.looked.locks.iter().filter(|lock| touch(&range(text, &lock.place), &point));
        parts.extend(locks.map(|lock| format!("Locks: {}", lock.detail.replace('\n', "  \n"))));
        let contents = HoverContents::Markup(MarkupContent {
            kind: MarkupKind::Markdown,
            value: parts.join("\n\n---\n\n"),
        });
        Ok((!parts.is_empty()).then_some(Hover { contents, range: None }))
    }

    async fn code_action(&self, params: CodeActionParams) -> Result<Option<CodeActionResponse>> {
        let Some(path) = path_of(&params.text_document.uri) else { return Ok(None) };
        let backend = self.clone();
        let found = tokio::task::spawn_blocking(move || backend.actions(&path, &params.range)).await;
        let (actions, failed) = found.unwrap_or_default();
        for why in failed {
            self.client.log_message(MessageType::WARNING, format!("no fix: {why}")).await;
        }
        Ok(Some(actions))
    }

    async fn inlay_hint(&self, params: InlayHintParams) -> Result<Option<Vec<InlayHint>>> {
        let Some(path) = path_of(&params.text_document.uri) else { return Ok(None) };
        let documents = self.documents();
        let Some(document) = documents.open.get(&path) else { return Ok(None) };
        let text = document.looked_at.as_str();
        let inside = |lock: &&_| {
            let lock: &freehold_app::lint::editor::LockHint = lock;
            touch(&range(text, &lock.place), &params.range)
        };
        Ok(Some(document.looked.locks.iter().filter(inside).map(|lock| hint(text, lock)).collect()))
    }

    async fn shutdown(&self) -> Result<()> {
        Ok(())
    }
}

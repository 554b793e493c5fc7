//! A language client around the real program.

use std::{
    collections::HashMap,
    ops::ControlFlow,
    path::PathBuf,
    process::Stdio,
    sync::{Arc, Mutex},
    time::Duration,
};

use async_lsp::{
    LanguageServer, MainLoop, ServerSocket,
    lsp_types::{
        CodeActionContext, CodeActionOrCommand, CodeActionParams, Diagnostic, DidChangeTextDocumentParams,
        DidOpenTextDocumentParams, Hover, HoverParams, InitializeParams, InitializedParams, InlayHint,
        InlayHintParams, PartialResultParams, Position, PublishDiagnosticsParams, Range,
        TextDocumentContentChangeEvent, TextDocumentIdentifier, TextDocumentItem, TextDocumentPositionParams,
        Url, VersionedTextDocumentIdentifier, WorkDoneProgressParams, WorkspaceFolder,
        notification::{LogMessage, PublishDiagnostics},
        request::InlayHintRefreshRequest,
    },
    router::Router,
};
use tempfile::TempDir;
use tokio_util::compat::{TokioAsyncReadCompatExt, TokioAsyncWriteCompatExt};

/// What was published, by URI: the version and the diagnostics.
type Published = Arc<Mutex<HashMap<Url, (i32, Vec<Diagnostic>)>>>;

/// An editor with one folder open.
pub(crate) struct Editor {
    home: TempDir,
    server: ServerSocket,
    published: Published,
    versions: HashMap<String, i32>,
    child: tokio::process::Child,
    pump: tokio::task::JoinHandle<()>,
}

impl Editor {
    /// Starts the program on a folder with these migrations.
    #[expect(clippy::disallowed_methods, reason = "the program is what is tested")]
    pub(crate) async fn start(files: &[(&str, &str)]) -> Self {
        let home = TempDir::new().unwrap();
        let folder = home.path().join("migrations");
        std::fs::create_dir(&folder).unwrap();
        for (name, text) in files {
            std::fs::write(folder.join(name), text).unwrap();
        }
        let published = Published::default();
        let seen = Arc::clone(&published);
        let (pump, mut server) = MainLoop::new_client(move |_| {
            let mut router = Router::new(());
            router
                .notification::<PublishDiagnostics>(move |(), params: PublishDiagnosticsParams| {
                    let said = (params.version.unwrap_or(0), params.diagnostics);
                    seen.lock().unwrap().insert(params.uri, said);
                    ControlFlow::Continue(())
                })
                .notification::<LogMessage>(|(), _| ControlFlow::Continue(()))
                .request::<InlayHintRefreshRequest, _>(|(), ()| async { Ok(()) });
            router
        });
        let mut child = tokio::process::Command::new(env!("CARGO_BIN_EXE_freehold"))
            .arg("lsp")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let (stdin, stdout) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
        let pump = tokio::spawn(async move {
            // It ends with the server's end of the pipe.
            let _ = pump.run_buffered(stdout.compat(), stdin.compat_write()).await;
        });
        let uri = Url::from_file_path(home.path()).unwrap();
        let folders = vec![WorkspaceFolder { uri, name: "project".to_owned() }];
        let params = InitializeParams { workspace_folders: Some(folders), ..InitializeParams::default() };
        let ready = server.initialize(params).await.unwrap();
        assert!(
            ready.capabilities.hover_provider.is_some() && ready.capabilities.inlay_hint_provider.is_some()
        );
        server.initialized(InitializedParams {}).unwrap();
        Self { home, server, published, versions: HashMap::new(), child, pump }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.home.path().join("migrations").join(name)
    }

    fn uri(&self, name: &str) -> Url {
        Url::from_file_path(self.path(name)).unwrap()
    }

    /// Puts a text on the disk.
    pub(crate) fn write(&self, name: &str, text: &str) {
        std::fs::write(self.path(name), text).unwrap();
    }

    /// Opens a file with this text; what is said of it.
    pub(crate) async fn open(&mut self, name: &str, text: &str) -> Vec<Diagnostic> {
        self.versions.insert(name.to_owned(), 1);
        let (language_id, text) = ("sql".to_owned(), text.to_owned());
        let text_document = TextDocumentItem { uri: self.uri(name), language_id, version: 1, text };
        self.server.did_open(DidOpenTextDocumentParams { text_document }).unwrap();
        self.said(name, 1).await
    }

    /// Types another text; what is said of it.
    pub(crate) async fn change(&mut self, name: &str, text: &str) -> Vec<Diagnostic> {
        let version = self.versions[name] + 1;
        self.versions.insert(name.to_owned(), version);
        let change =
            TextDocumentContentChangeEvent { range: None, range_length: None, text: text.to_owned() };
        self.server
            .did_change(DidChangeTextDocumentParams {
                text_document: VersionedTextDocumentIdentifier { uri: self.uri(name), version },
                content_changes: vec![change],
            })
            .unwrap();
        self.said(name, version).await
    }

    /// Waits for what is said of this version.
    async fn said(&self, name: &str, version: i32) -> Vec<Diagnostic> {
        let uri = self.uri(name);
        for _ in 0..2_000 {
            if let Some((_, said)) = self.published.lock().unwrap().get(&uri).filter(|(v, _)| *v == version) {
                return said.clone();
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("nothing was said of version {version} of {name}");
    }

    fn at(&self, name: &str, position: Position) -> TextDocumentPositionParams {
        TextDocumentPositionParams { text_document: TextDocumentIdentifier { uri: self.uri(name) }, position }
    }

    /// What hovering shows.
    pub(crate) async fn hover(&mut self, name: &str, position: Position) -> Option<Hover> {
        let text_document_position_params = self.at(name, position);
        let work_done_progress_params = WorkDoneProgressParams::default();
        self.server
            .hover(HoverParams { text_document_position_params, work_done_progress_params })
            .await
            .unwrap()
    }

    /// The hints of a whole file.
    pub(crate) async fn hints(&mut self, name: &str) -> Vec<InlayHint> {
        let params = InlayHintParams {
            work_done_progress_params: WorkDoneProgressParams::default(),
            text_document: TextDocumentIdentifier { uri: self.uri(name) },
            range: Range::new(Position::new(0, 0), Position::new(1_000, 0)),
        };
        self.server.inlay_hint(params).await.unwrap().unwrap_or_default()
    }

    /// The actions at a position.
    pub(crate) async fn actions(&mut self, name: &str, position: Position) -> Vec<CodeActionOrCommand> {
        let params = CodeActionParams {
            text_document: TextDocumentIdentifier { uri: self.uri(name) },
            range: Range::new(position, position),
            context: CodeActionContext::default(),
            work_done_progress_params: WorkDoneProgressParams::default(),
            partial_result_params: PartialResultParams::default(),
        };
        self.server.code_action(params).await.unwrap().unwrap_or_default()
    }

    /// Says goodbye; the program must end by itself.
    pub(crate) async fn stop(mut self) {
        self.server.shutdown(()).await.unwrap();
        self.server.exit(()).unwrap();
        let ended = tokio::time::timeout(Duration::from_secs(10), self.child.wait()).await;
        assert!(ended.expect("it ends after exit").unwrap().success());
        self.pump.abort();
    }
}

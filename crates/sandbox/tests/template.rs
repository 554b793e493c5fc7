//! The template in the cache: made once, safe against others and against damage.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

use freehold_db::Session;
use freehold_sandbox::{Sandbox, SandboxError, SandboxOptions, Storage, testing};

/// Options with folders of their own. The parents are short and open to be passed, as a socket's path needs.
fn options_in(base: &tempfile::TempDir) -> SandboxOptions {
    fs::set_permissions(base.path(), fs::Permissions::from_mode(0o711)).unwrap();
    SandboxOptions {
        cache_dir: base.path().join("cache"),
        runtime_dir: base.path().join("run"),
        storage: Storage::Disk,
        ..testing::options()
    }
}

fn base() -> tempfile::TempDir {
    tempfile::Builder::new().prefix("fh").rand_bytes(4).tempdir_in("/tmp").unwrap()
}

fn template(options: &SandboxOptions) -> PathBuf {
    let mut folders = entries(&options.cache_dir);
    folders.retain(|path| path.is_dir());
    assert_eq!(folders.len(), 1, "{folders:?}");
    folders.remove(0)
}

fn entries(folder: &Path) -> Vec<PathBuf> {
    fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect()
}

async fn assert_answers(options: &SandboxOptions) {
    let sandbox = Sandbox::start(options).await.unwrap();
    let session = Session::open(&sandbox.connect_to()).await.unwrap();
    let rows = session.query("SELECT count(*) FROM pg_class", &[]).await.unwrap();
    assert!(rows[0].get::<_, i64>(0) > 100);
    sandbox.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn two_that_start_at_once_make_one_template_between_them() {
    let base = base();
    let options = options_in(&base);
    let started = futures_join(options.clone(), options.clone()).await;
    for sandbox in started {
        Session::open(&sandbox.connect_to()).await.unwrap();
    }
    let template = template(&options);
    assert_eq!(entries(&options.runtime_dir), [] as [PathBuf; 0], "nothing of the making is left");
    let about = fs::metadata(&template).unwrap();
    assert_eq!(about.permissions().mode() & 0o777, 0o700);
    assert_eq!(
        about.uid(),
        fs::metadata(base.path()).unwrap().uid(),
        "the template is ours, not the server's"
    );
    let made = fs::metadata(template.join("manifest")).unwrap().modified().unwrap();
    assert_answers(&options).await;
    assert_eq!(
        fs::metadata(template.join("manifest")).unwrap().modified().unwrap(),
        made,
        "it is used again"
    );
}

async fn futures_join(one: SandboxOptions, two: SandboxOptions) -> [Sandbox; 2] {
    let other = tokio::spawn(async move { Sandbox::start(&two).await.unwrap() });
    [Sandbox::start(&one).await.unwrap(), other.await.unwrap()]
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_template_is_made_anew() {
    let base = base();
    let options = SandboxOptions { storage: Storage::Auto, ..options_in(&base) };
    assert_answers(&options).await;
    let folder = template(&options);
    type Mutation = fn(&Path);
    let mutations: [(&str, Mutation); 3] = [
        ("half a manifest", |folder| {
            let text = fs::read_to_string(folder.join("manifest")).unwrap();
            fs::write(folder.join("manifest"), &text[..text.len() / 2]).unwrap();
        }),
        ("a file is gone", |folder| fs::remove_file(folder.join("data/global/pg_control")).unwrap()),
        ("a byte of a table", |folder| {
            let path = folder.join("data/base/1/1259");
            let mut content = fs::read(&path).unwrap();
            content[8000] ^= 0x40;
            fs::write(&path, content).unwrap();
        }),
    ];
    for (name, mutate) in mutations {
        mutate(&folder);
        assert_answers(&options).await;
        assert!(folder.join("manifest").is_file(), "{name}");
    }
    // What was half made by a killed run is in nobody's way.
    fs::create_dir(folder.with_extension("new")).unwrap();
    fs::remove_dir_all(&folder).unwrap();
    assert_answers(&options).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_template_that_passes_its_checks_but_does_not_start_is_made_anew() {
    let base = base();
    let options = options_in(&base);
    assert_answers(&options).await;
    let folder = template(&options);
    // As if its making had gone wrong: the manifest agrees with what is there, and the server refuses it.
    let manifest = fs::read_to_string(folder.join("manifest")).unwrap();
    let kept: Vec<&str> = manifest.lines().filter(|line| !line.ends_with(" global/pg_control")).collect();
    assert_eq!(kept.len() + 1, manifest.lines().count());
    fs::write(folder.join("manifest"), kept.join("\n") + "\n").unwrap();
    assert_answers(&options).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_dies_at_its_start_shows_its_log_and_leaves_nothing() {
    let base = base();
    let mut options = options_in(&base);
    options.settings.push(("shared_preload_libraries".to_owned(), "no_such_library".to_owned()));
    let error = Sandbox::start(&options).await.unwrap_err();
    assert!(matches!(error, SandboxError::DiedAtStart { .. }), "{error}");
    assert!(error.to_string().contains("no_such_library"), "{error}");
    assert_eq!(entries(&options.runtime_dir), [] as [PathBuf; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cache_that_belongs_to_somebody_else_is_refused() {
    let base = base();
    let options = options_in(&base);
    fs::create_dir(&options.cache_dir).unwrap();
    fs::set_permissions(&options.cache_dir, fs::Permissions::from_mode(0o777)).unwrap();
    let error = Sandbox::start(&options).await.unwrap_err();
    assert!(error.to_string().contains("others may write"), "{error}");
    assert!(error.help().unwrap().contains("choose another folder"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_runtime_folder_that_the_servers_user_cannot_reach_is_not_used_as_root() {
    let base = base();
    let options = options_in(&base);
    fs::set_permissions(base.path(), fs::Permissions::from_mode(0o700)).unwrap();
    let sandbox = Sandbox::start(&options).await.unwrap();
    let inside = sandbox.socket_dir().starts_with(base.path());
    assert_eq!(inside, !rustix::process::geteuid().is_root(), "{}", sandbox.socket_dir().display());
    Session::open(&sandbox.connect_to()).await.unwrap();
}

//! A server that does not speak the protocol, or stops in the middle of it.

use std::{path::PathBuf, time::Duration};

use freehold_tenancy::{Error, Execute};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{UnixListener, UnixStream},
    time::timeout,
};

use crate::ground::{Ground, tenant};

/// Stands between: passes connections on until it is told to answer with something of its own.
struct Between {
    folder: PathBuf,
    say: tokio::sync::watch::Sender<Option<Vec<u8>>>,
}

impl Between {
    /// Answers every message after the greeting with `say`, where that is set.
    fn stand(ground: &Ground, name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("freehold-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let path = folder.join(".s.PGSQL.5432");
        std::fs::remove_file(&path).ok();
        let listener = UnixListener::bind(path).unwrap();
        let real = ground.server.sandbox().unwrap().socket_dir().join(".s.PGSQL.5432");
        let (say, said) = tokio::sync::watch::channel(None);
        tokio::spawn(async move {
            while let Ok((near, _)) = listener.accept().await {
                let far = UnixStream::connect(&real).await.unwrap();
                tokio::spawn(pass(near, far, said.clone()));
            }
        });
        Self { folder, say }
    }

    fn url(&self, ground: &Ground) -> String {
        let database = ground.scratch.connect_to().database().to_owned();
        format!("host={} port=5432 user=app_writer dbname={database}", self.folder.display())
    }
}

impl Drop for Between {
    fn drop(&mut self) {
        std::fs::remove_dir_all(&self.folder).ok();
    }
}

async fn pass(near: UnixStream, far: UnixStream, said: tokio::sync::watch::Receiver<Option<Vec<u8>>>) {
    let (mut from_near, mut to_near) = near.into_split();
    let (mut from_far, mut to_far) = far.into_split();
    let back = tokio::spawn(async move {
        let mut bytes = vec![0; 16 * 1024];
        while let Ok(count) = from_far.read(&mut bytes).await {
            let own = said.borrow().clone();
            let bytes = own.as_deref().unwrap_or(bytes.get(..count).unwrap());
            if count == 0 || to_near.write_all(bytes).await.is_err() {
                break;
            }
            if own.is_some() {
                // And nothing more comes.
                std::future::pending::<()>().await;
            }
        }
    });
    tokio::io::copy(&mut from_near, &mut to_far).await.ok();
    back.abort();
}

#[tokio::test]
async fn garbage_is_an_error_and_the_next_statement_goes_through() {
    let ground = Ground::new().await;
    let between = Between::stand(&ground, "garbage");
    let db = freehold_tenancy::Db::builder(&between.url(&ground)).open().await.unwrap();
    let handle = db.tenant(&tenant(1));
    let ask = "SELECT 1";
    handle.execute(ask, &[]).await.unwrap();
    let garbage: [&[u8]; 8] = [
        b"HTTP/1.1 400 Bad Request\r\n\r\n",
        b"\0\0\0\0\0\0\0\0\0\0\0\0",
        b"Z\0\0\0\x05X",
        b"Z\0\0\0\x05I",
        b"D\0\0\0\x0a\0\x05\0\0\0\x09C\0\0\0\x0dSELECT 1\0Z\0\0\0\x05I",
        b"2\0\0\0\x04C\0\0\0\x0dSELECT 1\0002\0\0\0\x04D\0\0\0\x0b\0\x01\x7f\xff\xff\xff\0C\0\0\0\x0dSELECT 1\0Z\0\0\0\x05I",
        b"G\0\0\0\x07\0\0\0",
        b"E\xff\xff\xff\xff",
    ];
    for bytes in garbage {
        between.say.send(Some(bytes.to_vec())).unwrap();
        let answer = timeout(Duration::from_secs(10), handle.execute(ask, &[])).await;
        let answer = answer.unwrap_or_else(|_| panic!("it hangs after {bytes:?}"));
        assert!(matches!(answer, Err(Error::Protocol(_))), "{answer:?} after {bytes:?}");
        between.say.send(None).unwrap();
        // A connection that the garbage was not for may have been given it as well.
        let again = timeout(Duration::from_secs(10), handle.query_value::<i32>(ask, &[])).await;
        assert_eq!(again.unwrap().unwrap(), 1, "after {bytes:?}");
    }
}

#[tokio::test]
async fn an_answer_that_stops_in_its_middle_ends_with_the_deadline() {
    let ground = Ground::new().await;
    let between = Between::stand(&ground, "cut");
    let db = freehold_tenancy::Db::builder(&between.url(&ground)).open().await.unwrap();
    let handle = db.tenant(&tenant(1));
    handle.execute("SELECT 1", &[]).await.unwrap();
    between.say.send(Some(b"D\0\0\0\x40\0".to_vec())).unwrap();
    let late = handle.clone().within(Duration::from_millis(300)).execute("SELECT 1", &[]).await;
    assert!(matches!(late, Err(Error::Deadline)), "{late:?}");
    between.say.send(None).unwrap();
    let again = timeout(Duration::from_secs(20), handle.query_value::<i32>("SELECT 1", &[])).await;
    assert_eq!(again.unwrap().unwrap(), 1);
}

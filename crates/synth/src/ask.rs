//! Statements that are made for one table and one moment: sent once, their values bound, kept in no cache.

use std::future::Future;

use freehold_db::{DbError, Session};
use tokio_postgres::{
    Row,
    types::{ToSql, Type},
};

/// Values bound as arrays of text, numbered from 1.
#[derive(Debug, Default, Clone)]
pub(crate) struct Bound {
    values: Vec<Vec<String>>,
}

impl Bound {
    /// The placeholder of a list of texts.
    pub(crate) fn list(&mut self, values: &[String]) -> String {
        let at = self.values.iter().position(|known| known.as_slice() == values).unwrap_or_else(|| {
            self.values.push(values.to_vec());
            self.values.len() - 1
        });
        format!("${}::pg_catalog.text[]", at + 1)
    }

    fn typed(&self) -> Vec<(&(dyn ToSql + Sync), Type)> {
        self.values.iter().map(|list| (list as &(dyn ToSql + Sync), Type::TEXT_ARRAY)).collect()
    }
}

pub(crate) async fn rows(
    session: &Session,
    doing: &str,
    sql: &str,
    bound: &Bound,
) -> Result<Vec<Row>, DbError> {
    let answer = session.client().query_typed(sql, &bound.typed()).await;
    answer.map_err(|error| DbError::from_postgres(doing, error))
}

pub(crate) async fn run(session: &Session, doing: &str, sql: &str, bound: &Bound) -> Result<u64, DbError> {
    let answer = session.client().execute_typed(sql, &bound.typed()).await;
    answer.map_err(|error| DbError::from_postgres(doing, error))
}

/// Runs something behind a savepoint: when it fails, the transaction is as before and can go on.
pub(crate) async fn guarded<T, E>(
    session: &Session,
    work: impl Future<Output = Result<T, E>> + Send,
) -> Result<T, E>
where
    E: From<DbError>,
{
    session.run("SAVEPOINT freehold_synthesis").await?;
    match work.await {
        Ok(value) => {
            session.run("RELEASE SAVEPOINT freehold_synthesis").await?;
            Ok(value)
        }
        Err(error) => {
            if !session.is_closed() {
                session
                    .run("ROLLBACK TO SAVEPOINT freehold_synthesis; RELEASE SAVEPOINT freehold_synthesis")
                    .await?;
            }
            Err(error)
        }
    }
}

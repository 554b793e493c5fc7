//! Nothing runs after the commit, where no tenant is set any more.
use freehold_tenancy::{Error, Execute, Transaction};

async fn twice(tx: Transaction) -> Result<(), Error> {
    tx.commit().await?;
    tx.execute("DELETE FROM notes", &[]).await?;
    Ok(())
}

fn main() {}

//! A part ends before the whole.
use freehold_tenancy::{Error, Transaction};

async fn wrong(tx: Transaction) -> Result<(), Error> {
    let part = tx.save().await?;
    tx.commit().await?;
    part.release().await
}

fn main() {}

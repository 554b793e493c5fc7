//! A chain, followed link by link within one snapshot.

use jiff::Timestamp;

use super::{Anchor, Tampering, Verified, Verify, fill, head};
use crate::{
    Execute, Row, Transaction,
    audit::{TrailError, entry::Position},
};

/// Links that one statement reads.
const BATCH: i64 = 500;

const LINKS: &str = "SELECT link.seq, link.hash, link.previous, link.entries, link.at, {link} = link.hash AS whole,
        found.entries AS found, found.erased, found.odd, found.digest IS NOT DISTINCT FROM link.digest AS same
    FROM (SELECT * FROM {schema}.audit_chain WHERE {column} = $1 AND seq > $2 ORDER BY seq LIMIT $3) AS link,
    LATERAL (
        SELECT count(*) AS entries, count(e.erased_at) AS erased,
               count(*) FILTER (WHERE CASE WHEN e.erased_at IS NULL THEN
                   sha256(e.salt || convert_to(jsonb_build_array(e.old_values, e.new_values)::text, 'UTF8'))
                       IS DISTINCT FROM e.values_sum
                   ELSE num_nonnulls(e.old_values, e.new_values, e.salt) > 0 END) AS odd,
               sha256(string_agg({entry}, ''::bytea ORDER BY e.id)) AS digest
        FROM {schema}.audit_log AS e
        WHERE e.{column} = $1 AND e.at = link.at AND e.xid = link.xid AND e.id BETWEEN link.first_id AND link.last_id
    ) AS found
    ORDER BY link.seq";

const STRAYS: &str = "SELECT e.at, e.id FROM {schema}.audit_log AS e
    WHERE e.{column} = $1 AND e.at >= coalesce($2, '-infinity'::timestamptz)
      AND NOT EXISTS (SELECT FROM {schema}.audit_chain AS c WHERE c.{column} = $1 AND c.at = e.at AND c.xid = e.xid
                      AND e.id BETWEEN c.first_id AND c.last_id)
    ORDER BY e.at, e.id LIMIT 100";

pub(super) struct Followed<'a> {
    asked: &'a Verify,
    pub(super) verified: Verified,
    last: Anchor,
}

impl<'a> Followed<'a> {
    pub(super) fn begin(asked: &'a Verify) -> Self {
        let last = asked.after.clone().unwrap_or(Anchor { seq: 0, hash: Vec::new() });
        let verified =
            Verified { links: 0, entries: 0, erased: 0, archived: 0, tampering: Vec::new(), head: None };
        Self { asked, verified, last }
    }

    /// Follows some more links; false when there are no more.
    pub(super) async fn links(&mut self, on: &Transaction) -> Result<bool, TrailError> {
        let tenant = on.tenant_id().ok_or(TrailError::NoTenant)?;
        let sql = fill(LINKS, &on.tenancy().column);
        let rows = on.rows(&sql, &[tenant, &self.last.seq, &BATCH]).await.map_err(TrailError::Chain)?;
        for row in &rows {
            self.link(row).map_err(TrailError::Chain)?;
        }
        Ok(!rows.is_empty() && self.verified.tampering.len() < Verify::MOST)
    }

    fn link(&mut self, row: &Row) -> Result<(), crate::Error> {
        let seq: i64 = row.get("seq")?;
        let hash: Vec<u8> = row.get("hash")?;
        let found = &mut self.verified;
        found.links += 1;
        let gap = seq != self.last.seq + 1;
        if gap {
            found.tampering.push(Tampering::LinksGone { from: self.last.seq + 1, to: seq });
        }
        if !row.get::<bool>("whole")? {
            found.tampering.push(Tampering::LinkChanged { seq });
        }
        if !gap && row.get::<Vec<u8>>("previous")? != self.last.hash {
            found.tampering.push(Tampering::LinkOutOfOrder { seq });
        }
        for anchor in &self.asked.anchors {
            if anchor.seq == seq && anchor.hash != hash {
                found.tampering.push(Tampering::AnchorLost { seq });
            }
        }
        let (written, there): (i64, i64) = (row.get("entries")?, row.get("found")?);
        found.entries += there;
        found.erased += row.get::<i64>("erased")?;
        let odd: i64 = row.get("odd")?;
        let at: Timestamp = row.get("at")?;
        if there == 0 && self.asked.kept_since.is_some_and(|since| at < since) {
            found.archived += 1;
        } else if there < written {
            found.tampering.push(Tampering::EntriesGone { seq, written, found: there });
        } else if there > written {
            found.tampering.push(Tampering::EntriesAdded { seq, written, found: there });
        } else if !row.get::<bool>("same")? {
            found.tampering.push(Tampering::EntriesChanged { seq });
        } else if odd > 0 {
            found.tampering.push(Tampering::ValuesChanged { seq, entries: odd });
        }
        self.last = Anchor { seq, hash };
        Ok(())
    }

    /// Entries that no link holds.
    pub(super) async fn strays(&mut self, on: &Transaction) -> Result<(), TrailError> {
        let tenant = on.tenant_id().ok_or(TrailError::NoTenant)?;
        let column = &on.tenancy().column;
        let since: Option<Timestamp> = match &self.asked.after {
            None => None,
            Some(anchor) => on
                .query_opt::<(Timestamp,)>(
                    fill("SELECT at FROM {schema}.audit_chain WHERE {column} = $1 AND seq = $2", column),
                    &[tenant, &anchor.seq],
                )
                .await?
                .map(|(at,)| at),
        };
        let strays: Vec<(Timestamp, i64)> = on.query(fill(STRAYS, column), &[tenant, &since]).await?;
        let strays =
            strays.into_iter().map(|(at, id)| Tampering::EntryWithoutLink { position: Position { at, id } });
        self.verified.tampering.extend(strays);
        Ok(())
    }

    /// The head, and anchors that lie beyond the end.
    pub(super) async fn end(&mut self, on: &Transaction) -> Result<(), TrailError> {
        let last = &self.last;
        let found = &mut self.verified;
        let all_followed = found.tampering.len() < Verify::MOST;
        found.head = head(on).await?;
        match &found.head {
            Some(head) if head.seq > last.seq && all_followed => {
                found.tampering.push(Tampering::LinksGone { from: last.seq + 1, to: head.seq + 1 });
            }
            Some(head) if head != last && all_followed => {
                found.tampering.push(Tampering::HeadChanged { last: last.seq, head: head.seq });
            }
            None if last.seq > 0 => found.tampering.push(Tampering::HeadChanged { last: last.seq, head: 0 }),
            _ => {}
        }
        if all_followed {
            let beyond = self.asked.anchors.iter().filter(|anchor| anchor.seq > last.seq);
            found.tampering.extend(beyond.map(|anchor| Tampering::AnchorLost { seq: anchor.seq }));
        }
        Ok(())
    }
}

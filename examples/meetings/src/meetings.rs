//! Meetings: scheduled, listed page by page, cancelled.

use axum::{
    Json,
    extract::{Path, Query, State},
};
use freehold_example_service::{Answer, Refusal};
use freehold_tenancy::{
    Execute, FromRow,
    query::{self, Table},
};
use http::StatusCode;
use jiff::Timestamp;
use postgres_types::{FromSql, ToSql};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;

use crate::{App, caller::Caller};

/// A meeting to be scheduled.
#[derive(Deserialize, ToSchema)]
pub(crate) struct NewMeeting {
    /// What it is about.
    title: String,
    /// When it begins, RFC 3339.
    #[schema(value_type = String, format = DateTime)]
    starts_at: Timestamp,
    /// When it ends, RFC 3339.
    #[schema(value_type = String, format = DateTime)]
    ends_at: Timestamp,
    /// How many may take part, 2 to 10,000; 100 when left out.
    max_participants: Option<i32>,
}

/// A meeting.
#[derive(Debug, Serialize, ToSchema, FromRow)]
pub(crate) struct Meeting {
    /// The organisation.
    pub(crate) org_id: Uuid,
    /// The meeting.
    pub(crate) meeting_id: Uuid,
    /// What it is about.
    pub(crate) title: String,
    /// What people type to join.
    pub(crate) code: String,
    /// `scheduled`, `live`, `ended` or `cancelled`.
    pub(crate) status: String,
    /// Who called it.
    pub(crate) host_user_id: Uuid,
    /// When it begins.
    #[schema(value_type = String, format = DateTime)]
    pub(crate) starts_at: Timestamp,
    /// When it ends.
    #[schema(value_type = String, format = DateTime)]
    pub(crate) ends_at: Timestamp,
    /// How many may take part.
    pub(crate) max_participants: i32,
}

/// Letters and digits that are not taken for each other.
const ALPHABET: &[u8] = b"abcdefghjkmnpqrstuvwxyz23456789";

/// Three groups of four, some 59 bits: it has to be hard to guess, within one organisation alone.
fn new_code() -> String {
    let bytes = Uuid::new_v4().into_bytes();
    let mut code = String::new();
    for (at, byte) in bytes.iter().take(12).enumerate() {
        if at > 0 && at % 4 == 0 {
            code.push('-');
        }
        let letter = ALPHABET.get(usize::from(*byte) % ALPHABET.len()).copied().unwrap_or(b'a');
        code.push(char::from(letter));
    }
    code
}

/// Schedules a meeting; the caller is its host.
#[utoipa::path(post, path = "/meetings", request_body = NewMeeting,
    responses((status = 201, body = Meeting), (status = 401), (status = 422)))]
pub(crate) async fn schedule(
    caller: Caller,
    Json(new): Json<NewMeeting>,
) -> Answer<(StatusCode, Json<Meeting>)> {
    let sql = "INSERT INTO meetings (org_id, meeting_id, host_user_id, code, title, starts_at, ends_at, max_participants)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
        RETURNING org_id, meeting_id, title, code, status::text, host_user_id, starts_at, ends_at, max_participants";
    let max = new.max_participants.unwrap_or(100);
    let (id, code) = (Uuid::new_v4(), new_code());
    let made = caller
        .tenant
        .query_one(
            sql,
            &[&caller.org_id, &id, &caller.user_id, &code, &new.title, &new.starts_at, &new.ends_at, &max],
        )
        .await?;
    Ok((StatusCode::CREATED, Json(made)))
}

/// One meeting.
#[utoipa::path(get, path = "/meetings/{meeting_id}", responses((status = 200, body = Meeting), (status = 404)))]
pub(crate) async fn one(caller: Caller, Path(id): Path<Uuid>) -> Answer<Json<Meeting>> {
    let sql = "SELECT org_id, meeting_id, title, code, status::text, host_user_id, starts_at, ends_at, max_participants
        FROM meetings WHERE org_id = $1 AND meeting_id = $2";
    let found = caller.tenant.query_opt(sql, &[&caller.org_id, &id]).await?;
    found.map(Json).ok_or(Refusal::not_found("meeting"))
}

/// Where a meeting stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema, ToSql, FromSql)]
#[postgres(name = "meeting_status", rename_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub(crate) enum Status {
    Scheduled,
    Live,
    Ended,
    Cancelled,
}

/// A meeting to come, in a list.
#[derive(Debug, Serialize, ToSchema, FromRow, Table)]
#[table(name = "meetings", tenant = "org_id", key(meeting_id))]
pub(crate) struct Upcoming {
    /// The organisation.
    org_id: Uuid,
    /// The meeting.
    meeting_id: Uuid,
    /// What it is about.
    title: String,
    /// What people type to join.
    code: String,
    /// Always `scheduled` here.
    #[table(sql = "meeting_status")]
    status: Status,
    /// When it begins.
    #[schema(value_type = String, format = DateTime)]
    starts_at: Timestamp,
    /// When it ends.
    #[schema(value_type = String, format = DateTime)]
    ends_at: Timestamp,
}

/// Which page.
#[derive(Deserialize, IntoParams)]
pub(crate) struct Asked {
    /// `next` or `previous` of another page; the first page when left out.
    cursor: Option<String>,
    /// At most so many, 1 to 100; 20 when left out.
    limit: Option<u32>,
    /// Only meetings whose title holds this.
    title: Option<String>,
}

/// A page of meetings to come.
#[derive(Serialize, ToSchema)]
pub(crate) struct Page {
    meetings: Vec<Upcoming>,
    /// The page after this one.
    next: Option<String>,
    /// The page before this one.
    previous: Option<String>,
}

/// Meetings to come, the next one first. A cursor holds only for the organisation and the filter that it was given for.
#[utoipa::path(get, path = "/meetings", params(Asked), responses((status = 200, body = Page), (status = 422)))]
pub(crate) async fn upcoming(
    State(app): State<App>,
    caller: Caller,
    Query(asked): Query<Asked>,
) -> Answer<Json<Page>> {
    let limit = asked.limit.unwrap_or(20);
    if limit > 100 {
        return Err(Refusal::invalid("limit is 1 to 100"));
    }
    let mut select = query::select::<Upcoming>().filter(Upcoming::STATUS.eq(Status::Scheduled));
    if let Some(title) = &asked.title {
        select = select.filter(Upcoming::TITLE.contains_ignoring_case(title));
    }
    let page = select
        .sort(Upcoming::STARTS_AT.asc())
        .page(&caller.tenant, &app.0.cursors, limit, asked.cursor.as_deref())
        .await
        .map_err(|error| Refusal::below(&error).unwrap_or_else(|| Refusal::invalid(error.to_string())))?;
    Ok(Json(Page { meetings: page.rows, next: page.next, previous: page.previous }))
}

/// Cancels a meeting that has not begun; only its host may.
#[utoipa::path(delete, path = "/meetings/{meeting_id}", responses((status = 204), (status = 404)))]
pub(crate) async fn cancel(caller: Caller, Path(id): Path<Uuid>) -> Answer<StatusCode> {
    let sql = "UPDATE meetings SET status = 'cancelled'
        WHERE org_id = $1 AND meeting_id = $2 AND host_user_id = $3 AND status = 'scheduled'";
    match caller.tenant.execute(sql, &[&caller.org_id, &id, &caller.user_id]).await? {
        0 => Err(Refusal::not_found("meeting to cancel")),
        _ => Ok(StatusCode::NO_CONTENT),
    }
}

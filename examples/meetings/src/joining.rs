//! Joining by code, being there, leaving.

use axum::{
    Json,
    extract::{Path, State},
};
use freehold_example_service::{Answer, Refusal};
use freehold_tenancy::{Execute, FromRow};
use http::StatusCode;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::{App, caller::Caller};

/// What somebody types to join.
#[derive(Deserialize, ToSchema)]
pub(crate) struct Join {
    /// The meeting's code.
    code: String,
}

/// Somebody's part in a meeting.
#[derive(Debug, Serialize, ToSchema, FromRow)]
pub(crate) struct Joined {
    /// The organisation.
    org_id: Uuid,
    /// The meeting.
    meeting_id: Uuid,
    /// His part in it.
    participant_id: Uuid,
    /// `host`, `speaker` or `attendee`.
    role: String,
}

/// Joins a meeting of the caller's organisation by its code. Coming back keeps the first time of joining.
#[utoipa::path(post, path = "/meetings/join", request_body = Join,
    responses((status = 200, body = Joined), (status = 404), (status = 409)))]
pub(crate) async fn join(
    State(app): State<App>,
    caller: Caller,
    Json(join): Json<Join>,
) -> Answer<Json<Joined>> {
    let (tenant, org_id, user_id) = (&caller.tenant, &caller.org_id, caller.user_id);
    let code = &join.code.trim().to_lowercase();
    // The meeting's row is locked, so that two who take the last seat at once are counted one after the other.
    let joined = tenant
        .transaction(|tx| async move {
            let meeting: Option<(Uuid, Uuid, i32)> = tx
                .query_opt(
                    "SELECT meeting_id, host_user_id, max_participants FROM meetings
                     WHERE org_id = $1 AND code = $2 AND status IN ('scheduled', 'live') FOR UPDATE",
                    &[org_id, code],
                )
                .await?;
            let (meeting_id, host, max) = meeting.ok_or(Refusal::not_found("meeting"))?;
            let others: i64 = tx
                .query_value(
                    "SELECT count(*) FROM participants
                     WHERE org_id = $1 AND meeting_id = $2 AND left_at IS NULL AND user_id <> $3",
                    &[org_id, &meeting_id, &user_id],
                )
                .await?;
            if others >= i64::from(max) {
                return Err(Refusal::new(StatusCode::CONFLICT, "full", "this meeting is full"));
            }
            let role = if host == user_id { "host" } else { "attendee" };
            let joined: Joined = tx
                .query_one(
                    "INSERT INTO participants (org_id, meeting_id, user_id, role, joined_at)
                     VALUES ($1, $2, $3, ($4::text)::participant_role, now())
                     ON CONFLICT (org_id, meeting_id, user_id) DO UPDATE
                     SET joined_at = coalesce(participants.joined_at, excluded.joined_at), left_at = NULL
                     RETURNING org_id, meeting_id, participant_id, role::text",
                    &[org_id, &meeting_id, &user_id, &role],
                )
                .await?;
            Ok(joined)
        })
        .await?;
    app.0.presence.arrive(org_id, joined.meeting_id, user_id).await;
    Ok(Json(joined))
}

/// Somebody in a meeting.
#[derive(Debug, Serialize, ToSchema, FromRow)]
pub(crate) struct Participant {
    /// The organisation.
    org_id: Uuid,
    /// The person.
    user_id: Uuid,
    /// The name that others see.
    display_name: String,
    /// `host`, `speaker` or `attendee`.
    role: String,
    /// When he came first.
    #[schema(value_type = Option<String>, format = DateTime)]
    joined_at: Option<Timestamp>,
    /// When he left.
    #[schema(value_type = Option<String>, format = DateTime)]
    left_at: Option<Timestamp>,
}

const PARTICIPANTS: &str = "SELECT p.org_id, p.user_id, u.display_name, p.role::text, p.joined_at, p.left_at
    FROM participants p JOIN users u ON u.org_id = p.org_id AND u.user_id = p.user_id
    WHERE p.org_id = $1 AND p.meeting_id = $2 ORDER BY u.display_name, p.user_id";

/// Everybody who ever joined.
#[utoipa::path(get, path = "/meetings/{meeting_id}/participants", responses((status = 200, body = [Participant])))]
pub(crate) async fn participants(caller: Caller, Path(id): Path<Uuid>) -> Answer<Json<Vec<Participant>>> {
    Ok(Json(caller.tenant.query(PARTICIPANTS, &[&caller.org_id, &id]).await?))
}

/// Who is there now.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Present {
    /// Whether it is live, or what the database knows while the live part is away.
    live: bool,
    /// Who is there.
    people: Vec<Participant>,
}

/// Who is there now.
#[utoipa::path(get, path = "/meetings/{meeting_id}/present", responses((status = 200, body = Present)))]
pub(crate) async fn present(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<Uuid>,
) -> Answer<Json<Present>> {
    let known: Vec<Participant> = caller.tenant.query(PARTICIPANTS, &[&caller.org_id, &id]).await?;
    // Names come from the organisation's own rows, so that a foreign id in Redis could show nobody.
    let live = app.0.presence.who(&caller.org_id, id).await;
    let is_there = |person: &Participant| match &live {
        Some(there) => there.contains(&person.user_id),
        None => person.left_at.is_none(),
    };
    let people = known.into_iter().filter(is_there).collect();
    Ok(Json(Present { live: live.is_some(), people }))
}

/// Says that the caller is still there; without it he is taken for gone after a while.
#[utoipa::path(post, path = "/meetings/{meeting_id}/present", responses((status = 204), (status = 404)))]
pub(crate) async fn still_here(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<Uuid>,
) -> Answer<StatusCode> {
    let sql = "SELECT EXISTS (SELECT FROM participants WHERE org_id = $1 AND meeting_id = $2 AND user_id = $3 AND left_at IS NULL)";
    let there: bool = caller.tenant.query_value(sql, &[&caller.org_id, &id, &caller.user_id]).await?;
    if !there {
        return Err(Refusal::not_found("meeting that the caller joined"));
    }
    app.0.presence.arrive(&caller.org_id, id, caller.user_id).await;
    Ok(StatusCode::NO_CONTENT)
}

/// Leaves a meeting.
#[utoipa::path(delete, path = "/meetings/{meeting_id}/present/me", responses((status = 204), (status = 404)))]
pub(crate) async fn leave(
    State(app): State<App>,
    caller: Caller,
    Path(id): Path<Uuid>,
) -> Answer<StatusCode> {
    let sql = "UPDATE participants SET left_at = now()
        WHERE org_id = $1 AND meeting_id = $2 AND user_id = $3 AND left_at IS NULL";
    let left = caller.tenant.execute(sql, &[&caller.org_id, &id, &caller.user_id]).await?;
    if left == 0 {
        return Err(Refusal::not_found("meeting that the caller joined"));
    }
    app.0.presence.go(&caller.org_id, id, caller.user_id).await;
    Ok(StatusCode::NO_CONTENT)
}

//! Values that are forgotten together.

use freehold_tenancy::cache::{Found, Tag};
use futures_util::future::join_all;
use tokio::sync::Notify;

use crate::stage::{Failed, NAME, cache, tenant};

#[tokio::test]
async fn a_tag_forgets_its_values_and_no_other_tenants() {
    let cache = cache().await;
    let (one, two) = (cache.tenant(&tenant(1)), cache.tenant(&tenant(2)));
    let people = [Tag::all("person")];
    for scope in [&one, &two] {
        let tagged = scope.tagged(people.clone());
        let loads = (0..1_200)
            .map(|id| tagged.get_or_load(&NAME, id, async || Ok::<_, Failed>(Some("x".to_owned()))));
        assert!(join_all(loads).await.iter().all(Result::is_ok));
        scope.get_or_load(&NAME, "untagged", async || Ok::<_, Failed>(Some("x".to_owned()))).await.unwrap();
    }
    one.forget_tag(&people[0]).await.unwrap();
    for id in 0..1_200 {
        assert_eq!(one.get(&NAME, id).await.unwrap(), Found::Miss);
    }
    assert!(matches!(one.get(&NAME, "untagged").await.unwrap(), Found::Value(_)));
    assert!(matches!(two.get(&NAME, 7).await.unwrap(), Found::Value(_)));
    one.forget_tag(&Tag::named("unknown")).await.unwrap();
}

#[tokio::test]
async fn a_tag_takes_the_leave_from_who_loads() {
    let cache = cache().await.tenant(&tenant(1)).tagged([Tag::one("team", 3)]);
    for forgotten in [false, true] {
        let (began, go_on) = (Notify::new(), Notify::new());
        let load = cache.get_or_load(&NAME, 7, async || {
            began.notify_one();
            go_on.notified().await;
            Ok::<_, Failed>(Some("old".to_owned()))
        });
        let meanwhile = async {
            began.notified().await;
            let other = if forgotten { 3 } else { 4 };
            cache.forget_tag(&Tag::one("team", other)).await.unwrap();
            go_on.notify_one();
        };
        let (loaded, ()) = tokio::join!(load, meanwhile);
        loaded.unwrap();
        let expected = if forgotten { Found::Miss } else { Found::Value("old".to_owned()) };
        assert_eq!(cache.get(&NAME, 7).await.unwrap(), expected);
        cache.forget(&NAME, 7).await.unwrap();
    }
}

use crate::harness::{Got, Rig, rig, send};
use crate::schema;
use serde_json::{Value, json};

/// Calls the API as the administrator, and checks the answer against the schema.
async fn admin(rig: &Rig, method: &str, path: &str, body: Option<Value>) -> Got {
    let path = format!("/repos/acme/greeter{path}");
    let mut request = rig.bare(method, &format!("/api/v3{path}")).bearer_auth(rig.forge.admin_token());
    if let Some(body) = body {
        request = request.json(&body);
    }
    let got = send(request).await.unwrap();
    schema::check(method, &path, &got);
    got
}

#[tokio::test]
async fn protection_is_replaced_as_a_whole() {
    let rig = rig().await;
    let path = "/branches/main/protection";
    let open = admin(&rig, "GET", path, None).await.is(404).json();
    assert_eq!(open["message"], "Branch not protected");
    rig.get(path).await.is(403);
    let reader =
        rig.bare("GET", &format!("/api/v3/repos/acme/greeter{path}")).bearer_auth(rig.forge.reader_token());
    assert_eq!(send(reader).await.unwrap().is(404).json()["message"], "Not Found");
    admin(&rig, "PUT", path, Some(json!({"enforce_admins": true}))).await.is(422);
    let whole = json!({
        "required_status_checks": {"strict": true, "checks": [{"context": "ci", "app_id": 7}, {"context": "old", "app_id": -1}]},
        "enforce_admins": true,
        "required_pull_request_reviews": {"required_approving_review_count": 2, "dismissal_restrictions": {"users": ["ada"], "teams": ["core"], "apps": ["bot"]},
            "bypass_pull_request_allowances": {"users": ["bob"], "teams": [], "apps": []}},
        "restrictions": {"users": ["ada"], "teams": ["core"], "apps": ["bot"]},
        "required_linear_history": true,
    });
    let put = admin(&rig, "PUT", path, Some(whole)).await.is(200).json();
    assert_eq!(
        put["required_status_checks"]["checks"],
        json!([{"context": "ci", "app_id": 7}, {"context": "old", "app_id": null}])
    );
    assert_eq!(
        (&put["required_linear_history"]["enabled"], &put["restrictions"]["teams"][0]["slug"]),
        (&json!(true), &json!("core"))
    );
    let checks = format!("{path}/required_status_checks");
    let changed =
        admin(&rig, "PATCH", &checks, Some(json!({"checks": [{"context": "x"}]}))).await.is(200).json();
    assert_eq!((&changed["strict"], &changed["contexts"]), (&json!(true), &json!(["x"])));
    let bare = json!({"required_status_checks": null, "enforce_admins": null, "required_pull_request_reviews": null, "restrictions": null});
    admin(&rig, "PUT", path, Some(bare)).await.is(200);
    let now = admin(&rig, "GET", path, None).await.is(200).json();
    assert_eq!((now.get("restrictions"), &now["enforce_admins"]["enabled"]), (None, &json!(false)));
    admin(&rig, "PATCH", &checks, Some(json!({"contexts": ["x"]}))).await.is(404);
    admin(&rig, "DELETE", path, None).await.is(204);
    admin(&rig, "GET", "/branches/nowhere/protection", None).await.is(404);
}

#[tokio::test]
async fn rulesets_have_names_of_their_own() {
    let rig = rig().await;
    let rules = json!([{"type": "required_status_checks", "parameters": {"strict_required_status_checks_policy": false,
        "required_status_checks": [{"context": "release-gate", "integration_id": 15368}]}}]);
    let wanted = json!({"name": "gate", "target": "branch", "enforcement": "active",
        "bypass_actors": [{"actor_id": 5, "actor_type": "RepositoryRole", "bypass_mode": "always"}],
        "conditions": {"ref_name": {"include": ["~DEFAULT_BRANCH"], "exclude": []}}, "rules": rules});
    rig.post("/rulesets", wanted.clone()).await.is(403);
    let made = admin(&rig, "POST", "/rulesets", Some(wanted.clone())).await.is(201).json();
    admin(&rig, "POST", "/rulesets", Some(wanted)).await.is(422);
    let path = format!("/rulesets/{}", made["id"]);
    assert_eq!(rig.get("/rulesets").await.is(200).json()[0].get("rules"), None);
    let seen = rig.get(&path).await.is(200).json();
    assert_eq!(
        (&seen["rules"], seen.get("bypass_actors")),
        (&made["rules"], None),
        "whose bypass it is, admins see"
    );
    let changed = admin(&rig, "PUT", &path, Some(json!({"enforcement": "disabled"}))).await.is(200).json();
    assert_eq!((&changed["enforcement"], &changed["rules"]), (&json!("disabled"), &made["rules"]));
    admin(&rig, "DELETE", &path, None).await.is(204);
    admin(&rig, "GET", &path, None).await.is(404);
}

#[tokio::test]
async fn an_environment_waits_for_people_and_a_run_tells_what_they_said() {
    let rig = rig().await;
    let repo = ("acme", "greeter");
    let ada = rig.forge.account(repo, "ada", "Ada@Example.com").await.unwrap();
    rig.get("/environments/release-override").await.is(404);
    let body = json!({"prevent_self_review": true, "reviewers": [{"type": "User", "id": ada}]});
    let path = "/environments/release-override";
    let denied = rig.api("PUT", path, Some(body.clone())).await;
    assert_eq!(denied.status, 403, "an app's token changes no environment");
    admin(&rig, "PUT", path, Some(json!({"reviewers": [{"type": "User", "id": 1}]}))).await.is(422);
    let made = admin(&rig, "PUT", path, Some(body)).await.is(200).json();
    let rule = &made["protection_rules"][0];
    assert_eq!(
        (&rule["prevent_self_review"], &rule["reviewers"][0]["reviewer"]["login"]),
        (&json!(true), &json!("ada"))
    );
    assert_eq!(rig.get(path).await.is(200).json()["protection_rules"], made["protection_rules"]);
    let head_sha = rig.source.sha("HEAD");
    rig.get("/actions/runs/7").await.is(404);
    let created_at = chrono::Utc::now();
    let [actor, triggering_actor] = ["eve", "bob"].map(str::to_owned);
    let run = release_rehearsal::Begun { id: 7, head_sha, actor, triggering_actor, created_at };
    rig.forge.begin_run(repo, run).await.unwrap();
    let shown = rig.get("/actions/runs/7").await.is(200).json();
    assert_eq!(
        (&shown["actor"]["login"], &shown["triggering_actor"]["login"]),
        (&json!("eve"), &json!("bob"))
    );
    assert_eq!(rig.get("/actions/runs/7/approvals").await.is(200).json(), json!([]));
    let [environment, state, user, comment] =
        ["release-override", "approved", "ada", "ship it"].map(str::to_owned);
    rig.forge.review(repo, 7, release_rehearsal::Said { environment, state, user, comment }).await.unwrap();
    let said = rig.get("/actions/runs/7/approvals").await.is(200).json();
    assert_eq!((&said[0]["user"]["login"], &said[0]["comment"]), (&json!("ada"), &json!("ship it")));
    assert_eq!(said[0]["environments"][0]["name"], "release-override");
    let commit = rig.get(&format!("/commits/{}", rig.source.sha("HEAD"))).await.is(200).json();
    assert_eq!(commit["author"]["login"], "ada");
    let pulls = format!("/commits/{}/pulls", rig.source.sha("HEAD"));
    assert_eq!(rig.get(&pulls).await.is(200).json(), json!([]));
    assert_eq!(rig.forge.merge_pull_request(repo, "eve", &rig.source.sha("HEAD")).await.unwrap(), 1);
    let shown = rig.get(&pulls).await.is(200).json();
    assert_eq!((&shown[0]["user"]["login"], &shown[0]["merged_at"]), (&json!("eve"), &shown[0]["closed_at"]));
    assert_eq!(shown.as_array().unwrap().len(), 1);
    admin(&rig, "DELETE", path, None).await.is(204);
    rig.get(path).await.is(404);
}

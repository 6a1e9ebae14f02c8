use crate::harness::rig;
use serde_json::json;

#[tokio::test]
async fn an_issue_lives_from_opening_to_closing() {
    let rig = rig().await;
    let issue = json!({"title": "Release v1", "body": "<!-- id:1 -->", "labels": ["release"]});
    let issue = rig.post("/issues", issue).await.is(201).json();
    assert_eq!((&issue["number"], &issue["labels"][0]["name"]), (&json!(1), &json!("release")));
    rig.post("/issues", json!({"title": "Other"})).await.is(201);
    let found = rig.get("/issues?labels=release").await.is(200).json();
    assert_eq!((found.as_array().unwrap().len(), &found[0]["number"]), (1, &json!(1)));

    let comment = rig.post("/issues/1/comments", json!({"body": "done"})).await.is(201).json();
    let path = format!("/issues/comments/{}", comment["id"]);
    assert_eq!(rig.patch(&path, json!({"body": "undone"})).await.is(200).json()["body"], "undone");
    assert_eq!(rig.get("/issues/1/comments").await.is(200).json()[0]["body"], "undone");
    assert_eq!(rig.get("/issues/1").await.is(200).json()["comments"], 1);
    rig.get(&path).await.is(200);
    rig.api("DELETE", &path, None).await.is(204);

    let closed = rig
        .patch("/issues/1", json!({"state": "closed", "state_reason": "not_planned"}))
        .await
        .is(200)
        .json();
    assert_eq!((&closed["state"], &closed["state_reason"]), (&json!("closed"), &json!("not_planned")));
    assert_eq!(rig.get("/issues").await.json().as_array().unwrap().len(), 1);
    assert_eq!(rig.get("/issues?state=all").await.json().as_array().unwrap().len(), 2);
    rig.post("/issues", json!({"title": "long", "body": "x".repeat(65_537)})).await.is(422);
    rig.patch("", json!({"has_issues": false})).await.is(200);
    rig.post("/issues", json!({"title": "x"})).await.is(410);
}

#[tokio::test]
async fn pull_requests_are_issues_too_and_numbered_with_them() {
    let rig = rig().await;
    let (repo, head) = (("acme", "greeter"), rig.source.sha("HEAD"));
    assert_eq!(rig.post("/issues", json!({"title": "first"})).await.is(201).json()["number"], 1);
    assert_eq!(rig.forge.merge_pull_request(repo, "eve", &head).await.unwrap(), 2);
    let third = rig.post("/issues", json!({"title": "third"})).await.is(201).json();
    assert_eq!((&third["number"], third.get("pull_request")), (&json!(3), None));
    assert_eq!(rig.forge.merge_pull_request(repo, "eve", &head).await.unwrap(), 4);

    let listed = rig.get("/issues?state=all").await.is(200).json();
    let numbers: Vec<(u64, bool)> = listed
        .as_array()
        .unwrap()
        .iter()
        .map(|one| (one["number"].as_u64().unwrap(), one.get("pull_request").is_some()))
        .collect();
    assert_eq!(numbers, [(4, true), (3, false), (2, true), (1, false)]);
    assert_eq!(
        rig.get("/issues").await.is(200).json().as_array().unwrap().len(),
        2,
        "merged ones are closed"
    );
    let pull = rig.get("/issues/2").await.is(200).json();
    let page = pull["html_url"].as_str().unwrap();
    assert!(page.ends_with("/acme/greeter/pull/2"), "{page}");
    assert_eq!(pull["pull_request"]["html_url"], page);
    assert_eq!(pull["pull_request"]["merged_at"], pull["closed_at"]);
    let said = rig.post("/issues/2/comments", json!({"body": "done"})).await.is(201).json();
    assert!(said["html_url"].as_str().unwrap().contains("/pull/2#issuecomment-"), "{said}");
}

#[tokio::test]
async fn labels_are_kept() {
    let rig = rig().await;
    rig.post("/labels", json!({"name": "bug", "color": "ff0000"})).await.is(201);
    rig.post("/labels", json!({"name": "Bug", "color": "ff0000"})).await.is(422);
    assert_eq!(rig.patch("/labels/bug", json!({"new_name": "a b"})).await.is(200).json()["name"], "a b");
    assert_eq!(rig.get("/labels/a%20b").await.is(200).json()["color"], "ff0000");
    rig.post("/issues", json!({"title": "x"})).await.is(201);
    assert_eq!(
        rig.post("/issues/1/labels", json!({"labels": ["a b", "new"]})).await.is(200).json()[1]["name"],
        "new"
    );
    assert_eq!(rig.get("/issues/1/labels").await.is(200).json().as_array().unwrap().len(), 2);
    assert_eq!(
        rig.api("PUT", "/issues/1/labels", Some(json!({"labels": ["new"]}))).await.is(200).json()[0]["name"],
        "new"
    );
    rig.api("DELETE", "/issues/1/labels", None).await.is(204);
    rig.api("DELETE", "/labels/new", None).await.is(204);
    assert_eq!(rig.get("/labels").await.is(200).json().as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn checks_and_statuses_tell_how_a_commit_fares() {
    let rig = rig().await;
    let sha = rig.source.sha("main");
    let status = |state: &str, context: &str| json!({"state": state, "context": context});
    assert_eq!(rig.get(&format!("/commits/{sha}/status")).await.is(200).json()["state"], "pending");
    rig.post(&format!("/statuses/{sha}"), status("failure", "a")).await.is(201);
    rig.post(&format!("/statuses/{sha}"), status("success", "b")).await.is(201);
    assert_eq!(rig.get("/commits/main/status").await.is(200).json()["state"], "failure");
    rig.post(&format!("/statuses/{sha}"), status("success", "a")).await.is(201);
    let combined = rig.get("/commits/main/status").await.json();
    assert_eq!((&combined["state"], &combined["total_count"]), (&json!("success"), &json!(2)));
    rig.post(&format!("/statuses/{sha}"), status("great", "a")).await.is(422);

    let run = rig
        .post("/check-runs", json!({"name": "gates", "head_sha": sha, "status": "in_progress"}))
        .await
        .is(201)
        .json();
    let path = format!("/check-runs/{}", run["id"]);
    let annotation = json!({"path": "a.go", "start_line": 1, "end_line": 1, "annotation_level": "failure", "message": "m"});
    let done = json!({"conclusion": "success", "output": {"title": "t", "summary": "s", "annotations": [annotation]}});
    let done = rig.patch(&path, done).await.is(200).json();
    assert_eq!((&done["status"], &done["output"]["annotations_count"]), (&json!("completed"), &json!(1)));
    assert_eq!(rig.get(&path).await.is(200).json()["conclusion"], "success");
    let listed = rig.get(&format!("/commits/{sha}/check-runs?check_name=gates")).await.is(200).json();
    assert_eq!(listed["total_count"], 1);
    rig.patch(&path, json!({"conclusion": "splendid"})).await.is(422);
}

#[tokio::test]
async fn a_check_run_takes_what_github_takes() {
    let rig = rig().await;
    let sha = rig.source.sha("main");
    let annotation = |line: u64| json!({"path": "a.go", "start_line": line, "end_line": line, "annotation_level": "warning", "message": "m"});
    let run = |annotations: Vec<serde_json::Value>| {
        json!({"name": "g", "head_sha": sha, "conclusion": "failure",
            "output": {"title": "t", "summary": "s", "annotations": annotations}})
    };
    rig.post("/check-runs", run((1..=51).map(annotation).collect())).await.is(422);
    rig.post("/check-runs", run(vec![annotation(0)])).await.is(422);
    let made = rig.post("/check-runs", run((1..=50).map(annotation).collect())).await.is(201).json();
    let path = format!("/check-runs/{}", made["id"]);
    let more = json!({"output": {"title": "t", "summary": "s", "annotations": [annotation(51)]}});
    assert_eq!(rig.patch(&path, more).await.is(200).json()["output"]["annotations_count"], 51);
    let shown = rig.get(&format!("{path}/annotations?per_page=100")).await.is(200).json();
    assert_eq!(shown.as_array().unwrap().len(), 51);
    let long = json!({"output": {"title": "t", "summary": "x".repeat(65_536)}});
    rig.patch(&path, long).await.is(422);
    rig.post("/check-runs", run(Vec::new())).await.is(201);
    let listed = |filter: &str| format!("/commits/{sha}/check-runs?filter={filter}");
    assert_eq!(rig.get(&listed("latest")).await.is(200).json()["total_count"], 1);
    assert_eq!(rig.get(&listed("all")).await.is(200).json()["total_count"], 2);
    let status = json!({"state": "success", "description": "x".repeat(141)});
    rig.post(&format!("/statuses/{sha}"), status).await.is(422);
    // A person is no app.
    let person =
        rig.bare("POST", "/api/v3/repos/acme/greeter/check-runs").bearer_auth(rig.forge.admin_token());
    let refused = crate::harness::send(person.json(&run(Vec::new()))).await.unwrap().is(403).json();
    assert_eq!(refused["message"], "You must authenticate via a GitHub App.");
}

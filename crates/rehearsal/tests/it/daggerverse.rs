use crate::harness::{rig, send};
use serde_json::json;

#[tokio::test]
async fn a_crawled_module_shows_after_some_polls() {
    let rig = rig().await;
    let host = rig.forge.url().trim_start_matches("http://").to_owned();
    let crawl = async |reference: &str| {
        send(rig.bare("PUT", "/daggerverse/crawl").form(&[("ref", reference)])).await.unwrap()
    };
    let page = async |reference: &str| {
        send(rig.bare("GET", &format!("/daggerverse/mod/{reference}"))).await.unwrap().status
    };
    let sha = format!("github.com/acme/greeter/ci@{}", rig.source.sha("main"));
    assert_eq!(page(&sha).await, 404);
    let sent = crawl(&sha).await.is(303);
    send(rig.bare("GET", sent.header("location"))).await.unwrap().is(202);
    assert_eq!(
        [page(&sha).await, page(&sha).await, page(&sha).await, page(&sha).await],
        [404, 404, 200, 200]
    );

    let tag = format!("{host}/acme/greeter@v0.1.0");
    crawl(&tag).await.is(303);
    assert_eq!([page(&tag).await, page(&tag).await, page(&tag).await], [404, 404, 200]);
    for unknown in
        ["github.com/acme/greeter@v9.9.9".to_owned(), format!("github.com/acme/greeter@{}", "a".repeat(40))]
    {
        crawl(&unknown).await.is(303);
        assert_eq!([page(&unknown).await, page(&unknown).await, page(&unknown).await], [404, 404, 404]);
    }
    for bad in ["", "greeter", "github.com/acme/greeter", "github.com/acme/greeter/../x@v1"] {
        crawl(bad).await.is(400);
    }
    let refs = send(rig.bare("GET", "/daggerverse/api/refs")).await.unwrap().is(200).json();
    assert_eq!(refs.as_array().unwrap().len(), 2, "{refs}");
    assert_eq!(refs[0]["release"], json!("v0.1.0"));
    assert_eq!((&refs[1]["path"], &refs[1]["release"]), (&json!("github.com/acme/greeter/ci"), &json!("")));
    assert!(
        rig.effects()
            .iter()
            .any(|words| words.starts_with("Daggerverse asked to index github.com/acme/greeter/ci@"))
    );
}

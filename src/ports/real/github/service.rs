//! Octocrab over our own HTTP client, so that proxies, certificates, names and time-outs are the same
//! everywhere.

use octocrab::service::middleware::base_uri::BaseUriLayer;
use octocrab::{AuthState, OctoBody, Octocrab, OctocrabBuilder};
use url::Url;

use super::super::client::Lazy;
use crate::kit::secret::Secret;

/// Octocrab for this API. Its own retries and redirects are not in it: the policy is ours.
/// The token goes with relative addresses only, which are the API's.
///
/// # Errors
///
/// If the address is no legal URI.
pub fn octocrab(client: Lazy, api: &Url, token: Option<&Secret>) -> Result<Octocrab, String> {
    let base: http::Uri = api.as_str().parse().map_err(|error| format!("{api}: {error}"))?;
    let service = tower::service_fn(move |request: http::Request<OctoBody>| {
        let client = client.clone();
        async move {
            // The caller has had it built, and told why it could not be.
            let client = client.get().map_err(|_| "there is no HTTPS client")?;
            let request = reqwest::Request::try_from(request.map(reqwest::Body::wrap))?;
            let response = client.execute(request).await?;
            Ok::<_, tower::BoxError>(http::Response::<reqwest::Body>::from(response))
        }
    });
    let auth = token.map_or(AuthState::None, |token| AuthState::AccessToken {
        token: secrecy::SecretString::from(token.expose().to_owned()),
    });
    match OctocrabBuilder::new_empty()
        .with_service(service)
        .with_layer(&BaseUriLayer::new(base))
        .with_auth(auth)
        .build()
    {
        Ok(crab) => Ok(crab),
        Err(never) => match never {},
    }
}

//! A question to an image registry, where an engine's error leaves one open.
//!
//! Most registries answer "manifest unknown" for a missing tag and for a missing repository alike. A registry on this
//! machine speaks plain HTTP, so asking it for the tags of the repository is one small request; others are not asked, and
//! the report names both possibilities.

use super::ImageProblem;
use super::credentials::Pass;
use super::http;
use crate::image::ImageReference;
use base64::Engine as _;
use std::time::Duration;

const TIMEOUT: Duration = Duration::from_secs(3);

/// Makes [`ImageProblem::Missing`] more exact where that is simple; gives back every other problem as it is.
pub async fn tell_apart(problem: ImageProblem, image: &ImageReference, pass: &Pass) -> ImageProblem {
    let ImageProblem::Missing { host, repository, version } = &problem else {
        return problem;
    };
    if !is_loopback(&image.host) {
        return problem;
    }
    let address = format!("{}:{}", image.host, image.port.unwrap_or(80));
    let registry = image.registry();
    let mut headers = vec![("Host", registry.as_str())];
    let authorization = pass.credentials.as_ref().and_then(|credentials| {
        let pair = format!("{}:{}", credentials.username.as_ref()?, credentials.password.as_ref()?);
        Some(format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(pair)))
    });
    if let Some(authorization) = &authorization {
        headers.push(("Authorization", authorization));
    }
    let path = format!("/v2/{repository}/tags/list?n=1");
    match http::get(&address, &path, &headers, TIMEOUT).await {
        Ok(answer) if answer.status == 200 => {
            ImageProblem::Tag { repository: format!("{host}/{repository}"), tag: version.clone() }
        }
        Ok(answer) if answer.status == 404 => {
            ImageProblem::Repository { host: host.clone(), repository: repository.clone(), used: pass.used.clone() }
        }
        _ => problem,
    }
}

fn is_loopback(host: &str) -> bool {
    host == "localhost"
        || host.trim_matches(['[', ']']).parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

//! `lifecycle`: what an application is built with, as far as it can be wrong here.

use super::read::Reader;
use super::types::one_of;
use crate::finding::{Finding, IMAGE_AND_BUILDPACK};

/// `docker` is what happens anyway; the other words need what containers have not, and exclude an image.
pub fn check(reader: &mut Reader<'_, '_>) {
    let Some(lifecycle) = reader.find("lifecycle") else { return };
    if ["docker", "buildpacks", "buildpack"].iter().any(|name| reader.is_unknown(name)) {
        return;
    }
    let buildpacks = reader.find("buildpacks").or_else(|| reader.find("buildpack"));
    let docker = reader.find("docker");
    let finding = |at, path: &str, message: String| Finding::new(&IMAGE_AND_BUILDPACK, at, message).path(path);
    let word = lifecycle.value.as_text().map(str::to_ascii_lowercase);
    let found = match (word.as_deref(), buildpacks, docker) {
        (Some("docker"), Some(buildpacks), _) => Some(
            finding(
                buildpacks.at,
                &buildpacks.path,
                format!("`{}` does not go with `lifecycle: docker`.", buildpacks.name),
            )
            .related(lifecycle.at, "the lifecycle")
            .help("Take one of both out: an image is not built by buildpacks."),
        ),
        (Some(other @ ("buildpack" | "cnb")), _, Some(docker)) => Some(
            finding(docker.at, &docker.path, format!("`docker` does not go with `lifecycle: {other}`."))
                .related(lifecycle.at, "the lifecycle")
                .help("Leave `lifecycle` out, or write `lifecycle: docker`: windlass makes containers from images."),
        ),
        (Some("cnb"), None, None) => Some(
            finding(lifecycle.at, &lifecycle.path, "`lifecycle: cnb` needs `buildpacks`.".to_owned())
                .help("Add `buildpacks: […]`, or give the module an image with `docker: {image: …}`."),
        ),
        (Some("docker"), None, docker)
            if docker.as_ref().is_none_or(|docker| docker.key("image").is_none() && !docker.is_unknown("image")) =>
        {
            Some(
                finding(lifecycle.at, &lifecycle.path, "`lifecycle: docker` needs an image.".to_owned())
                    .help("Add `docker: {image: …}`."),
            )
        }
        (Some("docker" | "buildpack" | "cnb"), ..) => None,
        _ => {
            let words = ["docker", "buildpack", "cnb"];
            let near = word.as_deref().and_then(|word| crate::name::nearest(word, words));
            let message = format!("{}, but must be {}.", lifecycle.described(), one_of(&words));
            Some(finding(lifecycle.at, &lifecycle.path, message).did_you_mean(near))
        }
    };
    reader.findings.extend(found.into_iter().collect());
}

/// Whether a module says that it is made from an image, so that its lifecycle is what is wrong when there is none.
pub fn asks_for_image(reader: &Reader<'_, '_>) -> bool {
    reader.text("lifecycle").is_some_and(|word| word.eq_ignore_ascii_case("docker"))
}

#!/usr/bin/env bash
# Builds an image, pushes it to the registry of registry.sh, and prints it with its digest. Of Moodle the archive is taken as it
# comes: what is tried here is the pipeline, and nobody else gets this image.
set -euo pipefail
name=$1
version=${2:-}
arguments=()
if [ -n "$version" ]; then
  archive=https://github.com/moodle/moodle/archive/refs/tags/v$version.tar.gz
  sha256=$(curl --fail --silent --show-error --location --retry 5 "$archive" | sha256sum | cut -d ' ' -f 1)
  arguments=(--build-arg "MOODLE_VERSION=$version" --build-arg "MOODLE_SHA256=$sha256")
fi
docker build --quiet --tag "localhost:5000/$name:e2e" "${arguments[@]}" "images/$name" > /dev/null
docker push --quiet "localhost:5000/$name:e2e" > /dev/null
docker inspect --format '{{index .RepoDigests 0}}' "localhost:5000/$name:e2e"

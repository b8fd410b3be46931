#!/usr/bin/env bash
# pack-release.sh TAG FOLDER: makes what a release consists of: the sources with their bundles, a bill of materials of the
# packages that they are built of, checksums of both, and notes. The same tag makes the same archive, byte for byte.
set -euo pipefail
tag=$1
folder=$2
[[ $tag =~ ^v[0-9]+\.[0-9]+\.[0-9]+$ ]] || { echo "The tag must be vX.Y.Z; it is \"$tag\"." >&2; exit 1; }
version=${tag#v}
name=moodle-high-scale-$version
mkdir -p "$folder"

git archive --format=tar --prefix="$name/" "$tag" | gzip --no-name --best > "$folder/$name.tar.gz"
npm sbom --sbom-format=cyclonedx --package-lock-only > "$folder/$name.cdx.json"
(cd "$folder" && sha256sum "$name.tar.gz" "$name.cdx.json" > checksums.txt)

# What the changelog says of this version, and, without a word there, the subjects of the commits since the tag before.
awk -v version="$version" '/^## /{found = index($2, version) > 0; next} found' CHANGELOG.md > "$folder/notes.md"
if ! grep --quiet . "$folder/notes.md"; then
  before=$(git describe --tags --abbrev=0 --match 'v[0-9]*.[0-9]*.[0-9]*' "$tag^" 2> /dev/null || true)
  git log --no-merges --format='- %s' "${before:+$before..}$tag" > "$folder/notes.md"
fi
cat >> "$folder/notes.md" <<NOTES

Verify what you use: \`gh attestation verify $name.tar.gz --repo ${GITHUB_REPOSITORY:-OWNER/REPO}\`.
NOTES

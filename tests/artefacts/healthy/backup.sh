#!/bin/sh
# Nightly backup of the configuration, restored into a scratch folder to see that it can be.
set -eu
stamp=$(date +%Y%m%d)
target=/backup/plexus-$stamp.tar.gz
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
sqlite3 /srv/plexus/config/plexus.db ".backup '/srv/plexus/config/plexus.backup'"
tar -czf "$target" -C /srv/plexus config
tar -xzf "$target" -C "$scratch"
test -s "$scratch/config/plexus.yaml"
find /backup -name 'plexus-*.tar.gz' -mtime +30 -delete

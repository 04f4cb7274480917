#!/usr/bin/env bash
set -euo pipefail

readonly NAME=${1:-plexus}
readonly IMAGE=${2:?the image to deploy}
previous=""

cleanup() {
  docker rm -f "${NAME}-candidate" >/dev/null 2>&1 || true
}
trap cleanup EXIT

log() { printf '%s %s\n' "$(date -u +%FT%TZ)" "$*"; }

previous=$(docker inspect --format '{{.Image}}' "$NAME" 2>/dev/null || true)
log "running now: ${previous:-nothing}"

docker run -d --name "${NAME}-candidate" -p 4001:4000 "$IMAGE"
for attempt in 1 2 3 4 5; do
  if curl -fsS "http://127.0.0.1:4001/health" >/dev/null; then
    break
  fi
  log "attempt $attempt: not ready"
  sleep 2
done
curl -fsS "http://127.0.0.1:4001/health" >/dev/null || { log "not healthy"; exit 1; }

if docker logs "${NAME}-candidate" 2>&1 | grep -qi 'fatal'; then
  log "fatal errors in the log"
  exit 1
fi

if docker ps --format '{{.Names}}' | grep -qx "$NAME"; then
  docker stop --time 60 "$NAME"
fi
cat > /srv/plexus/deployed.env <<EOF
IMAGE=$IMAGE
PREVIOUS=$previous
EOF
log "done"

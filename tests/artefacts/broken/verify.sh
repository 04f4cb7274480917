#!/bin/bash
set -e
NAME=${1:-plexus}
docker run -d --name plexus-test -p 4001:4000 plexus:test
sleep 10
curl -f http://localhost:4001/health || true
if docker ps | grep -q $NAME; then
  echo running
fi
if docker logs "$NAME" 2>&1 | grep -qi "error"; then
  echo "errors in the log"
fi
docker rm -f plexus-test

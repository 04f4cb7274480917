#!/bin/sh
set -e
if [ "${1#-}" != "$1" ]; then
  set -- gunicorn "$@"
fi
[ -n "${DATABASE_URL:-}" ] || { echo "DATABASE_URL is required" >&2; exit 64; }
exec "$@"

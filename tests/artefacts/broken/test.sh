#!/bin/sh
STATE=$1
if [ $STATE = "up" ]; then
  echo up
fi
export CI=true DEBIAN_FRONTEND:0.
sed -i 's/http://localhost:4000/http://example.com/' file

#!/bin/sh
cat > app.env <<EOF
LOG_LEVEL=info
  EOF
echo written

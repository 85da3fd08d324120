#!/usr/bin/env bash
# Throws generated requests at the API of a demonstration of its own, on loopback, for a bounded number of examples.
# usage: fuzz_api.sh BUDAYANG SCHEMATHESIS [EXAMPLES]
set -euo pipefail
program=$1 schemathesis=$2 examples=${3:-50}
data=$(mktemp -d)
said=$data/said
"$program" demo --data "$data/world" --listen 127.0.0.1:0 --no-color >"$said" 2>&1 &
server=$!
trap 'kill "$server" 2>/dev/null || true; wait "$server" 2>/dev/null || true; rm -rf "$data"' EXIT
for _ in $(seq 1200); do
  address=$(sed -nE 's/.*listening on (http:\S+).*/\1/p' "$said" | head -n 1)
  [ -n "$address" ] && break
  kill -0 "$server" 2>/dev/null || { cat "$said"; exit 1; }
  sleep 0.1
done
[ -n "$address" ] || { echo "no address after two minutes"; cat "$said"; exit 1; }
"$schemathesis" run "$address/api/openapi.json" --url "$address" \
  --checks not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance \
  --max-examples "$examples" --seed 20261123 --request-timeout 10 --generation-database none

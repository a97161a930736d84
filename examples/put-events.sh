#!/usr/bin/env bash
# Sends a removal through EventBridge, for systems that cannot call the API. test/examples/examples.test.ts runs it.
#
#   examples/put-events.sh USER_ID REASON
#
# The caller needs `events:PutEvents` with the source `offboarding`: docs/events.md has the policy. The event removes the
# person. Disable the user within an hour: after that, the person may return if the identity store says that the user is enabled.
set -euo pipefail
user=${1:?Usage: $0 USER_ID REASON}
reason=${2:?Usage: $0 USER_ID REASON}

json() { printf '"%s"' "$(sed -e 's/[\\"]/\\&/g' <<<"$1")"; }
detail="{\"userId\":$(json "$user"),\"reason\":$(json "$reason")}"
# PutEvents also answers 200 if it accepted nothing, so the count is checked.
failed=$(aws events put-events --output text --query FailedEntryCount \
  --entries "[{\"Source\":\"offboarding\",\"DetailType\":\"User Removed\",\"Detail\":$(json "$detail")}]")
[[ $failed == 0 ]] || { echo 'EventBridge did not accept the event.' >&2; exit 1; }

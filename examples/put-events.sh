#!/usr/bin/env bash
# Sends a removal by EventBridge, for systems that cannot call the API. Run by test/examples/examples.test.ts.
#
#   examples/put-events.sh USER_ID REASON
#
# The caller needs `events:PutEvents` with the source `offboarding`: docs/events.md has the policy. The event removes the
# person, who stays out until the identity store calls the person enabled: disable the user within an hour.
set -euo pipefail
user=${1:?Usage: $0 USER_ID REASON}
reason=${2:?Usage: $0 USER_ID REASON}

json() { printf '"%s"' "$(sed -e 's/[\\"]/\\&/g' <<<"$1")"; }
detail="{\"userId\":$(json "$user"),\"reason\":$(json "$reason")}"
# PutEvents answers 200 also if it took nothing: the count says so.
failed=$(aws events put-events --output text --query FailedEntryCount \
  --entries "[{\"Source\":\"offboarding\",\"DetailType\":\"User Removed\",\"Detail\":$(json "$detail")}]")
[[ $failed == 0 ]] || { echo 'EventBridge did not take the event.' >&2; exit 1; }

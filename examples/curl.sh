#!/usr/bin/env bash
# Signs a person out with curl 7.76 or later, which signs the request. test/examples/examples.test.ts runs it.
#
#   REVOCATION_API=https://….execute-api.eu-west-1.amazonaws.com AWS_REGION=eu-west-1 examples/curl.sh USER_ID REASON
#
# The AWS keys come from the environment and do not appear in the list of processes. The caller needs `execute-api:Invoke`
# on `POST /revocations` and `GET /revocations/*`. The exit code is 0 if it is over, and 1 if a session could not be ended.
set -euo pipefail
user=${1:?Usage: $0 USER_ID REASON}
reason=${2:?Usage: $0 USER_ID REASON}
api=${REVOCATION_API:?Set REVOCATION_API to the output ApiUrl}

call() {
  curl --silent --show-error --fail-with-body --request "$1" "${api%/}$2" --header 'content-type: application/json' "${@:3}" \
    --aws-sigv4 "aws:amz:${AWS_REGION:?Set AWS_REGION}:execute-api" \
    --config <(printf 'user = "%s:%s"\nheader = "x-amz-security-token: %s"\n' \
      "$AWS_ACCESS_KEY_ID" "$AWS_SECRET_ACCESS_KEY" "${AWS_SESSION_TOKEN:-}")
}
# Prints the value of a text field. It takes the first such field, which is the revocation's own.
field() { sed -nE 's/.*"'"$1"'" *: *"([^"]*)".*/\1/p' <<<"${answer%%\"sessions\"*}"; }
json() { printf '"%s"' "$(sed -e 's/[\\"]/\\&/g' <<<"$1")"; }

answer=$(call POST /revocations --data "{\"userId\":$(json "$user"),\"reason\":$(json "$reason")}")
id=$(field revocationId)
while [[ $(field status) == IN_PROGRESS ]]; do
  sleep "${POLL_SECONDS:-5}"
  answer=$(call GET "/revocations/$id?limit=1")
done
printf '%s\n' "$answer"
[[ $(field status) != FAILED ]]

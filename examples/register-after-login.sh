#!/usr/bin/env bash
# Signs in with the AWS CLI v2 and registers the session, so that it can be ended when its user leaves.
#
#   REVOCATION_API=https://….execute-api.eu-west-1.amazonaws.com register-after-login.sh PROFILE
#
# PROFILE is a profile of IAM Identity Center. The file is sent as it is: whose session it is, the caller's role session
# says, because IAM Identity Center names it after the user. Its role needs `execute-api:Invoke` on the route `PUT /sessions`.
#
# If the API is in another account, set REGISTRAR_ROLE_ARN to the stack's output of that name, and IDENTITY_CENTER_USER_ID to
# your own user id: AWS lets nobody assume that role under another name. The profile's role then needs `sts:AssumeRole` on it.
#
# If another client than the AWS CLI signed in, such as Kiro, set TOKEN_CACHE_FILE to the file that it wrote. Where that does
# not hold the registration of its client, the file that it names by clientIdHash is sent along as it is.
#
# With Node.js, `icr login PROFILE` and `icr watch` do the same and more: docs/cli.md. This script needs only bash, curl and the AWS CLI.
#
# A team puts this behind the command that its people sign in with. Secrets pass through pipes only, never in arguments.
set -euo pipefail
# What a variable of the environment is given later would be seen by every command.
export -n body registration keys AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN

profile=${1:?Usage: REVOCATION_API=https://… $0 PROFILE}
api=${REVOCATION_API:?Set REVOCATION_API to the ApiUrl that cdk deploy printed}
region=${REVOCATION_REGION:-$(sed -nE 's#.*execute-api\.([a-z0-9-]+)\..*#\1#p' <<<"$api")}
: "${region:?Set REVOCATION_REGION: a custom domain does not tell the region of the API}"
[[ ${SKIP_LOGIN:-} ]] || aws sso login --profile "$profile"

file=${TOKEN_CACHE_FILE:-}
if [[ ! $file ]]; then
  # The CLI names the file after the sso-session, or after the start URL in profiles without one.
  name=$(aws configure get sso_session --profile "$profile" || aws configure get sso_start_url --profile "$profile")
  file=${HOME}/.aws/sso/cache/$(printf %s "$name" | sha1sum | cut -d' ' -f1).json
fi
[[ -r $file ]] || { echo "There is no token-cache file $file: did the sign-in succeed?" >&2; exit 1; }

# Patterns in variables: bash takes quotes in them as they are.
client_id='"clientId"[[:space:]]*:[[:space:]]*"[^"]'
client_secret='"clientSecret"[[:space:]]*:[[:space:]]*"[^"]'
named='"clientIdHash"[[:space:]]*:[[:space:]]*"([0-9a-f]+)"'
not_refreshable='"refreshable"[[:space:]]*:[[:space:]]*false'

# Without the registration of its client a session cannot be refreshed, and is held until its access token expires.
body=$(<"$file")
if ! [[ $body =~ $client_id && $body =~ $client_secret ]]; then
  registration=''
  if [[ $body =~ $named ]]; then
    beside=$(dirname "$file")/${BASH_REMATCH[1]}.json
    [[ ! -r $beside ]] || registration=$(<"$beside")
  fi
  if [[ $registration =~ $client_id && $registration =~ $client_secret ]]; then
    body="{\"clientRegistration\":$registration,${body#*\{}"
  else
    echo "The registration of the client is neither in $file nor in a file that it names: unless it was sent before, the session can be ended only until its access token expires." >&2
  fi
fi

if [[ ${REGISTRAR_ROLE_ARN:-} ]]; then
  : "${IDENTITY_CENTER_USER_ID:?Set IDENTITY_CENTER_USER_ID to your own user id, such as 906791299c-0a1b…}"
  keys=$(aws sts assume-role --profile "$profile" --role-arn "$REGISTRAR_ROLE_ARN" \
    --role-session-name "$IDENTITY_CENTER_USER_ID" --duration-seconds 900 \
    --query 'Credentials.[AccessKeyId,SecretAccessKey,SessionToken]' --output text)
  read -r AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN <<<"$keys"
else
  # Not within eval: that would hide a failure.
  keys=$(aws configure export-credentials --profile "$profile" --format env-no-export)
  eval "$keys"
fi

status=0
answer=$(printf %s "$body" | curl --silent --show-error --fail-with-body --request PUT "${api%/}/sessions" \
  --header 'content-type: application/json' --data-binary @- \
  --aws-sigv4 "aws:amz:$region:execute-api" \
  --config <(printf 'user = "%s:%s"\nheader = "x-amz-security-token: %s"\n' \
    "$AWS_ACCESS_KEY_ID" "$AWS_SECRET_ACCESS_KEY" "$AWS_SESSION_TOKEN")) || status=$?
printf '%s\n' "$answer"
if [[ $answer =~ $not_refreshable ]]; then
  echo 'What is held of the session is not known to have all that a refresh takes: it can be ended for sure only until its access token expires.' >&2
fi
exit "$status"

#!/usr/bin/env bash
# Signs in with the AWS CLI v2 and registers the session, so that it can be ended when its user leaves.
#
#   REVOCATION_API=https://….execute-api.eu-west-1.amazonaws.com register-after-login.sh PROFILE
#
# PROFILE is a profile of IAM Identity Center. The file is sent as it is. The caller's role session shows whose session it is,
# because IAM Identity Center names it after the user. Its role needs `execute-api:Invoke` on the route `PUT /sessions`.
#
# If the API is in another account, set REGISTRAR_ROLE_ARN to the stack's output RegistrarRoleArn, and IDENTITY_CENTER_USER_ID to
# your own user id: AWS only lets you assume that role under this name. The profile's role then needs `sts:AssumeRole` on it.
#
# If another client than the AWS CLI signed in, such as Kiro, set TOKEN_CACHE_FILE to the file that it wrote. If that file does
# not contain the registration of its client, the file that it names by clientIdHash is sent too, as it is.
#
# With Node.js, `icr login PROFILE` and `icr watch` do the same and more: docs/cli.md. This script needs only bash, curl and the AWS CLI.
#
# A team runs this as part of the command that its people sign in with. Secrets only pass through pipes, never in arguments.
set -euo pipefail
# If one of these variables is exported already, every command would see the value that this script gives it.
export -n body registration keys AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN

profile=${1:?Usage: REVOCATION_API=https://… $0 PROFILE}
api=${REVOCATION_API:?Set REVOCATION_API to the ApiUrl that cdk deploy printed}
region=${REVOCATION_REGION:-$(sed -nE 's#.*execute-api\.([a-z0-9-]+)\..*#\1#p' <<<"$api")}
: "${region:?Set REVOCATION_REGION: a custom domain does not contain the Region of the API}"
[[ ${SKIP_LOGIN:-} ]] || aws sso login --profile "$profile"

file=${TOKEN_CACHE_FILE:-}
if [[ ! $file ]]; then
  # The CLI names the file after the sso-session, or after the start URL in profiles without one.
  name=$(aws configure get sso_session --profile "$profile" || aws configure get sso_start_url --profile "$profile")
  file=${HOME}/.aws/sso/cache/$(printf %s "$name" | sha1sum | cut -d' ' -f1).json
fi
[[ -r $file ]] || { echo "There is no token-cache file $file: did the sign-in succeed?" >&2; exit 1; }

# The patterns are in variables, because bash then reads the quotes in them as they are.
client_id='"clientId"[[:space:]]*:[[:space:]]*"[^"]'
client_secret='"clientSecret"[[:space:]]*:[[:space:]]*"[^"]'
named='"clientIdHash"[[:space:]]*:[[:space:]]*"([0-9a-f]+)"'
not_refreshable='"refreshable"[[:space:]]*:[[:space:]]*false'

# Without the registration of its client, a session cannot be refreshed, and is only held until its access token expires.
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
    echo "The registration of the client is neither in $file nor in a file that it names. Unless it was sent before, the session can be ended only until its access token expires." >&2
  fi
fi

if [[ ${REGISTRAR_ROLE_ARN:-} ]]; then
  : "${IDENTITY_CENTER_USER_ID:?Set IDENTITY_CENTER_USER_ID to your own user id, such as 906791299c-0a1b…}"
  keys=$(aws sts assume-role --profile "$profile" --role-arn "$REGISTRAR_ROLE_ARN" \
    --role-session-name "$IDENTITY_CENTER_USER_ID" --duration-seconds 900 \
    --query 'Credentials.[AccessKeyId,SecretAccessKey,SessionToken]' --output text)
  read -r AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN <<<"$keys"
else
  # The command is not inside eval, which would hide its failure.
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
  echo 'The stack may not hold all that a refresh needs. This session can certainly be ended only until its access token expires.' >&2
fi
exit "$status"
